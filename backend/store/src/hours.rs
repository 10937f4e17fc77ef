//! A tenant's office hours and holidays (OH-01, OH-02): one value, set as a whole.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use serde_json::{Map, Value, json};
use shared::Moment;
use shared::activity::changes;
use shared::date::Weekday;
use shared::hours::{Holiday, OfficeHours, UpdateOfficeHours};

use crate::entity::tenant_hours;
use crate::text::{from_json, json as written};
use crate::undo::{Turn, Undo};
use crate::{Actor, Change, Error, Result, TenantStore};

impl TenantStore {
    /// The office hours; those that a tenant begins with until others were set.
    pub async fn office_hours(&self) -> Result<OfficeHours> {
        self.office_hours_in(self.db()).await
    }

    /// Sets the office hours, all of them.
    pub async fn update_office_hours(
        &self,
        now: Moment,
        actor: &Actor,
        operation: UpdateOfficeHours,
    ) -> Result<OfficeHours> {
        let after = OfficeHours::from(operation);
        Error::check(after.check())?;
        let after = tidy(after);
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.office_hours_in(&*tx).await?;
        self.delete_many::<tenant_hours::Entity>().exec(&*tx).await?;
        let row = tenant_hours::ActiveModel { tenant_id: Set(self.id.0), hours: Set(written(&after)?) };
        tenant_hours::Entity::insert(row).exec_without_returning(&*tx).await?;
        let changed = changes(Some(&told(&before)), Some(&told(&after)));
        let subject = "office hours".to_owned();
        let undo = Undo::OfficeHours(Turn { id: (), before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, "UpdateOfficeHours", subject, &changed, &undo).await?;
        tx.commit().await?;
        self.store.tell(Change::TenantChanged(self.id));
        Ok(after)
    }

    async fn office_hours_in<C: ConnectionTrait>(&self, db: &C) -> Result<OfficeHours> {
        match self.find::<tenant_hours::Entity>().one(db).await? {
            Some(row) => from_json(&row.hours),
            None => Ok(OfficeHours::default()),
        }
    }
}

/// Spans in the order of the day, holidays in that of the calendar, names without blanks round them.
fn tidy(hours: OfficeHours) -> OfficeHours {
    let OfficeHours { week, mut holidays } = hours;
    for holiday in &mut holidays {
        holiday.name = holiday.name.trim().to_owned();
    }
    holidays.sort_by_key(|holiday| (holiday.first_date, holiday.time));
    OfficeHours { week: week.sorted(), holidays }
}

/// What the activity log tells of them: a line a day, and one a holiday.
fn told(hours: &OfficeHours) -> Value {
    let mut fields = Map::new();
    for day in Weekday::ALL {
        let spans: Vec<String> = hours.week.day(day).iter().map(ToString::to_string).collect();
        let text = if spans.is_empty() { "closed".to_owned() } else { spans.join(", ") };
        fields.insert(day.key().to_owned(), json!(text));
    }
    let mut holidays: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for holiday in &hours.holidays {
        holidays.entry(&holiday.name).or_default().push(when(holiday));
    }
    let holidays = holidays.into_iter().map(|(name, when)| (name.to_owned(), json!(when.join("; "))));
    fields.insert("holidays".to_owned(), Value::Object(holidays.collect()));
    Value::Object(fields)
}

/// `2026-12-24 – 2026-12-26, 12:00–00:00, every year`.
fn when(holiday: &Holiday) -> String {
    let Holiday { first_date, last_date, time, every_year, .. } = holiday;
    let mut text = first_date.to_string();
    if last_date != first_date {
        text.push_str(&format!(" – {last_date}"));
    }
    if let Some(time) = time {
        text.push_str(&format!(", {time}"));
    }
    if *every_year {
        text.push_str(", every year");
    }
    text
}
