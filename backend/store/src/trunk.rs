//! Trunks: the provider's, assigned to tenants with their numbers, and tenants' own (TRK-01…TRK-13).

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Set,
};
use shared::activity::changes;
use shared::did::{DidPool, Span};
use shared::inbound_rule::InboundSettings;
use shared::outbound_rule::OutboundSettings;
use shared::page::Direction;
use shared::problem::FieldProblem;
use shared::trunk::{
    CreateOwnTrunk, CreateTrunk, DeleteOwnTrunk, DeleteTrunk, ListTrunks, ListUsableTrunks, Trunk, TrunkAssignment,
    TrunkMode, TrunkSettings, UpdateOwnTrunk, UpdateTrunk,
};
use shared::trunk_test::TrunkUse;
use shared::{Moment, Page, TenantId, TrunkId};

use crate::connect::Writing;
use crate::destination::unused;
use crate::entity::{inbound_rule, outbound_route, outbound_rule, tenant, trunk, trunk_tenant};
use crate::page::{Key, Sort, Wanted, contains, page};
use crate::text::{fold, from_json, json, search_key};
use crate::{Actor, Change, Error, Result, Store, TenantStore};

/// The most trunks of the provider, and of one tenant's own.
const TRUNKS_MAX: usize = 10_000;
/// See [`TRUNKS_MAX`].
const OWN_TRUNKS_MAX: usize = 50;
/// The most rules that a refusal names.
const RULES_NAMED: usize = 5;

/// A trunk with the password of its digest, for the switch. Prints without it.
#[derive(Clone, PartialEq, Eq)]
pub struct PlanTrunk {
    /// The trunk.
    pub trunk: Trunk,
    /// The password; empty where there is none.
    pub password: String,
}

impl std::fmt::Debug for PlanTrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlanTrunk({}, ***)", self.trunk.id)
    }
}

fn place(id: TrunkId) -> String {
    format!("trunk/{}/password", id.0)
}

/// What somebody wants of a trunk.
struct Form<'a> {
    owner: Option<TenantId>,
    settings: &'a TrunkSettings,
    password: Option<&'a str>,
    assignments: Vec<TrunkAssignment>,
}

impl Store {
    /// All trunks, for the switch.
    pub async fn load_trunks(&self) -> Result<Vec<PlanTrunk>> {
        let rows = trunk::Entity::find().order_by_asc(trunk::Column::Id).all(&self.inner.db).await?;
        let passwords: Vec<String> = rows.iter().map(|row| row.password.clone()).collect();
        let trunks = self.nouns(rows, None).await?;
        let with = trunks.into_iter().zip(passwords);
        with.map(|(trunk, sealed)| {
            let password = if sealed.is_empty() { Ok(sealed) } else { self.inner.keys.open(&place(trunk.id), &sealed) };
            Ok(PlanTrunk { password: password?, trunk })
        })
        .collect()
    }

    /// The trunks of the installation, tenants' own too, by name.
    pub async fn list_trunks(&self, operation: &ListTrunks) -> Result<Page<Trunk>> {
        let ListTrunks { search, cursor, limit } = operation;
        let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
        self.trunk_page(trunk::Entity::find(), search.as_deref(), wanted, None).await
    }

    /// One trunk.
    pub async fn get_trunk(&self, id: TrunkId) -> Result<Trunk> {
        let row = trunk::Entity::find_by_id(id.0).one(&self.inner.db).await?.ok_or(Error::NotFound)?;
        self.nouns(vec![row], None).await?.pop().ok_or(Error::NotFound)
    }

    /// Adds a trunk of the provider.
    pub async fn create_trunk(&self, now: Moment, actor: &Actor, operation: &CreateTrunk) -> Result<Trunk> {
        let CreateTrunk { settings, password, assignments } = operation;
        let form = Form { owner: None, settings, password: password.as_deref(), assignments: assignments.clone() };
        self.insert_trunk(now, actor, "CreateTrunk", form).await
    }

