//! Numbers that a service of Belfry answers (HOME-05).

use shared::conference::ListConferenceRooms;
use shared::page::PAGE_ROWS_MAX;
use shared::queue::Queue;
use shared::receptionist::ListReceptionists;
use shared::ring_group::ListRingGroups;
use shared::system_extension::{ListSystemExtensions, SystemExtension, SystemExtensionKind};

use crate::caller::TenantAdmin;
use crate::error::Result;

/// Each service that owns numbers adds its own here, with whether it answers.
pub(crate) async fn list(caller: TenantAdmin, _: ListSystemExtensions) -> Result<Vec<SystemExtension>> {
    let store = &caller.store;
    let tenant_id = store.tenant_id();
    let mut rows = Vec::new();
    let mut add = |kind, number, name| rows.push(SystemExtension { tenant_id, number, name, kind, answers: true });
    for Queue { settings, .. } in store.queues().await? {
        add(SystemExtensionKind::Queue, settings.number, settings.name);
    }
    macro_rules! add_all {
        ($list:ident, $operation:ident, $kind:ident, $name:ident) => {
            let mut wanted = $operation { limit: Some(PAGE_ROWS_MAX), ..$operation::default() };
            loop {
                let page = store.$list(&wanted).await?;
                for row in page.rows {
                    add(SystemExtensionKind::$kind, row.settings.number, row.settings.$name);
                }
                match page.next {
                    Some(next) => wanted.cursor = Some(next),
                    None => break,
                }
            }
        };
    }
    add_all!(list_receptionists, ListReceptionists, Receptionist, name);
    add_all!(list_ring_groups, ListRingGroups, RingGroup, name);
    add_all!(list_conference_rooms, ListConferenceRooms, Conference, subject);
    let voicemail = store.feature_codes().await?.voicemail;
    if !voicemail.is_empty() {
        let kind = SystemExtensionKind::Voicemail;
        add(kind, voicemail, kind.word().to_owned());
    }
    rows.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(rows)
}
