//! The SIP ladder through the API: who sees what of it, and as which files (LOG-04, OPS-04).

use std::process::Command;

use shared::ladder::*;
use shared::{Method, RefusalId};
use store::testing::each_database;

use crate::world::World;

#[tokio::test]
async fn log_04_an_administrator_sees_all_and_a_user_of_others_only_that_something_was_said() {
    each_database(|store| async move {
        let World { mut acme, mut admin, .. } = World::new(store).await;
        let call_id = acme.call.id;
        let whole = acme.boss.call(GetCallLadder { call_id }).await.unwrap();
        assert_eq!(whole.messages.len(), 2);
        assert!(whole.messages.iter().all(|message| message.text.contains("Contact: ")));
        let own = acme.alice.call(GetOwnCallLadder { call_id }).await.unwrap();
        assert_eq!(own.messages.first(), whole.messages.first());
        let bobs = own.messages.last().unwrap();
        assert_eq!((bobs.text.as_str(), bobs.remote.as_str()), ("INVITE", ""));
        let refusal_id = RefusalId(acme.tenant.id.0);
        let refused = acme.boss.call(GetRefusalLadder { refusal_id }).await.unwrap();
        assert_eq!(refused.lanes.first().map(|lane| lane.label.as_str()), Some("404"));
        assert_eq!(admin.call(GetAnyRefusalLadder { refusal_id }).await.unwrap(), refused);
        let none = acme.boss.call(GetCallLadder { call_id: acme.bobs_call.id }).await.unwrap();
        assert_eq!(none, Ladder::default(), "nothing was captured");
    })
    .await;
}

#[tokio::test]
async fn ops_04_the_files_hold_the_ladder_as_json_and_as_packets() {
    each_database(|store| async move {
        let World { acme, .. } = World::new(store).await;
        let address = format!("/api/tenant/calls/{}/ladder.file", acme.call.id);
        let json = acme.boss.request(Method::Get, &address, None).await;
        assert_eq!(json.headers["content-type"], "application/json");
        assert_eq!(json.headers["content-disposition"], format!("attachment; filename=\"{}.json\"", acme.call.id));
        let value: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
        assert_eq!(value["record"]["caller"], "101");
        assert_eq!(value["trace"].as_array().map(Vec::len), Some(1));
        assert_eq!(value["ladder"]["messages"].as_array().map(Vec::len), Some(2));
        let pcap = acme.boss.request(Method::Get, &format!("{address}?format=pcap"), None).await;
        assert_eq!(pcap.headers["content-type"], "application/vnd.tcpdump.pcap");
        let wrong = acme.boss.request(Method::Get, &format!("{address}?format=xml"), None).await;
        assert!(matches!(wrong.status.as_u16(), 400 | 422));
        let own = format!("/api/user/calls/{}/ladder.file?format=pcap", acme.call.id);
        let own = acme.alice.request(Method::Get, &own, None).await;
        assert!(!String::from_utf8_lossy(&own.body).contains("sip:192.0.2.1"), "Bob's device is not Alice's to see");
        shown_by_wireshark(&pcap.body);
    })
    .await;
}

/// What Wireshark makes of it; the end-to-end tests look at it with a real call.
fn shown_by_wireshark(pcap: &[u8]) {
    let file = std::env::temp_dir().join(format!("belfry-ladder-{}-{:p}.pcap", std::process::id(), pcap));
    std::fs::write(&file, pcap).unwrap();
    let shark =
        Command::new("tshark").args(["-T", "fields", "-e", "sip.Method", "-e", "ip.dst", "-r"]).arg(&file).output();
    std::fs::remove_file(&file).unwrap();
    let shark = shark.expect("tshark is installed by make setup");
    let text = String::from_utf8_lossy(&shark.stdout).into_owned();
    assert_eq!(text, "INVITE\t203.0.113.5\nINVITE\t192.0.2.1\n", "{}", String::from_utf8_lossy(&shark.stderr));
}
