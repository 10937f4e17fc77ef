//! Trunks and the rules that use them, on both engines.

use shared::destination::Destination;
use shared::did::Mask;
use shared::hours::{Hours, Span, Week};
use shared::inbound_rule::{
    CreateInboundRule, DeleteInboundRule, InboundSettings, ListInboundRules, UpdateInboundRule,
};
use shared::outbound_rule::{
    CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, OutboundRoute, OutboundSettings, UpdateOutboundRule,
};
use shared::tenant::{CreateTenant, DeleteTenant, UpdateTenant};
use shared::trunk::{
    CreateOwnTrunk, CreateTrunk, DeleteOwnTrunk, DeleteTrunk, ListTrunks, ListUsableTrunks, Trunk, TrunkAssignment,
    TrunkMode, TrunkSettings, UpdateOwnTrunk, UpdateTrunk,
};
use shared::{TenantId, TrunkId};
use store::Store;
use store::testing::{NOW, actor, each_database};

use crate::world::{conflict, invalid, is_not_found, new_tenant, tenant_with};

fn settings(name: &str) -> TrunkSettings {
    TrunkSettings {
        name: name.into(),
        host: "sip.example".into(),
        mode: TrunkMode::Register,
        username: "account7".into(),
        ..TrunkSettings::default()
    }
}

pub fn assigned(tenant: TenantId, pool: &str) -> TrunkAssignment {
    TrunkAssignment { tenant_id: tenant, tenant_name: String::new(), did_pool: pool.into() }
}

pub async fn trunk(store: &Store, name: &str, assignments: Vec<TrunkAssignment>) -> Trunk {
    let create = CreateTrunk { settings: settings(name), password: Some("secret".into()), assignments };
    store.create_trunk(NOW, &actor(), &create).await.unwrap()
}

pub fn inbound(trunk: TrunkId, did: &str, cid: &str) -> InboundSettings {
    InboundSettings {
        name: format!("Rule {did} {cid}"),
        enabled: true,
        trunk_id: trunk,
        did_mask: did.into(),
        cid_mask: Mask(cid.into()),
        hours: Hours::Tenant,
        open: Destination::EndCall,
        closed: None,
        extension_id: None,
    }
}

pub fn outbound(name: &str, trunk: TrunkId) -> OutboundSettings {
    OutboundSettings {
        name: name.into(),
        routes: vec![OutboundRoute { trunk_id: trunk, strip: 0, prepend: String::new() }],
        ..OutboundSettings::default()
    }
}

// covers: TRK-01, TRK-05, TRK-07
#[tokio::test]
async fn trk_05_a_trunk_is_made_changed_and_removed_and_its_password_is_sealed() {
    each_database(|store| async move {
        let (_, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let made = trunk(&store, "Carrier", vec![assigned(acme.id, "123;44******")]).await;
        assert!(made.has_password && made.assignments[0].tenant_name == "Acme");
        assert_eq!(store.load_trunks().await.unwrap()[0].password, "secret");
        assert!(!format!("{:?}", store.load_trunks().await.unwrap()).contains("secret"));
        let listed =
            store.list_trunks(&ListTrunks { search: Some("sip.ex".into()), ..Default::default() }).await.unwrap();
        assert_eq!((listed.rows, listed.total), (vec![made.clone()], 1));
        let again = CreateTrunk { settings: settings("CARRIER"), ..CreateTrunk::default() };
        assert_eq!(conflict(store.create_trunk(NOW, &actor(), &again).await), "name");
        let mut change = UpdateTrunk {
            trunk_id: made.id,
            settings: TrunkSettings { name: "Carrier One".into(), port: 5_080, ..settings("x") },
            password: None,
            assignments: vec![assigned(acme.id, "*")],
        };
        let changed = store.update_trunk(NOW, &actor(), &change).await.unwrap();
        assert_eq!((changed.settings.port, changed.assignments[0].did_pool.as_str()), (5_080, "*"));
        assert_eq!(store.load_trunks().await.unwrap()[0].password, "secret");
        // The password goes to no other host by itself.
        change.settings.host = "thief.example".into();
        assert_eq!(invalid(store.update_trunk(NOW, &actor(), &change).await), ["password"]);
        change.password = Some("other".into());
        store.update_trunk(NOW, &actor(), &change).await.unwrap();
        assert_eq!(store.load_trunks().await.unwrap()[0].password, "other");
        change.assignments = vec![assigned(TenantId(5), "")];
        assert_eq!(invalid(store.update_trunk(NOW, &actor(), &change).await), ["assignments"]);
        store.delete_trunk(NOW, &actor(), &DeleteTrunk { trunk_id: made.id }).await.unwrap();
        assert_eq!(store.load_trunks().await.unwrap(), []);
        is_not_found(store.delete_trunk(NOW, &actor(), &DeleteTrunk { trunk_id: made.id }).await);
    })
    .await;
}

// covers: TRK-12
#[tokio::test]
async fn trk_12_a_rule_that_shows_a_number_of_nobody_is_named() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (other, globex, _) = tenant_with(&store, "Globex", &["101"]).await;
        let pools = vec![assigned(acme.id, "4930111*"), assigned(globex.id, "4930222*")];
        let carrier = trunk(&store, "Carrier", pools).await;
        for (view, name, caller_id) in [
            (&view, "Own", "+49301115"),
            (&view, "None", ""),
            (&view, "Foreign", "49302221"),
            (&other, "Theirs", "49302225"),
        ] {
            let settings = OutboundSettings { caller_id: caller_id.into(), ..outbound(name, carrier.id) };
            view.create_outbound_rule(NOW, &actor(), &CreateOutboundRule { settings }).await.unwrap();
        }
        let used = store.trunk_use(carrier.id).await.unwrap();
        assert_eq!((used.tenants, used.outbound_ways), (2, 4));
        assert_eq!(used.foreign_ids, ["Foreign"]);
        assert_eq!(other.trunk_use(carrier.id).await.unwrap().foreign_ids, [""; 0]);
    })
    .await;
}

