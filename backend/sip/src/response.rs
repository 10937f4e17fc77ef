//! A response composed from the request that it answers (RFC 3261, 8.2.6).

use bytes::Bytes;

use crate::flow::Flow;
use crate::message::{Draft, Reply};
use crate::method;
use crate::stack::Config;
use crate::uri::split;
use crate::view::Message;

/// Via, From, To, Call-ID and CSeq of the request, then what the reply says, then capabilities.
pub(crate) fn compose(
    config: &Config,
    request: &Message,
    flow: Flow,
    reply: &Reply,
    tag: &str,
    contact: Option<&str>,
) -> Bytes {
    let status = if (100..700).contains(&reply.status) { reply.status } else { 500 };
    let mut draft = Draft::response(status, &reply.phrase);
    let keep = (200..300).contains(&status) && may_keep(request);
    for (place, via) in request.header_values("Via").into_iter().enumerate() {
        draft.push("Via", if place == 0 { stamped(via, flow, keep) } else { via.to_owned() });
    }
    let to = request.header("To");
    let tagged = status == 100 || tag.is_empty() || !request.to_tag().is_empty();
    let to = to.map(|to| if tagged { to.to_owned() } else { format!("{to};tag={tag}") });
    let copied = |name| (name, request.header(name).map(str::to_owned));
    // A malformed request may lack one of them.
    for (name, value) in [copied("From"), ("To", to), copied("Call-ID"), copied("CSeq")] {
        if let Some(value) = value {
            draft.push(name, value);
        }
    }
    if status == 100 {
        if let Some(timestamp) = request.header("Timestamp") {
            draft.push("Timestamp", timestamp);
        }
        return draft.to_bytes();
    }
    if status < 300 && matches!(request.method(), "INVITE" | "SUBSCRIBE" | "REFER") {
        for route in request.header_lines("Record-Route") {
            draft.push("Record-Route", route);
        }
    }
    for header in &reply.headers {
        draft.push(&header.name, header.value.as_str());
    }
    if let Some(contact) = contact.filter(|_| status < 300) {
        draft.push_default("Contact", contact);
    }
    method::push_answer_capabilities(config, &mut draft, request.method(), status);
    if !config.user_agent.is_empty() {
        draft.push_default("Server", config.user_agent.as_str());
    }
    draft.set_body(&reply.body);
    draft.to_bytes()
}

/// How often a peer that offers keep-alives is asked for one, in seconds (RFC 5626, 4.4.1): NATs forget UDP soon.
const KEEP_DATAGRAM_SECONDS: u32 = 29;
/// The same over a stream.
const KEEP_STREAM_SECONDS: u32 = 120;

/// A registration and what begins a dialog may ask for keep-alives on their way (RFC 6223, 4.1).
fn may_keep(request: &Message) -> bool {
    request.method() == "REGISTER"
        || (matches!(request.method(), "INVITE" | "SUBSCRIBE") && request.to_tag().is_empty())
}

/// The topmost Via with the address that the request came from (RFC 3261, 18.2.1; RFC 3581), and how often we want to hear
/// from a peer that offers it.
fn stamped(via: &str, flow: Flow, keep: bool) -> String {
    let mut pieces = split(via, b';');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut asks_port = false;
    for piece in pieces {
        let name = piece.split('=').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("rport") {
            asks_port = true;
        } else if keep && piece.trim().eq_ignore_ascii_case("keep") {
            let seconds = if flow.transport.is_reliable() { KEEP_STREAM_SECONDS } else { KEEP_DATAGRAM_SECONDS };
            text.push_str(&format!(";keep={seconds}"));
        } else if !name.eq_ignore_ascii_case("received") {
            text.push(';');
            text.push_str(piece);
        }
    }
    let address = flow.remote.ip().to_canonical().to_string();
    let sent_by = crate::uri::Via::parse(via).map_or("", |v| v.sent_by);
    let host = crate::uri::host_port(sent_by).map_or("", |(host, _)| host);
    if asks_port || host.trim_matches(['[', ']']) != address {
        text.push_str(&format!(";received={address}"));
    }
    if asks_port {
        text.push_str(&format!(";rport={}", flow.remote.port()));
    }
    text
}

/// The entries of a header that are not in `known`, as one value; none when there is none.
pub(crate) fn unknown_options(request: &Message, header: &str, known: &[&str]) -> Option<String> {
    let unknown: Vec<_> = request
        .header_values(header)
        .into_iter()
        .filter(|o| !known.iter().any(|k| k.eq_ignore_ascii_case(o)))
        .collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

/// Seconds of a header such as Session-Expires, before its parameters, and those.
pub(crate) fn seconds_and_params(value: &str) -> Option<(u32, &str)> {
    let (number, params) = value.find(';').and_then(|at| value.split_at_checked(at)).unwrap_or((value, ""));
    Some((crate::view::seconds(number)?, params))
}
