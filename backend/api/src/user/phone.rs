//! What the browser's phone registers with (RTC-02).

use std::time::Duration;

use shared::Moment;
use shared::account::{CreatePhoneCredential, PhoneCredential};
use shared::phone_credential::{PHONE_CREDENTIAL_SECONDS, PhoneUser, is_device};

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
    Ok(PhoneCredential {
        number: subject.extension.number,
        display_name: subject.extension.name,
        domain: subject.domain,
        user: user.to_string(),
        secret: user.secret(key, caller.store.tenant_id(), caller.extension),
        expires_at: user.expires_at,
    })
}