// covers: TRK-13
#[tokio::test]
async fn trk_13_what_rules_use_is_not_taken_away_and_the_refusal_names_them() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123;44******")]).await;
        let mut rule = inbound(carrier.id, "44123456", "");
        rule.open = Destination::Extension { extension_id: made[0].extension.id };
        let rule = view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings: rule }).await.unwrap();
        let create = CreateOutboundRule { settings: outbound("Abroad", carrier.id) };
        let out = view.create_outbound_rule(NOW, &actor(), &create).await.unwrap();
        let reason = |error: store::Error| match error {
            store::Error::Conflict { reason, .. } => reason,
            other => panic!("{other}"),
        };
        let delete = DeleteTrunk { trunk_id: carrier.id };
        let refused = reason(store.delete_trunk(NOW, &actor(), &delete).await.unwrap_err());
        assert_eq!(refused, "The trunk is in use by the inbound rule Rule 44123456, the outbound rule Abroad.");
        let with = |assignments| UpdateTrunk {
            trunk_id: carrier.id,
            settings: settings("Carrier"),
            password: None,
            assignments,
        };
        let refused = reason(store.update_trunk(NOW, &actor(), &with(vec![])).await.unwrap_err());
        assert!(refused.starts_with("The tenant of Acme is in use"), "{refused}");
        let cut = with(vec![assigned(acme.id, "123")]);
        let refused = reason(store.update_trunk(NOW, &actor(), &cut).await.unwrap_err());
        assert!(refused.starts_with("A number that is taken out of Acme") && !refused.contains("Abroad"), "{refused}");
        store.update_trunk(NOW, &actor(), &with(vec![assigned(acme.id, "4412****")])).await.unwrap();
        let gone = DeleteInboundRule { inbound_rule_id: rule.id };
        view.delete_inbound_rule(NOW, &actor(), &gone).await.unwrap();
        assert!(store.delete_trunk(NOW, &actor(), &delete).await.is_err());
        let gone = DeleteOutboundRule { outbound_rule_id: out.id };
        view.delete_outbound_rule(NOW, &actor(), &gone).await.unwrap();
        store.delete_trunk(NOW, &actor(), &delete).await.unwrap();
    })
    .await;
}

