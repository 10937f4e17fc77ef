//! Blocked numbers (spec 12.2): nobody outside is called at, or calls from, a number of this list. Calls between extensions are
//! another matter.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::dialled::compact;
use crate::operation::File;
use crate::problem::FieldProblem;
use crate::{BlockedNumberId, Moment, Page, TenantId, operation};

/// The most entries of a tenant.
pub const BLOCKED_NUMBERS_MAX: u64 = 20_000;
/// The most entries that one file brings.
pub const IMPORT_ROWS_MAX: usize = 5_000;
/// The most characters of an entry.
pub const ENTRY_CHARACTERS_MAX: usize = 64;
/// The fewest characters before the `*` of an entry: less would block half the world by a slip.
pub const WILDCARD_CHARACTERS_MIN: usize = 2;
/// The most characters of a description.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 200;

/// A number that is blocked, or all that begin alike (NBL-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockedNumber {
    /// Its id.
    pub id: BlockedNumberId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The number or user name: `+442079460000`, `0900*`, `spammer`. A `*` at its end stands for anything; what begins with `+`
    /// is compared in E.164, the others as they are dialled or delivered.
    pub number: String,
    /// What somebody wrote about it.
    pub description: String,
    /// When it was made.
    pub created_at: Moment,
}

/// Lists the blocked numbers, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListBlockedNumbers {
    /// Text that number or description contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListBlockedNumbers, Get, "/api/tenant/blocked-numbers", TenantAdmin, Page<BlockedNumber>);

/// Blocks a number; it holds within a second (NBL-01, NBL-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateBlockedNumber {
    /// The number or user name; spaces, brackets and dashes are removed.
    pub number: String,
    /// Why, for whoever reads the list.
    #[serde(default)]
    pub description: String,
}
operation!(CreateBlockedNumber, Post, "/api/tenant/blocked-numbers", TenantAdmin, BlockedNumber);

/// Changes an entry; absent fields stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateBlockedNumber {
    /// Which.
    pub blocked_number_id: BlockedNumberId,
    /// Another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Another description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
operation!(UpdateBlockedNumber, Put, "/api/tenant/blocked-numbers/{blocked_number_id}", TenantAdmin, BlockedNumber);

/// Removes an entry: the number can call, and be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteBlockedNumber {
    /// Which.
    pub blocked_number_id: BlockedNumberId,
}
operation!(DeleteBlockedNumber, Delete, "/api/tenant/blocked-numbers/{blocked_number_id}", TenantAdmin, ());

/// Imports blocked numbers from CSV: header row `number,description`; a bad row is named with its line, and then nothing is
/// imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportBlockedNumbers {
    /// The file's text.
    pub csv: String,
    /// Only look for what is wrong.
    #[serde(default)]
    pub dry_run: bool,
}
operation!(ImportBlockedNumbers, Post, "/api/tenant/blocked-numbers/import", TenantAdmin, BlockedNumbersImported);

/// What an import answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockedNumbersImported {
    /// How many entries were, or with `dry_run` would be, made.
    pub created: u32,
}

/// Exports the blocked numbers as CSV, in the shape that [`ImportBlockedNumbers`] takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportBlockedNumbers {
    /// As in [`ListBlockedNumbers`].
    pub search: Option<String>,
}
operation!(ExportBlockedNumbers, Get, "/api/tenant/blocked-numbers.csv", TenantAdmin, File);

/// Is the number on the list, and by which entry? For whoever tries a number; calls are judged by the same rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FindBlockedNumber {
    /// The number as dialled.
    pub number: String,
}
operation!(FindBlockedNumber, Get, "/api/tenant/blocked-numbers/match", TenantAdmin, BlockedNumberFound);

/// What [`FindBlockedNumber`] answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockedNumberFound {
    /// The number of the entry; none where the number is not blocked.
    pub entry: Option<String>,
}

/// The entry that somebody has typed, as it is stored and compared; none where it is no number and no user name.
pub fn entry_of(text: &str) -> Option<String> {
    let entry = compact(text).to_lowercase();
    let stem = entry.strip_suffix('*').unwrap_or(&entry);
    let long = match stem.len() == entry.len() {
        true => !stem.trim_start_matches('+').is_empty(),
        false => stem.trim_start_matches('+').len() >= WILDCARD_CHARACTERS_MIN,
    };
    let number = stem.strip_prefix('+').unwrap_or(stem);
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (long && entry.len() <= ENTRY_CHARACTERS_MAX && (is_number || is_name)).then_some(entry)
}

