//! The rules of the house that a compiler does not know.

use std::collections::BTreeMap;

use toml::Table;

use crate::{files, read};

/// Which of our crates each one may import: every arrow falls (ARCHITECTURE.md).
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("migrations", &[]),
    ("spa", &[]),
    ("sip", &["shared"]),
    ("media", &["shared"]),
    ("billing", &["shared"]),
    ("speech", &["shared"]),
    ("provisioning", &["shared"]),
    ("certificate", &["shared"]),
    ("sound", &["shared"]),
    ("store", &["shared", "migrations"]),
    ("switch", &["shared", "sip", "media", "billing", "speech"]),
    ("jobs", &["shared", "billing", "certificate", "sound", "store"]),
    ("api", &["shared", "certificate", "provisioning", "sound", "store"]),
    ("frontend", &["shared", "sip"]),
    ("server", &["shared", "sip", "media", "certificate", "sound", "speech", "store", "switch", "jobs", "api"]),
    ("sim", &["shared", "sip", "media", "switch"]),
];

/// One heavy friend, one crate: who else imported it would wait for it at every build.
const HEAVY_FRIENDS: &[(&str, &[&str])] = &[
    ("rsip", &["sip"]),
    ("rtc-dtls", &["media"]),
    ("rtc-srtp", &["media"]),
    ("rtc-stun", &["media"]),
    ("ropus", &["media", "sound"]),
    ("symphonia", &["sound"]),
    ("rubato", &["sound"]),
    ("ogg", &["sound"]),
    ("sea-orm", &["store"]),
    ("sea-orm-migration", &["store", "migrations"]),
    ("rcgen", &["certificate"]),
    ("minijinja", &["provisioning"]),
    ("x509-parser", &["certificate"]),
    ("jsonwebtoken", &["api"]),
    ("argon2", &["api"]),
    ("lettre", &["jobs"]),
    ("object_store", &["jobs"]),
    ("instant-acme", &["jobs"]),
    ("reqwest", &["jobs"]),
    ("leptos", &["frontend"]),
    ("axum", &["api", "server"]),
    ("tokio", &["api", "jobs", "server", "store"]),
];

/// Words that name no subject.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "common", "helpers", "manager", "service", "misc"];

/// Each crate's own manifest, by its name.
fn manifests() -> BTreeMap<String, Table> {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| {
            let manifest: Table = read(format!("{}/Cargo.toml", member.as_str().unwrap())).parse().unwrap();
            (manifest["package"]["name"].as_str().unwrap().to_owned(), manifest)
        })
        .collect()
}

/// What a manifest imports to be built, for every target.
fn imports(manifest: &Table) -> Vec<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(|targets| targets.as_table()) {
        tables.extend(targets.values().filter_map(|target| target.as_table()));
    }
    tables
        .iter()
        .flat_map(|table| ["dependencies", "build-dependencies"].into_iter().filter_map(|kind| table.get(kind)))
        .flat_map(|dependencies| dependencies.as_table().unwrap().keys().cloned())
        .collect()
}

#[test]
fn every_arrow_between_our_crates_falls() {
    let manifests = manifests();
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    for (name, manifest) in &manifests {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no row in MAY_IMPORT"));
        for import in imports(manifest).iter().filter(|import| manifests.contains_key(*import)) {
            assert!(allowed.contains(&import.as_str()), "{name} may not import {import}");
        }
    }
    assert_eq!(manifests.len(), allowed.len(), "a row of MAY_IMPORT names no crate");
}

#[test]
fn a_heavy_friend_lives_in_one_crate() {
    for (name, manifest) in &manifests() {
        for import in imports(manifest) {
            let homes = HEAVY_FRIENDS.iter().find(|(friend, _)| *friend == import);
            assert!(homes.is_none_or(|(_, homes)| homes.contains(&name.as_str())), "{name} may not import {import}");
        }
    }
}

#[test]
fn nothing_of_ours_imports_the_process_or_the_simulation() {
    for (name, manifest) in &manifests() {
        let dev = manifest.get("dev-dependencies").and_then(|dev| dev.as_table());
        for import in imports(manifest).iter().chain(dev.iter().flat_map(|dev| dev.keys())) {
            assert!(!["server", "sim"].contains(&import.as_str()), "{name} may not import {import}");
        }
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_house() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let house = workspace["workspace"]["lints"]["clippy"].as_table().unwrap().clone();
    for (name, manifest) in &manifests() {
        let lints = manifest.get("lints").unwrap_or_else(|| panic!("{name} has no [lints]"));
        // A program that nobody imports may leave out the docstrings, and nothing else.
        let clippy = lints.get("clippy").and_then(|clippy| clippy.as_table());
        let all = lints.get("workspace").and_then(|all| all.as_bool()) == Some(true);
        assert!(all || clippy == Some(&house), "{name} has lints of its own");
    }
}

#[test]
fn files_are_named_after_a_subject() {
    let rust = ["shared", "migrations", "backend", "frontend", "infra"].iter().flat_map(|folder| files(folder, "rs"));
    for path in rust.filter(|path| path.components().any(|part| part.as_os_str() == "src")) {
        let names = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        for name in names {
            let stem = name.trim_end_matches(".rs");
            assert!(!EMPTY_NAMES.contains(&stem), "{} says nothing about its subject", path.display());
        }
    }
}

#[test]
fn money_is_never_a_float() {
    for path in files("backend/billing/src", "rs").into_iter().chain(["shared/src/money.rs".into()]) {
        for (index, line) in read(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let float =
                code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| ["f32", "f64"].contains(&word));
            assert!(!float, "{}:{}: {line}", path.display(), index + 1);
        }
    }
}

/// Where a library wants its own kind of time; it is an origin to count from, never read again.
const CLOCK_ORIGINS: [&str; 1] = ["backend/media/src/browser_leg/identity.rs"];

#[test]
fn the_pure_crates_read_no_clock_and_roll_no_dice() {
    let banned = [
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Zoned::now",
        "Timestamp::now",
        "rand::rng(",
        "rand::random",
        "thread_rng",
        "OsRng",
    ];
    let pure = [
        "shared",
        "backend/sip",
        "backend/media",
        "backend/billing",
        "backend/sound",
        "backend/speech",
        "backend/switch",
        "backend/sim",
    ];
    for folder in pure {
        let sources = files(&format!("{folder}/src"), "rs").into_iter();
        for path in sources.filter(|path| !CLOCK_ORIGINS.iter().any(|origin| path.ends_with(origin))) {
            let text = read(&path);
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in banned {
                let found = code.lines().position(|line| line.split("//").next().unwrap_or_default().contains(word));
                assert!(found.is_none(), "{}:{}: {word}", path.display(), found.unwrap_or_default() + 1);
            }
        }
    }
}
