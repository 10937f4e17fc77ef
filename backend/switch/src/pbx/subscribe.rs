//! SUBSCRIBE and NOTIFY (RFC 6665): who watches whom, and what is told when.

use std::time::Duration;

use bytes::Bytes;
use shared::fact::Fact;
use shared::presence::PresenceStatus;
use shared::reason::Reason as Why;
use shared::{CallId, ExtensionId};
use sip::{DialogId, Flow, Header, Message, Reply, RequestId};

use crate::admission::Refusal;
use crate::event::dialog_info::{self, Line};
use crate::event::pidf::{self, Activity, Presence};
use crate::event::subscription::Subscription;
use crate::event::{LineState, Package, reginfo, summary};
use crate::identity::Identity;
use crate::leg::{Side, Signalling, is_websocket};
use crate::outside::{Asked, FlowUser, Outside, Timer};
use crate::pbx::{NotDone, Pbx};

/// What a subscription without Expires lasts, in seconds.
const SECONDS_DEFAULT: u32 = 3_600;
/// The longest Event header that is taken, in bytes: it is repeated in each NOTIFY.
const EVENT_BYTES_MAX: usize = 128;

/// Why a subscription ends, as Subscription-State says it (RFC 6665, 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It ran out, or was ended by the watcher.
    Timeout,
    /// The watcher may watch no more.
    Rejected,
    /// There is nothing to watch any more.
    NoResource,
}

impl Reason {
    const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Rejected => "rejected",
            Self::NoResource => "noresource",
        }
    }
}

impl Pbx {
    /// SUBSCRIBE outside a dialog, of somebody who has proved who it is: answers it, and tells what there is.
    pub fn subscribe(
        &mut self,
        outside: &mut Outside,
        request: RequestId,
        dialog: DialogId,
        message: &Message,
        flow: Flow,
        who: &Identity,
    ) {
        let (package, watched, seconds) = match self.admit_watcher(outside, message, who) {
            Ok(admitted) => admitted,
            Err(declined) => {
                outside.stack.respond(outside.now, request, declined.reply.clone());
                outside.declined = Some(declined);
                return;
            }
        };
        outside.stack.respond(outside.now, request, Reply::status(200).header("Expires", seconds.to_string()));
        let expires_at = outside.now + Duration::from_secs(seconds.into());
        let subscription = Subscription {
            id: outside.ids.next(outside.now),
            package,
            event: message.header("Event").unwrap_or_default().to_owned(),
            watcher: who.extension,
            watched,
            flow,
            expires_at,
            version: 0,
            waits_for: None,
            owed: true,
            lines: Vec::new(),
            told: Bytes::new(),
        };
        let tenant = self.id();
        outside.subscriptions.insert(dialog, tenant);
        outside.use_flow(flow, FlowUser::Subscription(tenant, dialog));
        outside.arm(expires_at, Timer::Subscription(tenant, dialog));
        self.subscriptions.insert(dialog, subscription);
        if seconds == 0 {
            // Only asked once (RFC 6665, 4.4.3).
            self.end_subscription(outside, dialog, Reason::Timeout);
        } else {
            self.note_subscription(outside, dialog);
            self.notify(outside, dialog);
        }
    }

    /// SUBSCRIBE inside its dialog: for longer, or no more.
    pub fn resubscribe(
        &mut self,
        outside: &mut Outside,
        request: RequestId,
        dialog: DialogId,
        message: &Message,
        flow: Flow,
    ) {
        let event = message.header("Event").and_then(Package::named);
        let Some(subscription) = self.subscriptions.get_mut(dialog) else {
            return outside.stack.respond(outside.now, request, Reply::status(481));
        };
        if event != Some(subscription.package) {
            // Another package in the same dialog would be another subscription (RFC 6665, 4.5.1).
            let reply = Reply::status(489).header("Allow-Events", subscription.package.name());
            return outside.stack.respond(outside.now, request, reply);
        }
        let seconds = match seconds_of(outside, message) {
            Ok(seconds) => seconds,
            Err(declined) => {
                outside.stack.respond(outside.now, request, declined.reply.clone());
                outside.declined = Some(declined);
                return;
            }
        };
        let tenant = self.directory.plan.tenant_id;
        let timer = Timer::Subscription(tenant, dialog);
        outside.disarm(subscription.expires_at, timer);
        outside.leave_flow(subscription.flow, FlowUser::Subscription(tenant, dialog));
        outside.use_flow(flow, FlowUser::Subscription(tenant, dialog));
        subscription.flow = flow;
        subscription.expires_at = outside.now + Duration::from_secs(seconds.into());
        subscription.owed = true;
        outside.arm(subscription.expires_at, timer);
        self.subscriptions.wake(dialog);
        outside.stack.respond(outside.now, request, Reply::status(200).header("Expires", seconds.to_string()));
        if seconds == 0 {
            self.end_subscription(outside, dialog, Reason::Timeout);
        } else {
            self.note_subscription(outside, dialog);
            self.notify(outside, dialog);
        }
    }

