//! UPDATE (RFC 3311): an offer without the three ways of INVITE, or only a session refresh.

use bytes::Bytes;
use shared::Moment;

use crate::dialog::Stage;
use crate::event::DialogId;
use crate::message::Reply;
use crate::stack::Stack;
use crate::transaction::ServerId;
use crate::view::Message;

impl Stack {
    pub(crate) fn answer_update(
        &mut self,
        now: Moment,
        id: DialogId,
        server: ServerId,
        request: &Message,
        body: Bytes,
    ) {
        let mut reply = Reply::status(200).body(body);
        let established = self.dialogs.get(id).is_some_and(|d| matches!(d.stage, Stage::Established));
        // RFC 4028, 7.4: a timer begins with the 2xx to the INVITE, not with an UPDATE before it.
        if established {
            self.session_headers(now, id, request, &mut reply.headers);
        }
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let contact = dialog.contact.clone();
        if !reply.body.is_empty() {
            dialog.offers.local = reply.body.clone();
        }
        self.core.reply(now, server, &reply, Some(&contact));
    }
}
