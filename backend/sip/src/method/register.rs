//! REGISTER as a client (RFC 3261, 10.2): a Call-ID keeps counting up, the answers to challenges included.

use std::collections::BTreeMap;

use crate::message::NewRequest;

/// The most registrations of ours whose count is remembered.
const REGISTRATIONS_MAX: usize = 4_096;

/// The last CSeq of each Call-ID.
#[derive(Debug, Default)]
pub(crate) struct Registrations(BTreeMap<String, u32>);

impl Registrations {
    /// Raises the number of a REGISTER above the one before: the user does not see the stack's second tries.
    pub fn number(&mut self, request: &mut NewRequest) {
        if let Some(last) = self.0.get(&request.call_id) {
            request.cseq = request.cseq.max(last + 1);
        }
        self.used(request);
    }

    /// Notes the number of a REGISTER that is sent.
    pub fn used(&mut self, request: &NewRequest) {
        if request.method != "REGISTER" {
            return;
        }
        if self.0.len() >= REGISTRATIONS_MAX && !self.0.contains_key(&request.call_id) {
            self.0.pop_first();
        }
        self.0.insert(request.call_id.clone(), request.cseq);
    }
}