    /// Sets a trunk up anew, one of a tenant's too: whose it is does not change.
    pub async fn update_trunk(&self, now: Moment, actor: &Actor, operation: &UpdateTrunk) -> Result<Trunk> {
        let UpdateTrunk { trunk_id, settings, password, assignments } = operation;
        let before = self.get_trunk(*trunk_id).await?;
        let owner = before.owner_id;
        let assignments = match owner {
            Some(tenant) => own_assignment(tenant, assignments.first().map_or("", |known| &known.did_pool)),
            None => assignments.clone(),
        };
        let form = Form { owner, settings, password: password.as_deref(), assignments };
        self.change_trunk(now, actor, "UpdateTrunk", before, form).await
    }

    /// What uses a trunk.
    pub async fn trunk_use(&self, id: TrunkId) -> Result<TrunkUse> {
        let assigned = trunk_tenant::Entity::find().filter(trunk_tenant::Column::TrunkId.eq(id.0));
        let inbound = inbound_rule::Entity::find().filter(inbound_rule::Column::TrunkId.eq(id.0));
        let ways = outbound_route::Entity::find().filter(outbound_route::Column::TrunkId.eq(id.0));
        used(&self.inner.db, assigned, inbound, ways).await
    }

    /// Removes a trunk that no rule uses.
    pub async fn delete_trunk(&self, now: Moment, actor: &Actor, operation: &DeleteTrunk) -> Result<()> {
        let before = self.get_trunk(operation.trunk_id).await?;
        self.remove_trunk(now, actor, "DeleteTrunk", before).await
    }

