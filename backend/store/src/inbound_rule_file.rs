//! Many inbound rules at once: CSV in and out; all or none (INB-07).

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::activity::FieldChange;
use shared::destination::Destination;
use shared::did::{DidPool, Mask};
use shared::hours_text;
use shared::inbound_rule::{
    ExportInboundRules, IMPORT_ROWS_MAX, ImportInboundRules, InboundRule, InboundRulesImported, InboundSettings,
    calls_of, collide,
};
use shared::operation::File;
use shared::problem::FieldProblem;
use shared::{ConferenceRoomId, ExtensionId, Moment, QueueId, ReceptionistId, RingGroupId, TrunkId};

use crate::csv_file::{self, Row, write};
use crate::destination::NO_MAILBOX;
use crate::entity::{conference_room, extension, inbound_rule, queue, receptionist, ring_group};
use crate::inbound_rule::{NOT_IN_POOL, RULES_MAX, collision, noun, row, trimmed};
use crate::page::contains;
use crate::trunk::is_in;
use crate::{Actor, Error, Result, TenantStore};

/// The problems that one answer names.
const PROBLEMS_MAX: usize = 100;
/// Rows of one insert.
const VALUES_MAX: usize = 1_000;
/// The columns that must be there.
const REQUIRED: [&str; 4] = ["name", "trunk", "called_number", "open"];
/// Those that may be.
const OPTIONAL: [&str; 4] = ["callers", "closed", "hours", "enabled"];
/// A destination that ends the call.
const END: &str = "end call";
/// Before the number of a destination outside.
const OUTSIDE: &str = "outside ";
/// Before the number of an extension whose mailbox is meant.
const VOICEMAIL: &str = "voicemail:";

/// What a file calls by its name or number.
struct Ground {
    trunks: Vec<(TrunkId, String, DidPool)>,
    numbers: BTreeMap<String, Destination>,
    /// The extensions that have no mailbox.
    without_mailbox: BTreeSet<ExtensionId>,
}

/// A row of a file: where it stands, and the rule that it says or what is wrong with it.
struct Line {
    line: u64,
    settings: InboundSettings,
    wrong: Vec<FieldProblem>,
}

impl TenantStore {
    /// Imports inbound rules from CSV. What is wrong is named by line, and then nothing is imported.
    pub async fn import_inbound_rules(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &ImportInboundRules,
    ) -> Result<InboundRulesImported> {
        let rows = csv_file::read(&operation.csv, REQUIRED, OPTIONAL, IMPORT_ROWS_MAX, "rules")?;
        let created = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let ground = self.ground(&*tx).await?;
        let lines: Vec<Line> = rows.into_iter().map(|row| ground.line(row)).collect();
        let known = self.find::<inbound_rule::Entity>().order_by_asc(inbound_rule::Column::Id).all(&*tx).await?;
        let known: Vec<InboundSettings> =
            known.into_iter().map(|row| Ok(noun(row)?.settings)).collect::<Result<_>>()?;
        Error::check(problems(&lines, &known))?;
        if self.find::<inbound_rule::Entity>().count(&*tx).await? + u64::from(created) > RULES_MAX {
            return Err(Error::field("csv", &format!("There are at most {RULES_MAX} rules.")));
        }
        if operation.dry_run {
            return Ok(InboundRulesImported { created });
        }
        let told: Vec<&str> = lines.iter().map(|line| line.settings.name.as_str()).collect();
        let told: String = told.join(", ").chars().take(200).collect();
        let new =
            |line: Line| row(&InboundRule { id: self.store.next_id(now), tenant_id: self.id, settings: line.settings });
        let rows: Vec<_> = lines.into_iter().map(new).collect::<Result<_>>()?;
        for chunk in rows.chunks(VALUES_MAX) {
            inbound_rule::Entity::insert_many(chunk.to_vec()).exec_without_returning(&*tx).await?;
        }
        let changed = [FieldChange { field: "names".to_owned(), before: None, after: Some(told) }];
        let subject = format!("{created} inbound rules");
        self.note_change(&tx, now, actor, "ImportInboundRules", subject, &changed).await?;
        self.commit_plan(tx).await?;
        Ok(InboundRulesImported { created })
    }

