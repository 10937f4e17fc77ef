//! What this tab of the browser keeps over a reload: who it is as a device, and the calls that it left.

use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

use super::clock;
use super::state::LeftPage;

const IDENTITY: &str = "belfry.phone.tab";
const LEFT: &str = "belfry.phone.left";

/// This tab as a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// For the credential.
    pub device: String,
    /// `+sip.instance` (RFC 5626, 4.1).
    pub instance: String,
}

/// Who this tab is, and what the page before this one left in it.
///
/// A duplicated tab brings a copy of the other one's storage, but never its last words: a page says them when it goes,
/// and the next one takes them away. Without them the tab is a new device.
pub fn arrive() -> (Tab, Option<LeftPage>) {
    let left: Option<Option<LeftPage>> = take(LEFT);
    match (left, read(IDENTITY)) {
        (Some(left), Some(tab)) => (tab, left),
        _ => {
            let tab = fresh(clock::dice());
            write(IDENTITY, &tab);
            (tab, None)
        }
    }
}

/// The last words of a page.
pub fn leave(page: &LeftPage) {
    write(LEFT, &Some(page));
}

/// The page has come back from the browser's cache: it said its last words too early.
pub fn come_back() {
    take::<Option<LeftPage>>(LEFT);
}

fn fresh(dice: [u8; 16]) -> Tab {
    // A random UUID (RFC 9562, 5.4) has its version and variant at fixed places.
    let mut bytes = dice;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    Tab { device: format!("tab-{}", part(0, 8)), instance: format!("urn:uuid:{uuid}") }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn read<T: serde::de::DeserializeOwned>(key: &str) -> Option<T> {
    serde_json::from_str(&storage()?.get_item(key).ok().flatten()?).ok()
}

fn take<T: serde::de::DeserializeOwned>(key: &str) -> Option<T> {
    let value = read(key);
    storage()?.remove_item(key).ok();
    value
}

fn write<T: Serialize>(key: &str, value: &T) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(value)) {
        storage.set_item(key, &text).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RTC-02
    #[test]
    fn a_fresh_tab_has_a_device_name_that_the_server_takes_and_a_random_uuid() {
        let tab = fresh([0xff; 16]);
        assert!(shared::phone_credential::is_device(&tab.device), "{}", tab.device);
        assert_eq!(tab.instance, "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(fresh([1; 16]), tab);
    }
}
