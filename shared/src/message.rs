//! Instant messages between the people of a tenant (MSG-02), and the operations of the portal's chat.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::problem::FieldProblem;
use crate::{ExtensionId, MessageId, Moment, Page, TenantId, operation};

/// The longest text of a message, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// One message, from one extension to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Its id; grows with time.
    pub id: MessageId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Who wrote it.
    pub sender_id: ExtensionId,
    /// The number of who wrote it, at that time.
    pub sender: String,
    /// Whom it is for.
    pub receiver_id: ExtensionId,
    /// The number of whom it is for, at that time.
    pub receiver: String,
    /// What it says: plain text of at most [`TEXT_BYTES_MAX`] bytes.
    pub text: String,
    /// When it came in.
    pub sent_at: Moment,
    /// When a device of the receiver took it; none while it waits.
    pub delivered_at: Option<Moment>,
    /// When the receiver read it in the portal.
    pub read_at: Option<Moment>,
}

/// All that two people have written to each other, as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// The other.
    pub extension_id: ExtensionId,
    /// The other's number.
    pub number: String,
    /// The other's name.
    pub name: String,
    /// Has the other a device that is registered?
    pub online: bool,
    /// The latest message.
    pub last: Message,
    /// Messages of the other that were not read.
    pub unread: u64,
}

/// Lists the caller's conversations, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListConversations {
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListConversations, Get, "/api/user/conversations", User, Page<Conversation>);

/// Lists the messages between the caller and somebody, latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListMessages {
    /// The other.
    pub extension_id: ExtensionId,
    /// From [`Page::next`].
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows a page.
    #[serde(default)]
    pub limit: Option<u32>,
}
operation!(ListMessages, Get, "/api/user/conversations/{extension_id}/messages", User, Page<Message>);

/// Writes to somebody. Where nobody is there to take it, it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendMessage {
    /// The other.
    pub extension_id: ExtensionId,
    /// What to say.
    pub text: String,
}
operation!(SendMessage, Post, "/api/user/conversations/{extension_id}/messages", User, Message);

impl SendMessage {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check
            .that(!self.text.trim().is_empty(), "text", "A message has at least one character.")
            .that(self.text.len() <= TEXT_BYTES_MAX, "text", "A message has at most 4096 bytes.")
            .that(is_text(&self.text), "text", "A message is plain text without control characters.")
            .finish()
    }
}

/// Plain text of several lines: no control characters but tabs and line ends, no bidirectional overrides.
pub fn is_text(text: &str) -> bool {
    text.split(['\t', '\r', '\n']).all(is_clean)
}

/// Marks what somebody has written to the caller as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadConversation {
    /// The other.
    pub extension_id: ExtensionId,
}
operation!(ReadConversation, Post, "/api/user/conversations/{extension_id}/read", User, ());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_text_of_a_certain_length() {
        let wrong = |text: &str| {
            let fields = SendMessage { extension_id: ExtensionId(1), text: text.into() }.check();
            fields.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert!(wrong("Lunch?\n\tAt one \u{1f600}").is_empty());
        assert!(wrong(&"x".repeat(TEXT_BYTES_MAX)).is_empty());
        for text in ["", " \n", "\u{0}", "a\u{1b}[2J", "\u{202e}abc", &"é".repeat(TEXT_BYTES_MAX / 2 + 1)] {
            assert_eq!(wrong(text), ["text"], "{text:?}");
        }
    }
}
