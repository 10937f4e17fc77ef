//! What becomes of a number that somebody dials (E164-01…E164-03, NBL-02, EXT-10): one pure function for the switch, and for the
//! page on which an administrator tries a number.

use crate::blocked_number::BlockedNumbers;
use crate::country::{self, Country};
use crate::dialing::DialingCodes;

/// The most characters of a dialled number that are looked at.
pub const DIALLED_CHARACTERS_MAX: usize = 128;
/// The digits of a number of the North American numbering plan, its country code not counted.
const AMERICAN_DIGITS: usize = 10;
/// The country code of the North American numbering plan.
const AMERICAN_CODE: &str = "1";

/// A number as it goes on to the outbound rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialled {
    /// What the outbound rules get.
    pub sent: String,
    /// The number in E.164 with `+`, where that is known: it was dialled with `+` or with the international code, or it is one
    /// of the North American numbering plan, dialled there.
    pub international: Option<String>,
    /// Was it dialled as one does inside the own country?
    pub domestic: bool,
    /// It is an emergency number: nothing refuses it.
    pub emergency: bool,
    /// What was done with it, in order.
    pub steps: Vec<NumberStep>,
}

/// One thing that was done with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberStep {
    /// What.
    pub rule: NumberRule,
    /// What came out.
    pub number: String,
}

/// What can be done with a number (E164-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRule {
    /// Spaces, brackets, dashes, dots and slashes were removed.
    SeparatorsRemoved,
    /// It is an emergency number.
    Emergency,
    /// The own country code was cut.
    CountryRemoved,
    /// The own area code was cut.
    AreaRemoved,
    /// The national code was put before it.
    NationalCodeAdded,
    /// `+` became the international code.
    InternationalCodeAdded,
    /// The prefix was put before it.
    PrefixAdded,
}

impl NumberRule {
    /// What it does, for a trace.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SeparatorsRemoved => "spaces and signs removed",
            Self::Emergency => "emergency number",
            Self::CountryRemoved => "own country code cut",
            Self::AreaRemoved => "own area code cut",
            Self::NationalCodeAdded => "national code put before",
            Self::InternationalCodeAdded => "+ became the international code",
            Self::PrefixAdded => "prefix put before",
        }
    }
}

impl NumberStep {
    /// `own country code cut: 2345678910`.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.rule.word(), self.number)
    }
}

/// Why a call to, or from, a number is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberRefusal {
    /// The country is not allowed (E164-01); none where no country has such numbers.
    Country(Option<&'static Country>),
    /// It begins with a forbidden prefix: this one (E164-02).
    Prefix(String),
    /// It is on the list of blocked numbers: by this entry (NBL-02).
    Blocked(String),
}

impl NumberRefusal {
    /// Which rule refused, for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Country(Some(country)) => format!("{} is not among the allowed countries.", country.name),
            Self::Country(None) => "No country has numbers that begin like this.".to_owned(),
            Self::Prefix(prefix) => format!("Numbers that begin with {prefix} are forbidden."),
            Self::Blocked(entry) => format!("The number is blocked by the entry {entry}."),
        }
    }
}

/// The number that a tenant's telephone has dialled, as it goes on to the outbound rules (E164-03): own country code cut → own
/// area code cut → national code (domestic only) or international code (others only) put before → prefix put before. Only
/// numbers that begin with `+` are processed.
pub fn normalise(codes: &DialingCodes, dialled: &str) -> Dialled {
    let mut number =
        Dialled { sent: compact(dialled), international: None, domestic: true, emergency: false, steps: Vec::new() };
    if number.sent != dialled {
        number.note(NumberRule::SeparatorsRemoved);
    }
    if codes.emergency_numbers.contains(&number.sent) {
        number.emergency = true;
        number.note(NumberRule::Emergency);
        return number;
    }
    let Some(digits) = number.sent.strip_prefix('+').and_then(digits).map(str::to_owned) else {
        (number.international, number.domestic) = understood(codes, &number.sent);
        return number;
    };
    number.international = Some(number.sent.clone());
    number.domestic = false;
    number.process(codes, &digits);
    number
}

