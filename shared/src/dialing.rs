//! Codes and E.164 (spec 12.1): how a tenant writes telephone numbers, which of them may be called and which are for
//! emergencies. What follows from it for a number is [`crate::dialled`].

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::country::{self, Country};
use crate::problem::FieldProblem;
use crate::{emergency_number, operation};

/// The most digits of a code or of the prefix.
pub const CODE_DIGITS_MAX: usize = 8;
/// The most forbidden prefixes of a tenant.
pub const FORBIDDEN_PREFIXES_MAX: usize = 200;
/// The most characters of a forbidden prefix.
pub const FORBIDDEN_PREFIX_CHARACTERS_MAX: usize = 31;
/// The most emergency numbers of a tenant.
pub const EMERGENCY_NUMBERS_MAX: usize = 30;
/// The most digits of an emergency number.
pub const EMERGENCY_NUMBER_DIGITS_MAX: usize = 15;

/// How a tenant dials, and what it may dial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DialingCodes {
    /// The own country, ISO 3166-1 alpha-2; empty as long as nobody has said (E164-03).
    pub country: String,
    /// The own country code is cut (E164-03).
    pub remove_if_same_country: bool,
    /// What `+` becomes for other countries: `011`, `00`; empty leaves the `+` (E164-03).
    pub international_code: String,
    /// The own area code (E164-03).
    pub area_code: String,
    /// The own area code is cut too, where the country code was (E164-03).
    pub remove_if_same_area: bool,
    /// What is put before a domestic number whose country code was cut (E164-03).
    pub national_code: String,
    /// What is put before every result; it can select an outbound rule (E164-03).
    pub add_prefix: String,
    /// The countries that may be called, ISO 3166-1 alpha-2 (E164-01).
    pub allowed_countries: Vec<String>,
    /// Numbers that begin with one of these are refused: compared as dialled, those with `+` with the number in E.164 (E164-02).
    pub forbidden_prefixes: Vec<String>,
    /// Numbers that are never refused (EXT-10).
    pub emergency_numbers: Vec<String>,
}

impl Default for DialingCodes {
    /// Nothing is processed, no other country may be called, and the emergency numbers are those known best.
    fn default() -> Self {
        Self {
            country: String::new(),
            remove_if_same_country: false,
            international_code: String::new(),
            area_code: String::new(),
            remove_if_same_area: false,
            national_code: String::new(),
            add_prefix: String::new(),
            allowed_countries: Vec::new(),
            forbidden_prefixes: Vec::new(),
            emergency_numbers: emergency_number::usual(""),
        }
    }
}

impl DialingCodes {
    /// The own country, where it is set.
    pub fn own_country(&self) -> Option<&'static Country> {
        country::by_code(&self.country)
    }

    /// What is wrong with it, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.that(
            self.country.is_empty() || self.own_country().is_some_and(Country::is_home),
            "country",
            "A country is named by two capital letters, such as DE or US.",
        );
        let codes = [
            ("international_code", &self.international_code),
            ("area_code", &self.area_code),
            ("national_code", &self.national_code),
            ("add_prefix", &self.add_prefix),
        ];
        for (field, code) in codes {
            let right = code.len() <= CODE_DIGITS_MAX && code.bytes().all(is_key);
            check.that(right, field, "At most 8 digits, * or #.");
        }
        let unknown = self.allowed_countries.iter().find(|code| country::by_code(code).is_none());
        let reason = unknown.map(|code| format!("{} is no country that Belfry knows.", short(code)));
        check.that(reason.is_none(), "allowed_countries", &reason.unwrap_or_default());
        check.that(
            self.allowed_countries.len() <= country::COUNTRIES.len(),
            "allowed_countries",
            "Each country is named once.",
        );
        let wrong = self.forbidden_prefixes.iter().find(|prefix| !is_prefix(prefix));
        let reason =
            wrong.map(|prefix| format!("{} is no prefix: digits, * or #, which may follow a +.", short(prefix)));
        check.that(reason.is_none(), "forbidden_prefixes", &reason.unwrap_or_default());
        check.that(
            self.forbidden_prefixes.len() <= FORBIDDEN_PREFIXES_MAX,
            "forbidden_prefixes",
            "At most 200 prefixes are forbidden.",
        );
        let wrong = self.emergency_numbers.iter().find(|number| !is_emergency_number(number));
        let reason = wrong.map(|number| format!("{} is no emergency number: 2 to 15 digits.", short(number)));
        check.that(reason.is_none(), "emergency_numbers", &reason.unwrap_or_default());
        check.that(
            self.emergency_numbers.len() <= EMERGENCY_NUMBERS_MAX,
            "emergency_numbers",
            "At most 30 emergency numbers.",
        );
        check.finish()
    }

    /// Lists sorted, each item once.
    pub fn tidied(mut self) -> Self {
        for list in [&mut self.allowed_countries, &mut self.forbidden_prefixes, &mut self.emergency_numbers] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }

    /// The same in another country: that one is allowed too, or instead where only the own was; and its emergency numbers take
    /// the place of those of the country before, unless somebody has changed them.
    pub fn moved_to(mut self, country: &str) -> Self {
        if self.country == country {
            return self;
        }
        if self.emergency_numbers == emergency_number::usual(&self.country) {
            self.emergency_numbers = emergency_number::usual(country);
        }
        if self.allowed_countries == [self.country.as_str()] {
            self.allowed_countries.clear();
        }
        if !country.is_empty() && !self.allowed_countries.iter().any(|code| code == country) {
            self.allowed_countries.push(country.to_owned());
        }
        self.country = country.to_owned();
        self
    }
}

