//! Who is treated in a way of its own in all queues of a tenant: VIPs, callers of exclusive agents, nuisances
//! (VIP-01…03, EXA-01, EXA-02, HAR-01…03).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::destination::is_dialled;
use crate::problem::FieldProblem;
use crate::{ExclusiveAgentId, ExtensionId, Moment, NuisanceId, Page, SoundId, TenantId, VipId, operation};

/// The most entries of each list.
pub const ENTRIES_MAX: u64 = 5_000;
/// The most characters of a description.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 200;
/// The most numbers, and members, of an entry of exclusive agents.
pub const EXCLUSIVE_MAX: usize = 100;
/// Seconds that a nuisance of the first level has to press a key (HAR-01).
pub const NUISANCE_SECONDS: u32 = 10;

const NUMBER: &str = "A number outside has 2 to 64 digits, which may follow a +.";

fn check_text(check: &mut Check, field: &str, text: &str) {
    let right = is_clean(text) && text.chars().count() <= DESCRIPTION_CHARACTERS_MAX;
    check.that(right, field, "At most 200 characters, none of them a control character.");
}

/// A caller who comes to the top of every queue (VIP-01).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VipSettings {
    /// The number.
    pub number: String,
    /// What somebody wrote about it.
    pub description: String,
    /// Where the caller is, in degrees, for information only.
    pub longitude: Option<f64>,
    /// The same.
    pub latitude: Option<f64>,
    /// Until when it has an effect; none for ever (VIP-03).
    pub valid_until: Option<Moment>,
    /// Has it an effect at all?
    pub enabled: bool,
}

impl Default for VipSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            description: String::new(),
            longitude: None,
            latitude: None,
            valid_until: None,
            enabled: true,
        }
    }
}

impl VipSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.that(is_dialled(&self.number), "number", NUMBER);
        check_text(&mut check, "description", &self.description);
        let within = |value: Option<f64>, most: f64| value.is_none_or(|value| (-most..=most).contains(&value));
        check.that(within(self.longitude, 180.0), "longitude", "Between -180 and 180 degrees.");
        check.that(within(self.latitude, 90.0), "latitude", "Between -90 and 90 degrees.");
        check.finish()
    }

    /// Has it an effect?
    pub fn holds(&self, now: Moment) -> bool {
        self.enabled && self.valid_until.is_none_or(|until| now < until)
    }
}

/// One VIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Vip {
    /// Its id.
    pub id: VipId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The entry.
    #[serde(flatten)]
    pub settings: VipSettings,
}

/// Lists the VIPs by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListVips {
    /// Text that number or description contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListVips, Get, "/api/tenant/vips", TenantAdmin, Page<Vip>);

/// Adds a VIP; a number stands there once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateVip {
    /// The entry.
    #[serde(flatten)]
    pub settings: VipSettings,
}
operation!(CreateVip, Post, "/api/tenant/vips", TenantAdmin, Vip);

/// Changes a VIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateVip {
    /// Which.
    pub vip_id: VipId,
    /// The entry from now on.
    #[serde(flatten)]
    pub settings: VipSettings,
}
operation!(UpdateVip, Put, "/api/tenant/vips/{vip_id}", TenantAdmin, Vip);

/// Removes a VIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteVip {
    /// Which.
    pub vip_id: VipId,
}
operation!(DeleteVip, Delete, "/api/tenant/vips/{vip_id}", TenantAdmin, ());

/// Callers who go to certain members first (EXA-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExclusiveAgentSettings {
    /// What it is called.
    pub description: String,
    /// The callers' numbers.
    pub callers: Vec<String>,
    /// Members of queues.
    pub agents: Vec<ExtensionId>,
}

impl ExclusiveAgentSettings {
    /// What is wrong with it. That each agent is a member of a queue is not seen here.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("description", &self.description);
        check.that((1..=EXCLUSIVE_MAX).contains(&self.callers.len()), "callers", "There are 1 to 100 numbers.");
        for (place, number) in self.callers.iter().take(EXCLUSIVE_MAX).enumerate() {
            check.that(is_dialled(number), &format!("callers[{place}]"), NUMBER);
        }
        check.that((1..=EXCLUSIVE_MAX).contains(&self.agents.len()), "agents", "There are 1 to 100 members of queues.");
        check.finish()
    }
}

/// One entry of exclusive agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExclusiveAgent {
    /// Its id.
    pub id: ExclusiveAgentId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The entry.
    #[serde(flatten)]
    pub settings: ExclusiveAgentSettings,
}

/// Lists the entries of exclusive agents by description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListExclusiveAgents {
    /// Text that the description or a number contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListExclusiveAgents, Get, "/api/tenant/exclusive-agents", TenantAdmin, Page<ExclusiveAgent>);

/// Adds an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateExclusiveAgent {
    /// The entry.
    #[serde(flatten)]
    pub settings: ExclusiveAgentSettings,
}
operation!(CreateExclusiveAgent, Post, "/api/tenant/exclusive-agents", TenantAdmin, ExclusiveAgent);

