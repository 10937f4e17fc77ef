//! A file whose writer was killed becomes a whole one.
//!
//! The last page may be torn and nothing says that the stream has ended. What is torn is cut off, and an empty page that
//! ends the stream is put behind the rest: pages that are there are never touched, so that being killed while mending costs nothing.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::Refused;
use crate::page::{FIRST, LAST, NO_GRANULE, Page};
use crate::stream::{HEAD_MAGIC, TAGS_MAGIC};

/// The longest page: its header, 255 lengths, 255 pieces of 255 bytes.
const PAGE_BYTES_MAX: usize = 27 + 255 + 255 * 255;

/// What mending has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// The file was whole and is as it was.
    Whole,
    /// It was not, and is now.
    Ended {
        /// How many bytes of a torn page were cut off.
        cut_bytes: u64,
    },
}

/// Why a file could not be mended.
#[derive(Debug, thiserror::Error)]
pub enum MendError {
    /// Nothing in it can be kept: killed before its headers were written, or never one of ours.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The walk through the pages of a file.
#[derive(Debug, Default)]
struct Walk {
    /// Where the last whole page ends.
    end: u64,
    pages: u32,
    serial: u32,
    sequence: u32,
    granule: u64,
    is_ended: bool,
}

impl Walk {
    /// Takes the next page; what comes after the end of the stream is none of it.
    fn step(&mut self, page: &Page<'_>) -> Result<(), Refused> {
        let is_header = match self.pages {
            0 => page.flags & FIRST != 0 && page.body.starts_with(HEAD_MAGIC),
            1 => page.body.starts_with(TAGS_MAGIC),
            _ => true,
        };
        if !is_header {
            return Err(Refused::Unknown);
        }
        self.pages += 1;
        self.end += page.length() as u64;
        (self.serial, self.sequence) = (page.serial, page.sequence);
        if page.granule != NO_GRANULE {
            self.granule = page.granule;
        }
        self.is_ended = page.flags & LAST != 0;
        Ok(())
    }

    /// The page to put behind the others, where one is missing.
    fn last_page(&self) -> Result<Option<Vec<u8>>, Refused> {
        match self.pages {
            0 => Err(Refused::Empty),
            1 => Err(Refused::Broken("its second header is missing")),
            _ if self.is_ended => Ok(None),
            _ => {
                let (granule, sequence) = (self.granule, self.sequence.wrapping_add(1));
                let mut bytes = Vec::new();
                Page { flags: LAST, granule, serial: self.serial, sequence, lacing: &[], body: &[] }.write(&mut bytes);
                Ok(Some(bytes))
            }
        }
    }
}

/// Makes a whole file of what a [`Writer`](crate::Writer) has left: cuts off a torn page, ends the stream.
///
/// # Errors
///
/// [`Refused`] where there is nothing to keep: the headers are torn, or it is no such file.
pub fn mend(file: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut walk = Walk::default();
    while let Some(page) = file.get(walk.end as usize..).and_then(Page::read) {
        walk.step(&page)?;
        if walk.is_ended {
            break;
        }
    }
    let last = walk.last_page()?.unwrap_or_default();
    Ok([file.get(..walk.end as usize).unwrap_or_default(), &last].concat())
}

/// As [`mend`], in place and page by page, whatever the size of the file, which must be open for reading and writing.
///
/// # Errors
///
/// As for [`mend`], and what the file system has to say. The file is unchanged where it is refused.
pub fn mend_file(file: &mut File) -> Result<Mended, MendError> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut walk = Walk::default();
    let mut window = Vec::new();
    while !walk.is_ended {
        let missing = PAGE_BYTES_MAX.saturating_sub(window.len());
        Read::by_ref(file).take(missing as u64).read_to_end(&mut window)?;
        let Some(page) = Page::read(&window) else { break };
        walk.step(&page)?;
        let taken = page.length();
        window.drain(..taken);
    }
    let last = walk.last_page()?;
    let cut_bytes = length.saturating_sub(walk.end);
    if last.is_none() && cut_bytes == 0 {
        return Ok(Mended::Whole);
    }
    file.set_len(walk.end)?;
    file.seek(SeekFrom::Start(walk.end))?;
    file.write_all(&last.unwrap_or_default())?;
    file.sync_all()?;
    Ok(Mended::Ended { cut_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Writer, read};

    fn killed() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::create(&mut bytes, 1, 7).unwrap();
        // No two frames alike, so that pages are of a telephone's size.
        let noise: Vec<i16> = (0..16_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 20) as i16).collect();
        writer.push(&noise).unwrap();
        drop(writer);
        bytes
    }

    #[test]
    fn a_mended_file_is_whole_and_stays_as_it_is() {
        let mended = mend(&killed()).unwrap();
        assert_eq!(mend(&mended), Ok(mended.clone()));
        assert_eq!(read::duration_ms(&mended).unwrap() / 10, 95);
    }

    #[test]
    fn a_file_killed_within_its_headers_is_refused() {
        let bytes = killed();
        assert_eq!(mend(&[]), Err(Refused::Empty));
        for length in 1..80 {
            assert!(mend(&bytes[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(mend(b"something else"), Err(Refused::Empty));
    }

    #[test]
    fn a_file_on_disk_is_mended_as_one_in_memory() {
        let bytes = killed();
        for length in [bytes.len(), bytes.len() - 1, bytes.len() - 700] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes[..length]).unwrap();
            assert!(matches!(mend_file(&mut file).unwrap(), Mended::Ended { .. }));
            assert_eq!(mend_file(&mut file).unwrap(), Mended::Whole);
            let mut mended = Vec::new();
            file.seek(SeekFrom::Start(0)).unwrap();
            file.read_to_end(&mut mended).unwrap();
            assert_eq!(Ok(mended), mend(&bytes[..length]));
        }
    }
}
