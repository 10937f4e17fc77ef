//! The files for spreadsheets (CDR-01, REP-06, EXT-19, S19).

use shared::Method;
use shared::account::ActForTenant;
use shared::call_record::{CSV_COLUMNS, CallRecord, CallStatus, ExportCalls, ListCalls};
use shared::extension::{
    CreateExtension, CreateExtensions, ExportExtensions, ImportExtensions, ListExtensions, UpdateExtension,
};
use shared::quota::Quota;
use shared::tenant::UpdateTenant;
use store::testing::each_database;

use crate::app::Reply;
use crate::world::{World, call, ended};

/// The records of the file, the header first.
fn records(reply: &Reply) -> Vec<Vec<String>> {
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    let text = reply.text();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(!text.contains('\u{feff}'), "one mark is enough");
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn cdr_01_the_export_has_every_column_and_the_tenants_times() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let reply = world.acme.boss.ask(&ExportCalls::default()).await;
        assert_eq!(reply.header("content-disposition"), "attachment; filename=\"calls-2026-11-23.csv\"");
        assert!(reply.text().contains("\r\n"));
        let rows = records(&reply);
        assert_eq!(rows[0], CSV_COLUMNS);
        assert_eq!(rows.len(), 3);
        let cell =
            |row: usize, column: &str| rows[row][CSV_COLUMNS.iter().position(|name| *name == column).unwrap()].clone();
        // Newest first: Bob's own call, then the one between the two. NOW is 20:00 UTC, 21:00 in Berlin.
        assert_eq!((cell(2, "caller").as_str(), cell(2, "callee").as_str()), ("101", "102"));
        assert_eq!(cell(2, "started_at"), "2026-11-23 20:10:00");
        assert_eq!(cell(2, "ended_at"), "2026-11-23 20:10:12");
        assert_eq!((cell(2, "ring_seconds").as_str(), cell(2, "talk_seconds").as_str()), ("3", "8"));
        assert_eq!((cell(2, "direction").as_str(), cell(2, "status").as_str()), ("ext", "ANSWERED"));
        assert_eq!(cell(2, "ended_reason"), "caller_hung_up");
        assert_eq!(cell(2, "session_id"), world.acme.call.id.to_string());
    })
    .await;
}

#[tokio::test]
async fn rep_03_the_file_has_what_the_page_has() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let failed = CallRecord {
            status: CallStatus::Failed,
            answered_at: None,
            fail_code: 404,
            ..call(50, &world.acme.tenant, Some(&world.acme.alice_extension), None)
        };
        world.app.store.record_facts(&[ended(failed)]).await.unwrap();
        for filter in [
            ExportCalls { status: Some(CallStatus::Failed), ..ExportCalls::default() },
            ExportCalls { search: Some("999".into()), ..ExportCalls::default() },
            ExportCalls { from: Some(world.acme.bobs_call.started_at), ..ExportCalls::default() },
            ExportCalls { until: Some(world.acme.bobs_call.started_at), ..ExportCalls::default() },
            ExportCalls { order: Some(shared::page::Direction::Ascending), ..ExportCalls::default() },
        ] {
            let page = world.acme.boss.call(ListCalls::from(filter.clone())).await.unwrap();
            let rows = records(&world.acme.boss.ask(&filter).await);
            let ids: Vec<String> = rows[1..].iter().map(|row| row.last().unwrap().clone()).collect();
            let expected: Vec<String> = page.rows.iter().map(|row| row.id.to_string()).collect();
            assert_eq!(ids, expected, "{filter:?}");
            assert!(!expected.is_empty());
        }
        let now = world.app.now();
        let refused = ExportCalls { from: Some(now), until: Some(now), ..ExportCalls::default() };
        assert_eq!(world.acme.boss.ask(&refused).await.problem().fields[0].field, "until");
    })
    .await;
}

#[tokio::test]
async fn the_export_is_whole_beyond_one_page_and_holds_no_foreign_row() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let many: Vec<_> = (1_000..4_500)
            .map(|id| ended(call(id, &world.acme.tenant, Some(&world.acme.alice_extension), None)))
            .collect();
        for some in many.chunks(500) {
            world.app.store.record_facts(some).await.unwrap();
        }
        let reply = world.acme.boss.ask(&ExportCalls::default()).await;
        let rows = records(&reply);
        assert_eq!(rows.len(), 1 + 2 + 3_500);
        let ids: std::collections::BTreeSet<&String> = rows[1..].iter().filter_map(|row| row.last()).collect();
        assert_eq!(ids.len(), 3_502, "no row twice");
        assert!(!reply.text().contains("Globex"));
        assert_eq!(records(&world.globex.boss.ask(&ExportCalls::default()).await).len(), 3);
    })
    .await;
}

