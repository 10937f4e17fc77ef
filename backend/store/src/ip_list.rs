//! The IP list (SEC-06, IPB-01…IPB-05): what people have entered, and what the facts told of addresses that were blocked.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use shared::activity::{FieldChange, changes};
use shared::ip_list::{CreateIpEntry, DeleteIpEntry, IpAction, IpEntry, IpOrigin, ListIpEntries, UpdateIpEntry};
use shared::ip_range::IpRange;
use shared::page::Direction;
use shared::{IpEntryId, Moment, Page, Role};

use crate::connect::Writing;
use crate::entity::{ip_entry, registration};
use crate::job::Job;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, from_word, json, outside, search_key, word};
use crate::{Actor, Change, Error, Result, Store};

/// The most entries that people make.
const MANUAL_MAX: u64 = 5_000;
/// The most that Belfry makes; the oldest makes room.
const AUTOMATIC_MAX: u64 = 10_000;
/// The most mails about blocks within [`MAILS_WINDOW`]: an attack from everywhere must not fill a mailbox.
const MAILS_MAX: u64 = 20;
/// See [`MAILS_MAX`].
const MAILS_WINDOW: Duration = Duration::from_secs(3_600);

impl Store {
    /// The entries that hold, the newest first.
    pub async fn list_ip_entries(&self, now: Moment, operation: &ListIpEntries) -> Result<Page<IpEntry>> {
        let mut select = ip_entry::Entity::find().filter(holds(now));
        if let Some(found) = contains(ip_entry::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(action) = &operation.action {
            select = select.filter(ip_entry::Column::Action.eq(word(action)?));
        }
        let sort = Sort {
            name: "id",
            column: ip_entry::Column::Id,
            id: ip_entry::Column::Id,
            direction: Direction::Descending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        try_map(page(&self.inner.db, select, &sort, wanted, |row| (Key::Number(row.id), row.id)).await?, noun)
    }

    /// All entries that hold, for whoever enforces them.
    pub async fn ip_entries(&self, now: Moment) -> Result<Vec<IpEntry>> {
        let rows = ip_entry::Entity::find().filter(holds(now)).order_by_asc(ip_entry::Column::Id);
        let rows = rows.limit(MANUAL_MAX + AUTOMATIC_MAX).all(&self.inner.db).await?;
        rows.into_iter().map(noun).collect()
    }

    /// One entry.
    pub async fn ip_entry(&self, id: IpEntryId) -> Result<IpEntry> {
        noun(ip_entry::Entity::find_by_id(id.0).one(&self.inner.db).await?.ok_or(Error::NotFound)?)
    }

    /// Adds one. Whether it would lock somebody out is asked before.
    pub async fn create_ip_entry(&self, now: Moment, actor: &Actor, operation: &CreateIpEntry) -> Result<IpEntry> {
        Error::check(operation.check())?;
        let network = IpRange::read(&operation.address, &operation.mask).map_err(|one| Error::Invalid(vec![one]))?;
        let tx = self.write().await?;
        forget_ended(&tx, now).await?;
        let manual = ip_entry::Entity::find().filter(ip_entry::Column::Origin.eq(word(&IpOrigin::Manual)?));
        if manual.count(&*tx).await? >= MANUAL_MAX {
            return Err(Error::field("address", "There are 5000 entries already; remove some first."));
        }
        let known = ip_entry::Entity::find().filter(ip_entry::Column::Network.eq(network.to_string()));
        if known.one(&*tx).await?.is_some() {
            return Err(taken());
        }
        let entry = IpEntry {
            id: self.next_id(now),
            network,
            action: operation.action,
            description: operation.description.trim().to_owned(),
            expires_at: operation.expires_at,
            origin: IpOrigin::Manual,
            evidence: None,
            created_at: now,
            hits: 0,
        };
        match ip_entry::Entity::insert(row(&entry)?).exec_without_returning(&*tx).await {
            Ok(_) => {}
            Err(error) if error.sql_err().is_some() => return Err(taken()),
            Err(error) => return Err(error.into()),
        }
        self.note_change(&tx, now, actor, None, "CreateIpEntry", subject(&entry), &changed(None, Some(&entry))).await?;
        tx.commit().await?;
        self.tell(Change::IpListChanged);
        Ok(entry)
    }

    /// Changes one.
    pub async fn update_ip_entry(&self, now: Moment, actor: &Actor, operation: &UpdateIpEntry) -> Result<IpEntry> {
        Error::check(operation.check())?;
        let tx = self.write().await?;
        let found = ip_entry::Entity::find_by_id(operation.ip_entry_id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let before = noun(found)?;
        let after = operation.applied_to(&before);
        if after == before {
            return Ok(after);
        }
        ip_entry::Entity::update(row(&after)?).exec(&*tx).await?;
        let changed = changed(Some(&before), Some(&after));
        self.note_change(&tx, now, actor, None, "UpdateIpEntry", subject(&before), &changed).await?;
        tx.commit().await?;
        self.tell(Change::IpListChanged);
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_ip_entry(&self, now: Moment, actor: &Actor, operation: &DeleteIpEntry) -> Result<()> {
        let tx = self.write().await?;
        let found = ip_entry::Entity::find_by_id(operation.ip_entry_id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let gone = noun(found)?;
        ip_entry::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        self.note_change(&tx, now, actor, None, "DeleteIpEntry", subject(&gone), &changed(Some(&gone), None)).await?;
        tx.commit().await?;
        self.tell(Change::IpListChanged);
        Ok(())
    }

    /// The addresses that devices of all tenants are registered from.
    pub async fn device_addresses(&self, now: Moment) -> Result<Vec<IpAddr>> {
        let sources = registration::Entity::find().select_only().column(registration::Column::Source).distinct();
        let sources = sources.filter(registration::Column::ExpiresAt.gt(now.0)).into_tuple::<String>();
        let sources = sources.all(&self.inner.db).await?;
        Ok(sources.iter().filter_map(|source| Some(source.parse::<SocketAddr>().ok()?.ip())).collect())
    }

    /// Writes what was blocked. An entry that somebody has made stands, whatever the facts say.
    pub(crate) async fn write_blocks(&self, tx: &Writing, blocks: &BTreeMap<IpRange, &IpEntry>) -> Result<()> {
        let Some(now) = blocks.values().map(|entry| entry.created_at).max() else { return Ok(()) };
        forget_ended(tx, now).await?;
        let rows = blocks.values().map(|entry| row(entry)).collect::<Result<Vec<_>>>()?;
        for row in rows {
            ip_entry::Entity::insert(row).on_conflict(replace_automatic()).exec_without_returning(&**tx).await?;
        }
        tx.execute_unprepared(&format!(
            "DELETE FROM ip_entry WHERE origin = 'automatic' AND action = 'block' AND id < (SELECT id FROM ip_entry \
             WHERE origin = 'automatic' AND action = 'block' ORDER BY id DESC LIMIT 1 OFFSET {AUTOMATIC_MAX})"
        ))
        .await?;
        self.mail_blocks(tx, now, blocks).await
    }

    /// SEC-07: a mail for each, where that is switched on, to whoever is named, within bounds.
    async fn mail_blocks(&self, tx: &Writing, now: Moment, blocks: &BTreeMap<IpRange, &IpEntry>) -> Result<()> {
        if self.mail_of(tx, None).await?.is_none() {
            return Ok(());
        }
        let settings = self.get_settings_in(tx).await?;
        if !settings.mail_on_block {
            return Ok(());
        }
        let recent = ip_entry::Entity::find().filter(ip_entry::Column::CreatedAt.gt((now - MAILS_WINDOW).0));
        let recent = recent.filter(ip_entry::Column::Origin.eq(word(&IpOrigin::Automatic)?)).count(&**tx).await?;
        let before = recent.saturating_sub(blocks.len() as u64);
        let room = usize::try_from(MAILS_MAX.saturating_sub(before)).unwrap_or(0);
        let recipients = match settings.alarm_recipients.is_empty() {
            false => settings.alarm_recipients,
            true => self.emails_of(tx, Role::Admin).await?,
        };
        for entry in blocks.values().take(room) {
            for to in &recipients {
                let (subject, text) = mail(entry);
                self.insert_job(tx, now, None, &Job::SendEmail { to: to.clone(), subject, text }).await?;
            }
        }
        Ok(())
    }
}

/// Does it still hold?
fn holds(now: Moment) -> Condition {
    let ends = ip_entry::Column::ExpiresAt;
    Condition::any().add(ends.is_null()).add(ends.gt(now.0))
}

async fn forget_ended(tx: &Writing, now: Moment) -> Result<()> {
    ip_entry::Entity::delete_many().filter(ip_entry::Column::ExpiresAt.lte(now.0)).exec(&**tx).await?;
    Ok(())
}

fn taken() -> Error {
    Error::Conflict { field: "address", reason: "The list has an entry for exactly this range already.".to_owned() }
}

fn replace_automatic() -> OnConflict {
    use ip_entry::Column::*;
    OnConflict::column(Network)
        .update_columns([Id, ExpiresAt, Evidence, CreatedAt, SearchKey])
        .action_and_where(Expr::cust("\"ip_entry\".\"origin\" = 'automatic' AND \"ip_entry\".\"action\" = 'block'"))
        .to_owned()
}

fn subject(entry: &IpEntry) -> String {
    let action = if entry.action == IpAction::Allow { "allow" } else { "block" };
    match entry.expires_at {
        Some(at) => format!("{action} {} until {at}", entry.network),
        None => format!("{action} {}", entry.network),
    }
}

/// What people have set of an entry, before and after.
fn changed(before: Option<&IpEntry>, after: Option<&IpEntry>) -> Vec<FieldChange> {
    let told = |entry: &IpEntry| {
        let until = entry.expires_at.map_or_else(|| "for ever".to_owned(), |at| at.to_string());
        serde_json::json!({
            "network": entry.network.to_string(),
            "action": entry.action,
            "description": entry.description,
            "until": until,
        })
    };
    let (before, after) = (before.map(told), after.map(told));
    changes(before.as_ref(), after.as_ref())
}

fn mail(entry: &IpEntry) -> (String, String) {
    let network = entry.network;
    let until = entry.expires_at.map(|at| at.to_string()).unwrap_or_default();
    let mut text = format!("Belfry has blocked {network} until {until}.\n\n");
    if let Some(evidence) = &entry.evidence {
        text.push_str(&format!("Why: {}.\n", evidence.sentence()));
        for (what, seen) in
            [("User agents", &evidence.user_agents), ("Users tried", &evidence.users), ("Methods", &evidence.methods)]
        {
            if !seen.is_empty() {
                text.push_str(&format!("{what}: {}\n", seen.join(", ")));
            }
        }
    }
    text.push_str("\nThe IP list of the provider's portal (System, IP list) shows the entry; there it can be lifted or turned into Allow.\n");
    (format!("Blocked: {network}"), text)
}

fn row(entry: &IpEntry) -> Result<ip_entry::ActiveModel> {
    let network = entry.network.to_string();
    let evidence = entry.evidence.as_ref().map(|evidence| json(&bounded(evidence))).transpose()?;
    let of_evidence = entry.evidence.iter().flat_map(|evidence| {
        evidence.user_agents.iter().chain(&evidence.users).chain(&evidence.methods).map(String::as_str)
    });
    let texts = [network.as_str(), entry.description.as_str()].into_iter().chain(of_evidence);
    Ok(ip_entry::ActiveModel {
        id: Set(entry.id.0),
        action: Set(word(&entry.action)?),
        description: Set(outside(&entry.description)),
        expires_at: Set(entry.expires_at.map(|at| at.0)),
        origin: Set(word(&entry.origin)?),
        evidence: Set(evidence),
        created_at: Set(entry.created_at.0),
        search_key: Set(outside(&search_key(texts))),
        network: Set(network),
    })
}

/// What strangers have sent is bounded before it is stored.
fn bounded(evidence: &shared::ip_list::Evidence) -> shared::ip_list::Evidence {
    let texts = |texts: &[String]| texts.iter().map(|text| outside(text)).collect();
    shared::ip_list::Evidence {
        user_agents: texts(&evidence.user_agents),
        users: texts(&evidence.users),
        methods: texts(&evidence.methods),
        ..evidence.clone()
    }
}

fn noun(row: ip_entry::Model) -> Result<IpEntry> {
    Ok(IpEntry {
        id: IpEntryId(row.id),
        network: row.network.parse().map_err(|_| Error::Row(format!("a range {}", row.network)))?,
        action: from_word(&row.action)?,
        description: row.description,
        expires_at: row.expires_at.map(Moment),
        origin: from_word(&row.origin)?,
        evidence: row.evidence.as_deref().map(from_json).transpose()?,
        created_at: Moment(row.created_at),
        hits: 0,
    })
}
