//! What a trunk is told of who calls whom (TRK-09), and where it tells it (TRK-10).

use shared::trunk::{TrunkMode, TrunkSettings};
use shared::trunk_header::{AddressVariables, HeaderPart, HostVariable, InboundSources, TrunkPrivacy, Variable};
use sip::view::NameAddr;
use sip::{Header, Message};

use crate::routing::unescape;
use crate::trunk::cli::{Directive, Rewrite};

/// Who stands for somebody who does not want to be named (RFC 3323, 4.1.1.3).
const ANONYMOUS: &str = "anonymous";
/// Its host.
const ANONYMOUS_HOST: &str = "anonymous.invalid";

/// What is known of a call before it leaves.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How the trunk is set up.
    pub settings: &'a TrunkSettings,
    /// The number of the extension that calls, or of whoever called from outside.
    pub caller: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The number that is called, as it is sent.
    pub called: &'a str,
    /// The caller id that was chosen (TRK-12).
    pub caller_id: Option<&'a str>,
    /// Whoever called first, where the call was sent on.
    pub originator: Option<&'a str>,
    /// Does the caller not want to be named?
    pub private: bool,
    /// The tenant's SIP domain.
    pub domain: &'a str,
    /// `host:port` of this server, as the trunk knows it.
    pub own: &'a str,
    /// Where its gateway is, where that has registered here: host, port and parameters.
    pub place: Option<&'a str>,
    /// What the client has asked for and may (CLI-01).
    pub directives: &'a [Directive],
}

/// The parts of an INVITE to a trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialling {
    /// The Request-URI.
    pub uri: String,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// The further headers.
    pub headers: Vec<Header>,
}

/// `sip:user@host:port;transport=tcp` of a trunk; no user where it is empty.
pub fn trunk_uri(settings: &TrunkSettings, user: &str) -> String {
    let at = if user.is_empty() { String::new() } else { format!("{}@", escaped(user)) };
    let transport = match settings.transport {
        shared::trunk::TrunkTransport::Udp => String::new(),
        other => format!(";transport={}", other.param()),
    };
    format!("sip:{at}{}{transport}", host_port(settings))
}

fn host_port(settings: &TrunkSettings) -> String {
    let host = bracketed(&settings.host);
    if settings.port == 0 || settings.port == settings.transport.port() {
        host
    } else {
        format!("{host}:{}", settings.port)
    }
}

fn bracketed(host: &str) -> String {
    let bare = host.trim_matches(['[', ']']);
    if bare.contains(':') { format!("[{bare}]") } else { host.to_owned() }
}

