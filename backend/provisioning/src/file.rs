//! What the files are called that phones ask for, and which template each one is.

use shared::phone::MacAddress;
use shared::phone_model::PhoneVendor;

use crate::template::{self, Template};

/// The longest name that is looked at, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// What stands before the MAC address in the names of some vendors.
const BEFORE_MAC: [&str; 6] = ["", "cfg", "spa", "SEP", "SIP", "Config"];

/// The code of a model in the name of Yealink's common file, as far as known; others ask for that of all models.
const YEALINK_MODELS: [(&str, u16); 31] = [
    ("SIP-T19P E2", 53),
    ("SIP-T21P E2", 52),
    ("SIP-T23G", 44),
    ("SIP-T27G", 69),
    ("SIP-T29G", 46),
    ("SIP-T30P", 127),
    ("SIP-T31G", 123),
    ("SIP-T31P", 123),
    ("SIP-T31W", 172),
    ("SIP-T33G", 124),
    ("SIP-T33P", 124),
    ("SIP-T40G", 76),
    ("SIP-T40P", 54),
    ("SIP-T41S", 68),
    ("SIP-T41U", 116),
    ("SIP-T42S", 67),
    ("SIP-T42U", 116),
    ("SIP-T43U", 107),
    ("SIP-T46G", 28),
    ("SIP-T46S", 66),
    ("SIP-T46U", 108),
    ("SIP-T48G", 35),
    ("SIP-T48S", 65),
    ("SIP-T48U", 109),
    ("SIP-T53", 95),
    ("SIP-T53W", 95),
    ("SIP-T54W", 96),
    ("SIP-T57W", 97),
    ("SIP-T58A", 58),
    ("SIP-T58W", 150),
    ("VP59", 91),
];

/// Is it one of Cisco's phones that read lines in place of XML?
pub fn is_old_cisco(model: &str) -> bool {
    matches!(model, "7940" | "7960")
}

/// The names of a phone's files, its own first.
pub fn names(vendor: PhoneVendor, mac: &MacAddress, model: &str) -> Vec<String> {
    let (low, high) = (mac.digits().to_owned(), mac.digits().to_ascii_uppercase());
    match vendor {
        PhoneVendor::Yealink => {
            let code = YEALINK_MODELS.iter().find(|(known, _)| *known == model).map_or(0, |(_, code)| *code);
            vec![format!("{low}.cfg"), format!("y{code:012}.cfg")]
        }
        PhoneVendor::Fanvil => vec![format!("{low}.cfg")],
        PhoneVendor::Htek => vec![format!("cfg{low}.xml"), format!("{low}.cfg")],
        PhoneVendor::Snom => vec![
            format!("snom{model}-{high}.htm"),
            format!("snom{model}-{high}.xml"),
            format!("snom{model}.htm"),
            format!("snom{model}.xml"),
        ],
        PhoneVendor::Grandstream => {
            vec![format!("cfg{low}.xml"), format!("cfg{}.xml", model.to_ascii_lowercase()), "cfg.xml".to_owned()]
        }
        PhoneVendor::Gigaset => vec![format!("{high}.xml"), format!("{low}.xml")],
        PhoneVendor::Panasonic => vec![format!("Config{high}.cfg"), format!("{model}.cfg")],
        PhoneVendor::Cisco if is_old_cisco(model) => {
            vec![format!("SIP{high}.cnf"), "SIPDefault.cnf".to_owned(), "dialplan.xml".to_owned()]
        }
        PhoneVendor::Cisco => vec![format!("SEP{high}.cnf.xml"), "dialplan.xml".to_owned()],
        PhoneVendor::CiscoSpa => {
            let product = spa_product(model);
            vec![format!("{low}.xml"), format!("spa{low}.xml"), format!("spa{product}.cfg"), format!("{product}.xml")]
        }
        PhoneVendor::Polycom => vec![
            format!("{low}.cfg"),
            "000000000000.cfg".to_owned(),
            format!("{low}-registration.cfg"),
            format!("{low}-directory.xml"),
        ],
        PhoneVendor::Aastra => vec![format!("{high}.cfg"), "aastra.cfg".to_owned(), "startup.cfg".to_owned()],
    }
}

/// The part of a model's name that a Cisco SPA asks by ($PSN): `504G` of `SPA504G`, `8841-3PCC` of `CP-8841-3PCC`.
fn spa_product(model: &str) -> &str {
    model.strip_prefix("SPA").or_else(|| model.strip_prefix("CP-")).unwrap_or(model)
}

