//! Whether a person can be reached, as a document (RFC 3863, RFC 4480): written for watchers, read from PUBLISH.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::event::xml::{DECLARATION, Text};

/// The largest document that is read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 16_384;
/// The longest note that is kept, in characters.
pub const NOTE_CHARACTERS_MAX: usize = 140;
/// The most pieces of XML that are read before a document counts as not one of presence.
const PIECES_MAX: usize = 1_000;

/// What somebody does (RFC 4480, 3.2), as far as it makes a difference here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Talks.
    OnThePhone,
    /// Does not want to be disturbed.
    Busy,
    /// Is not there.
    Away,
}

impl Activity {
    const ALL: [Self; 3] = [Self::OnThePhone, Self::Busy, Self::Away];

    const fn element(self) -> &'static str {
        match self {
            Self::OnThePhone => "on-the-phone",
            Self::Busy => "busy",
            Self::Away => "away",
        }
    }
}

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Can be reached.
    pub open: bool,
    /// What it does.
    pub activity: Option<Activity>,
    /// What it says.
    pub note: String,
}

/// The document.
pub fn document(number: &str, domain: &str, presence: &Presence) -> String {
    let basic = if presence.open { "open" } else { "closed" };
    let number = Text(number);
    let note = Text(&presence.note);
    let mut text = format!(
        "{DECLARATION}<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"sip:{number}@{domain}\">\n\
         <tuple id=\"t{number}\"><status><basic>{basic}</basic></status><contact>sip:{number}@{domain}</contact>"
    );
    // Writing into a string cannot fail.
    if !presence.note.is_empty() {
        let _ = write!(text, "<note>{note}</note>");
    }
    text.push_str("</tuple>\n");
    if let Some(activity) = presence.activity {
        let element = activity.element();
        let _ = writeln!(
            text,
            "<dm:person id=\"p{number}\"><rpid:activities><rpid:{element}/></rpid:activities></dm:person>"
        );
    }
    text.push_str("</presence>\n");
    text
}

/// Reads a published document; none where it is not one of presence. Names are read without their prefixes, and entities
/// of a document's own are never expanded.
pub fn read(body: &[u8]) -> Option<Presence> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= DOCUMENT_BYTES_MAX)?;
    let mut reader = Reader::from_str(text);
    let mut presence = Presence::default();
    let (mut path, mut basic) = (Vec::<String>::new(), None);
    for _ in 0..PIECES_MAX {
        match reader.read_event().ok()? {
            Event::Start(start) => path.push(start.local_name().as_ref().to_owned()),
            Event::Empty(empty) => note_activity(&mut presence, empty.local_name().as_ref()),
            Event::End(_) => note_activity(&mut presence, &path.pop()?),
            Event::Text(piece) => {
                let piece: &str = piece.as_ref();
                match path.last().map(String::as_str) {
                    Some("basic") => basic = Some(piece.trim() == "open"),
                    Some("note") => push_note(&mut presence.note, piece),
                    _ => {}
                }
            }
            Event::GeneralRef(entity) if path.last().is_some_and(|name| name == "note") => {
                let character = match entity.resolve_char_ref().ok()? {
                    Some(character) => character,
                    None => predefined(entity.as_ref())?,
                };
                push_note(&mut presence.note, character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return None,
            Event::Eof => {
                presence.open = basic?;
                return path.is_empty().then_some(presence);
            }
            _ => {}
        }
    }
    None
}

fn note_activity(presence: &mut Presence, element: &str) {
    if let Some(activity) = Activity::ALL.into_iter().find(|activity| activity.element() == element) {
        presence.activity = presence.activity.or(Some(activity));
    }
}

fn push_note(note: &mut String, piece: &str) {
    let room = NOTE_CHARACTERS_MAX.saturating_sub(note.chars().count());
    note.extend(piece.chars().map(|c| if c.is_control() { ' ' } else { c }).take(room));
}

fn predefined(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: MSG-01, S19
    #[test]
    fn msg_01_what_is_written_is_read_back_whatever_the_note() {
        for note in ["", "At lunch", "</note><basic>closed</basic>", "R&D \"<3\" 'é😀"] {
            for activity in [None, Some(Activity::Busy), Some(Activity::OnThePhone), Some(Activity::Away)] {
                let presence = Presence { open: true, activity, note: note.to_owned() };
                assert_eq!(read(document("101", "acme.localhost", &presence).as_bytes()), Some(presence));
            }
        }
    }

    #[test]
    fn documents_of_other_makers_are_read() {
        let text = "<?xml version='1.0' encoding='UTF-8'?><p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' \
                    xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' entity='sip:1@h'><p:tuple id='x'><p:status>\
                    <p:basic>open</p:basic></p:status></p:tuple><r:activities><r:away></r:away></r:activities></p:presence>";
        let presence = read(text.as_bytes()).unwrap();
        assert_eq!((presence.open, presence.activity), (true, Some(Activity::Away)));
    }

    #[test]
    fn what_is_no_presence_is_not_read() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><presence><basic>open</basic><note>&b;</note></presence>";
        let own = "<presence><basic>open</basic><note>&b;</note></presence>";
        let many = format!("<presence>{}<basic>open</basic></presence>", "<x/>".repeat(2_000));
        let large = format!("<presence><basic>open</basic><note>{}</note></presence>", "x".repeat(20_000));
        for text in ["", "hello", "<presence>", "<presence/>", "<a></b>", bomb, own, &many, &large] {
            assert_eq!(read(text.as_bytes()), None, "{}", text.get(..40.min(text.len())).unwrap_or_default());
        }
        assert_eq!(read(b"<presence><basic>\xff</basic></presence>"), None);
    }
}
