//! The switch's feed: all that it must know of a tenant, loaded at start and after each change.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, QueryFilter, QueryOrder};
use shared::blocked_number::BlockedNumbers;
use shared::conference::ConferenceRoom;
use shared::dialing::DialingCodes;
use shared::extension::Extension;
use shared::extension_group::Rights;
use shared::feature_code::FeatureCodes;
use shared::forwarding::Forwarding;
use shared::hours::OfficeHours;
use shared::inbound_rule::InboundRule;
use shared::money::Money;
use shared::music::MusicOnHold;
use shared::outbound_rule::OutboundRule;
use shared::presence::OwnPresence;
use shared::queue::Queue;
use shared::queue_caller::{ExclusiveAgent, Nuisance, Vip};
use shared::receptionist::Receptionist;
use shared::recording_rule::RecordingRules;
use shared::ring_group::RingGroup;
use shared::tenant::Tenant;
use shared::voicemail::VoicemailSettings;
use shared::{ExtensionGroupId, ExtensionId, ReceptionistId, TenantId};

use crate::entity::{
    conference_room, extension, inbound_rule, outbound_rule, receptionist, ring_group, storage, tenant, tenant_hours,
};
use crate::secret::{ha1, sip_place};
use crate::text::from_json;
use crate::{Result, Store};

/// All that the switch must know of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantPlanRow {
    /// The tenant.
    pub tenant: Tenant,
    /// When it is open.
    pub hours: OfficeHours,
    /// Its music on hold.
    pub music: MusicOnHold,
    /// Who may monitor whose calls.
    pub monitors: BTreeMap<ExtensionId, PlanMonitor>,
    /// Its extensions, by number.
    pub extensions: Vec<PlanExtension>,
    /// Where calls from outside go.
    pub inbound_rules: Vec<InboundRule>,
    /// By which trunks calls leave, in order.
    pub outbound_rules: Vec<OutboundRule>,
    /// Its ring groups.
    pub ring_groups: Vec<RingGroup>,
    /// Its virtual receptionists.
    pub receptionists: Vec<Receptionist>,
    /// The passwords of their entries that have one, by the entry's name (IVR-21).
    pub action_passwords: BTreeMap<(ReceptionistId, String), ActionPassword>,
    /// Its conference rooms, temporary ones included.
    pub conference_rooms: Vec<ConferenceRoom>,
    /// Its queues, by number.
    pub queues: Vec<Queue>,
    /// Who comes to the top of them.
    pub vips: Vec<Vip>,
    /// Whose calls go to whom first.
    pub exclusive_agents: Vec<ExclusiveAgent>,
    /// Who is not wanted in them.
    pub nuisances: Vec<Nuisance>,
    /// How it dials, and what it may dial.
    pub dialing: DialingCodes,
    /// Who outside is blocked.
    pub blocked: BlockedNumbers,
    /// What it dials for services.
    pub codes: FeatureCodes,
    /// Which calls are recorded by its rules.
    pub recording_rules: RecordingRules,
    /// Is its room for sounds used up (T-05)?
    pub storage_full: bool,
}

/// An extension with what its devices are checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanExtension {
    /// The extension.
    pub extension: Extension,
    /// The digests of its secret.
    pub ha1: Ha1Set,
    /// Browser credentials of an earlier epoch are refused.
    pub credential_epoch: u32,
    /// How its person wants to be seen.
    pub presence: OwnPresence,
    /// The groups that it is in.
    pub groups: Vec<ExtensionGroupId>,
    /// What any of them allows.
    pub rights: Rights,
    /// Where its calls go.
    pub forwarding: Forwarding,
    /// What it has left for calls outside.
    pub balance: Money,
    /// How its mailbox is set up.
    pub mailbox: VoicemailSettings,
    /// The PIN of its mailbox, if it has one.
    pub pin: Option<MailboxPin>,
}

/// The PIN of a mailbox. Prints as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxPin(pub String);

/// The password with which a receptionist asks a server. Prints as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct ActionPassword(pub String);

