//! The browser's clock and dice, for the machine that has neither.

use leptos::prelude::window;
use shared::Moment;

/// The time on a clock that never steps back: the page's start plus what has run since.
pub fn now() -> Moment {
    let millis = window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.time_origin() + performance.now());
    Moment((millis * 1_000.0) as i64)
}

/// Sixteen random bytes.
pub fn dice() -> [u8; 16] {
    let mut bytes = [0; 16];
    let rolled = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if rolled.is_err() {
        bytes = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes
}
