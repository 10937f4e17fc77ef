//! What a browser phone's credential is made of (RTC-02).

use shared::ExtensionId;
use shared::extension::Extension;

use crate::entity::extension;
use crate::{Error, Result, TenantStore};

/// Whose phone it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneSubject {
    /// The extension.
    pub extension: Extension,
    /// Part of every credential; raised with each new SIP secret, so that older credentials end.
    pub credential_epoch: u32,
    /// The tenant's SIP domain.
    pub domain: String,
}

impl TenantStore {
    /// What a credential for this extension is made of.
    pub async fn phone_subject(&self, id: ExtensionId) -> Result<PhoneSubject> {
        let row = self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
        Ok(PhoneSubject {
            credential_epoch: u32::try_from(row.credential_epoch).unwrap_or(u32::MAX),
            extension: crate::extension::noun(row),
            domain: self.get_own_tenant().await?.domain,
        })
    }
}
