//! What a device is told of who calls and by which way: From, P-Asserted-Identity (RFC 3325), Remote-Party-ID, Privacy
//! (RFC 3323), Diversion (RFC 5806), History-Info (RFC 7044), Referred-By (RFC 3892).
//!
//! **Invariant:** all of it comes from the tenant's plan and the call's own way. Nothing of such headers that a device has
//! sent is passed on (S7).

use shared::setting::Settings;
use sip::{Header, Message};

use crate::auto_answer;

/// Who stands for somebody who does not want to be named (RFC 3323, 4.1.1.3).
const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
/// Its host.
const ANONYMOUS_HOST: &str = "anonymous.invalid";
/// The hops that a call may take where its caller has not said so.
const HOPS: u8 = 70;

/// Who calls, as one device is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
    /// It wants neither to be named.
    pub private: bool,
    /// The numbers that have sent the call on, the first one first.
    pub diverted: Vec<Diverted>,
    /// The number that has transferred the call here.
    pub referred_by: Option<String>,
    /// The number and name of the ring group that the call came to (RG-06).
    pub group: Option<(String, String)>,
    /// The call asks to be answered without a hand.
    pub answers_itself: bool,
    /// How many hops are left (Max-Forwards).
    pub hops: u8,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            number: String::new(),
            name: String::new(),
            private: false,
            diverted: Vec::new(),
            referred_by: None,
            group: None,
            answers_itself: false,
            hops: HOPS,
        }
    }
}

/// A number that has sent a call on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diverted {
    /// Whose.
    pub number: String,
    /// Why.
    pub why: Why,
}

/// Why a call was sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The device said so, with this 3xx.
    Deflected(u16),
    /// Somebody in the call asked for it.
    Referred,
    /// An exception of the person's forwarding.
    Exception,
    /// The person does not want to be disturbed.
    NotDisturbed,
    /// The person is away.
    Away,
    /// The person is busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// No device was there.
    Offline,
}

impl Why {
    /// The SIP status that stands for it (RFC 4458); for a transfer there is none, and 202 is what a REFER gets.
    const fn cause(self) -> u16 {
        match self {
            Self::Deflected(status) => status,
            Self::Referred => 202,
            Self::Exception => 302,
            Self::NotDisturbed | Self::Away => 480,
            Self::Busy => 486,
            Self::NoAnswer => 408,
            Self::Offline => 503,
        }
    }

    /// The word of RFC 5806.
    const fn word(self) -> &'static str {
        match self {
            Self::Deflected(_) => "deflection",
            Self::Referred => "unknown",
            Self::Exception => "unconditional",
            Self::NotDisturbed => "do-not-disturb",
            Self::Away => "away",
            Self::Busy => "user-busy",
            Self::NoAnswer => "no-answer",
            Self::Offline => "unavailable",
        }
    }
}

impl Shown {
    /// The From header of the INVITE.
    pub fn from(&self, domain: &str) -> String {
        if self.private { ANONYMOUS.to_owned() } else { self.address(domain) }
    }

    fn address(&self, domain: &str) -> String {
        format!("\"{}\" <sip:{}@{domain}>", quoted(&self.name), self.number)
    }

    /// The further headers of the INVITE to `number`.
    pub fn headers(&self, domain: &str, number: &str, settings: &Settings) -> Vec<Header> {
        let mut headers = match &self.group {
            // So that the phone shows which group it rings for; From says who calls.
            Some((number, name)) if !self.private => {
                let group = Self { number: number.clone(), name: name.clone(), ..Self::default() };
                group.identity(domain, "calling")
            }
            _ => self.identity(domain, "calling"),
        };
        headers.push(Header::new("Max-Forwards", self.hops.to_string()));
        for (count, diverted) in self.diverted.iter().enumerate().rev() {
            let reason = diverted.why.word();
            let value = format!("<sip:{}@{domain}>;reason={reason};counter={}", diverted.number, count + 1);
            headers.push(Header::new("Diversion", value));
        }
        if !self.diverted.is_empty() {
            headers.push(Header::new("History-Info", self.history(domain, number)));
        }
        if let Some(by) = &self.referred_by {
            headers.push(Header::new("Referred-By", format!("<sip:{by}@{domain}>")));
        }
        if self.answers_itself {
            headers.extend(auto_answer::headers(settings, domain));
        }
        headers
    }

    /// The headers that name a person inside a call that stands. `party` is `calling` or `called`, as the device at the
    /// other end has known it.
    pub fn identity(&self, domain: &str, party: &str) -> Vec<Header> {
        if self.private {
            let nobody = format!("{ANONYMOUS};party={party};screen=no;privacy=full");
            return vec![Header::new("Privacy", "id"), Header::new("Remote-Party-ID", nobody)];
        }
        let address = self.address(domain);
        let party = format!("{address};party={party};screen=yes;privacy=off");
        vec![Header::new("P-Asserted-Identity", address), Header::new("Remote-Party-ID", party)]
    }

