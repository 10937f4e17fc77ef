//! Monitoring: who may, as the plan has it, and a line for each use (CTI-01, CTI-08, GRP-07).

use shared::activity::ListActivity;
use shared::extension_group::{CreateExtensionGroup, ExtensionGroupSettings, UpdateExtensionGroup};
use shared::fact::{Fact, TenantFact};
use shared::monitor::{MonitorLevel, Supervision};
use shared::tenant::{TenantOptions, UpdateTenant};
use shared::{CallId, ExtensionId};
use store::PlanMonitor;
use store::testing::{NOW, actor, each_database};

use crate::world::*;

// covers: CTI-01, CTI-08, GRP-07
#[tokio::test]
async fn grp_07_the_plan_has_who_may_monitor_the_members_of_which_groups() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103"]).await;
        tenant_with(&store, "Globex", &["101"]).await;
        let ids: Vec<_> = made.iter().map(|made| made.extension.id).collect();
        let plan = async || store.load_plan(tenant.id).await.unwrap().unwrap();
        assert!(plan().await.monitors.is_empty() && !plan().await.tenant.options.monitoring);
        let settings = ExtensionGroupSettings {
            name: "Support".into(),
            members: vec![ids[1]],
            monitors: vec![ids[0], ids[2]],
            ..ExtensionGroupSettings::default()
        };
        let create = CreateExtensionGroup { settings: settings.clone() };
        let group = view.create_extension_group(NOW, &actor(), &create).await.unwrap();
        let of_group = PlanMonitor { all: false, groups: [group.id].into() };
        let monitors = plan().await.monitors;
        assert_eq!(monitors.keys().copied().collect::<Vec<_>>(), [ids[0], ids[2]]);
        assert!(monitors.values().all(|monitor| *monitor == of_group), "{monitors:?}");
        let settings = ExtensionGroupSettings { monitors: vec![ids[2]], monitors_all: true, ..settings };
        let update = UpdateExtensionGroup { extension_group_id: group.id, settings };
        assert!(view.update_extension_group(NOW, &actor(), &update).await.unwrap().settings.monitors_all);
        let for_all = PlanMonitor { all: true, ..of_group };
        assert_eq!(plan().await.monitors, [(ids[2], for_all)].into());
        let all = store.load_plans().await.unwrap();
        assert_eq!(all.iter().filter(|plan| !plan.monitors.is_empty()).count(), 1, "and nobody else's");
        let options = Some(TenantOptions { monitoring: true, ..TenantOptions::default() });
        store.update_tenant(NOW, &actor(), &UpdateTenant { options, ..UpdateTenant::new(tenant.id) }).await.unwrap();
        assert!(plan().await.tenant.options.monitoring);
    })
    .await;
}

// covers: CTI-08, GRP-04, GRP-07
#[tokio::test]
async fn grp_07_a_supervisor_reads_whom_it_manages_and_whom_it_may_monitor() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102", "103", "104"]).await;
        let (other, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let [boss, sales, support, supervisor] = [0, 1, 2, 3].map(|at: usize| made[at].extension.id);
        let of = async |id| view.supervision(id).await.unwrap();
        assert_eq!(of(boss).await, Supervision::default());
        let group = |name: &str, member, managers: &[ExtensionId], monitors: &[ExtensionId]| ExtensionGroupSettings {
            name: name.into(),
            members: vec![member],
            managers: managers.to_vec(),
            monitors: monitors.to_vec(),
            ..ExtensionGroupSettings::default()
        };
        let settings = group("Sales", sales, &[boss], &[]);
        view.create_extension_group(NOW, &actor(), &CreateExtensionGroup { settings }).await.unwrap();
        let settings = group("Support", support, &[], &[boss, supervisor]);
        let create = CreateExtensionGroup { settings: settings.clone() };
        let made = view.create_extension_group(NOW, &actor(), &create).await.unwrap();
        let options = Some(TenantOptions { monitoring: true, ..TenantOptions::default() });
        store.update_tenant(NOW, &actor(), &UpdateTenant { options, ..UpdateTenant::new(tenant.id) }).await.unwrap();
        let listed = Supervision {
            monitoring: true,
            managed: [sales].into(),
            is_monitor: true,
            monitors_all: false,
            monitored: [support].into(),
        };
        assert_eq!(of(boss).await, listed);
        assert_eq!(of(supervisor).await, Supervision { managed: [].into(), ..listed.clone() });
        assert_eq!(of(sales).await, Supervision { monitoring: true, ..Supervision::default() });
        assert_eq!(other.supervision(boss).await.unwrap(), Supervision::default(), "another tenant knows none of it");
        let settings = ExtensionGroupSettings { monitors_all: true, ..settings };
        let update = UpdateExtensionGroup { extension_group_id: made.id, settings };
        view.update_extension_group(NOW, &actor(), &update).await.unwrap();
        assert_eq!(of(boss).await, Supervision { monitors_all: true, ..listed });
    })
    .await;
}

// covers: CTI-08
#[tokio::test]
async fn cti_08_each_use_is_a_line_of_the_activity_log_that_says_who_whom_and_how() {
    each_database(|store| async move {
        let (view, tenant, made) = tenant_with(&store, "Acme", &["101", "102"]).await;
        let (other, ..) = tenant_with(&store, "Globex", &["101"]).await;
        let fact = |supervisor_id, level| TenantFact {
            tenant_id: Some(tenant.id),
            at: at(5),
            fact: Fact::CallMonitored {
                call_id: CallId(77),
                supervisor_id,
                supervisor: "101".into(),
                extension: "102".into(),
                level,
            },
        };
        let boss = made[0].extension.id;
        let gone = shared::ExtensionId(1);
        let facts =
            [fact(boss, MonitorLevel::Listen), fact(gone, MonitorLevel::Barge), fact(boss, MonitorLevel::TakeOver)];
        store.record_facts(&facts).await.unwrap();
        let wanted = ListActivity { search: Some("MonitorCall".into()), ..ListActivity::default() };
        let rows = view.list_activity(&wanted).await.unwrap().rows;
        let [took, listened] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((took.operation.as_str(), took.actor.as_str(), took.at), ("MonitorCall", "101@acme.example", at(5)));
        assert_eq!(took.subject, format!("Take over: extension 102, by extension 101 ({})", CallId(77)));
        assert!(listened.subject.starts_with("Listen: extension 102"), "{listened:?}");
        assert!(other.list_activity(&wanted).await.unwrap().rows.is_empty());
    })
    .await;
}
