//! What the switch tells of temporary conference rooms (CONF-18): that somebody was in one, and that the last has left. A part of `fact`:
//! the same twice leaves what it left once.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use shared::fact::{Fact, TenantFact};
use shared::{ConferenceRoomId, TenantId};

use crate::Result;
use crate::connect::Writing;
use crate::entity::conference_room;

/// What a batch says of rooms.
#[derive(Default)]
pub(crate) struct Rooms {
    used: BTreeSet<(TenantId, ConferenceRoomId)>,
    over: BTreeSet<(TenantId, ConferenceRoomId)>,
}

impl Rooms {
    pub(crate) fn add(&mut self, fact: &TenantFact) {
        let Some(tenant) = fact.tenant_id else { return };
        match &fact.fact {
            Fact::ConferenceChanged { room_id, .. } => {
                self.used.insert((tenant, *room_id));
            }
            Fact::TemporaryConferenceOver { room_id } => {
                self.over.insert((tenant, *room_id));
            }
            _ => {}
        }
    }

    /// Writes it; answers the tenants whose plans are others now.
    pub(crate) async fn write(&self, tx: &Writing) -> Result<BTreeSet<TenantId>> {
        let temporary = |(tenant, room): &(TenantId, ConferenceRoomId)| {
            Condition::all()
                .add(conference_room::Column::TenantId.eq(tenant.0))
                .add(conference_room::Column::Id.eq(room.0))
                .add(conference_room::Column::OwnerId.is_not_null())
        };
        for room in self.used.difference(&self.over) {
            conference_room::Entity::update_many()
                .col_expr(conference_room::Column::Used, Expr::value(true))
                .filter(temporary(room))
                .filter(conference_room::Column::Used.eq(false))
                .exec(&**tx)
                .await?;
        }
        let mut changed = BTreeSet::new();
        for room in &self.over {
            let gone = conference_room::Entity::delete_many().filter(temporary(room)).exec(&**tx).await?;
            if gone.rows_affected > 0 {
                changed.insert(room.0);
            }
        }
        Ok(changed)
    }
}
