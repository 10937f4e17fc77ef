//! The tables, one migration per change.
//!
//! Map: [`Migrator`] is the list; every `m<date>_<number>_<noun>` file is one step and says in its head how the release
//! before it survives the change; `dialect` is what SQLite and PostgreSQL spell differently.
//!
//! **Invariant:** moments are `BIGINT` microseconds since 1970, amounts `BIGINT` millionths, ids `BIGINT` made by the
//! program: the database never reads a clock and never makes a number.
//! **Invariant:** a table of a tenant has `UNIQUE (tenant_id, id)`, and references between two such tables carry the
//! `tenant_id`, so that the database itself refuses a reference across tenants.
//! **Invariant:** text sorts by its bytes on both engines, so that pages are cut at the same rows.

mod dialect;
mod m20261123_000001_tenant;
mod m20261123_000002_extension;
mod m20261123_000003_account;
mod m20261123_000004_call;
mod m20261123_000005_registration;
mod m20261123_000006_activity;
mod m20261123_000007_job;
mod m20261126_000008_sip_setting;
mod m20261126_000009_transport;
mod m20261126_000010_message;
mod m20261126_000011_acting;
mod m20261126_000012_call_steps;
mod m20261126_000013_callee_name;
mod m20261126_000020_ip_list;
mod m20261126_000025_ladder;
mod m20261126_000035_event;
mod m20261126_000036_activity_result;
mod m20261126_000037_acme;
mod m20261126_000070_presence;
mod m20261126_000080_mail_server;
mod m20261126_000081_wizard;
mod m20261126_000085_subscription;
mod m20261126_000086_trunk;
mod m20261126_000087_ring_group;
mod m20261126_000090_hours;
mod m20261126_000095_dialing_codes;
mod m20261126_000096_blocked_number;
mod m20261127_000100_extension_group;
mod m20261127_000110_forwarding;
mod m20261127_000120_tenant_website;
mod m20261127_000140_feature_codes;
mod m20261127_000150_activity_undo;
mod m20261127_000160_balance;
mod m20261127_000170_personal;
mod m20261128_000180_receptionist;
mod m20261128_000181_sound;
mod m20261128_000182_voicemail;
mod m20261128_000190_receptionist_secrets;
mod m20261128_000200_recording;
mod m20261128_000210_queue;
mod m20261128_000211_queue_caller;
mod m20261128_000212_queue_call;
mod m20261128_000220_conference_room;
mod m20261128_000230_music_on_hold;
mod m20261128_000231_monitoring;
mod m20261128_000232_monitors_all;
mod m20261128_000240_storage;
mod m20261128_000241_recording_rules;
mod m20261128_000242_object_storage;
mod m20261128_000250_phone;
mod m20261128_000251_queue_callback;
mod m20261128_000253_own_extension;

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::MigratorTrait;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_tenant::Migration),
            Box::new(m20261123_000002_extension::Migration),
            Box::new(m20261123_000003_account::Migration),
            Box::new(m20261123_000004_call::Migration),
            Box::new(m20261123_000005_registration::Migration),
            Box::new(m20261123_000006_activity::Migration),
            Box::new(m20261123_000007_job::Migration),
            Box::new(m20261126_000008_sip_setting::Migration),
            Box::new(m20261126_000009_transport::Migration),
            Box::new(m20261126_000010_message::Migration),
            Box::new(m20261126_000011_acting::Migration),
            Box::new(m20261126_000012_call_steps::Migration),
            Box::new(m20261126_000013_callee_name::Migration),
            Box::new(m20261126_000020_ip_list::Migration),
            Box::new(m20261126_000025_ladder::Migration),
            Box::new(m20261126_000035_event::Migration),
            Box::new(m20261126_000036_activity_result::Migration),
            Box::new(m20261126_000037_acme::Migration),
            Box::new(m20261126_000070_presence::Migration),
            Box::new(m20261126_000080_mail_server::Migration),
            Box::new(m20261126_000081_wizard::Migration),
            Box::new(m20261126_000085_subscription::Migration),
            Box::new(m20261126_000086_trunk::Migration),
            Box::new(m20261126_000087_ring_group::Migration),
            Box::new(m20261126_000090_hours::Migration),
            Box::new(m20261126_000095_dialing_codes::Migration),
            Box::new(m20261126_000096_blocked_number::Migration),
            Box::new(m20261127_000100_extension_group::Migration),
            Box::new(m20261127_000110_forwarding::Migration),
            Box::new(m20261127_000120_tenant_website::Migration),
            Box::new(m20261127_000140_feature_codes::Migration),
            Box::new(m20261127_000150_activity_undo::Migration),
            Box::new(m20261127_000160_balance::Migration),
            Box::new(m20261127_000170_personal::Migration),
            Box::new(m20261128_000180_receptionist::Migration),
            Box::new(m20261128_000181_sound::Migration),
            Box::new(m20261128_000182_voicemail::Migration),
            Box::new(m20261128_000190_receptionist_secrets::Migration),
            Box::new(m20261128_000200_recording::Migration),
            Box::new(m20261128_000210_queue::Migration),
            Box::new(m20261128_000211_queue_caller::Migration),
            Box::new(m20261128_000212_queue_call::Migration),
            Box::new(m20261128_000220_conference_room::Migration),
            Box::new(m20261128_000230_music_on_hold::Migration),
            Box::new(m20261128_000231_monitoring::Migration),
            Box::new(m20261128_000232_monitors_all::Migration),
            Box::new(m20261128_000240_storage::Migration),
            Box::new(m20261128_000241_recording_rules::Migration),
            Box::new(m20261128_000242_object_storage::Migration),
            Box::new(m20261128_000250_phone::Migration),
            Box::new(m20261128_000251_queue_callback::Migration),
            Box::new(m20261128_000253_own_extension::Migration),
        ]
    }
}
