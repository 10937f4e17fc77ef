//! Rules of single fields, the same in the browser and on the server.

use crate::problem::FieldProblem;

/// Gathers what is wrong with a form; empty means right.
#[derive(Debug, Default)]
pub struct Check {
    problems: Vec<FieldProblem>,
}

impl Check {
    /// Notes a problem unless `right`.
    pub fn that(&mut self, right: bool, field: &str, reason: &str) -> &mut Self {
        if !right {
            self.problems.push(FieldProblem::new(field, reason));
        }
        self
    }

    /// A name of people or things: 1–64 characters, no control characters.
    pub fn name(&mut self, field: &str, value: &str) -> &mut Self {
        self.that(
            is_clean(value) && (1..=64).contains(&value.trim().chars().count()),
            field,
            "A name has 1 to 64 characters and no control characters.",
        )
    }

    /// An extension number: 3–64 letters or digits (EXT-02).
    pub fn number(&mut self, field: &str, value: &str) -> &mut Self {
        self.that(is_number(value), field, "A number has 3 to 64 digits or letters.")
    }

    /// A SIP domain: a host name or an address (TRN-01), at most 253 characters.
    pub fn domain(&mut self, field: &str, value: &str) -> &mut Self {
        self.that(is_domain(value), field, "A domain looks like acme.example: letters, digits, dots and hyphens.")
    }

    /// An e-mail address.
    pub fn email(&mut self, field: &str, value: &str) -> &mut Self {
        self.that(is_email(value), field, "An e-mail address looks like name@example.com.")
    }

    /// A password of a portal account (ACC-09).
    pub fn password(&mut self, field: &str, value: &str) -> &mut Self {
        self.that(
            is_password(value),
            field,
            "A password has 8 to 128 characters with at least one digit, one lower-case and one upper-case letter.",
        )
    }

    /// What was found wrong.
    pub fn finish(&mut self) -> Vec<FieldProblem> {
        std::mem::take(&mut self.problems)
    }
}

/// No control characters, no bidirectional overrides.
pub fn is_clean(value: &str) -> bool {
    !value
        .chars()
        .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c))
}

/// 3–64 ASCII letters or digits.
pub fn is_number(value: &str) -> bool {
    (3..=64).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Labels of letters, digits and hyphens, at most 253 characters.
pub fn is_domain(value: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    value.len() <= 253 && value.split('.').all(label)
}

/// Something, an at sign, a domain with a dot or `localhost` at its end.
pub fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && is_clean(local)
        && local.is_ascii()
        && !local.contains(|c: char| c.is_whitespace() || "()<>[]:;,\\\"@".contains(c));
    local_ok && is_domain(domain) && (domain.contains('.') || domain == "localhost")
}

/// ACC-09 with the raised upper limit.
pub fn is_password(value: &str) -> bool {
    (8..=128).contains(&value.chars().count())
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(char::is_lowercase)
        && value.chars().any(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acc_09_passwords_have_three_kinds_of_characters() {
        for weak in ["111111", "Short1", "nodigitsHere", "nouppercase1", "NOLOWERCASE1"] {
            assert!(!is_password(weak), "{weak}");
        }
        assert!(is_password("Correct9Horse"));
        assert!(!is_password(&format!("Aa1{}", "x".repeat(126))));
    }

    #[test]
    fn domains_and_addresses() {
        for good in ["acme.localhost", "acme.example", "10.0.0.1", "a"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in ["", ".", "a..b", "-a.b", "a_b.c", "a b", &"a".repeat(64)] {
            assert!(!is_domain(bad), "{bad}");
        }
        assert!(is_email("bob@acme.localhost"));
        for bad in ["bob", "@a.b", "bob@", "b ob@a.b", "bob@a", "b\r\nob@a.b"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
