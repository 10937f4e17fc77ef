//! Why a call came to nothing, in plain words.

use super::call::{EndKind, Ending};

/// What keeps the browser from giving us sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaTrouble {
    /// The person or the browser's settings said no.
    Denied,
    /// There is no microphone.
    NoMicrophone,
    /// Another program holds the microphone.
    Busy,
    /// The page is not served over HTTPS or from localhost.
    Insecure,
    /// The descriptions of the two sides do not fit, or the browser failed; its own words.
    Other(String),
}

impl MediaTrouble {
    /// What is wrong, and the fix.
    pub fn sentence(&self) -> String {
        match self {
            Self::Denied => "The browser does not let this page use the microphone. Allow it with the symbol beside the address, then try again.".into(),
            Self::NoMicrophone => "No microphone was found. Connect one, then try again.".into(),
            Self::Busy => "Another program is using the microphone. Close it, then try again.".into(),
            Self::Insecure => "The browser gives the microphone only to pages opened over https or from localhost. Open this page by such an address.".into(),
            Self::Other(words) => format!("The browser could not make the sound path: {words}"),
        }
    }
}

/// How an outgoing call failed. `said` is the text of the server's Reason header or its reason phrase.
pub fn failure(status: u16, number: &str, said: &str) -> Ending {
    let sentence = match status {
        300..=399 => format!("{number} has moved and gave no address that can be called."),
        401 | 407 => "The server did not take this browser's sign-in. Reload the page.".into(),
        403 => "The server does not allow this call.".into(),
        404 | 410 | 604 => format!("Nobody has the number {number}."),
        408 => format!("{number} did not answer."),
        480 => format!("{number} is not reachable."),
        484 => format!("{number} is not complete."),
        486 | 600 => format!("{number} is busy."),
        487 => "The call was given up.".into(),
        488 | 606 => "The two devices have no sound format in common.".into(),
        603 => format!("{number} declined the call."),
        500..=599 => "The server could not take the call.".into(),
        _ => "The call could not be made.".into(),
    };
    // A quota, a stopping server, a suspended tenant: the server's own sentence says what to do.
    let detail = if is_sentence(said) && said != sentence { said.to_owned() } else { String::new() };
    Ending { kind: EndKind::Failed, sentence, detail }
}

/// How a call that rang here ended without an answer. `said` is the text of the CANCEL's Reason header.
pub fn cancelled(said: &str) -> Ending {
    if said.to_ascii_lowercase().contains("elsewhere") {
        Ending::new(EndKind::Elsewhere, "Answered on another device.")
    } else {
        Ending::new(EndKind::Missed, "Missed call")
    }
}

/// How an established call ended by the other side's BYE. `said` is the text of its Reason header.
pub fn hung_up(said: &str) -> Ending {
    if said.starts_with("transferred") {
        return Ending::new(EndKind::Transferred, "Transferred.");
    }
    let mut ending = Ending::new(EndKind::HungUpThere, "The other side hung up.");
    if is_sentence(said) {
        ending.detail = said.to_owned();
    }
    ending
}

/// The text of a Reason header (RFC 3326), such as `SIP;cause=503;text="The limit is reached."`; empty when absent.
pub fn reason_text(header: &str) -> String {
    let Some(start) = header.find("text=").map(|at| at + 5) else { return String::new() };
    let rest = header.get(start..).unwrap_or_default();
    let Some(quoted) = rest.strip_prefix('"') else {
        return rest.split([';', ',']).next().unwrap_or_default().trim().to_owned();
    };
    let mut text = String::new();
    let mut escaped = false;
    for c in quoted.chars() {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => break,
            c => text.push(c),
        }
    }
    text
}

/// Words for people, not a standard phrase such as `Service Unavailable`.
fn is_sentence(said: &str) -> bool {
    said.ends_with(['.', '!']) && said.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_number_and_what_the_server_said() {
        assert_eq!(failure(404, "999", "Not Found").sentence, "Nobody has the number 999.");
        assert_eq!(failure(404, "999", "Not Found").detail, "");
        assert_eq!(failure(480, "102", "").sentence, "102 is not reachable.");
        assert_eq!(failure(486, "102", "Busy Here").sentence, "102 is busy.");
        let quota = failure(503, "102", "The tenant's limit of 2 concurrent calls is reached.");
        assert_eq!(quota.sentence, "The server could not take the call.");
        assert_eq!(quota.detail, "The tenant's limit of 2 concurrent calls is reached.");
    }

    #[test]
    fn a_call_taken_elsewhere_is_not_missed() {
        assert_eq!(cancelled("Call completed elsewhere").kind, EndKind::Elsewhere);
        assert_eq!(cancelled("").kind, EndKind::Missed);
    }

    #[test]
    fn reason_headers_give_their_text() {
        assert_eq!(reason_text(r#"SIP;cause=200;text="Call completed elsewhere""#), "Call completed elsewhere");
        assert_eq!(reason_text(r#"SIP ;text="a \"b\" c";cause=1"#), r#"a "b" c"#);
        assert_eq!(reason_text("SIP;cause=503;text=Busy;x=y"), "Busy");
        assert_eq!(reason_text("Q.850;cause=16"), "");
        assert_eq!(reason_text("SIP;text="), "");
    }
}