impl Dialled {
    fn note(&mut self, rule: NumberRule) {
        self.steps.push(NumberStep { rule, number: self.sent.clone() });
    }

    fn becomes(&mut self, rule: NumberRule, number: String) {
        self.sent = number;
        self.note(rule);
    }

    /// E164-03 for the digits behind a `+`.
    fn process(&mut self, codes: &DialingCodes, digits: &str) {
        // Who shares a country code dials the others as at home, whatever country they are: +1 876 is never 011 1 876.
        let own = codes.own_country().map(Country::calling_code);
        match own.and_then(|own| digits.strip_prefix(own)).filter(|rest| !rest.is_empty()) {
            Some(rest) if codes.remove_if_same_country => {
                self.becomes(NumberRule::CountryRemoved, rest.to_owned());
                let area = Some(codes.area_code.as_str()).filter(|area| !area.is_empty() && codes.remove_if_same_area);
                if let Some(rest) = area.and_then(|area| rest.strip_prefix(area)).filter(|rest| !rest.is_empty()) {
                    self.becomes(NumberRule::AreaRemoved, rest.to_owned());
                }
                if !codes.national_code.is_empty() {
                    self.becomes(NumberRule::NationalCodeAdded, format!("{}{}", codes.national_code, self.sent));
                }
            }
            Some(_) => {}
            None if codes.international_code.is_empty() => {}
            None => self.becomes(NumberRule::InternationalCodeAdded, format!("{}{digits}", codes.international_code)),
        }
        if !codes.add_prefix.is_empty() {
            self.becomes(NumberRule::PrefixAdded, format!("{}{}", codes.add_prefix, self.sent));
        }
    }
}

/// May the number be called (OUT-06)? Allowed countries, then forbidden prefixes, then blocked numbers; an emergency number
/// passes everything.
pub fn gate(codes: &DialingCodes, blocked: &BlockedNumbers, dialled: &str) -> Result<Dialled, NumberRefusal> {
    let number = normalise(codes, dialled);
    if number.emergency {
        return Ok(number);
    }
    let plain = compact(dialled);
    check_country(codes, &number)?;
    check_prefix(codes, &plain, number.international.as_deref())?;
    check_blocked(blocked, &plain, number.international.as_deref())?;
    Ok(number)
}

/// May somebody call from this number (NBL-02)? `caller` is the number, or the user name, that the call brings.
pub fn gate_caller(codes: &DialingCodes, blocked: &BlockedNumbers, caller: &str) -> Result<(), NumberRefusal> {
    let plain = compact(caller);
    let international = match plain.strip_prefix('+') {
        Some(_) => Some(plain.clone()),
        None => understood(codes, &plain).0,
    };
    check_blocked(blocked, &plain, international.as_deref())
}

/// E164-01. Numbers that are not international are domestic, and pass.
fn check_country(codes: &DialingCodes, number: &Dialled) -> Result<(), NumberRefusal> {
    let Some(international) = number.international.as_deref().filter(|_| !number.domestic) else { return Ok(()) };
    let found = country::of_number(international.trim_start_matches('+'));
    let allowed = |country: &&Country| codes.allowed_countries.iter().any(|code| code == country.code);
    match found.iter().copied().any(|country| allowed(&country)) {
        true => Ok(()),
        false => Err(NumberRefusal::Country(found.first().copied())),
    }
}

/// E164-02.
fn check_prefix(codes: &DialingCodes, plain: &str, international: Option<&str>) -> Result<(), NumberRefusal> {
    let begins = |prefix: &&String| {
        plain.starts_with(prefix.as_str())
            || (prefix.starts_with('+') && international.is_some_and(|number| number.starts_with(prefix.as_str())))
    };
    match codes.forbidden_prefixes.iter().find(begins) {
        Some(prefix) => Err(NumberRefusal::Prefix(prefix.clone())),
        None => Ok(()),
    }
}

