//! Where extensions' calls go, in the store (EXT-05, EXT-08, EXT-20).

use shared::destination::Destination;
use shared::did::Mask;
use shared::direct_number::{DirectNumber, UpdateDirectNumber};
use shared::extension::{CreateExtension, DeleteExtension, UpdateExtension};
use shared::forwarding::{ByHours, Exception, Forwarding, When};
use shared::hours::{Hours, Span, Week};
use shared::inbound_rule::{InboundSettings, ListInboundRules, UpdateInboundRule};
use shared::ring_group::{CreateRingGroup, DeleteRingGroup, RingGroupSettings};
use shared::trunk::{CreateOwnTrunk, TrunkSettings};
use shared::{ExtensionId, RingGroupId};
use store::testing::{NOW, actor, each_database};
use store::{Change, Error, TenantStore};

use crate::world::tenant_with;

fn to(extension_id: ExtensionId) -> Destination {
    Destination::Extension { extension_id }
}

async fn set(view: &TenantStore, id: ExtensionId, forwarding: &Forwarding) -> Result<Forwarding, Error> {
    view.update_forwarding(NOW, &actor(), "UpdateForwarding", id, forwarding).await
}

// covers: EXT-05, EXT-08, EXT-14
#[tokio::test]
async fn ext_08_what_is_set_is_kept_told_and_part_of_the_plan() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        assert_eq!(view.forwarding(one).await.unwrap(), Forwarding::default());
        let monday = vec![Span::new(780, 840), Span::new(540, 600)];
        let forwarding = Forwarding {
            hours: Hours::Own { week: Week { monday, ..Week::default() } },
            no_answer: to(two),
            away: Some(ByHours { open: Destination::External { number: "+4930123".into() }, ..ByHours::default() }),
            exceptions: vec![Exception { caller: Mask(" 4930* ".into()), when: When::Closed, to: None }],
            ..Forwarding::default()
        };
        let mut changes = store.changes();
        let after = set(&view, one, &forwarding).await.unwrap();
        assert_eq!(changes.try_recv(), Ok(Change::TenantChanged(acme.id)));
        assert_eq!(after.exceptions[0].caller.0, "4930*");
        let Hours::Own { week } = &after.hours else { panic!("its own") };
        assert_eq!(week.monday[0], Span::new(540, 600), "in the order of the day");
        assert_eq!(view.forwarding(one).await.unwrap(), after);
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions[0].forwarding, after);
        assert_eq!(plan.extensions[1].forwarding, Forwarding::default());
        let log = store.list_all_activity(&Default::default()).await.unwrap();
        assert_eq!(
            (log.rows[0].operation.as_str(), log.rows[0].subject.as_str()),
            ("UpdateForwarding", "extension 101")
        );
        assert!(log.rows[0].changes.iter().any(|change| change.field == "no_answer.kind"), "{:?}", log.rows[0].changes);

        let own = view.own_forwarding(one).await.unwrap();
        assert_eq!(own.forwarding, after);
        let people: Vec<&str> = own.people.iter().map(|person| person.number.as_str()).collect();
        assert_eq!(people, ["102"]);
    })
    .await;
}

// covers: EXT-08
#[tokio::test]
async fn ext_08_nothing_leads_to_itself_or_to_what_is_not_there_and_another_tenant_is_not_there() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101"]).await;
        let (_, _, others) = tenant_with(&store, "Globex", &["101"]).await;
        let (own, theirs) = (made[0].extension.id, others[0].extension.id);
        let leading = |to: Destination| Forwarding { busy: to, ..Forwarding::default() };
        for (wrong, reason) in [
            (to(own), "An extension cannot forward to itself."),
            (to(theirs), "There is no such destination."),
            (Destination::RingGroup { ring_group_id: RingGroupId(7) }, "There is no such destination."),
        ] {
            let Err(Error::Invalid(problems)) = set(&view, own, &leading(wrong)).await else { panic!("was taken") };
            assert_eq!((problems[0].field.as_str(), problems[0].reason.as_str()), ("busy", reason));
        }
        assert!(matches!(set(&view, theirs, &Forwarding::default()).await, Err(Error::NotFound)));
        assert!(matches!(view.forwarding(theirs).await, Err(Error::NotFound)));
        assert!(matches!(view.own_forwarding(theirs).await, Err(Error::NotFound)));
    })
    .await;
}

