//! What a person types or pastes, made into something to dial.

/// The longest number that is dialled.
const CHARACTERS_MAX: usize = 64;

/// The user part to dial: spaces, dots, dashes, slashes and brackets taken out, `tel:` and `sip:` addresses understood.
///
/// # Errors
/// One sentence, when nothing that can be dialled is left.
pub fn dialable(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let rest = ["sip:", "sips:", "tel:"]
        .iter()
        .find_map(|scheme| typed.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme)).map(str::len))
        .and_then(|length| typed.get(length..))
        .unwrap_or(typed);
    let user = rest.split(['@', ';', '?']).next().unwrap_or_default();
    // A country's trunk zero in brackets is not dialled after the country code.
    let user = if user.starts_with('+') { user.replace("(0)", "") } else { user.to_owned() };
    let number: String =
        user.chars().filter(|c| !c.is_whitespace() && !"-.()/[]\u{2010}\u{2011}\u{2013}".contains(*c)).collect();
    match number {
        number if number.is_empty() => Err("Type a number or a name first."),
        number if number.len() > CHARACTERS_MAX => Err("That is too long to be a number."),
        number if number.chars().enumerate().all(|(at, c)| fits(at, c)) => Ok(number),
        _ => Err("A number has digits, letters, * and # only."),
    }
}

fn fits(at: usize, c: char) -> bool {
    c.is_ascii_alphanumeric() || "*#_".contains(c) || (c == '+' && at == 0)
}

/// As the user part of a SIP URI, where `#` must be escaped (RFC 3261, 25.1).
pub fn uri_user(number: &str) -> String {
    number.replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RTC-03
    #[test]
    fn pasted_numbers_are_understood() {
        for (typed, number) in [
            ("102", "102"),
            (" 1 02 ", "102"),
            ("+44 (0)20 7946-0123", "+442079460123"),
            ("(020) 7946.0123", "02079460123"),
            ("tel:+1-201-555-0123;ext=5", "+12015550123"),
            ("SIP:bob@acme.localhost", "bob"),
            ("*97", "*97"),
            ("#31#", "#31#"),
        ] {
            assert_eq!(dialable(typed), Ok(number.to_owned()), "{typed}");
        }
        for typed in ["", "  ", "-", "1+2", "a\r\nb<", "a\"b", &"1".repeat(65)] {
            assert!(dialable(typed).is_err(), "{typed}");
        }
        assert_eq!(uri_user("#31#"), "%2331%23");
    }
}
