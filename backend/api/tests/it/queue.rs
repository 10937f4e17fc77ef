//! Queues over HTTP: set up, watched, decided on, and told of (Q-01, Q-13…Q-15, VIP-01, EXA-01, HAR-03).

use std::time::Duration;

use serde_json::{Value, json};
use shared::account::ActForTenant;
use shared::activity::ListActivity;
use shared::fact::{Fact, TenantFact};
use shared::queue::{CreateQueue, DeleteQueue, ListQueues, Queue, QueueSettings, UpdateQueue};
use shared::queue_agent::{
    AgentStanding, AgentState, ExportAgentReport, GetOwnWallboard, GetWallboard, QueueStanding, SetAgentReady,
    SetOwnAgentReady,
};
use shared::queue_call::{
    ExportQueueCalls, ExportQueueReport, GetQueueHistory, ListQueueCalls, QueueCall, QueueFigures, QueueOutcome,
};
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, ExclusiveAgentSettings, ListNuisances, ListVips, NuisanceSettings,
    VipSettings,
};
use shared::system_extension::{ListSystemExtensions, SystemExtensionKind};
use shared::{CallId, ExtensionId, Method, Problem, QueueCallId};
use store::testing::{NOW, each_database};

use crate::app::{App, Browser};
use crate::world::{Company, World};

fn settings(number: &str, members: &[ExtensionId], managers: &[ExtensionId]) -> QueueSettings {
    QueueSettings {
        number: number.into(),
        name: format!("Queue {number}"),
        members: members.to_vec(),
        managers: managers.to_vec(),
        pause_reasons: vec!["Lunch".into()],
        ..QueueSettings::default()
    }
}

async fn create(company: &mut Company, number: &str, members: &[ExtensionId], managers: &[ExtensionId]) -> Queue {
    company.boss.call(CreateQueue { settings: settings(number, members, managers) }).await.unwrap()
}

fn waiting(queue: &Queue, id: i64) -> QueueCall {
    QueueCall {
        id: QueueCallId(id),
        tenant_id: queue.tenant_id,
        queue_id: queue.id,
        call_id: CallId(id),
        caller: "=1+1".into(),
        caller_name: "Carol".into(),
        entered_at: NOW - Duration::from_secs(60),
        vip: true,
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
    }
}

fn stands(queue: &Queue, extension_id: ExtensionId) -> AgentStanding {
    AgentStanding {
        queue_id: queue.id,
        extension_id,
        number: "10x".into(),
        name: "Somebody".into(),
        ready: true,
        pause_reason: String::new(),
        state: AgentState::Ready,
        since: NOW,
        call_id: None,
    }
}

/// As the switch tells of it.
fn standing(queue: &Queue, waiting: Vec<QueueCall>) -> QueueStanding {
    let QueueSettings { number, name, pause_reasons, .. } = queue.settings.clone();
    QueueStanding {
        queue_id: queue.id,
        number,
        name,
        sla_seconds: 0,
        pause_reasons,
        waiting_count: waiting.len() as u32,
        waiting,
        agents: queue.settings.agents().map(|id| stands(queue, id)).collect(),
        today: QueueFigures::default(),
    }
}

fn show(app: &App, queues: Vec<QueueStanding>, of: &Company) {
    app.queues.lock().unwrap().insert(of.tenant.id, queues);
}

fn field(problem: Problem) -> (u16, String) {
    (problem.status, problem.fields.first().map(|field| field.field.clone()).unwrap_or_default())
}

async fn tell(app: &App, call: &QueueCall) {
    let fact = Fact::QueueCallChanged { queue_call: call.clone(), managers: Vec::new() };
    app.store.record_facts(&[TenantFact { tenant_id: Some(call.tenant_id), at: NOW, fact }]).await.unwrap();
}

