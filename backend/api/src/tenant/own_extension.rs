//! The extension that an administrator has as the own one.

use shared::account::{Account, SetOwnExtension};

use crate::caller::TenantAdmin;
use crate::error::Result;

/// Whoever acts for the tenant is none of its own and is refused.
pub(crate) async fn set(caller: TenantAdmin, operation: SetOwnExtension) -> Result<Account> {
    Ok(caller.store.set_own_extension(caller.now, &caller.actor, &operation).await?)
}
