//! `/api/live` over a real socket (S12, S23).

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shared::account::{ActForTenant, SignOut};
use shared::call_record::{CallRecord, CallStatus};
use shared::extension::{Extension, UpdateExtension};
use shared::extension_group::{CreateExtensionGroup, ExtensionGroupSettings};
use shared::fact::{Fact, TenantFact};
use shared::live::LiveMessage;
use shared::queue_agent::{AgentStanding, AgentState};
use shared::queue_call::QueueCall;
use shared::tenant::CreateTenant;
use shared::{CallId, ExtensionId, MessageId, QueueCallId, QueueId, RegistrationId, TenantId};
use store::testing::{NOW, each_database};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::{App, Browser, FACTS_WAITING};
use crate::world::{World, call, ended, recording_begun, recording_ended, refused, registered};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn serve(app: &App) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = app.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("{address}")
}

impl Line {
    async fn open(address: &str, origin: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/api/live").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    /// A line of somebody, welcomed.
    async fn of(address: &str, browser: &Browser) -> Self {
        let mut line = Self::open(address, None).await.unwrap();
        line.hello(browser).await;
        let welcome = line.hear().await.unwrap();
        assert_eq!(welcome["say"], "welcome");
        assert_eq!(welcome["now"], browser.app.now().0);
        line
    }

    async fn hello(&mut self, browser: &Browser) {
        self.say(json!({ "say": "hello", "access_token": browser.token }).to_string()).await;
    }

    async fn say(&mut self, text: String) {
        // A connection that was just closed by the other side is part of some tests.
        let _ = self.0.send(Message::text(text)).await;
    }

    /// The next message; none when the connection has ended.
    async fn hear(&mut self) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("nothing was said") {
                Some(Ok(Message::Text(text))) => {
                    // A page reads it by its type and passes over what it cannot read.
                    let read: Result<LiveMessage, _> = serde_json::from_str(&text);
                    assert!(read.is_ok(), "{read:?}: {text}");
                    return Some(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// What was heard until the fact that everybody hears, as call ids and words.
    async fn heard(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let message = self.hear().await.expect("the line stands");
            assert_eq!(message["say"], "fact", "{message}");
            let word = message["fact"].as_str().unwrap();
            let id =
                message["record"]["id"].as_str().or(message["registration"]["number"].as_str()).unwrap_or_default();
            if id == format!("call_{END}") {
                return all;
            }
            all.push(format!("{word} {id}").trim().to_owned());
        }
    }
}

/// The call whose end is the last fact of a test; every listener's own.
const END: i64 = 7_777;

fn end_for(record: CallRecord) -> Arc<TenantFact> {
    Arc::new(ended(CallRecord { id: CallId(END), ..record }))
}

#[tokio::test]
async fn s23_each_hears_what_concerns_him_and_nothing_else() {
    each_database(|store| async move {
        let World { app, admin, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut acting = admin.clone();
        let session = acting.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        acting.token = Some(session.access_token);

        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_acting = Line::of(&address, &acting).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.boss).await;

        let gone = TenantFact {
            tenant_id: Some(globex.tenant.id),
            at: NOW,
            fact: Fact::Unregistered { registration_id: RegistrationId(5), number: "101".into() },
        };
        let alive =
            TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact: Fact::CallsAlive { calls: vec![CallId(4)] } };
        let nobodys = TenantFact { tenant_id: None, ..refused(&acme.tenant) };
        for fact in [
            ended(acme.call.clone()),
            ended(acme.bobs_call.clone()),
            ended(globex.call.clone()),
            registered(&acme.alice_extension),
            registered(&acme.bob_extension),
            refused(&acme.tenant),
            nobodys,
            alive,
            gone,
        ] {
            app.facts.send(Arc::new(fact)).unwrap();
        }
        app.facts.send(end_for(acme.call.clone())).unwrap();
        app.facts.send(end_for(globex.call.clone())).unwrap();

        let both = format!("call_ended {}", acme.call.id);
        let bobs = format!("call_ended {}", acme.bobs_call.id);
        let theirs = format!("call_ended {}", globex.call.id);
        let own =
            [both.as_str(), bobs.as_str(), "registered 101", "registered 102", "registration_refused", "calls_alive"];
        assert_eq!(of_boss.heard().await, own);
        assert_eq!(of_acting.heard().await, own);
        assert_eq!(of_alice.heard().await, [both.as_str(), "registered 101"]);
        assert_eq!(of_stranger.heard().await, [theirs.as_str(), "unregistered"]);
        assert_eq!(of_admin.heard().await.len(), 9);
    })
    .await;
}

// covers: GRP-04
#[tokio::test]
async fn grp_04_a_manager_hears_the_calls_of_the_members_too() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let address = serve(&app).await;
        let settings = ExtensionGroupSettings {
            name: "Desks".into(),
            members: vec![acme.bob_extension.id],
            managers: vec![acme.alice_extension.id],
            ..ExtensionGroupSettings::default()
        };
        acme.boss.call(CreateExtensionGroup { settings }).await.unwrap();
        let mut of_alice = Line::of(&address, &acme.alice).await;
        for fact in [ended(acme.bobs_call.clone()), registered(&acme.bob_extension)] {
            app.facts.send(Arc::new(fact)).unwrap();
        }
        app.facts.send(end_for(acme.call.clone())).unwrap();
        let bobs = format!("call_ended {}", acme.bobs_call.id);
        assert_eq!(of_alice.heard().await, [bobs.as_str()], "the calls, and not where the members are");
    })
    .await;
}