// covers: INB-01, INB-03, INB-06
#[tokio::test]
async fn inb_03_a_rule_is_for_the_tenants_numbers_and_for_calls_that_no_other_takes() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (other, globex, people) = tenant_with(&store, "Globex", &["101"]).await;
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "44******")]).await;
        let create = async |settings: InboundSettings| {
            view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings }).await
        };
        let rule = create(inbound(carrier.id, "+44123456", "0044**********")).await.unwrap();
        create(inbound(carrier.id, "44123456", "")).await.unwrap();
        create(inbound(carrier.id, "*", "")).await.unwrap();
        assert_eq!(conflict(create(inbound(carrier.id, "44123456", "00442012345678")).await), "cid_mask");
        assert_eq!(conflict(create(inbound(carrier.id, "*", "")).await), "cid_mask");
        assert_eq!(invalid(create(inbound(carrier.id, "45123456", "")).await), ["did_mask"]);
        assert_eq!(invalid(create(inbound(TrunkId(7), "44123457", "")).await), ["trunk_id"]);
        let foreign = InboundSettings {
            open: Destination::Extension { extension_id: people[0].extension.id },
            ..inbound(carrier.id, "44123457", "")
        };
        assert_eq!(invalid(create(foreign).await), ["open"]);
        let own = |from| Hours::Own { week: Week { monday: vec![Span::new(from, 0)], ..Week::default() } };
        let wrong = InboundSettings { hours: own(1_440), ..inbound(carrier.id, "44123457", "") };
        assert_eq!(invalid(create(wrong).await), ["hours.week.monday[0].from"]);
        let listed = view.list_inbound_rules(&ListInboundRules::default()).await.unwrap();
        assert_eq!(listed.total, 3);
        let settings = InboundSettings { hours: own(540), ..inbound(carrier.id, "44123458", "") };
        let moved = UpdateInboundRule { inbound_rule_id: rule.id, settings };
        view.update_inbound_rule(NOW, &actor(), &moved).await.unwrap();
        is_not_found(other.update_inbound_rule(NOW, &actor(), &moved).await);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.inbound_rules.len(), 3);
        assert_eq!(plan.inbound_rules.iter().filter(|known| known.settings.hours == own(540)).count(), 1);
        assert_eq!(store.load_plan(globex.id).await.unwrap().unwrap().inbound_rules, []);
        let delete = DeleteTenant { tenant_id: acme.id, confirm_name: "Acme".into() };
        store.delete_tenant(NOW, &actor(), &delete).await.unwrap();
        assert_eq!(store.get_trunk(carrier.id).await.unwrap().assignments, []);
    })
    .await;
}

// covers: OUT-02, OUT-04, OUT-05
#[tokio::test]
async fn out_05_rules_stand_in_an_order_that_can_be_changed() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "")]).await;
        let mut made = Vec::new();
        for name in ["One", "Two", "Three"] {
            let create = CreateOutboundRule { settings: outbound(name, carrier.id) };
            made.push(view.create_outbound_rule(NOW, &actor(), &create).await.unwrap());
        }
        let names = async || {
            let listed = view.list_outbound_rules(&ListOutboundRules::default()).await.unwrap();
            listed.rows.into_iter().map(|rule| (rule.position, rule.settings.name)).collect::<Vec<_>>()
        };
        let moved = |place: usize, position| UpdateOutboundRule {
            outbound_rule_id: made[place].id,
            settings: made[place].settings.clone(),
            position: Some(position),
        };
        let mut timed = moved(0, 1);
        timed.settings.hours = Some(Hours::Tenant);
        view.update_outbound_rule(NOW, &actor(), &timed).await.unwrap();
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        let hours = plan.outbound_rules.into_iter().map(|rule| rule.settings.hours);
        assert_eq!(hours.collect::<Vec<_>>(), [Some(Hours::Tenant), None, None]);
        view.update_outbound_rule(NOW, &actor(), &moved(2, 1)).await.unwrap();
        assert_eq!(names().await, [(1, "Three".into()), (2, "One".into()), (3, "Two".into())]);
        view.update_outbound_rule(NOW, &actor(), &moved(2, 99)).await.unwrap();
        assert_eq!(names().await, [(1, "One".into()), (2, "Two".into()), (3, "Three".into())]);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(
            plan.outbound_rules.iter().map(|rule| rule.id).collect::<Vec<_>>(),
            made.iter().map(|rule| rule.id).collect::<Vec<_>>()
        );
        let stray = CreateOutboundRule { settings: outbound("Stray", TrunkId(5)) };
        assert_eq!(invalid(view.create_outbound_rule(NOW, &actor(), &stray).await), ["routes[0].trunk_id"]);
    })
    .await;
}