/// The HA1 values of one secret (RFC 7616, 3.4.2; RFC 8760). Prints as stars.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1Set {
    /// MD5, user = number, realm = the tenant's domain.
    pub md5: [u8; 16],
    /// SHA-256, user = number, realm = the tenant's domain.
    pub sha256: [u8; 32],
    /// SHA-512/256, user = number, realm = the tenant's domain.
    pub sha512_256: [u8; 32],
    /// MD5, user = `number@domain`, realm = `belfry`.
    pub login_md5: [u8; 16],
    /// SHA-256, user = `number@domain`, realm = `belfry`.
    pub login_sha256: [u8; 32],
    /// SHA-512/256, user = `number@domain`, realm = `belfry`.
    pub login_sha512_256: [u8; 32],
}

/// Whom somebody may monitor (CTI-08).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanMonitor {
    /// Everybody of the tenant.
    pub all: bool,
    /// The members of these groups.
    pub groups: BTreeSet<ExtensionGroupId>,
}

impl TenantPlanRow {
    /// Of a tenant that has configured nothing.
    fn empty(tenant: Tenant) -> Self {
        Self {
            tenant,
            music: MusicOnHold::default(),
            monitors: BTreeMap::new(),
            hours: OfficeHours::default(),
            extensions: Vec::new(),
            inbound_rules: Vec::new(),
            outbound_rules: Vec::new(),
            ring_groups: Vec::new(),
            receptionists: Vec::new(),
            queues: Vec::new(),
            vips: Vec::new(),
            exclusive_agents: Vec::new(),
            nuisances: Vec::new(),
            action_passwords: BTreeMap::new(),
            conference_rooms: Vec::new(),
            dialing: DialingCodes::default(),
            blocked: BlockedNumbers::default(),
            codes: FeatureCodes::default(),
            recording_rules: RecordingRules::default(),
            storage_full: false,
        }
    }
}

impl std::fmt::Debug for Ha1Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ha1Set(***)")
    }
}

impl std::fmt::Debug for MailboxPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailboxPin(***)")
    }
}

impl std::fmt::Debug for ActionPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ActionPassword(***)")
    }
}

impl Store {
    /// The plans of all tenants, suspended ones too, by id.
    pub async fn load_plans(&self) -> Result<Vec<TenantPlanRow>> {
        self.load(None).await
    }

    /// The plan of one tenant; none where there is no such tenant.
    pub async fn load_plan(&self, id: TenantId) -> Result<Option<TenantPlanRow>> {
        Ok(self.load(Some(id)).await?.pop())
    }

