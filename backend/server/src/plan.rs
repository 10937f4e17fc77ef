//! Tenant changed → load its nouns → a new plan → switchboard; and the same for the installation's settings.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::tz::TimeZone;
use shared::Moment;
use shared::money::Money;
use sip::digest::Ha1;
use store::{Change, Follower, Ha1Set, PlanExtension, Store, TenantPlanRow};
use switch::{Calling, ExtensionPlan, Input, Mailbox, MonitorPlan, Monitored, Pin, RecordingPlan, Secret, TenantPlan};

use crate::kept_sound;
use crate::setting::Followers;

/// The pause before a plan that could not be loaded is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Hands the settings, all plans, who of the queues' members is ready and who is to be called back, and the registrations and messages from before, to the switchboard.
pub async fn load(store: &Store, now: Moment, followers: &Followers) -> anyhow::Result<()> {
    followers.follow(store.get_settings().await.context("the settings could not be loaded")?);
    let pump = followers.pump();
    let rows = store.load_plans().await.context("the tenants could not be loaded")?;
    let (mut registrations, mut subscriptions, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let mut voicemails = Vec::new();
    for row in rows {
        let tenant = row.tenant.id;
        pump.input(Input::Plan(Box::new(plan_of(row))));
        registrations.extend(store.registrations(tenant).await?);
        subscriptions.extend(store.subscriptions(tenant).await?);
        messages.extend(store.waiting_messages(tenant).await?);
        voicemails.extend(kept_sound::voicemails(store, now, tenant).await?);
        kept_sound::recordings(store, now, tenant).await?;
    }
    let readiness = store.agent_readiness().await.context("how ready members of queues are could not be loaded")?;
    pump.input(Input::AgentReadiness(readiness));
    let callbacks = store.waiting_callbacks().await.context("who is to be called back could not be loaded")?;
    pump.input(Input::Callbacks(callbacks));
    pump.input(Input::Restore(registrations));
    pump.input(Input::Subscriptions(subscriptions));
    pump.input(Input::Messages(messages));
    pump.input(Input::Voicemails(voicemails));
    Ok(())
}

/// Follows changes for ever.
pub async fn follow(store: Store, mut changes: Follower, followers: Followers) {
    let pump = followers.pump();
    while let Ok(change) = changes.next().await {
        match change {
            Some(Change::TenantChanged(tenant)) => loop {
                match store.load_plan(tenant).await {
                    Ok(Some(row)) => break pump.input(Input::Plan(Box::new(plan_of(row)))),
                    Ok(None) => break pump.input(Input::PlanRemoved(tenant)),
                    Err(error) => {
                        tracing::error!(%error, %tenant, "a plan could not be loaded; trying again");
                        tokio::time::sleep(RETRY_PAUSE).await;
                    }
                }
            },
            Some(Change::TenantDeleted(tenant)) => pump.input(Input::PlanRemoved(tenant)),
            // Whoever serves it hears of it too.
            Some(Change::CertificateChanged | Change::IpListChanged | Change::TrunksChanged) => {}
            Some(Change::SettingsChanged) => loop {
                match store.get_settings().await {
                    Ok(settings) => break followers.follow(settings),
                    Err(error) => {
                        tracing::error!(%error, "the settings could not be loaded; trying again");
                        tokio::time::sleep(RETRY_PAUSE).await;
                    }
                }
            },
            // Too many at once to name: load them all.
            None => {
                if let Err(error) = reload(&store, &followers).await {
                    tracing::error!(%error, "plans could not be loaded");
                }
            }
        }
        changes.taken();
    }
}

async fn reload(store: &Store, followers: &Followers) -> anyhow::Result<()> {
    followers.follow(store.get_settings().await?);
    let pump = followers.pump();
    for row in store.load_plans().await? {
        pump.input(Input::Plan(Box::new(plan_of(row))));
    }
    Ok(())
}

fn plan_of(row: TenantPlanRow) -> TenantPlan {
    let TenantPlanRow {
        tenant,
        music,
        monitors,
        hours,
        extensions,
        inbound_rules,
        outbound_rules,
        ring_groups,
        receptionists,
        queues,
        vips,
        exclusive_agents,
        nuisances,
        action_passwords,
        conference_rooms,
        dialing,
        blocked,
        codes,
        recording_rules,
        storage_full,
    } = row;
    let time_zone = TimeZone::get(&tenant.time_zone).unwrap_or_else(|error| {
        tracing::error!(tenant = %tenant.id, %error, "the time zone is unknown; its hours are taken for UTC");
        TimeZone::UTC
    });
    TenantPlan {
        tenant_id: tenant.id,
        name: tenant.name,
        domain: tenant.domain,
        enabled: tenant.enabled,
        quota: tenant.quota,
        bill_outbound: tenant.options.bill_outbound,
        recording: RecordingPlan {
            all: tenant.options.record_calls,
            tracks: tenant.options.record_tracks,
            announced: tenant.options.announce_recording,
        },
        monitoring: MonitorPlan {
            enabled: tenant.options.monitoring,
            monitors: monitors.into_iter().map(|(id, of)| (id, Monitored { all: of.all, groups: of.groups })).collect(),
        },
        music,
        hours,
        time_zone,
        extensions: extensions.into_iter().map(extension_of).collect(),
        inbound_rules,
        outbound_rules,
        ring_groups,
        receptionists: receptionists.into_iter().map(Arc::new).collect(),
        queues: queues.into_iter().map(Arc::new).collect(),
        vips,
        exclusive_agents,
        nuisances,
        action_passwords: action_passwords.into_iter().map(|(entry, password)| (entry, Secret(password.0))).collect(),
        conference_rooms: conference_rooms.into_iter().map(Arc::new).collect(),
        dialing,
        blocked,
        codes,
        recording_rules,
        storage_full,
    }
}

fn extension_of(row: PlanExtension) -> ExtensionPlan {
    let PlanExtension { extension, ha1, credential_epoch, presence, forwarding, groups, rights, balance, mailbox, pin } =
        row;
    let Ha1Set { md5, sha256, sha512_256, login_md5, login_sha256, login_sha512_256 } = ha1;
    ExtensionPlan {
        id: extension.id,
        number: extension.number,
        name: extension.name,
        enabled: extension.enabled,
        ring_seconds: extension.ring_seconds,
        ha1: Ha1 { md5, sha256, sha512_256 },
        login_ha1: Ha1 { md5: login_md5, sha256: login_sha256, sha512_256: login_sha512_256 },
        credential_epoch,
        presence,
        calling: Calling {
            forwarding,
            outbound_caller_id: extension.outbound_caller_id,
            emergency_caller_id: extension.emergency_caller_id,
        }
        .shared(),
        record_calls: extension.record_calls,
        mailbox: Mailbox { settings: mailbox, pin: pin.map(|pin| Pin::new(pin.0)) }.shared(),
        groups,
        rights,
        has_balance: balance > Money(0),
    }
}
