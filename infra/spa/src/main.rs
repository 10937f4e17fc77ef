//! Builds the single-page app: `cargo run -p spa -- [--dev] [--out DIR]`.
//!
//! `compile` makes the WebAssembly, `bindgen` its JavaScript, `style` the stylesheet, `publish` names every file by its
//! content, compresses it and writes the page that loads it.
//!
//! **Invariant:** nothing in the page is inline, so that it runs under `script-src 'self' 'wasm-unsafe-eval'`.

mod bindgen;
mod compile;
mod publish;
mod style;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let root = root()?;
    let frontend = root.join("frontend");
    let out = options.out.unwrap_or_else(|| frontend.join("dist"));

    let wasm = compile::wasm(&root, options.dev)?;
    let code = bindgen::generate(&wasm, options.dev)?;
    let style = style::build(&frontend, options.dev)?;
    publish::write(&publish::Parts { code, style, frontend: &frontend, compress: !options.dev }, &out)
}

/// What the command line says.
struct Options {
    dev: bool,
    out: Option<PathBuf>,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { dev: false, out: None };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--dev" => options.dev = true,
                "--out" => options.out = Some(words.next().context("--out needs a folder")?.into()),
                _ => bail!("unknown option {word}; usage: spa [--dev] [--out DIR]"),
            }
        }
        Ok(options)
    }
}

/// The workspace: asked of cargo's environment at run time, because a cached binary may run in another clone.
fn root() -> Result<PathBuf> {
    let here = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_dir()?,
    };
    here.ancestors()
        .find(|folder| folder.join("frontend/Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .context("no frontend/Cargo.toml above this folder; run it as `cargo run -p spa`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_options_are_dev_and_out() {
        let options = read("--dev --out /tmp/x").unwrap();
        assert!(options.dev);
        assert_eq!(options.out.unwrap(), PathBuf::from("/tmp/x"));
        assert!(!read("").unwrap().dev);
        assert!(read("--out").is_err());
        assert!(read("--release").is_err());
    }
}