/// As the user of a SIP URI (RFC 3261, 25.1): what it may not hold is escaped.
fn escaped(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Facts<'_> {
    /// The INVITE's parts.
    pub fn dialling(&self) -> Dialling {
        let out = &self.settings.outbound;
        let hidden = self.private || matches!(out.from.user, Variable::Anonymous);
        let directed = |rewrite| self.directives.iter().find(|known| known.rewrite == rewrite);
        let mut from = match hidden {
            true => format!("\"Anonymous\" <sip:{ANONYMOUS}@{ANONYMOUS_HOST}>"),
            false => self.address(&out.from, self.own_number(), self.name),
        };
        if let Some(known) = directed(Rewrite::From) {
            let user = Variable::Custom(known.user.clone());
            from = self.address(&AddressVariables { user, ..out.from.clone() }, "", self.name);
        }
        let request_user = self.text(&out.request_user, self.called);
        let uri = match &out.request_host {
            HostVariable::Default | HostVariable::TrunkHostPort => match self.place {
                Some(place) => format!("sip:{}@{place}", escaped(&request_user)),
                None => trunk_uri(self.settings, &request_user),
            },
            other => format!("sip:{}@{}", escaped(&request_user), self.host(other)),
        };
        let to = self.address(&out.to, self.called, "");
        let mut headers = vec![];
        for (name, address, rewrite) in [
            ("P-Asserted-Identity", &out.asserted, Some(Rewrite::Asserted)),
            ("P-Preferred-Identity", &out.preferred, None),
            ("Remote-Party-ID", &out.remote_party, Some(Rewrite::RemoteParty)),
        ] {
            let asked = rewrite.and_then(directed).map(|known| {
                let user = Variable::Custom(known.user.clone());
                AddressVariables { user, ..address.clone().unwrap_or_default() }
            });
            let Some(address) = asked.as_ref().or(address.as_ref()) else { continue };
            let mut value = self.address(address, self.own_number(), self.name);
            if name == "Remote-Party-ID" {
                let privacy = if hidden { "full" } else { "off" };
                value.push_str(&format!(";party=calling;screen=yes;privacy={privacy}"));
            }
            headers.push(Header::new(name, value));
        }
        if let Some(called) = &out.called_party {
            headers.push(Header::new("P-Called-Party-ID", self.address(called, self.called, "")));
        }
        let privacy = match out.privacy {
            TrunkPrivacy::Default => hidden.then_some("id"),
            TrunkPrivacy::None => Some("none"),
            TrunkPrivacy::Id => Some("id"),
            TrunkPrivacy::User => Some("user"),
            TrunkPrivacy::Header => Some("header"),
            TrunkPrivacy::Session => Some("session"),
        };
        headers.extend(privacy.map(|word| Header::new("Privacy", word)));
        Dialling { uri, from, to, headers }
    }

    /// What the trunk knows the caller by: the caller id that was chosen, the account of a trunk that registers, or else the number.
    fn own_number(&self) -> &str {
        let account = (self.settings.mode == TrunkMode::Register).then_some(self.settings.username.as_str());
        self.caller_id.or(account).unwrap_or(self.caller)
    }

    fn address(&self, parts: &AddressVariables, user: &str, display: &str) -> String {
        let display = self.text(&parts.display, display).replace(['"', '\\'], "'");
        let uri = format!("<sip:{}@{}>", escaped(&self.text(&parts.user, user)), self.host(&parts.host));
        if display.is_empty() { uri } else { format!("\"{display}\" {uri}") }
    }

    fn text(&self, variable: &Variable, usual: &str) -> String {
        let settings = self.settings;
        let text = match variable {
            Variable::Default => usual,
            Variable::AuthId => settings.digest_user(),
            Variable::CallerNumber => self.caller,
            Variable::CalledNumber => self.called,
            Variable::CallerName => self.name,
            Variable::OutboundCallerId => self.own_number(),
            Variable::OriginatorCallerId => self.originator.unwrap_or(self.caller),
            Variable::Anonymous => ANONYMOUS,
            Variable::Custom(text) => text,
        };
        text.to_owned()
    }

    fn host(&self, variable: &HostVariable) -> String {
        match variable {
            HostVariable::Default => bracketed(&self.settings.host),
            HostVariable::TrunkHostPort => format!("{}:{}", bracketed(&self.settings.host), self.port()),
            HostVariable::OutHostPort => self.own.to_owned(),
            HostVariable::SipDomain => self.domain.to_owned(),
            HostVariable::Custom(text) => text.clone(),
        }
    }

    const fn port(&self) -> u16 {
        if self.settings.port == 0 { 5_060 } else { self.settings.port }
    }
}

/// Who calls whom, as a trunk tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The number of whoever calls; empty where it is not said.
    pub caller: String,
    /// Its name.
    pub name: String,
    /// The number that is called.
    pub called: String,
}

/// Reads it where the trunk says it (TRK-10).
pub fn told(message: &Message, sources: &InboundSources) -> Told {
    let part = |part, usual| read(message, if part == HeaderPart::Default { usual } else { part });
    Told {
        caller: part(sources.caller_number, HeaderPart::FromUser),
        name: part(sources.caller_name, HeaderPart::FromDisplay),
        called: part(sources.called_number, HeaderPart::ToUser),
    }
}

