//! The IP list, as people and as facts write it.

use std::time::Duration;

use shared::activity::ListAllActivity;
use shared::fact::{Fact, TenantFact};
use shared::ip_list::*;
use shared::setting::UpdateSettings;
use shared::{IpEntryId, Moment, Page};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Change, Error, Job, MailLinks, Store};

use crate::world::at;

fn block(address: &str, mask: &str) -> CreateIpEntry {
    CreateIpEntry { address: address.into(), mask: mask.into(), ..CreateIpEntry::default() }
}

fn blocked(id: i64, network: &str, at: Moment) -> TenantFact {
    let evidence = Evidence {
        cause: BlockCause::FailedAuthentication,
        count: 10,
        seconds: 10,
        user_agents: vec!["Friendly\0 scanner".into()],
        users: vec!["101".into()],
        methods: vec!["REGISTER".into()],
    };
    let entry = IpEntry {
        id: IpEntryId(id),
        network: network.parse().unwrap(),
        action: IpAction::Block,
        description: String::new(),
        expires_at: Some(at + Duration::from_secs(3_600)),
        origin: IpOrigin::Automatic,
        evidence: Some(evidence),
        created_at: at,
        hits: 0,
    };
    TenantFact { tenant_id: None, at, fact: Fact::AddressBlocked { entry } }
}

async fn list(store: &Store, now: Moment) -> Page<IpEntry> {
    store.list_ip_entries(now, &ListIpEntries::default()).await.unwrap()
}

// covers: IPB-01, IPB-02, LOG-02
#[tokio::test]
async fn ipb_02_a_range_is_entered_once_changed_and_removed_and_the_log_says_so() {
    each_database(|store| async move {
        let mut changes = store.changes();
        let made = store.create_ip_entry(NOW, &actor(), &block("41.202.160.2", "255.255.0.0")).await.unwrap();
        assert_eq!(made.network.to_string(), "41.202.0.0/16");
        assert_eq!(changes.try_recv(), Ok(Change::IpListChanged));
        let again = store.create_ip_entry(NOW, &actor(), &block("41.202.0.0/16", "")).await.unwrap_err();
        assert!(matches!(again, Error::Conflict { field: "address", .. }), "{again:?}");
        assert!(matches!(store.create_ip_entry(NOW, &actor(), &block("x", "")).await, Err(Error::Invalid(_))));
        let allow = UpdateIpEntry {
            action: Some(IpAction::Allow),
            description: Some("our office".into()),
            ..UpdateIpEntry::of(made.id)
        };
        let allowed = store.update_ip_entry(NOW, &actor(), &allow).await.unwrap();
        assert_eq!(store.ip_entries(NOW).await.unwrap(), std::slice::from_ref(&allowed));
        for (search, action, count) in
            [("office", None, 1), ("41.202", Some(IpAction::Allow), 1), ("", Some(IpAction::Block), 0)]
        {
            let wanted = ListIpEntries { search: Some(search.into()), action, ..ListIpEntries::default() };
            assert_eq!(store.list_ip_entries(NOW, &wanted).await.unwrap().total, count, "{search}");
        }
        let gone = DeleteIpEntry { ip_entry_id: made.id };
        store.delete_ip_entry(NOW, &actor(), &gone).await.unwrap();
        assert!(matches!(store.delete_ip_entry(NOW, &actor(), &gone).await, Err(Error::NotFound)));
        assert!(matches!(store.update_ip_entry(NOW, &actor(), &allow).await, Err(Error::NotFound)));
        let log = store.list_all_activity(&ListAllActivity::default()).await.unwrap();
        let subjects: Vec<_> = log.rows.iter().map(|row| row.subject.as_str()).collect();
        assert_eq!(subjects[..3], ["allow 41.202.0.0/16", "block 41.202.0.0/16", "block 41.202.0.0/16"]);
    })
    .await;
}

