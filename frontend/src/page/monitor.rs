//! Monitoring a running call: the own phone rings, and whoever answers it listens (CTI-03 to CTI-06).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::ExtensionId;
use shared::call_record::{CallRecord, CallStatus};
use shared::monitor::{MonitorCall, MonitorLevel, Supervision};

use super::call::{callee, caller};
use super::live_calls::Whose;
use super::user::supervision::{Supervised, is_manager};
use crate::api;
use crate::place::Place;
use crate::session::{self, Scope};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::toast;

/// The extension of whoever is signed in, where it has a phone here.
fn own() -> Option<ExtensionId> {
    let who = session::who().get_untracked()?;
    who.account.extension_id.filter(|_| Scope::of(&who).user)
}

/// The menu of a call in which two talk, with those whose calls may be monitored; none for whoever has no phone of its own, and for calls
/// of its own.
pub fn monitor_menu(call: CallRecord) -> impl Fn() -> Option<AnyView> + Send {
    let supervised = use_context::<Supervised>();
    let talkers = match own() {
        Some(own) if call.status == CallStatus::Talking => talkers(&call, own),
        _ => Vec::new(),
    };
    let allowed = Memo::new(move |_| {
        let of =
            |known: &Supervision| talkers.iter().filter(|(id, _)| known.may_monitor(*id)).cloned().collect::<Vec<_>>();
        supervised.and_then(|supervised| supervised.map(of)).unwrap_or_default()
    });
    move || {
        let talkers = allowed.get();
        if talkers.is_empty() {
            return None;
        }
        let items = talkers.into_iter().flat_map(|(id, name)| MonitorLevel::ALL.map(|level| (id, name.clone(), level)));
        let items = items.map(|(extension_id, name, level)| {
            let (label, glyph) = (label(level, &name), glyph(level));
            view! { <MenuItem glyph label testid="monitor" press=move |()| ask(extension_id, level) /> }
        });
        let items = items.collect_view();
        let menu = view! {
            <Menu label="Monitor this call" testid="monitor-menu" face=view! { <Icon glyph=Glyph::Microphone /> }.into_any()>
                {items}
            </Menu>
        };
        Some(menu.into_any())
    }
}

/// What stands between whoever reads a list of calls and listening to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// A phone that could ring.
    Extension,
    /// The tenant's consent (CTI-01).
    Consent,
    /// A place on a monitor list (GRP-07).
    List,
}

impl Missing {
    /// The first of what is missing; none where nothing is.
    fn of(own: Option<ExtensionId>, known: &Supervision) -> Option<Self> {
        match (own, known.monitoring, known.is_monitor) {
            (None, ..) => Some(Self::Extension),
            (Some(_), false, _) => Some(Self::Consent),
            (Some(_), true, false) => Some(Self::List),
            (Some(_), true, true) => None,
        }
    }
}

/// Below a list of calls: why they cannot be listened to, and where that is set. A user is told only where the lists do not have it.
pub fn monitor_note(whose: Whose) -> impl Fn() -> Option<AnyView> + Send {
    let (own, supervised, is_manager) = (own(), use_context::<Supervised>(), is_manager());
    let missing = Memo::new(move |_| match (own, supervised) {
        (Some(_), Some(supervised)) => supervised.map(|known| Missing::of(own, known)).flatten(),
        _ => Some(Missing::Extension),
    });
    move || {
        // Whoever answers for nobody has nothing to listen to here.
        let missing = missing.get().filter(|_| whose == Whose::Tenant || is_manager.get())?;
        let link = |place: Place, word: &'static str| view! { <a class="link" href=place.path()>{word}</a> };
        let words = match (whose, missing) {
            (Whose::Everybody(_), _) | (Whose::Own, Missing::Extension) => return None,
            (Whose::Own, Missing::Consent) => "Your company has not turned the monitoring of calls on.".into_any(),
            (Whose::Own, Missing::List) => {
                "To listen to a call, your extension has to stand among the monitors of a group. Your administrator sets that."
                    .into_any()
            }
            (Whose::Tenant, Missing::Extension) => view! {
                "Whoever listens to a call does so with the phone of an extension: sign in with an account that has one, and put it among the monitors of a "
                {link(Place::TenantGroups, "group")} "."
            }
            .into_any(),
            (Whose::Tenant, Missing::Consent) => view! {
                "To listen to calls, turn on " <q>"Calls may be monitored"</q> " in the " {link(Place::TenantProfile, "company's settings")}
                ", and put your extension among the monitors of a " {link(Place::TenantGroups, "group")} "."
            }
            .into_any(),
            (Whose::Tenant, Missing::List) => view! {
                "To listen to calls, your own extension has to stand among the monitors of a " {link(Place::TenantGroups, "group")}
                ": they may monitor the calls of its members, or of everybody."
            }
            .into_any(),
        };
        Some(view! { <p class="card-body text-sm text-soft" data-testid="monitor-note">{words}</p> }.into_any())
    }
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

    // covers: CTI-01, CTI-08, GRP-07
    #[test]
    fn cti_08_what_is_missing_to_listen_is_said_in_the_order_in_which_it_is_set() {
        let listed = Supervision { monitoring: true, is_monitor: true, ..Supervision::default() };
        let missing = |own: Option<i64>, known: &Supervision| Missing::of(own.map(ExtensionId), known);
        assert_eq!(missing(None, &listed), Some(Missing::Extension));
        assert_eq!(missing(Some(1), &Supervision::default()), Some(Missing::Consent));
        assert_eq!(missing(Some(1), &Supervision { is_monitor: false, ..listed.clone() }), Some(Missing::List));
        assert_eq!(missing(Some(1), &listed), None);
    }

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
