//! Sounds that come in: WAV, MP3 or Ogg, in Base64. What is kept of one is made here (IVR-02, EXT-07).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::problem::FieldProblem;
use shared::prompt::{PROMPT_BYTES_MAX, PROMPT_SECONDS_MAX, check_name};
use sound::{Imported, Limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::App;
use crate::error::{Error, Result};

/// Sounds on their way in at once, of everybody: each may be of 28 MB.
const ARRIVING_MAX: usize = 8;
/// Sounds that are converted at once: each keeps a processor busy for some seconds, and calls want one too.
const CONVERTING_MAX: usize = 2;

/// Who may bring a sound just now.
pub(crate) struct Seats {
    arriving: Arc<Semaphore>,
    converting: Arc<Semaphore>,
}

impl Default for Seats {
    fn default() -> Self {
        Self { arriving: Arc::new(Semaphore::new(ARRIVING_MAX)), converting: Arc::new(Semaphore::new(CONVERTING_MAX)) }
    }
}

impl Seats {
    /// A seat until the sound is kept or refused; `Busy` where there is none.
    pub(crate) fn arrive(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.arriving).try_acquire_owned().map_err(|_| Error::Busy)
    }
}

/// Makes a file of the house of what somebody has brought.
pub(crate) async fn take(app: &App, name: &str, text: String) -> Result<Imported> {
    Error::check(check_name(name))?;
    let seat = Arc::clone(&app.uploads.converting).acquire_owned().await.map_err(|_| Error::Busy)?;
    // The seat goes with the work: whoever has gone away leaves it to be finished, not to be begun anew beside it.
    let taken = tokio::task::spawn_blocking(move || {
        let _seat = seat;
        convert(text)
    });
    let taken = taken.await.map_err(|error| Error::Internal(error.to_string()))?;
    taken.map_err(|reason| Error::Invalid(vec![FieldProblem::new("sound", reason)]))
}

fn convert(text: String) -> std::result::Result<Imported, String> {
    let bytes = STANDARD.decode(text).map_err(|_| "This is not Base64.".to_owned())?;
    let limits = Limits { bytes_max: PROMPT_BYTES_MAX, seconds_max: PROMPT_SECONDS_MAX };
    sound::import(&bytes, limits).map_err(|refused| refused.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_sounds_are_on_their_way_in_at_once() {
        let seats = Seats::default();
        let taken: Vec<_> = (0..ARRIVING_MAX).map(|_| seats.arrive().unwrap()).collect();
        assert!(matches!(seats.arrive(), Err(Error::Busy)));
        drop(taken);
        assert!(seats.arrive().is_ok());
    }

    #[test]
    fn what_is_no_base64_or_no_sound_is_refused_in_a_sentence() {
        assert_eq!(convert("!".into()), Err("This is not Base64.".into()));
        assert_eq!(convert(String::new()), Err("The file holds no sound.".into()));
        assert!(convert(STANDARD.encode("not a sound")).unwrap_err().ends_with('.'));
    }
}
