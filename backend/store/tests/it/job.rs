//! Work that follows: stored with its cause, claimed once, tried again, given up.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::{RecordingId, TenantId};
use store::testing::{NOW, actor, each_database, mail_server};
use store::{Job, Lane, MailLinks, Purged};

use crate::world::*;

const LEASE: Duration = Duration::from_secs(60);

fn mail(n: usize) -> Job {
    Job::SendEmail { to: format!("{n}@acme.example"), subject: "s".into(), text: "t".into() }
}

#[tokio::test]
async fn of_many_workers_each_job_has_one() {
    each_database(|store| async move {
        for n in 0..40 {
            store.enqueue(NOW, None, &mail(n)).await.unwrap();
        }
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let jobs = store.claim_jobs(at(1), LEASE, 3).await.unwrap();
                        if jobs.is_empty() {
                            return mine;
                        }
                        mine.extend(jobs);
                    }
                })
            })
            .collect();
        let mut seen = BTreeSet::new();
        for worker in workers {
            for job in worker.await.unwrap() {
                assert_eq!(job.tries, 1);
                assert!(seen.insert(job.id), "{} twice", job.id);
            }
        }
        // SKIP LOCKED may leave a row that another looked at: one more look finds it.
        seen.extend(store.claim_jobs(at(1), LEASE, 32).await.unwrap().into_iter().map(|job| job.id));
        assert_eq!(seen.len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_job_comes_back_after_its_lease_or_its_pause_until_it_is_done_or_given_up() {
    each_database(|store| async move {
        store.enqueue(NOW, None, &mail(1)).await.unwrap();
        let claim = async |now| store.claim_jobs(now, LEASE, 10).await.unwrap();
        let first = claim(at(0)).await.remove(0);
        assert_eq!((first.job.clone(), first.tries), (mail(1), 1));
        assert_eq!(claim(at(59)).await, []);
        assert_eq!(claim(at(60)).await[0].tries, 2, "its worker died");
        store.fail_job(at(61), first.id, "no route", Some(at(600))).await.unwrap();
        assert_eq!(claim(at(599)).await, []);
        assert_eq!(claim(at(600)).await[0].tries, 3);
        store.fail_job(at(601), first.id, "no route", None).await.unwrap();
        assert_eq!(claim(at(100_000)).await, [], "given up");
        store.enqueue(NOW, None, &mail(2)).await.unwrap();
        let second = claim(at(0)).await.remove(0);
        store.finish_job(second.id).await.unwrap();
        assert_eq!(claim(at(100_000)).await, []);
    })
    .await;
}

#[tokio::test]
async fn jobs_of_the_storage_are_claimed_apart_from_all_others() {
    each_database(|store| async move {
        let jobs = [
            Job::MoveRecording { recording_id: RecordingId(1) },
            Job::RemoveObjects { keys: vec!["key".into()] },
            Job::RemoveTenantObjects { tenant_id: TenantId(1) },
            mail(1),
            Job::Purge,
        ];
        for job in &jobs {
            store.enqueue(NOW, None, job).await.unwrap();
        }
        let claim = async |lane| -> Vec<Job> {
            let claimed = store.claim_jobs_of(at(1), Some(lane), LEASE, 10).await.unwrap();
            claimed.into_iter().map(|claimed| claimed.job).collect()
        };
        assert_eq!(claim(Lane::Others).await, jobs[3..]);
        assert_eq!(claim(Lane::Storage).await, jobs[..3]);
        assert_eq!(store.claim_jobs(at(1), LEASE, 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_sent_only_where_email_is_set_up_and_only_if_its_cause_is_stored() {
    each_database(|store| async move {
        let made = create_tenant(&store, "Acme").await;
        assert_eq!(store.claim_jobs(at(1), LEASE, 10).await.unwrap(), []);
        store.send_invitations(MailLinks { prefix: "https://pbx.example/link/".into() });
        let view = store.tenant(made.tenant.id);
        view.create_extension(NOW, &actor(), &new_extension("100", "Acme")).await.unwrap();
        assert_eq!(store.claim_jobs(at(1), LEASE, 10).await.unwrap(), [], "no mail server is set");
        store.start_with_mail_server(mail_server());
        let created = view.create_extension(NOW, &actor(), &new_extension("101", "Acme")).await.unwrap();
        assert_eq!(conflict(view.create_extension(NOW, &actor(), &new_extension("101", "Acme")).await), "number");
        let [job] = store.claim_jobs(at(1), LEASE, 10).await.unwrap().try_into().unwrap();
        assert_eq!(job.tenant_id, Some(made.tenant.id));
        let Job::SendEmail { to, subject, text } = job.job else { panic!("{:?}", job.job) };
        assert_eq!((to.as_str(), subject.as_str()), ("101@acme.example", "Your account at Acme"));
        assert!(text.contains(&format!("https://pbx.example/link/{}\n", created.invitation.unwrap())));
    })
    .await;
}

#[tokio::test]
async fn the_purge_exists_once_and_takes_only_what_has_run_out() {
    each_database(|store| async move {
        store.enqueue(NOW, None, &Job::Purge).await.unwrap();
        store.enqueue(NOW, None, &Job::Purge).await.unwrap();
        let [purge] = store.claim_jobs(at(1), LEASE, 10).await.unwrap().try_into().unwrap();
        assert_eq!(purge.job, Job::Purge);
        store.repeat_job(purge.id, at(3_600)).await.unwrap();
        assert_eq!(store.claim_jobs(at(3_599), LEASE, 10).await.unwrap(), []);
        assert_eq!(store.claim_jobs(at(3_600), LEASE, 10).await.unwrap()[0].tries, 1);

        let (_, tenant, made) = tenant_with(&store, "Acme", &["101"]).await;
        store
            .create_session(NOW, store.consume_link(NOW, made[0].invitation.as_deref().unwrap()).await.unwrap().id, "t")
            .await
            .unwrap();
        store.note_sign_in_failure(NOW, "x@y.example").await.unwrap();
        store
            .record_facts(&[
                registered(&registration(tenant.id, made[0].extension.id, 60)),
                refusal(None, "x", 70, NOW),
            ])
            .await
            .unwrap();
        assert_eq!(store.purge(at(1)).await.unwrap(), Purged::default());
        let days = |days: u64| at(days * 86_400 + 7_200);
        let first = store.purge(days(1)).await.unwrap();
        assert_eq!(first, Purged { sign_in_failures: 1, registrations: 1, ..Purged::default() });
        let month = store.purge(days(30)).await.unwrap();
        assert_eq!(month, Purged { sessions: 1, links: 1, refusals: 1, ..Purged::default() });
        assert_eq!(store.purge(days(180)).await.unwrap(), Purged { activity: 2, events: 1, ..Purged::default() });
    })
    .await;
}