// covers: EXT-20
#[tokio::test]
async fn ext_20_what_others_lead_to_is_not_deleted_and_they_are_named() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let settings = RingGroupSettings {
            number: "600".into(),
            name: "Sales".into(),
            members: vec![two],
            ..RingGroupSettings::default()
        };
        let group = view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings }).await.unwrap().id;
        let forwarding = Forwarding {
            no_answer: to(two),
            busy: Destination::RingGroup { ring_group_id: group },
            ..Forwarding::default()
        };
        set(&view, one, &forwarding).await.unwrap();
        let delete = DeleteExtension { extension_id: two };
        let Err(Error::Conflict { field, reason }) = view.delete_extension(NOW, &actor(), &delete).await else {
            panic!("was deleted")
        };
        let named = "The extension is in use by the forwarding of extension 101, the ring group 600, as a member.";
        assert_eq!((field, reason.as_str()), ("extension_id", named));
        let delete_group = DeleteRingGroup { ring_group_id: group };
        let Err(Error::Conflict { reason, .. }) = view.delete_ring_group(NOW, &actor(), &delete_group).await else {
            panic!("was deleted")
        };
        assert_eq!(reason, "The ring group is in use by the forwarding of extension 101.");
        set(&view, one, &Forwarding::default()).await.unwrap();
        view.delete_ring_group(NOW, &actor(), &delete_group).await.unwrap();
        view.delete_extension(NOW, &actor(), &delete).await.unwrap();
    })
    .await;
}

// covers: EXT-09, EXT-10
#[tokio::test]
async fn ext_09_the_numbers_for_those_outside_are_set_checked_and_taken_away() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let id = made[0].extension.id;
        let change = |own: &str, emergency: &str| UpdateExtension {
            outbound_caller_id: Some(own.into()),
            emergency_caller_id: Some(emergency.into()),
            ..UpdateExtension::new(id)
        };
        let after = view.update_extension(NOW, &actor(), &change(" +4930123 ", "112233")).await.unwrap();
        assert_eq!((after.outbound_caller_id.as_str(), after.emergency_caller_id.as_str()), ("+4930123", "112233"));
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.extensions[0].extension, after);
        let Err(Error::Invalid(problems)) = view.update_extension(NOW, &actor(), &change("a", "b")).await else {
            panic!("was taken")
        };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["outbound_caller_id", "emergency_caller_id"]);
        let after = view.update_extension(NOW, &actor(), &change("", "")).await.unwrap();
        assert_eq!((after.outbound_caller_id, after.emergency_caller_id), (String::new(), String::new()));
    })
    .await;
}

// covers: EXT-02
#[tokio::test]
async fn ext_02_a_number_that_is_taken_names_who_has_it() {
    each_database(|store| async move {
        let (view, _, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (two, name) = (made[1].extension.id, made[1].extension.name.clone());
        let settings = RingGroupSettings {
            number: "600".into(),
            name: "Sales".into(),
            members: vec![two],
            ..RingGroupSettings::default()
        };
        view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings: settings.clone() }).await.unwrap();
        let reason = |found: Error| match found {
            Error::Conflict { field: "number", reason } => reason,
            other => panic!("{other}"),
        };
        let new = |number: &str| CreateExtension { number: number.into(), name: "New".into(), email: None };
        let update = |number: &str| UpdateExtension { number: Some(number.into()), ..UpdateExtension::new(two) };
        let holder = |name: &str, number: &str| format!("{name} has the number {number}.");
        let of_two = holder(&format!("The extension of {name}"), "102");
        let of_sales = holder("The ring group Sales", "600");
        assert_eq!(reason(view.create_extension(NOW, &actor(), &new("102")).await.unwrap_err()), of_two);
        assert_eq!(reason(view.create_extension(NOW, &actor(), &new("600")).await.unwrap_err()), of_sales);
        assert_eq!(reason(view.update_extension(NOW, &actor(), &update("600")).await.unwrap_err()), of_sales);
        view.update_extension(NOW, &actor(), &update("102")).await.unwrap();
        let group = RingGroupSettings { number: "102".into(), ..settings };
        let create = CreateRingGroup { settings: group };
        assert_eq!(reason(view.create_ring_group(NOW, &actor(), &create).await.unwrap_err()), of_two);
    })
    .await;
}

