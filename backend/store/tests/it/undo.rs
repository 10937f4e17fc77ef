//! Undoing changes, on both engines.

use shared::activity::{Activity, ListActivity, UndoActivity};
use shared::blocked_number::{CreateBlockedNumber, DeleteBlockedNumber, ListBlockedNumbers, UpdateBlockedNumber};
use shared::destination::Destination;
use shared::dialing::UpdateDialingCodes;
use shared::extension::{GetExtension, UpdateExtension};
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroupSettings, GetExtensionGroup, ListExtensionGroups, Rights,
    UpdateExtensionGroup, default_group,
};
use shared::feature_code::UpdateFeatureCodes;
use shared::hours::UpdateOfficeHours;
use shared::inbound_rule::{CreateInboundRule, DeleteInboundRule, ListInboundRules, UpdateInboundRule};
use shared::outbound_rule::{CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, UpdateOutboundRule};
use shared::receptionist::{
    CreateReceptionist, DeleteReceptionist, ListReceptionists, MenuAction, MenuRow, ReceptionistSettings,
    UpdateReceptionist,
};
use shared::recording_rule::{RecordingRules, UpdateRecordingRules};
use shared::ring_group::{
    CreateRingGroup, DeleteRingGroup, ListRingGroups, RingGroup, RingGroupSettings, UpdateRingGroup,
};
use shared::voicemail::{MailboxChange, VoicemailSettings};
use shared::{ActivityId, ExtensionId};
use store::testing::{NOW, actor, each_database};
use store::{Error, Result, TenantStore};

use crate::trunk::{assigned, inbound, outbound, trunk};
use crate::world::{is_not_found, tenant_with};

async fn newest(view: &TenantStore) -> Activity {
    view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0)
}

async fn undo(view: &TenantStore, line: ActivityId) -> Result<()> {
    view.undo_activity(NOW, &actor(), &UndoActivity { activity_id: line }).await
}

/// All that is set, without the ids: what was removed comes back under another.
async fn everything(view: &TenantStore, of: ExtensionId) -> String {
    let inbound = view.list_inbound_rules(&ListInboundRules::default()).await.unwrap();
    let outbound = view.list_outbound_rules(&ListOutboundRules::default()).await.unwrap();
    let groups = view.list_ring_groups(&ListRingGroups::default()).await.unwrap();
    let menus = view.list_receptionists(&ListReceptionists::default()).await.unwrap();
    let blocked = view.list_blocked_numbers(&ListBlockedNumbers::default()).await.unwrap();
    let mut rights = Vec::new();
    for row in view.list_extension_groups(&ListExtensionGroups::default()).await.unwrap().rows {
        let operation = GetExtensionGroup { extension_group_id: row.id };
        rights.push(view.get_extension_group(&operation).await.unwrap().settings);
    }
    format!(
        "{:#?}",
        (
            inbound.rows.into_iter().map(|rule| rule.settings).collect::<Vec<_>>(),
            outbound.rows.into_iter().map(|rule| (rule.position, rule.settings)).collect::<Vec<_>>(),
            groups.rows.into_iter().map(|group| group.settings).collect::<Vec<_>>(),
            menus.rows.into_iter().map(|menu| menu.settings).collect::<Vec<_>>(),
            blocked.rows.into_iter().map(|entry| (entry.number, entry.description)).collect::<Vec<_>>(),
            rights,
            view.get_extension(&GetExtension { extension_id: of }).await.unwrap(),
            (view.forwarding(of).await.unwrap(), view.mailbox(of).await.unwrap()),
            view.get_dialing_codes().await.unwrap(),
            view.feature_codes().await.unwrap(),
            view.office_hours().await.unwrap(),
            view.get_recording_rules().await.unwrap(),
        )
    )
}

/// A change was made: it is undone, done again and undone again, and each time everything is as it was.
async fn there_and_back(view: &TenantStore, of: ExtensionId, before: &str, what: &str) {
    let after = everything(view, of).await;
    assert_ne!(after, before, "{what} has changed nothing");
    for expected in [before, &after, before, &after] {
        let line = newest(view).await;
        assert!(line.undoable, "{what}: {line:?}");
        undo(view, line.id).await.unwrap();
        assert_eq!(everything(view, of).await, expected, "{what}");
    }
}

