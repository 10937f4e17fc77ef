//! Where the installation stands in its networks (WIZ-02).

use shared::network::{GetNetwork, NetworkState};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn get(caller: Admin, _: GetNetwork) -> Result<NetworkState> {
    Ok(caller.app.config.network.borrow().clone())
}
