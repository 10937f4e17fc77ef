//! Object storages that speak S3 (REC-08): the one place that does.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::client::{DnsFuture, DnsResolver};
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use sha2::{Digest, Sha256};
use store::{Bucket, Error, StoredObjectStorage};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::smtp::Lookup;

/// How long a connection may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long one request may take: a part of a long recording goes in one. Reading has no such end, …
const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);
/// … but this between two pieces.
const SILENCE_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a short recording may take on its way there, and on its way back, …
const MOVE_TIME_MAX: Duration = Duration::from_secs(60);
/// … and how fast a long one goes at least.
const BYTES_PER_SECOND_MIN: u64 = 128 << 10;
/// How long an object may take to be removed, …
const REMOVE_TIME_MAX: Duration = Duration::from_secs(30);
/// … and all of a tenant. What is left then is removed by the next try.
const REMOVE_ALL_TIME_MAX: Duration = Duration::from_secs(600);
/// How long a test may take.
const TEST_TIME_MAX: Duration = Duration::from_secs(20);
/// Tries of one request; the job itself is tried again much longer.
const RETRIES_MAX: usize = 2;
/// A file that is longer goes there in parts of this size: as much is held in memory.
const PART_BYTES: usize = 8 << 20;
/// Parts that are under way at a time.
const PARTS_UNDER_WAY_MAX: usize = 1;
/// Bytes that are read from a file at a time.
const PIECE_BYTES: usize = 64 << 10;
/// The most characters of what a server says that are handed on.
const WORDS_CHARACTERS_MAX: usize = 300;
/// What a test writes, and under which name.
const TEST_TEXT: &[u8] = b"Belfry was here.\n";
const TEST_NAME: &str = "belfry-test.txt";

/// The bytes of a file, and their SHA-256 in hexadecimal.
pub(crate) type Measure = (u64, String);

/// What speaks with a storage.
#[derive(Clone)]
struct Clients {
    /// Each request ends in time.
    asks: Arc<AmazonS3>,
    /// An answer may take as long as whoever hears it.
    reads: Arc<AmazonS3>,
}

/// A storage, and what speaks with it.
type Last = (StoredObjectStorage, Clients);

/// The way to object storages. Cheap to clone.
#[derive(Clone, Default)]
pub struct ObjectStorages {
    /// Finds names, once that is known.
    lookup: Arc<OnceLock<Lookup>>,
    /// The one that was spoken with last: it is always the same but for the minute in which it is set anew.
    last: Arc<Mutex<Option<Last>>>,
}

impl ObjectStorages {
    /// Names are found by this from now on, and not by the operating system (SET-19).
    pub fn look_up_by(&self, lookup: Lookup) {
        let _ = self.lookup.set(lookup);
    }