    /// May it watch, whom and for how long? Else the answer.
    fn admit_watcher(
        &self,
        outside: &Outside,
        message: &Message,
        who: &Identity,
    ) -> Result<(Package, ExtensionId, u32), Box<NotDone>> {
        let event = message.header("Event").unwrap_or_default();
        let told = |package: &Package| *package != Package::Dialog || outside.config.settings.dialog_state_agent;
        let package = Package::named(event).filter(|_| event.len() <= EVENT_BYTES_MAX).filter(told);
        let Some(package) = package else {
            let mut declined: Box<NotDone> =
                Refusal::EventUnknown(event.chars().take(EVENT_BYTES_MAX).collect()).into();
            let reply = std::mem::take(&mut declined.reply);
            declined.reply = reply.header("Allow-Events", Package::ALLOW_EVENTS);
            return Err(declined);
        };
        self.admit_sender(message, who)?;
        let watched = self.resource(outside, message, who)?;
        if package.is_private() && watched != who.extension {
            return Err(Refusal::NotOwn(self.number_of(watched)).into());
        }
        if !accepts(message, package) {
            let reply = Reply::status(406).header("Accept", package.content_type());
            return Err(NotDone::new(reply, Why::DocumentRefused, package.name()));
        }
        let seconds = seconds_of(outside, message)?;
        self.subscriptions.room(who.extension).map_err(Refusal::TooManySubscriptions)?;
        Ok((package, watched, seconds))
    }

    /// Is the tenant open and is the sender of a request outside calls itself?
    pub(super) fn admit_sender(&self, message: &Message, who: &Identity) -> Result<(), Refusal> {
        let plan = &self.directory.plan;
        if !plan.enabled {
            return Err(Refusal::TenantSuspended(plan.name.clone()));
        }
        if !self.directory.extension(who.extension).is_some_and(|known| known.enabled) {
            return Err(Refusal::CallerDisabled(who.number.clone()));
        }
        super::invite::check_from(&self.directory, message, who)
    }

    /// The extension that a request outside calls is about. Whatever is outside the tenant looks unknown (S8).
    pub(super) fn resource(
        &self,
        outside: &Outside,
        message: &Message,
        who: &Identity,
    ) -> Result<ExtensionId, Refusal> {
        let uri = message.request_uri();
        let (user, host) = uri.map_or(("", ""), |uri| (uri.user, uri.host));
        let number = crate::routing::unescape(user).unwrap_or_default();
        let known = self.directory.number(&number);
        let known = known.filter(|_| self.is_home_of(outside, message, who, host));
        known.map(|extension| extension.id).ok_or(Refusal::NumberUnknown(number))
    }

    /// A NOTIFY was answered.
    pub fn notified(&mut self, outside: &mut Outside, dialog: DialogId, request: RequestId, status: u16) {
        let Some(subscription) = self.subscriptions.get_mut(dialog) else { return };
        if subscription.waits_for == Some(request) {
            subscription.waits_for = None;
        }
        // RFC 6665, 4.2.2: 481 ends it. So does whatever says that nobody is there (RFC 5057, 5.1), or that what is told
        // is not wanted.
        if matches!(status, 404 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 503 | 604) {
            return self.forget_subscription(outside, dialog);
        }
        self.notify(outside, dialog);
    }

