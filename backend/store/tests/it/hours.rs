//! Office hours: those of the beginning, others, and what is told of the change.

use shared::activity::ListActivity;
use shared::date::Date;
use shared::hours::{Holiday, OfficeHours, Span, UpdateOfficeHours, Week};
use shared::tenant::{DeleteTenant, UpdateTenant};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error};

use crate::world::*;

fn christmas() -> Holiday {
    Holiday {
        name: " Christmas ".into(),
        first_date: Date::new(2026, 12, 24),
        last_date: Date::new(2026, 12, 26),
        time: None,
        every_year: true,
    }
}

fn other() -> UpdateOfficeHours {
    let monday = vec![Span::new(13 * 60, 17 * 60), Span::new(8 * 60, 12 * 60)];
    let friday = vec![Span::new(22 * 60, 6 * 60)];
    UpdateOfficeHours { week: Week { monday, friday, ..Week::default() }, holidays: vec![christmas()] }
}

// covers: OH-01, OH-02
#[tokio::test]
async fn oh_01_a_tenant_begins_with_nine_to_six_and_keeps_what_it_sets() {
    each_database(|store| async move {
        let (acme, globex) = (create_tenant(&store, "Acme").await.tenant, create_tenant(&store, "Globex").await.tenant);
        let view = store.tenant(acme.id);
        assert_eq!(view.office_hours().await.unwrap(), OfficeHours::default());
        let mut notices = store.changes();
        let set = view.update_office_hours(NOW, &actor(), other()).await.unwrap();
        assert_eq!(notices.recv().await.unwrap(), Change::TenantChanged(acme.id), "the plan is loaded anew");
        assert_eq!(set.week.monday, [Span::new(480, 720), Span::new(780, 1_020)], "in the order of the day");
        assert_eq!((set.week.saturday.len(), set.holidays[0].name.as_str()), (0, "Christmas"));
        assert_eq!(view.office_hours().await.unwrap(), set);
        assert_eq!(store.tenant(globex.id).office_hours().await.unwrap(), OfficeHours::default());
        // The switch is fed with them, and with the zone that they are meant in.
        let zone = UpdateTenant { time_zone: Some("Asia/Kolkata".into()), ..UpdateTenant::new(acme.id) };
        store.update_tenant(NOW, &actor(), &zone).await.unwrap();
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!((&plan.hours, plan.tenant.time_zone.as_str()), (&set, "Asia/Kolkata"));
        let plans = store.load_plans().await.unwrap();
        let of = |id| plans.iter().find(|plan| plan.tenant.id == id).unwrap().hours.clone();
        assert_eq!((of(acme.id), of(globex.id)), (set, OfficeHours::default()));
        // They go with the tenant.
        let gone = DeleteTenant { tenant_id: acme.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &gone).await.unwrap();
        assert_eq!(view.office_hours().await.unwrap(), OfficeHours::default());
        is_not_found(view.update_office_hours(NOW, &actor(), other()).await);
    })
    .await;
}

// covers: OH-01, OH-02, LOG-02
#[tokio::test]
async fn oh_02_the_log_tells_each_day_and_holiday_before_and_after() {
    each_database(|store| async move {
        let tenant = create_tenant(&store, "Acme").await.tenant;
        let view = store.tenant(tenant.id);
        view.update_office_hours(NOW, &actor(), other()).await.unwrap();
        let half = Holiday { time: Some(Span::new(720, 0)), ..christmas() };
        let eve = Holiday { first_date: Date::new(2026, 12, 31), last_date: Date::new(2026, 12, 31), ..half.clone() };
        let next = UpdateOfficeHours { holidays: vec![eve, half], ..other() };
        view.update_office_hours(at(1), &actor(), next).await.unwrap();
        let log = view.list_activity(&ListActivity::default()).await.unwrap();
        let told = |row: usize| {
            let changes = log.rows[row].changes.iter();
            let side = |text: &Option<String>| text.clone().unwrap_or_default();
            changes.map(|one| (one.field.clone(), side(&one.before), side(&one.after))).collect::<Vec<_>>()
        };
        let row = |field: &str, before: &str, after: &str| (field.to_owned(), before.to_owned(), after.to_owned());
        assert_eq!(
            (log.rows[0].operation.as_str(), log.rows[0].subject.as_str()),
            ("UpdateOfficeHours", "office hours")
        );
        assert_eq!(
            told(0),
            [row(
                "holidays.Christmas",
                "2026-12-24 – 2026-12-26, every year",
                "2026-12-24 – 2026-12-26, 12:00–00:00, every year; 2026-12-31, 12:00–00:00, every year",
            )]
        );
        assert_eq!(
            told(1),
            [
                row("friday", "09:00–18:00", "22:00–06:00"),
                row("holidays.Christmas", "", "2026-12-24 – 2026-12-26, every year"),
                row("monday", "09:00–18:00", "08:00–12:00, 13:00–17:00"),
                row("thursday", "09:00–18:00", "closed"),
                row("tuesday", "09:00–18:00", "closed"),
                row("wednesday", "09:00–18:00", "closed"),
            ]
        );
    })
    .await;
}

// covers: OH-01, OH-02
#[tokio::test]
async fn oh_01_hours_that_are_none_are_refused_and_nothing_is_kept_of_them() {
    each_database(|store| async move {
        let view = store.tenant(create_tenant(&store, "Acme").await.tenant.id);
        let mut wrong = other();
        wrong.week.sunday = vec![Span::new(600, 720), Span::new(1_440, 0), Span::new(0, 60)];
        wrong.holidays[0].last_date = Date::new(2026, 2, 30);
        let Err(Error::Invalid(fields)) = view.update_office_hours(NOW, &actor(), wrong).await else { panic!() };
        let fields: Vec<&str> = fields.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["week.sunday[1].from", "holidays[0].last_date"]);
        assert_eq!(view.office_hours().await.unwrap(), OfficeHours::default());
    })
    .await;
}
