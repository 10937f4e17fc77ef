//! Inbound rules as files: all rows or none, and what goes out comes in again.

use shared::activity::ListActivity;
use shared::inbound_rule::{DeleteInboundRule, ExportInboundRules, ImportInboundRules, InboundRule, ListInboundRules};
use shared::receptionist::{CreateReceptionist, ReceptionistSettings};
use shared::ring_group::{CreateRingGroup, RingGroupSettings};
use shared::voicemail::{MailboxChange, VoicemailSettings};
use store::testing::{NOW, actor, each_database};
use store::{Change, TenantStore};

use crate::trunk::{assigned, trunk};
use crate::world::{invalid, tenant_with};

const HEADER: &str = "name,trunk,called_number,callers,open,closed,hours,enabled";

fn import(csv: &str, dry_run: bool) -> ImportInboundRules {
    ImportInboundRules { csv: csv.into(), dry_run }
}

async fn rules(view: &TenantStore) -> Vec<InboundRule> {
    view.list_inbound_rules(&ListInboundRules::default()).await.unwrap().rows
}

// covers: INB-07
#[tokio::test]
async fn inb_07_a_bad_row_is_named_by_its_line_and_nothing_is_imported() {
    each_database(|store| async move {
        let (view, acme, people) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let off = VoicemailSettings { enabled: false, ..VoicemailSettings::default() };
        let off = MailboxChange { settings: off, pin: None };
        view.update_mailbox(NOW, &actor(), "UpdateMailbox", people[1].extension.id, &off).await.unwrap();
        let (_, globex, _) = tenant_with(&store, "Globex", &["201"]).await;
        trunk(&store, "Carrier", vec![assigned(acme.id, "44******")]).await;
        trunk(&store, "Foreign", vec![assigned(globex.id, "*")]).await;
        let there = format!("{HEADER}\nThere,Carrier,44123456,,101,,,\n");
        view.import_inbound_rules(NOW, &actor(), &import(&there, false)).await.unwrap();
        for (row, wrong) in [
            ("A,Carrier,44123457,,101,,,", vec![]),
            (",Carrier,44123457,,101,,,", vec!["name"]),
            ("A,Foreign,44123457,,101,,,", vec!["trunk"]),
            ("A,Carrier,45123457,,101,,,", vec!["called_number"]),
            ("A,Carrier,x,,101,,,", vec!["called_number"]),
            ("A,Carrier,44123457,4*4,101,,,", vec!["callers"]),
            ("A,Carrier,44123457,,201,,,", vec!["open"]),
            ("A,Carrier,44123457,,outside x,,,", vec!["open"]),
            ("A,Carrier,44123457,,101,999,,", vec!["closed"]),
            ("A,Carrier,44123457,,voicemail:101,voicemail: 101,,", vec![]),
            ("A,Carrier,44123457,,voicemail:102,voicemail:,,", vec!["open", "closed"]),
            ("A,Carrier,44123457,,voicemail:201,voicemail:outside 1,,", vec!["open", "closed"]),
            ("A,Carrier,44123457,,101,,someday,", vec!["hours"]),
            ("A,Carrier,44123457,,101,,mon 09:00-12:00 10:00-11:00,", vec!["hours"]),
            ("A,Carrier,44123457,,101,,,perhaps", vec!["enabled"]),
            ("A,Carrier,+44123456,,101,,,", vec!["called_number"]),
            ("A,Nobody's,1,,999,,x,x", vec!["trunk", "open", "hours", "enabled"]),
        ] {
            let csv = format!("{HEADER}\n{row}\n");
            let named: Vec<String> = wrong.iter().map(|field| format!("line 2: {field}")).collect();
            let answer = view.import_inbound_rules(NOW, &actor(), &import(&csv, true)).await;
            match named.is_empty() {
                true => assert_eq!(answer.unwrap().created, 1, "{row}"),
                false => assert_eq!(invalid(answer), named, "{row}"),
            }
        }
        let twice = format!(
            "{HEADER}\nA,Carrier,44123457,0044123,101,,,\nB,Carrier,44123457,,101,,,\nC,carrier,+44123457,,101,,,\n"
        );
        let refused = view.import_inbound_rules(NOW, &actor(), &import(&twice, false)).await;
        assert_eq!(invalid(refused), ["line 4: called_number"]);
        for (csv, field) in [("", "line 1"), ("name,trunk,open\nA,Carrier,101", "line 1"), (HEADER, "csv")] {
            assert_eq!(invalid(view.import_inbound_rules(NOW, &actor(), &import(csv, false)).await), [field], "{csv}");
        }
        assert_eq!(rules(&view).await.len(), 1, "nothing of all this is there");
    })
    .await;
}