/// Changes an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateExclusiveAgent {
    /// Which.
    pub exclusive_agent_id: ExclusiveAgentId,
    /// The entry from now on.
    #[serde(flatten)]
    pub settings: ExclusiveAgentSettings,
}
operation!(UpdateExclusiveAgent, Put, "/api/tenant/exclusive-agents/{exclusive_agent_id}", TenantAdmin, ExclusiveAgent);

/// Removes an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteExclusiveAgent {
    /// Which.
    pub exclusive_agent_id: ExclusiveAgentId,
}
operation!(DeleteExclusiveAgent, Delete, "/api/tenant/exclusive-agents/{exclusive_agent_id}", TenantAdmin, ());

/// How a nuisance is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NuisanceLevel {
    /// It hears the sound and may go on with 2; 1, or nothing for ten seconds, ends the call (HAR-01).
    #[default]
    First,
    /// It hears the sound, and the call ends (HAR-02).
    Second,
}

/// A caller who is not wanted in queues (HAR-03). A number on both levels is met by the second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NuisanceSettings {
    /// The number.
    pub number: String,
    /// How it is met.
    pub level: NuisanceLevel,
    /// What it hears; absent a phrase of the system.
    pub sound: Option<SoundId>,
    /// What somebody wrote about it.
    pub description: String,
    /// Until when it has an effect; none for ever.
    pub valid_until: Option<Moment>,
    /// Has it an effect at all?
    pub enabled: bool,
}

impl Default for NuisanceSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            level: NuisanceLevel::default(),
            sound: None,
            description: String::new(),
            valid_until: None,
            enabled: true,
        }
    }
}

impl NuisanceSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.that(is_dialled(&self.number), "number", NUMBER);
        check_text(&mut check, "description", &self.description);
        check.finish()
    }

    /// Has it an effect?
    pub fn holds(&self, now: Moment) -> bool {
        self.enabled && self.valid_until.is_none_or(|until| now < until)
    }
}

/// One nuisance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nuisance {
    /// Its id.
    pub id: NuisanceId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The entry.
    #[serde(flatten)]
    pub settings: NuisanceSettings,
    /// How often it was met.
    pub hits: u64,
}

/// Lists the nuisances by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListNuisances {
    /// Text that number or description contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListNuisances, Get, "/api/tenant/nuisances", TenantAdmin, Page<Nuisance>);

/// Adds a nuisance; a number stands at each level once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateNuisance {
    /// The entry.
    #[serde(flatten)]
    pub settings: NuisanceSettings,
}
operation!(CreateNuisance, Post, "/api/tenant/nuisances", TenantAdmin, Nuisance);

/// Changes a nuisance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateNuisance {
    /// Which.
    pub nuisance_id: NuisanceId,
    /// The entry from now on.
    #[serde(flatten)]
    pub settings: NuisanceSettings,
}
operation!(UpdateNuisance, Put, "/api/tenant/nuisances/{nuisance_id}", TenantAdmin, Nuisance);

/// Removes a nuisance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteNuisance {
    /// Which.
    pub nuisance_id: NuisanceId,
}
operation!(DeleteNuisance, Delete, "/api/tenant/nuisances/{nuisance_id}", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;

    // covers: VIP-01, VIP-03, EXA-01, HAR-03
    #[test]
    fn an_entry_names_what_is_wrong_with_it_and_ends_with_its_date() {
        let until = Moment::from_seconds(100);
        let vip = VipSettings { number: "+491511".into(), valid_until: Some(until), ..VipSettings::default() };
        assert_eq!(vip.check(), []);
        assert!(vip.holds(Moment::from_seconds(99)) && !vip.holds(until));
        assert!(!VipSettings { enabled: false, ..vip.clone() }.holds(Moment::from_seconds(1)));
        let fields = |problems: Vec<FieldProblem>| problems.into_iter().map(|one| one.field).collect::<Vec<_>>();
        let wrong = VipSettings {
            number: "x".into(),
            description: "a\nb".into(),
            longitude: Some(181.0),
            latitude: Some(f64::NAN),
            ..vip
        };
        assert_eq!(fields(wrong.check()), ["number", "description", "longitude", "latitude"]);
        let exclusive = ExclusiveAgentSettings {
            description: "Key accounts".into(),
            callers: vec!["0301234".into()],
            agents: vec![ExtensionId(1)],
        };
        assert_eq!(exclusive.check(), []);
        let wrong = ExclusiveAgentSettings { callers: vec!["x".into()], ..ExclusiveAgentSettings::default() };
        assert_eq!(fields(wrong.check()), ["description", "callers[0]", "agents"]);
        let nuisance =
            NuisanceSettings { number: "0900".into(), valid_until: Some(until), ..NuisanceSettings::default() };
        assert_eq!(nuisance.check(), []);
        assert!(nuisance.holds(Moment::from_seconds(99)) && !nuisance.holds(until));
    }
}
