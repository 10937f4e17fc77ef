//! Sound files as others make them, and as ours are read by others.

// The lints know tests by their attribute, not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// How long a hostile file keeps a processor busy is measured.
#![allow(clippy::disallowed_methods)]

mod hostile;
mod import;
mod killed;
mod round;
mod tone;
