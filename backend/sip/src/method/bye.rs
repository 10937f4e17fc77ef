//! BYE (RFC 3261, 15), and every other way for a dialog to end.

use bytes::Bytes;
use shared::Moment;

use crate::dialog::Stage;
use crate::event::{DialogId, EndCause, Event};
use crate::message::{Header, Reply};
use crate::stack::Stack;
use crate::transaction::{Arrival, Owner};

impl Stack {
    /// The user hangs up: at once, by CANCEL, by a refusal, or when the ACK has come.
    pub(crate) fn bye_dialog(&mut self, now: Moment, id: DialogId, reason: Option<&str>) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        match &mut dialog.stage {
            Stage::Inviting(inviting) => {
                inviting.silent = true;
                dialog.offers.queued = None;
                dialog.offers.outgoing = None;
                self.core.timers.clear(&mut dialog.offers.glare);
                if let Some(incoming) = dialog.offers.incoming.take() {
                    self.core.reply(now, incoming.server, &Reply::status(487), None);
                }
                self.cancel_dialog(now, id, reason);
            }
            Stage::Invited(_) => {
                let headers = reason.map(|r| Header::new("Reason", r)).into_iter().collect();
                self.reject_dialog(now, id, &Reply { headers, ..Reply::status(480) });
            }
            Stage::Established if dialog.success.as_ref().is_some_and(|s| s.first) => {
                dialog.stage = Stage::Leaving(reason.map(str::to_owned));
            }
            Stage::Established => {
                dialog.offers.queued = None;
                self.acknowledge_dialog(now, id, Bytes::new());
                self.hang_up(now, id, reason);
            }
            Stage::Leaving(_) => {}
            Stage::Subscription(_) => {
                self.drop_dialog(now, id);
            }
        }
    }

    /// Sends BYE and forgets the dialog.
    pub(crate) fn hang_up(&mut self, now: Moment, id: DialogId, reason: Option<&str>) {
        let Some(mut dialog) = self.drop_dialog(now, id) else { return };
        let headers = reason.map(|r| Header::new("Reason", r)).into_iter().collect();
        let flow = dialog.flow;
        if let Some(blueprint) = dialog.request("BYE", headers, Bytes::new()) {
            self.core.request(now, flow, blueprint, Owner::Nobody);
        }
    }

    /// Ends a dialog on our side: BYE, and the user is told unless it has left already.
    pub(crate) fn end(&mut self, now: Moment, id: DialogId, cause: EndCause, reason: Option<&str>) {
        let Some(dialog) = self.dialogs.get(id) else { return };
        // What has not begun ends by its INVITE.
        if matches!(dialog.stage, Stage::Invited(_) | Stage::Inviting(_)) {
            return;
        }
        let told = !matches!(dialog.stage, Stage::Leaving(_));
        if matches!(dialog.stage, Stage::Subscription(_)) {
            self.drop_dialog(now, id);
        } else {
            self.hang_up(now, id, reason);
        }
        if told {
            self.core.tell(Event::Ended { dialog: id, cause });
        }
    }

    pub(crate) fn bye_arrived(&mut self, now: Moment, id: DialogId, arrival: Arrival) {
        let Some(dialog) = self.dialogs.get(id) else { return };
        let reason = arrival.message.header("Reason").map(str::to_owned);
        let tag = dialog.local_tag.clone();
        let peer = arrival.message.from_tag().to_owned();
        let server = self.core.open(now, arrival, &tag, None);
        self.core.reply(now, server, &Reply::status(200), None);
        let Some(dialog) = self.dialogs.get(id) else { return };
        match &dialog.stage {
            Stage::Invited(invite) => {
                let invite = *invite;
                self.core.reply(now, invite, &Reply::status(487), None);
                self.drop_dialog(now, id);
                self.core.tell(Event::Cancelled { dialog: id, reason });
            }
            // A branch of a fork that hangs up before its 2xx has reached us: when the 2xx comes it is ended as a stray.
            Stage::Inviting(_) if dialog.peers.len() > 1 => {
                let others: Vec<_> = dialog.peers.iter().filter(|p| p.tag != peer).cloned().collect();
                self.dialogs.keep_peer(id, None);
                others.into_iter().for_each(|peer| self.dialogs.add_peer(id, peer));
            }
            Stage::Inviting(inviting) => {
                let (client, silent) = (inviting.client, inviting.silent);
                if !inviting.cancel_sent {
                    self.core.cancel(now, client, None);
                }
                self.drop_dialog(now, id);
                if !silent {
                    self.core.tell(Event::Failed { dialog: id, status: 480, message: None });
                }
            }
            Stage::Established => {
                self.drop_dialog(now, id);
                self.core.tell(Event::Ended { dialog: id, cause: EndCause::Bye(reason) });
            }
            Stage::Leaving(_) | Stage::Subscription(_) => {
                self.drop_dialog(now, id);
            }
        }
    }

    /// Forgets a dialog; requests of the peer that wait for an answer get 487 (RFC 3261, 15.1.2).
    pub(crate) fn drop_dialog(&mut self, now: Moment, id: DialogId) -> Option<crate::dialog::Dialog> {
        let dialog = self.dialogs.remove(id, &mut self.core.timers)?;
        if let Some(incoming) = dialog.offers.incoming {
            self.core.reply(now, incoming.server, &Reply::status(487), None);
        }
        if let Some(client) = dialog.offers.outgoing.as_ref().and_then(|o| o.client) {
            self.core.limit(now, client, self.core.patience());
        }
        Some(dialog)
    }
}
