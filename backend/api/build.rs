//! Makes the folder of the built SPA when it is missing, so that the server and its tests build without it.

use std::path::Path;

fn main() {
    let folder = Path::new("../../frontend/dist");
    // Where it cannot be made, `rust-embed` says so in clearer words than this could.
    let _ = std::fs::create_dir_all(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
}