fn check(number: Option<&str>, description: Option<&str>) -> Vec<FieldProblem> {
    let mut check = Check::default();
    check.that(
        number.is_none_or(|number| entry_of(number).is_some()),
        "number",
        "A number has digits, which may follow a + and end with *; or it is a user name.",
    );
    check.that(
        description.is_none_or(|text| is_clean(text) && text.chars().count() <= DESCRIPTION_CHARACTERS_MAX),
        "description",
        "At most 200 characters, none of them control characters.",
    );
    check.finish()
}

impl CreateBlockedNumber {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        check(Some(&self.number), Some(&self.description))
    }
}

impl UpdateBlockedNumber {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        check(self.number.as_deref(), self.description.as_deref())
    }
}

/// The entries, for whoever judges a call: no call waits longer because the list is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockedNumbers {
    exact: BTreeSet<String>,
    /// Those with `*`, without it.
    prefixes: BTreeSet<String>,
}

impl FromIterator<String> for BlockedNumbers {
    /// Of entries as [`entry_of`] makes them.
    fn from_iter<I: IntoIterator<Item = String>>(entries: I) -> Self {
        let mut all = Self::default();
        for entry in entries {
            match entry.strip_suffix('*') {
                Some(prefix) => all.prefixes.insert(prefix.to_owned()),
                None => all.exact.insert(entry),
            };
        }
        all
    }
}

impl BlockedNumbers {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.exact.len() + self.prefixes.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.prefixes.is_empty()
    }

    /// The entry that a number meets, the most exact first. One with `+` meets entries without it too: what a provider delivers as
    /// 4420… and another as +4420… is one number.
    pub fn find(&self, number: &str) -> Option<String> {
        let number: String = number.chars().take(ENTRY_CHARACTERS_MAX).collect::<String>().to_lowercase();
        let bare = number.strip_prefix('+');
        [Some(number.as_str()), bare].into_iter().flatten().find_map(|text| self.find_text(text))
    }

    fn find_text(&self, text: &str) -> Option<String> {
        if let Some(entry) = self.exact.get(text) {
            return Some(entry.clone());
        }
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
        ends.filter_map(|end| text.get(..end)).find_map(|start| Some(format!("{}*", self.prefixes.get(start)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: NBL-01
    #[test]
    fn nbl_01_an_entry_is_a_number_a_beginning_or_a_user_name() {
        for (text, entry) in [
            (" +44 20 7946-0000 ", Some("+442079460000")),
            ("+44 (0)20 7946 0000", Some("+442079460000")),
            ("0900*", Some("0900*")),
            ("+882 *", Some("+882*")),
            ("110", Some("110")),
            ("1", Some("1")),
            ("Spammer.1", Some("spammer.1")),
            ("bob-b*", Some("bob-b*")),
            ("*", None),
            ("+*", None),
            ("9*", None),
            ("+9*", None),
            ("0*9", None),
            ("09**", None),
            ("++49", None),
            ("+", None),
            ("", None),
            ("#31", None),
            ("a b", None),
            ("+bob", None),
            ("bob@acme.example", None),
            ("é", None),
        ] {
            assert_eq!(entry_of(text).as_deref(), entry, "{text}");
            let form = CreateBlockedNumber { number: text.into(), description: String::new() };
            assert_eq!(form.check().is_empty(), entry.is_some(), "{text}");
        }
        assert_eq!(entry_of(&"9".repeat(ENTRY_CHARACTERS_MAX)).map(|entry| entry.len()), Some(ENTRY_CHARACTERS_MAX));
        assert_eq!(entry_of(&"9".repeat(ENTRY_CHARACTERS_MAX + 1)), None);
        let wrong = CreateBlockedNumber { number: "*".into(), description: "a\nb".into() };
        assert_eq!(wrong.check().len(), 2);
        let nothing = UpdateBlockedNumber { blocked_number_id: BlockedNumberId(1), number: None, description: None };
        assert_eq!(nothing.check(), []);
    }

    // covers: NBL-02
    #[test]
    fn nbl_02_the_most_exact_entry_is_found_at_once() {
        let many = (0..10_000).map(|number| format!("0170{number:07}"));
        let entries = ["0900*", "09001", "0900123*", "442*", "+442*"].map(str::to_owned);
        let blocked: BlockedNumbers = many.chain(entries).collect();
        assert_eq!((blocked.len(), blocked.is_empty()), (10_005, false));
        for (number, entry) in [
            ("09001", Some("09001")),
            ("09002", Some("0900*")),
            ("09001234", Some("0900123*")),
            ("01700000042", Some("01700000042")),
            ("01700010000", None),
            ("+4420", Some("+442*")),
            ("4420", Some("442*")),
            ("090", None),
            ("", None),
        ] {
            assert_eq!(blocked.find(number).as_deref(), entry, "{number}");
        }
        assert_eq!(blocked.find(&"é".repeat(10_000)), None);
    }
}
