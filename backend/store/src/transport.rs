//! The transports that SIP listens on (TRN-02…TRN-05), those of the command line apart.

use sea_orm::{EntityTrait, QueryOrder, Set};
use shared::transport::{CreateTransport, DeleteTransport, Transport};
use shared::{Moment, TransportId};

use crate::connect::Writing;
use crate::entity::transport;
use crate::text::{from_word, word};
use crate::{Actor, Error, Result, Store};

/// The most transports: each is a socket or two for ever.
const TRANSPORTS_MAX: usize = 50;

impl Store {
    /// All of them, the oldest first.
    pub async fn list_transports(&self) -> Result<Vec<Transport>> {
        let rows = transport::Entity::find().order_by_asc(transport::Column::Id).all(&self.inner.db).await?;
        rows.into_iter().map(noun).collect()
    }

    /// Adds one. Whether its port is free is found out by whoever opens it.
    pub async fn create_transport(&self, now: Moment, actor: &Actor, operation: &CreateTransport) -> Result<Transport> {
        Error::check(operation.check())?;
        let tx = self.write().await?;
        let made = self.insert_transport(&tx, now, actor, operation).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Adds one in the transaction of more.
    pub(crate) async fn insert_transport(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &CreateTransport,
    ) -> Result<Transport> {
        let CreateTransport { protocol, port } = *operation;
        let rows = transport::Entity::find().all(&**tx).await?;
        if rows.len() >= TRANSPORTS_MAX {
            return Err(Error::field("port", "There are 50 transports already; remove one first."));
        }
        if rows.iter().any(|row| row.port == i64::from(port) && row.wire == protocol.wire()) {
            return Err(taken());
        }
        let made = Transport { id: self.next_id(now), protocol, port };
        let row = transport::ActiveModel {
            id: Set(made.id.0),
            protocol: Set(word(&protocol)?),
            wire: Set(protocol.wire().to_owned()),
            port: Set(i64::from(port)),
        };
        match transport::Entity::insert(row).exec_without_returning(&**tx).await.map_err(Error::from) {
            Ok(_) => {}
            Err(Error::Database(error)) if error.sql_err().is_some() => return Err(taken()),
            Err(error) => return Err(error),
        }
        self.note(tx, now, actor, None, "CreateTransport", format!("transport {} {port}", protocol.word())).await?;
        Ok(made)
    }

    /// Removes one.
    pub async fn delete_transport(&self, now: Moment, actor: &Actor, operation: &DeleteTransport) -> Result<()> {
        let tx = self.write().await?;
        let row = transport::Entity::find_by_id(operation.transport_id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let gone = noun(row)?;
        transport::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("transport {} {}", gone.protocol.word(), gone.port);
        self.note(&tx, now, actor, None, "DeleteTransport", subject).await?;
        tx.commit().await
    }
}

fn taken() -> Error {
    Error::Conflict { field: "port", reason: "Another transport has this port.".to_owned() }
}

fn noun(row: transport::Model) -> Result<Transport> {
    Ok(Transport {
        id: TransportId(row.id),
        protocol: from_word(&row.protocol)?,
        port: u16::try_from(row.port).unwrap_or_default(),
    })
}