// covers: LOG-02
#[tokio::test]
async fn each_change_of_the_configuration_can_be_undone_and_done_again() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (one, two) = (made[0].extension.id, made[1].extension.id);
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123;44******")]).await;
        let (now, by) = (NOW, actor());
        let rules = async || view.list_inbound_rules(&ListInboundRules::default()).await.unwrap().rows;
        let ways = async || view.list_outbound_rules(&ListOutboundRules::default()).await.unwrap().rows;
        let groups = async || view.list_ring_groups(&ListRingGroups::default()).await.unwrap().rows;
        let blocked = async || view.list_blocked_numbers(&ListBlockedNumbers::default()).await.unwrap().rows;
        let teams = async || view.list_extension_groups(&ListExtensionGroups::default()).await.unwrap().rows;
        let team = async || teams().await.into_iter().find(|row| !row.is_default).unwrap().id;
        macro_rules! step {
            ($what:literal, $change:expr) => {{
                let before = Box::pin(everything(&view, one)).await;
                // So many steps in one function are more than a stack holds.
                Box::pin($change).await.unwrap();
                Box::pin(there_and_back(&view, one, &before, $what)).await;
            }};
        }

        let settings = inbound(carrier.id, "123", "");
        step!("an inbound rule made", view.create_inbound_rule(now, &by, &CreateInboundRule { settings }));
        let (inbound_rule_id, settings) = (rules().await[0].id, inbound(carrier.id, "44123456", "49*"));
        let change = UpdateInboundRule { inbound_rule_id, settings };
        step!("an inbound rule changed", view.update_inbound_rule(now, &by, &change));
        let inbound_rule_id = rules().await[0].id;
        step!("an inbound rule removed", view.delete_inbound_rule(now, &by, &DeleteInboundRule { inbound_rule_id }));

        for name in ["First", "Second"] {
            let settings = outbound(name, carrier.id);
            step!("an outbound rule made", view.create_outbound_rule(now, &by, &CreateOutboundRule { settings }));
        }
        let (outbound_rule_id, settings) = (ways().await[1].id, outbound("Second, now first", carrier.id));
        let change = UpdateOutboundRule { outbound_rule_id, settings, position: Some(1) };
        step!("an outbound rule moved", view.update_outbound_rule(now, &by, &change));
        let outbound_rule_id = ways().await[0].id;
        let gone = DeleteOutboundRule { outbound_rule_id };
        step!("the first outbound rule removed", view.delete_outbound_rule(now, &by, &gone));

        let settings = |number: &str, members| RingGroupSettings {
            number: number.into(),
            name: "Sales".into(),
            members,
            ..RingGroupSettings::default()
        };
        let create = CreateRingGroup { settings: settings("600", vec![two, one]) };
        step!("a ring group made", view.create_ring_group(now, &by, &create));
        let ring_group_id = groups().await[0].id;
        let change = UpdateRingGroup { ring_group_id, settings: settings("601", vec![one]) };
        step!("a ring group changed", view.update_ring_group(now, &by, &change));
        let ring_group_id = groups().await[0].id;
        step!("a ring group removed", view.delete_ring_group(now, &by, &DeleteRingGroup { ring_group_id }));

        let menus = async || view.list_receptionists(&ListReceptionists::default()).await.unwrap().rows;
        let row = |keys: &str, to| MenuRow { keys: keys.into(), action: MenuAction::Lead { to } };
        let settings = |number: &str, to| ReceptionistSettings {
            number: number.into(),
            name: "Menu".into(),
            rows: vec![row("1", to)],
            ..ReceptionistSettings::default()
        };
        let (caller, mailbox) =
            (Destination::Extension { extension_id: one }, Destination::Voicemail { mailbox_id: two });
        let create = CreateReceptionist { settings: settings("800", caller), ..Default::default() };
        step!("a receptionist made", view.create_receptionist(now, &by, &create));
        let change = UpdateReceptionist {
            receptionist_id: menus().await[0].id,
            settings: settings("801", mailbox),
            passwords: Default::default(),
        };
        step!("a receptionist changed", view.update_receptionist(now, &by, &change));
        let gone = DeleteReceptionist { receptionist_id: menus().await[0].id };
        step!("a receptionist removed", view.delete_receptionist(now, &by, &gone));

        let settings = |name: &str, members| ExtensionGroupSettings {
            name: name.into(),
            rights: Rights { paging: true, ..Rights::default() },
            members,
            managers: vec![two],
            ..ExtensionGroupSettings::default()
        };
        // In another order than the store keeps.
        let create = CreateExtensionGroup { settings: settings("Night", vec![two, one]) };
        step!("a group made", view.create_extension_group(now, &by, &create));
        let change = UpdateExtensionGroup { extension_group_id: team().await, settings: settings("Day", vec![one]) };
        step!("a group changed", view.update_extension_group(now, &by, &change));
        let gone = DeleteExtensionGroup { extension_group_id: team().await };
        step!("a group removed", view.delete_extension_group(now, &by, &gone));

        let create = CreateBlockedNumber { number: "+442079460000".into(), description: "Nuisance".into() };
        step!("a number blocked", view.create_blocked_number(now, &by, &create));
        let (blocked_number_id, number) = (blocked().await[0].id, Some("0900*".into()));
        let change = UpdateBlockedNumber { blocked_number_id, number, description: Some(String::new()) };
        step!("a blocked number changed", view.update_blocked_number(now, &by, &change));
        let blocked_number_id = blocked().await[0].id;
        let gone = DeleteBlockedNumber { blocked_number_id };
        step!("a blocked number removed", view.delete_blocked_number(now, &by, &gone));

        let change = UpdateExtension {
            number: Some("111".into()),
            name: Some("Somebody else".into()),
            enabled: Some(false),
            ring_seconds: Some(7),
            outbound_caller_id: Some("123".into()),
            record_calls: Some(true),
            ..UpdateExtension::new(one)
        };
        step!("an extension changed", view.update_extension(now, &by, &change));
        let mut forwarding = view.forwarding(one).await.unwrap();
        forwarding.busy = Destination::Extension { extension_id: two };
        step!("forwarding changed", view.update_forwarding(now, &by, "UpdateForwarding", one, &forwarding));
        let settings = VoicemailSettings { says_time: false, ..VoicemailSettings::default() };
        let change = MailboxChange { settings, pin: None };
        step!("a mailbox changed", view.update_mailbox(now, &by, "UpdateMailbox", one, &change));
        let change = UpdateDialingCodes { area_code: Some("30".into()), ..UpdateDialingCodes::default() };
        step!("dialing codes changed", view.update_dialing_codes(now, &by, &change));
        let mut codes = view.feature_codes().await.unwrap();
        codes.park_seconds += 5;
        step!(
            "feature codes changed",
            view.update_feature_codes(now, &by, UpdateFeatureCodes { codes: codes.clone() })
        );
        let mut hours = view.office_hours().await.unwrap();
        hours.week = shared::hours::Week::default();
        let change = UpdateOfficeHours { week: hours.week, holidays: hours.holidays };
        step!("office hours changed", view.update_office_hours(now, &by, change.clone()));

        let rules = RecordingRules {
            no_external_recording: true,
            on_demand: vec![default_group(acme.id)],
            toggle_code: "#9".into(),
            ..RecordingRules::default()
        };
        let change = |rules| UpdateRecordingRules { rules };
        step!("rules of recording set", view.update_recording_rules(now, &by, change(rules)));
        let none = RecordingRules::default();
        step!("rules of recording taken back", view.update_recording_rules(now, &by, change(none)));
    })
    .await;
}