/// NBL-02.
fn check_blocked(blocked: &BlockedNumbers, plain: &str, international: Option<&str>) -> Result<(), NumberRefusal> {
    match blocked.find(plain).or_else(|| blocked.find(international?)) {
        Some(entry) => Err(NumberRefusal::Blocked(entry)),
        None => Ok(()),
    }
}

/// The E.164 number of what was dialled without `+`, and whether it is domestic. The international code must not be a way round
/// the allowed countries, nor the North American numbering plan, in which a foreign island has a number like one's own.
fn understood(codes: &DialingCodes, plain: &str) -> (Option<String>, bool) {
    let prefix = Some(codes.add_prefix.as_str()).filter(|prefix| !prefix.is_empty());
    let behind_prefix = prefix.and_then(|prefix| plain.strip_prefix(prefix));
    for text in [Some(plain), behind_prefix].into_iter().flatten() {
        let code = Some(codes.international_code.as_str()).filter(|code| !code.is_empty());
        if let Some(digits) = code.and_then(|code| text.strip_prefix(code)).and_then(digits) {
            return (Some(format!("+{digits}")), false);
        }
    }
    let Some(own) = codes.own_country().filter(|own| own.calling_code() == AMERICAN_CODE) else { return (None, true) };
    let Some(digits) = [Some(plain), behind_prefix].into_iter().flatten().find_map(american) else {
        return (None, true);
    };
    let domestic = country::of_number(&digits).contains(&own);
    (Some(format!("+{digits}")), domestic)
}

