//! What `fuzz/` begins with and what it has found, without the fuzzer: every file of its corpus.
// covers: S1, S6, S11, S12, S16

use std::path::{Path, PathBuf};

use crate::hostile;

fn files(folders: &[&str]) -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = |folder: &&str| std::fs::read_dir(home.join(folder)).unwrap().map(|entry| entry.unwrap().path());
    folders.iter().flat_map(list).collect()
}

/// A panic names its file: the last that was printed.
fn replay(folders: &[&str], least: usize, door: fn(&[u8])) {
    let files = files(folders);
    assert!(files.len() >= least, "{} files", files.len());
    for file in files {
        println!("{}", file.display());
        door(&std::fs::read(file).unwrap());
    }
}

#[test]
fn s1_the_corpus_of_messages_does_no_harm() {
    let folders = ["fuzz/corpus/message", "backend/sip/tests/corpus/rfc4475", "backend/sip/tests/corpus/rfc5118"];
    replay(&folders, 64, hostile::message);
}

#[test]
fn s11_the_corpus_of_streams_does_no_harm() {
    replay(&["fuzz/corpus/framing", "backend/sip/tests/corpus/rfc4475"], 52, hostile::framing);
}

#[test]
fn s6_the_corpus_of_credentials_opens_nothing() {
    replay(&["fuzz/corpus/digest"], 4, hostile::digest);
}

#[test]
fn s12_the_corpus_of_what_browsers_say_leaves_nothing() {
    replay(&["fuzz/corpus/websocket"], 4, hostile::websocket);
}
