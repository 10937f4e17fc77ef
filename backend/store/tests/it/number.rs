//! The inventory of numbers, on both engines (TRK-08).

use shared::inbound_rule::CreateInboundRule;
use shared::number::{AssignNumbers, ListNumbers, ListOwnNumbers, NumberBlock, WithdrawNumbers};
use shared::trunk::{CreateOwnTrunk, TrunkSettings};
use shared::{Page, TenantId, TrunkId};
use store::testing::{NOW, actor, each_database};
use store::{Store, TenantStore};

use crate::trunk::{assigned, inbound, trunk};
use crate::world::{conflict, invalid, is_not_found, tenant_with};

async fn all(store: &Store, search: &str) -> Vec<NumberBlock> {
    let operation = ListNumbers { search: Some(search.into()), ..ListNumbers::default() };
    store.list_numbers(&operation).await.unwrap().rows
}

fn texts(blocks: &[NumberBlock]) -> Vec<String> {
    blocks.iter().map(|block| format!("{} {} {}", block.trunk_name, block.tenant_name, block.numbers)).collect()
}

async fn ruled(view: &TenantStore, trunk: TrunkId, did: &str, cid: &str) {
    let create = CreateInboundRule { settings: inbound(trunk, did, cid) };
    view.create_inbound_rule(NOW, &actor(), &create).await.unwrap();
}

// covers: TRK-08
#[tokio::test]
async fn trk_08_the_inventory_tells_whose_a_number_is_what_it_leads_to_and_which_is_free() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (other, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let pools = vec![assigned(acme.id, "123; 4420-4429"), assigned(globex.id, "55******")];
        let carrier = trunk(&store, "Carrier", pools).await;
        let bare = trunk(&store, "Bare", vec![assigned(acme.id, "")]).await;
        let every = trunk(&store, "Every", vec![assigned(globex.id, "*")]).await;
        for (did, cid) in [("4420", ""), ("+4421", ""), ("4421", "49*******"), ("4425", "")] {
            ruled(&view, carrier.id, did, cid).await;
        }
        ruled(&other, every.id, "*", "").await;

        let found = all(&store, "").await;
        assert_eq!(
            texts(&found),
            ["Carrier Acme 123", "Carrier Acme 4420-4429", "Carrier Globex 55******", "Every Globex *"]
        );
        let figures: Vec<_> =
            found.iter().map(|row| (row.count, row.used, row.free.as_deref(), row.rule_count)).collect();
        assert_eq!(
            figures,
            [
                (Some(1), 0, Some("123"), 0),
                (Some(10), 3, Some("4422"), 4),
                (Some(1_000_000), 0, Some("55000000"), 0),
                (None, 0, None, 1)
            ]
        );
        let rules: Vec<&str> = found[1].rules.iter().map(|rule| rule.number.as_str()).collect();
        assert_eq!(rules, ["4420", "+4421", "4421", "4425"]);
        assert_eq!(found.iter().map(|row| row.is_for_all).collect::<Vec<_>>(), [false, false, false, true]);

        // One for all numbers counts when it does not stand among those that are named, and not for certain callers only.
        for did in 0..25 {
            ruled(&other, every.id, &format!("66{did:02}"), "").await;
        }
        ruled(&view, carrier.id, "*", "49*******").await;
        let found = all(&store, "").await;
        assert_eq!((found[3].rule_count, found[3].rules.len(), found[3].is_for_all), (26, 20, true));
        assert_eq!((found[1].rule_count, found[1].is_for_all, found[1].free.as_deref()), (5, false, Some("4422")));

        assert_eq!(texts(&all(&store, "+4427").await), ["Carrier Acme 4420-4429", "Every Globex *"], "whose is it?");
        assert_eq!(texts(&all(&store, "globex").await).len(), 2);
        assert_eq!(texts(&all(&store, "nobody").await), [""; 0]);

        let own = view.list_own_numbers(&ListOwnNumbers::default()).await.unwrap();
        assert_eq!(texts(&own.rows), ["Carrier Acme 123", "Carrier Acme 4420-4429"]);
        let foreign = ListOwnNumbers { search: Some("55000001".into()), ..ListOwnNumbers::default() };
        assert_eq!(view.list_own_numbers(&foreign).await.unwrap().total, 0);

        let page = |cursor: Option<String>| ListNumbers { cursor, limit: Some(3), ..ListNumbers::default() };
        let Page { rows, next, total } = store.list_numbers(&page(None)).await.unwrap();
        assert_eq!((rows.len(), total), (3, 4));
        let rest = store.list_numbers(&page(next)).await.unwrap();
        assert_eq!((texts(&rest.rows), rest.next), (vec!["Every Globex *".to_owned()], None));
        assert_eq!(invalid(store.list_numbers(&page(Some("x".into()))).await), ["cursor"]);
        assert!(all(&store, &bare.settings.name).await.is_empty());
    })
    .await;
}