    /// The trunk of a process that tries trunks out is found at another port than before: nobody's doing.
    pub async fn move_trunk(&self, id: TrunkId, port: u16) -> Result<()> {
        let tx = self.write().await?;
        let row = trunk::Entity::find_by_id(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let settings = TrunkSettings { port, ..from_json(&row.settings)? };
        let moved = trunk::ActiveModel { id: Set(id.0), settings: Set(json(&settings)?), ..Default::default() };
        trunk::Entity::update(moved).exec(&*tx).await?;
        tx.commit().await?;
        self.tell(Change::TrunksChanged);
        Ok(())
    }

    /// Changes who has which numbers on a trunk, and nothing else of it.
    pub(crate) async fn reassign(
        &self,
        now: Moment,
        actor: &Actor,
        name: &str,
        id: TrunkId,
        change: impl FnOnce(&Trunk) -> Result<Vec<TrunkAssignment>>,
    ) -> Result<()> {
        let before = self.get_trunk(id).await?;
        let assignments = change(&before)?;
        let settings = before.settings.clone();
        let form = Form { owner: before.owner_id, settings: &settings, password: None, assignments };
        self.change_trunk(now, actor, name, before, form).await.map(drop).map_err(by_number)
    }

    async fn insert_trunk(&self, now: Moment, actor: &Actor, name: &str, form: Form<'_>) -> Result<Trunk> {
        form.check()?;
        let tx = self.write().await?;
        let of_owner = trunk::Entity::find().filter(owned_by(form.owner)).select_only().column(trunk::Column::TrunkKey);
        let known: Vec<String> = of_owner.into_tuple().all(&*tx).await?;
        let max = if form.owner.is_some() { OWN_TRUNKS_MAX } else { TRUNKS_MAX };
        if known.len() >= max {
            return Err(Error::field("name", &format!("There are {max} trunks already; remove some first.")));
        }
        let key = fold(&form.settings.name);
        if known.contains(&key) {
            return Err(taken());
        }
        let id = self.next_id::<TrunkId>(now);
        let sealed = self.sealed(id, form.password, "")?;
        check_gateway(&tx, id, &form, &sealed).await?;
        trunk::Entity::insert(form.row(id, sealed.clone(), now)?).exec_without_returning(&*tx).await?;
        self.assign(&tx, id, &[], &form.assignments).await?;
        let after = form.noun(id, !sealed.is_empty(), now);
        let subject = format!("trunk {}", after.settings.name);
        self.note_change(&tx, now, actor, form.owner, name, subject, &changes(None, Some(&after))).await?;
        tx.commit().await?;
        self.tell(Change::TrunksChanged);
        self.get_trunk(id).await
    }

    async fn change_trunk(
        &self,
        now: Moment,
        actor: &Actor,
        name: &str,
        before: Trunk,
        form: Form<'_>,
    ) -> Result<Trunk> {
        form.check()?;
        let id = before.id;
        let tx = self.write().await?;
        let row = trunk::Entity::find_by_id(id.0).lock_exclusive().one(&*tx).await?.ok_or(Error::NotFound)?;
        let assigned = trunk_tenant::Entity::find().filter(trunk_tenant::Column::TrunkId.eq(id.0)).all(&*tx).await?;
        let stands = |known: &TrunkAssignment| {
            assigned.iter().any(|row| row.tenant_id == known.tenant_id.0 && row.did_pool == known.did_pool)
        };
        if assigned.len() != before.assignments.len() || !before.assignments.iter().all(stands) {
            let reason = "Somebody else has changed whose the numbers are in this moment; try again.".to_owned();
            return Err(Error::Conflict { field: "assignments", reason });
        }
        let key = fold(&form.settings.name);
        let same = trunk::Entity::find().filter(owned_by(form.owner)).filter(trunk::Column::TrunkKey.eq(key));
        if same.filter(trunk::Column::Id.ne(id.0)).one(&*tx).await?.is_some() {
            return Err(taken());
        }
        // A password is kept for the host that it was for: nobody gets it sent elsewhere by naming another.
        let host_kept = before.settings.host == form.settings.host
            && before.settings.outbound_proxy == form.settings.outbound_proxy;
        if !host_kept && before.has_password && form.password.is_none() {
            let reason = format!("Enter the password: the one that is kept is for {}.", before.settings.host);
            return Err(Error::field("password", &reason));
        }
        let sealed = self.sealed(id, form.password, &row.password)?;
        check_gateway(&tx, id, &form, &sealed).await?;
        trunk::Entity::update(form.row(id, sealed.clone(), Moment(row.created_at))?).exec(&*tx).await?;
        self.assign(&tx, id, &before.assignments, &form.assignments).await?;
        let after = form.noun(id, !sealed.is_empty(), Moment(row.created_at));
        let subject = format!("trunk {}", before.settings.name);
        let changed = changes(Some(&unnamed(&before)), Some(&after));
        self.note_change(&tx, now, actor, form.owner, name, subject, &changed).await?;
        tx.commit().await?;
        self.tell(Change::TrunksChanged);
        self.get_trunk(id).await
    }

    async fn remove_trunk(&self, now: Moment, actor: &Actor, name: &str, before: Trunk) -> Result<()> {
        let tx = self.write().await?;
        let used = rules_of(&tx, before.id, None).await?;
        unused("trunk_id", "The trunk", used)?;
        trunk::Entity::delete_by_id(before.id.0).exec(&*tx).await?;
        let subject = format!("trunk {}", before.settings.name);
        let gone = changes(Some(&unnamed(&before)), None);
        self.note_change(&tx, now, actor, before.owner_id, name, subject, &gone).await?;
        tx.commit().await?;
        self.tell(Change::TrunksChanged);
        Ok(())
    }

    fn sealed(&self, id: TrunkId, password: Option<&str>, before: &str) -> Result<String> {
        match password {
            Some(password) => self.inner.keys.seal(&place(id), password),
            None => Ok(before.to_owned()),
        }
    }

    /// Who may use it from now on. A tenant whose rules use it is not taken off, nor a number that a rule is for (TRK-13).
    async fn assign(
        &self,
        tx: &Writing,
        id: TrunkId,
        before: &[TrunkAssignment],
        after: &[TrunkAssignment],
    ) -> Result<()> {
        for old in before {
            let new = after.iter().find(|known| known.tenant_id == old.tenant_id);
            let pool = new.and_then(|known| DidPool::parse(&known.did_pool).ok());
            let used = rules_of(tx, id, Some((old.tenant_id, pool.as_ref()))).await?;
            let what = if new.is_some() { "A number that is taken out" } else { "The tenant" };
            unused("assignments", &format!("{what} of {}", old.tenant_name), used)?;
        }
        let known: Vec<i64> = after.iter().map(|known| known.tenant_id.0).collect();
        let of_trunk = trunk_tenant::Entity::delete_many().filter(trunk_tenant::Column::TrunkId.eq(id.0));
        of_trunk.filter(trunk_tenant::Column::TenantId.is_not_in(known)).exec(&**tx).await?;
        for assignment in after {
            let row = trunk_tenant::ActiveModel {
                trunk_id: Set(id.0),
                tenant_id: Set(assignment.tenant_id.0),
                did_pool: Set(assignment.did_pool.trim().to_owned()),
            };
            let keys = [trunk_tenant::Column::TrunkId, trunk_tenant::Column::TenantId];
            let replace =
                sea_orm::sea_query::OnConflict::columns(keys).update_column(trunk_tenant::Column::DidPool).to_owned();
            let inserted = trunk_tenant::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await;
            inserted.map_err(Error::from).map_err(|error| match error.is_broken_reference() {
                true => Error::field("assignments", "There is no such tenant."),
                false => error,
            })?;
        }
        Ok(())
    }

    async fn trunk_page(
        &self,
        mut select: Select<trunk::Entity>,
        search: Option<&str>,
        wanted: Wanted<'_>,
        seen_by: Option<TenantId>,
    ) -> Result<Page<Trunk>> {
        if let Some(found) = contains(trunk::Column::SearchKey, search) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "name",
            column: trunk::Column::TrunkKey,
            id: trunk::Column::Id,
            direction: Direction::Ascending,
        };
        let key = |row: &trunk::Model| (Key::Text(row.trunk_key.clone()), row.id);
        let found = page(&self.inner.db, select, &sort, wanted, key).await?;
        let (next, total) = (found.next, found.total);
        Ok(Page { rows: self.nouns(found.rows, seen_by).await?, next, total })
    }

