//! The phrases, their texts and their sounds.

use shared::language::Language;

/// One of the system's own phrases; [`phrase`] names them all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phrase(u16);

struct Row {
    name: &'static str,
    /// In the order of [`Language::ALL`].
    spoken: [Option<Spoken>; Language::ALL.len()],
}

struct Spoken {
    text: &'static str,
    sound: &'static [u8],
}

const NOTHING: Spoken = Spoken { text: "", sound: &[] };

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The phrase as Ogg Opus, mono. What the language lacks is said in English.
pub fn sound(language: Language, phrase: Phrase) -> &'static [u8] {
    phrase.spoken(language).sound
}

/// What is heard in [`sound`].
pub fn text(language: Language, phrase: Phrase) -> &'static str {
    phrase.spoken(language).text
}

/// What is heard when the phrases are played one after the other.
pub fn sentence(language: Language, phrases: &[Phrase]) -> String {
    let between = if language == Language::ZhCn { "" } else { " " };
    phrases.iter().map(|&phrase| text(language, phrase)).collect::<Vec<_>>().join(between)
}

impl Phrase {
    /// All phrases, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u16..).take(ROWS.len()).map(Self)
    }

    /// The phrase of a name such as `vm_pin`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|phrase| phrase.name() == name)
    }

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        ROWS.get(usize::from(self.0)).map_or("", |row| row.name)
    }

    /// Whether the language has words of its own for it.
    pub fn is_in(self, language: Language) -> bool {
        self.own(language).is_some()
    }

    fn own(self, language: Language) -> Option<&'static Spoken> {
        let row = ROWS.get(usize::from(self.0))?;
        let column = Language::ALL.iter().position(|&other| other == language)?;
        row.spoken.get(column)?.as_ref()
    }

    fn spoken(self, language: Language) -> &'static Spoken {
        self.own(language).or_else(|| self.own(Language::EnUs)).unwrap_or(&NOTHING)
    }
}

impl std::fmt::Debug for Phrase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The phrase of a number in one of the table's families.
pub(crate) fn of_number(family: &[(u8, Phrase)], number: u64) -> Option<Phrase> {
    family.iter().find(|(own, _)| u64::from(*own) == number).map(|(_, phrase)| *phrase)
}
