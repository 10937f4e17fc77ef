//! Virtual receptionists: a number that answers, says what can be chosen, and leads on by the keys that are pressed
//! (IVR-01…IVR-15).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action_url::{self, ActionUrl};
use crate::check::Check;
use crate::destination::Destination;
use crate::language::Language;
use crate::problem::FieldProblem;
use crate::{Page, ReceptionistId, SoundId, TenantId, operation};

/// The most rows of one receptionist.
pub const ROWS_MAX: usize = 50;
/// The most keys of a row.
pub const ROW_KEYS_MAX: usize = 16;
/// So many receptionists lead one call on before it comes to nothing (IVR-15).
pub const RECEPTIONISTS_MAX: u32 = 10;
/// Seconds that are waited behind a row with the delay mark (IVR-09).
pub const DELAY_SECONDS: u32 = 3;

/// What is done with a choice (IVR-06).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum MenuAction {
    /// The key is ignored.
    #[default]
    Nothing,
    /// The prompt is said again.
    Repeat,
    /// The call goes there, or ends.
    Lead {
        /// Where to.
        to: Destination,
    },
}

impl MenuAction {
    /// Where it leads.
    pub const fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Lead { to } => Some(to),
            Self::Nothing | Self::Repeat => None,
        }
    }

    fn check(&self, check: &mut Check, field: &str) {
        if let Self::Lead { to } = self {
            to.check(check, &format!("{field}.to"));
        }
    }
}

/// The keys of the row to which fax machines are led: nobody types it, their calling tone counts as it (IVR-11).
pub const FAX_KEY: &str = "F";

/// When the receptionist looks for an extension in what is typed (IVR-07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DialMode {
    /// As soon as the digits are somebody's number.
    #[default]
    WhenMatches,
    /// After exactly so many digits.
    AfterDigits {
        /// One to five.
        digits: u32,
    },
    /// After `#`.
    Pound,
}

/// A choice: what is typed, and what is done (IVR-08).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MenuRow {
    /// [`FAX_KEY`], or digits; `x` stands for any digit, `*` at the end for any digits, and `#` at the end for a wait of three seconds
    /// for more of them (IVR-09, IVR-10).
    pub keys: String,
    /// What is done.
    pub action: MenuAction,
}

/// What the keys of a row say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKeys<'a> {
    /// Digits and `x`.
    pub digits: &'a str,
    /// May any digits follow?
    pub open: bool,
    /// Is there a wait for more?
    pub delayed: bool,
}

impl MenuRow {
    /// What its keys say; none where they say nothing.
    pub fn read(&self) -> Option<RowKeys<'_>> {
        let (rest, delayed) = match self.keys.strip_suffix('#') {
            Some(rest) => (rest, true),
            None => (self.keys.as_str(), false),
        };
        let (digits, open) = match rest.strip_suffix('*') {
            Some(digits) => (digits, true),
            None => (rest, false),
        };
        let is_fax = self.keys == FAX_KEY;
        let right = is_fax
            || (!digits.is_empty() || open)
                && digits.len() <= ROW_KEYS_MAX
                && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
        right.then_some(RowKeys { digits, open, delayed })
    }
}

impl RowKeys<'_> {
    /// Is it complete with these digits?
    pub fn matches(&self, typed: &str) -> bool {
        let long_enough = if self.open { typed.len() >= self.digits.len() } else { typed.len() == self.digits.len() };
        long_enough && !typed.is_empty() && self.fits(typed)
    }

    /// Could it be, with more digits?
    pub fn may_match(&self, typed: &str) -> bool {
        (self.open || typed.len() < self.digits.len()) && self.fits(typed)
    }

    fn fits(&self, typed: &str) -> bool {
        self.digits.bytes().zip(typed.bytes()).all(|(own, digit)| own == b'x' || own == digit)
    }

    /// How much it says for certain: of two that match, the higher counts (IVR-10).
    pub fn precision(&self) -> (bool, usize, usize) {
        (!self.open, self.digits.bytes().filter(u8::is_ascii_digit).count(), self.digits.len())
    }
}

/// How a receptionist is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ReceptionistSettings {
    /// Its number; no other of the tenant's has it.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The language of the system's phrases (IVR-04).
    pub language: Language,
    /// What is said first; absent the system's own welcome (IVR-02).
    pub prompt: Option<SoundId>,
    /// What is said while the call is led on (IVR-03).
    pub transfer_prompt: Option<SoundId>,
    /// Seconds without a key after which what was typed is complete, 1–10 (IVR-05).
    pub gap_seconds: u32,
    /// May the caller type an extension (IVR-12)?
    pub dials_extensions: bool,
    /// When it is looked for (IVR-07).
    pub dial_mode: DialMode,
    /// The choices, in the order of the page.
    pub rows: Vec<MenuRow>,
    /// Seconds without any key, counted from the end of the prompt, after which it is said again, 3–300 (IVR-13).
    pub timeout_seconds: u32,
    /// How often it is said in all, 1–10.
    pub rounds: u32,
    /// What is done when nothing is typed even then.
    pub on_timeout: MenuAction,
    /// What is done when what was typed leads nowhere, or to nobody who can be reached (IVR-14).
    pub on_failure: MenuAction,
    /// Whom else it asks, before its choices (IVR-16).
    pub urls: Vec<ActionUrl>,
}

