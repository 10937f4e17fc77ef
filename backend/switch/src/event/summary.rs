//! What waits in a mailbox, as a document (RFC 3842).

/// Counts of a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Voice messages that were not heard.
    pub new: u32,
    /// Voice messages that were.
    pub old: u32,
}

/// The document.
pub fn document(number: &str, domain: &str, waiting: Waiting) -> String {
    let Waiting { new, old } = waiting;
    let any = if new > 0 { "yes" } else { "no" };
    format!("Messages-Waiting: {any}\r\nMessage-Account: sip:{number}@{domain}\r\nVoice-Message: {new}/{old} (0/0)\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lamp_is_lit_by_new_messages_only() {
        let text = |new, old| document("101", "acme.localhost", Waiting { new, old });
        assert!(text(0, 3).starts_with("Messages-Waiting: no\r\n"));
        assert_eq!(
            text(2, 8),
            "Messages-Waiting: yes\r\nMessage-Account: sip:101@acme.localhost\r\nVoice-Message: 2/8 (0/0)\r\n"
        );
    }
}
