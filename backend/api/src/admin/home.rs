//! The provider's home page: what the database knows and what the switch is doing.

use std::cmp::Reverse;

use shared::home::{AdminHome, BusyTenant, GetAdminHome};
use shared::live::TenantCounts;
use shared::tenant::GetTenant;

use crate::caller::Admin;
use crate::error::Result;

/// Tenants in the list of the busiest.
const BUSIEST_MAX: usize = 5;

pub(crate) async fn get(caller: Admin, _: GetAdminHome) -> Result<AdminHome> {
    let home = caller.store.admin_home(caller.now).await?;
    let counts = caller.app.door.counts().await?;
    let sum = |of: fn(&TenantCounts) -> u64| counts.iter().map(of).sum::<u64>();
    Ok(AdminHome {
        version: caller.app.config.version.clone(),
        started_at: caller.app.config.started_at,
        extensions_online: sum(|count| count.extensions_online),
        registrations: sum(|count| count.registrations),
        live_calls: sum(|count| count.live_calls),
        busiest: busiest(&caller, counts).await,
        ..home
    })
}

async fn busiest(caller: &Admin, mut counts: Vec<TenantCounts>) -> Vec<BusyTenant> {
    counts.sort_by_key(|count| (Reverse(count.live_calls), Reverse(count.extensions_online), count.tenant_id));
    let mut rows = Vec::with_capacity(BUSIEST_MAX);
    for TenantCounts { tenant_id, live_calls, extensions_online, .. } in counts.into_iter().take(BUSIEST_MAX) {
        // One that was deleted a moment ago is left out.
        if let Ok(row) = caller.store.get_tenant(caller.now, &GetTenant { tenant_id }).await {
            rows.push(BusyTenant { tenant_id, name: row.tenant.name, live_calls, extensions_online });
        }
    }
    rows
}
