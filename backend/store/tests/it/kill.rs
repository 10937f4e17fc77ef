//! `kill -9`: what was acknowledged is there, and the database opens.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use shared::call_record::ListCalls;
use shared::prompt::ListPrompts;
use shared::reason::Reason;
use shared::{CallId, TenantId};
use store::NewSound;
use store::testing::{NOW, actor, each_url, open};

use crate::world::*;

const URL: &str = "BELFRY_TEST_KILL_URL";
const TENANT: &str = "BELFRY_TEST_KILL_TENANT";
const FOLDER: &str = "BELFRY_TEST_KILL_FOLDER";
const ROUND: &str = "BELFRY_TEST_KILL_ROUND";

/// The victim: writes calls until it is killed, and says which are stored.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn victim() {
    let (Ok(url), Ok(tenant)) = (std::env::var(URL), std::env::var(TENANT)) else { return };
    let (store, tenant) = (open(&url).await, TenantId(tenant.parse().unwrap()));
    for n in 0.. {
        let record = call(tenant, 1_000 + n, at(n as u64));
        let fact = if n % 2 == 0 { started(&record) } else { call_ended(&ended(&answered(&record))) };
        store.record_facts(&[fact]).await.unwrap();
        println!("\nstored {n}");
        std::io::stdout().flush().unwrap();
    }
}

// covers: R1
#[tokio::test]
async fn r1_every_call_that_was_acknowledged_before_a_kill_is_there_once_and_closed_at_the_start() {
    each_url(async |url: String| {
        let store = open(&url).await;
        let (_, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        store.close().await.unwrap();
        let mut stored = -1_i64;
        for round in 0..3 {
            let mut victim = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "kill::victim", "--ignored", "--nocapture", "--test-threads=1"])
                .env(URL, &url)
                .env(TENANT, tenant.id.0.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
            let mut last = -1;
            for line in lines.by_ref() {
                if let Some(n) = line.unwrap().strip_prefix("stored ") {
                    last = n.parse::<i64>().unwrap();
                    if last >= 20 + round * 7 {
                        break;
                    }
                }
            }
            victim.kill().unwrap();
            victim.wait().unwrap();
            // What it still managed to say counts too.
            for line in lines.map_while(Result::ok) {
                if let Some(n) = line.strip_prefix("stored ") {
                    last = n.parse().unwrap();
                }
            }
            stored = stored.max(last);
            assert!(last >= 20, "the victim wrote before it was killed");
            let store = open(&url).await;
            store.close_open_calls(NOW, Reason::ServerRestarted).await.unwrap();
            let view = store.tenant(tenant.id);
            for n in 0..=stored {
                let detail = view.get_call(&shared::call_record::GetCall { call_id: CallId(1_000 + n) }).await;
                assert!(detail.unwrap().record.ended_at.is_some(), "call {n} of round {round}");
            }
            let total = view.list_calls(&ListCalls::default()).await.unwrap().total;
            assert!(total == stored as u64 + 1 || total == stored as u64 + 2, "one more may have been on its way");
            store.close().await.unwrap();
        }
    })
    .await;
}

/// The victim: brings and removes prompts until it is killed, and says which it has kept.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn victim_with_sounds() {
    let (Ok(url), Ok(tenant), Ok(folder)) = (std::env::var(URL), std::env::var(TENANT), std::env::var(FOLDER)) else {
        return;
    };
    let store = open(&url).await.with_files(folder);
    let view = store.tenant(TenantId(tenant.parse().unwrap()));
    let file = vec![7; 200_000];
    // Each victim has a time of its own, as each start of a server has.
    let begin = std::env::var(ROUND).unwrap().parse::<u64>().unwrap() * 100_000;
    for n in begin.. {
        let made =
            view.create_prompt(at(n), &actor(), NewSound { name: "Kept", file: &file, millis: 1 }).await.unwrap();
        if n % 2 == 1 {
            let gone = shared::prompt::DeletePrompt { sound_id: made.id };
            view.delete_prompt(at(n), &actor(), &gone).await.unwrap();
        } else {
            println!("\nstored {}", made.id.0);
            std::io::stdout().flush().unwrap();
        }
    }
}

// covers: R1, IVR-02, T-05
#[tokio::test]
async fn r1_a_prompt_that_is_listed_after_a_kill_has_its_whole_sound_and_none_that_was_kept_is_missing() {
    each_url(async |url: String| {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&url).await.with_files(folder.path());
        let (view, tenant, _) = tenant_with(&store, "Acme", &[]).await;
        for round in 0..5 {
            let mut victim = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "kill::victim_with_sounds", "--ignored", "--nocapture", "--test-threads=1"])
                .env(URL, &url)
                .env(TENANT, tenant.id.0.to_string())
                .env(FOLDER, folder.path())
                .env(ROUND, round.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
            let stored =
                lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("stored ")?.parse::<i64>().ok());
            let kept: Vec<i64> = stored.take(3 + round).collect();
            victim.kill().unwrap();
            victim.wait().unwrap();
            assert_eq!(kept.len(), 3 + round, "the victim wrote before it was killed");
            let mut listed = Vec::new();
            let mut list = ListPrompts { limit: Some(200), ..ListPrompts::default() };
            loop {
                let page = view.list_prompts(&list).await.unwrap();
                listed.extend(page.rows);
                list.cursor = page.next;
                if list.cursor.is_none() {
                    break;
                }
            }
            assert!(kept.iter().all(|id| listed.iter().any(|prompt| prompt.id.0 == *id)));
            let taken: u64 = listed.iter().map(|prompt| prompt.bytes).sum();
            assert_eq!(view.get_own_storage().await.unwrap().prompts, taken, "the sum is what is there");
            for prompt in listed {
                assert_eq!(view.prompt_sound(prompt.id).await.unwrap().1.len(), 200_000, "round {round}");
            }
        }
        store.close().await.unwrap();
    })
    .await;
}