// covers: Q-01, VIP-01, EXA-01, HAR-03
#[tokio::test]
async fn q_01_the_administrator_sets_queues_up_and_who_is_treated_otherwise_and_nobody_else_does() {
    each_database(|store| async move {
        let World { mut acme, mut globex, .. } = World::new(store).await;
        let bob = acme.bob_extension.id;
        let made = create(&mut acme, "8000", &[bob], &[]).await;
        let changed = QueueSettings { sla_seconds: 180, ..made.settings.clone() };
        let change = UpdateQueue { queue_id: made.id, settings: changed.clone() };
        assert_eq!(acme.boss.call(change.clone()).await.unwrap().settings, changed);
        assert_eq!(acme.boss.call(ListQueues::default()).await.unwrap().rows[0].settings, changed);
        assert_eq!(acme.alice.call(ListQueues::default()).await.unwrap_err().status, 403);
        let numbers = acme.boss.call(ListSystemExtensions {}).await.unwrap();
        assert!(
            numbers.iter().any(|row| row.number == "8000" && row.kind == SystemExtensionKind::Queue),
            "{numbers:?}"
        );
        assert_eq!(globex.boss.call(change).await.unwrap_err().status, 404);
        let foreign = CreateQueue { settings: settings("8000", &[bob], &[]) };
        assert_eq!(field(globex.boss.call(foreign).await.unwrap_err()), (422, "members".into()));
        let taken = CreateQueue { settings: settings("8000", &[bob], &[]) };
        assert_eq!(field(acme.boss.call(taken).await.unwrap_err()), (409, "number".into()));

        let vip = VipSettings { number: "+491511".into(), longitude: Some(13.4), ..VipSettings::default() };
        let vip = acme.boss.call(CreateVip { settings: vip }).await.unwrap();
        assert_eq!(acme.boss.call(ListVips::default()).await.unwrap().rows, [vip]);
        assert_eq!(globex.boss.call(ListVips::default()).await.unwrap().total, 0);
        let agents =
            |agents| ExclusiveAgentSettings { description: "Key".into(), callers: vec!["0301".into()], agents };
        acme.boss.call(CreateExclusiveAgent { settings: agents(vec![bob]) }).await.unwrap();
        let stranger = CreateExclusiveAgent { settings: agents(vec![acme.alice_extension.id]) };
        assert_eq!(field(acme.boss.call(stranger).await.unwrap_err()), (422, "agents".into()));
        let nuisance = NuisanceSettings { number: "0900".into(), ..NuisanceSettings::default() };
        acme.boss.call(CreateNuisance { settings: nuisance }).await.unwrap();
        assert_eq!(acme.boss.call(ListNuisances::default()).await.unwrap().rows[0].hits, 0);

        acme.boss.call(DeleteQueue { queue_id: made.id }).await.unwrap();
        assert_eq!(acme.boss.call(DeleteQueue { queue_id: made.id }).await.unwrap_err().status, 404);
    })
    .await;
}

//
#[tokio::test]
async fn q_13_the_administrator_sees_all_queues_a_manager_its_own_and_a_member_itself() {
    each_database(|store| async move {
        let World { app, mut acme, mut globex, .. } = World::new(store).await;
        let (alice, bob) = (acme.alice_extension.id, acme.bob_extension.id);
        let managed = create(&mut acme, "8000", &[bob, alice], &[alice]).await;
        let member = create(&mut acme, "8001", &[alice, bob], &[]).await;
        let none = create(&mut acme, "8002", &[bob], &[]).await;
        let all = [&managed, &member, &none].map(|queue| standing(queue, vec![waiting(queue, queue.id.0)]));
        show(&app, all.to_vec(), &acme);
        let lost = QueueCall { ended_at: Some(NOW), outcome: Some(QueueOutcome::Abandoned), ..waiting(&managed, 7) };
        tell(&app, &lost).await;

        let board = acme.boss.call(GetWallboard {}).await.unwrap();
        assert_eq!(board.len(), 3);
        assert_eq!((board[0].waiting.len(), board[0].today.entered, board[0].today.lost), (1, 1, 1));
        assert_eq!(board[1].today, QueueFigures::default());
        assert_eq!(acme.alice.call(GetWallboard {}).await.unwrap_err().status, 403);

        let own = acme.alice.call(GetOwnWallboard {}).await.unwrap();
        assert_eq!(own.managed, board[..1], "in full");
        assert_eq!(own.member.len(), 1);
        let seen = &own.member[0];
        assert_eq!((seen.queue_id, seen.waiting.len(), seen.waiting_count), (member.id, 0, 1));
        assert_eq!(seen.agents.iter().map(|agent| agent.extension_id).collect::<Vec<_>>(), [alice]);
        assert_eq!(globex.boss.call(GetWallboard {}).await.unwrap(), []);
        app.silent.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(acme.boss.call(GetWallboard {}).await.unwrap_err().status, 503);
    })
    .await;
}

