//! Trunks that register here (TRK-04): a gateway without an address of its own signs in with the trunk's account, at the trunk's host as
//! its domain, and is reached by the way it came. One contact at a time: the last REGISTER counts.

use std::time::Duration;

use shared::trunk::TrunkState;
use shared::{Moment, TrunkId};
use sip::digest::{Ha1, ha1};
use sip::{Flow, Message};

use super::{Trunk, Trunks};
use crate::registrar::TEXT_BYTES_MAX;

/// A shorter registration is refused (423): it would be renewed more often than anybody calls.
pub const SECONDS_MIN: u32 = 30;

/// Where a gateway is.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The way that its REGISTER came.
    pub flow: Flow,
    /// The contact URI, as sent.
    pub contact: String,
    /// Of the REGISTER.
    pub call_id: String,
    /// Of the REGISTER.
    pub cseq: u32,
    /// When it runs out.
    pub expires_at: Moment,
}

/// What a REGISTER of a gateway asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Only what there is.
    Nothing,
    /// To be reached at this contact for so many seconds.
    Here(String, u32),
    /// Not to be reached any more.
    Gone,
}

/// Why a REGISTER of a gateway is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its contact cannot be read, or is none of SIP: 400.
    Contact,
    /// It is for less than [`SECONDS_MIN`]: 423.
    Brief,
    /// An older request of the same Call-ID came after a newer one: 500.
    OutOfOrder,
}

impl Gateway {
    /// What stands behind the user in its contact: host, port and parameters.
    pub fn place(&self) -> &str {
        let rest = self.contact.split_once(':').map_or("", |(_, rest)| rest);
        rest.split_once('@').map_or(rest, |(_, place)| place)
    }
}

/// What it asks for; `max` is the longest that is granted, and what one gets that does not say.
pub fn wish(message: &Message, max: u32) -> Result<Wish, Refused> {
    let contacts = message.contacts();
    if contacts.len() != message.header_values("Contact").len() {
        return Err(Refused::Contact);
    }
    let mut gone = false;
    for contact in &contacts {
        let own = Message::param(contact.params, "expires").and_then(|text| text.parse::<u32>().ok());
        let seconds = own.or_else(|| message.expires()).unwrap_or(max);
        let uri = contact.uri;
        if uri.text == "*" {
            return if contacts.len() == 1 && seconds == 0 { Ok(Wish::Gone) } else { Err(Refused::Contact) };
        }
        if !["sip", "sips"].iter().any(|scheme| uri.scheme.eq_ignore_ascii_case(scheme))
            || uri.text.len() > TEXT_BYTES_MAX
        {
            return Err(Refused::Contact);
        }
        match seconds {
            0 => gone = true,
            brief if brief < SECONDS_MIN => return Err(Refused::Brief),
            seconds => return Ok(Wish::Here(uri.text.to_owned(), seconds.min(max))),
        }
    }
    Ok(if gone { Wish::Gone } else { Wish::Nothing })
}

impl Trunk {
    /// The account that its gateway signs in with: realm, user, and the hashes of its password.
    pub fn account(&self) -> Option<(String, String, Ha1)> {
        let settings = &self.plan.settings;
        let (user, realm) = (settings.digest_user(), settings.host.to_ascii_lowercase());
        // Without a password nobody is let in.
        let hashes = (!self.plan.password.is_empty()).then(|| ha1(user, &realm, &self.plan.password))?;
        Some((realm, user.to_owned(), hashes))
    }

    /// Where its gateway is, if it has registered.
    pub const fn gateway(&self) -> Option<&Gateway> {
        self.gateway.as_ref()
    }

    fn leave(&mut self, now: Moment, why: &str) -> bool {
        self.gateway = None;
        self.watch.expect(None);
        self.watch.turn(now, TrunkState::Disconnected, why)
    }
}

impl Trunks {
    /// The trunk whose gateway registers at this domain.
    pub fn at(&self, domain: &str) -> Option<TrunkId> {
        self.by_domain.get(domain).copied()
    }

