//! Lists: every row once, in order, whatever is equal, added or searched.

use shared::extension::{CreateExtension, ExtensionSort, ListExtensions};
use shared::page::{Direction, PAGE_ROWS_MAX};
use shared::tenant::{CreateTenant, ListTenants, TenantSort};
use store::TenantStore;
use store::testing::{NOW, actor, each_database};

use crate::world::*;

async fn walk(view: &TenantStore, sort: ExtensionSort, direction: Direction, limit: u32) -> Vec<(String, String)> {
    let mut operation = ListExtensions { sort, direction, limit: Some(limit), ..ListExtensions::default() };
    let mut rows = Vec::new();
    loop {
        let page = view.list_extensions(&operation).await.unwrap();
        assert!(page.rows.len() <= limit as usize);
        rows.extend(page.rows.into_iter().map(|row| (row.extension.number, row.extension.name)));
        assert!(rows.len() <= 100, "the pages go round in circles");
        match page.next {
            Some(next) => operation.cursor = Some(next),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn pages_hold_every_row_once_in_every_order_even_where_keys_are_equal() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        for (number, name) in [
            ("301", "same"),
            ("101", "Same"),
            ("1010", "same"),
            ("Abc", "ä"),
            ("abc", "Z"),
            ("201", "same"),
            ("102", "b"),
        ] {
            let operation = CreateExtension { number: number.into(), name: name.into(), email: None };
            view.create_extension(NOW, &actor(), &operation).await.unwrap();
        }
        let numbers = |rows: &[(String, String)]| rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>();
        let by_number = ["101", "1010", "102", "201", "301", "Abc", "abc"];
        assert_eq!(numbers(&walk(&view, ExtensionSort::Number, Direction::Ascending, 3).await), by_number);
        let by_name = ["102", "301", "101", "1010", "201", "abc", "Abc"];
        for limit in 1..=8 {
            let up = walk(&view, ExtensionSort::Name, Direction::Ascending, limit).await;
            assert_eq!(numbers(&up), by_name, "by bytes of the folded name, then by age; {limit} a page");
            for sort in [ExtensionSort::Number, ExtensionSort::Name, ExtensionSort::CreatedAt] {
                let up = walk(&view, sort, Direction::Ascending, limit).await;
                let mut down = walk(&view, sort, Direction::Descending, limit).await;
                down.reverse();
                assert_eq!(up, down);
                assert_eq!(up.len(), 7);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_that_comes_or_goes_between_two_pages_moves_no_other() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102", "103", "104"]).await;
        let mut operation = ListExtensions { limit: Some(2), ..ListExtensions::default() };
        let first = view.list_extensions(&operation).await.unwrap();
        view.create_extension(at(1), &actor(), &new_extension("100", "Acme")).await.unwrap();
        let gone = shared::extension::DeleteExtension { extension_id: made[1].extension.id };
        view.delete_extension(at(1), &actor(), &gone).await.unwrap();
        operation.cursor = first.next;
        let second = view.list_extensions(&operation).await.unwrap();
        let numbers: Vec<_> = second.rows.iter().map(|row| row.extension.number.as_str()).collect();
        assert_eq!(numbers, ["103", "104"]);
        assert_eq!((second.next, second.total), (None, 4));
    })
    .await;
}

#[tokio::test]
async fn a_search_takes_every_character_as_itself_and_no_case() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &[]).await;
        for (number, name) in
            [("101", "100% Jürgen"), ("102", "a_b"), ("103", "axb"), ("104", "wow!"), ("105", "it's \\ \"q\"")]
        {
            let operation = CreateExtension { number: number.into(), name: name.into(), email: None };
            view.create_extension(NOW, &actor(), &operation).await.unwrap();
        }
        for (search, numbers) in [
            ("%", vec!["101"]),
            ("_", vec!["102"]),
            ("A_B", vec!["102"]),
            ("!", vec!["104"]),
            ("JÜRGEN", vec!["101"]),
            ("'", vec!["105"]),
            ("\\", vec!["105"]),
            ("\"Q\"", vec!["105"]),
            ("  104  ", vec!["104"]),
            ("", vec!["101", "102", "103", "104", "105"]),
            ("\0\n", vec!["101", "102", "103", "104", "105"]),
            ("nothing", vec![]),
        ] {
            let operation = ListExtensions { search: Some(search.into()), ..ListExtensions::default() };
            let page = view.list_extensions(&operation).await.unwrap();
            let found: Vec<_> = page.rows.iter().map(|row| row.extension.number.as_str()).collect();
            assert_eq!(found, numbers, "{search:?}");
            assert_eq!(page.total, numbers.len() as u64);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_list_or_of_nobody_is_refused() {
    each_database(|store| async move {
        let (view, ..) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let operation = ListExtensions { limit: Some(1), ..ListExtensions::default() };
        let cursor = view.list_extensions(&operation).await.unwrap().next;
        let other = ListExtensions { sort: ExtensionSort::Name, cursor, ..ListExtensions::default() };
        assert_eq!(invalid(view.list_extensions(&other).await), ["cursor"]);
        for cursor in ["", "x", "WyJudW1iZXIiXQ", "' OR 1=1"] {
            let operation = ListExtensions { cursor: Some(cursor.into()), ..ListExtensions::default() };
            assert_eq!(invalid(view.list_extensions(&operation).await), ["cursor"]);
        }
        let huge = ListExtensions { limit: Some(u32::MAX), ..ListExtensions::default() };
        assert!(view.list_extensions(&huge).await.unwrap().rows.len() <= PAGE_ROWS_MAX as usize);
        let zero = ListExtensions { limit: Some(0), ..ListExtensions::default() };
        assert_eq!(view.list_extensions(&zero).await.unwrap().rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn tenants_are_listed_by_name_domain_and_age_and_by_whether_they_are_suspended() {
    each_database(|store| async move {
        for (name, domain, age) in [("beta", "a.example", 2), ("Alpha", "c.example", 3), ("gamma", "b.example", 1)] {
            let operation = CreateTenant { domain: domain.into(), ..new_tenant(name) };
            store.create_tenant(at(age), &actor(), &operation).await.unwrap();
        }
        let list = async |operation: ListTenants| {
            let page = store.list_tenants(NOW, &operation).await.unwrap();
            page.rows.into_iter().map(|row| row.tenant.name).collect::<Vec<_>>()
        };
        for (sort, names) in [
            (TenantSort::Name, ["Alpha", "beta", "gamma"]),
            (TenantSort::Domain, ["beta", "gamma", "Alpha"]),
            (TenantSort::CreatedAt, ["gamma", "beta", "Alpha"]),
        ] {
            assert_eq!(list(ListTenants { sort, ..ListTenants::default() }).await, names);
        }
        assert_eq!(list(ListTenants { search: Some("C.EX".into()), ..ListTenants::default() }).await, ["Alpha"]);
        assert!(list(ListTenants { enabled: Some(false), ..ListTenants::default() }).await.is_empty());
    })
    .await;
}
