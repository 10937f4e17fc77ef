//! The log's files in the data folder: bounded in size and number, written by a thread of their own (LOG-03).

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

/// A file that is longer is put aside and another begun.
const FILE_BYTES_MAX: usize = 10 << 20;
/// Files that were put aside; the oldest is removed beyond that.
const FILES_MAX: usize = 9;
/// Lines that may wait to be written; those beyond are left out, so that nobody waits for a disk.
const LINES_WAITING_MAX: usize = 16_384;

/// Where the log's files lie.
pub fn folder(data: &Path) -> PathBuf {
    data.join("log")
}

/// A writer into the files, once there are some: before the data folder is known nothing is written.
#[derive(Clone, Debug, Default)]
pub struct LogFile(Arc<OnceLock<NonBlocking>>);

impl LogFile {
    /// Begins to write. What waits is written when the guard is dropped.
    pub fn begin(&self, data: &Path) -> anyhow::Result<WorkerGuard> {
        let folder = folder(data);
        std::fs::create_dir_all(&folder).with_context(|| format!("data: cannot make {}", folder.display()))?;
        // People's numbers stand in it: it is the owner's alone.
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let mut options = OpenOptions::new();
        options.read(true).create(true).append(true).mode(0o600);
        let files = FileRotate::new(
            folder.join("belfry.log"),
            AppendCount::new(FILES_MAX),
            ContentLimit::BytesSurpassed(FILE_BYTES_MAX),
            Compression::None,
            Some(options),
        );
        let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_WAITING_MAX);
        let (writer, guard) = builder.thread_name("log").finish(files);
        // Called once.
        let _ = self.0.set(writer);
        Ok(guard)
    }
}

/// Writes, or forgets.
pub enum Writer {
    File(NonBlocking),
    Nowhere,
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Writer;

    fn make_writer(&'a self) -> Writer {
        self.0.get().cloned().map_or(Writer::Nowhere, Writer::File)
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    // covers: LOG-03
    #[test]
    fn log_03_files_are_bounded_in_size_and_number_and_the_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        let log = LogFile::default();
        log.make_writer().write_all(b"before there is a folder").unwrap();
        let guard = log.begin(data.path()).unwrap();
        let line = [b'x'; 1 << 20];
        let mut writer = log.make_writer();
        // Slower than the thread that writes, so that no line is left out.
        for _ in 0..3 * 11 {
            writer.write_all(&line).unwrap();
        }
        drop((writer, guard));
        let files: Vec<_> = std::fs::read_dir(folder(data.path())).unwrap().map(Result::unwrap).collect();
        assert!((3..=FILES_MAX + 1).contains(&files.len()), "{files:?}");
        for file in files {
            let about = file.metadata().unwrap();
            assert!(about.len() <= (FILE_BYTES_MAX + line.len()) as u64);
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
    }
}
