//! What phones are sent.

mod hostile;

use shared::language::Language;
use shared::phone::{MacAddress, PhoneTransport};
use shared::phone_model::{PhoneModel, PhoneVendor, model, models};

use crate::{Configuration, ConfiguredKey, KeyDoes, NoFile, context, files, firmware, render, template, web_user};

/// A phone of that model, with a key of each kind: watch, dial a colleague, dial a number outside, set the own status.
fn configuration(vendor: PhoneVendor, model: &str) -> Configuration {
    let key = |does, number: &str, label: &str| ConfiguredKey { does, number: number.into(), label: label.into() };
    Configuration {
        mac: MacAddress::parse("00:15:65:AA:BB:CC").unwrap(),
        vendor,
        model: model.into(),
        number: "1017".into(),
        name: "Ada Lovelace".into(),
        secret: "sEcReT2345678abcdefghijk".into(),
        domain: "acme.example".into(),
        proxy: "pbx.example".into(),
        port: 5066,
        transport: PhoneTransport::Udp,
        language: Language::DeDe,
        time_zone: "Europe/Berlin".into(),
        utc_offset_minutes: 120,
        web_password: "Web-pass_1.!".into(),
        folder: "https://pbx.example:8443/provision/f0lder/".into(),
        voicemail: "*98".into(),
        pick_up: "**".into(),
        keys: vec![
            key(KeyDoes::Watch, "1021", "Grace Hopper"),
            key(KeyDoes::Dial, "1022", "Alan Turing"),
            key(KeyDoes::Dial, "+4930123456", "Taxi"),
            key(KeyDoes::Dial, "*303", "Do not disturb"),
        ],
    }
}

/// A model of the vendor that has at least four keys, else the one with the most.
fn with_keys(vendor: PhoneVendor) -> PhoneModel {
    let mut all: Vec<PhoneModel> = models().into_iter().filter(|model| model.vendor == vendor).collect();
    all.sort_by_key(|model| std::cmp::Reverse(model.keys.min(4)));
    all.remove(0)
}

/// All files of a phone, one behind the other.
fn all_text(configuration: &Configuration) -> String {
    files(configuration.vendor, &configuration.mac, &configuration.model)
        .iter()
        .map(|file| render(file, configuration).unwrap().text)
        .collect()
}

/// A phone of each vendor that has keys.
fn one_of_each_vendor() -> impl Iterator<Item = Configuration> {
    PhoneVendor::ALL.into_iter().map(|vendor| configuration(vendor, &with_keys(vendor).model))
}

// covers: PH-07
#[test]
fn ph_07_every_model_of_every_vendor_renders_without_a_missing_variable() {
    let transports = [PhoneTransport::Udp, PhoneTransport::Tcp, PhoneTransport::Tls];
    let zones = ["Europe/Berlin", "Asia/Kolkata", ""];
    for PhoneModel { vendor, model, .. } in models() {
        for (place, language) in Language::ALL.into_iter().enumerate() {
            for (turn, transport) in transports.into_iter().enumerate() {
                let time_zone = zones[(place + turn) % 3].to_owned();
                let phone = Configuration { transport, language, time_zone, ..configuration(vendor, &model) };
                for file in files(vendor, &phone.mac, &model) {
                    let sent = render(&file, &phone).unwrap_or_else(|why| panic!("{model} {file}: {why:?}"));
                    assert!(!sent.text.is_empty() && !sent.text.contains("{{"), "{file}: {}", sent.text);
                }
            }
        }
    }
}

// covers: PH-07
#[test]
fn ph_07_every_template_compiles_and_says_only_what_is_known() {
    for found in template::ALL {
        let phone = configuration(PhoneVendor::Yealink, "SIP-T46U");
        // The keys of one vendor lack the parameters of another.
        let bare = Configuration { keys: Vec::new(), model: "none".into(), ..phone };
        assert!(template::render(found, context::of(&bare)).is_ok(), "{}", found.name);
        assert_eq!(template::render(found, minijinja::context! {}), unless_constant(found), "{}", found.name);
    }
}

/// What a template gives that is given nothing: an error, besides those that say the same to all.
fn unless_constant(found: &template::Template) -> Result<crate::PhoneFile, NoFile> {
    match found.name {
        "cisco/dialplan.xml" | "polycom/model.cfg" => template::render(found, minijinja::context! { any => 1 }),
        _ => Err(NoFile::Broken),
    }
}

