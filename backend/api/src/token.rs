//! Access tokens: JWTs of minutes, HS256 and nothing else.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use shared::{AccountId, Moment, Role, SessionId, TenantId};

use crate::error::{Error, Result};
use crate::mac;

/// How long an access token is taken, in seconds (API-02).
pub(crate) const ACCESS_SECONDS: i64 = 600;
/// The longest text that is looked at as a token, in bytes.
const TOKEN_BYTES_MAX: usize = 2_048;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Whose it is.
    pub(crate) account: AccountId,
    /// What the account may do (ACC-01).
    pub(crate) role: Role,
    /// The account's tenant, or the one acted for.
    pub(crate) tenant: Option<TenantId>,
    /// The session; when it ends, the token ends with it.
    pub(crate) session: SessionId,
    /// Is an admin acting for the tenant (ACC-07)?
    pub(crate) acting: bool,
    /// When it was made, in seconds since 1970.
    pub(crate) iat: i64,
    /// When it runs out, in seconds since 1970.
    pub(crate) exp: i64,
}

/// Makes and checks access tokens.
pub(crate) struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
    rules: Validation,
}

impl Tokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        mac::install();
        let mut rules = Validation::new(Algorithm::HS256);
        // The library would read a clock of its own; `read` looks at the one that is handed in.
        rules.validate_exp = false;
        rules.validate_aud = false;
        Self { sign: EncodingKey::from_secret(key), check: DecodingKey::from_secret(key), rules }
    }

    pub(crate) fn make(&self, claims: &Claims) -> Result<String> {
        encode(&Header::new(Algorithm::HS256), claims, &self.sign)
            .map_err(|error| Error::Internal(format!("a token could not be signed: {error}")))
    }

    /// The claims of a genuine token that has not run out.
    pub(crate) fn read(&self, now: Moment, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let claims = decode::<Claims>(token, &self.check, &self.rules).ok()?.claims;
        (now.seconds() < claims.exp).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            account: AccountId(1),
            role: Role::User,
            tenant: Some(TenantId(2)),
            session: SessionId(3),
            acting: false,
            iat: 1_000,
            exp: 1_600,
        }
    }

    #[test]
    fn api_02_a_token_is_taken_until_it_runs_out_and_not_a_second_longer() {
        let tokens = Tokens::new(&[7; 32]);
        let token = tokens.make(&claims()).unwrap();
        assert_eq!(tokens.read(Moment::from_seconds(1_599), &token), Some(claims()));
        assert_eq!(tokens.read(Moment::from_seconds(1_600), &token), None);
    }

    #[test]
    fn s23_other_keys_other_algorithms_and_changed_claims_are_not_taken() {
        let tokens = Tokens::new(&[7; 32]);
        let now = Moment::from_seconds(1_100);
        let token = tokens.make(&claims()).unwrap();
        assert_eq!(Tokens::new(&[8; 32]).read(now, &token), None, "another key");

        let signed_otherwise = encode(&Header::new(Algorithm::HS512), &claims(), &EncodingKey::from_secret(&[7; 32]));
        assert!(signed_otherwise.is_err(), "another algorithm is not even spoken");
        // {"typ":"JWT","alg":"HS512"}
        let named_otherwise =
            token.replacen(token.split('.').next().unwrap(), "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9", 1);
        assert_eq!(tokens.read(now, &named_otherwise), None, "another algorithm");

        let mut parts = token.split('.');
        let (head, body, mac) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        assert_eq!(tokens.read(now, &unsigned), None, "no signature");
        let other = tokens.make(&Claims { role: Role::Admin, ..claims() }).unwrap();
        let swapped = format!("{head}.{}.{mac}", other.split('.').nth(1).unwrap());
        assert_eq!(tokens.read(now, &swapped), None, "another's claims under this signature");
        for garbage in ["", "a.b.c", "..", &"x".repeat(100_000)] {
            assert_eq!(tokens.read(now, garbage), None);
        }
    }
}
