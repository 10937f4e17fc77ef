//! What happens to a call: events in, commands out; knows no socket and no database.
//!
//! Map: `switchboard` holds all tenants and the SIP stack: whose call is this? `pbx` is one tenant: its `plan`, its
//! `registrar`, its calls. `admission` may refuse (one table of refusals), `routing` says where to (pure), `call` is one
//! call with its `leg`s, `controls` all that a `stage` can do, `history` what becomes the record and its trace.
//!
//! **Invariant:** one input, then drain all outputs, then the next input.
//! **Invariant:** no clock and no dice: `now` and a seed are handed in; maps are ordered, so a seed replays exactly.
//! **Invariant:** a `Pbx` is one tenant; only the switchboard holds two.

pub mod input;
pub mod output;
pub mod plan;
pub mod switchboard;

pub use input::Input;
pub use output::Output;
pub use plan::{ExtensionPlan, TenantPlan};
pub use switchboard::{Config, Switchboard};