async fn group(view: &TenantStore, members: Vec<ExtensionId>) -> RingGroup {
    let settings =
        RingGroupSettings { number: "600".into(), name: "Sales".into(), members, ..RingGroupSettings::default() };
    view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings }).await.unwrap()
}

// covers: LOG-02, EXT-20, T-10
#[tokio::test]
async fn what_has_changed_since_or_would_break_something_is_not_undone_and_the_reason_is_told() {
    each_database(|store| async move {
        let (view, acme, made) = tenant_with(&store, "Acme", &["101"]).await;
        let one = made[0].extension.id;
        let reason = async |line: ActivityId| match undo(&view, line).await {
            Err(Error::Conflict { field, reason }) => (field, reason),
            Err(Error::Invalid(fields)) => ("", fields[0].reason.clone()),
            other => panic!("{other:?}"),
        };
        // A new extension has a secret; the log does not know it.
        let line = newest(&view).await;
        assert!(!line.undoable);
        assert_eq!(reason(line.id).await, ("activity_id", "This change cannot be undone.".into()));

        let sales = group(&view, vec![one]).await;
        let made = newest(&view).await;
        let renamed = RingGroupSettings { name: "Support".into(), ..sales.settings.clone() };
        let change = UpdateRingGroup { ring_group_id: sales.id, settings: renamed };
        view.update_ring_group(NOW, &actor(), &change).await.unwrap();
        let since = ("activity_id", "It has been changed again since. Undo that first.".to_owned());
        assert_eq!(reason(made.id).await, since);
        let line = newest(&view).await;
        undo(&view, line.id).await.unwrap();
        let twice = ("activity_id", "This change cannot be undone.".to_owned());
        assert_eq!(reason(line.id).await, twice, "what was undone is not undone twice");
        // What was saved as it was has nothing to undo.
        view.update_ring_group(NOW, &actor(), &UpdateRingGroup { settings: sales.settings.clone(), ..change })
            .await
            .unwrap();
        assert!(!newest(&view).await.undoable);

        // Nothing is torn: a rule leads to the group by now.
        let carrier = trunk(&store, "Carrier", vec![assigned(acme.id, "123")]).await;
        let mut settings = inbound(carrier.id, "123", "");
        settings.open = Destination::RingGroup { ring_group_id: sales.id };
        view.create_inbound_rule(NOW, &actor(), &CreateInboundRule { settings }).await.unwrap();
        let (field, text) = reason(made.id).await;
        assert!(field == "ring_group_id" && text.contains("Rule 123"), "{field}: {text}");
        let kept = view.list_ring_groups(&ListRingGroups::default()).await.unwrap().rows;
        assert_eq!(kept.iter().map(|group| group.id).collect::<Vec<_>>(), [sales.id]);

        // Another tenant's line is one that never was.
        let (globex, ..) = tenant_with(&store, "Globex", &["101"]).await;
        is_not_found(undo(&globex, made.id).await);
    })
    .await;
}