/// The template of a file that a phone asks for.
pub fn template(file: &str, vendor: PhoneVendor, mac: &MacAddress, model: &str) -> Option<&'static Template> {
    let names = (file.len() <= NAME_BYTES_MAX).then(|| names(vendor, mac, model))?;
    if vendor == PhoneVendor::Yealink && is_yealink_model(file) {
        return Some(&template::YEALINK_MODEL);
    }
    if vendor == PhoneVendor::Fanvil && is_fanvil_model(file) {
        return Some(&template::FANVIL_MODEL);
    }
    let place = names.iter().position(|name| name == file)?;
    Some(match (vendor, place) {
        (PhoneVendor::Yealink, 0) => &template::YEALINK,
        (PhoneVendor::Yealink, _) => &template::YEALINK_MODEL,
        (PhoneVendor::Fanvil, _) => &template::FANVIL,
        (PhoneVendor::Htek, _) => &template::HTEK,
        (PhoneVendor::Snom, 0 | 1) => &template::SNOM,
        (PhoneVendor::Snom, _) => &template::SNOM_MODEL,
        (PhoneVendor::Grandstream, 0) => &template::GRANDSTREAM,
        (PhoneVendor::Grandstream, _) => &template::GRANDSTREAM_MODEL,
        (PhoneVendor::Gigaset, _) if is_dect(model) => &template::GIGASET_DECT,
        (PhoneVendor::Gigaset, _) => &template::GIGASET_DESK,
        (PhoneVendor::Panasonic, 0) => &template::PANASONIC,
        (PhoneVendor::Panasonic, _) => &template::PANASONIC_MODEL,
        (PhoneVendor::Cisco, _) if file == "dialplan.xml" => &template::CISCO_DIAL_PLAN,
        (PhoneVendor::Cisco, 0) if is_old_cisco(model) => &template::CISCO_OLD,
        (PhoneVendor::Cisco, 0) => &template::CISCO,
        (PhoneVendor::Cisco, _) => &template::CISCO_OLD_MODEL,
        (PhoneVendor::CiscoSpa, 0 | 1) => &template::CISCO_SPA,
        (PhoneVendor::CiscoSpa, _) => &template::CISCO_SPA_MODEL,
        (PhoneVendor::Polycom, 0) => &template::POLYCOM,
        (PhoneVendor::Polycom, 1) => &template::POLYCOM_MODEL,
        (PhoneVendor::Polycom, 2) => &template::POLYCOM_REGISTRATION,
        (PhoneVendor::Polycom, _) => &template::POLYCOM_DIRECTORY,
        (PhoneVendor::Aastra, 0) => &template::AASTRA,
        (PhoneVendor::Aastra, _) => &template::AASTRA_MODEL,
    })
}

/// Is it a base for cordless phones, which has no keys?
fn is_dect(model: &str) -> bool {
    model.ends_with("IP PRO")
}

/// `y000000000108.cfg`: the common file of a model of Yealink's.
fn is_yealink_model(file: &str) -> bool {
    let code = file.strip_prefix('y').and_then(|rest| rest.strip_suffix(".cfg"));
    code.is_some_and(|code| code.len() == 12 && code.bytes().all(|digit| digit.is_ascii_digit()))
}

/// `F0V00X600000.cfg`, `f0X5hw1.100.cfg`: the common file of a model of Fanvil's. A MAC address may begin so too, and is none.
fn is_fanvil_model(file: &str) -> bool {
    let code = file.strip_prefix("F0").or_else(|| file.strip_prefix("f0")).and_then(|rest| rest.strip_suffix(".cfg"));
    let written = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    code.is_some_and(|code| (8..=20).contains(&code.len()) && code.bytes().all(written)) && mac_in(file).is_none()
}

/// The MAC address in a file's name.
pub fn mac_in(file: &str) -> Option<MacAddress> {
    if file.len() > NAME_BYTES_MAX {
        return None;
    }
    file.split(['-', '.', '_']).find_map(|piece| {
        let digits = BEFORE_MAC.iter().filter_map(|before| piece.strip_prefix(before)).find(|rest| is_mac(rest))?;
        MacAddress::parse(digits)
    })
}