    /// Rows → nouns. A tenant sees of others' assignments nothing, and of the provider's trunks no account.
    async fn nouns(&self, rows: Vec<trunk::Model>, seen_by: Option<TenantId>) -> Result<Vec<Trunk>> {
        let ids = rows.iter().map(|row| row.id);
        let mut assigned = trunk_tenant::Entity::find().filter(trunk_tenant::Column::TrunkId.is_in(ids));
        if let Some(tenant) = seen_by {
            assigned = assigned.filter(trunk_tenant::Column::TenantId.eq(tenant.0));
        }
        let assigned = assigned.order_by_asc(trunk_tenant::Column::TenantId).all(&self.inner.db).await?;
        let tenants = tenant::Entity::find().select_only().columns([tenant::Column::Id, tenant::Column::Name]);
        let tenants = tenants.filter(tenant::Column::Id.is_in(assigned.iter().map(|row| row.tenant_id)));
        let names: BTreeMap<i64, String> =
            tenants.into_tuple().all(&self.inner.db).await?.into_iter().collect::<BTreeMap<i64, String>>();
        let mut by_trunk: BTreeMap<i64, Vec<TrunkAssignment>> = BTreeMap::new();
        for row in assigned {
            by_trunk.entry(row.trunk_id).or_default().push(TrunkAssignment {
                tenant_id: TenantId(row.tenant_id),
                tenant_name: names.get(&row.tenant_id).cloned().unwrap_or_default(),
                did_pool: row.did_pool,
            });
        }
        rows.into_iter()
            .map(|row| {
                let mut settings: TrunkSettings = from_json(&row.settings)?;
                let owner_id = row.tenant_id.map(TenantId);
                if seen_by.is_some() && owner_id.is_none() {
                    settings.username.clear();
                    settings.auth_name.clear();
                }
                Ok(Trunk {
                    id: TrunkId(row.id),
                    owner_id,
                    settings,
                    has_password: !row.password.is_empty(),
                    assignments: by_trunk.remove(&row.id).unwrap_or_default(),
                    created_at: Moment(row.created_at),
                    standing: Default::default(),
                })
            })
            .collect()
    }
}

impl TenantStore {
    /// The trunks that the tenant may use.
    pub async fn list_usable_trunks(&self, operation: &ListUsableTrunks) -> Result<Page<Trunk>> {
        let ListUsableTrunks { search, cursor, limit } = operation;
        let own = self.find::<trunk_tenant::Entity>().select_only().column(trunk_tenant::Column::TrunkId).into_query();
        let select = trunk::Entity::find().filter(trunk::Column::Id.in_subquery(own));
        let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
        self.store.trunk_page(select, search.as_deref(), wanted, Some(self.id)).await
    }

