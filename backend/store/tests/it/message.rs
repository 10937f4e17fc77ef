//! Instant messages: MSG-02.

use std::time::Duration;

use shared::extension::DeleteExtension;
use shared::fact::{Fact, TenantFact};
use shared::message::{ListConversations, ListMessages, Message, ReadConversation};
use shared::{ExtensionId, MessageId, Moment, TenantId};
use store::testing::{NOW, actor, each_database};

use crate::world::*;

fn message(tenant: TenantId, id: i64, from: (ExtensionId, &str), to: (ExtensionId, &str), text: &str) -> Message {
    Message {
        id: MessageId(id),
        tenant_id: tenant,
        sender_id: from.0,
        sender: from.1.into(),
        receiver_id: to.0,
        receiver: to.1.into(),
        text: text.into(),
        sent_at: at(id as u64),
        delivered_at: None,
        read_at: None,
    }
}

fn sent(message: &Message) -> TenantFact {
    fact(message.tenant_id, message.sent_at, Fact::MessageSent { message: message.clone() })
}

fn delivered(message: &Message, at: Moment) -> TenantFact {
    let Message { id, sender_id, receiver_id, .. } = *message;
    fact(message.tenant_id, at, Fact::MessageDelivered { message_id: id, sender_id, receiver_id })
}

fn with(extension_id: ExtensionId) -> ListMessages {
    ListMessages { extension_id, cursor: None, limit: None }
}

// covers: MSG-02
#[tokio::test]
async fn msg_02_a_message_is_kept_taken_read_and_listed_for_both() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let [alice, bob, carol] = [0, 1, 2].map(|place: usize| made[place].extension.id);
        let first = message(tenant.id, 1, (alice, "101"), (bob, "102"), "Lunch?\n😀 '; DROP TABLE message; --");
        let second = message(tenant.id, 2, (bob, "102"), (alice, "101"), "Yes");
        let third = message(tenant.id, 3, (carol, "103"), (alice, "101"), "Call me");
        let all = [sent(&first), sent(&second), sent(&third)];
        store.record_facts(&all).await.unwrap();
        store.record_facts(&all).await.unwrap();
        let list = view.list_messages(alice, &with(bob)).await.unwrap();
        assert_eq!(list.rows, [second.clone(), first.clone()]);
        assert_eq!(view.list_messages(bob, &with(alice)).await.unwrap().rows, list.rows);
        assert_eq!(view.list_messages(carol, &with(bob)).await.unwrap().total, 0);
        is_not_found(view.list_messages(alice, &with(ExtensionId(999))).await);

        let talks = view.list_conversations(alice, &ListConversations::default()).await.unwrap();
        let seen: Vec<_> = talks.rows.iter().map(|row| (row.number.as_str(), row.unread, row.online)).collect();
        assert_eq!((talks.total, seen), (2, vec![("103", 1, false), ("102", 1, false)]));
        assert_eq!(talks.rows[0].name, "Person 103");
        assert_eq!(talks.rows[1].last, second);
        let page = ListConversations { limit: Some(1), ..ListConversations::default() };
        let one = view.list_conversations(alice, &page).await.unwrap();
        let next = ListConversations { cursor: one.next.clone(), ..page };
        assert_eq!(view.list_conversations(alice, &next).await.unwrap().rows[0].number, "102");

        view.read_conversation(at(9), alice, &ReadConversation { extension_id: bob }).await.unwrap();
        let talks = view.list_conversations(alice, &ListConversations::default()).await.unwrap();
        assert_eq!(talks.rows.iter().map(|row| row.unread).collect::<Vec<_>>(), [1, 0]);
        let list = view.list_messages(alice, &with(bob)).await.unwrap();
        assert_eq!((list.rows[0].read_at, list.rows[1].read_at), (Some(at(9)), None), "only what came in");

        assert_eq!(store.waiting_messages(tenant.id).await.unwrap().len(), 3);
        store.record_facts(&[delivered(&first, at(5))]).await.unwrap();
        store.record_facts(&[delivered(&first, at(7)), sent(&first)]).await.unwrap();
        let waiting: Vec<_> = store.waiting_messages(tenant.id).await.unwrap().into_iter().map(|m| m.id.0).collect();
        assert_eq!(waiting, [2, 3]);
        let list = view.list_messages(alice, &with(bob)).await.unwrap();
        assert_eq!(list.rows[1].delivered_at, Some(at(5)), "the first device counts");
    })
    .await;
}

#[tokio::test]
async fn a_message_is_taken_in_the_batch_that_it_was_sent_in_and_goes_with_its_people_and_its_time() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let [alice, bob, carol] = [0, 1, 2].map(|place: usize| made[place].extension.id);
        let first = message(tenant.id, 1, (alice, "101"), (bob, "102"), "a");
        let second = message(tenant.id, 2, (alice, "101"), (carol, "103"), "b");
        store.record_facts(&[sent(&first), delivered(&first, at(1)), sent(&second)]).await.unwrap();
        assert_eq!(view.list_messages(bob, &with(alice)).await.unwrap().rows[0].delivered_at, Some(at(1)));
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: bob }).await.unwrap();
        let talks = view.list_conversations(alice, &ListConversations::default()).await.unwrap();
        assert_eq!(talks.rows.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["103"]);
        // What still comes for somebody who is gone is left out, the rest is kept.
        let third = message(tenant.id, 3, (carol, "103"), (alice, "101"), "c");
        store.record_facts(&[sent(&first), sent(&third)]).await.unwrap();
        assert_eq!(view.list_messages(alice, &with(carol)).await.unwrap().total, 2);
        let late = NOW + Duration::from_secs(366 * 24 * 3_600);
        assert_eq!(store.purge(late).await.unwrap().messages, 2);
        assert_eq!(view.list_messages(alice, &with(carol)).await.unwrap().total, 0);
    })
    .await;
}

// covers: S8, T-10
#[tokio::test]
async fn s8_another_tenant_sees_marks_and_changes_nothing_by_the_same_numbers() {
    each_database(|store| async move {
        let (acme, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, other, theirs) = tenant_with(&store, "Globex", &["101", "102"]).await;
        let (alice, bob) = (made[0].extension.id, made[1].extension.id);
        let secret = message(tenant.id, 1, (alice, "101"), (bob, "102"), "secret");
        store.record_facts(&[sent(&secret)]).await.unwrap();
        for extension in [bob, theirs[1].extension.id] {
            assert_eq!(globex.list_messages(extension, &with(theirs[0].extension.id)).await.unwrap().total, 0);
            assert_eq!(globex.list_conversations(extension, &Default::default()).await.unwrap().total, 0);
            is_not_found(globex.list_messages(extension, &with(alice)).await);
            is_not_found(globex.read_conversation(at(9), extension, &ReadConversation { extension_id: alice }).await);
        }
        assert!(store.waiting_messages(other.id).await.unwrap().is_empty());
        let mut forged = delivered(&secret, at(2));
        forged.tenant_id = Some(other.id);
        let stolen = message(other.id, 2, (alice, "101"), (theirs[0].extension.id, "101"), "stolen");
        store.record_facts(&[forged, sent(&stolen)]).await.unwrap();
        assert_eq!(acme.list_messages(bob, &with(alice)).await.unwrap().rows, [secret]);
        assert_eq!(globex.list_conversations(theirs[0].extension.id, &Default::default()).await.unwrap().total, 0);
    })
    .await;
}
