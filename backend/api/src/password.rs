//! Passwords: argon2id, off the async threads, few at a time.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// How many passwords are hashed at the same time: each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 4;
/// How long a sign-in waits for its turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(10);
/// No password is longer (ACC-09 allows 128 characters); longer input is wrong without being hashed.
const PASSWORD_BYTES_MAX: usize = 512;

/// A password could not be hashed: the operating system gave no salt.
#[derive(Debug)]
pub struct HashError(argon2::password_hash::Error);

impl std::fmt::Display for HashError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a password could not be hashed: {}", self.0)
    }
}

impl std::error::Error for HashError {}

/// The hash to be stored, as a PHC string. Works for some hundredths of a second: not on an async thread.
pub fn hash(password: &str) -> Result<String, HashError> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(HashError)
}

/// Hashes passwords and compares with hashes.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of nobody's password: comparing with it takes as long as with a real one.
    nobody: Arc<OnceLock<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)), nobody: Arc::default() }
    }
}

impl Passwords {
    /// A hash to be stored.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let (turn, password) = (self.turn().await?, password.to_owned());
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash(&password)
        });
        let hashed = hashed.await.map_err(|error| Error::Internal(error.to_string()))?;
        hashed.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Is it the password of that hash? Without a hash the answer is no, after the same work: whether an account exists
    /// cannot be told by the time (S6).
    pub(crate) async fn verify(&self, password: &str, hash_of_account: Option<String>) -> Result<bool> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let (turn, password, nobody) = (self.turn().await?, password.to_owned(), Arc::clone(&self.nobody));
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let known = hash_of_account.is_some();
            let stored = match hash_of_account {
                Some(stored) => stored,
                None => nobody.get_or_init(|| hash("nobody").unwrap_or_default()).clone(),
            };
            let Ok(parsed) = PasswordHash::new(&stored) else { return false };
            Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
        });
        verified.await.map_err(|error| Error::Internal(error.to_string()))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(TURN_TIME_MAX, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| Error::Busy)?.map_err(|_| Error::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_takes_its_own_password_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("Correct9Horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(passwords.verify("Correct9Horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct9Horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("", Some(hash)).await.unwrap());
        assert!(!passwords.verify("Correct9Horse", Some("damaged".into())).await.unwrap());
    }

    #[tokio::test]
    async fn s6_nobody_has_a_password_not_even_nobodys() {
        let passwords = Passwords::default();
        assert!(!passwords.verify("nobody", None).await.unwrap());
        assert!(!passwords.verify(&"x".repeat(1_000_000), None).await.unwrap());
    }
}
