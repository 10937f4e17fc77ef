//! What `fuzz/` begins with and what it has found, without the fuzzer: every file of its corpus.
// covers: S1, S2, S13

use std::path::Path;

use crate::hostile;

/// A panic names its file: the last that was printed.
fn replay(folder: &str, least: usize, door: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(folder);
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= least, "{} files", files.len());
    for file in files {
        println!("{}", file.display());
        door(&std::fs::read(file).unwrap());
    }
}

#[test]
fn s2_the_corpus_of_descriptions_does_no_harm() {
    replay("sdp", 12, hostile::sdp);
}

#[test]
fn s13_the_corpus_of_rtp_and_rtcp_does_no_harm() {
    replay("rtp_rtcp", 4, hostile::rtp_rtcp);
}

#[test]
fn s13_the_corpus_of_checks_does_no_harm() {
    replay("stun", 4, hostile::stun);
}
