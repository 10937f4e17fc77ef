//! Numbers that a service of Belfry answers (HOME-05).

use shared::system_extension::{ListSystemExtensions, SystemExtension};

use crate::caller::TenantAdmin;
use crate::error::Result;

/// Each service that owns numbers adds its own here, with whether it answers. None does yet.
pub(crate) async fn list(_: TenantAdmin, _: ListSystemExtensions) -> Result<Vec<SystemExtension>> {
    let mut rows: Vec<SystemExtension> = Vec::new();
    rows.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(rows)
}