// covers: INB-07
#[tokio::test]
async fn inb_07_what_is_exported_can_be_imported_again() {
    each_database(|store| async move {
        let (view, acme, people) = tenant_with(&store, "Acme", &["101"]).await;
        trunk(&store, "Carrier", vec![assigned(acme.id, "*")]).await;
        let settings = RingGroupSettings {
            number: "600".into(),
            name: "Sales".into(),
            members: vec![people[0].extension.id],
            ..RingGroupSettings::default()
        };
        view.create_ring_group(NOW, &actor(), &CreateRingGroup { settings }).await.unwrap();
        let settings =
            ReceptionistSettings { number: "800".into(), name: "Menu".into(), ..ReceptionistSettings::default() };
        view.create_receptionist(NOW, &actor(), &CreateReceptionist { settings, ..Default::default() }).await.unwrap();
        let csv = format!(
            "\u{feff}{HEADER}\r\n\
             '=Main,carrier,*,,101,600,office,yes\r\n\
             Night,Carrier,44123456,0044**********,outside +44123,end call,mon 09:00-12:00 13:00-18:00 | sun 22:00-06:00,no\r\n\
             Late,Carrier,44123457,,800,voicemail:101,,\r\n"
        );
        assert_eq!(view.import_inbound_rules(NOW, &actor(), &import(&csv, true)).await.unwrap().created, 3);
        assert_eq!(rules(&view).await, [], "a dry run changes nothing");
        let mut changes = store.changes();
        assert_eq!(view.import_inbound_rules(NOW, &actor(), &import(&csv, false)).await.unwrap().created, 3);
        assert_eq!(changes.recv().await.unwrap(), Change::TenantChanged(acme.id));
        let line = view.list_activity(&ListActivity::default()).await.unwrap().rows.remove(0);
        assert_eq!((line.operation.as_str(), line.subject.as_str()), ("ImportInboundRules", "3 inbound rules"));
        assert_eq!(line.changes[0].after.as_deref(), Some("=Main, Night, Late"));
        let made = rules(&view).await;
        assert_eq!(store.load_plan(acme.id).await.unwrap().unwrap().inbound_rules.len(), 3);
        let file = view.export_inbound_rules(&ExportInboundRules::default()).await.unwrap();
        assert_eq!(file.name, "inbound-rules.csv");
        let first = format!("{HEADER}\r\n'=Main,Carrier,*,,101,600,office,yes\r\nLate,Carrier,44123457,,800,voicemail:101,");
        assert!(file.text.starts_with(&first), "{}", file.text);
        for rule in &made {
            let gone = DeleteInboundRule { inbound_rule_id: rule.id };
            view.delete_inbound_rule(NOW, &actor(), &gone).await.unwrap();
        }
        view.import_inbound_rules(NOW, &actor(), &import(&file.text, false)).await.unwrap();
        let again = rules(&view).await;
        let settings = |rules: Vec<InboundRule>| rules.into_iter().map(|rule| rule.settings).collect::<Vec<_>>();
        assert_eq!(settings(again), settings(made));
        let some = ExportInboundRules { search: Some("night".into()) };
        assert_eq!(view.export_inbound_rules(&some).await.unwrap().text.lines().count(), 2);
    })
    .await;
}