impl Default for ReceptionistSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            name: String::new(),
            language: Language::default(),
            prompt: None,
            transfer_prompt: None,
            gap_seconds: 2,
            dials_extensions: true,
            dial_mode: DialMode::default(),
            rows: Vec::new(),
            timeout_seconds: 10,
            rounds: 3,
            on_timeout: MenuAction::Lead { to: Destination::EndCall },
            on_failure: MenuAction::Repeat,
            urls: Vec::new(),
        }
    }
}

impl ReceptionistSettings {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.number("number", &self.number);
        check.name("name", &self.name);
        check.that((1..=10).contains(&self.gap_seconds), "gap_seconds", "Between 1 and 10 seconds.");
        if let DialMode::AfterDigits { digits } = self.dial_mode {
            check.that((1..=5).contains(&digits), "dial_mode.digits", "One to five digits.");
        }
        check.that(self.rows.len() <= ROWS_MAX, "rows", "There are at most 50 choices.");
        for (place, row) in self.rows.iter().take(ROWS_MAX).enumerate() {
            let field = format!("rows[{place}]");
            check.that(
                row.read().is_some(),
                &format!("{field}.keys"),
                "Digits; x for any digit, * at the end for any digits, # at the end to wait for more; or F for fax machines.",
            );
            let same = |other: &MenuRow| other.keys.trim_end_matches('#') == row.keys.trim_end_matches('#');
            let twice = self.rows.iter().take(place).any(same);
            check.that(!twice, &format!("{field}.keys"), "There is a choice with these keys already.");
            row.action.check(&mut check, &format!("{field}.action"));
        }
        check.that((3..=300).contains(&self.timeout_seconds), "timeout_seconds", "Between 3 and 300 seconds.");
        check.that((1..=10).contains(&self.rounds), "rounds", "Between 1 and 10 times.");
        check.that(
            self.on_timeout != MenuAction::Nothing,
            "on_timeout",
            "A call in which nothing is typed has to go somewhere.",
        );
        self.on_timeout.check(&mut check, "on_timeout");
        self.on_failure.check(&mut check, "on_failure");
        action_url::check(&self.urls, &mut check);
        check.finish()
    }

    /// What is wrong with the passwords that are given for its entries, by their names.
    pub fn check_passwords(&self, passwords: &BTreeMap<String, String>) -> Vec<FieldProblem> {
        let mut check = Check::default();
        action_url::check_passwords(&self.urls, passwords, &mut check);
        check.finish()
    }

    /// All places that it leads to, with the name of the field.
    pub fn destinations(&self) -> impl Iterator<Item = (String, &Destination)> {
        let rows = self.rows.iter().enumerate().map(|(place, row)| (format!("rows[{place}].action.to"), &row.action));
        let ends = [("on_timeout.to", &self.on_timeout), ("on_failure.to", &self.on_failure)];
        let all = rows.chain(ends.map(|(field, action)| (field.to_owned(), action)));
        all.filter_map(|(field, action)| Some((field, action.destination()?)))
    }

    /// The numbers, of those given, that a caller cannot type because a shorter choice takes their first digits at once; each
    /// with the keys of that choice (IVR-09).
    pub fn hidden<'a>(&'a self, numbers: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let dials = self.dials_extensions;
        numbers.iter().filter(move |_| dials).filter_map(|number| {
            let hides = |row: &&MenuRow| {
                row.action != MenuAction::Nothing
                    && row.keys != FAX_KEY
                    && row.read().is_some_and(|keys| {
                        let first = number.get(..keys.digits.len()).unwrap_or_default();
                        !keys.delayed && !keys.open && first.len() < number.len() && keys.matches(first)
                    })
            };
            let row = self.rows.iter().find(hides)?;
            Some((number.as_str(), row.keys.as_str()))
        })
    }

    /// What of it leads nowhere, in words: the open ends of its flow.
    pub fn open_ends(&self) -> Vec<String> {
        let mut ends: Vec<String> = self
            .rows
            .iter()
            .filter(|row| row.action == MenuAction::Nothing)
            .map(|row| format!("Key {} does nothing.", row.keys))
            .collect();
        if self.rows.iter().all(|row| row.action == MenuAction::Nothing) && !self.dials_extensions {
            ends.push("A caller can choose nothing: there is no choice, and no extension may be typed.".into());
        }
        if self.on_failure == MenuAction::Nothing {
            ends.push("A wrong choice is met with silence.".into());
        }
        ends
    }
}

/// One receptionist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receptionist {
    /// Its id.
    pub id: ReceptionistId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ReceptionistSettings,
    /// The names of the entries that have a password. The passwords never leave the server.
    #[serde(default)]
    pub with_password: Vec<String>,
}

