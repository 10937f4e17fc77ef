//! Mails to the managers of queues.

use std::time::Duration;

use jobs::{Email, Worker};
use shared::extension::CreateExtension;
use shared::fact::{Fact, TenantFact};
use shared::queue::{CreateQueue, DeleteQueue, QueueSettings};
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::tenant::CreateTenant;
use shared::{CallId, QueueCallId};
use store::testing::{NOW, actor, each_database, mail_server};

// covers, MAIL-03
#[tokio::test]
async fn q_13_a_manager_reads_who_waits_too_long_and_who_was_lost_and_what_is_gone_is_not_mailed() {
    each_database(|store| async move {
        let (email, sent) = Email::memory();
        store.start_with_mail_server(mail_server());
        let operation = CreateTenant {
            name: "Acme".into(),
            domain: "acme.example".into(),
            admin_email: "ann@acme.example".into(),
            time_zone: Some("Europe/Berlin".into()),
            ..CreateTenant::default()
        };
        let tenant = store.create_tenant(NOW, &actor(), &operation).await.unwrap().tenant;
        let view = store.tenant(tenant.id);
        let mut people = Vec::new();
        for (number, email) in [("101", None), ("102", Some("max@acme.example".to_owned()))] {
            let form = CreateExtension { number: number.into(), name: "Somebody".into(), email };
            people.push(view.create_extension(NOW, &actor(), &form).await.unwrap().extension.id);
        }
        let settings = QueueSettings {
            number: "8000".into(),
            name: "Sales".into(),
            members: vec![people[0]],
            managers: vec![people[1]],
            sla_seconds: 180,
            mails_lost_calls: true,
            ..QueueSettings::default()
        };
        let queue = view.create_queue(NOW, &actor(), &CreateQueue { settings }).await.unwrap();
        let late = QueueCall {
            id: QueueCallId(1),
            tenant_id: tenant.id,
            queue_id: queue.id,
            call_id: CallId(1),
            caller: "+4930123".into(),
            caller_name: "Carol\r\nBcc: x@y.example".into(),
            entered_at: NOW,
            vip: false,
            callback: false,
            callback_at: None,
            callback_call_id: None,
            callback_breaks: 0,
            late: true,
            ringing: Vec::new(),
            answered_at: None,
            agent_id: None,
            ended_at: None,
            outcome: None,
        };
        let tell = async |queue_call: &QueueCall| {
            let fact = Fact::QueueCallChanged { queue_call: queue_call.clone(), managers: Vec::new() };
            store.record_facts(&[TenantFact { tenant_id: Some(tenant.id), at: NOW, fact }]).await.unwrap();
        };
        let worker = Worker::new(store.clone(), email, || NOW);
        tell(&late).await;
        assert_eq!(worker.run_due().await.unwrap(), 1);
        let ended_at = Some(NOW + Duration::from_millis(200_500));
        let lost =
            QueueCall { ended_at, outcome: Some(QueueOutcome::Abandoned), caller: String::new(), ..late.clone() };
        tell(&lost).await;
        assert_eq!(worker.run_due().await.unwrap(), 1);
        {
            let sent = sent.lock().unwrap();
            let mails: Vec<_> =
                sent.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str(), mail.text.as_str())).collect();
            assert_eq!(
                mails,
                [
                    (
                        "max@acme.example",
                        "A caller waits too long in queue 8000",
                        "+4930123 (CarolBcc: x@y.example) waits longer than 3:00 in queue 8000 (Sales).\n\n\
                         Since: 2026-11-23 21:00 (Europe/Berlin)\n\nThe wallboard in the portal shows who waits."
                    ),
                    (
                        "max@acme.example",
                        "Lost call in queue 8000",
                        "a hidden number (CarolBcc: x@y.example) was not answered in queue 8000 (Sales).\n\n\
                         When: 2026-11-23 21:00 (Europe/Berlin)\nWaited: 3:21\nWhy: Hung up while waiting"
                    ),
                ]
            );
        }
        tell(&QueueCall { id: QueueCallId(2), ..late }).await;
        view.delete_queue(NOW, &actor(), &DeleteQueue { queue_id: queue.id }).await.unwrap();
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!((store.count_jobs().await.unwrap(), sent.lock().unwrap().len()), ((0, 0), 2));
    })
    .await;
}
