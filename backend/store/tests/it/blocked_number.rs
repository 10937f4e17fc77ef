//! Blocked numbers: NBL-01, NBL-02.

use shared::BlockedNumberId;
use shared::activity::ListActivity;
use shared::blocked_number::*;
use shared::dialing::UpdateDialingCodes;
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, TenantStore};

use crate::world::*;

fn new(number: &str, description: &str) -> CreateBlockedNumber {
    CreateBlockedNumber { number: number.into(), description: description.into() }
}

fn import(csv: &str, dry_run: bool) -> ImportBlockedNumbers {
    ImportBlockedNumbers { csv: csv.into(), dry_run }
}

async fn numbers(view: &TenantStore, search: &str) -> Vec<String> {
    let search = Some(search.to_owned());
    let page = view.list_blocked_numbers(&ListBlockedNumbers { search, ..Default::default() }).await.unwrap();
    page.rows.into_iter().map(|row| row.number).collect()
}

// covers: NBL-01
#[tokio::test]
async fn nbl_01_a_number_is_added_changed_and_removed_with_a_line_each() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let (other, _, _) = tenant_with(&store, "Globex", &[]).await;
        let mut changes = store.changes();
        let made =
            view.create_blocked_number(NOW, &actor(), &new("+44 20 7946-0000", " Sells windows ")).await.unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(tenant.id));
        assert_eq!((made.number.as_str(), made.description.as_str()), ("+442079460000", "Sells windows"));
        let again = view.create_blocked_number(NOW, &actor(), &new("+442079460000", "")).await.unwrap_err();
        assert!(matches!(again, Error::Conflict { field: "number", ref reason } if reason.contains("+442079460000")));
        assert_eq!(invalid(view.create_blocked_number(NOW, &actor(), &new("*", "")).await), ["number"]);
        other.create_blocked_number(NOW, &actor(), &new("+442079460000", "")).await.unwrap();
        view.create_blocked_number(NOW, &actor(), &new("0900*", "")).await.unwrap();
        let id = made.id;
        let update = |number: Option<&str>, description: Option<&str>| UpdateBlockedNumber {
            blocked_number_id: id,
            number: number.map(str::to_owned),
            description: description.map(str::to_owned),
        };
        let taken = view.update_blocked_number(NOW, &actor(), &update(Some("0900*"), None)).await.unwrap_err();
        assert!(matches!(taken, Error::Conflict { field: "number", .. }));
        let same = view.update_blocked_number(NOW, &actor(), &update(Some("+442079460000"), None)).await.unwrap();
        assert_eq!(same, made);
        let changed = view.update_blocked_number(at(1), &actor(), &update(Some("Spammer"), Some("x"))).await.unwrap();
        assert_eq!((changed.number.as_str(), changed.description.as_str(), changed.created_at), ("spammer", "x", NOW));
        assert_eq!(numbers(&view, "").await, ["0900*", "spammer"]);
        assert_eq!((numbers(&view, "SPAM").await.len(), numbers(&view, "%").await.len()), (1, 0));
        let line = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!(
            (line.operation.as_str(), line.subject.as_str()),
            ("UpdateBlockedNumber", "blocked number +442079460000")
        );
        assert_eq!(line.changes.len(), 2);
        let gone = DeleteBlockedNumber { blocked_number_id: id };
        assert!(matches!(other.delete_blocked_number(NOW, &actor(), &gone).await, Err(Error::NotFound)));
        view.delete_blocked_number(at(2), &actor(), &gone).await.unwrap();
        assert!(matches!(view.delete_blocked_number(NOW, &actor(), &gone).await, Err(Error::NotFound)));
        assert!(matches!(view.update_blocked_number(NOW, &actor(), &update(None, None)).await, Err(Error::NotFound)));
        let foreign = other.list_blocked_numbers(&ListBlockedNumbers::default()).await.unwrap();
        assert_eq!((foreign.total, foreign.rows[0].tenant_id), (1, other.tenant_id()));
        assert_ne!(foreign.rows[0].id, BlockedNumberId(0));
    })
    .await;
}

// covers: NBL-02
#[tokio::test]
async fn nbl_02_the_plan_holds_the_tenants_own_entries() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let (other, globex, _) = tenant_with(&store, "Globex", &[]).await;
        for number in ["+4490*", "spammer"] {
            view.create_blocked_number(NOW, &actor(), &new(number, "")).await.unwrap();
        }
        other.create_blocked_number(NOW, &actor(), &new("110", "")).await.unwrap();
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        assert_eq!((plan.blocked.len(), plan.blocked.find("+44901")), (2, Some("+4490*".into())));
        let plans = store.load_plans().await.unwrap();
        let of = |id| plans.iter().find(|plan| plan.tenant.id == id).unwrap().blocked.clone();
        assert_eq!((of(tenant.id), of(globex.id).len()), (plan.blocked, 1));
        let found = async |number: &str| {
            let number = number.to_owned();
            view.find_blocked_number(&FindBlockedNumber { number }).await.unwrap().entry
        };
        assert_eq!(found("+44 90 1").await.as_deref(), Some("+4490*"));
        assert_eq!((found("0044901").await, found("110").await, found("").await), (None, None, None));
        let codes = UpdateDialingCodes { international_code: Some("00".into()), ..Default::default() };
        view.update_dialing_codes(NOW, &actor(), &codes).await.unwrap();
        assert_eq!(found("0044901").await.as_deref(), Some("+4490*"));
    })
    .await;
}

