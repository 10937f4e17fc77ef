//! Monitoring a running call: the own phone rings, and whoever answers it listens (CTI-03 to CTI-06).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::ExtensionId;
use shared::call_record::{CallRecord, CallStatus};
use shared::monitor::{MonitorCall, MonitorLevel};

use super::call::{callee, caller};
use crate::api;
use crate::session::{self, Scope};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::toast;

/// The menu of a call in which two talk; none for whoever has no phone of its own, and for calls of its own.
pub fn monitor_menu(call: &CallRecord) -> Option<impl IntoView + use<>> {
    let who = session::who().get_untracked()?;
    let own = who.account.extension_id.filter(|_| Scope::of(&who).user)?;
    let talkers = talkers(call, own);
    (call.status == CallStatus::Talking && !talkers.is_empty()).then(|| {
        let items = talkers.into_iter().flat_map(|(id, name)| MonitorLevel::ALL.map(|level| (id, name.clone(), level)));
        let items = items.map(|(extension_id, name, level)| {
            let (label, glyph) = (label(level, &name), glyph(level));
            view! { <MenuItem glyph label testid="monitor" press=move |()| ask(extension_id, level) /> }
        });
        let items = items.collect_view();
        view! {
            <Menu label="Monitor this call" testid="monitor-menu" face=view! { <Icon glyph=Glyph::Microphone /> }.into_any()>
                {items}
            </Menu>
        }
    })
}

/// The extensions at the ends of a call, with their names; nobody where it is a call of `own`.
fn talkers(call: &CallRecord, own: ExtensionId) -> Vec<(ExtensionId, String)> {
    let ends = [(call.callee_extension_id, callee(call).0), (call.caller_extension_id, caller(call).0)];
    let ends: Vec<_> = ends.into_iter().filter_map(|(id, name)| Some((id?, name))).collect();
    if ends.iter().any(|(id, _)| *id == own) { Vec::new() } else { ends }
}

fn label(level: MonitorLevel, name: &str) -> String {
    match level {
        MonitorLevel::Listen => format!("Listen to {name}"),
        MonitorLevel::Whisper => format!("Whisper to {name}"),
        MonitorLevel::Barge => format!("Barge in on {name}"),
        MonitorLevel::TakeOver => format!("Take over from {name}"),
    }
}

const fn glyph(level: MonitorLevel) -> Glyph {
    match level {
        MonitorLevel::Listen => Glyph::Play,
        MonitorLevel::Whisper => Glyph::Message,
        MonitorLevel::Barge => Glyph::People,
        MonitorLevel::TakeOver => Glyph::ArrowsBoth,
    }
}

fn ask(extension_id: ExtensionId, level: MonitorLevel) {
    spawn_local(async move {
        match api::call(MonitorCall { extension_id, level }).await {
            Ok(()) => toast::good("Your phone rings. Answer it; the keys 1 to 4 change the level."),
            Err(problem) => toast::bad(problem.title),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{CallId, Moment, TenantId};

    // covers: CTI-03
    #[test]
    fn cti_03_each_extension_of_a_call_can_be_monitored_but_for_ones_own() {
        let opened = CallRecord::open(CallId(1), TenantId(1), Moment(0));
        let outside = CallRecord { callee_extension_id: Some(ExtensionId(2)), ..opened };
        let inside = CallRecord { caller_extension_id: Some(ExtensionId(1)), ..outside.clone() };
        let ids = |call: &CallRecord, own| {
            talkers(call, ExtensionId(own)).into_iter().map(|(id, _)| id.0).collect::<Vec<_>>()
        };
        assert_eq!((ids(&outside, 9), ids(&inside, 9)), (vec![2], vec![2, 1]));
        assert_eq!((ids(&inside, 1), ids(&inside, 2)), (vec![], vec![]));
    }
}