// covers: IPB-04, SEC-06
#[tokio::test]
async fn ipb_04_a_block_is_stored_with_its_evidence_ends_and_never_overrules_a_person() {
    each_database(|store| async move {
        let mut changes = store.changes();
        store.record_facts(&[blocked(5, "192.0.2.7", NOW), blocked(6, "192.0.2.8", NOW)]).await.unwrap();
        assert_eq!(changes.try_recv(), Ok(Change::IpListChanged));
        let rows = list(&store, NOW).await.rows;
        assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [6, 5], "the newest first");
        assert_eq!(rows[1].evidence.as_ref().unwrap().users, ["101"]);
        assert_eq!(rows[1].evidence.as_ref().unwrap().user_agents, ["Friendly scanner"]);
        // The same once more, and a later one for the same address.
        store.record_facts(&[blocked(5, "192.0.2.7", NOW)]).await.unwrap();
        store.record_facts(&[blocked(9, "192.0.2.7", at(60))]).await.unwrap();
        let rows = list(&store, at(60)).await.rows;
        assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [9, 6]);
        let allow = UpdateIpEntry { action: Some(IpAction::Allow), ..UpdateIpEntry::of(IpEntryId(9)) };
        store.update_ip_entry(at(61), &actor(), &allow).await.unwrap();
        store.record_facts(&[blocked(10, "192.0.2.7", at(62))]).await.unwrap();
        let rows = list(&store, at(62)).await.rows;
        assert_eq!((rows[0].id.0, rows[0].action, rows[0].expires_at), (9, IpAction::Allow, None));
        // The other has ended after its hour: nobody sees it, and the purge takes it away.
        assert_eq!(list(&store, at(3_600)).await.total, 1);
        assert_eq!(store.ip_entries(at(3_600)).await.unwrap().len(), 1);
        assert_eq!(store.purge(at(3_600)).await.unwrap().ip_entries, 1);
        // What had ended makes way for a new entry.
        store
            .create_ip_entry(NOW, &actor(), &CreateIpEntry { expires_at: Some(at(10)), ..block("192.0.2.9", "") })
            .await
            .unwrap();
        store.record_facts(&[blocked(11, "192.0.2.9", at(20))]).await.unwrap();
        assert_eq!(list(&store, at(21)).await.rows[0].id.0, 11);
    })
    .await;
}

async fn mails(store: &Store, now: Moment) -> Vec<(String, String)> {
    let mut mails = Vec::new();
    loop {
        let jobs = store.claim_jobs(now, Duration::from_secs(60), 32).await.unwrap();
        if jobs.is_empty() {
            return mails;
        }
        for job in jobs {
            if let Job::SendEmail { to, text, .. } = job.job {
                mails.push((to, text));
            }
        }
    }
}

// covers: SEC-07
#[tokio::test]
async fn sec_07_a_block_is_mailed_where_that_is_switched_on_and_an_attack_fills_no_mailbox() {
    each_database(|store| async move {
        let on = UpdateSettings { mail_on_block: Some(true), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &on).await.unwrap();
        store.create_first_admin(NOW, "Boss", "boss@pbx.example", "hash".into()).await.unwrap();
        store.record_facts(&[blocked(5, "192.0.2.1", NOW)]).await.unwrap();
        assert_eq!(mails(&store, NOW).await, [], "nothing is mailed where no mail server is configured");
        store.send_invitations(MailLinks { prefix: "https://pbx.example/link#".into() });
        store.start_with_mail_server(mail_server());
        store.record_facts(&[blocked(6, "192.0.2.2", at(1))]).await.unwrap();
        let sent = mails(&store, at(2)).await;
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, "boss@pbx.example");
        assert!(sent[0].1.contains("192.0.2.2") && sent[0].1.contains("10 failed sign-ins"), "{}", sent[0].1);
        let named = vec!["noc@pbx.example".to_owned(), "duty@pbx.example".to_owned()];
        let named = UpdateSettings { alarm_recipients: Some(named), ..UpdateSettings::default() };
        store.update_settings(NOW, &actor(), &named).await.unwrap();
        let attack: Vec<_> = (0..100).map(|n| blocked(100 + n, &format!("198.51.100.{n}"), at(3))).collect();
        store.record_facts(&attack).await.unwrap();
        let sent = mails(&store, at(4)).await;
        assert_eq!(sent.len(), 2 * 18, "two of the hour's twenty were spent");
        assert!(sent.iter().any(|(to, _)| to == "duty@pbx.example"));
    })
    .await;
}
