//! The one filter: every query of a [`TenantStore`] begins here and is `WHERE tenant_id = …` already.

use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};

use crate::TenantStore;
use crate::entity::{
    account, activity, agent_span, balance_entry, blocked_number, call, call_trace, conference_room, dialing_codes,
    event, exclusive_agent, extension, extension_group, extension_group_person, feature_codes, inbound_rule,
    ladder_piece, message, music_on_hold, nuisance, outbound_rule, own_extension, phone, phone_keys, queue, queue_call,
    receptionist, recording, recording_rules, refusal, registration, ring_group, sound, storage, subscription, tenant,
    tenant_hours, tenant_mail_server, trunk_tenant, vip, voicemail,
};

/// A table whose rows belong to a tenant.
pub(crate) trait Scoped: EntityTrait {
    /// The column that says whose.
    const TENANT: Self::Column;
    /// The primary key.
    const ID: Self::Column;
}

macro_rules! scoped {
    ($($module:ident: $id:ident of $tenant:ident;)*) => {$(
        impl Scoped for $module::Entity {
            const TENANT: Self::Column = $module::Column::$tenant;
            const ID: Self::Column = $module::Column::$id;
        }
    )*};
}

scoped! {
    account: Id of TenantId;
    activity: Id of TenantId;
    agent_span: QueueId of TenantId;
    balance_entry: Id of TenantId;
    blocked_number: Id of TenantId;
    call: Id of TenantId;
    call_trace: CallId of TenantId;
    conference_room: Id of TenantId;
    dialing_codes: TenantId of TenantId;
    event: Id of TenantId;
    exclusive_agent: Id of TenantId;
    extension: Id of TenantId;
    extension_group: Id of TenantId;
    extension_group_person: ExtensionGroupId of TenantId;
    feature_codes: TenantId of TenantId;
    inbound_rule: Id of TenantId;
    ladder_piece: CallId of TenantId;
    message: Id of TenantId;
    music_on_hold: TenantId of TenantId;
    nuisance: Id of TenantId;
    outbound_rule: Id of TenantId;
    own_extension: AccountId of TenantId;
    phone: Id of TenantId;
    phone_keys: ExtensionId of TenantId;
    queue: Id of TenantId;
    queue_call: Id of TenantId;
    receptionist: Id of TenantId;
    recording: Id of TenantId;
    recording_rules: TenantId of TenantId;
    refusal: Id of TenantId;
    registration: Id of TenantId;
    ring_group: Id of TenantId;
    sound: Id of TenantId;
    storage: TenantId of TenantId;
    subscription: Id of TenantId;
    tenant: Id of Id;
    tenant_hours: TenantId of TenantId;
    tenant_mail_server: TenantId of TenantId;
    trunk_tenant: TrunkId of TenantId;
    vip: Id of TenantId;
    voicemail: Id of TenantId;
}

impl TenantStore {
    /// The tenant's rows.
    pub(crate) fn find<E: Scoped>(&self) -> Select<E> {
        E::find().filter(E::TENANT.eq(self.id.0))
    }

    /// The tenant's row of that id.
    pub(crate) fn find_id<E: Scoped>(&self, id: i64) -> Select<E> {
        self.find::<E>().filter(E::ID.eq(id))
    }

    /// Deletes among the tenant's rows.
    pub(crate) fn delete_many<E: Scoped>(&self) -> DeleteMany<E> {
        E::delete_many().filter(E::TENANT.eq(self.id.0))
    }

    /// Changes the tenant's row of that id.
    pub(crate) fn update_id<E: Scoped>(&self, id: i64) -> UpdateMany<E> {
        E::update_many().filter(E::TENANT.eq(self.id.0)).filter(E::ID.eq(id))
    }
}
