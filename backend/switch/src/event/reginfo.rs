//! Where an extension is registered, as a document (RFC 3680). Always the whole state: devices are few.

use std::fmt::Write as _;

use shared::Moment;

use crate::event::xml::{DECLARATION, Text};
use crate::registrar::Binding;

/// The document.
pub fn document(number: &str, domain: &str, version: u32, now: Moment, bindings: &[Binding]) -> String {
    let state = if bindings.is_empty() { "terminated" } else { "active" };
    let number = Text(number);
    let mut text = format!(
        "{DECLARATION}<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"{version}\" state=\"full\">\n\
         <registration aor=\"sip:{number}@{domain}\" id=\"a\" state=\"{state}\">\n"
    );
    for binding in bindings {
        let seconds = binding.expires_at.since(now).as_secs();
        let (whole, part) = (binding.q / 1_000, binding.q % 1_000);
        let uri = Text(&binding.contact);
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "<contact id=\"{}\" state=\"active\" event=\"registered\" expires=\"{seconds}\" q=\"{whole}.{part:03}\">\
             <uri>{uri}</uri></contact>",
            binding.id.0
        );
    }
    text.push_str("</registration>\n</reginfo>\n");
    text
}
