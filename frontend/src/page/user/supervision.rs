//! Whom one answers for, and whom one may monitor: known to every page of whoever has an extension (GRP-04, GRP-07).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::call_record::CallRecord;
use shared::monitor::{GetOwnSupervision, Supervision};

use crate::live::{self, Event};
use crate::ui::fetch::Fetch;

/// Held by the shell for all pages; a page that shows calls asks again, for a user is not told of changed groups.
#[derive(Clone, Copy)]
pub struct Supervised {
    own: ExtensionId,
    fetch: Fetch<Supervision>,
}

/// Asks from now on, for whoever has this extension.
pub fn provide_supervision(own: ExtensionId) {
    let fetch = Fetch::new(GetOwnSupervision::default);
    provide_context(Supervised { own, fetch });
    live::subscribe(move |event| match event {
        Event::Reload => fetch.reload(),
        Event::Changed(_) => fetch.reload_soon(),
        Event::Fact(_) => {}
    });
}

/// Does whoever is signed in manage somebody? Watched.
pub fn is_manager() -> Signal<bool> {
    let known = use_context::<Supervised>();
    Signal::derive(move || known.is_some_and(|known| known.map(|of| !of.managed.is_empty()).unwrap_or_default()))
}

impl Supervised {
    /// A part of what has come, watched.
    pub fn map<R>(self, part: impl FnOnce(&Supervision) -> R) -> Option<R> {
        self.fetch.map(part)
    }

    /// Asks again.
    pub fn reload(self) {
        self.fetch.reload();
    }

    /// Is it a call of one's own, or of somebody whom one manages, as far as that is known by now? Not watched.
    pub fn concerns(self, call: &CallRecord) -> bool {
        untrack(|| self.map(|of| is_of(call, self.own, of)))
            .unwrap_or_else(|| is_of(call, self.own, &Supervision::default()))
    }
}

fn is_of(call: &CallRecord, own: ExtensionId, of: &Supervision) -> bool {
    let ends = [call.caller_extension_id, call.callee_extension_id];
    ends.into_iter().flatten().any(|id| id == own || of.managed.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{CallId, Moment, TenantId};

    // covers: CALL-01, GRP-04
    #[test]
    fn call_01_a_call_of_ones_own_or_of_a_managed_member_concerns_and_no_other_does() {
        let opened = CallRecord::open(CallId(1), TenantId(1), Moment(0));
        let call = |caller: Option<i64>, callee: Option<i64>| CallRecord {
            caller_extension_id: caller.map(ExtensionId),
            callee_extension_id: callee.map(ExtensionId),
            ..opened.clone()
        };
        let of = Supervision { managed: [ExtensionId(2)].into(), ..Supervision::default() };
        let concerns = |call| is_of(&call, ExtensionId(1), &of);
        assert!(concerns(call(Some(1), None)) && concerns(call(None, Some(2))) && concerns(call(Some(3), Some(2))));
        assert!(!concerns(call(Some(3), Some(4))) && !concerns(call(None, None)));
    }
}
