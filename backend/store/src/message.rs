//! Instant messages (MSG-02): what two people have written to each other, and what nobody has taken yet.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Set};
use shared::message::{Conversation, ListConversations, ListMessages, Message, ReadConversation};
use shared::page::Direction;
use shared::{ExtensionId, MessageId, Moment, Page, TenantId};

use crate::entity::{extension, message};
use crate::page::{Key, Sort, Wanted, page, try_map};
use crate::{Error, Result, Store, TenantStore};

/// The most messages that are handed to the switch when it starts: as many as it lets wait in one tenant.
const WAITING_MAX: u64 = 10_000;

impl Store {
    /// The messages of a tenant that no device has taken, oldest first.
    pub async fn waiting_messages(&self, tenant: TenantId) -> Result<Vec<Message>> {
        let waiting = self.tenant(tenant).find::<message::Entity>().filter(message::Column::DeliveredAt.is_null());
        let rows = waiting.order_by_asc(message::Column::Id).limit(WAITING_MAX).all(&self.inner.db).await?;
        Ok(rows.into_iter().map(noun).collect())
    }
}

impl TenantStore {
    /// The conversations of an extension, latest first.
    pub async fn list_conversations(
        &self,
        own: ExtensionId,
        operation: &ListConversations,
    ) -> Result<Page<Conversation>> {
        let latest = self
            .find::<message::Entity>()
            .filter(of(own))
            .select_only()
            .column_as(message::Column::Id.max(), "latest")
            .group_by(message::Column::LowId)
            .group_by(message::Column::HighId)
            .into_query();
        let select = self.find::<message::Entity>().filter(message::Column::Id.in_subquery(latest));
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(self.db(), select, &by_id(), wanted, key).await?;
        let peers: BTreeSet<i64> = found.rows.iter().map(|row| other(row, own)).collect();
        let people = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(peers.iter().copied()));
        let people = people.all(self.db()).await?;
        let devices = self.devices(&people).await?;
        let people: BTreeMap<i64, extension::Model> = people.into_iter().map(|row| (row.id, row)).collect();
        let unread = self.unread(own, peers).await?;
        try_map(found, |row| {
            let id = other(&row, own);
            let person = people.get(&id).ok_or(Error::NotFound)?;
            Ok(Conversation {
                extension_id: ExtensionId(id),
                number: person.number.clone(),
                name: person.name.clone(),
                online: devices.contains_key(&id),
                unread: unread.get(&id).copied().unwrap_or(0),
                last: noun(row),
            })
        })
    }

    /// The messages between an extension and somebody, latest first.
    pub async fn list_messages(&self, own: ExtensionId, operation: &ListMessages) -> Result<Page<Message>> {
        let peer = self.find_peer(operation.extension_id).await?;
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(self.db(), self.between(own, peer), &by_id(), wanted, key).await?;
        try_map(found, |row| Ok(noun(row)))
    }

    /// Marks what somebody has written to an extension as read.
    pub async fn read_conversation(&self, now: Moment, own: ExtensionId, operation: &ReadConversation) -> Result<()> {
        let peer = self.find_peer(operation.extension_id).await?;
        let tx = self.store.write().await?;
        message::Entity::update_many()
            .col_expr(message::Column::ReadAt, Expr::value(now.0))
            .filter(message::Column::TenantId.eq(self.id.0))
            .filter(message::Column::ReceiverId.eq(own.0))
            .filter(message::Column::SenderId.eq(peer))
            .filter(message::Column::ReadAt.is_null())
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// The id of an extension of the tenant; `NotFound` where there is none.
    pub async fn find_peer(&self, id: ExtensionId) -> Result<i64> {
        Ok(self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?.id)
    }

    fn between(&self, own: ExtensionId, peer: i64) -> Select<message::Entity> {
        self.find()
            .filter(message::Column::LowId.eq(own.0.min(peer)))
            .filter(message::Column::HighId.eq(own.0.max(peer)))
    }

    /// How many messages of each of these people were not read.
    async fn unread(&self, own: ExtensionId, peers: BTreeSet<i64>) -> Result<BTreeMap<i64, u64>> {
        let counted = self
            .find::<message::Entity>()
            .filter(message::Column::ReceiverId.eq(own.0))
            .filter(message::Column::ReadAt.is_null())
            .filter(message::Column::SenderId.is_in(peers))
            .select_only()
            .column(message::Column::SenderId)
            .column_as(message::Column::Id.count(), "unread")
            .group_by(message::Column::SenderId)
            .into_tuple::<(i64, i64)>();
        let counted = counted.all(self.db()).await?;
        Ok(counted.into_iter().map(|(peer, count)| (peer, u64::try_from(count).unwrap_or(0))).collect())
    }
}

fn of(own: ExtensionId) -> Condition {
    Condition::any().add(message::Column::LowId.eq(own.0)).add(message::Column::HighId.eq(own.0))
}

fn other(row: &message::Model, own: ExtensionId) -> i64 {
    if row.sender_id == own.0 { row.receiver_id } else { row.sender_id }
}

/// Ids grow with time: they are the order.
fn by_id() -> Sort<message::Column> {
    Sort { name: "message", column: message::Column::Id, id: message::Column::Id, direction: Direction::Descending }
}

fn key(row: &message::Model) -> (Key, i64) {
    (Key::Number(row.id), row.id)
}

/// Row → noun.
fn noun(row: message::Model) -> Message {
    Message {
        id: MessageId(row.id),
        tenant_id: TenantId(row.tenant_id),
        sender_id: ExtensionId(row.sender_id),
        sender: row.sender,
        receiver_id: ExtensionId(row.receiver_id),
        receiver: row.receiver,
        text: row.text,
        sent_at: Moment(row.sent_at),
        delivered_at: row.delivered_at.map(Moment),
        read_at: row.read_at.map(Moment),
    }
}

/// Noun → row.
pub(crate) fn row(of: &Message) -> message::ActiveModel {
    let (low, high) = (of.sender_id.0.min(of.receiver_id.0), of.sender_id.0.max(of.receiver_id.0));
    message::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        sender_id: Set(of.sender_id.0),
        receiver_id: Set(of.receiver_id.0),
        low_id: Set(low),
        high_id: Set(high),
        sender: Set(of.sender.clone()),
        receiver: Set(of.receiver.clone()),
        // PostgreSQL keeps no zero bytes in text.
        text: Set(of.text.replace('\0', " ")),
        sent_at: Set(of.sent_at.0),
        delivered_at: Set(of.delivered_at.map(|at| at.0)),
        read_at: Set(of.read_at.map(|at| at.0)),
    }
}

/// The same message twice is one row.
pub(crate) fn keep_first() -> OnConflict {
    OnConflict::column(message::Column::Id).do_nothing().to_owned()
}