    /// One of them.
    pub async fn get_usable_trunk(&self, id: TrunkId) -> Result<Trunk> {
        self.find::<trunk_tenant::Entity>()
            .filter(trunk_tenant::Column::TrunkId.eq(id.0))
            .one(self.db())
            .await?
            .ok_or(Error::NotFound)?;
        let select = trunk::Entity::find_by_id(id.0);
        let wanted = Wanted { cursor: None, limit: Some(1) };
        self.store.trunk_page(select, None, wanted, Some(self.id)).await?.rows.pop().ok_or(Error::NotFound)
    }

    /// What of the tenant's uses a trunk.
    pub async fn trunk_use(&self, id: TrunkId) -> Result<TrunkUse> {
        let assigned = self.find::<trunk_tenant::Entity>().filter(trunk_tenant::Column::TrunkId.eq(id.0));
        let inbound = self.find::<inbound_rule::Entity>().filter(inbound_rule::Column::TrunkId.eq(id.0));
        let own = self.find::<outbound_rule::Entity>().select_only().column(outbound_rule::Column::Id).into_query();
        let ways = outbound_route::Entity::find()
            .filter(outbound_route::Column::TrunkId.eq(id.0))
            .filter(outbound_route::Column::OutboundRuleId.in_subquery(own));
        used(self.db(), assigned, inbound, ways).await
    }

    /// Adds a trunk of the tenant's own.
    pub async fn create_own_trunk(&self, now: Moment, actor: &Actor, operation: &CreateOwnTrunk) -> Result<Trunk> {
        let CreateOwnTrunk { settings, password, did_pool } = operation;
        let assignments = own_assignment(self.id, did_pool);
        let form = Form { owner: Some(self.id), settings, password: password.as_deref(), assignments };
        self.store.insert_trunk(now, actor, "CreateOwnTrunk", form).await.map_err(as_own)
    }

    /// Sets a trunk of the tenant's own up anew.
    pub async fn update_own_trunk(&self, now: Moment, actor: &Actor, operation: &UpdateOwnTrunk) -> Result<Trunk> {
        let UpdateOwnTrunk { trunk_id, settings, password, did_pool } = operation;
        let before = self.own_trunk(*trunk_id).await?;
        let assignments = own_assignment(self.id, did_pool);
        let form = Form { owner: Some(self.id), settings, password: password.as_deref(), assignments };
        self.store.change_trunk(now, actor, "UpdateOwnTrunk", before, form).await.map_err(as_own)
    }

    /// Removes a trunk of the tenant's own.
    pub async fn delete_own_trunk(&self, now: Moment, actor: &Actor, operation: &DeleteOwnTrunk) -> Result<()> {
        let before = self.own_trunk(operation.trunk_id).await?;
        self.store.remove_trunk(now, actor, "DeleteOwnTrunk", before).await
    }

    async fn own_trunk(&self, id: TrunkId) -> Result<Trunk> {
        let trunk = self.store.get_trunk(id).await?;
        if trunk.owner_id == Some(self.id) { Ok(trunk) } else { Err(Error::NotFound) }
    }

    /// The trunks that the tenant may use, each with its name and the tenant's numbers on it.
    pub(crate) async fn usable_pools<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<(TrunkId, String, DidPool)>> {
        let own = self.find::<trunk_tenant::Entity>().all(db).await?;
        let trunks = trunk::Entity::find().filter(trunk::Column::Id.is_in(own.iter().map(|row| row.trunk_id)));
        let trunks = trunks.select_only().columns([trunk::Column::Id, trunk::Column::Name]);
        let names: BTreeMap<i64, String> = trunks.into_tuple::<(i64, String)>().all(db).await?.into_iter().collect();
        own.into_iter()
            .map(|row| {
                let name = names.get(&row.trunk_id).cloned().unwrap_or_default();
                Ok((TrunkId(row.trunk_id), name, parsed(&row.did_pool)?))
            })
            .collect()
    }

