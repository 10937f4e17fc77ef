//! Subscriptions outlive the process: what is noted of them, and how they go on after a restart (RFC 6665).

use bytes::Bytes;
use shared::fact::Fact;
use shared::subscription::Subscription as Row;
use shared::{ExtensionId, RegistrationId};
use sip::{ConnectionId, DialogId, Flow, SUBSCRIPTION_LEAP, Transport, Uri};

use crate::event::Package;
use crate::event::subscription::Subscription;
use crate::leg::is_websocket;
use crate::outside::{FlowUser, Outside, Timer};
use crate::pbx::Pbx;

impl Pbx {
    /// Notes a subscription as it stands. That of a browser is not: its page is told by its own connection, and subscribes
    /// anew with the next.
    pub(super) fn note_subscription(&self, outside: &mut Outside, dialog: DialogId) {
        let Some(known) = self.subscriptions.get(dialog).filter(|known| !is_websocket(known.flow.transport)) else {
            return;
        };
        let Some(state) = outside.stack.dialog_state(dialog) else { return };
        let subscription = Box::new(Row {
            id: known.id,
            tenant_id: self.id(),
            extension_id: known.watcher,
            watched_id: known.watched,
            event: known.event.clone(),
            transport: known.flow.transport.param().to_owned(),
            source: known.flow.remote.to_string(),
            expires_at: known.expires_at,
            version: known.version,
            dialog: state,
        });
        outside.fact(Some(self.id()), Fact::Subscribed { subscription });
    }

    /// Goes on with a subscription that was there before a restart. What is to be told of it is told when its timer comes: they
    /// are many at once. One over a stream waits for its phone, which alone can open another.
    pub fn restore_subscription(&mut self, outside: &mut Outside, row: &Row) {
        if self.resume(outside, row).is_none() {
            outside.fact(Some(self.id()), Fact::Unsubscribed { subscription_id: row.id });
        }
    }

    fn resume(&mut self, outside: &mut Outside, row: &Row) -> Option<()> {
        let tenant = self.id();
        let package = Package::named(&row.event)?;
        let transport = Transport::parse(&row.transport)?;
        let flow = Flow { transport, connection: ConnectionId::NEW, remote: row.source.parse().ok()? };
        let allowed = self.directory.plan.enabled
            && row.expires_at > outside.now
            && self.directory.extension(row.extension_id).is_some_and(|known| known.enabled)
            && self.directory.extension(row.watched_id).is_some()
            && self.subscriptions.room(row.extension_id).is_ok();
        if !allowed {
            return None;
        }
        let lasts = row.expires_at.since(outside.now);
        let dialog = outside.stack.resume_subscription(outside.now, flow, &row.dialog, lasts)?;
        self.subscriptions.insert(
            dialog,
            Subscription {
                id: row.id,
                package,
                event: row.event.clone(),
                watcher: row.extension_id,
                watched: row.watched_id,
                flow,
                expires_at: row.expires_at,
                version: row.version.saturating_add(SUBSCRIPTION_LEAP),
                waits_for: None,
                owed: true,
                lines: Vec::new(),
                told: Bytes::new(),
            },
        );
        outside.subscriptions.insert(dialog, tenant);
        outside.arm(row.expires_at, Timer::Subscription(tenant, dialog));
        if transport == Transport::Udp {
            let at = outside.now + outside.resume_pause();
            outside.arm(at, Timer::Resume(tenant, dialog));
        } else {
            self.subscriptions.put_to_sleep(dialog);
        }
        Some(())
    }

    /// Tells what there is to be told, for the first time since the restart.
    pub fn resumed(&mut self, outside: &mut Outside, dialog: DialogId) {
        self.notify(outside, dialog);
    }

    /// A phone has registered: what it watched over a connection that a restart has cut is told over this one. It is known by
    /// its address and by the user part of its Contact, which phones choose; their ports are new.
    pub(super) fn wake_subscriptions(
        &mut self,
        outside: &mut Outside,
        watcher: ExtensionId,
        id: RegistrationId,
        flow: Flow,
    ) {
        let tenant = self.id();
        let Some(contact) = self.registrar.get(watcher, id).map(|binding| binding.contact.clone()) else { return };
        for dialog in self.subscriptions.sleeping(watcher).collect::<Vec<_>>() {
            let Some(state) = outside.stack.dialog_state(dialog) else { continue };
            let Some(known) = self.subscriptions.get_mut(dialog) else { continue };
            let came_from = (known.flow.transport, known.flow.remote.ip());
            if came_from != (flow.transport, flow.remote.ip()) || user_of(&state.target) != user_of(&contact) {
                continue;
            }
            known.flow = flow;
            self.subscriptions.wake(dialog);
            outside.stack.move_dialog(dialog, flow);
            outside.use_flow(flow, FlowUser::Subscription(tenant, dialog));
            self.note_subscription(outside, dialog);
            self.notify(outside, dialog);
        }
    }
}

fn user_of(uri: &str) -> &str {
    Uri::parse(uri).map_or("", |uri| uri.user)
}
