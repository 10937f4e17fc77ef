//! Sets of telephone numbers as carriers hand them out: DID pools (TRK-08), and masks of callers and called (INB-02, INB-03).
//!
//! Every item but `*` stands for the numbers of one length between two ends, so that containing, overlapping and being more
//! specific are comparisons of text. A leading `+` is no part of a number here: carriers send the same one with and without.

use serde::{Deserialize, Serialize};

/// The most items of one pool.
pub const ITEMS_MAX: usize = 1_000;
/// The most digits of a number (E.164 has 15; gateways hand out longer ones).
pub const DIGITS_MAX: usize = 32;

/// The numbers of one length from `first` to `last`, both among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    first: String,
    last: String,
}

impl Span {
    /// `123`, `44******` or `1100-1200`; the reason where it is none of them.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        match text.split_once('-') {
            Some((first, last)) => Self::range(first.trim(), last.trim()),
            None => Self::pattern(text),
        }
    }

    fn pattern(text: &str) -> Result<Self, &'static str> {
        let text = bare(text);
        let known = text.trim_end_matches('*');
        if known.is_empty() {
            return Err("A number begins with digits.");
        }
        if !is_digits(known) {
            return Err("A number has digits, and * only at its end, each for one digit.");
        }
        if text.len() > DIGITS_MAX {
            return Err("A number has at most 32 digits.");
        }
        let filled = |digit: &str| format!("{known}{}", digit.repeat(text.len() - known.len()));
        Ok(Self { first: filled("0"), last: filled("9") })
    }

    fn range(first: &str, last: &str) -> Result<Self, &'static str> {
        let (first, last) = (bare(first), bare(last));
        if !is_digits(first) || !is_digits(last) || first.len() > DIGITS_MAX {
            return Err("The ends of a range are numbers of at most 32 digits.");
        }
        if first.len() != last.len() {
            return Err("Both ends of a range have as many digits.");
        }
        if first.get(..1) != last.get(..1) {
            return Err("Both ends of a range begin with the same digit.");
        }
        if first >= last {
            return Err("A range begins below its end.");
        }
        Ok(Self { first: first.to_owned(), last: last.to_owned() })
    }

    /// Is it one of them?
    pub fn contains(&self, number: &str) -> bool {
        let number = bare(number);
        number.len() == self.first.len() && self.first.as_str() <= number && number <= self.last.as_str()
    }

    /// Is any number in both?
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first.len() == other.first.len() && self.first <= other.last && other.first <= self.last
    }

    /// Does it hold all numbers of the other?
    pub fn covers(&self, other: &Self) -> bool {
        self.contains(&other.first) && self.contains(&other.last)
    }

    /// The numbers in order, as long as they are asked for.
    pub fn numbers(&self) -> impl Iterator<Item = String> + use<> {
        let (digits, first) = (self.first.len(), self.first.parse::<u128>().unwrap_or_default());
        (first..first.saturating_add(self.size())).map(move |number| format!("{number:0digits$}"))
    }

    /// How many numbers: fewer are more specific.
    pub fn size(&self) -> u128 {
        let value = |text: &str| text.parse::<u128>().unwrap_or_default();
        value(&self.last) - value(&self.first) + 1
    }
}

/// Without the plus sign.
fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The numbers of a trunk that a tenant has (TRK-08): `123;1100-1200;44******`, `*` for all, empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DidPool {
    /// Every number.
    All,
    /// These, none of them twice.
    #[default]
    None,
    /// The spans.
    Spans(Vec<Span>),
}

impl DidPool {
    /// Reads a pool; else the item that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        let items: Vec<&str> = text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
        if items.is_empty() {
            return Ok(Self::None);
        }
        if items == ["*"] {
            return Ok(Self::All);
        }
        if items.len() > ITEMS_MAX {
            return Err((format!("{} items", items.len()), "A pool has at most 1000 items."));
        }
        let mut spans: Vec<Span> = Vec::with_capacity(items.len());
        for item in items {
            if item == "*" {
                return Err((item.to_owned(), "* stands for every number, so nothing stands beside it."));
            }
            let span = Span::parse(item).map_err(|why| (item.to_owned(), why))?;
            if spans.iter().any(|known| known.overlaps(&span)) {
                return Err((item.to_owned(), "It is in the pool already."));
            }
            spans.push(span);
        }
        Ok(Self::Spans(spans))
    }

    /// Is the number one of the pool?
    pub fn contains(&self, number: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Spans(spans) => spans.iter().any(|span| span.contains(number)),
        }
    }

    /// Are all numbers of the span in the pool? Several items may share them only where one holds them all.
    pub fn covers(&self, span: &Span) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Spans(spans) => spans.iter().any(|known| known.covers(span)),
        }
    }

    /// May two tenants not have these two on one trunk? Whoever has all numbers has it alone.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => false,
            (Self::All, _) | (_, Self::All) => true,
            (Self::Spans(one), Self::Spans(two)) => one.iter().any(|span| two.iter().any(|known| known.overlaps(span))),
        }
    }
}

