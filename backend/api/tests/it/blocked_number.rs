//! A tenant's codes and blocked numbers, by the API: E164-01…E164-03, NBL-01, NBL-02, EXT-10.

use shared::Method;
use shared::blocked_number::*;
use shared::dialing::{GetDialingCodes, UpdateDialingCodes};
use store::testing::each_database;

use crate::world::World;

fn fields(problem: &shared::Problem) -> Vec<&str> {
    problem.fields.iter().map(|problem| problem.field.as_str()).collect()
}

// covers: E164-01, E164-02, E164-03, EXT-10
#[tokio::test]
async fn e164_01_a_tenant_sets_its_codes_and_what_is_wrong_is_named() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let start = world.acme.boss.call(GetDialingCodes {}).await.unwrap();
        assert_eq!((start.country.as_str(), start.allowed_countries.len()), ("", 0));
        let form = UpdateDialingCodes {
            country: Some("DE".into()),
            international_code: Some("00".into()),
            ..UpdateDialingCodes::default()
        };
        let set = world.acme.boss.call(form).await.unwrap();
        assert_eq!(
            (set.allowed_countries.clone(), set.emergency_numbers.clone()),
            (vec!["DE".into()], vec!["110".into(), "112".into()])
        );
        let wrong = UpdateDialingCodes {
            allowed_countries: Some(vec!["Utopia".into()]),
            emergency_numbers: Some(vec!["police".into()]),
            ..UpdateDialingCodes::default()
        };
        let refused = world.acme.boss.call(wrong).await.unwrap_err();
        assert_eq!((refused.status, fields(&refused)), (422, vec!["allowed_countries", "emergency_numbers"]));
        assert_eq!(world.acme.boss.call(GetDialingCodes {}).await.unwrap(), set);
        assert_eq!(world.globex.boss.call(GetDialingCodes {}).await.unwrap(), start, "another tenant's are its own");
    })
    .await;
}

// covers: NBL-01, NBL-02
#[tokio::test]
async fn nbl_01_numbers_are_blocked_found_imported_and_exported() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let boss = &mut world.acme.boss;
        let again = CreateBlockedNumber { number: "+44 909".into(), description: String::new() };
        let refused = boss.call(again).await.unwrap_err();
        assert_eq!((refused.status, fields(&refused)), (409, vec!["number"]));
        assert!(refused.fields[0].reason.contains("+44909"), "{refused:?}");
        let import = |csv: &str, dry_run| ImportBlockedNumbers { csv: csv.into(), dry_run };
        let bad = boss.call(import("number,description\n0900*,\n*,\n+44909,\n", true)).await.unwrap_err();
        assert_eq!((bad.status, fields(&bad)), (422, vec!["line 3: number", "line 4: number"]));
        let file = format!(
            "number,description\n{}",
            (0..5_000).map(|n| format!("0900{n:04}*,{}\n", "x".repeat(190))).collect::<String>()
        );
        assert_eq!(boss.call(import(&file, false)).await.unwrap().created, 5_000, "a full file is not too large");
        let found = boss.call(FindBlockedNumber { number: "0900 1234 5".into() }).await.unwrap();
        assert_eq!(found.entry.as_deref(), Some("09001234*"));
        let reply = boss.request(Method::Get, "/api/tenant/blocked-numbers.csv?search=unknown", None).await;
        assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(reply.text(), "\u{feff}number,description\r\n'+44909,Unknown to Acme\r\n");
        let others = world.globex.boss.call(ListBlockedNumbers::default()).await.unwrap();
        assert_eq!((others.total, others.rows[0].description.as_str()), (1, "Unknown to Globex"));
        let gone = DeleteBlockedNumber { blocked_number_id: world.acme.blocked_number.id };
        assert_eq!(world.globex.boss.call(gone).await.unwrap_err().status, 404);
        world.acme.boss.call(gone).await.unwrap();
        assert_eq!(world.acme.boss.call(FindBlockedNumber { number: "+44909".into() }).await.unwrap().entry, None);
    })
    .await;
}
