//! Renewals: most of what a registrar writes, and five columns of a row that stands already.
//!
//! **Invariant:** one process writes the registrations of a tenant, so that what it last wrote is what the row holds.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{ConnectionTrait, Statement, Value};
use shared::registration::Registration;
use shared::{Moment, RegistrationId};

use crate::Result;
use crate::connect::Writing;

/// Rows whose fixed part is remembered; more, and all are written whole once again.
const WRITTEN_MAX: usize = 1_000_000;

/// What the rows of this process hold besides what a renewal changes, as a hash.
#[derive(Default)]
pub(crate) struct WrittenRows {
    hashes: Mutex<HashMap<RegistrationId, u64>>,
    state: RandomState,
}

impl WrittenRows {
    /// Does the row hold all of this but what a renewal changes?
    pub(crate) fn holds(&self, binding: &Registration) -> bool {
        self.lock().get(&binding.id) == Some(&self.hash(binding))
    }

    /// These rows are committed as they are here.
    pub(crate) fn remember(&self, bindings: &[&Registration]) {
        let mut hashes = self.lock();
        if hashes.len() + bindings.len() > WRITTEN_MAX {
            hashes.clear();
        }
        hashes.extend(bindings.iter().map(|binding| (binding.id, self.hash(binding))));
    }

    /// These rows are gone.
    pub(crate) fn forget(&self, gone: impl Iterator<Item = RegistrationId>) {
        let mut hashes = self.lock();
        for id in gone {
            hashes.remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RegistrationId, u64>> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self, of: &Registration) -> u64 {
        let Registration {
            id: _,
            tenant_id,
            extension_id,
            number,
            contact,
            transport,
            source,
            user_agent,
            instance,
            reg_id,
            path,
            q,
            call_id: _,
            cseq: _,
            registered_at: _,
            expires_at: _,
            reachable,
        } = of;
        let device = (contact, transport, source, user_agent, instance, reg_id, path);
        self.state.hash_one((tenant_id, extension_id, number, device, q, reachable))
    }
}

/// Writes what a renewal changes, in one statement. The same on both databases, whose `VALUES` name their columns alike.
pub(crate) async fn renew(tx: &Writing, bindings: &[&Registration]) -> Result<()> {
    let mut sql = String::from(
        "UPDATE registration SET call_id = v.column3, cseq = v.column4, registered_at = v.column5, \
         expires_at = v.column6 FROM (VALUES ",
    );
    let mut call_ids: Vec<Value> = Vec::with_capacity(bindings.len());
    for binding in bindings {
        let Registration { id, tenant_id, call_id, cseq, registered_at, expires_at, .. } = binding;
        let (Moment(registered_at), Moment(expires_at)) = (*registered_at, *expires_at);
        call_ids.push(call_id.replace('\0', "").into());
        // Numbers stand in the text: they need no binding, and writing into a string cannot fail.
        let comma = if call_ids.len() == 1 { "" } else { ", " };
        let number = call_ids.len();
        let _ = write!(sql, "{comma}({}, {}, ${number}, {cseq}, {registered_at}, {expires_at})", id.0, tenant_id.0);
    }
    sql.push_str(") AS v WHERE registration.id = v.column1 AND registration.tenant_id = v.column2");
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, call_ids)).await?;
    Ok(())
}
