//! A receptionist asks somebody's own server what to do with a call (IVR-16…IVR-24): the entry, the request and the answer. Pure:
//! whoever sends it is elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::is_dialled;

/// The most entries of one receptionist.
pub const ACTION_URLS_MAX: usize = 20;
/// The most numbers and ranges of one entry.
pub const ITEMS_MAX: usize = 200;
/// The longest address, in bytes.
pub const URL_BYTES_MAX: usize = 1_000;
/// The most characters of a password.
pub const PASSWORD_CHARACTERS_MAX: usize = 200;
/// The longest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What an entry listens to (IVR-17).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The keys that are typed; it comes before a choice of the same keys.
    #[default]
    Keys,
    /// The number of whoever calls, when the call is answered and before the prompt.
    Caller,
}

/// How the server is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AskMethod {
    /// What is known of the call stands in the query (IVR-19).
    #[default]
    Get,
    /// It is the body, as JSON (IVR-20).
    Post,
}

/// An entry (IVR-16). Its password is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ActionUrl {
    /// Its name, which no other of the receptionist has.
    pub name: String,
    /// What it listens to.
    pub trigger: Trigger,
    /// Numbers and ranges such as `810000-880000`, with commas or semicolons between (IVR-18).
    pub list: String,
    /// The address that is asked, or a number that the call goes to without asking (IVR-24).
    pub action: String,
    /// How it is asked.
    pub method: AskMethod,
    /// The user of HTTP Basic authentication; empty without (IVR-21).
    pub user: String,
    /// Seconds for the connection, 1–10 (IVR-22).
    pub connect_seconds: u32,
    /// Seconds for the answer, 1–20.
    pub answer_seconds: u32,
}

impl Default for ActionUrl {
    fn default() -> Self {
        Self {
            name: String::new(),
            trigger: Trigger::default(),
            list: String::new(),
            action: String::new(),
            method: AskMethod::default(),
            user: String::new(),
            connect_seconds: 2,
            answer_seconds: 2,
        }
    }
}

/// A number of a list, or a range of numbers of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// It.
    One(String),
    /// The first and the last.
    Range(String, String),
}

impl Item {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (first.trim(), last.trim());
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let right = digits(first) && digits(last) && first.len() == last.len() && first < last;
            return right.then(|| Self::Range(first.to_owned(), last.to_owned()));
        }
        let right = !text.is_empty()
            && text.len() <= 64
            && text.strip_prefix('+').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| Self::One(text.to_owned()))
    }

    fn matches(&self, number: &str) -> bool {
        match self {
            Self::One(own) => own == number,
            Self::Range(first, last) => {
                number.len() == first.len() && (first.as_str()..=last.as_str()).contains(&number)
            }
        }
    }

    /// Could a number that begins so be it?
    fn may_match(&self, begins: &str) -> bool {
        match self {
            Self::One(own) => own.len() > begins.len() && own.starts_with(begins),
            Self::Range(first, last) => {
                let (low, high) = (first.get(..begins.len()), last.get(..begins.len()));
                first.len() > begins.len() && low.zip(high).is_some_and(|(low, high)| (low..=high).contains(&begins))
            }
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), other) | (other, Self::One(one)) => other.matches(one),
            (Self::Range(first, last), Self::Range(low, high)) => {
                first.len() == low.len() && first <= high && low <= last
            }
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(own) => f.write_str(own),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Asks this address.
    Ask(&'a str),
    /// Sends the call to this number.
    Dial(&'a str),
}

impl ActionUrl {
    /// As it is kept: without blanks at the ends, and a list that can be read in its one form, `101,102,200-299` (IVR-18).
    pub fn trimmed(&self) -> Self {
        let trim = |text: &str| text.trim().to_owned();
        let list = self.items().map(|items| items.iter().map(Item::to_string).collect::<Vec<_>>().join(","));
        Self {
            name: trim(&self.name),
            list: list.unwrap_or_else(|| trim(&self.list)),
            action: trim(&self.action),
            user: trim(&self.user),
            ..self.clone()
        }
    }

    /// The items of its list; none where one of them is wrong.
    pub fn items(&self) -> Option<Vec<Item>> {
        self.list.split([',', ';']).filter(|item| !item.trim().is_empty()).map(Item::read).collect()
    }

    /// Is it for this number?
    pub fn matches(&self, number: &str) -> bool {
        self.items().is_some_and(|items| items.iter().any(|item| item.matches(number)))
    }

    /// Could it be for a number that begins so?
    pub fn may_match(&self, begins: &str) -> bool {
        self.items().is_some_and(|items| items.iter().any(|item| item.may_match(begins)))
    }

    /// The server that it asks, with its scheme and port; none where it asks nobody.
    pub fn server(&self) -> Option<&str> {
        let Action::Ask(url) = self.does() else { return None };
        let host_at = url.find("://")? + 3;
        let end = url.get(host_at..)?.find(['/', '?', '#']).map_or(url.len(), |length| host_at + length);
        url.get(..end)
    }

    /// What it does.
    pub fn does(&self) -> Action<'_> {
        let action = self.action.trim();
        if action.contains("://") { Action::Ask(action) } else { Action::Dial(action) }
    }
}