    async fn load(&self, one: Option<TenantId>) -> Result<Vec<TenantPlanRow>> {
        let db = &self.inner.db;
        let of = |column: SimpleExpr| one.map_or_else(Condition::all, |id| Condition::all().add(column.eq(id.0)));
        let tenants = tenant::Entity::find().filter(of(tenant::Column::Id.into_simple_expr())).all(db).await?;
        let mut plans: BTreeMap<i64, TenantPlanRow> =
            tenants.into_iter().map(|row| (row.id, TenantPlanRow::empty(crate::tenant::noun(row)))).collect();
        for row in
            tenant_hours::Entity::find().filter(of(tenant_hours::Column::TenantId.into_simple_expr())).all(db).await?
        {
            let Some(plan) = plans.get_mut(&row.tenant_id) else { continue };
            match from_json(&row.hours) {
                Ok(hours) => plan.hours = hours,
                Err(error) => tracing::error!(tenant = %plan.tenant.id, %error, "the office hours are unreadable"),
            }
        }
        let full = storage::Entity::find().filter(of(storage::Column::TenantId.into_simple_expr()));
        for row in full.filter(storage::Column::FullSince.is_not_null()).all(db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.storage_full = true;
            }
        }
        let of_extension = of(extension::Column::TenantId.into_simple_expr());
        let extensions = extension::Entity::find().filter(of_extension).order_by_asc(extension::Column::Number);
        for row in extensions.all(db).await? {
            let Some(plan) = plans.get_mut(&row.tenant_id) else { continue };
            match self.plan_extension(&plan.tenant, row) {
                Ok(extension) => plan.extensions.push(extension),
                // One damaged row must not keep everybody else from registering.
                Err(error) => {
                    tracing::error!(tenant = %plan.tenant.id, %error, "a secret of an extension is unreadable")
                }
            }
        }
        let inbound = inbound_rule::Entity::find().filter(of(inbound_rule::Column::TenantId.into_simple_expr()));
        for row in inbound.order_by_asc(inbound_rule::Column::Id).all(db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.inbound_rules.push(crate::inbound_rule::noun(row)?);
            }
        }
        let outbound = outbound_rule::Entity::find().filter(of(outbound_rule::Column::TenantId.into_simple_expr()));
        let outbound = outbound.order_by_asc(outbound_rule::Column::Position);
        for row in outbound.order_by_asc(outbound_rule::Column::Id).all(db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.outbound_rules.push(crate::outbound_rule::noun(row)?);
            }
        }
        let groups = ring_group::Entity::find().filter(of(ring_group::Column::TenantId.into_simple_expr()));
        for row in groups.order_by_asc(ring_group::Column::Number).all(db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.ring_groups.push(crate::ring_group::noun(row)?);
            }
        }
        self.load_receptionists(&mut plans, of(receptionist::Column::TenantId.into_simple_expr())).await?;
        self.load_rooms(&mut plans, of(conference_room::Column::TenantId.into_simple_expr())).await?;
        self.load_queues(&mut plans, one).await?;
        self.load_rights(&mut plans).await?;
        self.load_dialing(&mut plans).await?;
        self.load_blocked_numbers(&mut plans).await?;
        self.load_feature_codes(&mut plans).await?;
        self.load_music(&mut plans).await?;
        self.load_recording_rules(&mut plans).await?;
        Ok(plans.into_values().collect())
    }

    async fn load_receptionists(&self, plans: &mut BTreeMap<i64, TenantPlanRow>, of: Condition) -> Result<()> {
        let all = receptionist::Entity::find().filter(of).order_by_asc(receptionist::Column::Number);
        for row in all.all(&self.inner.db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                let (receptionist, passwords) = self.receptionist(row)?;
                let of_entry = |(name, password)| ((receptionist.id, name), ActionPassword(password));
                plan.action_passwords.extend(passwords.into_iter().map(of_entry));
                plan.receptionists.push(receptionist);
            }
        }
        Ok(())
    }

    async fn load_rooms(&self, plans: &mut BTreeMap<i64, TenantPlanRow>, of: Condition) -> Result<()> {
        let all = conference_room::Entity::find().filter(of).order_by_asc(conference_room::Column::Number);
        for row in all.all(&self.inner.db).await? {
            let Some(plan) = plans.get_mut(&row.tenant_id) else { continue };
            match self.conference_room(row) {
                Ok(room) => plan.conference_rooms.push(room),
                // Without its PINs it would be open to everybody.
                Err(error) => tracing::error!(tenant = %plan.tenant.id, %error, "a conference room is unreadable"),
            }
        }
        Ok(())
    }

    fn plan_extension(&self, tenant: &Tenant, row: extension::Model) -> Result<PlanExtension> {
        let secret = self.inner.keys.open(&sip_place(tenant.id, ExtensionId(row.id)), &row.sip_secret)?;
        Ok(PlanExtension {
            ha1: ha1(&row.number, &tenant.domain, &secret),
            credential_epoch: u32::try_from(row.credential_epoch).unwrap_or(u32::MAX),
            presence: crate::presence::noun(&row),
            forwarding: crate::forwarding::noun(&row),
            balance: Money(row.balance),
            mailbox: crate::voicemail::settings(&row),
            pin: self.mailbox_pin(&row)?,
            extension: crate::extension::noun(row),
            groups: Vec::new(),
            rights: Rights::default(),
        })
    }
}