// covers: EXT-04, EXT-20
#[tokio::test]
async fn ext_04_a_direct_number_is_an_inbound_rule_that_goes_with_its_extension() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (_, _, others) = tenant_with(&store, "Globex", &["101"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let settings = TrunkSettings { name: "Carrier".into(), host: "sip.example".into(), ..TrunkSettings::default() };
        let carrier = CreateOwnTrunk { settings, password: None, did_pool: "4930100-4930109".into() };
        let trunk = view.create_own_trunk(NOW, &actor(), &carrier).await.unwrap();
        let of = |extension_id, number: &str| UpdateDirectNumber {
            extension_id,
            direct: DirectNumber { trunk_id: Some(trunk.id), number: number.into() },
        };
        let given = view.update_direct_number(NOW, &actor(), &of(one, " 4930101 ")).await.unwrap();
        assert_eq!(given, DirectNumber { trunk_id: Some(trunk.id), number: "4930101".into() });
        assert_eq!(view.direct_number(one).await.unwrap(), given);
        assert_eq!(view.direct_number(two).await.unwrap(), DirectNumber::default());
        let rules = view.list_inbound_rules(&ListInboundRules::default()).await.unwrap().rows;
        assert_eq!((rules.len(), &rules[0].settings.open), (1, &to(one)));
        let plan = store.load_plan(acme.id).await.unwrap().unwrap();
        assert_eq!(plan.inbound_rules, rules);

        let Err(Error::Conflict { field, reason }) =
            view.update_direct_number(NOW, &actor(), &of(two, "4930101")).await
        else {
            panic!("was given")
        };
        assert_eq!((field, reason.as_str()), ("number", "The rule Direct 101 is for the same calls."));
        let Err(Error::Invalid(problems)) = view.update_direct_number(NOW, &actor(), &of(two, "4930999")).await else {
            panic!("was given")
        };
        assert_eq!(problems[0].field, "number");
        let foreign = of(others[0].extension.id, "4930102");
        assert!(matches!(view.update_direct_number(NOW, &actor(), &foreign).await, Err(Error::NotFound)));
        assert!(matches!(view.direct_number(others[0].extension.id).await, Err(Error::NotFound)));

        let closed = Some(to(two));
        let settings = InboundSettings { closed: closed.clone(), ..rules[0].settings.clone() };
        let edited = UpdateInboundRule { inbound_rule_id: rules[0].id, settings };
        view.update_inbound_rule(NOW, &actor(), &edited).await.unwrap();
        view.update_direct_number(NOW, &actor(), &of(one, "4930103")).await.unwrap();
        let kept = view.list_inbound_rules(&ListInboundRules::default()).await.unwrap().rows;
        assert_eq!((kept[0].settings.did_mask.as_str(), &kept[0].settings.closed), ("4930103", &closed));
        view.update_direct_number(NOW, &actor(), &of(two, "4930101")).await.unwrap();
        view.update_direct_number(NOW, &actor(), &of(two, "")).await.unwrap();
        view.delete_extension(NOW, &actor(), &DeleteExtension { extension_id: one }).await.unwrap();
        assert_eq!(view.list_inbound_rules(&ListInboundRules::default()).await.unwrap().rows, []);
        let log = store.list_all_activity(&Default::default()).await.unwrap().rows;
        let lines = log.iter().filter(|line| line.operation == "UpdateDirectNumber" && !line.changes.is_empty());
        assert_eq!(lines.count(), 4);
    })
    .await;
}