/// Notes what is wrong with the entries of a receptionist.
pub fn check(entries: &[ActionUrl], check: &mut Check) {
    check.that(entries.len() <= ACTION_URLS_MAX, "urls", "There are at most 20 entries.");
    for (place, entry) in entries.iter().take(ACTION_URLS_MAX).enumerate() {
        let field = |name: &str| format!("urls[{place}].{name}");
        let before = || entries.iter().take(place);
        check.name(&field("name"), &entry.name);
        check.that(
            !before().any(|other| other.name.trim() == entry.name.trim()),
            &field("name"),
            "Another entry has this name.",
        );
        let items = entry.items().filter(|items| !items.is_empty() && items.len() <= ITEMS_MAX);
        check.that(
            items.is_some(),
            &field("list"),
            "Numbers or ranges such as 810000-880000 of equal length, with commas between; at most 200.",
        );
        let of_same = before().filter(|other| other.trigger == entry.trigger).filter_map(ActionUrl::items).flatten();
        let of_same: Vec<Item> = of_same.collect();
        let own = items.unwrap_or_default();
        let inside = own.iter().enumerate().any(|(at, item)| own.iter().skip(at + 1).any(|other| item.meets(other)));
        let twice = inside || own.iter().any(|item| of_same.iter().any(|other| item.meets(other)));
        check.that(!twice, &field("list"), "A number stands in the lists of one kind once.");
        let right = match entry.does() {
            Action::Ask(url) => is_url(url),
            Action::Dial(number) => is_dialled(number),
        };
        check.that(right, &field("action"), "An address that begins with https:// or http://, or a number.");
        check.that((1..=10).contains(&entry.connect_seconds), &field("connect_seconds"), "Between 1 and 10 seconds.");
        check.that((1..=20).contains(&entry.answer_seconds), &field("answer_seconds"), "Between 1 and 20 seconds.");
        check.that(!entry.user.contains(':'), &field("user"), "A user of HTTP Basic authentication has no colon.");
    }
}

/// Notes what is wrong with the passwords that are given for entries, by their names.
pub fn check_passwords(entries: &[ActionUrl], passwords: &BTreeMap<String, String>, check: &mut Check) {
    let known = |name: &String| entries.iter().any(|entry| entry.name.trim() == name.trim());
    check.that(passwords.keys().all(known), "passwords", "A password is for an entry, by its name.");
    let right = |password: &String| {
        password.chars().count() <= PASSWORD_CHARACTERS_MAX && !password.chars().any(char::is_control)
    };
    check.that(
        passwords.values().all(right),
        "passwords",
        "A password has at most 200 characters and no control characters.",
    );
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    url.len() <= URL_BYTES_MAX
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

/// What the server is told of a call (IVR-19, IVR-20).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The number of whoever calls.
    pub from: String,
    /// The number of the receptionist.
    pub to: String,
    /// What was typed; empty where the caller's number has led here.
    pub input: String,
    /// The caller's name.
    pub from_name: String,
    /// The name of the receptionist.
    pub account_name: String,
}

