//! Many extensions at once: EXT-01, EXT-19.

use shared::extension::{CreateExtensions, ExportExtensions, ImportExtensions, ListExtensions};
use shared::quota::Quota;
use shared::tenant::UpdateTenant;
use store::testing::{NOW, actor, each_database};
use store::{Error, TenantStore};

use crate::world::*;

fn import(csv: &str) -> ImportExtensions {
    ImportExtensions { csv: csv.into(), dry_run: false }
}

async fn numbers(view: &TenantStore) -> Vec<String> {
    let page = view.list_extensions(&ListExtensions { limit: Some(200), ..Default::default() }).await.unwrap();
    page.rows.into_iter().map(|row| row.extension.number).collect()
}

#[tokio::test]
async fn ext_01_many_are_made_with_consecutive_numbers_all_or_none() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &["0105"]).await;
        let bulk = |first: &str, count| CreateExtensions { first_number: first.into(), count, name: "Room #".into() };
        let taken = view.create_extensions(NOW, &actor(), &bulk("0101", 10)).await;
        assert_eq!(invalid(taken), ["line 5: number"]);
        assert_eq!(numbers(&view).await, ["0105"]);
        let made = view.create_extensions(NOW, &actor(), &bulk("0998", 3)).await.unwrap();
        assert_eq!(made.created, 3);
        assert_eq!(numbers(&view).await, ["0105", "0998", "0999", "1000"]);
        let csv = made.accounts_csv.unwrap().text;
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "number,name,email,user,secret,domain");
        let cells: Vec<&str> = lines[1].split(',').collect();
        assert_eq!((cells[0], cells[1], cells[3], cells[5]), ("0998", "Room 0998", "0998", "acme.example"));
        assert!(cells[4].len() >= 20);
        let quota = Some(Quota { extensions_max: Some(6), ..Quota::default() });
        store.update_tenant(NOW, &actor(), &UpdateTenant { quota, ..UpdateTenant::new(tenant.id) }).await.unwrap();
        let many = view.create_extensions(NOW, &actor(), &bulk("2001", 3)).await;
        assert!(matches!(many, Err(Error::Quota(reached)) if reached.max == 6));
        view.create_extensions(NOW, &actor(), &bulk("2001", 2)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn ext_01_thousands_are_made_at_once_and_each_has_its_own_secret() {
    each_database(|store| async move {
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        let quota = Some(Quota { extensions_max: None, ..Quota::default() });
        store.update_tenant(NOW, &actor(), &UpdateTenant { quota, ..UpdateTenant::new(tenant.id) }).await.unwrap();
        let bulk = CreateExtensions { first_number: "10000".into(), count: 1_501, name: "#".into() };
        assert_eq!(view.create_extensions(NOW, &actor(), &bulk).await.unwrap().created, 1_501);
        let plan = store.load_plan(tenant.id).await.unwrap().unwrap();
        let digests: std::collections::BTreeSet<_> =
            plan.extensions.iter().map(|extension| extension.ha1.md5).collect();
        assert_eq!(digests.len(), 1_501);
    })
    .await;
}

#[tokio::test]
async fn ext_19_a_bad_line_is_named_and_nothing_is_imported() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &["101"]).await;
        tenant_with(&store, "Globex", &["555"]).await;
        let file = "number,name,email\n102,Bob,bob@acme.example\n101,Alice,\n1,Short,\n102,Twice,\n103,,x\n\
                    104,Taken,555@GLOBEX.example\n105,Same,BOB@acme.example\n";
        let fields = invalid(view.import_extensions(NOW, &actor(), &import(file)).await);
        assert_eq!(
            fields,
            [
                "line 3: number",
                "line 4: number",
                "line 5: number",
                "line 6: name",
                "line 6: email",
                "line 7: email",
                "line 8: email"
            ]
        );
        assert_eq!(numbers(&view).await, ["101"]);
        assert!(store.find_account_by_email("bob@acme.example").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn ext_19_a_dry_run_only_looks() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        let mut operation = import("number;name\r\n101;Alice\r\n102;Bob\r\n");
        operation.dry_run = true;
        let would = view.import_extensions(NOW, &actor(), &operation).await.unwrap();
        assert_eq!((would.created, would.accounts_csv), (2, None));
        assert_eq!(numbers(&view).await, Vec::<String>::new());
        operation.dry_run = false;
        assert_eq!(view.import_extensions(NOW, &actor(), &operation).await.unwrap().created, 2);
        assert_eq!(numbers(&view).await, ["101", "102"]);
    })
    .await;
}

#[tokio::test]
async fn ext_19_an_export_goes_into_an_empty_tenant_again_and_no_cell_is_a_formula() {
    each_database(|store| async move {
        let (acme, ..) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let file = "number,name\n102,\"=HYPERLINK(\"\"http://x\"\")\"\n103,\"Comma, Inc\"\n104,-dash\n105,'quoted'\n";
        acme.import_extensions(NOW, &actor(), &import(file)).await.unwrap();
        let export = acme.export_extensions(&ExportExtensions::default()).await.unwrap();
        assert_eq!(export.name, "extensions.csv");
        assert!(export.text.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{}", export.text);
        assert!(export.text.contains("104,'-dash,"));
        // Addresses are unique over the installation, so they are taken out of the copy.
        let copy = export.text.replace("101@acme.example", "");
        assert_eq!(globex.import_extensions(NOW, &actor(), &import(&copy)).await.unwrap().created, 5);
        let names = async |view: &TenantStore| {
            let page = view.list_extensions(&ListExtensions::default()).await.unwrap();
            page.rows.into_iter().map(|row| (row.extension.number, row.extension.name)).collect::<Vec<_>>()
        };
        assert_eq!(names(&acme).await, names(&globex).await);
        let some = ExportExtensions { search: Some("COMMA".into()) };
        assert_eq!(acme.export_extensions(&some).await.unwrap().text.lines().count(), 2);
    })
    .await;
}