    /// It has run out.
    pub fn subscription_due(&mut self, outside: &mut Outside, dialog: DialogId) {
        if self.subscriptions.get(dialog).is_some_and(|known| known.expires_at <= outside.now) {
            self.end_subscription(outside, dialog, Reason::Timeout);
        }
    }

    /// The watcher is gone, or the way to it: nothing is told.
    pub fn forget_subscription(&mut self, outside: &mut Outside, dialog: DialogId) {
        self.drop_subscription(outside, dialog);
        outside.stack.bye(outside.now, dialog, None);
    }

    /// Who watches, for a request inside its dialog.
    pub fn watcher(&self, dialog: DialogId) -> Option<ExtensionId> {
        self.subscriptions.get(dialog).map(|known| known.watcher)
    }

    /// Ends what a new plan does not allow any more.
    pub(super) fn review_subscriptions(&mut self, outside: &mut Outside) {
        let allowed =
            |id| self.directory.plan.enabled && self.directory.extension(id).is_some_and(|known| known.enabled);
        let ended: Vec<(DialogId, Reason)> = self
            .subscriptions
            .iter()
            .filter_map(|(id, known)| match () {
                () if !allowed(known.watcher) => Some((id, Reason::Rejected)),
                () if self.directory.extension(known.watched).is_none() => Some((id, Reason::NoResource)),
                () => None,
            })
            .collect();
        for (dialog, reason) in ended {
            self.end_subscription(outside, dialog, reason);
        }
        let watched: Vec<ExtensionId> = self.subscriptions.iter().map(|(_, known)| known.watched).collect();
        for extension in watched {
            outside.touched.insert((self.id(), extension));
        }
    }

    /// Something about an extension has changed that others may watch.
    pub(super) fn touch(&self, outside: &mut Outside, extension: ExtensionId) {
        if self.queues.is_agent(extension) {
            outside.agents.insert((self.id(), extension));
        }
        if self.subscriptions.is_watched(extension) {
            outside.touched.insert((self.id(), extension));
        }
    }

    /// Tells those who watch an extension.
    pub fn tell_watchers(&mut self, outside: &mut Outside, extension: ExtensionId) {
        let watchers: Vec<DialogId> = self.subscriptions.of(extension).collect();
        for dialog in watchers {
            self.notify(outside, dialog);
        }
    }

    /// After each event of a call: how its extensions' lines stand.
    pub(super) fn follow_lines(&mut self, outside: &mut Outside, id: CallId) {
        let lines = self.calls.get(&id).map(lines_of).unwrap_or_default();
        let before = match self.calls.get_mut(&id) {
            Some(call) if call.lines == lines => return,
            Some(call) => std::mem::replace(&mut call.lines, lines.clone()),
            None => return,
        };
        for (extension, side, _) in &before {
            self.lines.remove(&(*extension, id, *side));
        }
        for (extension, side, state) in &lines {
            self.lines.insert((*extension, id, *side), *state);
        }
        for (extension, ..) in before.iter().chain(&lines) {
            self.touch(outside, *extension);
        }
    }

    /// A call has gone.
    pub(super) fn forget_lines(&mut self, outside: &mut Outside, id: CallId, lines: &[(ExtensionId, Side, LineState)]) {
        for (extension, side, _) in lines {
            self.lines.remove(&(*extension, id, *side));
            self.touch(outside, *extension);
        }
    }

    pub(super) fn lines_now(&self, extension: ExtensionId) -> Vec<(CallId, Side, LineState)> {
        let first = (extension, CallId(i64::MIN), Side::Caller);
        let own = self.lines.range(first..).take_while(|((known, ..), _)| *known == extension);
        own.map(|((_, call, side), state)| (*call, *side, *state)).collect()
    }