/// What somebody entered, as it may stand in a sentence.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(FORBIDDEN_PREFIX_CHARACTERS_MAX).collect()
}

/// A key of a telephone.
pub(crate) const fn is_key(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'*' | b'#')
}

fn is_prefix(text: &str) -> bool {
    let keys = text.strip_prefix('+').unwrap_or(text);
    !keys.is_empty() && text.len() <= FORBIDDEN_PREFIX_CHARACTERS_MAX && keys.bytes().all(is_key)
}

fn is_emergency_number(text: &str) -> bool {
    (2..=EMERGENCY_NUMBER_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How the tenant dials, and what it may dial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetDialingCodes {}
operation!(GetDialingCodes, Get, "/api/tenant/dialing-codes", TenantAdmin, DialingCodes);

/// Changes how the tenant dials; absent fields stay. It holds for calls that begin after it. With another country and no list
/// of its own, that country is allowed, and its emergency numbers take the place of untouched ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UpdateDialingCodes {
    /// The own country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Cut the own country code?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_if_same_country: Option<bool>,
    /// What `+` becomes for other countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub international_code: Option<String>,
    /// The own area code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_code: Option<String>,
    /// Cut the own area code too?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_if_same_area: Option<bool>,
    /// What is put before a domestic number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub national_code: Option<String>,
    /// What is put before every result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_prefix: Option<String>,
    /// The countries that may be called, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_countries: Option<Vec<String>>,
    /// The forbidden prefixes, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbidden_prefixes: Option<Vec<String>>,
    /// The emergency numbers, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_numbers: Option<Vec<String>>,
}
operation!(UpdateDialingCodes, Put, "/api/tenant/dialing-codes", TenantAdmin, DialingCodes);

impl From<DialingCodes> for UpdateDialingCodes {
    /// All of it.
    fn from(codes: DialingCodes) -> Self {
        Self {
            country: Some(codes.country),
            remove_if_same_country: Some(codes.remove_if_same_country),
            international_code: Some(codes.international_code),
            area_code: Some(codes.area_code),
            remove_if_same_area: Some(codes.remove_if_same_area),
            national_code: Some(codes.national_code),
            add_prefix: Some(codes.add_prefix),
            allowed_countries: Some(codes.allowed_countries),
            forbidden_prefixes: Some(codes.forbidden_prefixes),
            emergency_numbers: Some(codes.emergency_numbers),
        }
    }
}

impl UpdateDialingCodes {
    /// The codes after the change; whether they are right is their own [`DialingCodes::check`].
    pub fn applied_to(&self, before: &DialingCodes) -> DialingCodes {
        let moved = match &self.country {
            Some(country) => before.clone().moved_to(country.trim()),
            None => before.clone(),
        };
        let code = |new: &Option<String>, old: String| new.as_ref().map_or(old, |new| new.trim().to_owned());
        let list = |new: &Option<Vec<String>>, old: Vec<String>| match new {
            Some(new) => new.iter().map(|item| item.trim().to_owned()).collect(),
            None => old,
        };
        DialingCodes {
            country: moved.country,
            remove_if_same_country: self.remove_if_same_country.unwrap_or(moved.remove_if_same_country),
            international_code: code(&self.international_code, moved.international_code),
            area_code: code(&self.area_code, moved.area_code),
            remove_if_same_area: self.remove_if_same_area.unwrap_or(moved.remove_if_same_area),
            national_code: code(&self.national_code, moved.national_code),
            add_prefix: code(&self.add_prefix, moved.add_prefix),
            allowed_countries: list(&self.allowed_countries, moved.allowed_countries),
            forbidden_prefixes: list(&self.forbidden_prefixes, moved.forbidden_prefixes),
            emergency_numbers: list(&self.emergency_numbers, moved.emergency_numbers),
        }
        .tidied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(country: &str) -> UpdateDialingCodes {
        UpdateDialingCodes { country: Some(country.into()), ..UpdateDialingCodes::default() }
    }

    // covers: E164-01, EXT-10
    #[test]
    fn e164_01_at_the_start_only_the_own_country_is_allowed() {
        let start = DialingCodes::default();
        assert_eq!(start.allowed_countries, Vec::<String>::new());
        let german = update("DE").applied_to(&start);
        assert_eq!(german.allowed_countries, ["DE"]);
        assert_eq!(german.emergency_numbers, ["110", "112"]);
        let moved = update("US").applied_to(&german);
        assert_eq!((moved.allowed_countries, moved.emergency_numbers), (vec!["US".into()], vec!["911".into()]));
        let mut chosen = german;
        chosen.allowed_countries = vec!["AT".into(), "DE".into()];
        chosen.emergency_numbers.push("19222".into());
        let moved = update("CH").applied_to(&chosen);
        assert_eq!(moved.allowed_countries, ["AT", "CH", "DE"]);
        assert_eq!(moved.emergency_numbers, ["110", "112", "19222"], "what somebody has entered stays");
        let none = UpdateDialingCodes { allowed_countries: Some(vec![]), ..update("DE") };
        assert_eq!(none.applied_to(&start).allowed_countries, Vec::<String>::new(), "a list that is given counts");
    }

    #[test]
    fn codes_name_what_is_wrong_with_them() {
        assert_eq!(DialingCodes::default().check(), []);
        let right = UpdateDialingCodes {
            forbidden_prefixes: Some(vec![" 0900 ".into(), "+882".into(), "0900".into()]),
            emergency_numbers: Some(vec!["112".into()]),
            international_code: Some("011".into()),
            ..update("US")
        };
        let right = right.applied_to(&DialingCodes::default());
        assert_eq!((right.check(), right.forbidden_prefixes.clone()), (vec![], vec!["+882".into(), "0900".into()]));
        let all = UpdateDialingCodes::from(right.clone());
        assert_eq!(all.applied_to(&DialingCodes::default()), right);
        let wrong = DialingCodes {
            country: "XS".into(),
            remove_if_same_country: true,
            international_code: "00a".into(),
            area_code: "123456789".into(),
            remove_if_same_area: true,
            national_code: "+1".into(),
            add_prefix: " ".into(),
            allowed_countries: vec!["DE".into(), "de".into()],
            forbidden_prefixes: vec!["+".into()],
            emergency_numbers: vec!["1".into()],
        };
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        let named = [
            "country",
            "international_code",
            "area_code",
            "national_code",
            "add_prefix",
            "allowed_countries",
            "forbidden_prefixes",
            "emergency_numbers",
        ];
        assert_eq!(fields, named);
        let many = DialingCodes {
            forbidden_prefixes: vec!["1".into(); FORBIDDEN_PREFIXES_MAX + 1],
            emergency_numbers: vec!["11".into(); EMERGENCY_NUMBERS_MAX + 1],
            ..DialingCodes::default()
        };
        assert_eq!(many.check().len(), 2);
    }
}
