//! The countries that can be somebody's own.

use shared::country::{COUNTRIES, Country};

/// Code and name of each, by name; `none` is what choosing none is called.
pub fn home_choices(none: &str) -> Vec<(String, String)> {
    let mut homes: Vec<&Country> = COUNTRIES.iter().filter(|country| country.is_home()).collect();
    homes.sort_by_key(|country| country.name);
    let homes = homes.into_iter().map(|country| (country.code.to_owned(), country.name.to_owned()));
    std::iter::once((String::new(), none.to_owned())).chain(homes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: E164-03
    #[test]
    fn e164_03_every_country_that_is_a_home_can_be_chosen() {
        let choices = home_choices("Not set");
        assert_eq!(choices.first().map(|(code, _)| code.as_str()), Some(""));
        for code in ["DE", "US", "KZ", "XK"] {
            assert!(choices.iter().any(|(known, _)| known == code), "{code}");
        }
        assert!(!choices.iter().any(|(code, _)| code == "XS"));
    }
}
