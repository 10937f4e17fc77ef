//! The JavaScript between the browser and the WebAssembly.

use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

/// The two files that are the program, and the snippets that it imports by path.
pub struct Code {
    /// The WebAssembly.
    pub wasm: Vec<u8>,
    /// The JavaScript module that starts it.
    pub script: String,
    /// Modules that crates brought along: path below `snippets/` and text.
    pub snippets: Vec<(String, String)>,
}

/// Runs wasm-bindgen over the compiled program.
pub fn generate(wasm: &Path, dev: bool) -> Result<Code> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(!dev)
        .remove_producers_section(true);
    let mut output = bindgen.generate_output().with_context(|| format!("wasm-bindgen on {}", wasm.display()))?;
    let snippets = output
        .snippets()
        .iter()
        .flat_map(|(folder, texts)| {
            texts.iter().enumerate().map(move |(index, text)| (format!("{folder}/inline{index}.js"), text.clone()))
        })
        .chain(output.local_modules().clone())
        .collect();
    let script = output.js().to_owned();
    let wasm = output.wasm_mut().emit_wasm();
    Ok(Code { wasm, script, snippets })
}
