//! What the browser's phone registers with (RTC-02).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use shared::Moment;
use shared::account::{CreatePhoneCredential, PhoneCredential};
use shared::phone_credential::{PHONE_CREDENTIAL_SECONDS, PhoneUser, is_device};
use shared::turn::IceServer;
use store::StoredTurn;

use crate::caller::User;
use crate::error::{Error, Result};

pub(crate) async fn create(
    caller: User,
    CreatePhoneCredential { device }: CreatePhoneCredential,
) -> Result<PhoneCredential> {
    if !is_device(&device) {
        return Err(Error::field("device", "A device has 1 to 32 letters, digits and hyphens."));
    }
    let subject = caller.store.phone_subject(caller.extension).await?;
    let lifetime = Duration::from_secs(PHONE_CREDENTIAL_SECONDS.unsigned_abs());
    let user = PhoneUser {
        number: subject.extension.number.clone(),
        device,
        epoch: subject.credential_epoch,
        // Whole seconds, because that is what the user name says.
        expires_at: Moment::from_seconds((caller.now + lifetime).seconds()),
    };
    let key = &caller.app.config.phone_credential_key;
    let ice_servers = relay(&caller.app.store.turn().await?, &subject.extension.number, user.expires_at);
    Ok(PhoneCredential {
        number: subject.extension.number,
        display_name: subject.extension.name,
        domain: subject.domain,
        user: user.to_string(),
        secret: user.secret(key, caller.store.tenant_id(), caller.extension),
        expires_at: user.expires_at,
        ice_servers,
    })
}

/// Credentials for the relay, as its operators and we have agreed: the name says until when, and the password is an HMAC
/// over it (`use-auth-secret` of coturn). Nothing is told to the relay, and nothing kept.
fn relay(turn: &StoredTurn, number: &str, expires_at: Moment) -> Vec<IceServer> {
    if turn.urls.is_empty() || turn.secret.is_empty() {
        return Vec::new();
    }
    let username = format!("{}:{number}", expires_at.seconds());
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, turn.secret.as_bytes());
    let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
    vec![IceServer { urls: turn.urls.clone(), username, credential }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_derives_the_same_password_from_the_name() {
        let turn = StoredTurn { urls: vec!["turn:turn.example".into()], secret: "north".into() };
        let servers = relay(&turn, "101", Moment::from_seconds(1_795_000_000));
        // printf 1795000000:101 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(servers[0].username, "1795000000:101");
        assert_eq!(servers[0].credential, "ZXHrikkiDn0mwRVdYf86eJ/5X7g=");
        assert_eq!(relay(&StoredTurn { secret: String::new(), ..turn }, "101", Moment::default()), []);
    }
}