    /// Sends what there is to be told, unless a NOTIFY is still on its way: then its answer comes here again.
    pub(super) fn notify(&mut self, outside: &mut Outside, dialog: DialogId) {
        if self.subscriptions.is_asleep(dialog) {
            return;
        }
        let Some(known) = self.subscriptions.get(dialog).filter(|known| known.waits_for.is_none()) else { return };
        let lines = if known.package == Package::Dialog { self.lines_now(known.watched) } else { Vec::new() };
        let body = self.document(outside, known, &lines);
        let unchanged = match known.package {
            Package::Dialog => known.lines == lines,
            _ => without_version(&known.told) == without_version(&body),
        };
        if unchanged && !known.owed {
            return;
        }
        let left = known.expires_at.since(outside.now).as_secs();
        let state = format!("active;expires={left}");
        let sent = self.send(outside, dialog, &state, body.clone());
        let Some(known) = self.subscriptions.get_mut(dialog) else { return };
        known.waits_for = sent;
        known.owed = false;
        known.version += 1;
        known.lines = lines;
        if known.package != Package::Dialog {
            known.told = body;
        }
        if sent.is_none() {
            self.forget_subscription(outside, dialog);
        }
    }

    /// The last NOTIFY of a subscription, which needs no dialog to be answered.
    fn end_subscription(&mut self, outside: &mut Outside, dialog: DialogId, reason: Reason) {
        let Some(known) = self.subscriptions.get(dialog) else { return };
        let body = match reason {
            Reason::Timeout => self.document(outside, known, &self.lines_now(known.watched)),
            Reason::Rejected | Reason::NoResource => Bytes::new(),
        };
        self.send(outside, dialog, &format!("terminated;reason={}", reason.word()), body);
        self.forget_subscription(outside, dialog);
    }

    fn drop_subscription(&mut self, outside: &mut Outside, dialog: DialogId) {
        let tenant = self.id();
        let Some(gone) = self.subscriptions.remove(dialog) else { return };
        outside.subscriptions.remove(&dialog);
        outside.disarm(gone.expires_at, Timer::Subscription(tenant, dialog));
        outside.leave_flow(gone.flow, FlowUser::Subscription(tenant, dialog));
        if !is_websocket(gone.flow.transport) {
            outside.fact(Some(tenant), Fact::Unsubscribed { subscription_id: gone.id });
        }
        if let Some(request) = gone.waits_for {
            outside.asked.remove(&request);
        }
    }

    fn send(&self, outside: &mut Outside, dialog: DialogId, state: &str, body: Bytes) -> Option<RequestId> {
        let known = self.subscriptions.get(dialog)?;
        let mut headers = vec![Header::new("Event", known.event.as_str()), Header::new("Subscription-State", state)];
        if !body.is_empty() {
            headers.push(Header::new("Content-Type", known.package.content_type()));
        }
        let request = outside.stack.request_in_dialog(outside.now, dialog, "NOTIFY", headers, body)?;
        outside.asked.insert(request, Asked::Notify(self.id(), dialog));
        Some(request)
    }

    fn document(&self, outside: &Outside, known: &Subscription, lines: &[(CallId, Side, LineState)]) -> Bytes {
        let domain = &self.directory.plan.domain;
        let number = self.number_of(known.watched);
        let text = match known.package {
            Package::Dialog if known.owed => {
                let all: Vec<Line> =
                    lines.iter().map(|(call, side, state)| self.line(*call, *side, Some(*state))).collect();
                dialog_info::document(&number, domain, known.version, true, &all)
            }
            Package::Dialog => {
                let fresh = lines.iter().filter(|line| !known.lines.contains(line));
                let there = |call, side| lines.iter().any(|(known, of, _)| (*known, *of) == (call, side));
                let gone = known.lines.iter().filter(|(call, side, _)| !there(*call, *side));
                let changed = fresh.map(|(call, side, state)| self.line(*call, *side, Some(*state)));
                let changed: Vec<Line> =
                    changed.chain(gone.map(|(call, side, _)| self.line(*call, *side, None))).collect();
                dialog_info::document(&number, domain, known.version, false, &changed)
            }
            Package::Presence => pidf::document(&number, domain, &self.presence(known.watched)),
            Package::MessageSummary => summary::document(&number, domain, self.waiting(outside, known.watched)),
            Package::Registration => {
                reginfo::document(&number, domain, known.version, outside.now, self.registrar.of(known.watched))
            }
        };
        text.into()
    }