//
#[tokio::test]
async fn q_15_who_is_ready_is_decided_by_oneself_by_managers_and_by_administrators() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let (alice, bob) = (acme.alice_extension.id, acme.bob_extension.id);
        let managed = create(&mut acme, "8000", &[bob], &[alice]).await;
        let member = create(&mut acme, "8001", &[alice, bob], &[]).await;
        let told = || {
            let told: Vec<_> = app.readiness.lock().unwrap().drain(..).collect();
            told.into_iter()
                .map(|change| (change.queue_id.unwrap(), change.extension_id, change.ready, change.pause_reason))
                .collect::<Vec<_>>()
        };
        let all = SetAgentReady { extension_id: Some(bob), pause_reason: " Lunch ".into(), ..SetAgentReady::default() };
        acme.boss.call(all.clone()).await.unwrap();
        assert_eq!(told(), [(managed.id, bob, false, "Lunch".into()), (member.id, bob, false, "Lunch".into())]);
        let line = acme.boss.call(ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!(line.operation, "SetAgentReady");
        assert_eq!(line.subject, format!("{} not ready in queue 8000, 8001", acme.bob_extension.number));
        for (wrong, name) in [
            (SetAgentReady { extension_id: None, ..all.clone() }, "extension_id"),
            (SetAgentReady { extension_id: Some(ExtensionId(7)), ..all.clone() }, "extension_id"),
            (SetAgentReady { queue_id: Some(managed.id), extension_id: Some(alice), ..all.clone() }, "extension_id"),
            (SetAgentReady { queue_id: Some(shared::QueueId(7)), ..all.clone() }, "queue_id"),
            (SetAgentReady { pause_reason: "Golf".into(), ..all.clone() }, "pause_reason"),
        ] {
            assert_eq!(field(acme.boss.call(wrong).await.unwrap_err()), (422, name.into()));
        }
        assert_eq!(told(), []);

        let own = SetOwnAgentReady { ready: true, pause_reason: "Lunch".into(), ..SetOwnAgentReady::default() };
        acme.alice.call(own.clone()).await.unwrap();
        assert_eq!(told(), [(member.id, alice, true, String::new())], "who is ready has no reason");
        // Of the queue that it manages, and of no other.
        acme.alice.call(SetOwnAgentReady { extension_id: Some(bob), ..own.clone() }).await.unwrap();
        assert_eq!(told(), [(managed.id, bob, true, String::new())]);
        let other = SetOwnAgentReady { queue_id: Some(member.id), extension_id: Some(bob), ..own.clone() };
        assert_eq!(field(acme.alice.call(other).await.unwrap_err()), (422, "queue_id".into()));
        acme.boss.call(DeleteQueue { queue_id: managed.id }).await.unwrap();
        let other = SetOwnAgentReady { extension_id: Some(bob), ..own };
        assert_eq!(field(acme.alice.call(other).await.unwrap_err()), (422, "extension_id".into()));
        assert_eq!(told(), []);
    })
    .await;
}

async fn member_state(browser: &Browser, body: Value) -> (u16, String) {
    let reply = browser.request(Method::Post, "/api/call_queues/member_state/update", Some(body)).await;
    match reply.status.as_u16() {
        204 => (204, String::new()),
        _ => field(reply.problem()),
    }
}

//
#[tokio::test]
async fn q_15_other_systems_set_a_member_by_id_or_number_and_are_told_what_is_wrong() {
    each_database(|store| async move {
        let World { app, mut admin, mut acme, globex, .. } = World::new(store).await;
        let (alice, bob) = (acme.alice_extension.id, acme.bob_extension.id);
        let queue = create(&mut acme, "8000", &[alice, bob], &[]).await;
        let ok = (204, String::new());
        for (id, number) in
            [(json!(bob.0), ""), (json!(bob.0.to_string()), ""), (json!(bob.to_string()), ""), (Value::Null, "102")]
        {
            let body =
                json!({ "extension_number": "8000", "status": false, "extension_id": id, "member_number": number });
            assert_eq!(member_state(&acme.boss, body).await, ok);
            let change = app.readiness.lock().unwrap().pop().unwrap();
            assert_eq!((change.queue_id, change.extension_id, change.ready), (Some(queue.id), bob, false));
        }
        let by =
            |number: &str, member: &str| json!({ "extension_number": number, "status": true, "member_number": member });
        assert_eq!(member_state(&acme.boss, by("8001", "102")).await, (422, "extension_number".into()));
        assert_eq!(member_state(&acme.boss, by("8000", "103")).await, (422, "member_number".into()));
        let both = json!({ "extension_number": "8000", "status": true, "extension_id": alice, "member_number": "102" });
        assert_eq!(member_state(&acme.boss, both).await, (422, "extension_id".into()));
        // A person decides for itself.
        assert_eq!(member_state(&acme.alice, by("8000", "101")).await, ok);
        assert_eq!(member_state(&acme.alice, by("8000", "")).await, ok);
        assert_eq!(member_state(&acme.alice, by("8000", "102")).await, (403, String::new()));
        assert_eq!(member_state(&globex.boss, by("8000", "102")).await, (422, "extension_number".into()));
        assert_eq!(member_state(&admin, by("8000", "102")).await, (403, String::new()));
        let session = admin.call(ActForTenant { tenant_id: acme.tenant.id }).await.unwrap();
        admin.token = Some(session.access_token);
        assert_eq!(member_state(&admin, by("8000", "102")).await, ok);
    })
    .await;
}

