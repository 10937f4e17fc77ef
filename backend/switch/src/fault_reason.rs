//! What the SIP stack refuses by itself, in the words of the catalogue.

use shared::reason::Reason;
use sip::view::Malformed;
use sip::{Fault, Message};

/// The code, and the value that it was applied to.
pub fn reason_of(fault: &Fault, message: &Message) -> (Reason, String) {
    let scheme = || message.request_uri().map_or_else(String::new, |uri| uri.scheme.to_owned());
    match fault {
        Fault::Malformed(malformed) => unreadable(*malformed),
        Fault::Version => (Reason::VersionUnknown, String::new()),
        Fault::Method => (Reason::MethodRefused, message.method().to_owned()),
        Fault::Scheme => (Reason::SchemeUnknown, scheme()),
        Fault::Extension(names) => (Reason::ExtensionRequired, names.clone()),
        Fault::Contact => (Reason::ContactBad, String::new()),
        Fault::Hops => (Reason::LoopDetected, "no hop is left".to_owned()),
        Fault::Merged => (Reason::RequestMerged, String::new()),
        Fault::Body(kind) => (Reason::BodyUnknown, kind.clone()),
        Fault::Accept => (Reason::DescriptionNotTaken, String::new()),
        Fault::SessionInterval => (Reason::SessionTimerTooBrief, String::new()),
        Fault::Full(what) => (Reason::StackFull, (*what).to_owned()),
    }
}

fn unreadable(malformed: Malformed) -> (Reason, String) {
    let plain = |reason| (reason, String::new());
    match malformed {
        Malformed::StartLine => plain(Reason::StartLineBad),
        Malformed::UriTooLong => plain(Reason::UriTooLong),
        Malformed::TooLarge(what) => (Reason::MessageTooLarge, format!("the {what}")),
        Malformed::Header("Via") => plain(Reason::ViaBad),
        Malformed::Header("From") => plain(Reason::FromBad),
        Malformed::Header("To") => plain(Reason::ToBad),
        Malformed::Header("Call-ID") => plain(Reason::CallIdBad),
        Malformed::Header("CSeq") => plain(Reason::CseqBad),
        Malformed::Header("Max-Forwards") => plain(Reason::MaxForwardsBad),
        Malformed::Header("Content-Length") => plain(Reason::ContentLengthBad),
        Malformed::Header(name) => (Reason::MessageMalformed, name.to_owned()),
    }
}