#[tokio::test]
async fn s23_whoever_does_not_say_who_he_is_hears_nothing() {
    each_database(|store| async move {
        let World { app, mut admin, acme, .. } = World::new(store).await;
        let address = serve(&app).await;
        let user_token = acme.alice.token.clone().unwrap();
        let forged = format!("{}x", &user_token[..user_token.len() - 1]);
        for text in [
            String::new(),
            "hello".into(),
            r#"{"say":"hello"}"#.into(),
            json!({ "say": "hello", "access_token": "" }).to_string(),
            json!({ "say": "hello", "access_token": forged }).to_string(),
        ] {
            let mut line = Line::open(&address, None).await.unwrap();
            line.say(text.clone()).await;
            assert_eq!(line.hear().await.unwrap()["say"], "refused", "{text}");
            assert_eq!(line.hear().await, None);
        }
        // A session that was ended.
        let token = admin.token.clone();
        admin.ask(&SignOut {}).await;
        admin.token = token;
        let mut line = Line::open(&address, None).await.unwrap();
        line.hello(&admin).await;
        assert_eq!(line.hear().await.unwrap()["say"], "refused");
    })
    .await;
}

#[tokio::test]
async fn s12_another_sites_page_and_endless_messages_are_turned_away() {
    each_database(|store| async move {
        let World { app, admin, .. } = World::new(store).await;
        let address = serve(&app).await;
        let Err(Error::Http(response)) = Line::open(&address, Some("https://evil.test")).await else {
            panic!("another origin was let in");
        };
        assert_eq!(response.status().as_u16(), 403);
        Line::open(&address, Some(&format!("http://{address}"))).await.unwrap();

        let mut line = Line::of(&address, &admin).await;
        line.say("x".repeat(100_000)).await;
        assert_eq!(line.hear().await, None);
        let mut line = Line::of(&address, &admin).await;
        line.0.send(Message::binary(vec![0; 10])).await.unwrap();
        assert_eq!(line.hear().await, None);
    })
    .await;
}

