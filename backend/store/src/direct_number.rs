//! Direct numbers of extensions: inbound rules that belong to them (EXT-04).

use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use shared::activity::changes;
use shared::destination::Destination;
use shared::did::Mask;
use shared::direct_number::{DirectNumber, UpdateDirectNumber};
use shared::hours::Hours;
use shared::inbound_rule::{InboundRule, InboundSettings};
use shared::{ExtensionId, Moment};

use crate::connect::Writing;
use crate::entity::{extension, inbound_rule};
use crate::inbound_rule::{noun, row};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The direct number of an extension.
    pub async fn direct_number(&self, id: ExtensionId) -> Result<DirectNumber> {
        self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
        Ok(direct(self.rule_of(self.db(), id).await?.as_ref()))
    }

    /// Gives it another, or takes it away.
    pub async fn update_direct_number(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateDirectNumber,
    ) -> Result<DirectNumber> {
        Error::check(operation.direct.check())?;
        let (id, number) = (operation.extension_id, operation.direct.number.trim().to_owned());
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let owner = self.find_id::<extension::Entity>(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let before = self.rule_of(&*tx, id).await?;
        let after = match operation.direct.trunk_id.filter(|_| !number.is_empty()) {
            None => {
                self.remove_direct_number(&tx, before.as_ref()).await?;
                None
            }
            Some(trunk_id) => {
                let fresh = || InboundRule {
                    id: self.store.next_id(now),
                    tenant_id: self.id,
                    settings: InboundSettings {
                        name: format!("Direct {}", owner.number),
                        enabled: true,
                        trunk_id,
                        did_mask: String::new(),
                        cid_mask: Mask::default(),
                        hours: Hours::default(),
                        open: Destination::Extension { extension_id: id },
                        closed: None,
                        extension_id: Some(id),
                    },
                };
                // What else was set among the inbound rules stays.
                let mut rule = before.clone().unwrap_or_else(fresh);
                (rule.settings.trunk_id, rule.settings.did_mask) = (trunk_id, number);
                self.check_inbound(&tx, &rule).await.map_err(by_its_field)?;
                match before {
                    Some(_) => drop(inbound_rule::Entity::update(row(&rule)?).exec(&*tx).await?),
                    None => drop(inbound_rule::Entity::insert(row(&rule)?).exec_without_returning(&*tx).await?),
                }
                Some(rule)
            }
        };
        let (before, after) = (direct(before.as_ref()), direct(after.as_ref()));
        let subject = format!("extension {}", owner.number);
        let changed = changes(Some(&before), Some(&after));
        self.note_change(&tx, now, actor, "UpdateDirectNumber", subject, &changed).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// The rule goes with its extension.
    pub(crate) async fn remove_direct_number_of(&self, tx: &Writing, id: ExtensionId) -> Result<()> {
        let rule = self.rule_of(&**tx, id).await?;
        self.remove_direct_number(tx, rule.as_ref()).await
    }

    async fn remove_direct_number(&self, tx: &Writing, rule: Option<&InboundRule>) -> Result<()> {
        if let Some(rule) = rule {
            inbound_rule::Entity::delete_by_id(rule.id.0).exec(&**tx).await?;
        }
        Ok(())
    }

    async fn rule_of<C: ConnectionTrait>(&self, db: &C, id: ExtensionId) -> Result<Option<InboundRule>> {
        for found in self.find::<inbound_rule::Entity>().order_by_asc(inbound_rule::Column::Id).all(db).await? {
            let rule = noun(found)?;
            if rule.settings.extension_id == Some(id) {
                return Ok(Some(rule));
            }
        }
        Ok(None)
    }
}

fn direct(rule: Option<&InboundRule>) -> DirectNumber {
    rule.map_or_else(DirectNumber::default, |rule| DirectNumber {
        trunk_id: Some(rule.settings.trunk_id),
        number: rule.settings.did_mask.clone(),
    })
}

/// What is wrong with the rule's called number is wrong with the direct number.
fn by_its_field(error: Error) -> Error {
    match error {
        Error::Invalid(mut problems) => {
            for problem in problems.iter_mut().filter(|problem| problem.field == "did_mask") {
                "number".clone_into(&mut problem.field);
            }
            Error::Invalid(problems)
        }
        Error::Conflict { field: "cid_mask", reason } => Error::Conflict { field: "number", reason },
        other => other,
    }
}