// covers: PH-07
#[test]
fn ph_07_every_vendor_is_told_who_the_phone_is_and_where_it_registers() {
    for phone in one_of_each_vendor() {
        let text = all_text(&phone);
        for said in [
            "1017",
            "Ada Lovelace",
            "sEcReT2345678abcdefghijk",
            "acme.example",
            "pbx.example",
            "5066",
            "*98",
            "Web-pass_1.!",
            "pool.ntp.org",
        ] {
            assert!(text.contains(said), "{}: {said}\n{text}", phone.vendor.word());
        }
        // In seconds, or in minutes; never so short that the registrar would refuse it.
        assert!(text.contains("3600") || text.contains(">60<"), "{}", phone.vendor.word());
        // On phones of Gigaset as on those of Snom the code stands with the key.
        assert!(text.contains("**"), "{}: pick-up", phone.vendor.word());
    }
    // Where the vendor has a setting for it the phone tells its address, by which it is known when it registers.
    let told = [
        (PhoneVendor::Yealink, "sip.mac_in_ua = 1"),
        (PhoneVendor::Fanvil, "<EnableRegisterMAC>1<"),
        (PhoneVendor::Htek, "Account1.SipSendMac\">1<"),
        (PhoneVendor::CiscoSpa, "<GPP_A>001565aabbcc</GPP_A>"),
        (PhoneVendor::Aastra, "sip send mac: 1"),
    ];
    for (vendor, words) in told {
        let text = all_text(&configuration(vendor, &with_keys(vendor).model));
        assert!(text.contains(words), "{}: {words}", vendor.word());
    }
    const { assert!(context::REGISTER_SECONDS >= 300) };
}

// covers: PH-07
#[test]
fn ph_07_transport_language_and_zone_are_written_as_the_vendor_writes_them() {
    let said = |vendor, transport, words: &[&str]| {
        let phone = Configuration { transport, ..configuration(vendor, &with_keys(vendor).model) };
        let text = all_text(&phone);
        for word in words {
            assert!(text.contains(word), "{}: {word}\n{text}", vendor.word());
        }
    };
    let tls = PhoneTransport::Tls;
    said(
        PhoneVendor::Yealink,
        tls,
        &["transport_type = 2", "srtp_encryption = 2", "lang.gui = German", "time_zone = +1\n", "Germany(Berlin)"],
    );
    said(PhoneVendor::Fanvil, tls, &["<Transport>3<", "<MediaCrypto>1<", ">de<", "<TimeZone>8<", "UTC+2"]);
    said(PhoneVendor::Htek, tls, &["SipTransport\">2<", "SRtpMode\">2<", "Preference_TimeZone\">57<"]);
    said(PhoneVendor::Snom, tls, &["pbx.example:5066;transport=tls", "mandatory", "Deutsch", "GER+1"]);
    said(PhoneVendor::Grandstream, tls, &["<P130>2<", "<P183>2<", "<P1362>de<", "<P246>CET-1CEST,M3.5.0,M10.5.0/3<"]);
    said(PhoneVendor::Gigaset, tls, &["transport=tls", "GER+1"]);
    said(PhoneVendor::Panasonic, tls, &["SIP_TRANSPORT_1=\"2\"\r\n", "SRTP_CONNECT_MODE_1=\"0\"\r\n", "CET-1CEST"]);
    said(
        PhoneVendor::Cisco,
        tls,
        &["<transportLayerProtocol>3<", "<deviceSecurityMode>3<", "W. Europe Standard/Daylight Time", "German_Germany"],
    );
    said(PhoneVendor::CiscoSpa, tls, &[">TLS<", ">Strict<", ">German<", "GMT+02:00"]);
    said(
        PhoneVendor::Polycom,
        tls,
        &["transport=\"TLS\"", "reg.1.srtp.require=\"1\"", "German_Germany", "gmtOffset=\"7200\""],
    );
    said(
        PhoneVendor::Aastra,
        tls,
        &["transport protocol: 4\n", "srtp mode: 2\n", "lang_de.txt", "time zone name: \"DE-Berlin\"\n"],
    );
    let udp = PhoneTransport::Udp;
    said(PhoneVendor::Cisco, udp, &["<transportLayerProtocol>2<", "<deviceSecurityMode>1<"]);
    said(PhoneVendor::Aastra, udp, &["transport protocol: 1\n", "srtp mode: 0\n"]);
    said(PhoneVendor::Fanvil, PhoneTransport::Tcp, &["<Transport>1<"]);
}