    /// The way as RFC 7044 tells it: each entry but the first was retargeted from the one before.
    fn history(&self, domain: &str, number: &str) -> String {
        let mut index = "1".to_owned();
        let mut entries = Vec::new();
        for diverted in &self.diverted {
            let cause = diverted.why.cause();
            let parent = parent_of(&index);
            entries
                .push(format!("<sip:{}@{domain}?Reason=SIP%3Bcause%3D{cause}>;index={index}{parent}", diverted.number));
            index.push_str(".1");
        }
        entries.push(format!("<sip:{number}@{domain}>;index={index}{}", parent_of(&index)));
        entries.join(", ")
    }
}

/// `;mp=…`: the entry that was retargeted to this one.
fn parent_of(index: &str) -> String {
    index.strip_suffix(".1").map(|parent| format!(";mp={parent}")).unwrap_or_default()
}

/// Without what would end a quoted string.
fn quoted(name: &str) -> String {
    name.replace(['"', '\\'], "'")
}

/// Does whoever sent this INVITE not want to be named to the callee?
pub fn is_private(message: &Message) -> bool {
    let words = message.header_lines("Privacy").into_iter().flat_map(|line| line.split([';', ',']));
    let asked = words.map(str::trim).any(|word| ["id", "user", "header"].iter().any(|w| w.eq_ignore_ascii_case(word)));
    asked || is_anonymous(message)
}

/// Does From name nobody at all? Who it is has been proved by other means.
pub fn is_anonymous(message: &Message) -> bool {
    message.from().is_some_and(|from| {
        from.uri.user.eq_ignore_ascii_case("anonymous") && from.uri.host.eq_ignore_ascii_case(ANONYMOUS_HOST)
    })
}

/// The hops that are left of those that an INVITE came with.
pub fn hops_left(message: &Message) -> u8 {
    let came = message.header("Max-Forwards").and_then(|value| value.trim().parse::<u8>().ok());
    came.unwrap_or(HOPS).min(HOPS).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = "acme.localhost";

    fn alice() -> Shown {
        Shown { number: "101".into(), name: "Alice \"A\" \\ Ace".into(), ..Shown::default() }
    }

    fn header(shown: &Shown, name: &str) -> Vec<String> {
        let headers = shown.headers(ACME, "103", &Settings::default());
        headers.into_iter().filter(|header| header.name == name).map(|header| header.value).collect()
    }

    #[test]
    fn a_device_is_told_number_and_name() {
        let address = "\"Alice 'A' ' Ace\" <sip:101@acme.localhost>";
        assert_eq!(alice().from(ACME), address);
        assert_eq!(header(&alice(), "P-Asserted-Identity"), [address]);
        assert_eq!(header(&alice(), "Remote-Party-ID"), [format!("{address};party=calling;screen=yes;privacy=off")]);
        assert_eq!(header(&alice(), "Max-Forwards"), ["70"]);
        for absent in ["Privacy", "Diversion", "History-Info", "Referred-By", "Call-Info", "Alert-Info", "Answer-Mode"]
        {
            assert_eq!(header(&alice(), absent), [""; 0], "{absent}");
        }
    }

    #[test]
    fn who_wants_privacy_is_named_nowhere() {
        let shown = Shown { private: true, ..alice() };
        assert_eq!(shown.from(ACME), ANONYMOUS);
        assert_eq!(header(&shown, "Privacy"), ["id"]);
        let all = shown.headers(ACME, "103", &Settings::default());
        assert!(all.iter().all(|header| !header.value.contains("101") && !header.value.contains("Alice")), "{all:?}");
    }

    #[test]
    fn the_way_of_a_forwarded_call_is_told_last_forwarder_first() {
        let diverted = |number: &str, why| Diverted { number: number.into(), why };
        let shown = Shown {
            diverted: vec![diverted("102", Why::Deflected(302)), diverted("104", Why::Referred)],
            referred_by: Some("104".into()),
            ..alice()
        };
        assert_eq!(
            header(&shown, "Diversion"),
            [
                "<sip:104@acme.localhost>;reason=unknown;counter=2",
                "<sip:102@acme.localhost>;reason=deflection;counter=1"
            ]
        );
        assert_eq!(
            header(&shown, "History-Info"),
            ["<sip:102@acme.localhost?Reason=SIP%3Bcause%3D302>;index=1, \
              <sip:104@acme.localhost?Reason=SIP%3Bcause%3D202>;index=1.1;mp=1, \
              <sip:103@acme.localhost>;index=1.1.1;mp=1.1"]
        );
        assert_eq!(header(&shown, "Referred-By"), ["<sip:104@acme.localhost>"]);
    }
}
