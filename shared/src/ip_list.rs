//! The IP list (spec 11.7, 12.3): whose traffic is let pass unexamined, and whose is dropped without an answer. It holds
//! for SIP, the portals and the API alike, the same for all tenants; only the provider sees and changes it.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::ip_range::IpRange;
use crate::problem::FieldProblem;
use crate::setting::Settings;
use crate::{IpEntryId, Moment, Page, operation};

/// What is done with traffic of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IpAction {
    /// Let pass, and not examined by what blocks attackers (IPB-01).
    Allow,
    /// Dropped without an answer (IPB-02).
    #[default]
    Block,
}

/// Who has made an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IpOrigin {
    /// A person.
    Manual,
    /// The limits of the security settings (IPB-04).
    Automatic,
}

/// Which limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlockCause {
    /// SEC-02: wrong credentials.
    FailedAuthentication,
    /// SEC-03: challenges that nobody answered.
    UnansweredChallenges,
    /// SEC-04: packets a second, the lower limit.
    Level2,
    /// SEC-05: packets a second, the higher limit.
    Level1,
}

impl BlockCause {
    /// What was counted.
    pub const fn counted(self) -> &'static str {
        match self {
            Self::FailedAuthentication => "failed sign-ins of phones",
            Self::UnansweredChallenges => "requests that never answered the question for credentials",
            Self::Level2 | Self::Level1 => "packets",
        }
    }

    /// The setting that holds the limit.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::FailedAuthentication => "failed_authentications_max",
            Self::UnansweredChallenges => "unanswered_challenges_max",
            Self::Level2 => "level_2_packets_max",
            Self::Level1 => "level_1_packets_max",
        }
    }

    /// The limit, and the seconds that a block lasts.
    pub const fn limits(self, settings: &Settings) -> (u32, u32) {
        match self {
            Self::FailedAuthentication => {
                (settings.failed_authentications_max, settings.failed_authentication_block_seconds)
            }
            Self::UnansweredChallenges => {
                (settings.unanswered_challenges_max, settings.unanswered_challenge_block_seconds)
            }
            Self::Level2 => (settings.level_2_packets_max, settings.level_2_block_seconds),
            Self::Level1 => (settings.level_1_packets_max, settings.level_1_block_seconds),
        }
    }
}

/// What was seen of an address before it was blocked: enough to tell an attacker from a phone with a wrong password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Which limit was passed.
    pub cause: BlockCause,
    /// How much was counted …
    pub count: u32,
    /// … within so many seconds.
    pub seconds: u32,
    /// What the senders call themselves; a few.
    pub user_agents: Vec<String>,
    /// The users that were tried; a few.
    pub users: Vec<String>,
    /// The methods that were used; a few.
    pub methods: Vec<String>,
}

impl Evidence {
    /// `12 failed sign-ins of phones within 10 seconds`.
    pub fn sentence(&self) -> String {
        let unit = if self.seconds == 1 { "second" } else { "seconds" };
        format!("{} {} within {} {unit}", self.count, self.cause.counted(), self.seconds)
    }
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IpEntry {
    /// Its id.
    pub id: IpEntryId,
    /// Whose traffic: `41.202.0.0/16`.
    pub network: IpRange,
    /// What is done with it.
    pub action: IpAction,
    /// What somebody wrote about it.
    pub description: String,
    /// When it ends; none means never.
    pub expires_at: Option<Moment>,
    /// Who has made it.
    pub origin: IpOrigin,
    /// Why, where Belfry made it.
    pub evidence: Option<Evidence>,
    /// When it was made.
    pub created_at: Moment,
    /// Packets and connections that met it since the process has started.
    #[serde(default)]
    pub hits: u64,
}

/// Lists the entries that hold, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListIpEntries {
    /// Text that address, description or evidence contains.
    pub search: Option<String>,
    /// Only these.
    pub action: Option<IpAction>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListIpEntries, Get, "/api/admin/ip-list", Admin, Page<IpEntry>);

/// Adds an entry; it holds within a second (IPB-01, IPB-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateIpEntry {
    /// The address, which may bring its prefix length along.
    pub address: String,
    /// A mask such as `255.255.0.0`, or a prefix length; empty for the one address.
    #[serde(default)]
    pub mask: String,
    /// What is to be done.
    #[serde(default)]
    pub action: IpAction,
    /// Why, for whoever reads the list.
    #[serde(default)]
    pub description: String,
    /// When it ends; absent means never.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// Block although the range contains the asker's own address or a registered device (IPB-05).
    #[serde(default)]
    pub confirmed: bool,
}
operation!(CreateIpEntry, Post, "/api/admin/ip-list", Admin, IpEntry);

