//! `kill -9`: what was acknowledged is there, and the database opens.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use shared::call_record::ListCalls;
use shared::reason::Reason;
use shared::{CallId, TenantId};
use store::testing::{NOW, each_url, open};

use crate::world::*;

const URL: &str = "BELFRY_TEST_KILL_URL";
const TENANT: &str = "BELFRY_TEST_KILL_TENANT";

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
