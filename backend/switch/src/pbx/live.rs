//! What the tenant is doing now.

use media::LegId;
use shared::call_record::CallRecord;
use shared::live::TenantCounts;
use shared::registration::Registration;
use shared::{CallId, ExtensionId};
use sip::Flow;

use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::stage::Event;

impl Pbx {
    /// Its running calls.
    pub fn live_calls(&self) -> impl Iterator<Item = CallRecord> {
        self.calls.values().filter(|call| !call.is_over()).map(|call| call.history.record.clone())
    }

    /// Its bindings.
    pub fn registrations(&self) -> impl Iterator<Item = Registration> {
        self.registrar.all().map(|(extension, binding)| self.row(extension, &self.number_of(extension), binding))
    }

    /// Who is at this end of a call.
    pub fn extension_of_leg(&self, call: CallId, leg: LegId) -> Option<ExtensionId> {
        self.calls.get(&call).and_then(|call| call.legs.get(&leg))?.extension
    }

    /// The ways to its devices.
    pub fn flows(&self) -> impl Iterator<Item = Flow> {
        self.registrar.all().map(|(_, binding)| binding.flow)
    }

    /// Its figures; none where there are none.
    pub fn counts(&self) -> Option<TenantCounts> {
        let (extensions, bindings) = self.registrar.counts();
        let live_calls = self.running as u64;
        let counts = TenantCounts {
            tenant_id: self.id(),
            live_calls,
            registrations: bindings as u64,
            extensions_online: extensions as u64,
        };
        (live_calls > 0 || bindings > 0).then_some(counts)
    }

    /// An administrator ends a call; was there one?
    pub fn hang_up(&mut self, outside: &mut Outside, call: CallId) -> bool {
        let running = self.calls.get(&call).is_some_and(|call| !call.is_over());
        self.handle(outside, call, Event::HangUp);
        running
    }
}
