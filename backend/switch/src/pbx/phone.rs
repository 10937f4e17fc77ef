//! A desk phone is told to fetch its configuration again, or to start anew (PH-09, PH-10): NOTIFY outside a dialog, as phones of all
//! vendors understand it, though no RFC knows the event.

use std::collections::{BTreeMap, BTreeSet};

use shared::phone::{PhoneWord, ToldStanding};
use shared::{ExtensionId, Moment, RegistrationId};
use sip::{Header, NewRequest, RequestId};

use crate::leg::is_websocket;
use crate::outside::{Asked, Outside, Timer};
use crate::pbx::Pbx;
use crate::registrar::Binding;

impl Pbx {
    /// Tells those of these devices that are there; how each of them stands. A page in a browser fetches no configuration.
    pub fn tell_phones(
        &mut self,
        outside: &mut Outside,
        ids: &[RegistrationId],
        word: PhoneWord,
    ) -> BTreeMap<RegistrationId, ToldStanding> {
        let (tenant, now) = (self.id(), outside.now);
        self.notices.forget_old(now);
        let wanted: BTreeSet<RegistrationId> = ids.iter().copied().collect();
        for (extension, binding) in self.registrar.all() {
            if !wanted.contains(&binding.id) || !is_phone(binding, now) || !self.notices.has_room(binding.id) {
                continue;
            }
            let request = outside.stack.request(now, binding.flow, self.notice(extension, binding, word));
            outside.asked.insert(request, Asked::Phone(tenant, binding.id));
            self.notices.sent(now, binding.id, request);
        }
        self.watch_notices(outside);
        self.notices.standings(ids)
    }

    /// Tells a device whose registration ends with another secret or number to fetch its configuration, which has them: later nothing reaches
    /// it (PH-13).
    pub fn tell_last(&self, outside: &mut Outside, extension: ExtensionId, gone: &Binding) {
        if is_phone(gone, outside.now) {
            let notice = self.notice(extension, gone, PhoneWord::Reprovision);
            let request = outside.stack.request(outside.now, gone.flow, notice);
            outside.asked.insert(request, Asked::Phone(self.id(), gone.id));
        }
    }

    /// How those of these devices stand that were told something in the last minute.
    pub fn phones_told(&self, ids: &[RegistrationId]) -> BTreeMap<RegistrationId, ToldStanding> {
        self.notices.standings(ids)
    }

    /// A device has answered. A challenge is an answer like any other: a phone has no claim to a password of ours.
    pub fn phone_answered(&mut self, id: RegistrationId, request: RequestId, status: u16) {
        self.notices.answered(id, request, status);
    }

    /// What devices have answered a minute ago is forgotten.
    pub fn notices_due(&mut self, outside: &mut Outside) {
        self.notices_armed = None;
        self.notices.forget_old(outside.now);
        self.watch_notices(outside);
    }

    fn watch_notices(&mut self, outside: &mut Outside) {
        let (wanted, timer) = (self.notices.due(), Timer::Notices(self.id()));
        if wanted == self.notices_armed {
            return;
        }
        if let Some(armed) = self.notices_armed {
            outside.disarm(armed, timer);
        }
        if let Some(wanted) = wanted {
            outside.arm(wanted, timer);
        }
        self.notices_armed = wanted;
    }

    fn notice(&self, extension: ExtensionId, binding: &Binding, word: PhoneWord) -> NewRequest {
        let event = match word {
            PhoneWord::Reprovision => "check-sync;reboot=false",
            PhoneWord::Reboot => "check-sync;reboot=true",
        };
        let own = format!("<sip:{}@{}>", self.number_of(extension), self.directory.plan.domain);
        NewRequest {
            method: "NOTIFY".to_owned(),
            uri: binding.contact.to_string(),
            from: own.clone(),
            to: own,
            route: binding.path.iter().map(|uri| format!("<{uri}>")).collect(),
            // A NOTIFY must say how its subscription stands (RFC 6665, 4.1.3): there is none that would go on.
            headers: vec![Header::new("Event", event), Header::new("Subscription-State", "terminated;reason=timeout")],
            ..NewRequest::default()
        }
    }
}

/// Is it a device that can be told something?
fn is_phone(binding: &Binding, now: Moment) -> bool {
    let browser = binding.browser || is_websocket(binding.flow.transport);
    binding.reachable && !browser && binding.expires_at > now
}
