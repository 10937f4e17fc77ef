//! Who rings and talks, as a document (RFC 4235): what lights a busy lamp (ADV-04).

use std::fmt::Write as _;

use shared::CallId;

use crate::event::LineState;
use crate::event::xml::{DECLARATION, Text};
use crate::leg::Side;

/// One call of the extension that is watched, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The call.
    pub call: CallId,
    /// Did the extension call, or was it called?
    pub side: Side,
    /// How far it is; none when it is over.
    pub state: Option<LineState>,
    /// The other end's number; may be empty.
    pub remote: String,
    /// The other end's name; may be empty.
    pub remote_name: String,
}

/// The document. `full`: all calls of `number`, else those alone that have changed.
pub fn document(number: &str, domain: &str, version: u32, full: bool, lines: &[Line]) -> String {
    let state = if full { "full" } else { "partial" };
    let entity = Text(number);
    let mut text = format!(
        "{DECLARATION}<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
         state=\"{state}\" entity=\"sip:{entity}@{domain}\">\n"
    );
    for line in lines {
        push(&mut text, number, domain, line);
    }
    text.push_str("</dialog-info>\n");
    text
}

fn push(text: &mut String, number: &str, domain: &str, line: &Line) {
    let (letter, direction) = match line.side {
        Side::Caller => ('c', "initiator"),
        Side::Callee => ('r', "recipient"),
    };
    let state = match line.state {
        Some(LineState::Trying) => "trying",
        Some(LineState::Early) => "early",
        Some(LineState::Confirmed) => "confirmed",
        None => "terminated",
    };
    // Writing into a string cannot fail.
    let _ = writeln!(text, "<dialog id=\"{}{letter}\" direction=\"{direction}\">", line.call.0);
    let _ = writeln!(text, "<state>{state}</state>");
    if line.state.is_some() {
        let own = Text(number);
        let _ = writeln!(
            text,
            "<local><identity>sip:{own}@{domain}</identity><target uri=\"sip:{own}@{domain}\"/></local>"
        );
        let remote = Text(&line.remote);
        if !line.remote.is_empty() {
            let name = Text(&line.remote_name);
            let _ = writeln!(
                text,
                "<remote><identity display=\"{name}\">sip:{remote}@{domain}</identity>\
                 <target uri=\"sip:{remote}@{domain}\"/></remote>"
            );
        }
    }
    text.push_str("</dialog>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: ADV-04, S19
    #[test]
    fn adv_04_each_state_has_its_word_and_names_stay_names() {
        let line = |state| Line {
            call: CallId(7),
            side: Side::Callee,
            state,
            remote: "101".to_owned(),
            remote_name: "\"><state>x</state>\u{7}".to_owned(),
        };
        let lines = [Some(LineState::Trying), Some(LineState::Early), Some(LineState::Confirmed), None].map(line);
        let text = document("102", "acme.localhost", 3, false, &lines);
        let states: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("<state>")?.strip_suffix("</state>")).collect();
        assert_eq!(states, ["trying", "early", "confirmed", "terminated"]);
        assert!(text.contains("version=\"3\" state=\"partial\" entity=\"sip:102@acme.localhost\""));
        assert!(text.contains("display=\"&quot;&gt;&lt;state&gt;x&lt;/state&gt; \""), "{text}");
        let idle = document("102", "acme.localhost", 0, true, &[]);
        assert!(idle.contains("state=\"full\"") && !idle.contains("<dialog "));
    }
}
