//! Call queues as they are set up, and who is treated in a way of its own in them (VIP-01, EXA-01, HAR-03).

use shared::activity::UndoActivity;
use shared::destination::Destination;
use shared::extension::{CreateExtension, DeleteExtension};
use shared::feature_code::UpdateFeatureCodes;
use shared::inbound_rule::{CreateInboundRule, InboundSettings};
use shared::prompt::DeletePrompt;
use shared::queue::{CreateQueue, DeleteQueue, ListQueues, Queue, QueueSettings, UpdateQueue};
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, DeleteExclusiveAgent, DeleteNuisance, DeleteVip,
    ExclusiveAgentSettings, ListExclusiveAgents, ListNuisances, ListVips, NuisanceLevel, NuisanceSettings,
    UpdateExclusiveAgent, UpdateNuisance, UpdateVip, VipSettings,
};
use shared::quota::{Limit, Quota, QuotaReached};
use shared::ring_group::{CreateRingGroup, RingGroupSettings};
use shared::tenant::UpdateTenant;
use shared::{ExtensionId, Moment, QueueId, SoundId};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, NewSound, Result, TenantStore};

use crate::trunk::{assigned, inbound, trunk};
use crate::world::{conflict, invalid, is_not_found, tenant_with};

pub fn line(number: &str, members: &[ExtensionId]) -> QueueSettings {
    let name = format!("Queue {number}");
    QueueSettings { number: number.into(), name, members: members.to_vec(), ..QueueSettings::default() }
}

pub async fn create(view: &TenantStore, settings: QueueSettings) -> Result<Queue> {
    view.create_queue(NOW, &actor(), &CreateQueue { settings }).await
}

async fn update(view: &TenantStore, queue_id: QueueId, settings: QueueSettings) -> Result<Queue> {
    view.update_queue(NOW, &actor(), &UpdateQueue { queue_id, settings }).await
}

async fn delete(view: &TenantStore, queue_id: QueueId) -> Result<()> {
    view.delete_queue(NOW, &actor(), &DeleteQueue { queue_id }).await
}

fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Conflict { reason, .. }) => reason,
        Err(Error::Invalid(fields)) => fields[0].reason.clone(),
        other => panic!("{other:?}"),
    }
}

// covers, LOG-02
#[tokio::test]
async fn q_01_a_queue_is_made_listed_changed_and_removed_and_the_switch_is_told() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let mut changes = store.changes();
        let padded = QueueSettings { name: " Sales ".into(), ..line(" 8000 ", &[two, one]) };
        let sales = create(&view, padded).await.unwrap();
        assert_eq!((sales.settings.number.as_str(), sales.settings.name.as_str()), ("8000", "Sales"));
        assert_eq!(sales.settings.members, [two, one], "the order is kept");
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        let night = create(&view, line("7999", &[one])).await.unwrap();
        let list = async |search: Option<&str>| {
            let operation = ListQueues { search: search.map(str::to_owned), ..ListQueues::default() };
            view.list_queues(&operation).await.unwrap().rows
        };
        assert_eq!(list(None).await, [night.clone(), sales.clone()]);
        assert_eq!(list(Some("sal")).await, std::slice::from_ref(&sales));
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().queues, [night.clone(), sales.clone()]);
        assert_eq!(view.find_queue("8000").await.unwrap(), Some(sales.clone()));

        let changed = QueueSettings { sla_seconds: 180, managers: vec![one], ..sales.settings.clone() };
        let after = update(&view, sales.id, changed).await.unwrap();
        assert_eq!(after.settings.sla_seconds, 180);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        assert_eq!((log[0].operation.as_str(), log[0].subject.as_str()), ("UpdateQueue", "queue 8000"));
        assert!(log[0].undoable && log[0].changes.iter().any(|change| change.field == "sla_seconds"), "{:?}", log[0]);
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        assert_eq!(list(None).await[1], sales);

        // Another tenant's are none.
        assert_eq!(globex.list_queues(&ListQueues::default()).await.unwrap().total, 0);
        is_not_found(update(&globex, sales.id, line("8001", &[])).await);
        is_not_found(delete(&globex, sales.id).await);
        assert_eq!(invalid(create(&globex, line("8001", &[one])).await), ["members"]);
        let alien = QueueSettings { managers: vec![one], ..line("8001", &[]) };
        assert_eq!(invalid(create(&globex, alien).await), ["members"]);

        delete(&view, night.id).await.unwrap();
        is_not_found(delete(&view, night.id).await);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        assert_eq!(list(None).await[0].settings, night.settings);
    })
    .await;
}

