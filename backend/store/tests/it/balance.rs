//! Balances of extensions, on both engines (EXT-17).

use shared::ExtensionId;
use shared::activity::ListActivity;
use shared::balance::{AddToBalance, Balance, GetBalance};
use shared::money::Money;
use store::testing::{NOW, actor, each_database};
use store::{Change, Result, TenantStore};

use crate::world::{invalid, is_not_found, tenant_with};

async fn add(view: &TenantStore, extension_id: ExtensionId, amount: &str, note: &str) -> Result<Balance> {
    let operation = AddToBalance { extension_id, amount: amount.into(), note: note.into() };
    view.add_to_balance(NOW, &actor(), &operation).await
}

fn of(extension_id: ExtensionId) -> GetBalance {
    GetBalance { extension_id, cursor: None, limit: None }
}

// covers: EXT-17, BILL-08, LOG-02
#[tokio::test]
async fn ext_17_a_balance_is_the_sum_of_its_ledger_and_the_switch_hears_of_it() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let start = view.get_balance(&of(one)).await.unwrap();
        assert_eq!((start.balance, start.needed, start.entries.total), (Money(0), false, 0));
        let mut notices = store.changes();
        add(&view, one, "10", " Paid by transfer ").await.unwrap();
        assert_eq!(notices.recv().await.unwrap(), Change::TenantChanged(acme.id), "the plan is loaded anew");
        let now = add(&view, one, "-2.500001", "").await.unwrap();
        assert_eq!(now.balance, Money(7_499_999));
        let ledger: Vec<_> =
            now.entries.rows.iter().map(|entry| (entry.amount.0, entry.balance.0, entry.note.as_str())).collect();
        assert_eq!(ledger, [(-2_500_001, 7_499_999, ""), (10_000_000, 10_000_000, "Paid by transfer")]);
        assert_eq!(now.entries.rows.iter().map(|entry| entry.amount.0).sum::<i64>(), now.balance.0);
        let paged = GetBalance { limit: Some(1), ..of(one) };
        let first = view.get_balance(&paged).await.unwrap().entries;
        let second = view.get_balance(&GetBalance { cursor: first.next.clone(), ..paged }).await.unwrap().entries;
        assert_eq!(
            (first.rows[0].amount, second.rows[0].amount, second.next),
            (Money(-2_500_001), Money(10_000_000), None)
        );
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        let left = |id| plan.extensions.iter().find(|known| known.extension.id == id).unwrap().balance;
        assert_eq!((left(one), left(two)), (Money(7_499_999), Money(0)));
        let line = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!(
            (line.operation.as_str(), line.subject.as_str(), line.undoable),
            ("AddToBalance", "extension 101", false)
        );
        assert_eq!(line.changes[0].after.as_deref(), Some("7.499999"));

        // Below zero is allowed: somebody owes. More than a balance holds is not, and nothing has changed then.
        assert_eq!(add(&view, two, "-5", "").await.unwrap().balance, Money(-5_000_000));
        assert_eq!(invalid(add(&view, one, "1000000000", "").await), ["amount"]);
        assert_eq!(invalid(add(&view, one, "0", "").await), ["amount"]);
        assert_eq!(view.get_balance(&of(one)).await.unwrap().balance, Money(7_499_999));

        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        is_not_found(globex.get_balance(&of(one)).await);
        is_not_found(add(&globex, one, "1", "").await);
    })
    .await;
}

// covers: EXT-17, BILL-08
#[tokio::test]
async fn ext_17_what_many_put_on_at_once_is_all_there() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let id = made[0].extension.id;
        let all = (0..20).map(|_| add(&view, id, "0.1", ""));
        for done in futures_util::future::join_all(all).await {
            done.unwrap();
        }
        let now = view.get_balance(&of(id)).await.unwrap();
        assert_eq!((now.balance, now.entries.total), (Money(2_000_000), 20));
    })
    .await;
}
