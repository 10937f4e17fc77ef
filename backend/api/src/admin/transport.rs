//! The transports that SIP listens on (TRN-02…TRN-05): the rows are the store's, whether they listen the process's.

use shared::transport::{CreateTransport, DeleteTransport, ListTransports, TransportRow};

use crate::caller::Admin;
use crate::error::{Error, Result};

pub(crate) async fn list(caller: Admin, _: ListTransports) -> Result<Vec<TransportRow>> {
    caller.app.listeners.rows().await
}

/// The answer comes when the port is open, or with the reason why it is not.
pub(crate) async fn create(caller: Admin, operation: CreateTransport) -> Result<TransportRow> {
    super::port::check_transport(&caller.app, &operation).await?;
    let made = caller.store.create_transport(caller.now, &caller.actor, &operation).await?;
    let rows = caller.app.listeners.follow().await?;
    rows.into_iter().find(|row| row.id == Some(made.id)).ok_or(Error::NotFound)
}

pub(crate) async fn delete(caller: Admin, operation: DeleteTransport) -> Result<()> {
    caller.store.delete_transport(caller.now, &caller.actor, &operation).await?;
    caller.app.listeners.follow().await.map(drop)
}