    fn clients(&self, of: &StoredObjectStorage) -> Result<Clients, object_store::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, clients)) = last.as_ref()
            && known == of
        {
            return Ok(clients.clone());
        }
        let lookup = self.lookup.get();
        let clients = Clients {
            asks: Arc::new(client(of, lookup, Some(REQUEST_TIME_MAX))?),
            reads: Arc::new(client(of, lookup, None)?),
        };
        *last = Some((of.clone(), clients.clone()));
        Ok(clients)
    }

    /// Writes a file into an object.
    pub(crate) async fn put(&self, of: &StoredObjectStorage, key: &str, file: &Path) -> anyhow::Result<Measure> {
        let client = self.clients(of)?.asks;
        let mut file = File::open(file).await?;
        let until = Instant::now() + time_max(file.metadata().await?.len());
        let object = BufWriter::with_capacity(client, Key::from(key), PART_BYTES);
        let mut object = object.with_max_concurrency(PARTS_UNDER_WAY_MAX);
        let too_long = |_| anyhow::anyhow!("it took too long to write the object");
        let copied = timeout_at(until, copy(&mut file, &mut object)).await.map_err(too_long).and_then(|done| done);
        let measure = match copied {
            Ok(measure) => measure,
            Err(error) => {
                // Its parts would lie there for ever, and nobody sees them. After the `shutdown` below there is nothing to abort any more.
                if !matches!(timeout(REMOVE_TIME_MAX, object.abort()).await, Ok(Ok(()))) {
                    tracing::warn!(key, "parts of an object that was not written to its end could not be removed");
                }
                return Err(error);
            }
        };
        timeout_at(until, object.shutdown()).await.map_err(too_long)??;
        Ok(measure)
    }

    /// Reads an object of about so many bytes to its end.
    pub(crate) async fn measure(&self, of: &StoredObjectStorage, key: &str, about: u64) -> anyhow::Result<Measure> {
        let client = self.clients(of)?.reads;
        let done = async {
            let mut pieces = pieces(client, Key::from(key)).await?;
            let (mut bytes, mut sha256) = (0, Sha256::new());
            while let Some(piece) = pieces.try_next().await? {
                sha256.update(&piece);
                bytes += piece.len() as u64;
            }
            anyhow::Ok((bytes, hexadecimal(sha256)))
        };
        timeout(time_max(about), done).await.map_err(|_| anyhow::anyhow!("it took too long to read the object"))?
    }

    /// Removes an object; one that is not there is removed already.
    pub(crate) async fn remove(&self, of: &StoredObjectStorage, key: &str) -> anyhow::Result<()> {
        let (client, key) = (self.clients(of)?.asks, Key::from(key));
        match timeout(REMOVE_TIME_MAX, client.delete(&key)).await {
            Ok(Err(object_store::Error::NotFound { .. }) | Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(anyhow::anyhow!("it took too long to remove the object")),
        }
    }

    /// Removes all objects whose names begin so. Answers how many.
    pub(crate) async fn remove_all(&self, of: &StoredObjectStorage, prefix: &str) -> anyhow::Result<u64> {
        let client = self.clients(of)?.asks;
        let done = async {
            let mut objects = client.list(Some(&Key::from(prefix)));
            let mut removed = 0;
            while let Some(object) = objects.try_next().await? {
                self.remove(of, object.location.as_ref()).await?;
                removed += 1;
            }
            anyhow::Ok(removed)
        };
        timeout(REMOVE_ALL_TIME_MAX, done)
            .await
            .map_err(|_| anyhow::anyhow!("it took too long to remove the objects"))?
    }

    async fn try_out(&self, of: &StoredObjectStorage) -> anyhow::Result<()> {
        let key = Key::from(format!("{}{TEST_NAME}", of.prefix));
        let client = client(of, self.lookup.get(), Some(REQUEST_TIME_MAX))?;
        client.put(&key, TEST_TEXT.into()).await?;
        let read = client.get(&key).await?.bytes().await?;
        client.delete(&key).await?;
        anyhow::ensure!(&*read == TEST_TEXT, "what was written is read as something else");
        Ok(())
    }
}

impl std::fmt::Debug for ObjectStorages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectStorages")
    }
}

impl Bucket for ObjectStorages {
    fn test(&self, of: &StoredObjectStorage) -> BoxFuture<'static, Result<(), String>> {
        let (storages, of) = (self.clone(), of.clone());
        async move {
            match timeout(TEST_TIME_MAX, storages.try_out(&of)).await {
                Ok(done) => done.map_err(|error| finding(&error)),
                Err(_) => Err("The server did not answer in time.".to_owned()),
            }
        }
        .boxed()
    }

    fn read(
        &self,
        of: &StoredObjectStorage,
        key: &str,
    ) -> BoxFuture<'static, store::Result<BoxStream<'static, store::Result<Vec<u8>>>>> {
        let (clients, key) = (self.clients(of), Key::from(key));
        async move { pieces(clients.map_err(failed)?.reads, key).await }.boxed()
    }
}

/// How long so many bytes may take on their way.
fn time_max(bytes: u64) -> Duration {
    MOVE_TIME_MAX + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN)
}

async fn copy(file: &mut File, object: &mut BufWriter) -> anyhow::Result<Measure> {
    let (mut bytes, mut sha256, mut piece) = (0, Sha256::new(), vec![0; PIECE_BYTES]);
    loop {
        let length = file.read(&mut piece).await?;
        let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
        sha256.update(read);
        bytes += length as u64;
        object.write_all(read).await?;
    }
    Ok((bytes, hexadecimal(sha256)))
}

/// What is in an object, however long it takes, as long as something comes.
async fn pieces(client: Arc<AmazonS3>, key: Key) -> store::Result<BoxStream<'static, store::Result<Vec<u8>>>> {
    let found = timeout(SILENCE_TIME_MAX, client.get(&key)).await.map_err(|_| silent())?.map_err(failed)?;
    Ok(bounded(found.into_stream().map_ok(Vec::from).map_err(failed).boxed(), SILENCE_TIME_MAX))
}

/// The same, until a piece takes longer than that. The time in which nobody asks for a piece does not count.
fn bounded(
    pieces: BoxStream<'static, store::Result<Vec<u8>>>,
    silence: Duration,
) -> BoxStream<'static, store::Result<Vec<u8>>> {
    let next = move |mut pieces: BoxStream<'static, store::Result<Vec<u8>>>| async move {
        let piece = timeout(silence, pieces.try_next()).await.map_err(|_| silent())??;
        Ok(piece.map(|piece| (piece, pieces)))
    };
    futures_util::stream::try_unfold(pieces, next).boxed()
}