/// Which callers or called numbers a rule is for: empty for any, else one [`Span`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Mask(pub String);

impl Mask {
    /// The span; none for any number. The reason where it cannot be read.
    pub fn span(&self) -> Result<Option<Span>, &'static str> {
        match self.0.trim() {
            "" | "*" => Ok(None),
            text => Span::parse(text).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: TRK-08
    #[test]
    fn trk_08_pools_hold_what_the_specification_says() {
        for (pool, within, without) in [
            ("*", vec!["1", "442012345670", "+4930123"], vec![]),
            (
                "44******",
                vec!["44123456", "+44123456", "44000000", "44999999"],
                vec!["4412345", "441234567", "45123456"],
            ),
            ("12000-18000", vec!["12000", "15000", "18000"], vec!["11999", "18001", "1500", "150000"]),
            ("123", vec!["123", "+123"], vec!["12", "1234", "124"]),
            ("123;1100-1200;44******", vec!["123", "1150", "44123456"], vec!["1201", "124"]),
            ("", vec![], vec!["123", ""]),
        ] {
            let parsed = DidPool::parse(pool).unwrap();
            within.iter().for_each(|number| assert!(parsed.contains(number), "{pool} {number}"));
            without.iter().for_each(|number| assert!(!parsed.contains(number), "{pool} {number}"));
        }
    }

    // covers: TRK-08
    #[test]
    fn trk_08_what_is_no_pool_is_refused_with_the_item() {
        for (pool, item) in [
            ("12000-22000", "12000-22000"),
            ("12000-180000", "12000-180000"),
            ("18000-12000", "18000-12000"),
            ("12000-12000", "12000-12000"),
            ("123;*", "*"),
            ("4*4", "4*4"),
            ("*44", "*44"),
            ("12a", "12a"),
            ("1-2-3", "1-2-3"),
            ("123;123", "123"),
            ("44******;44123456", "44123456"),
            ("-5", "-5"),
            (&"1".repeat(33), &"1".repeat(33)),
        ] {
            assert_eq!(DidPool::parse(pool).map_err(|(item, _)| item), Err(item.to_owned()), "{pool}");
        }
    }

    // covers: TRK-08
    #[test]
    fn trk_08_two_tenants_share_no_number_of_a_trunk() {
        let pool = |text| DidPool::parse(text).unwrap();
        for (one, two, overlaps) in [
            ("*", "123", true),
            ("*", "*", true),
            ("*", "", false),
            ("44******", "44123456", true),
            ("44******", "4412****", true),
            ("44******", "441234567", false),
            ("1100-1200", "1200-1300", true),
            ("1100-1200", "1201-1300", false),
            ("123;456", "789;456", true),
        ] {
            assert_eq!(pool(one).overlaps(&pool(two)), overlaps, "{one} {two}");
            assert_eq!(pool(two).overlaps(&pool(one)), overlaps, "{two} {one}");
        }
    }

    // covers: TRK-08
    #[test]
    fn trk_08_the_numbers_of_a_span_come_in_order_and_keep_their_digits() {
        let all = |text: &str| Span::parse(text).unwrap().numbers().take(3).collect::<Vec<_>>();
        assert_eq!(all("0099-0120"), ["0099", "0100", "0101"]);
        assert_eq!(all("123"), ["123"]);
        assert_eq!(all("44******"), ["44000000", "44000001", "44000002"]);
        assert_eq!(Span::parse("0098-0099").unwrap().numbers().count(), 2);
    }

    // covers: INB-02
    #[test]
    fn inb_02_a_mask_is_any_one_a_length_or_a_range() {
        let span = |text: &str| Mask(text.to_owned()).span();
        assert_eq!((span(""), span("*")), (Ok(None), Ok(None)));
        let british = span("0044**********").unwrap().unwrap();
        assert!(british.contains("00442012345670") && !british.contains("0044201234567"));
        let some = span("00442012345670-00442012345680").unwrap().unwrap();
        assert!(some.contains("00442012345675") && !some.contains("00442012345681"));
        assert!(british.covers(&some) && some.size() == 11 && british.size() == 10_000_000_000);
        assert!(span("x").is_err());
    }
}