    /// The tenant's numbers on a trunk; `field` is what names it in the form.
    pub(crate) async fn pool_of(&self, tx: &Writing, id: TrunkId, field: &str) -> Result<DidPool> {
        let own = self.find::<trunk_tenant::Entity>().filter(trunk_tenant::Column::TrunkId.eq(id.0));
        let row = own.one(&**tx).await?;
        let row = row.ok_or_else(|| Error::field(field, "There is no such trunk that you may use."))?;
        parsed(&row.did_pool)
    }
}

/// A pool as it is stored.
fn parsed(pool: &str) -> Result<DidPool> {
    DidPool::parse(pool).map_err(|(item, why)| Error::Row(format!("a pool with {item}: {why}")))
}

impl Form<'_> {
    fn check(&self) -> Result<()> {
        Error::check(shared::trunk::check(self.settings, self.password, &self.assignments))
    }

    fn row(&self, id: TrunkId, password: String, created_at: Moment) -> Result<trunk::ActiveModel> {
        let name = self.settings.name.trim();
        Ok(trunk::ActiveModel {
            id: Set(id.0),
            tenant_id: Set(self.owner.map(|owner| owner.0)),
            name: Set(name.to_owned()),
            trunk_key: Set(fold(name)),
            settings: Set(json(self.settings)?),
            password: Set(password),
            created_at: Set(created_at.0),
            search_key: Set(search_key([name, &self.settings.host])),
        })
    }

    fn noun(&self, id: TrunkId, has_password: bool, created_at: Moment) -> Trunk {
        unnamed(&Trunk {
            id,
            owner_id: self.owner,
            settings: self.settings.clone(),
            has_password,
            assignments: self.assignments.clone(),
            created_at,
            standing: Default::default(),
        })
    }
}

/// As the activity log compares it: names of tenants are no part of a trunk.
fn unnamed(of: &Trunk) -> Trunk {
    let bare = |known: &TrunkAssignment| TrunkAssignment { tenant_name: String::new(), ..known.clone() };
    Trunk { assignments: of.assignments.iter().map(bare).collect(), ..of.clone() }
}

fn own_assignment(tenant: TenantId, did_pool: &str) -> Vec<TrunkAssignment> {
    vec![TrunkAssignment { tenant_id: tenant, tenant_name: String::new(), did_pool: did_pool.to_owned() }]
}

/// In a tenant's own form there is one pool.
fn as_own(error: Error) -> Error {
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|mut problem| {
                    if problem.field.starts_with("assignments") {
                        problem.field = "did_pool".to_owned();
                    }
                    problem
                })
                .collect(),
        ),
        Error::Conflict { field: "assignments", reason } => Error::Conflict { field: "did_pool", reason },
        other => other,
    }
}

/// In the form of the inventory there are numbers of one tenant.
fn by_number(error: Error) -> Error {
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems.into_iter().map(|problem| FieldProblem { field: "numbers".to_owned(), ..problem }).collect(),
        ),
        Error::Conflict { field: "assignments", reason } => Error::Conflict { field: "numbers", reason },
        other => other,
    }
}

fn owned_by(owner: Option<TenantId>) -> sea_orm::sea_query::SimpleExpr {
    match owner {
        Some(tenant) => trunk::Column::TenantId.eq(tenant.0),
        None => trunk::Column::TenantId.is_null(),
    }
}

async fn used<C: ConnectionTrait>(
    db: &C,
    assigned: Select<trunk_tenant::Entity>,
    inbound: Select<inbound_rule::Entity>,
    ways: Select<outbound_route::Entity>,
) -> Result<TrunkUse> {
    let assigned = assigned.all(db).await?;
    let ways = ways.all(db).await?;
    let rules = outbound_rule::Entity::find()
        .filter(outbound_rule::Column::Id.is_in(ways.iter().map(|way| way.outbound_rule_id)))
        .order_by_asc(outbound_rule::Column::Id);
    let mut foreign_ids = Vec::new();
    for rule in rules.all(db).await? {
        let caller_id = from_json::<OutboundSettings>(&rule.settings)?.caller_id;
        let pool = assigned.iter().find(|row| row.tenant_id == rule.tenant_id).map(|row| parsed(&row.did_pool));
        let is_own = pool.transpose()?.is_some_and(|pool| pool.contains(&caller_id));
        if !caller_id.is_empty() && !is_own && foreign_ids.len() < RULES_NAMED {
            foreign_ids.push(rule.name);
        }
    }
    Ok(TrunkUse {
        tenants: assigned.iter().filter(|row| !row.did_pool.is_empty()).count() as u64,
        inbound_rules: inbound.count(db).await?,
        outbound_ways: ways.len() as u64,
        foreign_ids,
    })
}