// covers: TRK-08, TRK-13
#[tokio::test]
async fn trk_08_numbers_are_assigned_and_withdrawn_and_nothing_else_of_the_trunk_changes() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123")]).await;
        let assign = |tenant: TenantId, numbers: &str| AssignNumbers {
            trunk_id: carrier.id,
            tenant_id: tenant,
            numbers: numbers.into(),
        };
        let withdraw = |tenant: TenantId, numbers: &str| WithdrawNumbers {
            trunk_id: carrier.id,
            tenant_id: tenant,
            numbers: numbers.into(),
        };
        store.assign_numbers(NOW, &actor(), &assign(acme.id, "4420-4429;4431")).await.unwrap();
        store.assign_numbers(NOW, &actor(), &assign(globex.id, "777")).await.unwrap();
        assert_eq!(
            texts(&all(&store, "").await),
            ["Carrier Acme 123", "Carrier Acme 4420-4429", "Carrier Acme 4431", "Carrier Globex 777"]
        );
        assert_eq!(store.load_trunks().await.unwrap()[0].password, "secret");
        for (asked, field) in [
            (assign(globex.id, "4425"), "numbers"),
            (assign(acme.id, "123"), "numbers"),
            (assign(acme.id, "x"), "numbers"),
            (assign(acme.id, ""), "numbers"),
            (assign(TenantId(5), "9"), "numbers"),
        ] {
            assert_eq!(invalid(store.assign_numbers(NOW, &actor(), &asked).await), [field], "{}", asked.numbers);
        }
        ruled(&view, carrier.id, "4425", "").await;
        assert_eq!(conflict(store.withdraw_numbers(NOW, &actor(), &withdraw(acme.id, "4420-4429")).await), "numbers");
        is_not_found(store.withdraw_numbers(NOW, &actor(), &withdraw(acme.id, "4425")).await);
        is_not_found(store.withdraw_numbers(NOW, &actor(), &withdraw(TenantId(5), "123")).await);
        store.withdraw_numbers(NOW, &actor(), &withdraw(acme.id, "123")).await.unwrap();
        store.withdraw_numbers(NOW, &actor(), &withdraw(globex.id, "777")).await.unwrap();
        assert_eq!(texts(&all(&store, "").await), ["Carrier Acme 4420-4429", "Carrier Acme 4431"]);

        let settings = TrunkSettings { name: "Own".into(), host: "gateway.example".into(), ..TrunkSettings::default() };
        let create = CreateOwnTrunk { settings, password: None, did_pool: String::new() };
        let own = view.create_own_trunk(NOW, &actor(), &create).await.unwrap();
        let foreign = AssignNumbers { trunk_id: own.id, ..assign(globex.id, "1") };
        assert_eq!(invalid(store.assign_numbers(NOW, &actor(), &foreign).await), ["tenant_id"]);
        store.assign_numbers(NOW, &actor(), &AssignNumbers { trunk_id: own.id, ..assign(acme.id, "1") }).await.unwrap();
    })
    .await;
}