/// Where a caller is in a receptionist: what its drawing lights while a call runs through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ReceptionistWay {
    /// The prompt is said.
    Prompt,
    /// A choice was made.
    Choice {
        /// Its keys, as [`MenuRow::keys`].
        keys: String,
    },
    /// An extension was typed.
    Extension,
    /// An entry was met: its server is asked, or its number is called.
    Entry {
        /// Its name.
        name: String,
    },
    /// Nothing was typed, however often the prompt was said.
    Nothing,
    /// It was wrong, or whoever it was could not be reached.
    Failure,
}

/// Lists the tenant's receptionists by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListReceptionists {
    /// Text that number or name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListReceptionists, Get, "/api/tenant/receptionists", TenantAdmin, Page<Receptionist>);

/// Adds a receptionist, within the tenant's limit (T-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateReceptionist {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ReceptionistSettings,
    /// Passwords of its entries, by their names (IVR-21).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passwords: BTreeMap<String, String>,
}
operation!(CreateReceptionist, Post, "/api/tenant/receptionists", TenantAdmin, Receptionist);

/// Sets a receptionist up anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateReceptionist {
    /// Which.
    pub receptionist_id: ReceptionistId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: ReceptionistSettings,
    /// Other passwords of its entries, by their names; an empty one is taken away, and one of an entry that is not named here stays.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passwords: BTreeMap<String, String>,
}
operation!(UpdateReceptionist, Put, "/api/tenant/receptionists/{receptionist_id}", TenantAdmin, Receptionist);

/// Removes a receptionist that nothing leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteReceptionist {
    /// Which.
    pub receptionist_id: ReceptionistId,
}
operation!(DeleteReceptionist, Delete, "/api/tenant/receptionists/{receptionist_id}", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;

    fn row(keys: &str) -> MenuRow {
        MenuRow { keys: keys.into(), action: MenuAction::Lead { to: Destination::EndCall } }
    }

    fn right() -> ReceptionistSettings {
        ReceptionistSettings {
            number: "800".into(),
            name: "Main menu".into(),
            rows: vec![row("1"), row("2#"), row("4x"), row("9*")],
            ..ReceptionistSettings::default()
        }
    }

    // covers: IVR-01, IVR-06
    #[test]
    fn ivr_01_a_form_names_what_is_wrong_with_it() {
        assert_eq!(right().check(), []);
        let wrong = ReceptionistSettings {
            number: "8".into(),
            name: " ".into(),
            gap_seconds: 0,
            dial_mode: DialMode::AfterDigits { digits: 6 },
            rows: vec![
                row("1"),
                row("1#"),
                row(""),
                row("a"),
                row("1*2"),
                MenuRow {
                    keys: "5".into(),
                    action: MenuAction::Lead { to: Destination::External { number: "x".into() } },
                },
            ],
            timeout_seconds: 1,
            rounds: 0,
            on_timeout: MenuAction::Nothing,
            ..ReceptionistSettings::default()
        };
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        let expected = [
            "number",
            "name",
            "gap_seconds",
            "dial_mode.digits",
            "rows[1].keys",
            "rows[2].keys",
            "rows[3].keys",
            "rows[4].keys",
            "rows[5].action.to.number",
            "timeout_seconds",
            "rounds",
            "on_timeout",
        ];
        assert_eq!(fields, expected);
    }

    // covers: IVR-10
    #[test]
    fn ivr_10_wildcards_match_and_the_most_precise_row_wins() {
        for (keys, typed, complete, goes_on) in [
            ("1", "1", true, false),
            ("1", "2", false, false),
            ("12", "1", false, true),
            ("1x", "1", false, true),
            ("1x", "15", true, false),
            ("1x", "25", false, false),
            ("9*", "9", true, true),
            ("9*", "912", true, true),
            ("*", "5", true, true),
            ("*", "", false, true),
            ("1#", "1", true, false),
        ] {
            let row = row(keys);
            let read = row.read().unwrap();
            assert_eq!((read.matches(typed), read.may_match(typed)), (complete, goes_on), "{keys} {typed}");
        }
        let order = ["*", "9*", "91*", "xx", "9x", "91"].map(row);
        let precise: Vec<_> = order.iter().map(|row| row.read().unwrap().precision()).collect();
        assert!(precise.is_sorted(), "{precise:?}");
    }

    // covers: IVR-09
    #[test]
    fn ivr_09_numbers_that_a_choice_hides_are_named() {
        let numbers = ["101", "201", "401", "901", "1"].map(str::to_owned);
        let settings = right();
        let hidden: Vec<_> = settings.hidden(&numbers).collect();
        assert_eq!(hidden, [("101", "1"), ("401", "4x")]);
        let closed = ReceptionistSettings { dials_extensions: false, ..right() };
        assert_eq!(closed.hidden(&numbers).count(), 0);
    }

    #[test]
    fn open_ends_are_named() {
        assert_eq!(right().open_ends(), [""; 0]);
        let settings = ReceptionistSettings {
            dials_extensions: false,
            rows: vec![MenuRow { keys: "1".into(), action: MenuAction::Nothing }],
            on_failure: MenuAction::Nothing,
            ..right()
        };
        assert_eq!(settings.open_ends().len(), 3);
    }
}
