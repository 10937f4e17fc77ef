//! Undoing a change: what was before is put back by the operation that anybody would use for it. So it is checked like every change,
//! it has a line of its own in the activity log, and it can be undone in its turn.
//!
//! What holds a secret (a trunk, a new extension) is not here: the log must not know it, so it could not be put back whole.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use serde::{Deserialize, Serialize};
use shared::activity::UndoActivity;
use shared::blocked_number::{BlockedNumber, CreateBlockedNumber, DeleteBlockedNumber, UpdateBlockedNumber};
use shared::conference::{CreateConferenceRoom, DeleteConferenceRoom, UpdateConferenceRoom};
use shared::dialing::DialingCodes;
use shared::extension::{Extension, UpdateExtension};
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings, UpdateExtensionGroup,
};
use shared::feature_code::{FeatureCodes, UpdateFeatureCodes};
use shared::forwarding::Forwarding;
use shared::hours::{OfficeHours, UpdateOfficeHours};
use shared::inbound_rule::{CreateInboundRule, DeleteInboundRule, InboundSettings, UpdateInboundRule};
use shared::music::{MusicOnHold, UpdateMusicOnHold};
use shared::outbound_rule::{DeleteOutboundRule, OutboundRule, UpdateOutboundRule};
use shared::phone::UpdatePhone;
use shared::queue::QueueSettings;
use shared::queue_caller::{ExclusiveAgentSettings, NuisanceSettings, VipSettings};
use shared::receptionist::{CreateReceptionist, DeleteReceptionist, ReceptionistSettings, UpdateReceptionist};
use shared::recording_rule::{RecordingRules, UpdateRecordingRules};
use shared::ring_group::{CreateRingGroup, DeleteRingGroup, RingGroupSettings, UpdateRingGroup};
use shared::voicemail::{MailboxChange, VoicemailSettings};
use shared::{
    BlockedNumberId, ConferenceRoomId, ExclusiveAgentId, ExtensionGroupId, ExtensionId, InboundRuleId, Moment,
    NuisanceId, OutboundRuleId, PhoneId, QueueId, ReceptionistId, RingGroupId, VipId,
};

use crate::conference_room::KeptRoom;
use crate::entity::{
    activity, blocked_number, conference_room, extension, inbound_rule, outbound_rule, phone, receptionist, ring_group,
};
use crate::phone::KeptPhone;
use crate::phone_key::KeptKey;
use crate::text::from_json;
use crate::{Actor, Error, Result, TenantStore};

/// One noun before and after a change: none before it was made, none after it was removed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Turn<I, T> {
    /// Which; `()` where a tenant has one only.
    pub(crate) id: I,
    /// What to put back.
    pub(crate) before: Option<T>,
    /// What has to be there still.
    pub(crate) after: Option<T>,
}

/// A change that can be undone, as its line of the activity log keeps it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "noun", rename_all = "snake_case")]
pub(crate) enum Undo {
    InboundRule(Turn<InboundRuleId, InboundSettings>),
    OutboundRule(Turn<OutboundRuleId, OutboundRule>),
    RingGroup(Turn<RingGroupId, RingGroupSettings>),
    Receptionist(Turn<ReceptionistId, ReceptionistSettings>),
    ConferenceRoom(Turn<ConferenceRoomId, KeptRoom>),
    Queue(Turn<QueueId, QueueSettings>),
    Vip(Turn<VipId, VipSettings>),
    ExclusiveAgent(Turn<ExclusiveAgentId, ExclusiveAgentSettings>),
    Nuisance(Turn<NuisanceId, NuisanceSettings>),
    ExtensionGroup(Turn<ExtensionGroupId, ExtensionGroupSettings>),
    BlockedNumber(Turn<BlockedNumberId, BlockedNumber>),
    Extension(Turn<ExtensionId, Extension>),
    Forwarding(Turn<ExtensionId, Forwarding>),
    Mailbox(Turn<ExtensionId, VoicemailSettings>),
    DialingCodes(Turn<(), DialingCodes>),
    FeatureCodes(Turn<(), FeatureCodes>),
    OfficeHours(Turn<(), OfficeHours>),
    MusicOnHold(Turn<(), MusicOnHold>),
    RecordingRules(Turn<(), RecordingRules>),
    Phone(Turn<PhoneId, KeptPhone>),
    PhoneKeys(Turn<ExtensionId, Vec<KeptKey>>),
}