// covers: Q-01, T-04
#[tokio::test]
async fn q_01_a_form_that_is_wrong_and_a_limit_that_is_reached_are_refused() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let wrong = QueueSettings { ring_seconds: 1, ..line("8", &[one]) };
        assert_eq!(invalid(create(&view, wrong).await), ["number", "ring_seconds"]);
        let nowhere = Destination::Queue { queue_id: QueueId(7) };
        let wrong = QueueSettings { otherwise: nowhere, ..line("8000", &[one]) };
        assert_eq!(invalid(create(&view, wrong).await), ["otherwise"]);
        let wrong = QueueSettings { music: Some(SoundId(7)), ..line("8000", &[one]) };
        assert_eq!(invalid(create(&view, wrong).await), ["music"]);
        let quota = Quota { call_queues_max: Some(1), ..Quota::default() };
        let change = UpdateTenant { quota: Some(quota), ..UpdateTenant::new(acme.id) };
        store.update_tenant(NOW, &actor(), &change).await.unwrap();
        let made = create(&view, line("8000", &[one])).await.unwrap();
        let own = QueueSettings { otherwise: Destination::Queue { queue_id: made.id }, ..made.settings };
        assert_eq!(invalid(update(&view, made.id, own).await), ["otherwise"]);
        match create(&view, line("8001", &[one])).await {
            Err(Error::Quota(found)) => assert_eq!(found, QuotaReached { limit: Limit::CallQueues, max: 1 }),
            other => panic!("{other:?}"),
        }
        assert_eq!(view.get_tenant_profile().await.unwrap().queues, 1);
    })
    .await;
}

// covers: Q-01, EXT-02, DIAL-01
#[tokio::test]
async fn q_01_numbers_are_one_space_and_the_holder_is_named() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        create(&view, line("8000", &[one])).await.unwrap();
        let taken = reason(create(&view, line("8000", &[one])).await);
        assert_eq!(taken, "The queue Queue 8000 has the number 8000.");
        assert_eq!(reason(create(&view, line("101", &[one])).await), "The extension of Person 101 has the number 101.");
        let person = CreateExtension { number: "8000".into(), name: "Bob".into(), email: None };
        assert_eq!(conflict(view.create_extension(NOW, &actor(), &person).await), "number");
        let settings = RingGroupSettings {
            number: "8000".into(),
            name: "All".into(),
            members: vec![one],
            ..RingGroupSettings::default()
        };
        assert_eq!(conflict(view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings }).await), "number");
        let mut codes = view.feature_codes().await.unwrap();
        codes.queue_in = "80".into();
        let refused = reason(view.update_feature_codes(NOW, &actor(), UpdateFeatureCodes { codes }).await);
        assert!(refused.contains("the queue 8000"), "{refused}");
    })
    .await;
}

// covers, EXT-20
#[tokio::test]
async fn q_08_what_leads_to_a_queue_keeps_it_and_a_queue_keeps_what_it_needs() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let sound = NewSound { name: "Please wait", file: b"OggS", millis: 10 };
        let prompt = view.create_prompt(NOW, &actor(), sound).await.unwrap();
        let first = create(&view, line("8000", &[one])).await.unwrap();
        let there = Destination::Queue { queue_id: first.id };
        let second = QueueSettings {
            otherwise: there.clone(),
            music: Some(prompt.id),
            managers: vec![two],
            ..line("8001", &[one])
        };
        let second = create(&view, second).await.unwrap();
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123")]).await;
        let settings = InboundSettings { name: "Main".into(), open: there, ..inbound(carrier.id, "123", "") };
        view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings }).await.unwrap();
        let kept = reason(delete(&view, first.id).await);
        assert_eq!(kept, "The queue is in use by the inbound rule Main, the queue 8001.");
        let kept = reason(view.delete_prompt(NOW, &actor(), &DeletePrompt { sound_id: prompt.id }).await);
        assert_eq!(kept, "The prompt is in use by the queue 8001.");
        let kept = reason(view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await);
        assert!(kept.contains("the queue 8000, as a member"), "{kept}");
        let kept = reason(view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: two }).await);
        assert_eq!(kept, "The extension is in use by the queue 8001, as a manager.");
        let file = view.export_inbound_rules(&Default::default()).await.unwrap().text;
        assert!(file.contains("8000"), "{file}");
        delete(&view, second.id).await.unwrap();
        view.delete_prompt(NOW, &actor(), &DeletePrompt { sound_id: prompt.id }).await.unwrap();
    })
    .await;
}

