//! Ogg pages (RFC 3533, 6): read from bytes with their checksum, and written.
//!
//! They are read and written here rather than by a library because mending a file needs to know where in it each page lies.

/// The page begins with the rest of a packet.
pub(crate) const CONTINUED: u8 = 1;
/// The first page of a stream.
pub(crate) const FIRST: u8 = 2;
/// The last page of a stream.
pub(crate) const LAST: u8 = 4;

/// The granule position of a page on which no packet ends.
pub(crate) const NO_GRANULE: u64 = u64::MAX;

const MAGIC: &[u8; 4] = b"OggS";
const HEADER_BYTES: usize = 27;
/// The most lengths that a page holds.
const LACING_MAX: usize = 255;

/// A page whose checksum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page<'a> {
    pub(crate) flags: u8,
    pub(crate) granule: u64,
    pub(crate) serial: u32,
    pub(crate) sequence: u32,
    /// The lengths of the pieces in `body`; a packet ends with a piece shorter than 255.
    pub(crate) lacing: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Page<'a> {
    /// The page with which `bytes` begin; nothing where they begin with none, or with a torn or a damaged one.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
        let mut fields = Fields(header);
        if fields.take::<4>()? != *MAGIC || fields.take::<1>()? != [0] {
            return None;
        }
        let [flags] = fields.take()?;
        let granule = u64::from_le_bytes(fields.take()?);
        let serial = u32::from_le_bytes(fields.take()?);
        let sequence = u32::from_le_bytes(fields.take()?);
        let checksum = u32::from_le_bytes(fields.take()?);
        let [pieces] = fields.take()?;
        let (lacing, rest) = rest.split_at_checked(usize::from(pieces))?;
        let body = rest.get(..lacing.iter().map(|length| usize::from(*length)).sum())?;
        let page = Self { flags, granule, serial, sequence, lacing, body };
        (page.checksum() == checksum).then_some(page)
    }

    /// How many bytes it takes in a file.
    pub(crate) fn length(&self) -> usize {
        HEADER_BYTES + self.lacing.len() + self.body.len()
    }

    /// Adds the page to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let header = self.header(self.checksum());
        out.extend_from_slice(&header);
        out.extend_from_slice(self.lacing);
        out.extend_from_slice(self.body);
    }

    fn checksum(&self) -> u32 {
        [&self.header(0), self.lacing, self.body].into_iter().fold(0, checksum)
    }

    fn header(&self, checksum: u32) -> [u8; HEADER_BYTES] {
        let pieces = u8::try_from(self.lacing.len()).unwrap_or(u8::MAX);
        let mut fields = MAGIC.iter().copied().chain([0, self.flags]);
        let numbers = self.granule.to_le_bytes().into_iter().chain(self.serial.to_le_bytes());
        let mut numbers = numbers.chain(self.sequence.to_le_bytes()).chain(checksum.to_le_bytes()).chain([pieces]);
        std::array::from_fn(|_| fields.next().or_else(|| numbers.next()).unwrap_or_default())
    }
}

/// Takes one field of a header after the other.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

/// What is collected for a page that is yet to be written.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    lacing: Vec<u8>,
    body: Vec<u8>,
}

impl Draft {
    /// Adds a packet; false, and nothing is added, where the page has no room for it.
    #[must_use]
    pub(crate) fn add(&mut self, packet: &[u8]) -> bool {
        let full = packet.len() / LACING_MAX;
        if self.lacing.len() + full + 1 > LACING_MAX {
            return false;
        }
        self.lacing.extend(std::iter::repeat_n(u8::MAX, full));
        self.lacing.push((packet.len() % LACING_MAX) as u8);
        self.body.extend_from_slice(packet);
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lacing.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.lacing.clear();
        self.body.clear();
    }

    pub(crate) fn page(&self, flags: u8, granule: u64, serial: u32, sequence: u32) -> Page<'_> {
        Page { flags, granule, serial, sequence, lacing: &self.lacing, body: &self.body }
    }
}

/// The checksum of Ogg: CRC-32 with polynomial 04c11db7, neither reflected nor inverted.
pub(crate) fn checksum(before: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(before, |sum, byte| {
        let row = (sum >> 24) as u8 ^ byte;
        sum << 8 ^ TABLE.get(usize::from(row)).copied().unwrap_or_default()
    })
}

static TABLE: [u32; 256] = table();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut row = 0;
    while row < 256 {
        let mut sum = (row as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 };
            bit += 1;
        }
        table[row] = sum;
        row += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut draft = Draft::default();
        assert!(draft.add(&[7; 300]) && draft.add(&[]) && draft.add(&[9; 255]));
        let mut out = Vec::new();
        draft.page(FIRST, 960, 0xdead_beef, 3).write(&mut out);
        out
    }

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let bytes = written();
        let page = Page::read(&bytes).unwrap();
        assert_eq!((page.flags, page.granule, page.serial, page.sequence), (FIRST, 960, 0xdead_beef, 3));
        assert_eq!(page.lacing, [255, 45, 0, 255, 0]);
        assert_eq!((page.body.len(), page.length()), (555, bytes.len()));
    }

    #[test]
    fn the_checksum_is_that_of_ogg() {
        // The catalogue's check value of this variant of CRC-32 is given for an inverted start and end.
        assert_eq!(!checksum(u32::MAX, b"123456789"), 0xfc89_1918);
    }

    #[test]
    fn a_torn_or_changed_page_is_none() {
        let bytes = written();
        for length in 0..bytes.len() {
            assert_eq!(Page::read(&bytes[..length]), None);
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert_eq!(Page::read(&changed), None, "byte {at}");
        }
    }

    #[test]
    fn a_full_page_takes_no_further_packet() {
        let mut draft = Draft::default();
        for _ in 0..LACING_MAX {
            assert!(draft.add(&[1]));
        }
        assert!(!draft.add(&[1]));
        assert_eq!(draft.page(0, 0, 0, 0).body.len(), LACING_MAX);
    }
}
