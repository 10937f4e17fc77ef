//! One file per SIP method that has logic of its own, and what we are able to do, as told in headers.

mod ack;
mod bye;
mod cancel;
mod invite;
mod inviting;
mod message;
mod prack;
mod register;
mod reinvite;
mod subscribe;

pub use subscribe::SUBSCRIPTION_LEAP;
mod update;

use crate::message::Draft;
use crate::stack::Config;
pub(crate) use register::Registrations;

/// The methods that are understood.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, PRACK, UPDATE, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PUBLISH";
/// The extensions that are spoken.
const SUPPORTED: &str = "100rel, timer, replaces, norefersub";
/// Without reliable provisional responses: where they are switched off, and where an INVITE carries no offer, so that one
/// of them could carry an offer which PRACK would have to answer.
const SUPPORTED_WITHOUT_100REL: &str = "timer, replaces, norefersub";
/// The extensions that a peer may require.
pub(crate) const UNDERSTOOD: [&str; 8] =
    ["100rel", "timer", "replaces", "norefersub", "path", "outbound", "gruu", "tdialog"];

/// Is it one of the methods of [`ALLOW`]? Methods are case-sensitive.
pub(crate) fn is_known(method: &str) -> bool {
    ALLOW.split(", ").any(|known| known == method)
}

/// Allow and Supported of a request.
pub(crate) fn push_capabilities(config: &Config, draft: &mut Draft, method: &str, has_body: bool) {
    if matches!(method, "INVITE" | "UPDATE") {
        draft.push_default("Allow", ALLOW);
        draft.push("Supported", supported(config.prack && has_body));
    }
}

const fn supported(prack: bool) -> &'static str {
    if prack { SUPPORTED } else { SUPPORTED_WITHOUT_100REL }
}

/// Allow, Supported and Accept of a response.
pub(crate) fn push_answer_capabilities(config: &Config, draft: &mut Draft, method: &str, status: u16) {
    let makes_dialog = status < 300 && matches!(method, "INVITE" | "UPDATE" | "OPTIONS");
    if makes_dialog || status == 501 {
        draft.push_default("Allow", ALLOW);
    }
    if status == 405 {
        // A method that is understood and not allowed here: Allow names the others (RFC 3261, 8.2.1).
        let others: Vec<&str> = ALLOW.split(", ").filter(|other| *other != method).collect();
        draft.push_default("Allow", others.join(", "));
    }
    if makes_dialog {
        draft.push_default("Supported", supported(config.prack));
    }
    if status == 415 || (status == 200 && method == "OPTIONS") {
        draft.push_default("Accept", "application/sdp");
    }
}
