//! Balances of extensions and their ledger (EXT-17, BILL-08). The balance stands beside the extension and is the sum of its entries; both
//! are written in one transaction, and nothing but an entry changes it.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use shared::activity::FieldChange;
use shared::balance::{AddToBalance, BALANCE_MAX, Balance, BalanceEntry, GetBalance};
use shared::money::Money;
use shared::page::Direction;
use shared::{BalanceEntryId, Moment};

use crate::entity::{balance_entry, extension, tenant};
use crate::page::{Key, Sort, Wanted, page, try_map};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The balance of an extension with its ledger, newest first.
    pub async fn get_balance(&self, operation: &GetBalance) -> Result<Balance> {
        let id = operation.extension_id.0;
        let row = self.find_id::<extension::Entity>(id).one(self.db()).await?.ok_or(Error::NotFound)?;
        let tenant = self.find::<tenant::Entity>().one(self.db()).await?.ok_or(Error::NotFound)?;
        let entries = self.find::<balance_entry::Entity>().filter(balance_entry::Column::ExtensionId.eq(id));
        let sort = Sort {
            name: "balance",
            column: balance_entry::Column::Id,
            id: balance_entry::Column::Id,
            direction: Direction::Descending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let entries = page(self.db(), entries, &sort, wanted, |row| (Key::Number(row.id), row.id)).await?;
        Ok(Balance {
            balance: Money(row.balance),
            currency: tenant.currency,
            needed: tenant.bill_outbound,
            entries: try_map(entries, |row| Ok(noun(row)))?,
        })
    }

    /// Puts something on a balance, or takes it off: the next call is judged by what there is then.
    pub async fn add_to_balance(&self, now: Moment, actor: &Actor, operation: &AddToBalance) -> Result<Balance> {
        Error::check(operation.check())?;
        let amount = operation.money().unwrap_or_default();
        let id = operation.extension_id.0;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let row = self.find_id::<extension::Entity>(id).one(&*tx).await?.ok_or(Error::NotFound)?;
        let after = row.balance.checked_add(amount.0).filter(|sum| sum.unsigned_abs() <= BALANCE_MAX.0.unsigned_abs());
        let after = after.ok_or_else(|| Error::field("amount", "A balance holds at most a thousand million."))?;
        self.update_id::<extension::Entity>(id)
            .col_expr(extension::Column::Balance, Expr::value(after))
            .exec(&*tx)
            .await?;
        let note = operation.note.trim();
        let entry = balance_entry::ActiveModel {
            id: Set(self.store.next_id::<BalanceEntryId>(now).0),
            tenant_id: Set(self.id.0),
            extension_id: Set(id),
            at: Set(now.0),
            amount: Set(amount.0),
            balance: Set(after),
            note: Set(note.to_owned()),
            actor: Set(actor.email.clone()),
        };
        balance_entry::Entity::insert(entry).exec_without_returning(&*tx).await?;
        let mut changed = vec![FieldChange {
            field: "balance".to_owned(),
            before: Some(Money(row.balance).to_string()),
            after: Some(Money(after).to_string()),
        }];
        if !note.is_empty() {
            changed.push(FieldChange { field: "note".to_owned(), before: None, after: Some(note.to_owned()) });
        }
        let subject = format!("extension {}", row.number);
        self.note_change(&tx, now, actor, "AddToBalance", subject, &changed).await?;
        self.commit_plan(tx).await?;
        self.get_balance(&GetBalance { extension_id: operation.extension_id, cursor: None, limit: None }).await
    }
}

fn noun(row: balance_entry::Model) -> BalanceEntry {
    BalanceEntry {
        id: BalanceEntryId(row.id),
        at: Moment(row.at),
        amount: Money(row.amount),
        balance: Money(row.balance),
        note: row.note,
        actor: row.actor,
    }
}
