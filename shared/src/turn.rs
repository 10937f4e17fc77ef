//! The relay for browsers that reach nothing else (TURN, RFC 8656): its addresses, and the secret that it shares with us.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::operation;
use crate::problem::FieldProblem;

/// The most addresses; a browser asks each of them for a way at every call.
pub const TURN_URLS_MAX: usize = 4;
/// The longest address.
const URL_BYTES_MAX: usize = 253;
/// The shortest secret: whoever guesses it relays at our cost.
const SECRET_BYTES_MIN: usize = 16;
const SECRET_BYTES_MAX: usize = 128;

/// The relay as it is set; its secret is kept back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Turn {
    /// Such as `turn:turn.example:3478?transport=tcp`; none means that no relay is used.
    pub urls: Vec<String>,
    /// Is there a secret?
    pub has_secret: bool,
}

/// The relay as it is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTurn {}
operation!(GetTurn, Get, "/api/admin/turn", Admin, Turn);

/// Sets the relay; calls that begin from now on use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateTurn {
    /// Its addresses; none takes it out of use.
    pub urls: Vec<String>,
    /// The secret that the relay has too (`static-auth-secret` of coturn); without it, the one of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}
operation!(UpdateTurn, Put, "/api/admin/turn", Admin, Turn);

impl UpdateTurn {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let secret = self.secret.as_deref();
        check
            .that(self.urls.len() <= TURN_URLS_MAX, "urls", "At most four addresses.")
            .that(
                self.urls.iter().all(|url| is_turn(url)),
                "urls",
                "An address looks like turn:turn.example:3478?transport=tcp.",
            )
            .that(
                secret.is_none_or(|text| is_clean(text) && (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&text.len())),
                "secret",
                "A secret has 16 to 128 characters.",
            );
        check.finish()
    }
}

/// RFC 7065.
fn is_turn(url: &str) -> bool {
    let rest = url.strip_prefix("turn:").or_else(|| url.strip_prefix("turns:"));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]?=".contains(&byte));
    rest.is_some_and(|rest| !rest.is_empty() && plain(rest)) && url.len() <= URL_BYTES_MAX
}

/// One entry of a browser's `iceServers`, with credentials that live as long as a phone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IceServer {
    /// The relay's addresses.
    pub urls: Vec<String>,
    /// `expiry:number`.
    pub username: String,
    /// What the relay derives from it, too.
    pub credential: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_secrets_are_checked() {
        let right = UpdateTurn {
            urls: vec!["turn:turn.example:3478?transport=tcp".into()],
            secret: Some("0123456789abcdef".into()),
        };
        assert_eq!(right.check(), []);
        for url in ["", "stun:turn.example", "turn:", "turn:a b", "turn:a\r\n", "https://turn.example"] {
            let wrong = UpdateTurn { urls: vec![url.into()], ..right.clone() };
            assert_eq!(wrong.check().len(), 1, "{url}");
        }
        assert_eq!(UpdateTurn { secret: Some("short".into()), ..right.clone() }.check().len(), 1);
        assert_eq!(UpdateTurn { urls: vec![right.urls[0].clone(); 5], ..right }.check().len(), 1);
    }
}