impl Question {
    /// The address with all of it in the query; what stands there already stays.
    pub fn address(&self, url: &str) -> String {
        // What stands behind a # is never sent (RFC 3986, 3.5).
        let url = url.split('#').next().unwrap_or_default();
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        let joint = match url.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{url}{joint}{query}")
    }

    /// All of it as JSON.
    pub fn body(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What the server wants done (IVR-23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// The call goes to this number.
    Call(String),
    /// It ends.
    HangUp,
    /// The prompt is said again.
    Repeat,
}

/// Reads an answer; an error says what is wrong with it.
pub fn instruction(status: u16, body: &[u8]) -> Result<Instruction, String> {
    #[derive(Deserialize)]
    struct Said {
        status_code: serde_json::Value,
        action: Option<String>,
        destination: Option<serde_json::Value>,
    }
    if !(200..300).contains(&status) {
        return Err(format!("HTTP {status}"));
    }
    let said: Said = serde_json::from_slice(body).map_err(|_| "no JSON of the right shape".to_owned())?;
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text(&said.status_code) != "200" {
        return Err(format!("status_code {}", clipped(&text(&said.status_code))));
    }
    match said.action.as_deref().unwrap_or_default() {
        "hangup" => Ok(Instruction::HangUp),
        "repeat" => Ok(Instruction::Repeat),
        "call" => match said.destination.as_ref().map(text).filter(|number| is_reached(number)) {
            Some(number) => Ok(Instruction::Call(number)),
            None => Err("call without a number as destination".into()),
        },
        other => Err(format!("the action “{}” is unknown", clipped(other))),
    }
}

/// What a trace can hold of what somebody else has written.
fn clipped(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(40).collect()
}

fn is_reached(number: &str) -> bool {
    is_dialled(number) || crate::check::is_number(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, list: &str, action: &str) -> ActionUrl {
        ActionUrl { name: name.into(), list: list.into(), action: action.into(), ..ActionUrl::default() }
    }

    fn fields(entries: &[ActionUrl]) -> Vec<String> {
        let mut found = Check::default();
        check(entries, &mut found);
        found.finish().into_iter().map(|problem| problem.field).collect()
    }

    // covers: IVR-16, IVR-18, IVR-24
    #[test]
    fn ivr_18_lists_take_numbers_and_ranges_and_no_number_twice() {
        let url = "https://app.example/route?x=1";
        let right = [
            entry("Cards", "810000-880000, 22;23", url),
            entry("Boss", "101", "102"),
            ActionUrl { trigger: Trigger::Caller, ..entry("Callers", "22,+49301234", url) },
        ];
        assert_eq!(fields(&right), [""; 0]);
        for (list, right) in [
            ("1", true),
            ("1,2 ; 3", true),
            ("100-199", true),
            ("", false),
            (",", false),
            ("1-22", false),
            ("20-10", false),
            ("10-10", false),
            ("a", false),
            ("1,1", false),
            ("100-199,150", false),
            ("100-199;190-250", false),
        ] {
            assert_eq!(fields(&[entry("A", list, url)]).is_empty(), right, "{list}");
        }
        assert_eq!(fields(&[entry("A", "1", url), entry("B", "1", url)]), ["urls[1].list"]);
        for (list, kept) in [(" 101 ;102,, 200 - 299 ", "101,102,200-299"), ("+4930", "+4930"), (" 1,a ", "1,a")] {
            let padded = ActionUrl { user: " app ".into(), ..entry(" A ", list, " 102 ") };
            assert_eq!(padded.trimmed(), ActionUrl { user: "app".into(), ..entry("A", kept, "102") });
        }
        for (action, right) in [
            ("102", true),
            ("http://a.example", true),
            ("https://a.example:8443/x?y=z", true),
            ("ftp://a.example", false),
            ("https://", false),
            ("https://user:secret@a.example", false),
            ("https://a b", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(fields(&[entry("A", "1", action)]).is_empty(), right, "{action}");
        }
        let wrong = ActionUrl { connect_seconds: 0, answer_seconds: 21, user: "a:b".into(), ..entry("", "1", url) };
        let expected = ["urls[0].name", "urls[0].connect_seconds", "urls[0].answer_seconds", "urls[0].user"];
        assert_eq!(fields(&[wrong]), expected);
    }

    #[test]
    fn the_server_of_an_entry_is_what_a_password_is_for() {
        for (action, server) in [
            ("https://a.example/x?y", Some("https://a.example")),
            ("http://a.example:81", Some("http://a.example:81")),
            (" https://a.example?x ", Some("https://a.example")),
            ("102", None),
        ] {
            assert_eq!(entry("A", "1", action).server(), server, "{action}");
        }
    }

    // covers: IVR-17, IVR-18
    #[test]
    fn ivr_17_a_number_of_the_list_is_for_it_and_the_first_digits_may_be() {
        let cards = entry("Cards", "810000-880000, 22", "102");
        for (typed, is_it, may_be) in [
            ("810000", true, false),
            ("845123", true, false),
            ("880001", false, false),
            ("81", false, true),
            ("88", false, true),
            ("89", false, false),
            ("2", false, true),
            ("22", true, false),
            ("8100000", false, false),
            ("", false, true),
        ] {
            assert_eq!((cards.matches(typed), cards.may_match(typed)), (is_it, may_be), "{typed}");
        }
    }

    // covers: IVR-19, IVR-20
    #[test]
    fn ivr_19_a_call_is_told_in_the_query_or_as_json() {
        let question = Question {
            from: "101".into(),
            to: "888".into(),
            input: "22".into(),
            from_name: "Jasoñ & Co".into(),
            account_name: "Sales".into(),
        };
        let query = "from=101&to=888&input=22&from_name=Jaso%C3%B1+%26+Co&account_name=Sales";
        for (url, joint) in
            [("http://a.example/d.php", "?"), ("http://a.example/?k=v", "&"), ("http://a.example/?", "")]
        {
            assert_eq!(question.address(url), format!("{url}{joint}{query}"));
        }
        let plain = Question { from_name: "Jason".into(), ..question };
        let body = r#"{"from":"101","to":"888","input":"22","from_name":"Jason","account_name":"Sales"}"#;
        assert_eq!(plain.body(), body);
    }

    // covers: IVR-23
    #[test]
    fn ivr_23_answers_are_read_and_every_other_is_told_apart() {
        let read = |body: &str| instruction(200, body.as_bytes());
        for (body, expected) in [
            (r#"{"status_code": 200, "action": "call", "destination": "222"}"#, Instruction::Call("222".into())),
            (
                r#"{"status_code": "200", "action": "call", "destination": 222, "x": []}"#,
                Instruction::Call("222".into()),
            ),
            (r#"{"status_code": 200, "action": "hangup"}"#, Instruction::HangUp),
            (r#"{"status_code": 200, "action": "repeat", "destination": "1"}"#, Instruction::Repeat),
        ] {
            assert_eq!(read(body), Ok(expected), "{body}");
        }
        for (body, wrong) in [
            ("", "no JSON of the right shape"),
            ("<html>", "no JSON of the right shape"),
            ("[1]", "no JSON of the right shape"),
            (r#"{"action": "hangup"}"#, "no JSON of the right shape"),
            (r#"{"status_code": 500, "action": "hangup"}"#, "status_code 500"),
            (r#"{"status_code": 200}"#, "the action “” is unknown"),
            (r#"{"status_code": 200, "action": "dance"}"#, "the action “dance” is unknown"),
            (r#"{"status_code": 200, "action": "call"}"#, "call without a number as destination"),
            (
                r#"{"status_code": 200, "action": "call", "destination": "sip:x@y"}"#,
                "call without a number as destination",
            ),
            (r#"{"status_code": 200, "action": "call", "destination": ""}"#, "call without a number as destination"),
        ] {
            assert_eq!(read(body), Err(wrong.to_owned()), "{body}");
        }
        assert_eq!(instruction(302, b""), Err("HTTP 302".into()));
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err());
    }
}