    fn line(&self, call: CallId, side: Side, state: Option<LineState>) -> Line {
        let record = self.calls.get(&call).map(|call| &call.history.record);
        let (remote, remote_name) = match (record, side) {
            (Some(record), Side::Callee) => (record.caller.clone(), record.caller_name.clone()),
            (Some(record), Side::Caller) => {
                let name = self.directory.number(&record.callee).map(|known| known.name.clone());
                (record.callee.clone(), name.unwrap_or_default())
            }
            (None, _) => (String::new(), String::new()),
        };
        Line { call, side, state, remote, remote_name }
    }

    /// What is known of a person: from its devices, its calls, what it has set and, where that is nothing, what the devices
    /// have published (RFC 3856, EXT-21).
    pub fn presence(&self, extension: ExtensionId) -> Presence {
        let reachable = self.registrar.of(extension).iter().any(|binding| binding.reachable);
        let talks = self.lines_now(extension).iter().any(|(_, _, state)| *state == LineState::Confirmed);
        let published = self.publications.latest(extension);
        let set = self.directory.extension(extension).map(|known| &known.presence);
        let activity = match set.map(|set| set.status).unwrap_or_default() {
            PresenceStatus::Available => published.and_then(|published| published.activity),
            PresenceStatus::Away => Some(Activity::Away),
            PresenceStatus::DoNotDisturb => Some(Activity::Busy),
        };
        let said = set.map(|set| &set.note).filter(|note| !note.is_empty());
        Presence {
            open: reachable || published.is_some_and(|published| published.open),
            activity: if talks { Some(Activity::OnThePhone) } else { activity },
            note: said.or(published.map(|published| &published.note)).cloned().unwrap_or_default(),
        }
    }
}

/// How the lines of a call's extensions stand: of several devices of one the one that is furthest.
fn lines_of(call: &crate::call::Call) -> Vec<(ExtensionId, Side, LineState)> {
    let mut lines: Vec<(ExtensionId, Side, LineState)> = Vec::new();
    if call.is_over() {
        return lines;
    }
    let rings = call.history.record.rang_at.is_some();
    for leg in call.legs.values() {
        let state = match (leg.signalling, leg.side) {
            (Signalling::New | Signalling::Over, _) => continue,
            (Signalling::Up, _) => LineState::Confirmed,
            (Signalling::Early, Side::Caller) if !rings => LineState::Trying,
            (Signalling::Early, _) => LineState::Early,
        };
        let Some(own) = leg.extension else { continue };
        match lines.iter_mut().find(|(extension, side, _)| (*extension, *side) == (own, leg.side)) {
            Some((_, _, known)) => *known = state.max(*known),
            None => lines.push((own, leg.side, state)),
        }
    }
    lines
}

/// Seconds asked for, cut to what is given; 423 for too few.
pub(super) fn seconds_of(outside: &Outside, message: &Message) -> Result<u32, Box<NotDone>> {
    let asked = message.expires().unwrap_or(SECONDS_DEFAULT);
    let min = outside.config.subscribe_seconds_min;
    if asked > 0 && asked < min {
        let reply = Reply::status(423).header("Min-Expires", min.to_string());
        return Err(NotDone::new(reply, Why::SubscriptionTooBrief, asked.to_string()));
    }
    Ok(asked.min(outside.config.subscribe_seconds_max))
}

/// Does the watcher understand the document? Without Accept it takes the package's own.
fn accepts(message: &Message, package: Package) -> bool {
    let accepted = message.header_values("Accept");
    let fits = |value: &&str| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind == "*/*" || kind.eq_ignore_ascii_case("application/*") || kind.eq_ignore_ascii_case(package.content_type())
    };
    accepted.is_empty() || accepted.iter().any(fits)
}

/// A document of registrations counts its versions; that alone is no news. Nor are the seconds that are left.
fn without_version(document: &[u8]) -> String {
    let text = String::from_utf8_lossy(document);
    let mut rest = text.as_ref();
    let mut kept = String::with_capacity(rest.len());
    while let Some((before, after)) = [" version=\"", " expires=\""]
        .iter()
        .filter_map(|name| rest.split_once(*name))
        .min_by_key(|(before, _)| before.len())
    {
        kept.push_str(before);
        rest = after.split_once('"').map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}