/// What puts things back.
pub(crate) enum Step<T> {
    Add(T),
    Set(T),
    Remove,
}

impl<I, T: PartialEq> Turn<I, T> {
    /// What to do, if what is there is still what the change has left.
    pub(crate) fn step(self, held: Option<T>) -> Result<Step<T>> {
        if held != self.after {
            let reason = "It has been changed again since. Undo that first.".to_owned();
            return Err(Error::Conflict { field: "activity_id", reason });
        }
        Ok(match self.before {
            None => Step::Remove,
            Some(before) if self.after.is_some() => Step::Set(before),
            Some(before) => Step::Add(before),
        })
    }

    /// As [`Turn::step`], for what is always there.
    fn set(self, held: T) -> Result<T> {
        match self.step(Some(held))? {
            Step::Set(before) | Step::Add(before) => Ok(before),
            Step::Remove => Err(not_undoable()),
        }
    }
}

impl TenantStore {
    /// Puts back what was before a change; `Conflict` where it cannot be put back, or something else has been done with it since.
    pub async fn undo_activity(&self, now: Moment, actor: &Actor, operation: &UndoActivity) -> Result<()> {
        let id = operation.activity_id.0;
        let line = self.find_id::<activity::Entity>(id).one(self.db()).await?;
        let undo = line.ok_or(Error::NotFound)?.undo.ok_or_else(not_undoable)?;
        self.put_back(now, actor, from_json(&undo)?).await?;
        // What was undone is not undone twice: a rule that came back under another id would come once more.
        let tx = self.store.write().await?;
        let done = self.update_id::<activity::Entity>(id).col_expr(activity::Column::Undo, Expr::value(None::<String>));
        done.exec(&*tx).await?;
        tx.commit().await
    }

