//! What the documents say is true.

use std::collections::BTreeSet;
use std::process::Command;

use shared::event::EventCode;
use shared::reason::Reason;

use crate::{files, read, root};

/// The features of the specification.
const FEATURES: usize = 416;

/// The targets that `make help` lists.
fn make_targets() -> BTreeSet<String> {
    let makefile = read("Makefile");
    makefile
        .lines()
        .filter(|line| line.contains(": ") && line.contains("## "))
        .filter_map(|line| Some(line.split(':').next()?.to_owned()))
        .collect()
}

/// Every line of a document that stands in a code block or between back quotes.
fn code(text: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            block = !block;
        } else if block {
            code.push(line.to_owned());
        } else {
            code.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    code
}

fn documents() -> Vec<(String, String)> {
    let own = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].into_iter().map(Into::into);
    own.chain(files("docs", "md")).map(|path: std::path::PathBuf| (path.display().to_string(), read(&path))).collect()
}

#[test]
fn every_make_word_in_a_document_is_a_target() {
    let targets = make_targets();
    for word in ["help", "setup", "run", "dev", "check", "test", "sim", "e2e", "bench", "features", "fmt", "build"] {
        assert!(targets.contains(word), "make {word} is missing or has no line of help");
    }
    for (name, text) in documents() {
        for line in code(&text) {
            let mut words = line.split_whitespace();
            if words.next() == Some("make")
                && let Some(target) = words.find(|word| !word.contains('='))
            {
                assert!(targets.contains(target), "{name}: make {target} is no target");
            }
        }
    }
}

#[test]
fn every_option_of_serve_in_a_document_is_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_belfry")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("--data"), "{help}");
    for (name, text) in documents() {
        for line in code(&text).iter().filter(|line| line.contains("belfry serve")) {
            for option in line.split_whitespace().filter(|word| word.starts_with("--")) {
                let option = option.split('=').next().unwrap().trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
                assert!(help.contains(option), "{name}: {option} is no option of belfry serve");
            }
        }
    }
}

#[test]
fn every_variable_in_a_document_is_read_by_something() {
    let output = Command::new(env!("CARGO_BIN_EXE_belfry")).args(["serve", "--help"]).output().unwrap();
    let mut known = String::from_utf8(output.stdout).unwrap();
    known.push_str(&read("Makefile"));
    for extension in ["sh", "mjs"] {
        for path in files("infra", extension).into_iter().chain(files("e2e", extension)) {
            known.push_str(&read(path));
        }
    }
    for (name, text) in documents() {
        for word in text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_') {
            if word.starts_with("BELFRY_") && word.len() > "BELFRY_".len() {
                assert!(known.contains(word), "{name}: nothing reads {word}");
            }
        }
    }
}

#[test]
fn every_file_that_a_document_links_to_exists() {
    for (name, text) in documents() {
        let folder = root().join(&name).parent().unwrap().to_path_buf();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !link.contains("://") && !link.starts_with("mailto:") {
                assert!(folder.join(path).exists(), "{name}: {link} leads nowhere");
            }
        }
    }
}

/// `backend/switch/src/stage/ring.rs` as a reader of the map names it: `switch/stage/ring.rs`.
fn short(path: &std::path::Path) -> String {
    path.display().to_string().replace("backend/", "").replace("/src/", "/")
}

#[test]
fn every_source_that_the_map_names_exists() {
    let sources: Vec<String> = ["shared", "migrations", "backend", "frontend", "infra"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .flat_map(|path| [short(&path), path.display().to_string()])
        .collect();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for words in code(&read(document)) {
            for word in words.split_whitespace().filter(|word| word.ends_with(".rs") || word.ends_with("/src")) {
                let placeholder = word.contains("NOUN") || word.contains('*');
                let exists = || {
                    let inner = format!("/{word}");
                    sources.iter().any(|source| {
                        source == word || source.ends_with(&inner) || source.contains(&format!("{word}/"))
                    })
                };
                assert!(placeholder || exists(), "{document}: there is no {word}");
            }
        }
    }
}

#[test]
fn the_catalogue_of_reasons_is_the_table_in_shared() {
    let rows: Vec<String> =
        read("docs/reasons.md").lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let table: Vec<String> = Reason::ALL
        .iter()
        .map(|reason| format!("| `{}` | {} | {} |", reason.code(), reason.sentence(), reason.fix()))
        .collect();
    assert_eq!(rows, table, "docs/reasons.md should hold:\n{}", table.join("\n"));
}

#[test]
fn the_catalogue_of_events_is_the_table_in_shared() {
    let rows: Vec<String> =
        read("docs/events.md").lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let row = |event: &EventCode| {
        let (level, source) = (event.level().word().to_lowercase(), format!("{:?}", event.source()).to_lowercase());
        format!("| `{}` | {level} | {source} | {} | {} |", event.code(), event.sentence(), event.fix())
    };
    let table: Vec<String> = EventCode::ALL.iter().map(row).collect();
    assert_eq!(rows, table, "docs/events.md should hold:\n{}", table.join("\n"));
}

/// A row of docs/features.md: the feature's ID and its tests as (path, name).
fn feature_rows() -> Vec<(String, Vec<(String, String)>)> {
    let is_id = |id: &str| id.split_once('-').is_some_and(|(_, number)| number.parse::<u32>().is_ok());
    let text = read("docs/features.md");
    text.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
            let id = cells.next().filter(|id| is_id(id))?;
            let tests = cells.last()?.split("; ").filter_map(|test| {
                let (path, name) = test.strip_prefix('`')?.split_once("`: ")?;
                Some((path.to_owned(), name.to_owned()))
            });
            Some((id.to_owned(), tests.collect()))
        })
        .collect()
}

#[test]
fn the_list_of_features_is_whole_and_names_only_tests_that_exist() {
    let rows = feature_rows();
    let ids: BTreeSet<&String> = rows.iter().map(|(id, _)| id).collect();
    assert_eq!((rows.len(), ids.len()), (FEATURES, FEATURES));
    for (id, tests) in &rows {
        for (path, name) in tests {
            assert!(read(path).contains(name.as_str()), "{id}: {path} has no test {name}; run `make features`");
        }
    }
}
