//! Where extensions' calls go (EXT-05, EXT-08, EXT-14): one value each, set as a whole. It is part of the plan.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::activity::changes;
use shared::destination::Destination;
use shared::forwarding::{Callee, Forwarding, OwnForwarding};
use shared::hours::Hours;
use shared::{ExtensionId, Moment};

use crate::entity::{extension, ring_group};
use crate::text::{from_json, json as written};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

/// As many colleagues and ring groups are offered to choose from.
const CHOICES_MAX: u64 = 2_000;

impl TenantStore {
    /// Where an extension's calls go.
    pub async fn forwarding(&self, id: ExtensionId) -> Result<Forwarding> {
        Ok(noun(&self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?))
    }

    /// The same for its own person, with what may be chosen.
    pub async fn own_forwarding(&self, id: ExtensionId) -> Result<OwnForwarding> {
        let forwarding = self.forwarding(id).await?;
        let people = self.find::<extension::Entity>().filter(extension::Column::Id.ne(id.0));
        let people = people.order_by_asc(extension::Column::Number).limit(CHOICES_MAX).all(self.db()).await?;
        let groups = self.find::<ring_group::Entity>().order_by_asc(ring_group::Column::Number);
        let groups = groups.limit(CHOICES_MAX).all(self.db()).await?;
        let person = |row: extension::Model| Callee { id: ExtensionId(row.id), number: row.number, name: row.name };
        let group = |row| {
            let group = crate::ring_group::noun(row)?;
            Ok(Callee { id: group.id, number: group.settings.number, name: group.settings.name })
        };
        Ok(OwnForwarding {
            forwarding,
            people: people.into_iter().map(person).collect(),
            ring_groups: groups.into_iter().map(group).collect::<Result<_>>()?,
        })
    }

    /// Sets it; `operation` is what the activity log calls it.
    pub async fn update_forwarding(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        id: ExtensionId,
        forwarding: &Forwarding,
    ) -> Result<Forwarding> {
        Error::check(forwarding.check())?;
        let after = tidy(forwarding.clone());
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let row = self.find_id::<extension::Entity>(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        for (field, to) in after.destinations() {
            if *to == (Destination::Extension { extension_id: id }) {
                return Err(Error::field(&field, "An extension cannot forward to itself."));
            }
            self.check_destination(&tx, &field, Some(to)).await?;
        }
        self.update_id::<extension::Entity>(id.0)
            .col_expr(extension::Column::Forwarding, Expr::value(written(&after)?))
            .exec(&*tx)
            .await?;
        let before = noun(&row);
        let (subject, changed) = (format!("extension {}", row.number), changes(Some(&before), Some(&after)));
        let undo = Undo::Forwarding(Turn { id, before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, operation, subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }
}

/// Row → noun. What another version has written and this one cannot read forwards nothing.
pub(crate) fn noun(row: &extension::Model) -> Forwarding {
    let Some(text) = &row.forwarding else { return Forwarding::default() };
    from_json(text).unwrap_or_else(|error| {
        tracing::error!(extension = row.id, %error, "the forwarding of an extension is unreadable");
        Forwarding::default()
    })
}

/// Spans in the order of the day, numbers without blanks round them.
fn tidy(mut forwarding: Forwarding) -> Forwarding {
    if let Hours::Own { week } = &mut forwarding.hours {
        *week = std::mem::take(week).sorted();
    }
    for exception in &mut forwarding.exceptions {
        exception.caller.0 = exception.caller.0.trim().to_owned();
    }
    forwarding
}
