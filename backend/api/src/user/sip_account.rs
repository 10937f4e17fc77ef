//! One's own SIP account (PRO-03).

use shared::extension::{GetOwnSipAccount, OwnSipAccount, ResetOwnSipSecret, SipAccount};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnSipAccount) -> Result<OwnSipAccount> {
    Ok(caller.store.own_sip_account(caller.extension).await?)
}

pub(crate) async fn reset(caller: User, _: ResetOwnSipSecret) -> Result<SipAccount> {
    Ok(caller.store.reset_own_sip_secret(caller.now, &caller.actor, caller.extension).await?)
}
