//! Events that phones subscribe to (RFC 6665): the packages, who has subscribed, and the documents. Pure: the SIP around
//! it is in `pbx/subscribe.rs` and `pbx/publish.rs`.

pub mod dialog_info;
pub mod pidf;
pub mod publication;
pub mod reginfo;
pub mod subscription;
pub mod summary;
mod xml;

pub use publication::Publications;
pub use subscription::Subscriptions;

/// An event package: what is told, and in which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// Whether an extension rings or talks (RFC 4235): busy lamps (ADV-04).
    Dialog,
    /// Whether a person can be reached (RFC 3856).
    Presence,
    /// What waits in a mailbox (RFC 3842).
    MessageSummary,
    /// Where an extension is registered (RFC 3680).
    Registration,
}

impl Package {
    /// All of them, as an Allow-Events header has it.
    pub const ALLOW_EVENTS: &str = "dialog, presence, message-summary, reg";

    /// By the Event header of a request; its parameters say nothing about the package, but `;sla` and the like ask for
    /// another document than ours.
    pub fn named(event: &str) -> Option<Self> {
        let name = event.split(';').next().unwrap_or_default().trim();
        [Self::Dialog, Self::Presence, Self::MessageSummary, Self::Registration]
            .into_iter()
            .find(|package| package.name() == name)
    }

    /// Its name. Names of packages are case-sensitive (RFC 6665, 8.4).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dialog => "dialog",
            Self::Presence => "presence",
            Self::MessageSummary => "message-summary",
            Self::Registration => "reg",
        }
    }

    /// The type of its document.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Dialog => "application/dialog-info+xml",
            Self::Presence => "application/pidf+xml",
            Self::MessageSummary => "application/simple-message-summary",
            Self::Registration => "application/reginfo+xml",
        }
    }

    /// Is it told to the extension itself only?
    pub const fn is_private(self) -> bool {
        matches!(self, Self::MessageSummary | Self::Registration)
    }
}

/// How far one call of an extension is; a call that is over has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineState {
    /// It calls, and nothing rings yet.
    Trying,
    /// It rings, here or there.
    Early,
    /// They talk.
    Confirmed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_their_exact_names() {
        assert_eq!(Package::named("dialog"), Some(Package::Dialog));
        assert_eq!(Package::named("presence ; id=7"), Some(Package::Presence));
        for unknown in ["Dialog", "dialog.winfo", "", "refer", "message-summary2"] {
            assert_eq!(Package::named(unknown), None, "{unknown}");
        }
        for name in Package::ALLOW_EVENTS.split(", ") {
            assert_eq!(Package::named(name).map(Package::name), Some(name));
        }
    }
}
