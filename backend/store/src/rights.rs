//! What follows from extension groups: who may do what, who sees whose calls, and that nobody is in no group (GRP-01…GRP-06).

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use shared::extension_group::{
    DEFAULT_NAME, ExtensionGroup, ExtensionGroupSettings, ExtensionRights, GetExtensionRights, GroupName, Rights,
    default_group,
};
use shared::monitor::Supervision;
use shared::{ExtensionGroupId, ExtensionId, TenantId};

use crate::connect::Writing;
use crate::entity::{extension, extension_group, extension_group_person as person, tenant};
use crate::plan::{PlanExtension, TenantPlanRow};
use crate::{Error, Result, Store, TenantStore};

/// What somebody is to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Member,
    Manager,
    Monitor,
}

impl Part {
    /// As its column has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Monitor => "monitor",
        }
    }
}

impl Store {
    /// Puts the groups and the rights into the plans.
    pub(crate) async fn load_rights(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut groups = extension_group::Entity::find();
        let of_part = |part: Part| person::Entity::find().filter(person::Column::Part.eq(part.word()));
        let (mut members, mut monitors) = (of_part(Part::Member), of_part(Part::Monitor));
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            groups = groups.filter(extension_group::Column::TenantId.eq(*only));
            members = members.filter(person::Column::TenantId.eq(*only));
            monitors = monitors.filter(person::Column::TenantId.eq(*only));
        }
        let db = &self.inner.db;
        let groups = groups.all(db).await?;
        let rights: BTreeMap<i64, Rights> = groups.iter().map(|row| (row.id, rights_of(row))).collect();
        let for_all: BTreeSet<i64> = groups.iter().filter(|row| row.monitors_all).map(|row| row.id).collect();
        for row in monitors.all(db).await? {
            let Some(plan) = plans.get_mut(&row.tenant_id) else { continue };
            let monitor = plan.monitors.entry(ExtensionId(row.extension_id)).or_default();
            monitor.all |= for_all.contains(&row.extension_group_id);
            monitor.groups.insert(ExtensionGroupId(row.extension_group_id));
        }
        let mut extensions: BTreeMap<i64, &mut PlanExtension> = plans
            .values_mut()
            .flat_map(|plan| plan.extensions.iter_mut())
            .map(|known| (known.extension.id.0, known))
            .collect();
        for row in members.order_by_asc(person::Column::ExtensionGroupId).all(db).await? {
            let (Some(known), Some(rights)) =
                (extensions.get_mut(&row.extension_id), rights.get(&row.extension_group_id))
            else {
                continue;
            };
            known.groups.push(ExtensionGroupId(row.extension_group_id));
            known.rights = known.rights.or(*rights);
        }
        Ok(())
    }

    /// Gives a new tenant its group (GRP-01).
    pub(crate) async fn insert_default_group(&self, tx: &Writing, tenant: TenantId) -> Result<()> {
        let settings = ExtensionGroupSettings {
            name: DEFAULT_NAME.to_owned(),
            rights: Rights::ALL,
            ..ExtensionGroupSettings::default()
        };
        let group = ExtensionGroup { id: default_group(tenant), tenant_id: tenant, settings };
        extension_group::Entity::insert(crate::extension_group::row(&group)).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

impl TenantStore {
    /// The groups of an extension, and what it may do by them (EXT-13).
    pub async fn extension_rights(&self, operation: &GetExtensionRights) -> Result<ExtensionRights> {
        let id = operation.extension_id;
        self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
        let groups = self.find::<extension_group::Entity>().filter(has_member(id.0));
        let groups = groups.order_by_asc(extension_group::Column::NameKey).all(self.db()).await?;
        Ok(ExtensionRights {
            rights: groups.iter().fold(Rights::default(), |sum, row| sum.or(rights_of(row))),
            groups: groups.into_iter().map(|row| GroupName { id: ExtensionGroupId(row.id), name: row.name }).collect(),
        })
    }

    /// New extensions come into the tenant's group of the start (GRP-01).
    pub(crate) async fn join_default_group(&self, tx: &Writing, new: &[ExtensionId]) -> Result<()> {
        self.insert_people(tx, default_group(self.id), Part::Member, new).await
    }

    /// The first by number of these extensions that is in no group: number and name (GRP-03).
    pub(crate) async fn in_no_group(&self, tx: &Writing, of: &[ExtensionId]) -> Result<Option<String>> {
        let mut found = None;
        for chunk in of.chunks(CHUNK) {
            let member = person::Column::Part.eq(Part::Member.word());
            let in_one = self.find::<person::Entity>().select_only().column(person::Column::ExtensionId).filter(member);
            let alone = self
                .find::<extension::Entity>()
                .filter(extension::Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .filter(extension::Column::Id.not_in_subquery(in_one.into_query()))
                .order_by_asc(extension::Column::Number);
            let alone = alone.one(&**tx).await?.map(|row| (row.number, row.name));
            found = [found, alone].into_iter().flatten().min();
        }
        Ok(found.map(|(number, name)| format!("{number} ({name})")))
    }

    /// The calls that an extension made or got, and those of whom it is a manager (GRP-04): a condition on the extensions of a call.
    pub(crate) fn sees(&self, own: ExtensionId, columns: [impl ColumnTrait; 2]) -> Condition {
        columns.into_iter().fold(Condition::any(), |all, column| {
            all.add(column.eq(own.0)).add(column.in_subquery(self.managed_by(own).into_query()))
        })
    }

    /// Whom an extension is a manager of.
    pub async fn managed(&self, manager: ExtensionId) -> Result<BTreeSet<ExtensionId>> {
        let ids: Vec<i64> = self.managed_by(manager).into_tuple().all(self.db()).await?;
        Ok(ids.into_iter().map(ExtensionId).collect())
    }

    /// Whom an extension is a manager of, and whom it may monitor (GRP-04, GRP-07).
    pub async fn supervision(&self, own: ExtensionId) -> Result<Supervision> {
        let db = self.db();
        let row = self.find::<tenant::Entity>().one(db).await?.ok_or(Error::NotFound)?;
        let lists = self.groups_as(own, Part::Monitor).into_query();
        let lists = self.find::<extension_group::Entity>().filter(extension_group::Column::Id.in_subquery(lists));
        let lists = lists.all(db).await?;
        let monitored: Vec<i64> = self.members_by(own, Part::Monitor).into_tuple().all(db).await?;
        Ok(Supervision {
            monitoring: row.monitoring,
            managed: self.managed(own).await?,
            is_monitor: !lists.is_empty(),
            monitors_all: lists.iter().any(|group| group.monitors_all),
            monitored: monitored.into_iter().map(ExtensionId).collect(),
        })
    }

    fn managed_by(&self, manager: ExtensionId) -> Select<person::Entity> {
        self.members_by(manager, Part::Manager)
    }

    /// The members of the groups to which an extension is this.
    fn members_by(&self, own: ExtensionId, part: Part) -> Select<person::Entity> {
        self.find::<person::Entity>()
            .select_only()
            .column(person::Column::ExtensionId)
            .filter(person::Column::Part.eq(Part::Member.word()))
            .filter(person::Column::ExtensionGroupId.in_subquery(self.groups_as(own, part).into_query()))
    }

    /// The ids of the groups to which an extension is this.
    fn groups_as(&self, own: ExtensionId, part: Part) -> Select<person::Entity> {
        self.find::<person::Entity>()
            .select_only()
            .column(person::Column::ExtensionGroupId)
            .filter(person::Column::Part.eq(part.word()))
            .filter(person::Column::ExtensionId.eq(own.0))
    }
}

/// May the person of an extension sign in to the portal (GRP-05)?
pub(crate) async fn has_portal<C: ConnectionTrait>(db: &C, extension: i64) -> Result<bool> {
    let groups = extension_group::Entity::find().filter(extension_group::Column::Portal.eq(true));
    Ok(groups.filter(has_member(extension)).limit(1).count(db).await? > 0)
}

/// Is the extension a member of the group?
fn has_member(extension: i64) -> Condition {
    let mut groups = Query::select();
    groups
        .column(person::Column::ExtensionGroupId)
        .from(person::Entity)
        .and_where(person::Column::ExtensionId.eq(extension))
        .and_where(person::Column::Part.eq(Part::Member.word()));
    Condition::all().add(extension_group::Column::Id.in_subquery(groups))
}

/// A row's rights.
pub(crate) fn rights_of(row: &extension_group::Model) -> Rights {
    Rights { portal: row.portal, paging: row.paging, external: row.external, other_groups: row.other_groups }
}

/// Values of one `IN (…)`.
const CHUNK: usize = 500;