// covers: Q-14, REP-06, S19
#[tokio::test]
async fn q_14_lost_calls_are_listed_counted_and_exported_without_formulas() {
    each_database(|store| async move {
        let World { app, mut acme, .. } = World::new(store).await;
        let bob = acme.bob_extension.id;
        let queue = create(&mut acme, "8000", &[bob], &[]).await;
        let idle = create(&mut acme, "8001", &[bob], &[]).await;
        let lost = QueueCall { ended_at: Some(NOW), outcome: Some(QueueOutcome::Abandoned), ..waiting(&queue, 7) };
        let answered = QueueCall {
            answered_at: Some(NOW - Duration::from_secs(50)),
            agent_id: Some(bob),
            ended_at: Some(NOW),
            outcome: Some(QueueOutcome::Answered),
            ..waiting(&queue, 8)
        };
        tell(&app, &lost).await;
        tell(&app, &answered).await;
        let only = ListQueueCalls { lost: Some(true), ..ListQueueCalls::default() };
        assert_eq!(acme.boss.call(only).await.unwrap().rows, [lost]);
        let wrong = ListQueueCalls { from: Some(NOW), until: Some(NOW), ..ListQueueCalls::default() };
        assert_eq!(field(acme.boss.call(wrong).await.unwrap_err()), (422, "until".into()));

        app.pass(Duration::from_secs(1));
        let history = acme.boss.call(GetQueueHistory::default()).await.unwrap();
        assert_eq!(history.len(), 8, "days");
        let sum = |get: fn(&QueueFigures) -> u64| history.iter().map(|slot| get(&slot.figures)).sum::<u64>();
        assert_eq!((sum(|of| of.entered), sum(|of| of.answered), sum(|of| of.lost)), (2, 1, 1));
        let day =
            GetQueueHistory { from: Some(NOW - Duration::from_secs(86_400)), queue_id: Some(idle.id), until: None };
        let history = acme.boss.call(day).await.unwrap();
        assert!((25..=26).contains(&history.len()), "hours: {}", history.len());
        assert!(history.iter().all(|slot| slot.figures == QueueFigures::default()));

        let text = async |boss: &mut Browser, reply: crate::app::Reply| {
            let _ = boss;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/csv; charset=utf-8"));
            reply.text().strip_prefix('\u{feff}').unwrap().to_owned()
        };
        let reply = acme.boss.ask(&ExportQueueCalls::default()).await;
        let calls = text(&mut acme.boss, reply).await;
        assert_eq!(calls.lines().count(), 3);
        assert!(calls.contains("8000,Queue 8000,'=1+1,Carol,"), "{calls}");
        assert!(calls.contains(",10,Answered,") && calls.contains(",102,Bob of Acme,50,"), "{calls}");
        let reply = acme.boss.ask(&ExportQueueReport::default()).await;
        let report = text(&mut acme.boss, reply).await;
        assert!(report.contains("8000,Queue 8000,2,1,1,1,70,60,50"), "{report}");
        assert!(report.contains("8001,Queue 8001,0,0,0,0,0,0,0"), "{report}");
        let paused = AgentStanding {
            state: AgentState::NotReady,
            pause_reason: "Lunch".into(),
            ready: false,
            since: NOW - Duration::from_secs(299),
            ..stands(&queue, bob)
        };
        let fact = Fact::AgentChanged { agent: paused, managers: Vec::new() };
        app.store.record_facts(&[TenantFact { tenant_id: Some(queue.tenant_id), at: NOW, fact }]).await.unwrap();
        let reply = acme.boss.ask(&ExportAgentReport::default()).await;
        let agents = text(&mut acme.boss, reply).await;
        assert!(agents.contains("8000,Queue 8000,102,Bob of Acme,1,50,0,0,0,0,300,Lunch: 300"), "{agents}");
        assert!(agents.contains("8001,Queue 8001,102,Bob of Acme,0,0,0,0,0,0,0,"), "{agents}");
        let reply = acme.boss.ask(&ExportAgentReport { queue_id: Some(idle.id), ..Default::default() }).await;
        assert_eq!(text(&mut acme.boss, reply).await.lines().count(), 2);
    })
    .await;
}
