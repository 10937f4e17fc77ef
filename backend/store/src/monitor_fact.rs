//! Each use of monitoring becomes a line of the activity log (CTI-08). A part of `fact`.

use shared::fact::{Fact, TenantFact};

use crate::connect::Writing;
use crate::entity::extension;
use crate::{Actor, Result, Store};

impl Store {
    /// Who has monitored whose call, and how; of a supervisor that is there no more nothing is noted.
    pub(crate) async fn note_monitored(&self, tx: &Writing, facts: &[&TenantFact]) -> Result<()> {
        for fact in facts {
            let (Some(tenant), Fact::CallMonitored { call_id, supervisor_id, supervisor, extension, level }) =
                (fact.tenant_id, &fact.fact)
            else {
                continue;
            };
            let found = self.tenant(tenant).find_id::<extension::Entity>(supervisor_id.0).one(&**tx).await?;
            let Some(found) = found else { continue };
            let email = found.email.unwrap_or_else(|| format!("extension {supervisor}"));
            let actor = Actor { email, ..Actor::belfry() };
            let subject = format!("{}: extension {extension}, by extension {supervisor} ({call_id})", level.word());
            self.note(tx, fact.at, &actor, Some(tenant), "MonitorCall", subject).await?;
        }
        Ok(())
    }
}
