//! Every phrase, its words and its sound.

use std::path::{Path, PathBuf};

use shared::language::Language;
use speech::{Phrase, phrase, sound, text};

/// Opus counts in these, whatever it was made from.
const SAMPLES_PER_SECOND: f64 = 48_000.0;

fn prompts() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate lies");
    Path::new(&here).join("../../infra/prompts")
}

/// How long an Ogg Opus stream lasts, read from its pages; panics where it is none.
fn seconds(bytes: &[u8]) -> f64 {
    let mut at = 0;
    let mut granule = 0;
    let mut pages = 0;
    while at < bytes.len() {
        assert_eq!(&bytes[at..at + 4], b"OggS");
        granule = u64::from_le_bytes(bytes[at + 6..at + 14].try_into().unwrap());
        let segments = usize::from(bytes[at + 26]);
        let body: usize = bytes[at + 27..at + 27 + segments].iter().map(|&length| usize::from(length)).sum();
        at += 27 + segments + body;
        pages += 1;
    }
    assert_eq!(at, bytes.len(), "the last page is cut");
    assert!(pages >= 3);
    let head = &bytes[28..];
    assert_eq!(&head[..8], b"OpusHead");
    assert_eq!(head[9], 1, "mono");
    let skipped = u64::from(u16::from_le_bytes([head[10], head[11]]));
    (granule - skipped) as f64 / SAMPLES_PER_SECOND
}

// covers: LNG-01
#[test]
fn lng_01_every_phrase_has_words_and_sound_in_english_and_so_in_every_language() {
    for phrase in Phrase::all() {
        assert!(phrase.is_in(Language::EnUs), "{phrase:?}");
        for language in Language::ALL {
            assert!(!text(language, phrase).is_empty(), "{phrase:?} in {language:?}");
            let seconds = seconds(sound(language, phrase));
            assert!((0.1..20.0).contains(&seconds), "{phrase:?} in {language:?} lasts {seconds} s");
        }
    }
}

// covers: LNG-01
#[test]
fn lng_01_what_a_language_lacks_is_said_in_english() {
    assert!(!phrase::TEN_THOUSAND.is_in(Language::DeDe));
    assert_eq!(text(Language::DeDe, phrase::TEN_THOUSAND), "ten thousand");
    assert_eq!(sound(Language::DeDe, phrase::TEN_THOUSAND), sound(Language::EnUs, phrase::TEN_THOUSAND));
    assert_ne!(sound(Language::DeDe, phrase::GOODBYE), sound(Language::EnUs, phrase::GOODBYE));
}

// covers: LNG-01
#[test]
fn lng_01_whole_sentences_are_in_every_language() {
    for phrase in Phrase::all().filter(|&phrase| text(Language::EnUs, phrase).ends_with('.') && phrase.name().len() > 2)
    {
        for language in Language::ALL {
            assert!(phrase.is_in(language), "{phrase:?} in {language:?}");
        }
    }
}

// covers: LNG-01
#[test]
fn lng_01_the_columns_are_the_languages_that_the_server_speaks() {
    let table = std::fs::read_to_string(prompts().join("phrases.csv")).unwrap();
    let codes: Vec<_> = table.lines().next().unwrap().split(',').skip(1).collect();
    assert_eq!(codes, Language::ALL.map(Language::code));
}

// covers: LNG-01
#[test]
fn lng_01_no_sound_lies_there_that_the_table_does_not_name() {
    let folders: Vec<_> =
        std::fs::read_dir(prompts().join("sound")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), Language::ALL.len());
    for folder in folders {
        let language = Language::of_code(folder.file_name().unwrap().to_str().unwrap()).unwrap();
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            assert_eq!(file.extension().unwrap(), "opus", "{file:?}");
            let named = Phrase::of_name(file.file_stem().unwrap().to_str().unwrap());
            assert!(named.is_some_and(|phrase| phrase.is_in(language)), "{file:?}");
        }
    }
}

#[test]
fn a_phrase_is_found_by_its_name() {
    assert_eq!(Phrase::of_name("vm_pin"), Some(phrase::VM_PIN));
    assert_eq!(phrase::VM_PIN.name(), "vm_pin");
    assert_eq!(Phrase::of_name("vm_ping"), None);
}
