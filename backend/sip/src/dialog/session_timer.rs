//! Session timers (RFC 4028): who refreshes how often, and what happens when nobody does.

use std::time::Duration;

use shared::Moment;

use crate::message::Header;
use crate::response::seconds_and_params;
use crate::stack::Config;
use crate::timer::TimerId;
use crate::uri::param;
use crate::view::Message;

/// The least Min-SE that the RFC allows, in seconds.
const MIN_SE_SECONDS: u32 = 90;

/// A session with an end.
#[derive(Debug)]
pub(crate) struct Session {
    pub interval: Duration,
    pub we_refresh: bool,
    /// When it runs out; BYE goes a little earlier.
    pub until: Moment,
    pub timer: Option<TimerId>,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub seconds: u32,
    pub we_refresh: bool,
}

impl Session {
    pub fn new(now: Moment, agreed: Agreed) -> Self {
        let interval = Duration::from_secs(agreed.seconds.into());
        Self { interval, we_refresh: agreed.we_refresh, until: now + interval, timer: None }
    }

    /// When the side that does not refresh, or has tried in vain, hangs up (RFC 4028, 10).
    pub fn bye_at(&self) -> Moment {
        self.until - (self.interval / 3).min(Duration::from_secs(32))
    }

    /// When the session is to be refreshed, or given up.
    pub fn first_alarm(&self, now: Moment) -> Moment {
        if self.we_refresh { now + self.interval / 2 } else { self.bye_at() }
    }
}

/// The least interval that we accept, in seconds.
fn least(config: &Config) -> u32 {
    seconds_of(config.session_expires_min).max(MIN_SE_SECONDS)
}

fn seconds_of(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// What a request asks for.
fn asked(message: &Message) -> Option<(u32, Option<&str>)> {
    let (seconds, params) = seconds_and_params(message.header("Session-Expires")?)?;
    Some((seconds, param(params, "refresher")))
}

/// As server: is the interval below our Min-SE, from a peer that will understand 422? Then the header to send with it.
pub(crate) fn too_small(config: &Config, request: &Message) -> Option<Header> {
    let (seconds, _) = asked(request)?;
    let min = least(config);
    (seconds < min && request.lists("Supported", "timer")).then(|| Header::new("Min-SE", min.to_string()))
}

/// As server: what our 2xx says (RFC 4028, table 2). None when there is no timer.
pub(crate) fn answer(config: &Config, request: &Message) -> Option<(Agreed, Vec<Header>)> {
    let peer_knows = request.lists("Supported", "timer") || request.lists("Require", "timer");
    let (seconds, refresher) = match asked(request) {
        Some((seconds, refresher)) => (seconds.max(least(config)), refresher),
        None => (seconds_of(config.session_expires?), None),
    };
    let peer_min = request.header("Min-SE").and_then(seconds_and_params).map_or(0, |(s, _)| s);
    let wanted = config.session_expires.map_or(seconds, |ours| seconds.min(seconds_of(ours)));
    let seconds = wanted.max(peer_min.min(seconds)).max(least(config));
    let we_refresh = !peer_knows || refresher.is_some_and(|r| r.eq_ignore_ascii_case("uas"));
    let role = if we_refresh { "uas" } else { "uac" };
    let mut headers = vec![Header::new("Session-Expires", format!("{seconds};refresher={role}"))];
    if !we_refresh {
        headers.push(Header::new("Require", "timer"));
    }
    Some((Agreed { seconds, we_refresh }, headers))
}

/// As client: the headers of an INVITE or UPDATE. `min` is what a 422 asked for.
pub(crate) fn ask(config: &Config, session: Option<&Session>, min: u32) -> Vec<Header> {
    let Some(ours) = session.map(|s| s.interval).or(config.session_expires) else { return Vec::new() };
    let least = least(config).max(min);
    let seconds = seconds_of(ours).max(least);
    let refresher = match session {
        Some(session) if session.we_refresh => ";refresher=uac",
        Some(_) => ";refresher=uas",
        None => "",
    };
    vec![Header::new("Session-Expires", format!("{seconds}{refresher}")), Header::new("Min-SE", least.to_string())]
}

/// As client: what a 2xx says. None when the peer wants no timer.
pub(crate) fn agreed(response: &Message) -> Option<Agreed> {
    let (seconds, refresher) = asked(response)?;
    // Less than the RFC's least would be a way to make us send without pause.
    let seconds = seconds.max(MIN_SE_SECONDS);
    Some(Agreed { seconds, we_refresh: !refresher.is_some_and(|r| r.eq_ignore_ascii_case("uas")) })
}

/// Min-SE of a 422, in seconds; absurd ones are not followed.
pub(crate) fn min_of_422(response: &Message) -> Option<u32> {
    let (seconds, _) = seconds_and_params(response.header("Min-SE")?)?;
    (seconds <= 86_400).then_some(seconds)
}