// covers: EXT-16
#[test]
fn ext_16_keys_of_every_kind_are_in_the_file_of_every_vendor() {
    for phone in one_of_each_vendor() {
        let text = all_text(&phone);
        let vendor = phone.vendor.word();
        for said in ["1021", "Grace Hopper", "1022", "Alan Turing", "+4930123456", "Taxi", "*303", "Do not disturb"] {
            assert!(text.contains(said), "{vendor}: {said}\n{text}");
        }
        // Without them nothing of them is left, and the phone is told that its keys have no function.
        let bare = all_text(&Configuration { keys: Vec::new(), ..phone });
        assert!(!bare.contains("1021") && !bare.contains("Taxi"), "{vendor}");
    }
    let watched = [
        (PhoneVendor::Yealink, "linekey.1.type = 16\nlinekey.1.line = 1\nlinekey.1.value = 1021"),
        (PhoneVendor::Fanvil, "1021@1/ba**1021"),
        (PhoneVendor::Snom, ">blf 1021|**<"),
        (PhoneVendor::Gigaset, ">blf 1021|**<"),
        (PhoneVendor::CiscoSpa, "fnc=sd+blf+cp;sub=1021@$PROXY"),
        (PhoneVendor::Aastra, " type: blf\n"),
        (PhoneVendor::Panasonic, "FLEX_BUTTON_FACILITY_ACT2=\"X_PANASONIC_IPTEL_CONTACT\""),
        (PhoneVendor::Polycom, "attendant.resourceList.1.address=\"1021@acme.example\""),
        (PhoneVendor::Htek, "<P41200 para=\"LineKey1_Type\">3</P41200>"),
        (PhoneVendor::Cisco, "<featureID>21</featureID>"),
    ];
    for (vendor, words) in watched {
        let text = all_text(&configuration(vendor, &with_keys(vendor).model));
        assert!(text.contains(words), "{}: {words}\n{text}", vendor.word());
    }
    let grandstream = all_text(&configuration(PhoneVendor::Grandstream, "GRP2614"));
    assert!(grandstream.contains("<P1365>11</P1365>") && grandstream.contains("<P1367>10</P1367>"), "{grandstream}");
}

// covers: EXT-16
#[test]
fn ext_16_a_key_that_does_nothing_keeps_its_place() {
    for phone in one_of_each_vendor() {
        let mut keys = phone.keys.clone();
        keys[1] = ConfiguredKey { does: KeyDoes::Nothing, number: String::new(), label: "Away".into() };
        let text = all_text(&Configuration { keys: keys.clone(), ..phone.clone() });
        assert!(!text.contains("Away") && text.contains("Taxi"), "{}", phone.vendor.word());
        keys.remove(1);
        assert_ne!(text, all_text(&Configuration { keys, ..phone }), "the one behind it has not moved up");
    }
}

// covers: EXT-16
#[test]
fn ext_16_a_key_beyond_those_of_the_model_is_left_out() {
    for PhoneModel { vendor, model, keys } in models() {
        let many = (0..keys + 3).map(|place| ConfiguredKey {
            does: if place % 2 == 0 { KeyDoes::Watch } else { KeyDoes::Dial },
            number: format!("7{place:04}"),
            label: format!("Key {place:04}"),
        });
        let phone = Configuration { keys: many.collect(), ..configuration(vendor, &model) };
        let text = all_text(&phone);
        for place in 0..keys {
            assert!(text.contains(&format!("7{place:04}")), "{model}: key {place} of {keys}");
        }
        for place in keys..keys + 3 {
            assert!(!text.contains(&format!("7{place:04}")), "{model}: key {place} of {keys}");
        }
    }
}

// covers: PH-13
#[test]
fn ph_13_phones_ask_again_once_a_day_and_find_what_was_changed() {
    let daily = [
        (PhoneVendor::Yealink, "repeat.minutes = 1440"),
        (PhoneVendor::Fanvil, "<FlashInterval>24</FlashInterval>"),
        (PhoneVendor::Htek, "CheckUpgradeTimes\">1440<"),
        (PhoneVendor::Snom, "<settings_refresh_timer perm=\"R\">86400<"),
        (PhoneVendor::Grandstream, "<P193>1440</P193>"),
        (PhoneVendor::Gigaset, "<settings_refresh_timer perm=\"R\">86400<"),
        (PhoneVendor::Panasonic, "CFG_CYCLIC_INTVL=\"1440\""),
        (PhoneVendor::CiscoSpa, "<Resync_Periodic>86400</Resync_Periodic>"),
        (PhoneVendor::Polycom, "prov.polling.period=\"86400\""),
        (PhoneVendor::Aastra, "auto resync days: 1"),
    ];
    for (vendor, words) in daily {
        let phone = configuration(vendor, &with_keys(vendor).model);
        let text = all_text(&phone);
        assert!(text.contains(words), "{}: {words}\n{text}", vendor.word());
        assert!(text.contains("f0lder"), "{}: where it asks", vendor.word());
    }
    for phone in one_of_each_vendor() {
        let before = all_text(&phone);
        let mut keys = phone.keys.clone();
        keys[0].number = "1099".into();
        let after = all_text(&Configuration { name: "Ada King".into(), keys, ..phone });
        assert!(!before.contains("1099") && after.contains("1099") && after.contains("Ada King"));
    }
}

