//! What a trunk is told of who calls whom (TRK-09), and where it tells it (TRK-10).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};

/// What stands in the user or display part of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
pub enum Variable {
    /// What is usual for that part.
    #[default]
    Default,
    /// The user of the trunk's digest.
    AuthId,
    /// The number of the extension that calls.
    CallerNumber,
    /// The number that is called, as it is sent.
    CalledNumber,
    /// The name of whoever calls.
    CallerName,
    /// The caller id that was chosen (TRK-12).
    OutboundCallerId,
    /// The number of whoever called first, where a call was sent on; else that of the caller.
    OriginatorCallerId,
    /// Nobody.
    Anonymous,
    /// These words.
    Custom(String),
}

/// What stands in the host part of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
pub enum HostVariable {
    /// The trunk's host.
    #[default]
    Default,
    /// The trunk's host, with its port.
    TrunkHostPort,
    /// The address of this server, with its port, as the trunk knows it.
    OutHostPort,
    /// The tenant's SIP domain.
    SipDomain,
    /// These words.
    Custom(String),
}

/// The Privacy header of calls to a trunk (RFC 3323).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrunkPrivacy {
    /// As the caller wants it.
    #[default]
    Default,
    /// `none`.
    None,
    /// `id`.
    Id,
    /// `user`.
    User,
    /// `header`.
    Header,
    /// `session`.
    Session,
}

/// One header with an address: its display part, user and host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AddressVariables {
    /// What stands before the address.
    pub display: Variable,
    /// Before the `@`.
    pub user: Variable,
    /// After it.
    pub host: HostVariable,
}

/// What a trunk is told of who calls (TRK-09).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OutboundHeaders {
    /// The user of the Request-URI.
    pub request_user: Variable,
    /// Its host.
    pub request_host: HostVariable,
    /// From.
    pub from: AddressVariables,
    /// To.
    pub to: AddressVariables,
    /// P-Asserted-Identity (RFC 3325); absent sends none.
    pub asserted: Option<AddressVariables>,
    /// P-Preferred-Identity (RFC 3325); absent sends none.
    pub preferred: Option<AddressVariables>,
    /// Remote-Party-ID of whoever calls; absent sends none.
    pub remote_party: Option<AddressVariables>,
    /// P-Called-Party-ID (RFC 7315); absent sends none.
    pub called_party: Option<AddressVariables>,
    /// Privacy.
    pub privacy: TrunkPrivacy,
}

impl OutboundHeaders {
    /// Notes what is wrong with them.
    pub fn check(&self, check: &mut Check) {
        let addresses = [("from", Some(&self.from)), ("to", Some(&self.to)), ("asserted", self.asserted.as_ref())]
            .into_iter()
            .chain([
                ("preferred", self.preferred.as_ref()),
                ("remote_party", self.remote_party.as_ref()),
                ("called_party", self.called_party.as_ref()),
            ]);
        let mut texts = vec![("request_user".to_owned(), custom(&self.request_user))];
        texts.push(("request_host".to_owned(), custom_host(&self.request_host)));
        for (name, address) in addresses {
            let Some(address) = address else { continue };
            texts.push((format!("{name}.display"), custom(&address.display)));
            texts.push((format!("{name}.user"), custom(&address.user)));
            texts.push((format!("{name}.host"), custom_host(&address.host)));
        }
        for (field, text) in texts {
            let Some(text) = text else { continue };
            check.that(
                is_clean(text)
                    && (1..=128).contains(&text.len())
                    && !text.contains(['"', '\\', '<', '>', '@', ',', ';', '?']),
                &format!("outbound.{field}"),
                "1 to 128 characters, none of them a quotation mark, a backslash or one of < > @ , ; ?",
            );
        }
    }
}

fn custom(variable: &Variable) -> Option<&str> {
    if let Variable::Custom(text) = variable { Some(text) } else { None }
}

fn custom_host(variable: &HostVariable) -> Option<&str> {
    if let HostVariable::Custom(text) = variable { Some(text) } else { None }
}

/// A part of an INVITE that says who calls, or whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HeaderPart {
    /// What is usual.
    #[default]
    Default,
    /// The user of the Request-URI.
    RequestUser,
    /// The user of To.
    ToUser,
    /// The display part of To.
    ToDisplay,
    /// The user of From.
    FromUser,
    /// The display part of From.
    FromDisplay,
    /// The user of Contact.
    ContactUser,
    /// The user of P-Asserted-Identity.
    AssertedUser,
    /// The display part of it.
    AssertedDisplay,
    /// The user of P-Preferred-Identity.
    PreferredUser,
    /// The user of Remote-Party-ID.
    RemotePartyUser,
    /// The display part of it.
    RemotePartyDisplay,
    /// The user of P-Called-Party-ID.
    CalledPartyUser,
}

/// Where a trunk tells who calls whom (TRK-10); as a rule From and To.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct InboundSources {
    /// The number of whoever calls: From's user.
    pub caller_number: HeaderPart,
    /// The name: From's display part.
    pub caller_name: HeaderPart,
    /// The number that is called: To's user.
    pub called_number: HeaderPart,
}
