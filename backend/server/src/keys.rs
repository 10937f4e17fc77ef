//! The installation's keys: one secret in the data folder, everything else derived from it.

use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::Sha256;

/// The master secret; prints as stars.
#[derive(Clone)]
pub struct Keys([u8; 32]);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// Reads `secret.key` in the data folder, or makes it on the first start (mode 0600).
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("secret.key");
        match read(&path) {
            Ok(key) => Ok(Self(key)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key: [u8; 32] = dice()?;
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                file.write_all(&key)?;
                file.sync_all()?;
                Ok(Self(key))
            }
            Err(error) => Err(error).with_context(|| format!("cannot read the key in {}", path.display())),
        }
    }

    /// The key for one purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn read(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    std::fs::File::open(path)?.read_exact(&mut key)?;
    Ok(key)
}

/// Bytes from the operating system's dice.
pub fn dice<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).context("the operating system gives no random bytes")?;
    Ok(bytes)
}

/// Makes the data folder, readable by its owner only, and proves that it can be written to.
pub fn open_folder(data: &Path) -> anyhow::Result<()> {
    let made = !data.exists();
    std::fs::create_dir_all(data).with_context(|| format!("data: cannot make {}", data.display()))?;
    if made {
        std::fs::set_permissions(data, Permissions::from_mode(0o700))?;
    }
    let probe = data.join(".write-probe");
    if let Err(error) = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        bail!("data: {} cannot be written to: {error}", data.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path()).unwrap();
        let again = Keys::open(folder.path()).unwrap();
        assert_eq!(first.derive("jwt"), again.derive("jwt"));
        assert_ne!(first.derive("jwt"), first.derive("nonce"));
        let mode = std::fs::metadata(folder.path().join("secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn sys_03_a_folder_that_cannot_be_written_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        assert!(open_folder(&file).is_err());
        assert!(open_folder(&folder.path().join("new")).is_ok());
    }
}
