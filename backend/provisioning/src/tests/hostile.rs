//! Names, labels and secrets that try to break out of their place.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use shared::phone_model::models;

use super::{configuration, one_of_each_vendor};
use crate::escape::Format;
use crate::{Configuration, ConfiguredKey, file, files, render};

/// What an XML file is made of, without its values; a panic where it is none.
fn skeleton(xml: &str) -> Vec<String> {
    let element = |tag: &BytesStart<'_>| {
        let names: Vec<_> = tag.attributes().map(|attribute| attribute.unwrap().key.as_ref().to_owned()).collect();
        format!("{} {}", tag.name().as_ref(), names.join(" "))
    };
    let (mut reader, mut depth, mut found) = (Reader::from_str(xml), 0_usize, Vec::new());
    loop {
        match reader.read_event().unwrap_or_else(|why| panic!("{why}\n{xml}")) {
            Event::Start(tag) => {
                depth += 1;
                found.push(element(&tag));
            }
            Event::Empty(tag) => found.push(element(&tag)),
            Event::End(_) => depth -= 1,
            Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) => panic!("{xml}"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{xml}");
    found
}

/// What a file of lines is made of: what stands before each value.
fn names_of_lines(text: &str, format: Format) -> Vec<String> {
    let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    lines
        .map(|line| {
            assert!(!line.contains(char::is_control), "{line:?}");
            if format == Format::Quoted && !line.starts_with('#') {
                assert!(matches!(line.matches('"').count(), 0 | 2), "{line}");
            }
            line.split(['=', ':']).next().unwrap_or_default().to_owned()
        })
        .collect()
}

/// What each of a phone's files is made of.
fn shape(phone: &Configuration) -> Vec<Vec<String>> {
    files(phone.vendor, &phone.mac, &phone.model)
        .iter()
        .map(|name| {
            let text = render(name, phone).unwrap().text;
            match file::template(name, phone.vendor, &phone.mac, &phone.model).unwrap().format {
                Format::Xml => skeleton(&text),
                format => names_of_lines(&text, format),
            }
        })
        .collect()
}

/// The phone, with every text that people write replaced.
fn with_text(phone: &Configuration, text: &str) -> Configuration {
    let keys = phone.keys.iter().map(|key| ConfiguredKey { number: text.into(), label: text.into(), ..*key });
    Configuration {
        number: text.into(),
        name: text.into(),
        secret: text.into(),
        domain: text.into(),
        proxy: text.into(),
        time_zone: text.into(),
        web_password: text.into(),
        folder: format!("https://pbx.example/{text}/"),
        voicemail: text.into(),
        pick_up: text.into(),
        keys: keys.collect(),
        utc_offset_minutes: i32::MIN,
        ..phone.clone()
    }
}

// covers: PH-07
#[test]
fn ph_07_no_name_label_or_secret_breaks_out_of_its_place() {
    let hostile = [
        "\"/><user_pass idx=\"1\">stolen</user_pass><x y=\"",
        "</P3><P2>root</P2><P3>",
        "name\naccount.1.password = stolen",
        "name\r\nline1_password: \"stolen\"",
        "\"\nadmin password: \"0",
        "]]><![CDATA[ & <!-- --> <?php ?> &lt;",
        "'\\\\\"`$(reboot)`${PATH}$PROXY{{ secret }}{% if x %}",
        "\u{0}\u{1}\u{8}\u{b}\u{1b}\u{7f}\u{85}\u{2028}\u{2029}\u{fffe}\u{ffff}\u{feff}",
        "Müller 测试 😀 \u{202e}",
        "a;nme=b;fnc=mp|c,d@e/f",
        "",
        "   ",
    ];
    for phone in one_of_each_vendor() {
        // A zone without a name is written by other lines than one that phones know.
        let benign = shape(&with_text(&phone, "Europe"));
        for text in hostile {
            assert_eq!(shape(&with_text(&phone, text)), benign, "{}: {text:?}", phone.vendor.word());
        }
    }
}

// covers: PH-07
#[test]
fn ph_07_nor_does_any_mixture_of_signs() {
    let signs: Vec<char> = "ab01<>&\"'\\/;:=,|@#*$%{}[]()!?-_.~`^+ \t\n\r\0\u{85}\u{2028}é測😀".chars().collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 40).unwrap()
    };
    for phone in one_of_each_vendor() {
        let benign = shape(&with_text(&phone, "Europe"));
        for _ in 0..60 {
            let text: String = (0..next() % 40).map(|_| signs[next() % signs.len()]).collect();
            assert_eq!(shape(&with_text(&phone, &text)), benign, "{}: {text:?}", phone.vendor.word());
        }
    }
}

// covers: PH-07
#[test]
fn ph_07_every_file_of_every_model_is_well_formed() {
    for known in models() {
        shape(&configuration(known.vendor, &known.model));
    }
}

#[test]
fn a_name_with_signs_arrives_as_it_is_where_the_format_can_say_it() {
    for phone in one_of_each_vendor() {
        let phone = Configuration { name: "O'Neil & <Söhne>".into(), ..phone };
        let text: String = files(phone.vendor, &phone.mac, &phone.model)
            .iter()
            .map(|name| render(name, &phone).unwrap().text)
            .collect();
        let written = text.contains("O&apos;Neil &amp; &lt;Söhne&gt;") || text.contains("O'Neil & <Söhne>");
        assert!(written, "{}: {text}", phone.vendor.word());
    }
}
