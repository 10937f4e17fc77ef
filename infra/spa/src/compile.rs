//! Cargo, for the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

const TARGET: &str = "wasm32-unknown-unknown";

/// Leptos's views behind one type: without it each page is a type of its own, slow to compile and large.
const RUSTFLAGS: &str = "--cfg=erase_components";

/// Builds `frontend` and says where its WebAssembly lies.
pub fn wasm(root: &Path, dev: bool) -> Result<PathBuf> {
    let profile = if dev { "wasm-dev" } else { "wasm-release" };
    let status = cargo(root)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS)
        .args(["build", "--package", "frontend", "--bin", "frontend", "--target", TARGET, "--profile", profile])
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("the frontend does not compile; if the target is missing: rustup target add {TARGET}");
    }
    Ok(target_folder(root)?.join(TARGET).join(profile).join("frontend.wasm"))
}

/// Where cargo puts what it builds, whatever environment or configuration says.
fn target_folder(root: &Path) -> Result<PathBuf> {
    let output = cargo(root).args(["metadata", "--format-version", "1", "--no-deps"]).output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let folder = metadata.get("target_directory").and_then(serde_json::Value::as_str);
    Ok(folder.context("cargo metadata names no target folder")?.into())
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}
