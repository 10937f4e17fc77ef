//! How a value is written so that it stays a value, whatever somebody has called themselves. Every value of a template passes through here
//! by itself (`template.rs`): there is none that could be forgotten.

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// XML, in text and in attributes.
    Xml,
    /// `name = value`, to the end of the line.
    Line,
    /// `name: "value"` or `NAME="value"`; no vendor has a way to write a quotation mark inside.
    Quoted,
}

impl Format {
    /// The name by which the engine hands it back.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Line => "line",
            Self::Quoted => "quoted",
        }
    }

    /// The format of that name.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Xml, Self::Line, Self::Quoted].into_iter().find(|format| format.word() == word)
    }

    /// The text, as it is written in a file of this format.
    pub fn escape(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for character in text.chars().map(on_one_line).filter(|character| is_written(*character)) {
            match (self, character) {
                (Self::Xml, '&') => out.push_str("&amp;"),
                (Self::Xml, '<') => out.push_str("&lt;"),
                (Self::Xml, '>') => out.push_str("&gt;"),
                (Self::Xml, '"') => out.push_str("&quot;"),
                (Self::Xml, '\'') => out.push_str("&apos;"),
                (Self::Quoted, '"') => out.push('\''),
                (Self::Quoted, '\\') => out.push('/'),
                (_, character) => out.push(character),
            }
        }
        out
    }
}

/// What ends a line, or is no character that is shown, becomes a space.
fn on_one_line(character: char) -> char {
    if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') { ' ' } else { character }
}

/// XML 1.0 has no such characters (2.2), and no phone shows them.
const fn is_written(character: char) -> bool {
    !matches!(character, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

/// What may stand in a number, a host or the name of a zone; nothing that means something in one of the formats.
pub fn plain(text: &str) -> String {
    let written = |character: &char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '*' | '#' | '+' | '-' | '_' | '.' | '/' | ':' | '[' | ']')
    };
    text.chars().filter(written).collect()
}

/// What is dialled: as [`plain`], without what ends a number in the compound values of some vendors.
pub fn dialled(text: &str) -> String {
    plain(text).chars().filter(|character| !matches!(character, '/' | ':' | '[' | ']')).collect()
}

/// A label inside a compound value such as `fnc=sd;nme=LABEL`.
pub fn in_compound(text: &str) -> String {
    text.chars()
        .map(|character| if matches!(character, ';' | '=' | ',' | '|' | '$') { ' ' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_value_before_its_end() {
        let hostile = "a\"b'c<d>&e\\f\r\ng\u{85}h\u{2028}i\u{0}j";
        assert_eq!(Format::Xml.escape(hostile), "a&quot;b&apos;c&lt;d&gt;&amp;e\\f  g h i j");
        assert_eq!(Format::Line.escape(hostile), "a\"b'c<d>&e\\f  g h i j");
        assert_eq!(Format::Quoted.escape(hostile), "a'b'c<d>&e/f  g h i j");
        assert_eq!(dialled("1@x;2\n\"*#+/:"), "1x2*#+");
        assert_eq!(in_compound("Sales;nme=x"), "Sales nme x");
    }

    #[test]
    fn each_format_is_found_by_its_name() {
        for format in [Format::Xml, Format::Line, Format::Quoted] {
            assert_eq!(Format::of_word(format.word()), Some(format));
        }
        assert_eq!(Format::of_word("html"), None);
    }
}