/// A gateway registers here by a password, at a domain that is nobody else's (TRK-04).
async fn check_gateway(tx: &Writing, id: TrunkId, form: &Form<'_>, sealed: &str) -> Result<()> {
    let settings = form.settings;
    if settings.mode != TrunkMode::Accept {
        return Ok(());
    }
    if sealed.is_empty() {
        return Err(Error::field("password", "The gateway signs in with a password: enter one."));
    }
    let domain = fold(&settings.host);
    // A tenant does not hear who else there is.
    let conflict = |whose: String| {
        let whose = if form.owner.is_none() { whose } else { "Somebody else".to_owned() };
        Error::Conflict { field: "host", reason: format!("{whose} has this domain.") }
    };
    if let Some(row) = tenant::Entity::find().filter(tenant::Column::Domain.eq(&domain)).one(&**tx).await? {
        return Err(conflict(format!("The tenant {}", row.name)));
    }
    match gateway_at(tx, &domain).await?.filter(|(known, _)| *known != id) {
        Some((_, name)) => Err(conflict(format!("The trunk {name}"))),
        None => Ok(()),
    }
}

/// The trunk whose gateway registers at this domain, with its name.
pub(crate) async fn gateway_at(tx: &Writing, domain: &str) -> Result<Option<(TrunkId, String)>> {
    for row in trunk::Entity::find().filter(trunk::Column::Settings.contains("\"accept\"")).all(&**tx).await? {
        let settings: TrunkSettings = from_json(&row.settings)?;
        if settings.mode == TrunkMode::Accept && fold(&settings.host) == domain {
            return Ok(Some((TrunkId(row.id), settings.name)));
        }
    }
    Ok(None)
}

fn taken() -> Error {
    Error::Conflict { field: "name", reason: "Another trunk has this name.".to_owned() }
}

/// The rules that use a trunk: all; or of one tenant, where there is a pool those that need a number outside it.
async fn rules_of(tx: &Writing, id: TrunkId, of: Option<(TenantId, Option<&DidPool>)>) -> Result<Vec<String>> {
    let mut inbound = inbound_rule::Entity::find().filter(inbound_rule::Column::TrunkId.eq(id.0));
    if let Some((tenant, _)) = of {
        inbound = inbound.filter(inbound_rule::Column::TenantId.eq(tenant.0));
    }
    let mut names = Vec::new();
    for row in inbound.order_by_asc(inbound_rule::Column::Name).all(&**tx).await? {
        let settings: InboundSettings = from_json(&row.settings)?;
        let kept = of.and_then(|(_, pool)| pool).is_some_and(|pool| is_in(pool, &settings.did_mask));
        if !kept && names.len() < RULES_NAMED {
            names.push(format!("the inbound rule {}", row.name));
        }
    }
    // A rule for calls that leave needs the trunk, and none of its numbers.
    if of.is_none_or(|(_, pool)| pool.is_none()) {
        let mut routes = outbound_route::Entity::find().filter(outbound_route::Column::TrunkId.eq(id.0));
        if let Some((tenant, _)) = of {
            routes = routes.filter(outbound_route::Column::TenantId.eq(tenant.0));
        }
        let routes = routes.select_only().column(outbound_route::Column::OutboundRuleId).into_query();
        let rules = outbound_rule::Entity::find().filter(outbound_rule::Column::Id.in_subquery(routes));
        for row in rules.order_by_asc(outbound_rule::Column::Name).all(&**tx).await? {
            if names.len() < RULES_NAMED {
                names.push(format!("the outbound rule {}", row.name));
            }
        }
    }
    Ok(names)
}

/// Is the number of an inbound rule one of the pool? One for all numbers needs any.
pub(crate) fn is_in(pool: &DidPool, did_mask: &str) -> bool {
    match did_mask.trim() {
        "*" => *pool != DidPool::None,
        number => Span::parse(number).is_ok_and(|span| pool.covers(&span)),
    }
}
