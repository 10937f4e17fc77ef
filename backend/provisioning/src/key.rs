//! The keys of a model: what each is called in the vendor's files. Every key of the phone is written, those without a function too, so that
//! a function that was taken away is gone from the phone; besides on phones of Aastra and Cisco, which forget by themselves what the file
//! does not say.

use minijinja::context;
use minijinja::value::Value;
use shared::phone_model::PhoneVendor;

use crate::escape::{dialled, in_compound};
use crate::{ConfiguredKey, KeyDoes};

/// The longest label that is sent, in characters.
const LABEL_CHARACTERS_MAX: usize = 64;
/// Phones of Fanvil whose keys stand beside the screen, and not on a screen of their own.
const FANVIL_ASIDE: [&str; 4] = ["X3SG", "X3SP", "X3U", "X3U Pro"];

/// Do the keys of a Fanvil stand beside its only screen?
pub fn is_aside(model: &str) -> bool {
    FANVIL_ASIDE.contains(&model)
}

/// How many keys a page of the screen for keys has, of a Fanvil.
fn keys_of_page(model: &str) -> usize {
    match model {
        "X6U" | "X7C" => 12,
        "X7" => 28,
        _ => 6,
    }
}

/// How many pages of keys a Fanvil with so many keys has.
pub fn pages(model: &str, keys: usize) -> usize {
    keys.div_ceil(keys_of_page(model)).max(1)
}

/// All keys of a model with `room` of them.
pub fn slots(vendor: PhoneVendor, model: &str, room: usize, keys: &[ConfiguredKey]) -> Vec<Value> {
    let (mut watched, mut dialled) = (0, 0);
    (0..room)
        .map(|index| {
            let key = keys.get(index);
            let place_of_kind = match key.map(|key| key.does) {
                Some(KeyDoes::Watch) => {
                    watched += 1;
                    watched
                }
                Some(KeyDoes::Dial) => {
                    dialled += 1;
                    dialled
                }
                Some(KeyDoes::Nothing) | None => 0,
            };
            slot(vendor, model, room, index, key, place_of_kind)
        })
        .collect()
}

/// One of them; `index` counts from 0.
fn slot(
    vendor: PhoneVendor,
    model: &str,
    room: usize,
    index: usize,
    key: Option<&ConfiguredKey>,
    place_of_kind: usize,
) -> Value {
    let label: String = key.map_or("", |key| &key.label).chars().take(LABEL_CHARACTERS_MAX).collect();
    let general = context! {
        place => index + 1,
        place_of_kind => place_of_kind,
        watch => key.is_some_and(|key| key.does == KeyDoes::Watch),
        dial => key.is_some_and(|key| key.does == KeyDoes::Dial),
        number => dialled(key.map_or("", |key| &key.number)),
        label => label,
        label_plain => in_compound(&label),
        button => button(vendor, model, index),
    };
    let special = match vendor {
        PhoneVendor::Grandstream => grandstream(model, index),
        PhoneVendor::Htek => htek(index),
        PhoneVendor::Fanvil => fanvil(model, room, index),
        _ => context! {},
    };
    context! { ..special, ..general }
}

/// What the key is called: a number where the first button is the line's own, a name for Aastra.
fn button(vendor: PhoneVendor, model: &str, index: usize) -> String {
    if vendor == PhoneVendor::Aastra { aastra(model, index) } else { (index + 2).to_string() }
}

/// Aastra's rows of keys: keys with paper labels, keys above the screen, keys below it.
fn aastra(model: &str, index: usize) -> String {
    let (paper, above) = match model {
        "6730i" | "6731i" | "6865i" => (8, 0),
        "6735i" | "6753i" | "6755i" => (6, 0),
        "6863i" => (3, 0),
        "9143i" => (7, 0),
        "6737i" | "6757i" => (0, 10),
        "6867i" => (0, 20),
        "6869i" => (0, 44),
        "6873i" => (0, 48),
        _ => (0, 0),
    };
    if index < paper {
        format!("prgkey{}", index + 1)
    } else if index < paper + above {
        format!("topsoftkey{}", index + 1 - paper)
    } else {
        format!("softkey{}", index + 1 - paper - above)
    }
}

