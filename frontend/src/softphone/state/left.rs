//! Calls that a page left behind when it was reloaded, so that the next one can take them up (RFC 3891).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::Moment;

/// How long after it was left a call is taken up again.
pub const LEFT_MAX: Duration = Duration::from_secs(30);

/// An answered call of a page that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftCall {
    /// The dialog's Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// The other side's tag.
    pub remote_tag: String,
    /// Was it dialled here?
    pub outgoing: bool,
    /// The other side's number.
    pub number: String,
    /// The other side's name.
    pub name: String,
    /// When it began.
    pub began_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    /// Was the microphone shut?
    pub muted: bool,
    /// Was it on hold?
    pub held: bool,
}

impl LeftCall {
    /// The value of a Replaces header: tags as the receiver sees them, so that its local tag is `to-tag`
    /// (RFC 3891, section 3).
    pub fn replaces(&self) -> String {
        format!("{};to-tag={};from-tag={}", self.call_id, self.remote_tag, self.local_tag)
    }
}

/// What a page leaves for the one after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftPage {
    /// When it was left.
    pub at: Moment,
    /// The extension that it was for; a call is not taken up by somebody else.
    pub number: String,
    /// Its answered calls.
    pub calls: Vec<LeftCall>,
}

impl LeftPage {
    /// Its calls, unless it was left too long ago.
    pub fn calls_at(self, now: Moment) -> Vec<LeftCall> {
        if now.since(self.at) <= LEFT_MAX { self.calls } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left() -> LeftCall {
        LeftCall {
            call_id: "abc@x.invalid".into(),
            local_tag: "mine".into(),
            remote_tag: "theirs".into(),
            outgoing: true,
            number: "102".into(),
            name: "Bob".into(),
            began_at: Moment(1),
            answered_at: Some(Moment(2)),
            muted: false,
            held: true,
        }
    }

    #[test]
    fn replaces_names_the_tags_as_the_receiver_sees_them() {
        assert_eq!(left().replaces(), "abc@x.invalid;to-tag=theirs;from-tag=mine");
    }

    #[test]
    fn a_page_left_long_ago_has_no_calls() {
        let page = LeftPage { at: Moment::from_seconds(100), number: "101".into(), calls: vec![left()] };
        assert_eq!(page.clone().calls_at(Moment::from_seconds(130)).len(), 1);
        assert_eq!(page.calls_at(Moment::from_seconds(131)), []);
    }
}
