//! Text inside XML. What people have typed into names ends up here (S19).

use std::fmt;

/// Text or an attribute's value, written so that it stays text: markup is escaped, and what XML 1.0 cannot carry at all
/// (control characters, U+FFFE, U+FFFF) becomes a space.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_str(" ")?,
                c => fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}

/// The first line of every document.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S19
    #[test]
    fn s19_no_name_can_leave_its_element() {
        let hostile = "</note><basic>open</basic>&lf;\"'\u{0}\u{1b}\r\n\u{ffff}]]>é😀";
        let text = Text(hostile).to_string();
        assert_eq!(text, "&lt;/note&gt;&lt;basic&gt;open&lt;/basic&gt;&amp;lf;&quot;&apos;     ]]&gt;é😀");
        let document = format!("<note a=\"{text}\">{text}</note>");
        let mut reader = quick_xml::Reader::from_str(&document);
        let mut events = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                event => events.push(format!("{event:?}").split('(').next().unwrap().to_owned()),
            }
        }
        assert_eq!((events.first().unwrap().as_str(), events.last().unwrap().as_str()), ("Start", "End"));
        assert_eq!(events.iter().filter(|kind| matches!(kind.as_str(), "Start" | "Empty")).count(), 1, "{events:?}");
    }
}