    /// The inbound rules as CSV, in the shape that the import takes; no cell is a formula.
    pub async fn export_inbound_rules(&self, operation: &ExportInboundRules) -> Result<File> {
        let mut select = self.find::<inbound_rule::Entity>();
        if let Some(found) = contains(inbound_rule::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let rules = select.order_by_asc(inbound_rule::Column::Name).order_by_asc(inbound_rule::Column::Id);
        let ground = self.ground(self.db()).await?;
        let rules = rules.all(self.db()).await?;
        let cells: Vec<[String; 8]> =
            rules.into_iter().map(|row| Ok(ground.cells(noun(row)?.settings))).collect::<Result<_>>()?;
        let [name, trunk, called, open] = REQUIRED;
        let [callers, closed, hours, enabled] = OPTIONAL;
        let header = [name, trunk, called, callers, open, closed, hours, enabled];
        let text = write(header, cells.iter().map(|cells| cells.each_ref().map(String::as_str)))?;
        Ok(File { name: "inbound-rules.csv".into(), text })
    }

    async fn ground<C: ConnectionTrait>(&self, db: &C) -> Result<Ground> {
        let groups = self.find::<ring_group::Entity>().select_only();
        let groups = groups.columns([ring_group::Column::Number, ring_group::Column::Id]);
        let receptionists = self.find::<receptionist::Entity>().select_only();
        let receptionists = receptionists.columns([receptionist::Column::Number, receptionist::Column::Id]);
        let queues = self.find::<queue::Entity>().select_only();
        let queues = queues.columns([queue::Column::Number, queue::Column::Id]);
        let mut numbers = BTreeMap::new();
        let mut without_mailbox = BTreeSet::new();
        for row in self.find::<extension::Entity>().all(db).await? {
            let extension_id = ExtensionId(row.id);
            if !crate::voicemail::settings(&row).enabled {
                without_mailbox.insert(extension_id);
            }
            numbers.insert(row.number, Destination::Extension { extension_id });
        }
        let rooms = self.find::<conference_room::Entity>().select_only();
        let rooms = rooms.columns([conference_room::Column::Number, conference_room::Column::Id]);
        let rooms = rooms.filter(conference_room::Column::OwnerId.is_null());
        for (number, id) in rooms.into_tuple::<(String, i64)>().all(db).await? {
            numbers.insert(number, Destination::Conference { conference_room_id: ConferenceRoomId(id) });
        }
        for (number, id) in receptionists.into_tuple::<(String, i64)>().all(db).await? {
            numbers.insert(number, Destination::Receptionist { receptionist_id: ReceptionistId(id) });
        }
        for (number, id) in queues.into_tuple::<(String, i64)>().all(db).await? {
            numbers.insert(number, Destination::Queue { queue_id: QueueId(id) });
        }
        for (number, id) in groups.into_tuple::<(String, i64)>().all(db).await? {
            numbers.insert(number, Destination::RingGroup { ring_group_id: RingGroupId(id) });
        }
        Ok(Ground { trunks: self.usable_pools(db).await?, numbers, without_mailbox })
    }
}

impl Ground {
    /// What a row says. What cannot be read in it is noted, and stands in the rule as if it were not there.
    fn line(&self, row: Row<4, 4>) -> Line {
        let Row { line, required: [name, trunk, called, open], optional: [callers, closed, hours, enabled] } = row;
        let mut wrong = Vec::new();
        let mut note = |field: &str, reason: String| {
            wrong.push(FieldProblem::new(format!("line {line}: {field}"), reason));
        };
        let found = self.trunk(&trunk).map_err(|why| note("trunk", why)).ok();
        let mut target =
            |field: &str, text: &str| self.destination(text).map_err(|why| note(field, why)).unwrap_or_default();
        let open = target("open", &open);
        let closed = (!closed.is_empty()).then(|| target("closed", &closed));
        let hours = hours_text::read(&hours).unwrap_or_else(|| {
            note(
                "hours",
                "Hours are office, never, or days with times: mon 09:00-12:00 13:00-18:00 | fri 22:00-06:00.".into(),
            );
            Default::default()
        });
        let enabled = match enabled.to_lowercase().as_str() {
            "" | "yes" | "true" | "1" => true,
            "no" | "false" | "0" => false,
            _ => {
                note("enabled", "A rule is in use or not: yes or no.".into());
                true
            }
        };
        let trunk_id = found.map_or(TrunkId(0), |(id, _)| id);
        let settings = trimmed(&InboundSettings {
            name,
            enabled,
            trunk_id,
            did_mask: called,
            cid_mask: Mask(callers),
            hours,
            open,
            closed,
            extension_id: None,
        });
        let form = settings.check();
        if let Some((_, pool)) = found.filter(|_| !form.iter().any(|problem| problem.field == "did_mask"))
            && !is_in(pool, &settings.did_mask)
        {
            note("called_number", NOT_IN_POOL.into());
        }
        for problem in form {
            note(column(&problem.field), problem.reason);
        }
        Line { line, settings, wrong }
    }

