//! Sounds on disk: one file each, `FOLDER/TENANT/SOUND.opus`, named by the numbers of their ids.
//!
//! **Invariant:** a file that has its name is whole: it was written under another and renamed once it was safe. (A message that is just
//! being left, or a call that is recorded, is the switch's to write, and grows under its own name.)

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use sha2::{Digest, Sha256};
use shared::{Moment, SoundId, TenantId};
use tokio::fs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Error, Result};

/// What the files end in.
const ENDING: &str = "opus";
/// What a file ends in that is not whole yet.
const UNFINISHED: &str = "part";

/// Bytes that are read at a time, where a file is not read whole.
const PIECE_BYTES: usize = 64 << 10;

/// The folder in which sounds lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Sounds that lie in this folder; it is made with the first of them.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a sound of a tenant lies, whether it is there or not.
    pub fn path(&self, tenant: TenantId, sound: SoundId) -> PathBuf {
        self.of(tenant).join(format!("{}.{ENDING}", sound.0))
    }

    /// What is in it; `NotFound` where it is not there.
    pub async fn read(&self, tenant: TenantId, sound: SoundId) -> Result<Vec<u8>> {
        fs::read(self.path(tenant, sound)).await.map_err(failed)
    }

    /// What is in it, piece by piece; `NotFound` where it is not there.
    pub(crate) async fn pieces(
        &self,
        tenant: TenantId,
        sound: SoundId,
    ) -> Result<impl Stream<Item = Result<Vec<u8>>> + Send + 'static> {
        let file = fs::File::open(self.path(tenant, sound)).await.map_err(failed)?;
        Ok(try_unfold(file, |mut file| async move {
            let mut piece = vec![0; PIECE_BYTES];
            let length = file.read(&mut piece).await.map_err(failed)?;
            piece.truncate(length);
            Ok((length > 0).then_some((piece, file)))
        }))
    }

    /// How many bytes it has, and their SHA-256 in hexadecimal; `NotFound` where it is not there.
    pub(crate) async fn digest(&self, tenant: TenantId, sound: SoundId) -> Result<(u64, String)> {
        let mut file = fs::File::open(self.path(tenant, sound)).await.map_err(failed)?;
        let (mut bytes, mut sha256, mut piece) = (0, Sha256::new(), vec![0; PIECE_BYTES]);
        loop {
            let length = file.read(&mut piece).await.map_err(failed)?;
            let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
            sha256.update(read);
            bytes += length as u64;
        }
        Ok((bytes, sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Writes it whole, or not at all.
    pub async fn write(&self, tenant: TenantId, sound: SoundId, bytes: &[u8]) -> Result<()> {
        let path = self.path(tenant, sound);
        let unfinished = path.with_extension(UNFINISHED);
        fs::create_dir_all(self.of(tenant)).await.map_err(failed)?;
        let written = async {
            let mut file = fs::File::create(&unfinished).await?;
            file.write_all(bytes).await?;
            file.sync_all().await?;
            fs::rename(&unfinished, &path).await?;
            // The name is safe once its folder is.
            fs::File::open(self.of(tenant)).await?.sync_all().await
        };
        if let Err(error) = written.await {
            let _ = fs::remove_file(&unfinished).await;
            return Err(failed(error));
        }
        Ok(())
    }

    /// Removes it; one that is not there is removed already.
    pub async fn remove(&self, tenant: TenantId, sound: SoundId) -> Result<()> {
        gone(fs::remove_file(self.path(tenant, sound)).await)
    }

    /// Removes all that a tenant has.
    pub async fn remove_all(&self, tenant: TenantId) -> Result<()> {
        gone(fs::remove_dir_all(self.of(tenant)).await)
    }

    /// How many bytes it has; `NotFound` where it is not there.
    pub async fn size(&self, tenant: TenantId, sound: SoundId) -> Result<u64> {
        Ok(fs::metadata(self.path(tenant, sound)).await.map_err(failed)?.len())
    }

    /// The tenants that have a folder.
    pub(crate) async fn tenants(&self) -> Result<Vec<TenantId>> {
        let ids = names(&self.folder).await?.into_iter().filter_map(|path| path.file_name()?.to_str()?.parse().ok());
        Ok(ids.map(TenantId).collect())
    }

    /// Removes the files of a tenant that are none of `kept` and were last written before `before`: what a crash has left between a
    /// file and its row. Answers how many.
    pub(crate) async fn sweep(&self, tenant: TenantId, kept: &BTreeSet<SoundId>, before: Moment) -> Result<u64> {
        let mut swept = 0;
        for path in names(&self.of(tenant)).await? {
            let id = path.file_stem().and_then(|name| name.to_str()?.parse::<i64>().ok());
            let whole = path.extension().is_some_and(|ending| ending == ENDING);
            if whole && id.is_some_and(|id| kept.contains(&SoundId(id))) {
                continue;
            }
            let Ok(data) = fs::metadata(&path).await else { continue };
            let written = data.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let is_old = written.is_some_and(|age| i64::try_from(age.as_micros()).is_ok_and(|at| at < before.0));
            if data.is_file() && is_old {
                gone(fs::remove_file(&path).await)?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn of(&self, tenant: TenantId) -> PathBuf {
        self.folder.join(tenant.0.to_string())
    }
}

/// What is in a folder; nothing where there is none.
async fn names(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        names.push(entry.path());
    }
    Ok(names)
}

fn gone(removed: std::io::Result<()>) -> Result<()> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

fn failed(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::NotFound,
        _ => Error::Files(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(7);

    #[tokio::test]
    async fn a_file_is_written_read_measured_and_removed_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("sounds"));
        let sound = SoundId(42);
        assert!(files.path(TENANT, sound).ends_with("sounds/7/42.opus"));
        assert!(matches!(files.read(TENANT, sound).await, Err(Error::NotFound)));
        files.write(TENANT, sound, b"first").await.unwrap();
        files.write(TENANT, sound, b"second").await.unwrap();
        assert_eq!(files.read(TENANT, sound).await.unwrap(), b"second");
        assert_eq!(files.size(TENANT, sound).await.unwrap(), 6);
        assert_eq!(names(&files.of(TENANT)).await.unwrap(), [files.path(TENANT, sound)]);
        assert!(
            matches!(files.read(TenantId(8), sound).await, Err(Error::NotFound)),
            "another tenant has another folder"
        );
        files.remove(TENANT, sound).await.unwrap();
        files.remove(TENANT, sound).await.unwrap();
        assert!(matches!(files.size(TENANT, sound).await, Err(Error::NotFound)));
        files.write(TENANT, sound, b"third").await.unwrap();
        assert_eq!(files.tenants().await.unwrap(), [TENANT]);
        files.remove_all(TENANT).await.unwrap();
        files.remove_all(TENANT).await.unwrap();
        assert_eq!(files.tenants().await.unwrap(), []);
    }

    #[tokio::test]
    async fn what_has_no_row_is_swept_once_it_is_old_enough() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        for sound in [1, 2] {
            files.write(TENANT, SoundId(sound), b"x").await.unwrap();
        }
        std::fs::write(files.path(TENANT, SoundId(1)).with_extension(UNFINISHED), b"half").unwrap();
        let kept = BTreeSet::from([SoundId(1)]);
        assert_eq!(files.sweep(TENANT, &kept, Moment(0)).await.unwrap(), 0, "none is as old as that");
        assert_eq!(files.sweep(TENANT, &kept, Moment(i64::MAX)).await.unwrap(), 2);
        assert_eq!(names(&files.of(TENANT)).await.unwrap(), [files.path(TENANT, SoundId(1))]);
        assert_eq!(files.sweep(TenantId(9), &kept, Moment(i64::MAX)).await.unwrap(), 0);
    }
}