fn read(message: &Message, part: HeaderPart) -> String {
    let (name, is_user) = match part {
        HeaderPart::RequestUser => {
            let user = message.request_uri().map(|uri| uri.user.to_owned()).unwrap_or_default();
            return unescape(&user).unwrap_or(user);
        }
        HeaderPart::Default | HeaderPart::FromUser => ("From", true),
        HeaderPart::FromDisplay => ("From", false),
        HeaderPart::ToUser => ("To", true),
        HeaderPart::ToDisplay => ("To", false),
        HeaderPart::ContactUser => ("Contact", true),
        HeaderPart::AssertedUser => ("P-Asserted-Identity", true),
        HeaderPart::AssertedDisplay => ("P-Asserted-Identity", false),
        HeaderPart::PreferredUser => ("P-Preferred-Identity", true),
        HeaderPart::RemotePartyUser => ("Remote-Party-ID", true),
        HeaderPart::RemotePartyDisplay => ("Remote-Party-ID", false),
        HeaderPart::CalledPartyUser => ("P-Called-Party-ID", true),
    };
    let values = message.header_values(name);
    let Some(address) = values.first().and_then(|value| NameAddr::parse(value)) else { return String::new() };
    match is_user {
        true => unescape(address.uri.user).unwrap_or_else(|| address.uri.user.to_owned()),
        false => address.name,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use shared::trunk::TrunkTransport;
    use shared::trunk_header::OutboundHeaders;

    use super::*;

    fn settings(outbound: OutboundHeaders) -> TrunkSettings {
        TrunkSettings {
            name: "Carrier".into(),
            host: "sip.example".into(),
            username: "account7".into(),
            auth_name: "digest7".into(),
            outbound,
            ..TrunkSettings::default()
        }
    }

    fn facts(settings: &TrunkSettings) -> Facts<'_> {
        Facts {
            settings,
            caller: "101",
            name: "Ann \"A\"",
            called: "+442345",
            caller_id: Some("+4930111"),
            originator: Some("+33123"),
            private: false,
            domain: "acme.localhost",
            own: "192.0.2.1:5060",
            place: None,
            directives: &[],
        }
    }

    fn header(dialling: &Dialling, name: &str) -> String {
        dialling
            .headers
            .iter()
            .find(|header| header.name == name)
            .map(|header| header.value.clone())
            .unwrap_or_default()
    }

    #[test]
    fn as_a_rule_from_is_the_caller_id_at_the_trunks_host() {
        let plain = settings(OutboundHeaders::default());
        let told = facts(&plain).dialling();
        assert_eq!(told.uri, "sip:+442345@sip.example");
        assert_eq!(told.from, "\"Ann 'A'\" <sip:+4930111@sip.example>");
        assert_eq!((told.to.as_str(), told.headers.len()), ("<sip:+442345@sip.example>", 0));
        let no_id = Facts { caller_id: None, ..facts(&plain) };
        assert_eq!(no_id.dialling().from, "\"Ann 'A'\" <sip:101@sip.example>");
        let registers =
            TrunkSettings { mode: TrunkMode::Register, port: 5_080, transport: TrunkTransport::Tcp, ..plain };
        let no_id = Facts { caller_id: None, ..facts(&registers) };
        assert_eq!(no_id.dialling().from, "\"Ann 'A'\" <sip:account7@sip.example>");
        assert_eq!(no_id.dialling().uri, "sip:+442345@sip.example:5080;transport=tcp");
        assert_eq!(trunk_uri(&registers, "1#2"), "sip:1%232@sip.example:5080;transport=tcp");
    }

    // covers: TRK-05
    #[test]
    fn trk_05_the_usual_port_of_a_transport_is_not_said() {
        for (transport, port, uri) in [
            (TrunkTransport::Udp, 5_060, "sip:sip.example"),
            (TrunkTransport::Udp, 5_061, "sip:sip.example:5061"),
            (TrunkTransport::Tls, 5_061, "sip:sip.example;transport=tls"),
            (TrunkTransport::Tls, 5_060, "sip:sip.example:5060;transport=tls"),
            (TrunkTransport::Tls, 0, "sip:sip.example;transport=tls"),
        ] {
            let settings = TrunkSettings { host: "sip.example".into(), port, transport, ..TrunkSettings::default() };
            assert_eq!(trunk_uri(&settings, ""), uri);
        }
    }

    // covers: TRK-09
    #[test]
    fn trk_09_each_variable_stands_where_it_was_chosen() {
        for (variable, user) in [
            (Variable::AuthId, "digest7"),
            (Variable::CallerNumber, "101"),
            (Variable::CalledNumber, "+442345"),
            (Variable::CallerName, "Ann%20%22A%22"),
            (Variable::OutboundCallerId, "+4930111"),
            (Variable::OriginatorCallerId, "+33123"),
            (Variable::Anonymous, "anonymous"),
            (Variable::Custom("sales".into()), "sales"),
        ] {
            let asserted = Some(AddressVariables { user: variable.clone(), ..AddressVariables::default() });
            let chosen = settings(OutboundHeaders { asserted, ..OutboundHeaders::default() });
            let told = facts(&chosen).dialling();
            let expected = format!("\"Ann 'A'\" <sip:{user}@sip.example>");
            assert_eq!(header(&told, "P-Asserted-Identity"), expected, "{variable:?}");
        }
        for (host, text) in [
            (HostVariable::Default, "sip.example"),
            (HostVariable::TrunkHostPort, "sip.example:5060"),
            (HostVariable::OutHostPort, "192.0.2.1:5060"),
            (HostVariable::SipDomain, "acme.localhost"),
            (HostVariable::Custom("x.example".into()), "x.example"),
        ] {
            let from =
                AddressVariables { host: host.clone(), display: Variable::Custom("Acme".into()), ..Default::default() };
            let chosen = settings(OutboundHeaders { from, ..OutboundHeaders::default() });
            assert_eq!(facts(&chosen).dialling().from, format!("\"Acme\" <sip:+4930111@{text}>"), "{host:?}");
        }
    }

    // covers: TRK-09
    #[test]
    fn trk_09_further_headers_are_sent_where_they_were_chosen() {
        let some = || Some(AddressVariables::default());
        let all = settings(OutboundHeaders {
            asserted: some(),
            preferred: some(),
            remote_party: some(),
            called_party: some(),
            request_user: Variable::Custom("trunk9".into()),
            privacy: TrunkPrivacy::None,
            ..OutboundHeaders::default()
        });
        let told = facts(&all).dialling();
        let own = "\"Ann 'A'\" <sip:+4930111@sip.example>";
        assert_eq!(header(&told, "P-Preferred-Identity"), own);
        assert_eq!(header(&told, "Remote-Party-ID"), format!("{own};party=calling;screen=yes;privacy=off"));
        assert_eq!(header(&told, "P-Called-Party-ID"), "<sip:+442345@sip.example>");
        assert_eq!((told.uri.as_str(), header(&told, "Privacy").as_str()), ("sip:trunk9@sip.example", "none"));
        let hidden = Facts { private: true, ..facts(&all) }.dialling();
        assert_eq!(hidden.from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
        let usual = settings(OutboundHeaders::default());
        assert_eq!(header(&Facts { private: true, ..facts(&usual) }.dialling(), "Privacy"), "id");
    }

    // covers: CLI-02, CLI-03, CLI-04
    #[test]
    fn cli_02_directives_come_before_what_the_trunk_is_set_to() {
        let plain = settings(OutboundHeaders::default());
        let directive = |rewrite, user: &str| Directive { rewrite, user: user.into(), trunk: None };
        let asked = [
            directive(Rewrite::From, "123"),
            directive(Rewrite::Asserted, "456"),
            directive(Rewrite::RemoteParty, "789"),
        ];
        let told = Facts { directives: &asked, ..facts(&plain) }.dialling();
        assert_eq!(told.from, "\"Ann 'A'\" <sip:123@sip.example>");
        assert_eq!(header(&told, "P-Asserted-Identity"), "\"Ann 'A'\" <sip:456@sip.example>");
        assert!(header(&told, "Remote-Party-ID").contains("<sip:789@sip.example>"));
    }

    // covers: TRK-10
    #[test]
    fn trk_10_who_calls_whom_is_read_where_the_trunk_says_it() {
        let text = "INVITE sip:did1@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
            From: \"Bob\" <sip:+49301@sip.example>;tag=1\r\nTo: \"Desk\" <sip:+442012345670@sip.example>\r\nCall-ID: a\r\n\
            CSeq: 1 INVITE\r\nContact: <sip:gw%2b7@192.0.2.9>\r\nP-Asserted-Identity: \"Real Bob\" <sip:+4999@x>\r\n\
            Remote-Party-ID: \"RP\" <sip:555@x>;party=calling\r\nP-Called-Party-ID: <sip:777@x>\r\nContent-Length: 0\r\n\r\n";
        let message = Message::parse(Bytes::from(text)).unwrap();
        let usual = told(&message, &InboundSources::default());
        assert_eq!((usual.caller.as_str(), usual.name.as_str()), ("+49301", "Bob"));
        assert_eq!(usual.called, "+442012345670");
        for (part, expected) in [
            (HeaderPart::RequestUser, "did1"),
            (HeaderPart::ToUser, "+442012345670"),
            (HeaderPart::ToDisplay, "Desk"),
            (HeaderPart::FromUser, "+49301"),
            (HeaderPart::FromDisplay, "Bob"),
            (HeaderPart::ContactUser, "gw+7"),
            (HeaderPart::AssertedUser, "+4999"),
            (HeaderPart::AssertedDisplay, "Real Bob"),
            (HeaderPart::PreferredUser, ""),
            (HeaderPart::RemotePartyUser, "555"),
            (HeaderPart::RemotePartyDisplay, "RP"),
            (HeaderPart::CalledPartyUser, "777"),
        ] {
            let sources = InboundSources { called_number: part, ..InboundSources::default() };
            assert_eq!(told(&message, &sources).called, expected, "{part:?}");
        }
    }
}