    fn trunk(&self, text: &str) -> std::result::Result<(TrunkId, &DidPool), String> {
        let named = |(id, name, _): &&(TrunkId, String, DidPool)| {
            name.trim().to_lowercase() == text.to_lowercase() || id.to_string() == text
        };
        let mut found = self.trunks.iter().filter(named);
        match (found.next(), found.next()) {
            (Some((id, _, pool)), None) => Ok((*id, pool)),
            (Some(_), Some(_)) => Err("Two trunks have this name; write the trunk's id.".to_owned()),
            (None, _) => Err("There is no such trunk that you may use.".to_owned()),
        }
    }

    fn destination(&self, text: &str) -> std::result::Result<Destination, String> {
        if text == END {
            return Ok(Destination::EndCall);
        }
        if let Some(number) = text.strip_prefix(OUTSIDE) {
            return Ok(Destination::External { number: number.trim().to_owned() });
        }
        if let Some(number) = text.strip_prefix(VOICEMAIL) {
            return match self.numbers.get(number.trim()) {
                Some(Destination::Extension { extension_id }) if self.without_mailbox.contains(extension_id) => {
                    Err(NO_MAILBOX.to_owned())
                }
                Some(Destination::Extension { extension_id }) => {
                    Ok(Destination::Voicemail { mailbox_id: *extension_id })
                }
                _ => Err(format!("Write the number of an extension after {VOICEMAIL}")),
            };
        }
        let known = self.numbers.get(text).cloned();
        known.ok_or_else(|| {
            format!("Write the number of an extension, ring group, receptionist, queue or conference room, {VOICEMAIL}101, {OUTSIDE}0044…, or {END}.")
        })
    }

    /// The cells of a rule, in the order of the header.
    fn cells(&self, settings: InboundSettings) -> [String; 8] {
        let InboundSettings { name, enabled, trunk_id, did_mask, cid_mask, hours, open, closed, .. } = settings;
        [
            name,
            self.trunk_text(trunk_id),
            did_mask,
            cid_mask.0,
            self.text(&open),
            closed.map(|closed| self.text(&closed)).unwrap_or_default(),
            hours_text::write(&hours),
            if enabled { "yes" } else { "no" }.to_owned(),
        ]
    }

    /// The trunk's name, unless another has it too.
    fn trunk_text(&self, id: TrunkId) -> String {
        let name = self.trunks.iter().find(|(known, ..)| *known == id).map(|(_, name, _)| name);
        let name = name.filter(|name| self.trunk(name).is_ok());
        name.cloned().unwrap_or_else(|| id.to_string())
    }

    fn text(&self, destination: &Destination) -> String {
        match destination {
            Destination::EndCall => END.to_owned(),
            Destination::External { number } => format!("{OUTSIDE}{number}"),
            Destination::Voicemail { mailbox_id } => {
                let number = self.number(&Destination::Extension { extension_id: *mailbox_id });
                number.map(|number| format!("{VOICEMAIL}{number}")).unwrap_or_default()
            }
            own => self.number(own).unwrap_or_default().to_owned(),
        }
    }

    fn number(&self, of: &Destination) -> Option<&str> {
        self.numbers.iter().find(|(_, known)| *known == of).map(|(number, _)| number.as_str())
    }
}

/// The column that a field of the form stands in.
fn column(field: &str) -> &'static str {
    match field.split('.').next().unwrap_or_default() {
        "did_mask" => "called_number",
        "cid_mask" => "callers",
        "open" => "open",
        "closed" => "closed",
        "hours" => "hours",
        _ => "name",
    }
}

/// What is wrong with the lines: with their cells, with an earlier line, with a rule that is there.
fn problems(lines: &[Line], known: &[InboundSettings]) -> Vec<FieldProblem> {
    let mut of_number: BTreeMap<_, Vec<&InboundSettings>> = BTreeMap::new();
    for settings in known {
        of_number.entry(calls_of(settings)).or_default().push(settings);
    }
    let mut problems = Vec::new();
    for Line { line, settings, wrong } in lines {
        problems.extend(wrong.iter().cloned());
        let others = of_number.entry(calls_of(settings)).or_default();
        if wrong.is_empty() {
            if let Some(other) = others.iter().find(|other| collide(other, settings)) {
                problems.push(FieldProblem::new(format!("line {line}: called_number"), collision(&other.name)));
            }
            others.push(settings);
        }
    }
    problems.truncate(PROBLEMS_MAX);
    problems
}
