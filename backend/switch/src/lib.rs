//! What happens to a call: events in, commands out; knows no socket and no database.
//!
//! Map: `switchboard` holds all tenants: whose call is this? `outside` is what they share, the SIP stack above all.
//! `guard` drops what floods or is blocked before it is read, `congestion` says when there is more to do than can be done.
//! `gate` lets in who proves who it is (`identity`, `throttle`, `refusals`). `pbx` is one tenant: its `plan` as a
//! `directory`, its `registrar`, its calls. `admission` may refuse (one table of refusals), `routing` says where to
//! (pure), `feature` which service was dialled, `dialing` which numbers outside may be called and call, `hours` whether the tenant is open, `forwarding` whether a
//! person's devices ring (all pure), `presentation` what a device is told of who calls, `call` is one call with its `leg`s, `controls` all that a
//! `stage` can do, `history` what becomes the record and its trace. `capture` keeps the SIP messages for the
//! ladder. `event` is what phones subscribe to: who is there, who
//! talks; `post` is what people write to each other, on its way; `mailbox` is what callers have left for them, `conferences` who is in which room, and `menu` what a caller
//! of a receptionist has typed (pure). `pin_guard` counts wrong PINs over several calls (pure). `monitor` says who may monitor whom, `music` what those hear who wait (both pure),
//! `queue` who waits for whom, and `callers` who is treated in a way of its own there (both pure).
//!
//! **Invariant:** one input, then drain all outputs, then the next input.
//! **Invariant:** no clock and no dice: `now` and a seed are handed in; maps are ordered, so a seed replays exactly.
//! **Invariant:** a `Pbx` is one tenant; only the switchboard holds two. A panic in one reaches no other (`fault`).

mod admission;
mod auto_answer;
mod call;
mod callers;
pub mod capture;
mod conferences;
mod congestion;
mod controls;
pub mod dialing;
mod directory;
mod event;
mod fault;
mod fault_reason;
mod feature;
mod forwarding;
mod gate;
pub mod guard;
mod history;
pub mod hours;
mod identity;
mod inbound;
pub mod input;
mod leg;
mod mailbox;
mod menu;
pub mod monitor;
mod music;
mod notices;
mod outbound;
pub mod output;
mod outside;
mod pbx;
mod pin_guard;
pub mod plan;
mod post;
mod presentation;
mod queue;
mod refusals;
mod registrar;
mod routing;
mod stage;
pub mod switchboard;
mod throttle;
pub mod trunk;
mod turns;

pub use congestion::{Congestion, Queue};
pub use guard::Rules;
pub use input::Input;
pub use mailbox::Pin;
pub use monitor::{MonitorPlan, Monitored};
pub use output::{Output, PromptTake, WebRequest};
pub use plan::{Calling, ExtensionPlan, Mailbox, RecordingPlan, Secret, TenantPlan};
pub use switchboard::{Config, Sizes, Switchboard};
