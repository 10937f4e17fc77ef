//! The log's files: listed and downloaded by the provider alone (LOG-03).

use std::path::Path;
use std::time::UNIX_EPOCH;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use shared::Moment;
use shared::log_file::{GetLogFile, ListLogFiles, LogFile};
use shared::operation::File;
use tokio::io::AsyncReadExt;

use crate::answer::Answer;
use crate::caller::Admin;
use crate::error::{Error, Result};

/// What every file's name begins with.
const STEM: &str = "belfry.log";
/// Files that are listed.
const FILES_MAX: usize = 100;
/// Bytes that are read at once.
const PIECE_BYTES: usize = 64 << 10;

pub(crate) async fn list(caller: Admin, _: ListLogFiles) -> Result<Vec<LogFile>> {
    files(&caller.app.config.log_folder).await
}

/// Only what is listed is found: a name is never a path (S22).
pub(crate) async fn get(caller: Admin, operation: GetLogFile) -> Result<Answer<File>> {
    let folder = &caller.app.config.log_folder;
    let file = files(folder).await?.into_iter().find(|file| file.name == operation.file_name);
    let file = file.ok_or(Error::NotFound)?;
    // It may have been put aside since it was listed.
    let opened = tokio::fs::File::open(folder.join(&file.name)).await.map_err(|_| Error::NotFound)?;
    // What is written meanwhile is not run after.
    Ok(Answer::File { name: file.name, kind: "text/plain; charset=utf-8", pieces: pieces(opened.take(file.bytes)) })
}

fn pieces(file: tokio::io::Take<tokio::fs::File>) -> BoxStream<'static, Result<Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        match file.read_buf(&mut piece).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((piece.freeze(), file))),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    })
    .boxed()
}

/// The newest first; none where nothing was written yet.
async fn files(folder: &Path) -> Result<Vec<LogFile>> {
    let mut found = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return Ok(found) };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().into_string().unwrap_or_default();
        // One that was removed in between is left out.
        let Ok(about) = entry.metadata().await else { continue };
        if found.len() < FILES_MAX && name.starts_with(STEM) && about.is_file() {
            let since = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            found.push(LogFile { name, bytes: about.len(), changed_at: Moment(0) + since });
        }
    }
    found.sort_by(|a, b| b.changed_at.cmp(&a.changed_at).then(a.name.cmp(&b.name)));
    Ok(found)
}