// covers: TRK-07
#[tokio::test]
async fn trk_07_a_tenant_sees_its_own_trunks_and_those_that_were_assigned_to_it() {
    each_database(|store| async move {
        let (acme, acme_tenant, _) = tenant_with(&store, "Acme", &["101"]).await;
        let (globex, globex_tenant, _) = tenant_with(&store, "Globex", &["101"]).await;
        trunk(&store, "Shared", vec![assigned(acme_tenant.id, "123"), assigned(globex_tenant.id, "456")]).await;
        trunk(&store, "Nobody's", vec![]).await;
        let create = CreateOwnTrunk { settings: settings("Own"), password: None, did_pool: "*".into() };
        let own = acme.create_own_trunk(NOW, &actor(), &create).await.unwrap();
        assert_eq!(own.owner_id, Some(acme_tenant.id));
        let seen = acme.list_usable_trunks(&ListUsableTrunks::default()).await.unwrap();
        assert_eq!(seen.rows.iter().map(|known| known.settings.name.as_str()).collect::<Vec<_>>(), ["Own", "Shared"]);
        assert_eq!(seen.rows[1].settings.username, "", "the provider's account is not the tenant's affair");
        assert_eq!(seen.rows[1].assignments.len(), 1, "nor who else has numbers there");
        assert_eq!(seen.rows[0].settings.username, "account7");
        let wrong = UpdateOwnTrunk {
            trunk_id: own.id,
            settings: settings("Own"),
            password: None,
            did_pool: "12000-22000".into(),
        };
        assert_eq!(invalid(acme.update_own_trunk(NOW, &actor(), &wrong).await), ["did_pool"]);
        is_not_found(globex.update_own_trunk(NOW, &actor(), &wrong).await);
        is_not_found(acme.delete_own_trunk(NOW, &actor(), &DeleteOwnTrunk { trunk_id: seen.rows[1].id }).await);
        is_not_found(globex.delete_own_trunk(NOW, &actor(), &DeleteOwnTrunk { trunk_id: own.id }).await);
        // Another tenant may have one of the same name.
        globex.create_own_trunk(NOW, &actor(), &create).await.unwrap();
        acme.delete_own_trunk(NOW, &actor(), &DeleteOwnTrunk { trunk_id: own.id }).await.unwrap();
    })
    .await;
}

// covers: TRK-04
#[tokio::test]
async fn trk_04_the_domain_of_a_gateway_is_nobody_elses() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &[]).await;
        let settings =
            |name: &str, host: &str| TrunkSettings { mode: TrunkMode::Accept, host: host.into(), ..settings(name) };
        let create = |name: &str, host: &str, password: Option<&str>| CreateTrunk {
            settings: settings(name, host),
            password: password.map(str::to_owned),
            assignments: Vec::new(),
        };
        let make = async |create: &CreateTrunk| store.create_trunk(NOW, &actor(), create).await;
        assert_eq!(invalid(make(&create("Gateway", "gateway.example", None)).await), ["password"]);
        assert_eq!(invalid(make(&create("Gateway", "192.0.2.1", Some("secret"))).await), ["host"]);
        let taken = make(&create("Gateway", "ACME.example", Some("secret"))).await.unwrap_err();
        assert!(taken.to_string().contains("The tenant Acme has this domain."), "{taken}");
        let made = make(&create("Gateway", "gateway.example", Some("secret"))).await.unwrap();
        assert_eq!(made.settings.mode, TrunkMode::Accept);
        assert_eq!(conflict(make(&create("Another", "Gateway.example", Some("secret"))).await), "host");
        // It may keep its own.
        let update = UpdateTrunk {
            trunk_id: made.id,
            settings: settings("Gateway One", "gateway.example"),
            password: None,
            assignments: Vec::new(),
        };
        store.update_trunk(NOW, &actor(), &update).await.unwrap();

        // A tenant is not told whose it is, and no tenant takes it.
        let own = CreateOwnTrunk {
            settings: settings("Own", "gateway.example"),
            password: Some("secret".into()),
            did_pool: String::new(),
        };
        let taken = view.create_own_trunk(NOW, &actor(), &own).await.unwrap_err();
        assert!(taken.to_string().contains("Somebody else has this domain."), "{taken}");
        let tenant = CreateTenant { domain: "gateway.example".into(), ..new_tenant("Globex") };
        assert_eq!(conflict(store.create_tenant(NOW, &actor(), &tenant).await), "domain");
        let moved = UpdateTenant { domain: Some("gateway.example".into()), ..UpdateTenant::new(acme.id) };
        assert_eq!(conflict(store.update_tenant(NOW, &actor(), &moved).await), "domain");
        // What registers by itself may be at any host.
        let update =
            UpdateTrunk { settings: super::trunk::settings("Gateway One"), password: Some("x".into()), ..update };
        store.update_trunk(NOW, &actor(), &update).await.unwrap();
        store.update_tenant(NOW, &actor(), &moved).await.unwrap();
    })
    .await;
}