// covers: LOG-02, REC-01
#[tokio::test]
async fn rules_of_recording_are_not_put_back_over_others_nor_with_what_is_gone() {
    each_database(|store| async move {
        let (view, acme, _) = tenant_with(&store, "Acme", &["101"]).await;
        let settings = ExtensionGroupSettings { name: "Sales".into(), ..ExtensionGroupSettings::default() };
        let sales = view.create_extension_group(NOW, &actor(), &CreateExtensionGroup { settings }).await.unwrap().id;
        let set = async |extension_groups| {
            let rules = RecordingRules { extension_groups, ..RecordingRules::default() };
            view.update_recording_rules(NOW, &actor(), UpdateRecordingRules { rules }).await.unwrap();
            newest(&view).await.id
        };
        let first = set(vec![sales]).await;
        let second = set(vec![default_group(acme.id)]).await;
        let refused = undo(&view, first).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { field: "activity_id", .. }), "{refused:?}");
        view.delete_extension_group(NOW, &actor(), &DeleteExtensionGroup { extension_group_id: sales }).await.unwrap();
        let Error::Invalid(fields) = undo(&view, second).await.unwrap_err() else { panic!() };
        assert_eq!(fields[0].field, "extension_groups");
        assert_eq!(view.get_recording_rules().await.unwrap().extension_groups, [default_group(acme.id)]);
    })
    .await;
}
