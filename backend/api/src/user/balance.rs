//! The user's own balance (EXT-17).

use shared::balance::{Balance, GetBalance, GetOwnBalance};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, GetOwnBalance { cursor, limit }: GetOwnBalance) -> Result<Balance> {
    Ok(caller.store.get_balance(&GetBalance { extension_id: caller.extension, cursor, limit }).await?)
}
