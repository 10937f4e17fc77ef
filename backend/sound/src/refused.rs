//! Why a file is not taken.

/// A file that is not taken, in a sentence for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No bytes, or no sound in them.
    #[error("The file holds no sound.")]
    Empty,
    /// More bytes than are taken.
    #[error("The file is larger than {} MB.", bytes_max / 1_000_000)]
    TooLarge {
        /// The most that is taken.
        bytes_max: usize,
    },
    /// More sound than is taken.
    #[error("The sound is longer than {seconds_max} seconds.")]
    TooLong {
        /// The most that is taken.
        seconds_max: u32,
    },
    /// Nothing that is known here.
    #[error("This is not a sound file that is known here: WAV, MP3, Ogg Vorbis and Ogg Opus are.")]
    Unknown,
    /// The beginning of a known file, but the rest does not follow its rules.
    #[error("The file is damaged or incomplete: {0}.")]
    Broken(&'static str),
    /// A file that is sound in itself, of a kind that is not read here.
    #[error("The file is of a kind that is not supported: {0}.")]
    Unsupported(String),
}