// covers: VIP-01, VIP-03, LOG-02
#[tokio::test]
async fn vip_01_an_entry_keeps_its_fields_and_stands_there_once() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let (globex, ..) = tenant_with(&store, "Globex", &[]).await;
        let settings = VipSettings {
            number: "+49301234".into(),
            description: "The mayor".into(),
            longitude: Some(13.4),
            latitude: Some(-52.5),
            valid_until: Some(Moment(7)),
            enabled: false,
        };
        let create = CreateVip { settings: settings.clone() };
        let made = view.create_vip(NOW, &actor(), &create).await.unwrap();
        assert_eq!(made.settings, settings);
        assert_eq!(conflict(view.create_vip(NOW, &actor(), &create).await), "number");
        globex.create_vip(NOW, &actor(), &create).await.unwrap();
        let search = ListVips { search: Some("mayor".into()), ..ListVips::default() };
        assert_eq!(view.list_vips(&search).await.unwrap().rows, std::slice::from_ref(&made));
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().vips, std::slice::from_ref(&made));
        let change = UpdateVip { vip_id: made.id, settings: VipSettings { enabled: true, ..settings } };
        let after = view.update_vip(NOW, &actor(), &change).await.unwrap();
        is_not_found(globex.update_vip(NOW, &actor(), &change).await);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        assert_eq!(view.list_vips(&search).await.unwrap().rows, [made]);
        view.delete_vip(NOW, &actor(), &DeleteVip { vip_id: after.id }).await.unwrap();
        assert_eq!(view.list_vips(&search).await.unwrap().total, 0);
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        assert_eq!(view.list_vips(&search).await.unwrap().total, 1);
    })
    .await;
}

// covers: EXA-01
#[tokio::test]
async fn exa_01_exclusive_agents_are_members_of_queues() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        let people: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        let queue = QueueSettings { managers: vec![people[1]], ..line("8000", &people[..2]) };
        create(&view, queue).await.unwrap();
        let settings = |agents: &[ExtensionId]| ExclusiveAgentSettings {
            description: " Key accounts ".into(),
            callers: vec!["0301234".into(), " 0301234 ".into(), "+49151".into()],
            agents: agents.to_vec(),
        };
        let add = async |agents: &[ExtensionId]| {
            view.create_exclusive_agent(NOW, &actor(), &CreateExclusiveAgent { settings: settings(agents) }).await
        };
        assert_eq!(invalid(add(&people[2..]).await), ["agents"]);
        assert_eq!(invalid(add(&people[1..2]).await), ["agents"], "a manager is never rung");
        let made = add(&people[..1]).await.unwrap();
        assert_eq!(made.settings.description, "Key accounts");
        assert_eq!(made.settings.callers, ["0301234", "+49151"], "what is given twice stands there once");
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().exclusive_agents, std::slice::from_ref(&made));
        let search = ListExclusiveAgents { search: Some("4915".into()), ..ListExclusiveAgents::default() };
        assert_eq!(view.list_exclusive_agents(&search).await.unwrap().total, 1);
        let changed = ExclusiveAgentSettings { callers: vec!["112233".into()], ..made.settings.clone() };
        let change = UpdateExclusiveAgent { exclusive_agent_id: made.id, settings: changed };
        view.update_exclusive_agent(NOW, &actor(), &change).await.unwrap();
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        assert_eq!(view.list_exclusive_agents(&search).await.unwrap().rows, std::slice::from_ref(&made));
        let kept = reason(view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: people[0] }).await);
        assert!(kept.contains("the exclusive agents Key accounts"), "{kept}");
        let gone = DeleteExclusiveAgent { exclusive_agent_id: made.id };
        view.delete_exclusive_agent(NOW, &actor(), &gone).await.unwrap();
        is_not_found(view.delete_exclusive_agent(NOW, &actor(), &gone).await);
    })
    .await;
}

// covers: HAR-03
#[tokio::test]
async fn har_03_a_nuisance_stands_at_each_level_once() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let first =
            NuisanceSettings { number: "0900".into(), description: "Rude".into(), ..NuisanceSettings::default() };
        let add =
            async |settings: NuisanceSettings| view.create_nuisance(NOW, &actor(), &CreateNuisance { settings }).await;
        let made = add(first.clone()).await.unwrap();
        assert_eq!(conflict(add(first.clone()).await), "number");
        let wrong = NuisanceSettings { sound: Some(SoundId(4)), number: "0901".into(), ..first.clone() };
        assert_eq!(invalid(add(wrong).await), ["sound"]);
        let second = add(NuisanceSettings { level: NuisanceLevel::Second, ..first.clone() }).await.unwrap();
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().nuisances, [made.clone(), second.clone()]);
        let clash = UpdateNuisance { nuisance_id: second.id, settings: first.clone() };
        assert_eq!(conflict(view.update_nuisance(NOW, &actor(), &clash).await), "number");
        let changed = NuisanceSettings { enabled: false, ..first.clone() };
        let change = UpdateNuisance { nuisance_id: made.id, settings: changed };
        view.update_nuisance(NOW, &actor(), &change).await.unwrap();
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: log[0].id }).await.unwrap();
        let all = view.list_nuisances(&ListNuisances::default()).await.unwrap().rows;
        assert_eq!(all, [made.clone(), second.clone()]);
        view.delete_nuisance(NOW, &actor(), &DeleteNuisance { nuisance_id: made.id }).await.unwrap();
        is_not_found(view.delete_nuisance(NOW, &actor(), &DeleteNuisance { nuisance_id: made.id }).await);
    })
    .await;
}
