//! Every operation that changes something leaves a line in the activity log, done or refused (LOG-02).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::Method;
use shared::account::ActForTenant;
use shared::activity::{Activity, ListAllActivity};
use shared::role::Access;
use store::testing::each_database;

use crate::app::{ADDRESS, Browser};
use crate::world::{PASSWORD, World, call, tone_wav};

/// How an operation is done in the test's world, or why it leaves no line.
enum Doing {
    By(Value),
    NoLine(&'static str),
}

/// A new operation that changes something gets a line here.
fn doing(name: &str) -> Doing {
    use Doing::{By, NoLine};
    match name {
        "CompleteSetup" | "SignIn" | "SignInByLink" | "SignOut" => NoLine("has a test of its own below"),
        "RefreshSession" => NoLine("every page does it every few minutes, by itself"),
        "CreatePhoneCredential" => NoLine("every page does it by itself; the registration is what is seen"),
        "TestTrunk" | "TestUsableTrunk" => NoLine("asks, and changes nothing"),
        "RunChecks" => NoLine("looks, and changes nothing"),
        "HangUpOwnCall" => NoLine("has its line in monitor.rs"),
        "MonitorCall" => NoLine("has its line when somebody listens: see monitor.rs of the store"),
        "SendMessage" | "ReadConversation" => NoLine("what people write to each other is theirs"),
        "StopActing" | "UpdateSettings" => By(json!({ "prack": true })),
        "ChangePassword" => By(json!({ "current": PASSWORD, "new": "Other9Horses" })),
        "UpdateAccount" => By(json!({ "name": "Another" })),
        "SetOwnExtension" => NoLine("is not for whoever acts for the tenant; has its line in own_extension.rs"),
        "CreateTenant" => By(json!({ "name": "New", "domain": "new.example", "admin_email": "new@new.example" })),
        "UpdateTenant" | "UpdateExtension" => By(json!({ "name": "Renamed" })),
        "DeleteTenant" => By(json!({ "confirm_name": "Renamed" })),
        "CreateTransport" => By(json!({ "protocol": "tcp", "port": 5071 })),
        "CreateLocalCertificate" => By(json!({ "web_domain": "" })),
        "CreateExtension" => By(json!({ "number": "150", "name": "New" })),
        "CreateExtensions" => By(json!({ "first_number": "160", "count": 2, "name": "New" })),
        "ImportExtensions" => By(json!({ "csv": "number,name,email\n170,New,\n" })),
        "UpdateTenantProfile" => By(json!({ "name": "Acme", "website": "https://acme.example", "country": "FR" })),
        "CreateExtensionGroup" => By(json!({ "name": "Sales" })),
        "UpdateExtensionGroup" | "DeleteExtensionGroup" => NoLine("is done in extension_group.rs"),
        "UpdateDialingCodes" => By(json!({ "country": "GB" })),
        "AddToBalance" => By(json!({ "amount": "10" })),
        "CreateBlockedNumber" => By(json!({ "number": "0900*" })),
        "UpdateBlockedNumber" => By(json!({ "description": "Sells windows" })),
        "DeleteBlockedNumber" => By(json!({})),
        "ImportBlockedNumbers" => By(json!({ "csv": "number,description\n0901*,\n" })),
        "ResetOwnSipSecret" => NoLine("is not allowed here; has its line in tenant.rs"),
        "ActForTenant" | "DeleteExtension" | "ResetSipSecret" | "InviteExtension" | "HangUpCall" => By(json!({})),
        "CreateCertificateRequest" => By(json!({ "names": ["pbx.example"] })),
        "OrderCertificate" => By(json!({
            "web_domain": "acme.example", "directory": "https://ca.example/directory", "terms_accepted": true,
        })),
        "StopAcme" => By(json!({})),
        "UpdateTurn" => By(json!({ "urls": ["turn:turn.example:3478"], "secret": "sixteen characters and more" })),
        "UpdateMailServer" | "UpdateOwnMailServer" => {
            By(json!({ "server": "mail.example", "port": 587, "sender": "pbx@mail.example" }))
        }
        "TestMailServer" | "TestOwnMailServer" => By(json!({
            "server": "mail.example", "port": 587, "sender": "pbx@mail.example", "to": "ada@provider.example",
        })),
        "UpdateOwnProfile" => NoLine("has the line of UpdatePersonalProfile, by its own person"),
        "UpdatePersonalProfile" => By(json!({ "position": "Head of sales" })),
        "UpdateOwnForwarding" => NoLine("has the line of UpdateForwarding, by its own person"),
        "UpdateDirectNumber" => NoLine("needs a trunk; is done in forwarding.rs of the store"),
        "UpdateForwarding" => By(json!({ "call_waiting": false })),
        "UpdateFeatureCodes" => By(json!({ "intercom": "*80" })),
        "UpdateMusicOnHold" => By(json!({ "random": true })),
        "UpdateOfficeHours" => By(json!({ "week": {}, "holidays": [] })),
        "ApplyWizard" | "SkipWizard" => By(json!({})),
        "CompleteCertificateRequest" => NoLine("is done in certificate.rs; here it is refused"),
        "CreateIpEntry" => By(json!({ "address": "198.51.100.9" })),
        "UpdateIpEntry" | "DeleteIpEntry" => NoLine("is done in ip_list.rs; here it is refused"),
        "CreateTrunk" | "CreateOwnTrunk" => By(json!({ "name": "Carrier", "host": "sip.example" })),
        "AssignNumbers" | "WithdrawNumbers" => NoLine("is done in number.rs"),
        "UndoActivity" => NoLine("writes the line of what it does: see trunk.rs"),
        "UpdateTrunk" | "DeleteTrunk" | "UpdateOwnTrunk" | "DeleteOwnTrunk" => NoLine("is done in trunk.rs"),
        "CreateInboundRule" | "UpdateInboundRule" | "DeleteInboundRule" | "ImportInboundRules" => {
            NoLine("is done in trunk.rs")
        }
        "CreateOutboundRule" | "UpdateOutboundRule" | "DeleteOutboundRule" | "CreateRingGroup" | "UpdateRingGroup"
        | "DeleteRingGroup" => NoLine("is done in trunk.rs"),
        "CreateReceptionist" => By(json!({ "number": "810", "name": "Menu" })),
        "UpdateReceptionist" => By(json!({
            "number": "800", "name": "Renamed", "urls": [{ "name": "Cards", "list": "22", "action": "102" }],
            "passwords": { "Cards": "open sesame" },
        })),
        "CreateConferenceRoom" => By(json!({ "number": "820", "subject": "Monday" })),
        "UpdateConferenceRoom" => By(json!({ "number": "821", "subject": "Renamed" })),
        "ChangeConference" => By(json!({ "do": "lock" })),
        "DeleteConferenceRoom" => By(json!({})),
        "ChangeOwnConference" => NoLine("has the line of ChangeConference, by a moderator: see conference.rs"),
        "MailConferenceInvitation" | "MailOwnConferenceInvitation" => {
            NoLine("is done in conference_room.rs of the store")
        }
        "CreateTemporaryConference" | "DeleteTemporaryConference" => {
            NoLine("is done in conference_room.rs of the store")
        }
        "CreateRoom" | "UpdateRoom" | "DestroyRoom" | "UpdateParticipant" | "UpdateChairman" => {
            NoLine("has the line of our own operation: see conference.rs")
        }
        "CreateQueue" | "UpdateQueue" | "DeleteQueue" => NoLine("needs members; is done in queue.rs of the store"),
        "SetAgentReady" | "SetOwnAgentReady" | "UpdateMemberState" => NoLine("needs a queue; is done in queue.rs"),
        "CreateVip" => By(json!({ "number": "+491511" })),
        "CreateNuisance" => By(json!({ "number": "0900123" })),
        "UpdateVip"
        | "DeleteVip"
        | "UpdateNuisance"
        | "DeleteNuisance"
        | "CreateExclusiveAgent"
        | "UpdateExclusiveAgent"
        | "DeleteExclusiveAgent" => NoLine("is done in queue.rs of the store"),
        "UpdateRecordingRules" => By(json!({ "no_external_recording": true })),
        "RecordOwnCall" => NoLine("is what a telephone could do too; the trace of the call has it"),
        "UpdateObjectStorage" => By(json!({
            "endpoint": "https://s3.example.com", "region": "eu", "bucket": "belfry", "access_key": "key", "secret": "word",
        })),
        "TestObjectStorage" => By(json!({
            "endpoint": "http://127.0.0.1:9", "region": "eu", "bucket": "belfry", "access_key": "key", "secret": "word",
            "allow_http": true,
        })),
        "CreatePrompt" => By(json!({ "name": "Welcome", "sound": STANDARD.encode(tone_wav()) })),
        "DeleteReceptionist" | "DeletePrompt" | "DeleteRecording" => By(json!({})),
        "DeleteOwnRecording" => NoLine("is done in recording.rs"),
        "UpdateMailbox" => By(json!({ "settings": { "says_time": false } })),
        "UpdateOwnMailbox" => NoLine("has the line of UpdateMailbox, by its own person"),
        "RecordPrompt" | "RecordGreeting" => NoLine("has its line when it is kept: see sound.rs of the store"),
        "CreateGreeting" | "DeleteGreeting" => NoLine("is done in prompt.rs"),
        "CreatePhone" | "UpdatePhone" | "UpdatePhoneKeys" => {
            NoLine("names an extension; is done in phone.rs of the store")
        }
        "UpdateOwnPhoneKeys" => NoLine("has the line of UpdatePhoneKeys, by its own person: see phone.rs of the store"),
        "RenewPhoneLink" | "RevealPhoneLink" | "RevealPhonePassword" | "TellPhones" | "DeletePhone" => By(json!({})),
        "ChangeVoicemail" => NoLine("what callers leave is for its owner alone"),
        "UpdateOwnPresence" => NoLine("is what people say of themselves, no change of the installation"),
        "DeleteTransport" | "UploadCertificate" => NoLine("is done in transport.rs; here it is refused"),
        other => panic!("{other} changes something: say here how it is done, or why it leaves no line"),
    }
}

async fn newest(admin: &mut Browser) -> Option<Activity> {
    admin.call(ListAllActivity { limit: Some(1), ..ListAllActivity::default() }).await.unwrap().rows.into_iter().next()
}

/// The world, its running call, and an administrator who acts for Acme.
async fn world(store: store::Store) -> (World, Browser) {
    let world = World::new(store).await;
    let running = call(world.acme.call.id.0, &world.acme.tenant, Some(&world.acme.alice_extension), None);
    world.app.calls.lock().unwrap().insert(running.id.0, running);
    let acting = acting_for(&world, world.admin.clone()).await;
    (world, acting)
}

/// An administrator of the provider's who acts for Acme from now on.
async fn acting_for(world: &World, mut admin: Browser) -> Browser {
    let session = admin.call(ActForTenant { tenant_id: world.acme.tenant.id }).await.unwrap();
    admin.token = Some(session.access_token);
    admin
}

fn address(world: &World, path: &str, name: &str) -> String {
    let extension = if name == "InviteExtension" { &world.acme.alice_extension } else { &world.acme.bob_extension };
    path.replace("{tenant_id}", &world.globex.tenant.id.to_string())
        .replace("{extension_id}", &extension.id.to_string())
        .replace("{call_id}", &world.acme.call.id.to_string())
        .replace("{receptionist_id}", &world.acme.receptionist.id.to_string())
        .replace("{conference_room_id}", &world.acme.room.id.to_string())
        .replace("{phone_id}", &world.acme.phone.id.to_string())
        .replace("{sound_id}", &world.acme.prompt.id.to_string())
        .replace("{voicemail_id}", &world.acme.voicemail.id.to_string())
        .replace("{recording_id}", &world.acme.recording.id.to_string())
        .replace("{blocked_number_id}", &world.acme.blocked_number.id.to_string())
}

/// What takes something away comes last.
fn rank(name: &str) -> u8 {
    match name {
        "DeletePhone" => 1,
        "DeleteExtension" | "DeleteBlockedNumber" | "DeleteConferenceRoom" => 2,
        "StopActing" => 3,
        "ActForTenant" => 4,
        "DeleteTenant" => 5,
        _ => 0,
    }
}

#[tokio::test]
async fn log_02_every_change_leaves_who_what_from_where_and_what_was_before() {
    each_database(|store| async move {
        let (mut world, acting) = world(store).await;
        let mut entries = api::operations();
        entries.retain(|entry| entry.method != Method::Get);
        entries.sort_by_key(|entry| rank(entry.name));
        for entry in entries {
            let body = match doing(entry.name) {
                Doing::By(body) => body,
                Doing::NoLine(why) => {
                    println!("{}: {why}", entry.name);
                    continue;
                }
            };
            let as_tenant = entry.access == Access::TenantAdmin;
            let caller = if as_tenant || entry.name == "StopActing" { &acting } else { &world.admin };
            let reply = caller.request(entry.method, &address(&world, entry.path, entry.name), Some(body)).await;
            assert!(reply.status.is_success(), "{entry:?}: {}", reply.text());
            let line = newest(&mut world.admin).await.unwrap();
            assert_eq!((line.operation.as_str(), line.failure.as_deref()), (entry.name, None), "{entry:?}: {line:?}");
            assert_eq!(line.actor, "ada@provider.example");
            assert_eq!(line.acting_for.as_deref(), as_tenant.then_some("Acme"), "{line:?}");
            assert_eq!(line.address.as_deref(), Some(ADDRESS), "{line:?}");
            if entry.name.starts_with("Update") {
                assert!(line.changes.iter().any(|change| change.before != change.after), "{line:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn log_02_what_was_refused_stands_there_too_with_its_reason() {
    each_database(|store| async move {
        let (mut world, mut acting) = world(store).await;
        let mut walked = 0;
        for entry in api::operations().iter().filter(|entry| entry.method != Method::Get) {
            let caller = match entry.access {
                Access::Public => continue,
                Access::TenantAdmin => &acting,
                Access::User => &world.acme.alice,
                Access::Admin | Access::SignedIn => &world.admin,
            };
            let path =
                address(&world, entry.path, entry.name).replace("{transport_id}", "7").replace("{ip_entry_id}", "8");
            let path = ["trunk_id", "inbound_rule_id", "outbound_rule_id", "ring_group_id", "extension_group_id"]
                .into_iter()
                .fold(path, |path, id| path.replace(&format!("{{{id}}}"), "9"));
            // Slower than what one person may fill the log with, …
            world.app.pass(Duration::from_secs(2));
            let reply = caller.request(entry.method, &path, Some(json!([1]))).await;
            assert_eq!(reply.status.as_u16(), 400, "{entry:?}: {}", reply.text());
            let line = newest(&mut world.admin).await.unwrap();
            assert_eq!(line.operation, entry.name, "{entry:?}: {line:?}");
            assert!(line.failure.as_ref().is_some_and(|why| why.contains("JSON")), "{line:?}");
            assert_eq!((path.trim_start_matches("/api/"), line.address.as_deref()), (&*line.subject, Some(ADDRESS)));
            walked += 1;
            // … and whoever goes on for long signs in anew.
            if walked % 25 == 0 {
                let mut again = world.app.browser();
                again.sign_in("ada@provider.example", PASSWORD).await.unwrap();
                acting = acting_for(&world, again).await;
            }
        }
        assert!(walked > 25, "{walked}");
        // Somebody whose role does not allow it, and somebody with a wrong password.
        let forbidden = world.acme.alice.request(Method::Put, "/api/admin/settings", Some(json!({}))).await;
        assert_eq!(forbidden.status.as_u16(), 403);
        let line = newest(&mut world.admin).await.unwrap();
        assert_eq!((line.actor.as_str(), line.operation.as_str()), ("alice@acme.example", "UpdateSettings"));
        assert_eq!(line.tenant_id, Some(world.acme.tenant.id));
        world.app.browser().sign_in("ada@provider.example", "wrong").await.unwrap_err();
        let line = newest(&mut world.admin).await.unwrap();
        assert_eq!((line.operation.as_str(), line.failure.as_deref()), ("SignIn", Some("The password was wrong.")));
        // A stranger's invented names leave nothing, and nobody fills the log by asking for what is refused.
        world.app.browser().sign_in("nobody@provider.example", "wrong").await.unwrap_err();
        assert_eq!(newest(&mut world.admin).await.unwrap(), line);
        for _ in 0..200 {
            world.acme.alice.request(Method::Put, "/api/admin/settings", Some(json!({}))).await;
        }
        let all =
            world.admin.call(ListAllActivity { search: Some("alice".into()), ..ListAllActivity::default() }).await;
        assert!((50..120).contains(&all.unwrap().total));
    })
    .await;
}

#[tokio::test]
async fn log_02_ways_in_and_out_leave_a_line() {
    each_database(|store| async move {
        let mut world = World::new(store).await;
        let mut ada = world.app.browser();
        ada.sign_in("ada@provider.example", PASSWORD).await.unwrap();
        assert_eq!(newest(&mut world.admin).await.unwrap().operation, "SignIn");
        ada.call(shared::account::SignOut {}).await.unwrap();
        let line = newest(&mut world.admin).await.unwrap();
        assert_eq!((line.operation.as_str(), line.actor.as_str()), ("SignOut", "ada@provider.example"));
        let all = world.admin.call(ListAllActivity { limit: Some(200), ..ListAllActivity::default() }).await.unwrap();
        let has = |operation: &str| all.rows.iter().any(|row| row.operation == operation);
        assert!(has("CompleteSetup") && has("SignInByLink"));
    })
    .await;
}
