//! Extension groups: set up, changed, removed (GRP-01, GRP-02). What follows from them is in `rights`.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set, sea_query::Expr,
};
use serde::Serialize;
use shared::activity::{FieldChange, changes};
use shared::extension_group::{
    CreateExtensionGroup, DEFAULT_NAME, DeleteExtensionGroup, ExtensionGroup, ExtensionGroupRow,
    ExtensionGroupSettings, GROUPS_MAX, GetExtensionGroup, ListExtensionGroups, Rights, UpdateExtensionGroup,
    default_group,
};
use shared::page::Direction;
use shared::{ExtensionGroupId, ExtensionId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::destination::unused;
use crate::entity::{extension, extension_group, extension_group_person as person, outbound_rule};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::rights::{Part, rights_of};
use crate::text::{fold, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

/// Rows of one insert, and values of one `IN (…)`.
const CHUNK: usize = 500;

impl TenantStore {
    /// The groups by name, each with how many people it has.
    pub async fn list_extension_groups(&self, operation: &ListExtensionGroups) -> Result<Page<ExtensionGroupRow>> {
        let mut select = self.find::<extension_group::Entity>();
        if let Some(found) = contains(extension_group::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "name",
            column: extension_group::Column::NameKey,
            id: extension_group::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &extension_group::Model| (Key::Text(row.name_key.clone()), row.id);
        let found = page(self.db(), select, &sort, wanted, key).await?;
        let counts = self.counts(found.rows.iter().map(|row| row.id)).await?;
        let count = |id: i64, part: Part| counts.get(&(id, part.word().to_owned())).copied().unwrap_or(0);
        try_map(found, |row| {
            Ok(ExtensionGroupRow {
                id: ExtensionGroupId(row.id),
                is_default: row.id == row.tenant_id,
                rights: rights_of(&row),
                members: count(row.id, Part::Member),
                managers: count(row.id, Part::Manager),
                monitors: count(row.id, Part::Monitor),
                name: row.name,
                description: row.description,
            })
        })
    }

    /// One group with its people, each by the order of their numbers.
    pub async fn get_extension_group(&self, operation: &GetExtensionGroup) -> Result<ExtensionGroup> {
        self.read_group(self.db(), operation.extension_group_id).await
    }

    /// Adds one.
    pub async fn create_extension_group(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateExtensionGroup,
    ) -> Result<ExtensionGroup> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        if self.find::<extension_group::Entity>().count(&*tx).await? >= GROUPS_MAX as u64 {
            return Err(Error::field("name", "There are 500 groups already; remove some first."));
        }
        let group =
            ExtensionGroup { id: self.store.next_id(now), tenant_id: self.id, settings: trimmed(&operation.settings) };
        self.check_extension_group(&tx, &group).await?;
        extension_group::Entity::insert(row(&group)).exec_without_returning(&*tx).await?;
        self.write_people(&tx, &group).await?;
        let changed = self.group_changes(&tx, None, Some(&group)).await?;
        let made = self.read_group(&*tx, group.id).await?;
        let undo = Undo::ExtensionGroup(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        self.note_undoable(&tx, now, actor, "CreateExtensionGroup", subject(&group), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Sets one up anew. The one of the start keeps its name and its rights, and nobody is left in no group.
    pub async fn update_extension_group(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateExtensionGroup,
    ) -> Result<ExtensionGroup> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.read_group(&*tx, operation.extension_group_id).await?;
        let after = ExtensionGroup { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_extension_group(&tx, &after).await?;
        row(&after).reset_all().update(&*tx).await?;
        let kept: BTreeSet<&ExtensionId> = after.settings.members.iter().collect();
        let gone: Vec<ExtensionId> =
            before.settings.members.iter().filter(|member| !kept.contains(member)).copied().collect();
        self.write_people(&tx, &after).await?;
        if let Some(who) = self.in_no_group(&tx, &gone).await? {
            return Err(Error::field("members", &alone(&who)));
        }
        let changed = self.group_changes(&tx, Some(&before), Some(&after)).await?;
        let (subject, after) = (subject(&before), self.read_group(&*tx, after.id).await?);
        let (was, is) = (before.settings, after.settings.clone());
        let undo = Undo::ExtensionGroup(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateExtensionGroup", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one that no rule names, and without which nobody is in no group.
    pub async fn delete_extension_group(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &DeleteExtensionGroup,
    ) -> Result<()> {
        let conflict = |reason: String| Error::Conflict { field: "extension_group_id", reason };
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.read_group(&*tx, operation.extension_group_id).await?;
        if gone.id == default_group(self.id) {
            return Err(conflict(format!("The group {DEFAULT_NAME} stays: new extensions come into it.")));
        }
        unused("extension_group_id", "The group", self.rules_for(&tx, gone.id).await?)?;
        extension_group::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        if let Some(who) = self.in_no_group(&tx, &gone.settings.members).await? {
            return Err(conflict(alone(&who)));
        }
        let changed = self.group_changes(&tx, Some(&gone), None).await?;
        let subject = subject(&gone);
        let undo = Undo::ExtensionGroup(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteExtensionGroup", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    /// Refuses groups that are none of the tenant's.
    pub(crate) async fn check_groups(&self, tx: &Writing, field: &str, ids: &[ExtensionGroupId]) -> Result<()> {
        let of = extension_group::Column::Id.is_in(ids.iter().map(|id| id.0));
        let known = self.find::<extension_group::Entity>().filter(of).count(&**tx).await?;
        match known == ids.len() as u64 {
            true => Ok(()),
            false => Err(Error::field(field, "One of the groups is none of yours.")),
        }
    }

    async fn counts(&self, ids: impl Iterator<Item = i64>) -> Result<BTreeMap<(i64, String), u64>> {
        let rows = self
            .find::<person::Entity>()
            .select_only()
            .columns([person::Column::ExtensionGroupId, person::Column::Part])
            .expr_as(Expr::cust("COUNT(*)"), "people")
            .filter(person::Column::ExtensionGroupId.is_in(ids))
            .group_by(person::Column::ExtensionGroupId)
            .group_by(person::Column::Part)
            .into_tuple::<(i64, String, i64)>()
            .all(self.db())
            .await?;
        Ok(rows.into_iter().map(|(id, part, count)| ((id, part), u64::try_from(count).unwrap_or(0))).collect())
    }

    pub(crate) async fn read_group<C: ConnectionTrait>(&self, db: &C, id: ExtensionGroupId) -> Result<ExtensionGroup> {
        let row = self.find_id::<extension_group::Entity>(id.0).one(db).await?.ok_or(Error::NotFound)?;
        let people = self.find::<person::Entity>().filter(person::Column::ExtensionGroupId.eq(id.0));
        let people = people.order_by_asc(person::Column::ExtensionId).all(db).await?;
        let of = |part: Part| -> Vec<ExtensionId> {
            let found = people.iter().filter(|row| row.part == part.word());
            found.map(|row| ExtensionId(row.extension_id)).collect()
        };
        Ok(ExtensionGroup {
            id,
            tenant_id: TenantId(row.tenant_id),
            settings: ExtensionGroupSettings {
                rights: rights_of(&row),
                members: of(Part::Member),
                managers: of(Part::Manager),
                monitors: of(Part::Monitor),
                monitors_all: row.monitors_all,
                name: row.name,
                description: row.description,
            },
        })
    }

    async fn check_extension_group(&self, tx: &Writing, group: &ExtensionGroup) -> Result<()> {
        let settings = &group.settings;
        Error::check(settings.check())?;
        if group.id == default_group(self.id) {
            if settings.name != DEFAULT_NAME {
                return Err(Error::field("name", "This group keeps its name."));
            }
            if settings.rights != Rights::ALL {
                return Err(Error::field("rights", "The members of this group have all rights."));
            }
        }
        let same =
            self.find::<extension_group::Entity>().filter(extension_group::Column::NameKey.eq(fold(&settings.name)));
        if same.one(&**tx).await?.is_some_and(|row| row.id != group.id.0) {
            return Err(Error::Conflict { field: "name", reason: "Another group has this name.".into() });
        }
        for (field, _, people) in parts(settings) {
            for chunk in people.chunks(CHUNK) {
                let of = extension::Column::Id.is_in(chunk.iter().map(|id| id.0));
                let known = self.find::<extension::Entity>().filter(of).count(&**tx).await?;
                if known != chunk.len() as u64 {
                    return Err(Error::field(field, "One of them is no extension of yours."));
                }
            }
        }
        Ok(())
    }

    /// Its people in the place of those that were there.
    async fn write_people(&self, tx: &Writing, group: &ExtensionGroup) -> Result<()> {
        let of_group = person::Column::ExtensionGroupId.eq(group.id.0);
        self.delete_many::<person::Entity>().filter(of_group).exec(&**tx).await?;
        for (_, part, people) in parts(&group.settings) {
            self.insert_people(tx, group.id, part, people).await?;
        }
        Ok(())
    }

    pub(crate) async fn insert_people(
        &self,
        tx: &Writing,
        group: ExtensionGroupId,
        part: Part,
        people: &[ExtensionId],
    ) -> Result<()> {
        for chunk in people.chunks(CHUNK) {
            let rows = chunk.iter().map(|id| person::ActiveModel {
                extension_group_id: Set(group.0),
                part: Set(part.word().to_owned()),
                extension_id: Set(id.0),
                tenant_id: Set(self.id.0),
            });
            person::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
        }
        Ok(())
    }

    async fn rules_for(&self, tx: &Writing, id: ExtensionGroupId) -> Result<Vec<String>> {
        let rules = self.find::<outbound_rule::Entity>().order_by_asc(outbound_rule::Column::Position);
        let rules: Vec<_> =
            rules.all(&**tx).await?.into_iter().map(crate::outbound_rule::noun).collect::<Result<_>>()?;
        let named = rules.iter().filter(|rule| rule.settings.groups.contains(&id));
        Ok(named.map(|rule| format!("the outbound rule {}", rule.settings.name)).collect())
    }

    /// What differs, the people by their numbers: only those who came or left.
    async fn group_changes(
        &self,
        tx: &Writing,
        before: Option<&ExtensionGroup>,
        after: Option<&ExtensionGroup>,
    ) -> Result<Vec<FieldChange>> {
        let (old, new) = (self.told(tx, before, after).await?, self.told(tx, after, before).await?);
        Ok(changes(old.as_ref(), new.as_ref()))
    }

    async fn told(
        &self,
        tx: &Writing,
        group: Option<&ExtensionGroup>,
        other: Option<&ExtensionGroup>,
    ) -> Result<Option<Told>> {
        let Some(ExtensionGroup { settings, .. }) = group else { return Ok(None) };
        let nobody = ExtensionGroupSettings::default();
        let there = other.map_or(&nobody, |other| &other.settings);
        Ok(Some(Told {
            name: settings.name.clone(),
            description: settings.description.clone(),
            rights: settings.rights,
            members: self.numbers_of(tx, &settings.members, &there.members).await?,
            managers: self.numbers_of(tx, &settings.managers, &there.managers).await?,
            monitors: self.numbers_of(tx, &settings.monitors, &there.monitors).await?,
            monitors_all: settings.monitors_all,
        }))
    }

    /// The numbers of those who are not among the others; none where there is nobody.
    async fn numbers_of(&self, tx: &Writing, own: &[ExtensionId], others: &[ExtensionId]) -> Result<Option<String>> {
        let others: BTreeSet<&ExtensionId> = others.iter().collect();
        let only = own.iter().filter(|id| !others.contains(id)).map(|id| id.0).take(CHUNK);
        let of = extension::Column::Id.is_in(only);
        let numbers = self.find::<extension::Entity>().select_only().column(extension::Column::Number).filter(of);
        let numbers: Vec<String> = numbers.order_by_asc(extension::Column::Number).into_tuple().all(&**tx).await?;
        Ok(Some(numbers.join(", ")).filter(|numbers| !numbers.is_empty()))
    }
}

/// A group as the activity log has it.
#[derive(Serialize)]
struct Told {
    name: String,
    description: String,
    rights: Rights,
    members: Option<String>,
    managers: Option<String>,
    monitors: Option<String>,
    monitors_all: bool,
}

fn parts(settings: &ExtensionGroupSettings) -> [(&'static str, Part, &[ExtensionId]); 3] {
    [
        ("members", Part::Member, &settings.members),
        ("managers", Part::Manager, &settings.managers),
        ("monitors", Part::Monitor, &settings.monitors),
    ]
}

fn subject(group: &ExtensionGroup) -> String {
    format!("extension group {}", group.settings.name)
}

fn alone(who: &str) -> String {
    format!("Extension {who} would be in no group. Put it into another one first.")
}

fn trimmed(settings: &ExtensionGroupSettings) -> ExtensionGroupSettings {
    ExtensionGroupSettings {
        name: settings.name.trim().to_owned(),
        description: settings.description.trim().to_owned(),
        ..settings.clone()
    }
}

/// Noun → row, without its people.
pub(crate) fn row(of: &ExtensionGroup) -> extension_group::ActiveModel {
    let ExtensionGroupSettings { name, description, rights, .. } = &of.settings;
    let Rights { portal, paging, external, other_groups } = *rights;
    extension_group::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        name: Set(name.clone()),
        name_key: Set(fold(name)),
        description: Set(description.clone()),
        portal: Set(portal),
        paging: Set(paging),
        external: Set(external),
        other_groups: Set(other_groups),
        monitors_all: Set(of.settings.monitors_all),
        search_key: Set(search_key([name.as_str(), description])),
    }
}