    async fn put_back(&self, now: Moment, actor: &Actor, undo: Undo) -> Result<()> {
        match undo {
            Undo::InboundRule(turn) => self.undo_inbound_rule(now, actor, turn).await,
            Undo::OutboundRule(turn) => self.undo_outbound_rule(now, actor, turn).await,
            Undo::RingGroup(turn) => self.undo_ring_group(now, actor, turn).await,
            Undo::Receptionist(turn) => self.undo_receptionist(now, actor, turn).await,
            Undo::ConferenceRoom(turn) => self.undo_conference_room(now, actor, turn).await,
            Undo::Queue(turn) => self.undo_queue(now, actor, turn).await,
            Undo::Vip(turn) => self.undo_vip(now, actor, turn).await,
            Undo::ExclusiveAgent(turn) => self.undo_exclusive_agent(now, actor, turn).await,
            Undo::Nuisance(turn) => self.undo_nuisance(now, actor, turn).await,
            Undo::ExtensionGroup(turn) => self.undo_extension_group(now, actor, turn).await,
            Undo::BlockedNumber(turn) => self.undo_blocked_number(now, actor, turn).await,
            Undo::Extension(turn) => self.undo_extension(now, actor, turn).await,
            Undo::Forwarding(turn) => {
                let id = turn.id;
                let row = self.find_id::<extension::Entity>(id.0).one(self.db()).await?;
                let held = row.as_ref().map(crate::forwarding::noun).ok_or(Error::NotFound)?;
                let before = turn.set(held)?;
                self.update_forwarding(now, actor, "UpdateForwarding", id, &before).await.map(drop)
            }
            Undo::Mailbox(turn) => {
                let id = turn.id;
                let settings = turn.set(self.mailbox(id).await?.settings)?;
                let change = MailboxChange { settings, pin: None };
                self.update_mailbox(now, actor, "UpdateMailbox", id, &change).await.map(drop)
            }
            Undo::DialingCodes(turn) => {
                let before = turn.set(self.get_dialing_codes().await?)?;
                self.update_dialing_codes(now, actor, &before.into()).await.map(drop)
            }
            Undo::FeatureCodes(turn) => {
                let codes = turn.set(self.feature_codes().await?)?;
                self.update_feature_codes(now, actor, UpdateFeatureCodes { codes }).await.map(drop)
            }
            Undo::MusicOnHold(turn) => {
                let music = turn.set(self.music_on_hold().await?)?;
                self.update_music_on_hold(now, actor, UpdateMusicOnHold::from(music)).await.map(drop)
            }
            Undo::RecordingRules(turn) => {
                let rules = turn.set(self.get_recording_rules().await?)?;
                self.update_recording_rules(now, actor, UpdateRecordingRules { rules }).await.map(drop)
            }
            Undo::Phone(turn) => {
                let phone_id = turn.id;
                let row = self.find_id::<phone::Entity>(phone_id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
                let KeptPhone { extension_id, settings } = turn.set(crate::phone::noun(row)?.into())?;
                let operation = UpdatePhone { phone_id, extension_id, settings, web_password: None };
                self.update_phone(now, actor, &operation).await.map(drop)
            }
            Undo::PhoneKeys(turn) => {
                let id = turn.id;
                let before = turn.set(self.kept_keys(self.db(), id).await?)?;
                let keys = self.named_keys(self.db(), before).await?;
                self.update_phone_keys(now, actor, "UpdatePhoneKeys", id, &keys).await.map(drop)
            }
            Undo::OfficeHours(turn) => {
                let OfficeHours { week, holidays } = turn.set(self.office_hours().await?)?;
                self.update_office_hours(now, actor, UpdateOfficeHours { week, holidays }).await.map(drop)
            }
        }
    }

    async fn undo_inbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<InboundRuleId, InboundSettings>,
    ) -> Result<()> {
        let inbound_rule_id = turn.id;
        let row = self.find_id::<inbound_rule::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::inbound_rule::noun).transpose()?;
        match turn.step(held.map(|rule| rule.settings))? {
            Step::Add(settings) => {
                self.create_inbound_rule(now, actor, &CreateInboundRule { settings }).await.map(drop)
            }
            Step::Set(settings) => {
                let operation = UpdateInboundRule { inbound_rule_id, settings };
                self.update_inbound_rule(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_inbound_rule(now, actor, &DeleteInboundRule { inbound_rule_id }).await,
        }
    }

    /// The rule gets its place back too; where it stands now does not matter, for others move it.
    async fn undo_outbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<OutboundRuleId, OutboundRule>,
    ) -> Result<()> {
        let outbound_rule_id = turn.id;
        let row = self.find_id::<outbound_rule::Entity>(turn.id.0).one(self.db()).await?;
        let mut held = row.map(crate::outbound_rule::noun).transpose()?;
        if let (Some(held), Some(after)) = (&mut held, &turn.after) {
            held.position = after.position;
        }
        match turn.step(held)? {
            Step::Add(OutboundRule { settings, position, .. }) => {
                self.create_outbound_rule_at(now, actor, &settings, Some(position)).await.map(drop)
            }
            Step::Set(OutboundRule { settings, position, .. }) => {
                let operation = UpdateOutboundRule { outbound_rule_id, settings, position: Some(position) };
                self.update_outbound_rule(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_outbound_rule(now, actor, &DeleteOutboundRule { outbound_rule_id }).await,
        }
    }

    async fn undo_ring_group(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<RingGroupId, RingGroupSettings>,
    ) -> Result<()> {
        let ring_group_id = turn.id;
        let row = self.find_id::<ring_group::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::ring_group::noun).transpose()?;
        match turn.step(held.map(|group| group.settings))? {
            Step::Add(settings) => self.create_ring_group(now, actor, &CreateRingGroup { settings }).await.map(drop),
            Step::Set(settings) => {
                self.update_ring_group(now, actor, &UpdateRingGroup { ring_group_id, settings }).await.map(drop)
            }
            Step::Remove => self.delete_ring_group(now, actor, &DeleteRingGroup { ring_group_id }).await,
        }
    }

    async fn undo_receptionist(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<ReceptionistId, ReceptionistSettings>,
    ) -> Result<()> {
        let receptionist_id = turn.id;
        let row = self.find_id::<receptionist::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.as_ref().map(crate::receptionist::settings).transpose()?;
        // The log does not know passwords: those that stand are kept, those that are gone stay so.
        let passwords = BTreeMap::new();
        match turn.step(held)? {
            Step::Add(settings) => {
                self.create_receptionist(now, actor, &CreateReceptionist { settings, passwords }).await.map(drop)
            }
            Step::Set(settings) => {
                let operation = UpdateReceptionist { receptionist_id, settings, passwords };
                self.update_receptionist(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_receptionist(now, actor, &DeleteReceptionist { receptionist_id }).await,
        }
    }

    async fn undo_conference_room(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<ConferenceRoomId, KeptRoom>,
    ) -> Result<()> {
        let conference_room_id = turn.id;
        let open = |kept: Option<KeptRoom>| kept.map(|kept| self.room_kept(conference_room_id, kept)).transpose();
        let turn = Turn { id: turn.id, before: open(turn.before)?, after: open(turn.after)? };
        let row = self.find_id::<conference_room::Entity>(conference_room_id.0).one(self.db()).await?;
        let held = row.map(|row| self.store.conference_room(row)).transpose()?;
        match turn.step(held.map(|room| room.settings))? {
            Step::Add(settings) => {
                self.create_conference_room(now, actor, &CreateConferenceRoom { settings }).await.map(drop)
            }
            Step::Set(settings) => {
                let operation = UpdateConferenceRoom { conference_room_id, settings };
                self.update_conference_room(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_conference_room(now, actor, &DeleteConferenceRoom { conference_room_id }).await,
        }
    }

    async fn undo_extension_group(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<ExtensionGroupId, ExtensionGroupSettings>,
    ) -> Result<()> {
        let extension_group_id = turn.id;
        let held = match self.read_group(self.db(), turn.id).await {
            Ok(group) => Some(group.settings),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        };
        match turn.step(held)? {
            Step::Add(settings) => {
                self.create_extension_group(now, actor, &CreateExtensionGroup { settings }).await.map(drop)
            }
            Step::Set(settings) => {
                let operation = UpdateExtensionGroup { extension_group_id, settings };
                self.update_extension_group(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_extension_group(now, actor, &DeleteExtensionGroup { extension_group_id }).await,
        }
    }

    async fn undo_blocked_number(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<BlockedNumberId, BlockedNumber>,
    ) -> Result<()> {
        let blocked_number_id = turn.id;
        let row = self.find_id::<blocked_number::Entity>(turn.id.0).one(self.db()).await?;
        match turn.step(row.map(crate::blocked_number::noun))? {
            Step::Add(BlockedNumber { number, description, .. }) => {
                self.create_blocked_number(now, actor, &CreateBlockedNumber { number, description }).await.map(drop)
            }
            Step::Set(BlockedNumber { number, description, .. }) => {
                let (number, description) = (Some(number), Some(description));
                let operation = UpdateBlockedNumber { blocked_number_id, number, description };
                self.update_blocked_number(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_blocked_number(now, actor, &DeleteBlockedNumber { blocked_number_id }).await,
        }
    }

    async fn undo_extension(&self, now: Moment, actor: &Actor, turn: Turn<ExtensionId, Extension>) -> Result<()> {
        let row = self.find_id::<extension::Entity>(turn.id.0).one(self.db()).await?;
        let before = turn.set(row.map(crate::extension::noun).ok_or(Error::NotFound)?)?;
        let operation = UpdateExtension {
            extension_id: before.id,
            number: Some(before.number),
            name: Some(before.name),
            email: None,
            enabled: Some(before.enabled),
            ring_seconds: Some(before.ring_seconds),
            outbound_caller_id: Some(before.outbound_caller_id),
            emergency_caller_id: Some(before.emergency_caller_id),
            record_calls: Some(before.record_calls),
        };
        self.update_extension(now, actor, &operation).await.map(drop)
    }
}

fn not_undoable() -> Error {
    Error::Conflict { field: "activity_id", reason: "This change cannot be undone.".to_owned() }
}
