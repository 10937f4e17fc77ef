//! What people write to each other (MSG-02).

use shared::fact::{Fact, TenantFact};
use shared::message::{ListConversations, ListMessages, Message, ReadConversation, SendMessage};
use shared::{ExtensionId, MessageId};
use store::testing::{NOW, each_database};

use crate::world::{Company, World};

fn sent(company: &Company, id: i64, text: &str) -> TenantFact {
    let message = Message {
        id: MessageId(id),
        tenant_id: company.tenant.id,
        sender_id: company.bob_extension.id,
        sender: "102".into(),
        receiver_id: company.alice_extension.id,
        receiver: "101".into(),
        text: text.into(),
        sent_at: NOW,
        delivered_at: None,
        read_at: None,
    };
    TenantFact { tenant_id: Some(company.tenant.id), at: NOW, fact: Fact::MessageSent { message } }
}

#[tokio::test]
async fn msg_02_a_message_is_sent_through_the_switch_listed_and_read() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let bob = acme.bob_extension.id;
        let send = |text: &str| SendMessage { extension_id: bob, text: text.into() };
        let message = acme.alice.call(send("Lunch?")).await.unwrap();
        assert_eq!((message.sender_id, message.receiver_id), (acme.alice_extension.id, bob));
        assert_eq!((message.tenant_id, message.text.as_str()), (acme.tenant.id, "Lunch?"));
        for text in ["", "  ", "a\u{0}b", &"x".repeat(5_000)] {
            let refused = acme.alice.call(send(text)).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "text"), "{text:?}");
        }
        let nobody = SendMessage { extension_id: ExtensionId(12_345), text: "x".into() };
        assert_eq!(acme.alice.call(nobody).await.unwrap_err().status, 404);

        app.store.record_facts(&[sent(&acme, 5, "<b>Yes</b>")]).await.unwrap();
        let talks = acme.alice.call(ListConversations::default()).await.unwrap();
        assert_eq!((talks.rows[0].unread, talks.rows[0].last.text.as_str()), (1, "<b>Yes</b>"));
        acme.alice.call(ReadConversation { extension_id: bob }).await.unwrap();
        assert_eq!(acme.alice.call(ListConversations::default()).await.unwrap().rows[0].unread, 0);
        let list = ListMessages { extension_id: bob, cursor: None, limit: None };
        assert_eq!(acme.alice.call(list.clone()).await.unwrap().rows[0].read_at, Some(NOW));
        assert_eq!(acme.boss.call(list).await.unwrap_err().status, 403, "messages are their writers'");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_the_switch_does_not_take_is_a_conflict_with_its_reason() {
    each_database(|store| async move {
        let World { mut acme, .. } = World::new(store).await;
        let own = SendMessage { extension_id: acme.alice_extension.id, text: "to myself".into() };
        let refused = acme.alice.call(own).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (409, "message_refused"));
        assert_eq!(refused.title, "101 called itself.");
    })
    .await;
}