fn silent() -> Error {
    Error::Files("the object storage has fallen silent".to_owned())
}

/// Finds the addresses of names.
struct Names(AssertUnwindSafe<Lookup>);

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl DnsResolver for Names {
    fn resolve(&self, host: &str) -> DnsFuture {
        // Which port is the caller's to add.
        let found = (self.0)(host.to_owned(), 0);
        Box::pin(async move { Ok(found.await?.into_iter().map(|address| address.ip()).collect()) })
    }
}

fn client(
    of: &StoredObjectStorage,
    lookup: Option<&Lookup>,
    time_max: Option<Duration>,
) -> Result<AmazonS3, object_store::Error> {
    // Where the bucket stands in the name of the host, this crate wants it in the address.
    let endpoint = match (of.path_style, of.endpoint.split_once("://")) {
        (false, Some((scheme, host))) => format!("{scheme}://{}.{host}", of.bucket),
        _ => of.endpoint.clone(),
    };
    let options = ClientOptions::new().with_allow_http(of.allow_http).with_connect_timeout(CONNECT_TIME_MAX);
    let mut options = match time_max {
        Some(time) => options.with_timeout(time),
        None => options.with_timeout_disabled(),
    };
    if let Some(lookup) = lookup {
        options = options.with_dns_resolver(Arc::new(Names(AssertUnwindSafe(Arc::clone(lookup)))));
    }
    let retry = RetryConfig { max_retries: RETRIES_MAX, retry_timeout: REQUEST_TIME_MAX, ..RetryConfig::default() };
    AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_region(&of.region)
        .with_bucket_name(&of.bucket)
        .with_access_key_id(&of.access_key)
        .with_secret_access_key(&of.secret)
        .with_virtual_hosted_style_request(!of.path_style)
        .with_client_options(options)
        .with_retry(retry)
        .build()
}

fn failed(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        error => Error::Files(error.to_string()),
    }
}

fn hexadecimal(sha256: Sha256) -> String {
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is found where a storage was tried out: what is to be mended, as far as the storage tells, and its words.
fn finding(error: &anyhow::Error) -> String {
    use object_store::Error::{PermissionDenied, Unauthenticated};
    let refused = matches!(error.downcast_ref(), Some(PermissionDenied { .. } | Unauthenticated { .. }));
    if !refused {
        return words(error);
    }
    // The codes of S3, which stand in the answer.
    let text = format!("{error:#}");
    let known = [
        ("SignatureDoesNotMatch", "The secret does not belong to the access key."),
        ("InvalidAccessKeyId", "The storage does not know the access key."),
        ("RequestTimeTooSkewed", "The clocks of this server and of the storage differ too much."),
    ];
    let told = known.into_iter().find(|(code, _)| text.contains(code)).map(|(_, told)| told);
    let told = told.unwrap_or("The access key may not write, read and remove objects of the bucket.");
    format!("{told} {}", words(error))
}

/// What went wrong, down to its cause, and not too long.
fn words(error: &anyhow::Error) -> String {
    format!("{error:#}").chars().filter(|c| !c.is_control()).take(WORDS_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: REC-08
    #[test]
    fn rec_08_a_storage_that_cannot_be_spoken_with_is_told_in_words() {
        let words = words(&anyhow::anyhow!("line\n{}", "x".repeat(1_000)));
        assert!(words.len() == WORDS_CHARACTERS_MAX && words.starts_with("linex"));
    }

    // covers: REC-08
    #[tokio::test]
    async fn rec_08_what_is_read_ends_with_a_silence_and_not_before() {
        let two = || futures_util::stream::iter([Ok(vec![1]), Ok(vec![2])]);
        let mut read = bounded(two().boxed(), Duration::ZERO);
        assert_eq!(read.try_next().await.unwrap(), Some(vec![1]));
        assert_eq!(read.try_collect::<Vec<_>>().await.unwrap(), [[2]]);
        let mut hangs = bounded(two().chain(futures_util::stream::pending()).boxed(), Duration::ZERO);
        let heard = [hangs.try_next().await.unwrap(), hangs.try_next().await.unwrap()];
        assert_eq!(heard, [Some(vec![1]), Some(vec![2])]);
        assert!(matches!(hangs.try_next().await, Err(Error::Files(_))));
    }

    // covers: REC-08
    #[test]
    fn rec_08_a_long_recording_has_more_time() {
        assert_eq!(time_max(1_000), MOVE_TIME_MAX);
        assert_eq!(time_max(60 * BYTES_PER_SECOND_MIN), MOVE_TIME_MAX + Duration::from_secs(60));
    }
}