// covers: NBL-01
#[tokio::test]
async fn nbl_01_a_bad_row_is_named_by_its_line_and_nothing_is_imported() {
    each_database(|store| async move {
        let (view, _, _) = tenant_with(&store, "Acme", &[]).await;
        view.create_blocked_number(NOW, &actor(), &new("0900*", "")).await.unwrap();
        let long = "x".repeat(DESCRIPTION_CHARACTERS_MAX + 1);
        let csv = format!("number,description\n+44 20 1,ok\n*,\n\n0900*,there\n+44201,twice\n110,{long}\n");
        for dry_run in [true, false] {
            let refused = view.import_blocked_numbers(NOW, &actor(), &import(&csv, dry_run)).await;
            let named = ["line 3: number", "line 5: number", "line 6: number", "line 7: description"];
            assert_eq!(invalid(refused), named);
        }
        assert_eq!(numbers(&view, "").await, ["0900*"]);
        for (csv, field) in [("", "line 1"), ("description\nx", "line 1"), ("number\n", "csv")] {
            assert_eq!(
                invalid(view.import_blocked_numbers(NOW, &actor(), &import(csv, false)).await),
                [field],
                "{csv}"
            );
        }
        let right = "\u{feff}Number;Description\r\n'+44 20 1;ok\r\nspammer;\"=a;b\"\r\n";
        assert_eq!(view.import_blocked_numbers(NOW, &actor(), &import(right, true)).await.unwrap().created, 2);
        assert_eq!(numbers(&view, "").await, ["0900*"], "a dry run changes nothing");
        let mut changes = store.changes();
        assert_eq!(view.import_blocked_numbers(NOW, &actor(), &import(right, false)).await.unwrap().created, 2);
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(view.tenant_id()));
        assert_eq!(numbers(&view, "").await, ["+44201", "0900*", "spammer"]);
        let line = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("ImportBlockedNumbers", "2 blocked numbers"));
        assert_eq!(line.changes[0].after.as_deref(), Some("+44201 spammer"));
    })
    .await;
}

// covers: NBL-01
#[tokio::test]
async fn nbl_01_what_is_exported_can_be_imported_elsewhere() {
    each_database(|store| async move {
        let (view, _, _) = tenant_with(&store, "Acme", &[]).await;
        let (other, _, _) = tenant_with(&store, "Globex", &[]).await;
        for (number, description) in [("+4490*", "=cmd"), ("0900*", "a,b \"c\""), ("spammer", "")] {
            view.create_blocked_number(NOW, &actor(), &new(number, description)).await.unwrap();
        }
        let file = view.export_blocked_numbers(&ExportBlockedNumbers::default()).await.unwrap();
        assert_eq!(file.name, "blocked-numbers.csv");
        assert!(file.text.starts_with("number,description\r\n'+4490*,'=cmd\r\n"), "{}", file.text);
        other.import_blocked_numbers(NOW, &actor(), &import(&file.text, false)).await.unwrap();
        let all = ListBlockedNumbers::default();
        let (here, there) =
            (view.list_blocked_numbers(&all).await.unwrap(), other.list_blocked_numbers(&all).await.unwrap());
        let told = |page: shared::Page<BlockedNumber>| -> Vec<_> {
            page.rows.into_iter().map(|row| (row.number, row.description)).collect()
        };
        assert_eq!(told(here), told(there));
        let some = ExportBlockedNumbers { search: Some("spam".into()) };
        assert_eq!(view.export_blocked_numbers(&some).await.unwrap().text, "number,description\r\nspammer,\r\n");
    })
    .await;
}

#[tokio::test]
async fn a_list_of_thousands_is_imported_and_paged() {
    each_database(|store| async move {
        let (view, _, _) = tenant_with(&store, "Acme", &[]).await;
        let file = |from: usize, count: usize| -> String {
            let rows = (from..from + count).map(|number| format!("0170{number:07},\n"));
            format!("number,description\n{}", rows.collect::<String>())
        };
        let many = view.import_blocked_numbers(NOW, &actor(), &import(&file(0, IMPORT_ROWS_MAX), false)).await.unwrap();
        assert_eq!(many.created as usize, IMPORT_ROWS_MAX);
        let too_many = import(&file(10_000, IMPORT_ROWS_MAX + 1), false);
        assert_eq!(invalid(view.import_blocked_numbers(NOW, &actor(), &too_many).await), ["csv"]);
        let first = ListBlockedNumbers { limit: Some(200), ..Default::default() };
        let first = view.list_blocked_numbers(&first).await.unwrap();
        assert_eq!((first.rows.len(), first.total as usize), (200, IMPORT_ROWS_MAX));
        let next = ListBlockedNumbers { cursor: first.next, limit: Some(1), ..Default::default() };
        assert_eq!(view.list_blocked_numbers(&next).await.unwrap().rows[0].number, "01700000200");
    })
    .await;
}
