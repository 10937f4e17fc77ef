//! The relay of browsers (RFC 8656).

use shared::turn::{GetTurn, Turn, UpdateTurn};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn get(caller: Admin, _: GetTurn) -> Result<Turn> {
    Ok(caller.store.turn().await?.noun())
}

pub(crate) async fn update(caller: Admin, operation: UpdateTurn) -> Result<Turn> {
    Ok(caller.store.update_turn(caller.now, &caller.actor, &operation).await?)
}
