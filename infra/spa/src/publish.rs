//! Names by content, compression, and the page that loads it all.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::bindgen::Code;

/// All that becomes a file.
pub struct Parts<'a> {
    /// The program.
    pub code: Code,
    /// The stylesheet.
    pub style: String,
    /// Where `index.html`, `boot.js` and `icon.svg` lie.
    pub frontend: &'a Path,
    /// Write `.br` and `.gz` beside each file?
    pub compress: bool,
}

/// Writes the files, the page last; only then those of an earlier build are removed, so that a running server always
/// has a whole set.
pub fn write(parts: &Parts<'_>, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let put = |name: &str, bytes: &[u8]| put(out, name, bytes, parts.compress);

    for (path, text) in &parts.code.snippets {
        put(&format!("snippets/{path}"), text.as_bytes())?;
    }
    let wasm = hashed("app", "wasm", &parts.code.wasm);
    put(&wasm, &parts.code.wasm)?;
    let script = hashed("app", "js", parts.code.script.as_bytes());
    put(&script, parts.code.script.as_bytes())?;
    let style = hashed("style", "css", parts.style.as_bytes());
    put(&style, parts.style.as_bytes())?;
    let source = |name: &str| fs::read(parts.frontend.join(name)).with_context(|| format!("frontend/{name}"));
    let boot_text = source("boot.js")?;
    let boot = hashed("boot", "js", &boot_text);
    put(&boot, &boot_text)?;
    let icon_text = source("icon.svg")?;
    let icon = hashed("icon", "svg", &icon_text);
    put(&icon, &icon_text)?;

    let page = String::from_utf8(source("index.html")?)?;
    let names = [("wasm", &wasm), ("script", &script), ("style", &style), ("boot", &boot), ("icon", &icon)];
    put("index.html", fill(page, &names)?.as_bytes())?;
    remove_stale(out, &[&wasm, &script, &style, &boot, &icon], parts.compress)
}

/// `app-0123456789abcdef.wasm`: the same name for the same content, so that it may be cached for ever.
fn hashed(stem: &str, extension: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{stem}-{hash}.{extension}")
}

/// Puts each name where the page says `{{name}}`.
fn fill(mut page: String, names: &[(&str, &String)]) -> Result<String> {
    for (slot, name) in names {
        let mark = format!("{{{{{slot}}}}}");
        if !page.contains(&mark) {
            bail!("index.html does not mention {mark}");
        }
        page = page.replace(&mark, &format!("/{name}"));
    }
    Ok(page)
}

fn put(out: &Path, name: &str, bytes: &[u8], compress: bool) -> Result<()> {
    let path = out.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    if !compress {
        println!("{:>9} B                              {name}", bytes.len());
        return Ok(());
    }
    let (brotli, gzip) = (brotli(bytes)?, gzip(bytes)?);
    fs::write(out.join(format!("{name}.br")), &brotli)?;
    fs::write(out.join(format!("{name}.gz")), &gzip)?;
    println!("{:>9} B {:>8} B gzip {:>8} B brotli {name}", bytes.len(), gzip.len(), brotli.len());
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params)?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Removes what an earlier build wrote, and nothing else: the folder may be somebody's own.
fn remove_stale(out: &Path, fresh: &[&String], compressed: bool) -> Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let plain = plain(&name);
        let is_fresh = plain == "index.html" || fresh.iter().any(|fresh| *fresh == plain);
        // A compressed copy of an earlier build would be served in place of the file.
        if is_ours(&name) && !(is_fresh && (compressed || plain == name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The name without `.br` or `.gz`.
fn plain(name: &str) -> &str {
    name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz")).unwrap_or(name)
}

fn is_ours(name: &str) -> bool {
    let name = plain(name);
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    let Some((kind, hash)) = stem.rsplit_once('-') else { return name == "index.html" };
    ["app", "style", "boot", "icon"].contains(&kind) && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_from_the_content_and_is_known_again() {
        let name = hashed("app", "wasm", b"x");
        assert_eq!(name, "app-2d711642b726b044.wasm");
        assert!(is_ours(&name));
        assert!(is_ours(&format!("{name}.br")));
        assert!(is_ours("index.html.gz"));
        for foreign in ["notes.txt", "app-1.wasm", "app.js", "photo-2d711642b726b044.jpg", "README"] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn only_what_an_earlier_build_left_is_removed() {
        let out = std::env::temp_dir().join(format!("belfry-spa-{}", std::process::id()));
        fs::create_dir_all(&out).unwrap();
        let (old, new) = (hashed("app", "js", b"old"), hashed("app", "js", b"new"));
        for name in [old.as_str(), &new, &format!("{new}.br"), "index.html", "index.html.gz", "notes.txt"] {
            fs::write(out.join(name), b"x").unwrap();
        }
        let names = || {
            let mut names: Vec<String> =
                fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        remove_stale(&out, &[&new], true).unwrap();
        assert_eq!(
            names(),
            [new.clone(), format!("{new}.br"), "index.html".into(), "index.html.gz".into(), "notes.txt".into()]
        );
        remove_stale(&out, &[&new], false).unwrap();
        assert_eq!(names(), [new, "index.html".into(), "notes.txt".into()]);
        fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn a_page_without_a_slot_is_refused() {
        let name = "app-1.js".to_owned();
        assert_eq!(fill("<a src=\"{{boot}}\">".into(), &[("boot", &name)]).unwrap(), "<a src=\"/app-1.js\">");
        assert!(fill("<a>".into(), &[("boot", &name)]).is_err());
    }

    #[test]
    fn what_is_compressed_comes_back() {
        let text = b"bell ".repeat(100);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut brotli(&text).unwrap().as_slice(), &mut back).unwrap();
        assert_eq!(back, text);
        assert!(gzip(&text).unwrap().len() < text.len());
    }
}
