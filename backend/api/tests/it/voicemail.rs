//! Mailboxes and what is left in them, over HTTP (VM-01…VM-07, EXT-06).

use shared::extension::CreateExtension;
use shared::voicemail::{
    ChangeVoicemail, GetMailbox, GetOwnMailbox, GetVoicemailPeaks, GetVoicemailSound, ListVoicemails, MailboxChange,
    UpdateMailbox, UpdateOwnMailbox, VoicemailChange, VoicemailSettings,
};
use store::testing::each_database;

use crate::world::{World, tone};

// covers: VM-01, VM-03
#[tokio::test]
async fn vm_01_a_message_is_listed_seen_heard_and_changed_through_the_switch() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let list = acme.alice.call(ListVoicemails::default()).await.unwrap();
        assert_eq!(list.rows, std::slice::from_ref(&acme.voicemail));
        let voicemail_id = acme.voicemail.id;
        let reply = acme.alice.ask(&GetVoicemailSound { voicemail_id }).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "audio/ogg"));
        assert_eq!(reply.body, tone());
        let peaks = acme.alice.call(GetVoicemailPeaks { voicemail_id }).await.unwrap().peaks;
        assert_eq!(peaks.len(), 200);
        assert!(peaks.iter().any(|peak| *peak > 20), "it is no silence: {peaks:?}");

        let change = ChangeVoicemail { voicemail_id, change: VoicemailChange::Heard };
        acme.alice.call(change).await.unwrap();
        let asked = (acme.tenant.id, acme.alice_extension.id, voicemail_id, VoicemailChange::Heard);
        assert_eq!(*app.voicemails.lock().unwrap(), [asked]);
        // What the switch does not know (any more) is not found.
        assert_eq!(acme.alice.call(change).await.unwrap_err().status, 404);
    })
    .await;
}

// covers: ACC-10, VM-01
#[tokio::test]
async fn acc_10_another_extensions_message_is_not_found_and_the_switch_is_not_asked() {
    each_database(|store| async move {
        let World { app, mut acme, globex, .. } = World::new(store).await;
        for voicemail_id in [acme.bobs_voicemail.id, globex.voicemail.id] {
            assert_eq!(acme.alice.ask(&GetVoicemailSound { voicemail_id }).await.problem().status, 404);
            assert_eq!(acme.alice.ask(&GetVoicemailPeaks { voicemail_id }).await.problem().status, 404);
            for change in [VoicemailChange::Heard, VoicemailChange::Unheard, VoicemailChange::Deleted] {
                let refused = acme.alice.call(ChangeVoicemail { voicemail_id, change }).await.unwrap_err();
                assert_eq!(refused.status, 404);
            }
        }
        assert_eq!(acme.boss.call(ListVoicemails::default()).await.unwrap_err().status, 403);
        assert_eq!(*app.voicemails.lock().unwrap(), []);
    })
    .await;
}

// covers: EXT-06
#[tokio::test]
async fn ext_06_a_mailbox_is_set_up_by_its_person_and_by_the_administrator_and_its_pin_is_never_shown() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let extension_id = acme.alice_extension.id;
        let settings = VoicemailSettings { pin_required: true, ..VoicemailSettings::default() };
        let own = |pin: Option<&str>| UpdateOwnMailbox {
            change: MailboxChange { settings: settings.clone(), pin: pin.map(str::to_owned) },
        };
        for pin in [None, Some("1111"), Some("471")] {
            let refused = acme.alice.call(own(pin)).await.unwrap_err();
            assert_eq!((refused.status, refused.fields[0].field.as_str()), (422, "pin"), "{pin:?}");
        }
        let reply = acme.alice.ask(&own(Some("4711"))).await;
        assert!(reply.status.is_success() && !reply.text().contains("4711"), "{}", reply.text());
        let seen = acme.boss.call(GetMailbox { extension_id }).await.unwrap();
        assert!(seen.has_pin && seen.settings == settings);
        assert_eq!(globex.boss.call(GetMailbox { extension_id }).await.unwrap_err().status, 404);

        let change = MailboxChange { settings: VoicemailSettings::default(), pin: Some(String::new()) };
        let set = UpdateMailbox { extension_id, change };
        assert_eq!(globex.boss.call(set.clone()).await.unwrap_err().status, 404);
        assert!(!acme.boss.call(set).await.unwrap().has_pin);
        assert!(!acme.alice.call(GetOwnMailbox {}).await.unwrap().has_pin);
        // One that has just been made has a mailbox.
        let form = CreateExtension { number: "150".into(), name: "New".into(), email: None };
        let extension_id = acme.boss.call(form).await.unwrap().extension.id;
        assert!(acme.boss.call(GetMailbox { extension_id }).await.unwrap().settings.enabled);
    })
    .await;
}
