//! A sound as a file, Ogg Opus as it lies here, and as a picture.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use shared::SoundId;
use shared::operation::File;
use shared::voicemail::Peaks;

use crate::answer::Answer;
use crate::error::{Error, Result};

/// Columns of the picture of a sound.
const PEAKS: usize = 200;

pub(crate) fn answer(id: SoundId, file: Vec<u8>) -> Answer<File> {
    named(id, stream::once(async { Ok(Bytes::from(file)) }).boxed())
}

/// As [`answer`], of what may be too long to be held whole.
pub(crate) fn answer_pieces(
    id: SoundId,
    pieces: impl Stream<Item = store::Result<Vec<u8>>> + Send + 'static,
) -> Answer<File> {
    named(id, pieces.map_ok(Bytes::from).map_err(Error::from).boxed())
}

fn named(id: SoundId, pieces: BoxStream<'static, Result<Bytes>>) -> Answer<File> {
    Answer::File { name: format!("{id}.ogg"), kind: "audio/ogg", pieces }
}

/// How loud it is, from its beginning to its end.
pub(crate) async fn peaks(id: SoundId, file: Vec<u8>) -> Result<Peaks> {
    let read = tokio::task::spawn_blocking(move || sound::read::peaks(&file, PEAKS)).await;
    let peaks = read.map_err(|error| Error::Internal(error.to_string()))?;
    let peaks = peaks.map_err(|error| Error::Internal(format!("the sound {id}: {error}")))?;
    Ok(Peaks { peaks })
}
