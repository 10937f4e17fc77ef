//! A panic in one tenant's code ends that tenant's calls, and nothing else.
//!
//! What the panic has torn is thrown away: the `Pbx` is built anew from its plan (`pbx/rebuild.rs`), and what its calls
//! held outside is cleared. The stack, the gate and the other tenants were not in the middle of anything: a `Pbx` calls
//! them, they never call a `Pbx`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest text of a panic that is told, in characters.
const TEXT_CHARACTERS_MAX: usize = 200;

/// What `work` says, or the text of its panic.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| text_of(panic.as_ref()))
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without words").chars().take(TEXT_CHARACTERS_MAX).collect()
}