/// Changes an entry; absent fields stay. An automatic block that is turned into `allow` never ends, unless a time is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateIpEntry {
    /// Which.
    pub ip_entry_id: IpEntryId,
    /// What is to be done from now on.
    #[serde(default)]
    pub action: Option<IpAction>,
    /// What is to stand beside it.
    #[serde(default)]
    pub description: Option<String>,
    /// When it is to end.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// It is never to end.
    #[serde(default)]
    pub permanent: bool,
    /// As in [`CreateIpEntry`].
    #[serde(default)]
    pub confirmed: bool,
}
operation!(UpdateIpEntry, Put, "/api/admin/ip-list/{ip_entry_id}", Admin, IpEntry);

/// Removes an entry: a block is lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteIpEntry {
    /// Which.
    pub ip_entry_id: IpEntryId,
}
operation!(DeleteIpEntry, Delete, "/api/admin/ip-list/{ip_entry_id}", Admin, ());

/// The most characters of a description.
const DESCRIPTION_CHARACTERS_MAX: usize = 200;

fn check_description(check: &mut Check, text: &str) {
    check.that(
        is_clean(text) && text.chars().count() <= DESCRIPTION_CHARACTERS_MAX,
        "description",
        "At most 200 characters, none of them control characters.",
    );
}

impl CreateIpEntry {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check_description(&mut check, &self.description);
        let mut problems = check.finish();
        problems.extend(IpRange::read(&self.address, &self.mask).err());
        problems
    }
}

impl UpdateIpEntry {
    /// One that changes nothing yet.
    pub const fn of(ip_entry_id: IpEntryId) -> Self {
        Self { ip_entry_id, action: None, description: None, expires_at: None, permanent: false, confirmed: false }
    }

    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check_description(&mut check, self.description.as_deref().unwrap_or_default());
        check.finish()
    }

    /// The entry after the change.
    pub fn applied_to(&self, before: &IpEntry) -> IpEntry {
        let action = self.action.unwrap_or(before.action);
        let freed = self.permanent || (action == IpAction::Allow && before.action == IpAction::Block);
        IpEntry {
            action,
            description: self.description.clone().unwrap_or_else(|| before.description.clone()),
            expires_at: self.expires_at.or(before.expires_at.filter(|_| !freed)),
            ..before.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked() -> IpEntry {
        IpEntry {
            id: IpEntryId(1),
            network: "192.0.2.7".parse().unwrap(),
            action: IpAction::Block,
            description: String::new(),
            expires_at: Some(Moment::from_seconds(3_600)),
            origin: IpOrigin::Automatic,
            evidence: Some(Evidence {
                cause: BlockCause::FailedAuthentication,
                count: 10,
                seconds: 10,
                user_agents: vec!["friendly-scanner".into()],
                users: vec!["101".into()],
                methods: vec!["REGISTER".into()],
            }),
            created_at: Moment(0),
            hits: 0,
        }
    }

    // covers: IPB-04, SEC-06
    #[test]
    fn ipb_04_an_automatic_block_turned_into_allow_stays_for_ever_and_keeps_its_evidence() {
        let change = UpdateIpEntry { action: Some(IpAction::Allow), ..UpdateIpEntry::of(IpEntryId(1)) };
        let after = change.applied_to(&blocked());
        assert_eq!(after, IpEntry { action: IpAction::Allow, expires_at: None, ..blocked() });
        let described = UpdateIpEntry { description: Some("x".into()), ..UpdateIpEntry::of(IpEntryId(1)) };
        assert_eq!(described.applied_to(&blocked()).expires_at, blocked().expires_at);
        let later = Some(Moment::from_seconds(9_000));
        let longer = UpdateIpEntry { expires_at: later, ..UpdateIpEntry::of(IpEntryId(1)) };
        assert_eq!(longer.applied_to(&blocked()).expires_at, later);
    }

    #[test]
    fn a_form_is_checked_and_evidence_speaks() {
        let form = |address: &str, description: &str| CreateIpEntry {
            address: address.into(),
            description: description.into(),
            ..CreateIpEntry::default()
        };
        assert_eq!(form("192.0.2.0/24", "office").check(), []);
        assert_eq!(form("nowhere", "a\nb").check().len(), 2);
        let sentence = blocked().evidence.unwrap().sentence();
        assert_eq!(sentence, "10 failed sign-ins of phones within 10 seconds");
    }
}