    /// Does what a REGISTER asks for. True when the trunk stands otherwise than before.
    pub fn register(&mut self, now: Moment, id: TrunkId, message: &Message, flow: Flow) -> Result<bool, Refused> {
        let Some(trunk) = self.all.get_mut(&id) else { return Ok(false) };
        let wish = wish(message, trunk.plan.settings.register_seconds)?;
        let (call_id, cseq) = (message.call_id(), message.cseq().0);
        if wish != Wish::Nothing
            && trunk.gateway.as_ref().is_some_and(|held| held.call_id == call_id && cseq <= held.cseq)
        {
            return Err(Refused::OutOfOrder);
        }
        let (turned, targets) = match wish {
            Wish::Nothing => return Ok(false),
            Wish::Gone => (trunk.leave(now, "signed off"), Vec::new()),
            Wish::Here(contact, seconds) => {
                let expires_at = now + Duration::from_secs(seconds.into());
                let moved = trunk.gateway.as_ref().is_some_and(|held| held.flow != flow);
                trunk.gateway = Some(Gateway { flow, contact, call_id: call_id.to_owned(), cseq, expires_at });
                trunk.watch.expect(Some(expires_at));
                (trunk.watch.turn(now, TrunkState::Connected, "registered here") || moved, vec![flow.remote])
            }
        };
        self.place(id, targets);
        self.reschedule(id);
        Ok(turned)
    }

    /// The registration of a gateway has run out. True when the trunk stands otherwise than before.
    pub(super) fn run_out(&mut self, now: Moment, id: TrunkId) -> bool {
        let turned = self.all.get_mut(&id).is_some_and(|trunk| trunk.leave(now, "its registration has run out"));
        self.place(id, Vec::new());
        turned
    }

    /// A connection has ended: the gateway that registered by it is gone. The trunks that stand otherwise than before.
    pub fn flow_closed(&mut self, now: Moment, flow: Flow) -> Vec<TrunkId> {
        let near = self.by_target.get(&flow.remote.ip()).cloned().unwrap_or_default();
        let mut turned = Vec::new();
        for id in near {
            let Some(trunk) = self.all.get_mut(&id) else { continue };
            if trunk.gateway.as_ref().is_some_and(|held| held.flow == flow) {
                if trunk.leave(now, "its connection has ended") {
                    turned.push(id);
                }
                self.place(id, Vec::new());
                self.reschedule(id);
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(headers: &str) -> Message {
        let text = format!(
            "REGISTER sip:gateway.trunk SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:gw@gateway.trunk>;tag=1\r\n\
             To: <sip:gw@gateway.trunk>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n{headers}Content-Length: 0\r\n\r\n"
        );
        Message::parse(text.into_bytes().into()).unwrap()
    }

    // covers: TRK-04
    #[test]
    fn trk_04_what_a_gateway_asks_for_is_read_and_nonsense_is_refused() {
        let here = |uri: &str, seconds| Ok(Wish::Here(uri.to_owned(), seconds));
        for (headers, expected) in [
            ("", Ok(Wish::Nothing)),
            ("Contact: <sip:gw@10.0.0.5:5062>\r\n", here("sip:gw@10.0.0.5:5062", 600)),
            ("Contact: <sip:gw@10.0.0.5>;expires=120\r\nExpires: 60\r\n", here("sip:gw@10.0.0.5", 120)),
            ("Contact: <sip:gw@10.0.0.5>\r\nExpires: 7200\r\n", here("sip:gw@10.0.0.5", 600)),
            ("Contact: <sip:gw@10.0.0.5>\r\nExpires: 29\r\n", Err(Refused::Brief)),
            ("Contact: <sip:gw@10.0.0.5>\r\nExpires: 0\r\n", Ok(Wish::Gone)),
            // One that goes and one that comes: the one that comes counts.
            ("Contact: <sip:gw@10.0.0.5>;expires=0, <sip:gw@10.0.0.6>;expires=90\r\n", here("sip:gw@10.0.0.6", 90)),
            ("Contact: *\r\nExpires: 0\r\n", Ok(Wish::Gone)),
            ("Contact: *\r\nExpires: 60\r\n", Err(Refused::Contact)),
            ("Contact: <tel:+4930>\r\n", Err(Refused::Contact)),
        ] {
            assert_eq!(wish(&register(headers), 600), expected, "{headers}");
        }
    }

    #[test]
    fn a_call_goes_to_the_place_of_the_contact() {
        let gateway = |contact: &str| Gateway {
            flow: Flow {
                transport: sip::Transport::Udp,
                connection: sip::ConnectionId(1),
                remote: ([192, 0, 2, 9], 5_060).into(),
            },
            contact: contact.to_owned(),
            call_id: String::new(),
            cseq: 1,
            expires_at: Moment(0),
        };
        for (contact, place) in [
            ("sip:gw@10.0.0.5:5062;transport=tcp", "10.0.0.5:5062;transport=tcp"),
            ("sips:10.0.0.5", "10.0.0.5"),
            ("nonsense", ""),
        ] {
            assert_eq!(gateway(contact).place(), place);
        }
    }
}
