//! Subscriptions as the facts tell of them.

use shared::fact::Fact;
use shared::subscription::{DialogState, Subscription};
use shared::{ExtensionId, SubscriptionId, TenantId};

use store::testing::{NOW, actor, each_database};

use crate::world::{at, fact, tenant_with};

fn subscription(id: i64, tenant: TenantId, watcher: ExtensionId, watched: ExtensionId) -> Subscription {
    Subscription {
        id: SubscriptionId(id),
        tenant_id: tenant,
        extension_id: watcher,
        watched_id: watched,
        event: "dialog;id=4".into(),
        transport: "udp".into(),
        source: "192.0.2.7:5062".into(),
        expires_at: at(3_600),
        version: 3,
        dialog: DialogState {
            call_id: "it's one".into(),
            local_tag: "a".into(),
            local: "<sip:102@acme.localhost>;tag=a".into(),
            contact: "<sip:102@192.0.2.1>".into(),
            cseq: 4,
            remote_tag: "b".into(),
            remote: "\"B\u{fc}ro\" <sip:101@acme.localhost>;tag=b".into(),
            target: "sip:101@192.0.2.7:5062".into(),
            route: vec!["<sip:192.0.2.9;lr>".into()],
            remote_cseq: Some(2),
        },
    }
}

#[tokio::test]
async fn subscriptions_are_there_as_last_told_until_they_or_their_people_are_gone() {
    each_database(|store| async move {
        let (_, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let [first, second, third] = [0, 1, 2].map(|place: usize| made[place].extension.id);
        let told =
            |known: &Subscription| fact(tenant.id, NOW, Fact::Subscribed { subscription: Box::new(known.clone()) });
        let over = |known: &Subscription| fact(tenant.id, NOW, Fact::Unsubscribed { subscription_id: known.id });
        let rows = async || store.subscriptions(tenant.id).await.unwrap();
        let one = subscription(1, tenant.id, first, second);
        let two = subscription(2, tenant.id, first, third);
        let nobodys = subscription(3, tenant.id, first, ExtensionId(77));
        store.record_facts(&[told(&one), told(&two), told(&nobodys)]).await.unwrap();
        assert_eq!(rows().await, [one.clone(), two.clone()]);
        let later = Subscription { expires_at: at(7_200), version: 9, source: "192.0.2.8:1".into(), ..one.clone() };
        store.record_facts(&[told(&later), told(&later), over(&two)]).await.unwrap();
        assert_eq!(rows().await, std::slice::from_ref(&later));
        // One that was over before it was written leaves nothing; another tenant's fact changes no row.
        store.record_facts(&[told(&two), over(&two)]).await.unwrap();
        let (_, other, people) = tenant_with(&store, "Globex", &["101"]).await;
        let stranger = subscription(1, other.id, people[0].extension.id, people[0].extension.id);
        let stolen = Fact::Subscribed { subscription: Box::new(stranger) };
        store.record_facts(&[fact(other.id, NOW, stolen)]).await.unwrap();
        assert_eq!((rows().await, store.subscriptions(other.id).await.unwrap()), (vec![later], vec![]));
        let delete = shared::extension::DeleteExtension { extension_id: second };
        store.tenant(tenant.id).delete_extension(at(80), &actor(), &delete).await.unwrap();
        assert_eq!(rows().await, []);
    })
    .await;
}
