//! Amounts, in integer millionths of the tenant's currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount in millionths of the currency unit; never a binary float. On the wire: a string with six decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct Money(pub i64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", abs / 1_000_000, abs % 1_000_000)
    }
}

impl FromStr for Money {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "an amount is digits with at most six decimals";
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 6 || !all_digits(whole) || !all_digits(fraction) {
            return Err(SHAPE);
        }
        let whole: i64 = whole.parse().map_err(|_| SHAPE)?;
        let fraction: i64 = format!("{fraction:0<6}").parse().map_err(|_| SHAPE)?;
        let value = whole.checked_mul(1_000_000).and_then(|v| v.checked_add(fraction)).ok_or(SHAPE)?;
        Ok(Self(if negative { -value } else { value }))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_survive_text() {
        for (text, millionths) in [("0.000000", 0), ("1.500000", 1_500_000), ("-0.000001", -1)] {
            assert_eq!(text.parse::<Money>().unwrap(), Money(millionths));
            assert_eq!(Money(millionths).to_string(), text);
        }
        assert!("1.0000001".parse::<Money>().is_err());
        assert!("1,5".parse::<Money>().is_err());
        assert!("99999999999999999999".parse::<Money>().is_err());
    }
}
