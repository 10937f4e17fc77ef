//! The server's certificate: read and checked as it was uploaded, described for people, or made by a root of our own.
//!
//! Map: `pair` is a chain with its key, `local` the installation's own root (TRN-06), `request` what an
//! authority is asked with, `names` what a certificate covers, `trust` whom we believe ourselves.
//!
//! **Invariant:** a [`Pair`] belongs together and can be served: whoever has one need not check again.
//! **Invariant:** keys print as stars and leave by [`Pair::key_pem`] and [`LocalRoot::key`] alone.

mod local;
mod names;
mod pair;
mod request;
mod trust;

pub use local::LocalRoot;
pub use names::covers;
pub use pair::Pair;
pub use request::Request;
pub use trust::{roots, system_roots};

/// What went wrong with a certificate that is nobody's input.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be made.
    #[error("the certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
    /// It was stored by us and cannot be read.
    #[error("the stored certificate is damaged: {0}")]
    Damaged(String),
}

/// Of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
