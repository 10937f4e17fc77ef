//! The IP list (SEC-06, IPB-01…IPB-05).

use std::net::IpAddr;

use shared::Page;
use shared::ip_list::{CreateIpEntry, DeleteIpEntry, IpAction, IpEntry, ListIpEntries, UpdateIpEntry};
use shared::ip_range::IpRange;

use crate::caller::Admin;
use crate::error::{Error, Result};

pub(crate) async fn list(caller: Admin, operation: ListIpEntries) -> Result<Page<IpEntry>> {
    let mut page = caller.store.list_ip_entries(caller.now, &operation).await?;
    // The list is worth reading without the figures.
    let hits = caller.app.door.ip_hits().await.unwrap_or_default();
    for entry in &mut page.rows {
        entry.hits = hits.get(&entry.id).copied().unwrap_or(0);
    }
    Ok(page)
}

pub(crate) async fn create(caller: Admin, operation: CreateIpEntry) -> Result<IpEntry> {
    Error::check(operation.check())?;
    let network = IpRange::read(&operation.address, &operation.mask).map_err(|one| Error::Invalid(vec![one]))?;
    check_end(&caller, operation.expires_at)?;
    if operation.action == IpAction::Block {
        check_block(&caller, &network, operation.confirmed).await?;
    }
    Ok(caller.store.create_ip_entry(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateIpEntry) -> Result<IpEntry> {
    check_end(&caller, operation.expires_at)?;
    let before = caller.store.ip_entry(operation.ip_entry_id).await?;
    if operation.applied_to(&before).action == IpAction::Block && before.action == IpAction::Allow {
        check_block(&caller, &before.network, operation.confirmed).await?;
    }
    Ok(caller.store.update_ip_entry(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: Admin, operation: DeleteIpEntry) -> Result<()> {
    Ok(caller.store.delete_ip_entry(caller.now, &caller.actor, &operation).await?)
}

fn check_end(caller: &Admin, ends_at: Option<shared::Moment>) -> Result<()> {
    match ends_at.is_some_and(|at| at <= caller.now) {
        true => Err(Error::field("expires_at", "The end lies in the past.")),
        false => Ok(()),
    }
}

/// IPB-05: the server's own address is never blocked; the asker's, and that of a registered device, only on purpose.
async fn check_block(caller: &Admin, network: &IpRange, confirmed: bool) -> Result<()> {
    let config = &caller.app.config;
    let told = config.network.borrow().addresses();
    if let Some(own) = config.own_addresses.iter().chain(&told).find(|own| network.contains(**own)) {
        return Err(Error::field("address", &format!("The range contains {own}, an address of this server.")));
    }
    if confirmed {
        return Ok(());
    }
    let mut reasons = Vec::new();
    if let Some(remote) = caller.remote.filter(|remote| network.contains(*remote)) {
        reasons.push(format!("The range contains your own address, {remote}: you would be locked out."));
    }
    let devices = devices_within(caller, network).await?;
    match devices.as_slice() {
        [] => {}
        [one] => reasons.push(format!("A registered device has the address {one}.")),
        [first, ..] => {
            reasons.push(format!("Registered devices have {} addresses in it, {first} for one.", devices.len()))
        }
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Error::field("confirmed", &reasons.join(" "))),
    }
}

async fn devices_within(caller: &Admin, network: &IpRange) -> Result<Vec<IpAddr>> {
    let mut devices = caller.store.device_addresses(caller.now).await?;
    devices.retain(|device| network.contains(*device));
    devices.sort_unstable();
    devices.dedup();
    Ok(devices)
}