/// How many of a Grandstream's keys are on its screen, the line's own among them; the others have lamps beside them.
fn grandstream_screen(model: &str) -> usize {
    match model {
        "GXP1625" | "GXP1628" | "GRP2601" => 2,
        "GXP1630" | "GXP2130" | "GRP2603" | "GRP2604" => 3,
        "GXP2140" => 4,
        "GXP2160" => 6,
        "GRP2614" | "GRP2616" => 16,
        _ => usize::MAX,
    }
}

/// The parameters of a Grandstream's key.
fn grandstream(model: &str, index: usize) -> Value {
    let screen = grandstream_screen(model);
    // The first on the screen is the line's.
    if index + 1 < screen {
        let key = index + 2;
        let (mode, account, label, value) = if key <= 6 {
            (1361 + 2 * key, 1362 + 2 * key, 1463 + 2 * key, 1464 + 2 * key)
        } else {
            let first = 23_800 + 4 * (key - 7);
            (first, first + 1, first + 2, first + 3)
        };
        return context! {
            p_mode => mode, p_account => account, p_label => label,
            p_value => value, code_watch => 11, code_dial => 10,
        };
    }
    let key = index + 2 - screen;
    let (mode, account) = match key {
        1 => (323, 301),
        2..=7 => (322 + key, 304 + 3 * (key - 2)),
        8..=18 => (353 + 4 * (key - 8), 354 + 4 * (key - 8)),
        _ => (1440 + 4 * (key.saturating_sub(19)), 1441 + 4 * (key.saturating_sub(19))),
    };
    context! {
        p_mode => mode, p_account => account, p_label => account + 1,
        p_value => account + 2, code_watch => 1, code_dial => 0,
    }
}

/// The parameters of a Htek's key, in three ranges.
fn htek(index: usize) -> Value {
    let (first, step, mode) = match index {
        0..=3 => (41_200 + index, 100, 20_600 + index),
        4..=35 => (20_200 + 5 * (index - 4), 1, 20_600 + index),
        _ => (23_000 + 5 * (index.saturating_sub(36)), 1, 20_600 + index),
    };
    context! {
        p_type => first, p_value => first + step, p_label => first + 2 * step, p_account => first + 3 * step,
        p_extension => first + 4 * step, p_mode => mode,
    }
}

/// Where a Fanvil's key stands.
fn fanvil(model: &str, room: usize, index: usize) -> Value {
    let page = keys_of_page(model);
    context! {
        page => index / page + 1,
        place_of_page => index % page + 1,
        first_of_page => index.is_multiple_of(page),
        last_of_page => (index + 1).is_multiple_of(page) || index + 1 == room,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One field of a key.
    fn field(slot: &Value, name: &str) -> String {
        slot.get_attr(name).unwrap().to_string()
    }

    #[test]
    fn the_parameters_of_a_key_are_those_that_the_vendors_name() {
        let code = |model, index| {
            let slot = grandstream(model, index);
            [field(&slot, "p_mode"), field(&slot, "p_account"), field(&slot, "p_label"), field(&slot, "p_value")]
                .join(" ")
        };
        assert_eq!(code("GXP2170", 0), "1365 1366 1467 1468");
        assert_eq!(code("GXP2170", 4), "1373 1374 1475 1476");
        assert_eq!(code("GXP2170", 5), "23800 23801 23802 23803");
        assert_eq!(code("GXP2160", 5), "323 301 302 303");
        assert_eq!(code("GXP2160", 6), "324 304 305 306");
        assert_eq!(code("GXP2160", 11), "329 319 320 321");
        assert_eq!(code("GXP2160", 12), "353 354 355 356");
        assert_eq!(code("GXP2160", 28), "1460 1461 1462 1463");
        assert_eq!(field(&htek(0), "p_extension"), "41600");
        assert_eq!(field(&htek(4), "p_value"), "20201");
        assert_eq!(field(&htek(35), "p_type"), "20355");
        assert_eq!(aastra("6755i", 5), "prgkey6");
        assert_eq!(aastra("6755i", 6), "softkey1");
        assert_eq!(aastra("6757i", 9), "topsoftkey10");
        assert_eq!(aastra("6757i", 10), "softkey1");
        assert_eq!((pages("X6U", 60), pages("X4U", 30), pages("X4U", 0)), (5, 5, 1));
        assert_eq!(field(&fanvil("X6U", 60, 12), "page"), "2");
    }
}
