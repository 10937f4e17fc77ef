//! The stylesheet, by Tailwind's command line.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Builds `style/input.css`; installs the tools first when they are missing.
pub fn build(frontend: &Path, dev: bool) -> Result<String> {
    let tailwind = frontend.join("node_modules/.bin/tailwindcss");
    if !tailwind.exists() {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]), frontend)
            .context("Tailwind's tools cannot be installed (Node.js and npm are needed)")?;
    }
    let mut command = Command::new(&tailwind);
    command.args(["--input", "style/input.css", "--output", "-"]);
    if !dev {
        command.arg("--minify");
    }
    run(&mut command, frontend)
}

fn run(command: &mut Command, folder: &Path) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.current_dir(folder).output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
