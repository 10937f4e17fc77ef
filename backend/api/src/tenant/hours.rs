//! A tenant's office hours, and how it stands by them now (OH-01, OH-02, OH-03).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::Moment;
use shared::date::Wall;
use shared::hours::{GetOfficeHours, OfficeHours, OfficeHoursNow, UpdateOfficeHours};

use crate::caller::TenantAdmin;
use crate::csv_file;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetOfficeHours) -> Result<OfficeHoursNow> {
    let hours = caller.store.office_hours().await?;
    with_standing(&caller, hours).await
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateOfficeHours) -> Result<OfficeHoursNow> {
    let hours = caller.store.update_office_hours(caller.now, &caller.actor, operation).await?;
    with_standing(&caller, hours).await
}

/// The switch decides for its calls by the same rule.
async fn with_standing(caller: &TenantAdmin, hours: OfficeHours) -> Result<OfficeHoursNow> {
    let tenant = caller.store.get_own_tenant().await?;
    let zone = csv_file::zone(&tenant.time_zone).unwrap_or(TimeZone::UTC);
    let ahead = |at: Moment| zone.to_offset(Timestamp::from_microsecond(at.0).unwrap_or_default()).seconds();
    let standing = hours.standing(Wall::of(caller.now, ahead(caller.now)));
    let changes_at = hours.next_change(caller.now, ahead);
    Ok(OfficeHoursNow { hours, time_zone: tenant.time_zone, standing, changes_at })
}