#[tokio::test]
async fn api_02_a_line_ends_with_its_token_unless_it_says_hello_again() {
    each_database(|store| async move {
        let World { app, mut admin, acme, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut silent = Line::of(&address, &acme.boss).await;
        let mut kept = Line::of(&address, &admin).await;
        app.pass(Duration::from_secs(599));
        admin.refresh().await.unwrap();
        kept.hello(&admin).await;
        assert_eq!(kept.hear().await.unwrap()["say"], "welcome");
        app.pass(Duration::from_secs(1));
        app.facts.send(Arc::new(ended(acme.call.clone()))).unwrap();
        assert_eq!(kept.hear().await.unwrap()["say"], "fact");
        assert_eq!(silent.hear().await.unwrap()["say"], "refused");
        assert_eq!(silent.hear().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_slow_line_is_told_that_it_missed_facts_and_goes_on() {
    each_database(|store| async move {
        let World { app, admin, acme, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut line = Line::of(&address, &admin).await;
        // All at once, before the connection's task can run: more than the ring holds.
        for id in 0..FACTS_WAITING as i64 * 3 {
            app.facts.send(Arc::new(ended(call(100 + id, &acme.tenant, None, None)))).unwrap();
        }
        assert_eq!(line.hear().await.unwrap()["say"], "missed");
        app.facts.send(end_for(acme.call.clone())).unwrap();
        assert_eq!(line.hear().await.unwrap()["record"]["id"], format!("call_{END}"));
    })
    .await;
}

#[tokio::test]
async fn a_page_is_told_when_the_process_stops() {
    each_database(async |store| {
        let World { app, acme, .. } = World::new(store).await;
        let mut line = Line::of(&serve(&app).await, &acme.boss).await;
        app.stop.send(true).unwrap();
        let mut last = timeout(PATIENCE, line.0.next()).await.unwrap();
        while matches!(last, Some(Ok(Message::Ping(_)))) {
            last = timeout(PATIENCE, line.0.next()).await.unwrap();
        }
        let Some(Ok(Message::Close(Some(frame)))) = last else { panic!("{last:?}") };
        assert_eq!(u16::from(frame.code), 1001);
    })
    .await;
}

// covers: MSG-02, S23
#[tokio::test]
async fn s23_what_people_write_is_heard_by_these_two_and_by_no_administrator() {
    each_database(|store| async move {
        let World { app, admin, acme, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let message = |sender: &Extension, receiver: &Extension| {
            let message = shared::message::Message {
                id: MessageId(9),
                tenant_id: acme.tenant.id,
                sender_id: sender.id,
                sender: sender.number.clone(),
                receiver_id: receiver.id,
                receiver: receiver.number.clone(),
                text: "secret".into(),
                sent_at: NOW,
                delivered_at: None,
                read_at: None,
            };
            TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact: Fact::MessageSent { message } }
        };
        let others = Extension { id: ExtensionId(4_711), ..acme.bob_extension.clone() };
        let taken = Fact::MessageDelivered {
            message_id: MessageId(9),
            sender_id: acme.bob_extension.id,
            receiver_id: acme.alice_extension.id,
        };
        for fact in [
            message(&acme.bob_extension, &others),
            message(&acme.bob_extension, &acme.alice_extension),
            message(&acme.alice_extension, &acme.bob_extension),
            TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact: taken },
        ] {
            app.facts.send(Arc::new(fact)).unwrap();
        }
        app.facts.send(end_for(acme.call.clone())).unwrap();
        assert_eq!(of_alice.heard().await, ["message_sent", "message_sent", "message_delivered"]);
        assert!(of_boss.heard().await.is_empty());
        assert!(of_admin.heard().await.is_empty());
    })
    .await;
}

// covers: VM-03, S23
#[tokio::test]
async fn s23_what_callers_leave_is_heard_by_whoever_it_is_for_and_by_no_administrator() {
    each_database(|store| async move {
        let World { app, admin, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.alice).await;
        for voicemail in [&acme.bobs_voicemail, &acme.voicemail] {
            let (voicemail_id, extension_id, sound_id) = (voicemail.id, voicemail.extension_id, voicemail.sound_id);
            for fact in [
                Fact::VoicemailBegun { voicemail: Some(Box::new(voicemail.clone())) },
                Fact::VoicemailLeft { voicemail: voicemail.clone() },
                Fact::VoicemailHeard { voicemail_id, extension_id, heard_at: Some(NOW) },
                Fact::VoicemailRemoved { voicemail_id, extension_id, sound_id },
                Fact::GreetingRecorded { extension_id, sound_id, millis: 1 },
                Fact::GreetingDropped { extension_id },
            ] {
                app.facts.send(Arc::new(TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact })).unwrap();
            }
        }
        for company in [&acme, &globex] {
            app.facts.send(end_for(company.call.clone())).unwrap();
        }
        let heard = ["voicemail_left", "voicemail_heard", "voicemail_removed", "greeting_recorded", "greeting_dropped"];
        assert_eq!(of_alice.heard().await, heard);
        assert!(of_boss.heard().await.is_empty());
        assert!(of_admin.heard().await.is_empty());
        assert!(of_stranger.heard().await.is_empty());
    })
    .await;
}

// covers: IVR-02, EXT-07, S23
#[tokio::test]
async fn s23_a_prompt_that_was_recorded_is_heard_of_by_the_companys_administrators_and_a_greeting_by_its_person() {
    each_database(|store| async move {
        let World { app, admin, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.boss).await;
        let said = |line: Vec<String>| line.into_iter().filter(|fact| fact == "prompt_recorded").count();
        for (prompt, at_boss, at_alice) in [(&acme.prompt, 1, 0), (&acme.greeting, 0, 1)] {
            let fact = Fact::PromptRecorded { prompt: prompt.clone() };
            app.facts.send(Arc::new(TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact })).unwrap();
            for company in [&acme, &globex] {
                app.facts.send(end_for(company.call.clone())).unwrap();
            }
            assert_eq!((said(of_boss.heard().await), said(of_alice.heard().await)), (at_boss, at_alice));
            assert_eq!((said(of_admin.heard().await), said(of_stranger.heard().await)), (0, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn rec_02_that_a_call_is_recorded_is_heard_by_those_at_its_ends_and_by_the_companys_administrators() {
    each_database(|store| async move {
        let World { app, admin, acme, globex } = World::new(store).await;
        let address = serve(&app).await;
        let mut acting = admin.clone();
        let session = acting.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        acting.token = Some(session.access_token);
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_acting = Line::of(&address, &acting).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.alice).await;
        for recording in [&acme.bobs_recording, &acme.recording] {
            for fact in [recording_begun(recording), recording_ended(recording)] {
                app.facts.send(Arc::new(fact)).unwrap();
            }
        }
        for company in [&acme, &globex] {
            app.facts.send(end_for(company.call.clone())).unwrap();
        }
        let one = ["recording_begun", "recording_ended"];
        assert_eq!(of_alice.heard().await, one.map(str::to_owned));
        let both = [one, one].concat();
        assert_eq!(of_boss.heard().await, both);
        assert_eq!(of_acting.heard().await, both);
        assert!(of_admin.heard().await.is_empty());
        assert!(of_stranger.heard().await.is_empty());
    })
    .await;
}

// covers: CONF-08, CONF-17
#[tokio::test]
async fn conf_17_a_conference_is_heard_by_whom_it_names_and_by_the_companys_administrators() {
    each_database(|store| async move {
        let World { app, admin, acme, globex } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.alice).await;
        let (room_id, speakers) = (acme.room.id, vec![CallId(7)]);
        for (is_alices, extension) in [(true, acme.alice_extension.id), (false, acme.bob_extension.id)] {
            let extension_ids = vec![extension];
            let mut facts = vec![Fact::ConferenceChanged { room_id, extension_ids: extension_ids.clone() }];
            if is_alices {
                facts.push(Fact::ConferenceSpeakers { room_id, speakers: speakers.clone(), extension_ids });
            }
            for fact in facts {
                let fact = TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact };
                app.facts.send(Arc::new(fact)).unwrap();
            }
        }
        for company in [&acme, &globex] {
            app.facts.send(end_for(company.call.clone())).unwrap();
        }
        assert_eq!(of_alice.heard().await, ["conference_changed", "conference_speakers"]);
        assert_eq!(of_boss.heard().await, ["conference_changed", "conference_speakers", "conference_changed"]);
        assert!(of_admin.heard().await.is_empty());
        assert!(of_stranger.heard().await.is_empty());
    })
    .await;
}

// covers: CTI-03, CTI-08
#[tokio::test]
async fn cti_08_that_a_call_is_monitored_is_heard_by_administrators_of_the_company_alone() {
    each_database(|store| async move {
        let World { app, admin, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.boss).await;
        let fact = Fact::CallMonitored {
            call_id: CallId(9),
            supervisor_id: acme.bob_extension.id,
            supervisor: acme.bob_extension.number.clone(),
            extension: acme.alice_extension.number.clone(),
            level: shared::monitor::MonitorLevel::Listen,
        };
        app.facts.send(Arc::new(TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact })).unwrap();
        for company in [&acme, &globex] {
            app.facts.send(end_for(company.call.clone())).unwrap();
        }
        assert_eq!(of_boss.heard().await, ["call_monitored"]);
        assert!(of_admin.heard().await.is_empty(), "the provider hears nothing of it");
        assert!(of_alice.heard().await.is_empty(), "least of all by whoever is listened to");
        assert!(of_stranger.heard().await.is_empty());
    })
    .await;
}

// covers: MSG-01
#[tokio::test]
async fn msg_01_a_page_that_watches_hears_how_colleagues_stand_and_not_with_whom() {
    each_database(|store| async move {
        let World { app, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut line = Line::of(&address, &acme.alice).await;
        let tell = |fact: TenantFact| app.facts.send(Arc::new(fact)).unwrap();
        let talking = CallRecord { status: CallStatus::Talking, ..acme.bobs_call.clone() };
        let changed = |record: &CallRecord| TenantFact {
            tenant_id: Some(record.tenant_id),
            at: NOW,
            fact: Fact::CallChanged { record: record.clone(), trace: Vec::new() },
        };
        tell(changed(&talking));
        // Facts come in their order: with her own call's end, what was before it has passed.
        app.facts.send(end_for(acme.call.clone())).unwrap();
        assert!(line.heard().await.is_empty());
        line.say(json!({ "say": "watch_people", "on": true }).to_string()).await;
        // Said and heard on one line: a new welcome proves that the wish has been read.
        line.hello(&acme.alice).await;
        assert_eq!(line.hear().await.unwrap()["say"], "welcome");
        tell(changed(&CallRecord { tenant_id: globex.tenant.id, ..globex.bobs_call.clone() }));
        tell(changed(&talking));
        let told = line.hear().await.unwrap();
        assert_eq!(told, json!({ "say": "person", "number": "102", "light": "talking" }), "nothing else is told");
        tell(ended(acme.bobs_call.clone()));
        assert_eq!(line.hear().await.unwrap()["light"], "free");
        tell(registered(&acme.bob_extension));
        assert_eq!(line.hear().await.unwrap()["light"], "online");
        line.say(json!({ "say": "watch_people", "on": false }).to_string()).await;
        line.hello(&acme.alice).await;
        assert_eq!(line.hear().await.unwrap()["say"], "welcome");
        tell(changed(&talking));
        app.facts.send(end_for(acme.call.clone())).unwrap();
        assert!(line.heard().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn s23_a_wish_to_watch_is_no_way_in() {
    each_database(|store| async move {
        let World { app, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut line = Line::open(&address, None).await.unwrap();
        line.say(json!({ "say": "watch_people", "on": true }).to_string()).await;
        assert_eq!(line.hear().await.unwrap()["say"], "refused");
        assert_eq!(line.hear().await, None);
    })
    .await;
}

// covers: CALL-03
#[tokio::test]
async fn s23_what_is_configured_is_heard_by_those_who_configure_it() {
    each_database(|store| async move {
        let World { app, mut admin, acme, globex } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.boss).await;

        let new = CreateTenant {
            name: "Initech".into(),
            domain: "initech.example".into(),
            admin_email: "bill@initech.example".into(),
            ..Default::default()
        };
        let made = admin.call(new).await.unwrap();
        let mut boss = acme.boss.clone();
        let change = UpdateExtension { enabled: Some(false), ..UpdateExtension::new(acme.bob_extension.id) };
        boss.call(change).await.unwrap();

        let changed = |tenant: TenantId| json!({ "say": "changed", "tenant_id": tenant });
        assert_eq!(of_admin.hear().await.unwrap(), changed(made.tenant.id));
        assert_eq!(of_admin.hear().await.unwrap(), changed(acme.tenant.id));
        assert_eq!(of_boss.hear().await.unwrap(), changed(acme.tenant.id));
        // The next that the others hear is what comes after it.
        app.facts.send(end_for(acme.call.clone())).unwrap();
        assert_eq!(of_alice.hear().await.unwrap()["record"]["id"], format!("call_{END}"));
        app.facts.send(end_for(globex.call.clone())).unwrap();
        assert_eq!(of_stranger.hear().await.unwrap()["record"]["id"], format!("call_{END}"));
    })
    .await;
}

// covers: Q-19
#[tokio::test]
async fn q_19_what_happens_in_a_queue_is_heard_by_administrators_its_managers_and_the_member_itself() {
    each_database(|store| async move {
        let World { app, admin, acme, globex, .. } = World::new(store).await;
        let address = serve(&app).await;
        let mut of_boss = Line::of(&address, &acme.boss).await;
        let mut of_alice = Line::of(&address, &acme.alice).await;
        let mut of_stranger = Line::of(&address, &globex.boss).await;
        let mut of_admin = Line::of(&address, &admin).await;
        let (alice, bob) = (acme.alice_extension.id, acme.bob_extension.id);
        let changed = |managers: &[ExtensionId]| Fact::QueueCallChanged {
            queue_call: QueueCall {
                id: QueueCallId(1),
                tenant_id: acme.tenant.id,
                queue_id: QueueId(1),
                call_id: CallId(1),
                caller: "+4930123".into(),
                caller_name: String::new(),
                entered_at: NOW,
                vip: false,
                callback: false,
                callback_at: None,
                callback_call_id: None,
                callback_breaks: 0,
                late: false,
                ringing: Vec::new(),
                answered_at: None,
                agent_id: None,
                ended_at: None,
                outcome: None,
            },
            managers: managers.to_vec(),
        };
        let stands = |extension_id, managers: &[ExtensionId]| Fact::AgentChanged {
            agent: AgentStanding {
                queue_id: QueueId(1),
                extension_id,
                number: "101".into(),
                name: "Somebody".into(),
                ready: true,
                pause_reason: String::new(),
                state: AgentState::Ready,
                since: NOW,
                call_id: None,
            },
            managers: managers.to_vec(),
        };
        let facts = [changed(&[]), changed(&[alice]), stands(bob, &[]), stands(bob, &[alice]), stands(alice, &[])];
        for fact in facts {
            app.facts.send(Arc::new(TenantFact { tenant_id: Some(acme.tenant.id), at: NOW, fact })).unwrap();
        }
        app.facts.send(end_for(acme.call.clone())).unwrap();
        app.facts.send(end_for(globex.call.clone())).unwrap();
        let call = "queue_call_changed";
        let agent = "agent_changed";
        assert_eq!(of_boss.heard().await, [call, call, agent, agent, agent]);
        assert_eq!(of_admin.heard().await.len(), 5);
        assert_eq!(of_alice.heard().await, [call, agent, agent]);
        assert_eq!(of_stranger.heard().await, [] as [&str; 0]);
    })
    .await;
}