/// `8765550100` and `18765550100` → `18765550100`.
fn american(text: &str) -> Option<String> {
    let digits = digits(text)?;
    let rest = digits.strip_prefix(AMERICAN_CODE).unwrap_or(digits);
    let right = rest.len() == AMERICAN_DIGITS && !rest.starts_with(['0', '1']);
    right.then(|| format!("{AMERICAN_CODE}{rest}"))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// A number without what people write between digits; `(0)` behind a country code is nothing that is dialled. A name stays.
pub fn compact(text: &str) -> String {
    let text = text.trim();
    let separator = |c: char| matches!(c, ' ' | '\u{a0}' | '(' | ')' | '-' | '.' | '/');
    let key = |c: char| matches!(c, '0'..='9' | '+' | '*' | '#');
    let bounded: String = text.chars().take(DIALLED_CHARACTERS_MAX).collect();
    if !bounded.chars().all(|c| key(c) || separator(c)) || !bounded.chars().any(key) {
        return bounded;
    }
    let bounded = if bounded.starts_with('+') { bounded.replace("(0)", "") } else { bounded };
    bounded.chars().filter(|c| key(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(country: &str) -> DialingCodes {
        DialingCodes::default().moved_to(country)
    }

    fn american() -> DialingCodes {
        DialingCodes { remove_if_same_country: true, international_code: "011".into(), ..codes("US") }
    }

    fn british() -> DialingCodes {
        DialingCodes {
            remove_if_same_country: true,
            area_code: "31".into(),
            remove_if_same_area: true,
            national_code: "11".into(),
            add_prefix: "22".into(),
            ..codes("GB")
        }
    }

    // covers: E164-03
    #[test]
    fn e164_03_the_examples_of_the_specification() {
        let area = DialingCodes { area_code: "813".into(), remove_if_same_area: true, ..american() };
        let national = DialingCodes { national_code: "8".into(), ..american() };
        let prefix = DialingCodes { add_prefix: "2".into(), ..american() };
        let foreign = DialingCodes { international_code: "00".into(), ..codes("DE") };
        for (codes, dialled, sent) in [
            (american(), "+12345678910", "2345678910"),
            (american(), "+44123456789", "01144123456789"),
            (area, "+181345678910", "45678910"),
            (national, "+12345678910", "82345678910"),
            (prefix, "+12345678910", "22345678910"),
            (british(), "+4431867762", "2211867762"),
            (foreign, "+3312345678", "003312345678"),
        ] {
            assert_eq!(normalise(&codes, dialled).sent, sent, "{dialled}");
        }
    }

    // covers: E164-03
    #[test]
    fn e164_03_each_step_is_told_in_its_order() {
        let told: Vec<(NumberRule, String)> =
            normalise(&british(), "+44 (0)31 867-762").steps.into_iter().map(|step| (step.rule, step.number)).collect();
        let expected = [
            (NumberRule::SeparatorsRemoved, "+4431867762"),
            (NumberRule::CountryRemoved, "31867762"),
            (NumberRule::AreaRemoved, "867762"),
            (NumberRule::NationalCodeAdded, "11867762"),
            (NumberRule::PrefixAdded, "2211867762"),
        ];
        assert_eq!(told, expected.map(|(rule, number)| (rule, number.to_owned())));
        assert_eq!(normalise(&american(), "+12345678910").steps[0].sentence(), "own country code cut: 2345678910");
    }

    // covers: E164-03
    #[test]
    fn e164_03_what_no_example_says() {
        let all = DialingCodes { national_code: "8".into(), add_prefix: "2".into(), ..american() };
        let kept = DialingCodes { remove_if_same_country: false, national_code: "8".into(), ..american() };
        for (codes, dialled, sent) in [
            // Only numbers with + are processed.
            (&all, "2345678910", "2345678910"),
            (&all, "01144123", "01144123"),
            (&all, "alice", "alice"),
            (&all, "+alice", "+alice"),
            (&all, "+", "+"),
            (&all, "*72", "*72"),
            (&all, "", ""),
            // The national code is for domestic numbers, the international one for others, the prefix for both.
            (&all, "+44123", "201144123"),
            (&all, "+12025550100", "282025550100"),
            // Who shares the country code is dialled as at home.
            (&all, "+18765550100", "288765550100"),
            // A country code that is not cut stays with its +.
            (&kept, "+12345678910", "+12345678910"),
            // A country code alone is no number.
            (&american(), "+1", "0111"),
            // Another area stays.
            (&british(), "+44207946", "2211207946"),
            // Without an own country all are abroad, and without a code the + stays.
            (&DialingCodes::default(), "+49301234", "+49301234"),
            (&DialingCodes { international_code: "00".into(), ..DialingCodes::default() }, "+49301234", "0049301234"),
        ] {
            assert_eq!(normalise(codes, dialled).sent, sent, "{dialled}");
        }
    }

    fn blocked(entries: &[&str]) -> BlockedNumbers {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    fn refused(codes: &DialingCodes, dialled: &str) -> Option<&'static str> {
        match gate(codes, &BlockedNumbers::default(), dialled) {
            Ok(_) => None,
            Err(NumberRefusal::Country(country)) => Some(country.map_or("nobody", |country| country.code)),
            Err(other) => panic!("{dialled}: {other:?}"),
        }
    }

    // covers: E164-01
    #[test]
    fn e164_01_a_country_that_is_not_ticked_is_refused() {
        let american = american();
        for (dialled, country) in [
            ("+12025550100", None),
            ("2025550100", None),
            ("5550100", None),
            ("+442079460000", Some("GB")),
            ("+44 20 7946 0000", Some("GB")),
            // The international code is no way round it, with the prefix or without.
            ("011442079460000", Some("GB")),
            // The North American numbering plan: other countries, dialled like one's own.
            ("+18765550100", Some("JM")),
            ("18765550100", Some("JM")),
            ("8765550100", Some("JM")),
            ("4165550100", Some("CA")),
            ("+88216123456", Some("XN")),
            ("+9991234", Some("nobody")),
        ] {
            assert_eq!(refused(&american, dialled), country, "{dialled}");
        }
        let both = DialingCodes { allowed_countries: vec!["GB".into(), "JM".into()], ..american };
        assert_eq!(refused(&both, "+442079460000"), None);
        assert_eq!(refused(&both, "8765550100"), None);
        assert_eq!(refused(&both, "+441481256789"), Some("GG"), "Guernsey is not the United Kingdom");
        assert_eq!(refused(&both, "+12025550100"), Some("US"), "the own country can be left out too");
        assert_eq!(refused(&both, "2025550100"), None, "what is not international is domestic");
        let prefixed = DialingCodes { add_prefix: "9".into(), ..codes("DE") };
        let prefixed = DialingCodes { international_code: "00".into(), ..prefixed };
        assert_eq!(refused(&prefixed, "90033123456"), Some("FR"));
        assert_eq!(refused(&prefixed, "030123456"), None);
        let shared = DialingCodes { allowed_countries: vec!["GP".into()], ..codes("DE") };
        assert_eq!(refused(&shared, "+590590123456"), None);
        let sentence = gate(&both, &BlockedNumbers::default(), "+49301234").unwrap_err().sentence();
        assert_eq!(sentence, "Germany is not among the allowed countries.");
    }

    // covers: E164-02
    #[test]
    fn e164_02_a_forbidden_prefix_is_compared_as_dialled_and_with_plus_in_e164() {
        let mut codes = american();
        codes.allowed_countries.push("GB".into());
        codes.forbidden_prefixes = ["*9", "0900", "1900", "+4490"].map(str::to_owned).to_vec();
        for (dialled, prefix) in [
            ("0900123", Some("0900")),
            ("090-0 123", Some("0900")),
            ("00900123", None),
            ("*91", Some("*9")),
            ("19005550100", Some("1900")),
            ("+19005550100", None),
            ("+44901234", Some("+4490")),
            ("01144901234", Some("+4490")),
            ("44901234", None),
            ("+44201234", None),
        ] {
            let expected = prefix.map(|prefix| NumberRefusal::Prefix(prefix.to_owned()));
            assert_eq!(gate(&codes, &BlockedNumbers::default(), dialled).err(), expected, "{dialled}");
        }
        codes.forbidden_prefixes = vec!["+1900".into()];
        assert!(gate(&codes, &BlockedNumbers::default(), "9005550100").is_err(), "the plan's own numbers are known");
    }

    // covers: NBL-02
    #[test]
    fn nbl_02_calls_from_and_to_a_listed_number_are_blocked() {
        let mut codes = american();
        codes.allowed_countries.push("GB".into());
        let blocked = blocked(&["+442079460000", "+4490*", "2025550199", "0900*", "spammer"]);
        for (number, entry) in [
            ("+442079460000", Some("+442079460000")),
            ("+44 (0)20 7946-0000", Some("+442079460000")),
            ("011442079460000", Some("+442079460000")),
            ("+442079460001", None),
            ("+44901", Some("+4490*")),
            ("2025550199", Some("2025550199")),
            ("20255501990", None),
            ("09001", Some("0900*")),
            ("0900", Some("0900*")),
            ("Spammer", Some("spammer")),
            ("spammers", None),
            ("", None),
        ] {
            let expected = entry.map(|entry| NumberRefusal::Blocked(entry.to_owned()));
            assert_eq!(gate_caller(&codes, &blocked, number).err(), expected, "from {number}");
            assert_eq!(gate(&codes, &blocked, number).err(), expected, "to {number}");
        }
    }

    // covers: EXT-10
    #[test]
    fn ext_10_an_emergency_number_passes_everything() {
        let mut codes = american();
        codes.add_prefix = "9".into();
        codes.forbidden_prefixes = vec!["9".into(), "911".into()];
        let blocked = blocked(&["911", "9*"]);
        let number = gate(&codes, &blocked, " 911 ").unwrap();
        assert_eq!((number.sent.as_str(), number.emergency), ("911", true));
        assert!(gate(&codes, &blocked, "9111").is_err());
        assert!(gate(&codes, &blocked, "112").is_ok_and(|number| !number.emergency));
    }

    #[test]
    fn a_number_of_any_length_is_looked_at_once() {
        let endless = "9".repeat(1_000_000);
        let number = normalise(&american(), &format!("+{endless}"));
        assert!(number.sent.len() <= DIALLED_CHARACTERS_MAX + 8);
        assert_eq!(compact("  bob-1.x "), "bob-1.x");
        assert_eq!(compact("---"), "---");
    }
}