#[tokio::test]
async fn s19_no_cell_of_a_file_is_a_formula_and_no_name_breaks_a_row() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let formula = r#"=HYPERLINK("http://evil.test","a, b")"#;
        let nasty = CallRecord {
            caller: "+4930".into(),
            caller_name: formula.into(),
            callee: "@SUM(A1)".into(),
            did_cid: "-1".into(),
            outbound_caller_id: "\t=1".into(),
            ..call(60, &world.acme.tenant, None, None)
        };
        let broken = CallRecord { caller_name: "a\r\nb,\"c\"".into(), ..call(61, &world.acme.tenant, None, None) };
        world.app.store.record_facts(&[ended(nasty), ended(broken)]).await.unwrap();
        let rows = records(&world.acme.boss.ask(&ExportCalls::default()).await);
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|row| row.len() == CSV_COLUMNS.len()));
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
        assert!(rows.iter().any(|row| row[1] == format!("'{formula}")));
        assert!(rows.iter().any(|row| row[1] == "a\r\nb,\"c\""));

        let id = world.acme.bob_extension.id;
        let rename = UpdateExtension { name: Some("=1+1".into()), ..UpdateExtension::new(id) };
        world.acme.boss.call(rename).await.unwrap();
        let rows = records(&world.acme.boss.ask(&ExportExtensions::default()).await);
        assert!(rows.iter().any(|row| row[1] == "'=1+1"), "{rows:?}");

        for name in ["a\r\nb", "a\u{0}b", "\u{202e}txt.exe"] {
            let form = CreateExtension { number: "555".into(), name: name.into(), email: None };
            assert_eq!(world.acme.boss.call(form).await.unwrap_err().fields[0].field, "name");
        }
        let html = CreateExtension { number: "555".into(), name: "<script>alert(1)</script>".into(), email: None };
        let created = world.acme.boss.ask(&html).await;
        assert_eq!(created.header("content-type"), "application/json", "JSON is never run as a page");
        assert_eq!(created.header("x-content-type-options"), "nosniff");
    })
    .await;
}

#[tokio::test]
async fn ext_19_what_is_exported_can_be_imported_and_a_bad_row_is_named_by_its_line() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let bad = "number,name,email\r\n201,Carol,\r\n101,Taken,\r\nx,Bad number,\r\n";
        let import = |csv: &str, dry_run| ImportExtensions { csv: csv.into(), dry_run };
        let refused = world.acme.boss.call(import(bad, false)).await.unwrap_err();
        assert_eq!(refused.status, 422);
        let fields: Vec<&str> = refused.fields.iter().map(|field| field.field.as_str()).collect();
        assert!(fields.iter().any(|field| field.contains("line 3")), "{fields:?}");
        assert!(fields.iter().any(|field| field.contains("line 4")), "{fields:?}");
        assert_eq!(world.acme.boss.call(ListExtensions::default()).await.unwrap().total, 2, "nothing was imported");

        let good = "\u{feff}number;name;email\n201;Carol Ä;\n202;Dan;dan@acme.example\n";
        let tried = world.acme.boss.call(import(good, true)).await.unwrap();
        assert_eq!((tried.created, tried.accounts_csv), (2, None));
        let made = world.acme.boss.call(import(good, false)).await.unwrap();
        let accounts = made.accounts_csv.unwrap().text;
        assert_eq!(accounts.lines().count(), 3, "{accounts}");

        let exported = world.acme.boss.ask(&ExportExtensions::default()).await;
        let rows = records(&exported);
        assert_eq!(rows[0], ["number", "name", "email"]);
        assert!(rows.contains(&vec!["201".into(), "Carol Ä".into(), String::new()]));
        let again = exported.text().replace("@globex", "@x").replace("@acme.example", "@copy.example");
        let copied = world.globex.boss.call(import(&again, true)).await.unwrap_err();
        assert!(copied.fields.iter().all(|field| field.field.contains("line")), "101 and 102 are there already");
    })
    .await;
}

#[tokio::test]
async fn t_11_the_refusal_above_a_quota_says_which_and_how_much() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let quota = Quota { extensions_max: Some(3), ..Quota::default() };
        let update = UpdateTenant { quota: Some(quota), ..UpdateTenant::new(world.acme.tenant.id) };
        world.admin.call(update).await.unwrap();
        let many = CreateExtensions { first_number: "200".into(), count: 2, name: "Phone #".into() };
        let refused = world.acme.boss.call(many.clone()).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (409, "quota_reached"));
        assert_eq!(refused.title, "The tenant's limit of 3 extensions is reached.");
        assert_eq!(world.globex.boss.call(many).await.unwrap().created, 2, "the neighbour has its own limit");
    })
    .await;
}

#[tokio::test]
async fn a_file_is_for_whoever_may_see_the_page() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        for path in ["/api/tenant/calls.csv", "/api/tenant/extensions.csv"] {
            assert_eq!(world.app.browser().request(Method::Get, path, None).await.problem().status, 401);
            assert_eq!(world.acme.alice.request(Method::Get, path, None).await.problem().status, 403);
            assert_eq!(world.admin.request(Method::Get, path, None).await.problem().status, 403);
        }
        let session = world.admin.call(ActForTenant { tenant_id: world.globex.tenant.id }).await.unwrap();
        world.admin.token = Some(session.access_token);
        let text = world.admin.ask(&ExportCalls::default()).await.text();
        assert!(text.contains("Globex") && !text.contains("Acme"));
    })
    .await;
}
