//! Makes a table of Rust out of `infra/prompts`: a constant for each phrase, its texts and its sounds.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The columns, in the order of `shared::Language::ALL`, which a test compares.
const LANGUAGES: [&str; 5] = ["en_US", "es_ES", "de_DE", "fr_FR", "zh_CN"];

/// Phrases that are looked up by a number: the constant, what stands before and after the number, and which numbers.
const FAMILIES: [(&str, &str, &str, RangeInclusive<u8>); 11] = [
    ("N", "n_", "", 0..=99),
    ("N_M", "n_", "_m", 1..=91),
    ("N_F", "n_", "_f", 1..=91),
    ("HUNDREDS", "n_", "00", 1..=9),
    ("HUNDREDS_AND", "n_", "00_and", 1..=9),
    ("HUNDREDS_F", "n_", "00_f", 2..=9),
    ("THOUSANDS", "n_", "000", 1..=9),
    ("WEEKDAYS", "weekday_", "", 1..=7),
    ("MONTHS", "month_", "", 1..=12),
    ("DAYS", "day_", "", 1..=31),
    ("HOURS", "hour_", "", 0..=23),
];
/// Of these only every tenth number exists, without eleven.
const SPARSE: [&str; 2] = ["N_M", "N_F"];

fn main() -> Result<(), Box<dyn Error>> {
    let prompts = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../infra/prompts").canonicalize()?;
    let table = prompts.join("phrases.csv");
    let sounds = prompts.join("sound");
    println!("cargo::rerun-if-changed={}", table.display());
    println!("cargo::rerun-if-changed={}", sounds.display());

    let mut reader = csv::Reader::from_path(&table)?;
    if !reader.headers()?.iter().skip(1).eq(LANGUAGES) {
        return Err(format!("{}: its columns are to be name and {LANGUAGES:?}", table.display()).into());
    }
    let rows = reader.records().collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    let (mut constants, mut entries) = (String::new(), String::new());
    for (index, row) in rows.iter().enumerate() {
        let name = row.get(0).unwrap_or_default();
        let english = row.get(1).filter(|text| !text.is_empty()).ok_or_else(|| format!("{name} has no English"))?;
        if !names.insert(name) {
            return Err(format!("{name} stands twice in {}", table.display()).into());
        }
        writeln!(constants, "/// \"{english}\"\npub const {}: Phrase = Phrase({index});", name.to_uppercase())?;
        write!(entries, "Row {{ name: {name:?}, spoken: [")?;
        for (language, text) in LANGUAGES.into_iter().zip(row.iter().skip(1)) {
            entries.push_str(&spoken(&sounds, language, name, text)?);
        }
        entries.push_str("] },\n");
    }

    let count = rows.len();
    let written = format!(
        "/// Every phrase by its name.\npub mod phrase {{\nuse super::Phrase;\n{constants}}}\n{}\
         static ROWS: [Row; {count}] = [\n{entries}];\n",
        families()?
    );
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("table.rs"), written)?;
    Ok(())
}

/// What one language has of a phrase, as an expression.
fn spoken(sounds: &Path, language: &str, name: &str, text: &str) -> Result<String, Box<dyn Error>> {
    if text.is_empty() {
        return Ok("None, ".to_owned());
    }
    let sound = sounds.join(language).join(format!("{name}.opus"));
    if !sound.is_file() {
        return Err(format!("{} is missing: run infra/prompts/make.py {language} {name}", sound.display()).into());
    }
    println!("cargo::rerun-if-changed={}", sound.display());
    Ok(format!("Some(Spoken {{ text: {text:?}, sound: include_bytes!({sound:?}) }}), "))
}

/// The tables from a number to a phrase. They name the constants, so the compiler sees one that is missing.
fn families() -> Result<String, std::fmt::Error> {
    let mut written = String::new();
    for (constant, before, after, numbers) in FAMILIES {
        write!(written, "pub(crate) const {constant}: &[(u8, Phrase)] = &[")?;
        for number in numbers.filter(|&number| !SPARSE.contains(&constant) || (number % 10 == 1 && number != 11)) {
            write!(written, "({number}, phrase::{}), ", format!("{before}{number}{after}").to_uppercase())?;
        }
        written.push_str("];\n");
    }
    Ok(written)
}
