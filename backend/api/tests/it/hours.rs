//! Office hours: set as a whole, told with how the company stands by them.

use serde_json::json;
use shared::date::{Date, Wall};
use shared::hours::{GetOfficeHours, Holiday, OfficeHours, Span, Standing, UpdateOfficeHours, Week};
use shared::{Method, Moment};
use store::testing::each_database;

use crate::world::World;

const HOUR_SECONDS: i32 = 3_600;

fn initial() -> UpdateOfficeHours {
    let OfficeHours { week, holidays } = OfficeHours::default();
    UpdateOfficeHours { week, holidays }
}

// covers: OH-01, OH-02, OH-03
#[tokio::test]
async fn oh_03_the_administrator_sees_whether_the_company_is_open_and_when_that_changes() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        // A Monday in November, nine in the evening in Berlin.
        let now = world.app.now();
        let wall = Wall::of(now, HOUR_SECONDS);
        assert_eq!(wall.date.weekday().key(), "monday");
        let at = |days: i64, minute: i64| {
            Some(Moment::from_seconds((wall.date.days() + days) * 86_400 + minute * 60 - i64::from(HOUR_SECONDS)))
        };
        let boss = &mut world.acme.boss;
        let shown = boss.call(GetOfficeHours {}).await.unwrap();
        assert_eq!((&shown.hours, shown.time_zone.as_str()), (&OfficeHours::default(), "Europe/Berlin"));
        assert_eq!((shown.standing, shown.changes_at), (Standing::Closed, at(1, 9 * 60)));
        let today = Holiday {
            name: "Outing".into(),
            first_date: wall.date,
            last_date: Date::of_day(wall.date.days() + 1),
            ..Holiday::default()
        };
        let set = boss.call(UpdateOfficeHours { holidays: vec![today], ..initial() }).await.unwrap();
        assert_eq!(set.standing, Standing::Holiday { name: "Outing".into() });
        assert_eq!(set.changes_at, at(2, 9 * 60), "over the second day of the outing");
        assert_eq!(boss.call(GetOfficeHours {}).await.unwrap(), set);
        let thursday = vec![Span::new(7 * 60 + 30, 0)];
        let week = Week { thursday, ..Week::default() };
        let set = boss.call(UpdateOfficeHours { week: week.clone(), holidays: Vec::new() }).await.unwrap();
        assert_eq!((set.standing, set.changes_at), (Standing::Closed, at(3, 7 * 60 + 30)));
        let week = Week { monday: vec![Span::new(20 * 60, 60)], ..week };
        let set = boss.call(UpdateOfficeHours { week, holidays: Vec::new() }).await.unwrap();
        assert_eq!((set.standing, set.changes_at), (Standing::Open, at(1, 60)));
        let set = boss.call(UpdateOfficeHours { week: Week::default(), holidays: Vec::new() }).await.unwrap();
        assert_eq!((set.standing, set.changes_at), (Standing::Closed, None));
        // Each company has its own.
        let other = world.globex.boss.call(GetOfficeHours {}).await.unwrap();
        assert_eq!(other.hours, OfficeHours::default());
        assert_eq!(world.acme.alice.call(GetOfficeHours {}).await.unwrap_err().status, 403);
    })
    .await;
}

// covers: OH-01, OH-02, API-03
#[tokio::test]
async fn oh_02_what_is_wrong_is_named_by_its_place() {
    each_database(|store| async move {
        let world = World::new(store).await;
        let boss = &world.acme.boss;
        let ask = async |body: serde_json::Value| {
            let reply = boss.request(Method::Put, "/api/tenant/office-hours", Some(body)).await;
            let fields = reply.problem().fields.into_iter().map(|problem| problem.field).collect::<Vec<_>>().join(" ");
            (reply.status.as_u16(), fields)
        };
        let holiday = |first: &str, last: &str| json!({ "name": "Away", "first_date": first, "last_date": last });
        let right = holiday("2026-12-24", "2026-12-24");
        let backwards = holiday("2026-12-26", "2026-12-24");
        for (body, field) in [
            (json!({ "week": { "monday": [{ "from": 540, "to": 1440 }] }, "holidays": [] }), "week.monday[0].to"),
            (json!({ "week": {}, "holidays": [right.clone(), right.clone(), backwards] }), "holidays[2].last_date"),
            (json!({ "week": {}, "holidays": [holiday("2026-02-30", "2026-03-01")] }), "holidays[0].first_date"),
            (json!({ "week": {}, "holidays": [holiday("soon", "2026-03-01")] }), "holidays[0].first_date"),
            (json!({ "week": {}, "holidays": [json!({ "name": "" })] }), "holidays[0].first_date"),
            (json!({ "week": { "monday": [{ "from": -1, "to": 5 }] }, "holidays": [] }), "week.monday[0].from"),
            (json!({ "week": {}, "holidays": vec![right.clone(); 367] }), "holidays"),
            (json!({ "holidays": [] }), "week"),
        ] {
            assert_eq!(ask(body.clone()).await, (422, field.to_owned()), "{body}");
        }
    })
    .await;
}