/// Twelve hexadecimal digits, nothing between them.
fn is_mac(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-06
    #[test]
    fn ph_06_a_phone_without_its_folder_is_known_by_the_mac_address_in_what_it_asks_for() {
        let mac = MacAddress::parse("0004f2aabbcc").unwrap();
        for vendor in PhoneVendor::ALL {
            let first = names(vendor, &mac, "D785").remove(0);
            assert_eq!(mac_in(&first), Some(mac.clone()), "{first}");
        }
        for name in [
            "0004f2aabbcc.cfg",
            "0004F2AABBCC.cfg",
            "cfg0004f2aabbcc.xml",
            "spa0004f2aabbcc.xml",
            "SEP0004F2AABBCC.cnf.xml",
            "SIP0004F2AABBCC.cnf",
            "snomD785-0004F2AABBCC.htm",
            "snom821-0004F2AABBCC.xml",
            "Config0004F2AABBCC.cfg",
            "0004f2aabbcc-registration.cfg",
        ] {
            assert_eq!(mac_in(name), Some(mac.clone()), "{name}");
        }
        for name in [
            "",
            "y000000000108.cfg",
            "000000000000.cfg",
            "aastra.cfg",
            "spa504G.cfg",
            "snomD785.htm",
            "dialplan.xml",
            "F0V00X600000.cfg",
            "0004f2aabbccd.cfg",
            "0004f2aabbc.cfg",
            "0004f2aabbcg.cfg",
            "ffffffffffff.cfg",
            "00:04:f2:aa:bb:cc.cfg",
        ] {
            assert_eq!(mac_in(name), None, "{name}");
        }
        assert_eq!(mac_in(&format!("{}-0004f2aabbcc.cfg", "x".repeat(200))), None);
    }

    #[test]
    fn names_are_compared_as_the_phones_of_the_vendor_write_them() {
        let mac = MacAddress::parse("00:08:5d:aa:bb:cc").unwrap();
        let asked = |vendor, model, file: &str| template(file, vendor, &mac, model).map(|found| found.name);
        assert_eq!(asked(PhoneVendor::Snom, "D785", "snomD785-00085DAABBCC.htm"), Some("snom/phone.xml"));
        assert_eq!(asked(PhoneVendor::Snom, "D785", "snomD785-00085daabbcc.htm"), None);
        assert_eq!(asked(PhoneVendor::Snom, "D785", "snomD717-00085DAABBCC.htm"), None);
        assert_eq!(asked(PhoneVendor::Aastra, "6757i", "00085DAABBCC.cfg"), Some("aastra/phone.cfg"));
        assert_eq!(asked(PhoneVendor::Aastra, "6757i", "00085daabbcc.cfg"), None);
        assert_eq!(asked(PhoneVendor::Yealink, "SIP-T46U", "00085daabbcc.cfg"), Some("yealink/phone.cfg"));
        assert_eq!(asked(PhoneVendor::Yealink, "SIP-T46U", "y000000000108.cfg"), Some("yealink/model.cfg"));
        assert_eq!(asked(PhoneVendor::Yealink, "SIP-T46U", "y000000000066.cfg"), Some("yealink/model.cfg"));
        assert_eq!(asked(PhoneVendor::Yealink, "SIP-T46U", "00085daabbcd.cfg"), None, "another's");
        assert_eq!(asked(PhoneVendor::Fanvil, "X6U", "F0V00X600000.cfg"), Some("fanvil/model.xml"));
        assert_eq!(asked(PhoneVendor::Fanvil, "X6U", "f0004f2aabbc.cfg"), None, "somebody's MAC address");
        assert_eq!(asked(PhoneVendor::Cisco, "7960", "SIP00085DAABBCC.cnf"), Some("cisco/phone.cnf"));
        assert_eq!(asked(PhoneVendor::Cisco, "7961G", "SIP00085DAABBCC.cnf"), None);
        assert_eq!(asked(PhoneVendor::Cisco, "7961G", "SEP00085DAABBCC.cnf.xml"), Some("cisco/phone.xml"));
        assert_eq!(asked(PhoneVendor::CiscoSpa, "SPA504G", "spa504G.cfg"), Some("cisco_spa/model.xml"));
        assert_eq!(asked(PhoneVendor::CiscoSpa, "CP-8841-3PCC", "8841-3PCC.xml"), Some("cisco_spa/model.xml"));
        assert_eq!(asked(PhoneVendor::Gigaset, "N870 IP PRO", "00085DAABBCC.xml"), Some("gigaset/dect.xml"));
        assert_eq!(asked(PhoneVendor::Gigaset, "P820", "00085DAABBCC.xml"), Some("gigaset/desk.xml"));
        assert_eq!(asked(PhoneVendor::Polycom, "VVX 450", "../00085daabbcc.cfg"), None);
    }
}