// covers: PH-06
#[test]
fn ph_06_a_phone_without_tls_is_led_back_to_where_it_came_from() {
    let at = |vendor, model: &str, folder: &str| {
        all_text(&Configuration { folder: folder.into(), ..configuration(vendor, model) })
    };
    let aastra = at(PhoneVendor::Aastra, "6757i", "http://192.0.2.5/provision/abc/");
    assert!(aastra.contains(
        "download protocol: HTTP\nhttp server: \"192.0.2.5\"\nhttp port: 80\nhttp path: \"provision/abc\"\n"
    ));
    let aastra = at(PhoneVendor::Aastra, "6757i", "https://[2001:db8::5]:8443/provision/abc/");
    assert!(aastra.contains("https server: \"[2001:db8::5]\"\nhttps port: 8443\n"), "{aastra}");
    let spa = at(PhoneVendor::CiscoSpa, "SPA504G", "http://192.0.2.5/provision/abc/");
    assert!(spa.contains("<Profile_Rule>http://192.0.2.5/provision/abc/$MA.xml</Profile_Rule>"), "{spa}");
    let polycom = at(PhoneVendor::Polycom, "VVX 450", "http://192.0.2.5/provision/abc/");
    assert!(polycom.contains("device.prov.serverType=\"HTTP\""), "{polycom}");
    let old = at(PhoneVendor::Cisco, "7960", "http://192.0.2.5/provision/abc/");
    assert!(old.contains("line1_name: \"1017\"") && old.contains("speed_line3: \"1022\""), "{old}");
}

#[test]
fn what_all_phones_of_a_model_are_told_holds_no_secret() {
    for PhoneModel { vendor, model, .. } in models() {
        let phone = configuration(vendor, &model);
        for file in files(vendor, &phone.mac, &model) {
            // A file without the address in its name is asked for by anybody who knows the folder.
            if crate::mac_in(&file).is_none() {
                let text = render(&file, &phone).unwrap().text;
                assert!(!text.contains(&phone.secret) && !text.contains(&phone.web_password), "{file}: {text}");
            }
        }
    }
}

#[test]
fn there_is_no_file_by_another_name() {
    for phone in one_of_each_vendor() {
        for file in ["", "../phone.cfg", "001565aabbcd.cfg", "y00000000010.cfg", "cfg001565aabbcc", "index.html"] {
            assert_eq!(render(file, &phone), Err(NoFile::Unknown), "{file}");
        }
        assert_eq!(render(&"y".repeat(100_000), &phone), Err(NoFile::Unknown));
    }
}

// covers: PH-11
#[test]
fn ph_11_the_user_of_the_phones_own_pages_is_in_its_file() {
    for vendor in [PhoneVendor::Yealink, PhoneVendor::Fanvil, PhoneVendor::Snom, PhoneVendor::Panasonic] {
        let text = all_text(&configuration(vendor, &with_keys(vendor).model));
        assert!(text.contains(web_user(vendor)), "{text}");
    }
    assert_eq!((web_user(PhoneVendor::Polycom), web_user(PhoneVendor::Snom)), ("Polycom", "admin"));
    assert_eq!(firmware("Yealink SIP-T46U 108.86.0.45").as_deref(), Some("108.86.0.45"));
    assert!(model(PhoneVendor::Yealink, "SIP-T46U").is_some());
}

// covers: PH-11, S24
#[test]
fn ph_11_no_account_of_a_phones_pages_keeps_the_password_of_the_factory() {
    for (vendor, words) in [
        (PhoneVendor::Yealink, "security.user_password = user:Web-pass_1.!\n"),
        (PhoneVendor::Grandstream, "<P196>Web-pass_1.!<"),
        (PhoneVendor::CiscoSpa, "<User_Password>Web-pass_1.!<"),
        (PhoneVendor::Polycom, "device.auth.localUserPassword=\"Web-pass_1.!\""),
    ] {
        let text = all_text(&configuration(vendor, &with_keys(vendor).model));
        assert!(text.contains(words), "{}: {words}", vendor.word());
    }
}

// covers: PH-14
#[test]
fn ph_14_the_handbook_tells_how_each_phone_is_reset_and_where_its_link_is_entered() {
    let handbook = include_str!("../../../../docs/admin/desk-phones.md");
    let (links, resets) = handbook.split_once("## Reset to factory settings").unwrap();
    let row = |text: &str, start: &str| text.lines().any(|line| line.starts_with(&format!("| {start}")));
    for vendor in PhoneVendor::ALL {
        assert!(row(links, vendor.word()), "{}", vendor.word());
    }
    for phone in [
        "Aastra",
        "Cisco 7900",
        "Cisco SPA",
        "Gigaset",
        "Panasonic",
        "Polycom SoundPoint",
        "Polycom SoundStation",
        "Yealink",
    ] {
        assert!(row(resets, phone), "{phone}");
    }
    let index = include_str!("../../../../docs/admin/README.md");
    assert!(index.contains("(desk-phones.md)"));
}
