//! What a phone says of its firmware (PH-08).

/// The longest version that is told, in characters.
const VERSION_CHARACTERS_MAX: usize = 40;

/// How the phones of the eleven vendors begin to name themselves, in lower case; more than one name where a vendor has been renamed or
/// names the phone alone.
const NAMES: [&str; 15] = [
    "yealink",
    "fanvil",
    "htek",
    "snom",
    "grandstream",
    "gigaset",
    "maxwell",
    "panasonic",
    "cisco",
    "linksys",
    "polycom",
    "poly/",
    "aastra",
    "mitel",
    "ip pro/",
];

/// The version in a User-Agent: the first word after the vendor's name that is one.
pub fn of(user_agent: &str) -> Option<String> {
    let lower = user_agent.to_ascii_lowercase();
    let name = NAMES.iter().filter_map(|name| lower.find(name)).min()?;
    // Phones of Grandstream name their hardware before it.
    let start = lower.find(" sw ").filter(|software| *software > name).unwrap_or(name);
    user_agent
        .get(start..)?
        .split(|character: char| character.is_whitespace() || matches!(character, '/' | ';' | ':' | ','))
        .find_map(version)
}

/// The version that a word is, or ends with behind a hyphen, such as `SPA504G-7.6.2c`.
fn version(word: &str) -> Option<String> {
    let word = word.trim_start_matches('(');
    let word = if word.contains('(') { word } else { word.trim_end_matches(')') };
    let word = word.strip_suffix("-SIP").unwrap_or(word);
    let last = word.rsplit('-').next().unwrap_or(word);
    [word, last]
        .into_iter()
        .map(|candidate| candidate.strip_prefix(['V', 'v']).unwrap_or(candidate))
        .find(|candidate| is_version(candidate))
        .map(|found| found.chars().take(VERSION_CHARACTERS_MAX).collect())
}

/// Does it begin with a digit and have parts?
fn is_version(word: &str) -> bool {
    let written = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_()".contains(&byte);
    word.starts_with(|character: char| character.is_ascii_digit()) && word.contains('.') && word.bytes().all(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-08
    #[test]
    fn ph_08_the_firmware_is_read_from_what_the_phones_of_every_vendor_say() {
        let table = [
            ("Yealink SIP-T46U 108.86.0.45", "108.86.0.45"),
            ("Yealink SIP-T19P_E2 53.80.0.3 00:15:65:4c:4c:26", "53.80.0.3"),
            ("yealink SIP-T28P 2.70.0.140 00:15:65:13:ae:0b", "2.70.0.140"),
            ("Fanvil X6U Pro 0.0.10 0c383e2cd782", "0.0.10"),
            ("Fanvil X4 2.10.2.6887 0c383e07e16c", "2.10.2.6887"),
            ("Htek UC903 2.0.4.2 00:1f:c1:1c:22:a9", "2.0.4.2"),
            ("Htek UC926U V2.42.6.5.1", "2.42.6.5.1"),
            ("snomD785/10.1.33.33", "10.1.33.33"),
            ("Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)", "8.4.18"),
            (
                "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)",
                "10.1.33.33",
            ),
            ("Grandstream GXP2170 1.0.11.16", "1.0.11.16"),
            ("Grandstream Model HW GRP2614 SW 1.0.5.15 DevId c074ad0b63ee", "1.0.5.15"),
            ("Grandstream Model HW GXV3240 V1.6B SW 1.0.1.27 DevId 000b82632815", "1.0.1.27"),
            ("Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8", "1.2.5.3"),
            ("N870 IP PRO/83.V2.49.1+build.b14e3f1;7C2F80AABBCC", "83.V2.49.1+build.b14e3f1"),
            ("Gigaset N510 IP PRO/42.250.00.000.000;7C2F80AABBCC", "42.250.00.000.000"),
            ("Panasonic_KX-HDV230/08.102 (bcc342aabbcc)", "08.102"),
            ("Panasonic-KX-HDV230_/08.102", "08.102"),
            ("Cisco-CP7841/12.8.1", "12.8.1"),
            ("Cisco-CP7960G/8.0", "8.0"),
            ("Cisco-CP-7832-3PCC/11.0.1 (00562b043615)", "11.0.1"),
            ("Cisco/SPA504G-7.4.8a (0002FDFF2103)(CBT141400UK)", "7.4.8a"),
            ("Linksys/SPA-942-6.1.5(a) (88019FA42805)", "6.1.5(a)"),
            ("PolycomVVX-VVX_450-UA/5.9.5.0614", "5.9.5.0614"),
            ("FileTransport PolycomSoundStationIP-SSIP_6000-UA/4.0.4.2906 Type/Application", "4.0.4.2906"),
            ("Aastra 6757i/2.6.0.2010", "2.6.0.2010"),
            ("Aastra6731i MAC:00-08-5D-23-74-29 V:3.2.0.70-SIP", "3.2.0.70"),
            ("Mitel6863i MAC:00-08-5D-40-90-5F V:4.1.0.128-SIP", "4.1.0.128"),
        ];
        for (user_agent, firmware) in table {
            assert_eq!(of(user_agent).as_deref(), Some(firmware), "{user_agent}");
        }
    }

    #[test]
    fn whoever_names_no_firmware_has_none() {
        for user_agent in
            ["", "Linphone/4.4.0", "Mozilla/5.0 (X11; Linux)", "Yealink", "snom lid 3605", "Fanvil X4 ..."]
        {
            assert_eq!(of(user_agent), None, "{user_agent}");
        }
        let long = format!("Yealink T1 1.{}", "9".repeat(5_000));
        assert_eq!(of(&long).map(|version| version.len()), Some(VERSION_CHARACTERS_MAX));
    }
}
