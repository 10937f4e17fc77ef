//! The machine: its clock and its disk.

use std::path::Path;

use shared::diagnosis::Finding;

/// Below this the next log or record may be the last.
const DISK_BYTES_MIN: u64 = 1 << 30;
/// Below this it is time to look.
const DISK_BYTES_LOW: u64 = 5 << 30;

/// Is the clock kept by somebody? Certificates, credentials and records depend on it.
pub fn clock() -> Finding {
    // SAFETY: zeroes are a valid `timex`, and modes 0 only reads.
    let state = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        libc::adjtimex(&raw mut timex)
    };
    if state == libc::TIME_ERROR {
        let fix = "Switch time synchronisation on, such as with “timedatectl set-ntp true”, or chrony.";
        return Finding::warning("Clock", "Nobody keeps this machine's clock right.", fix);
    }
    Finding::good("Clock", "It is kept by a time server.")
}

/// Is there room for what is written?
pub fn disk(data: &Path) -> Finding {
    const NAME: &str = "Disk";
    let Ok(state) = rustix::fs::statvfs(data) else {
        return Finding::bad(
            NAME,
            "The data folder cannot be read.",
            "See that --data is the server's and that it may be read.",
        );
    };
    let free = state.f_bavail.saturating_mul(state.f_frsize);
    let words = format!("{:.1} GiB are free where the data is.", free as f64 / (1u64 << 30) as f64);
    let fix = "Make room, or move the data folder to a larger disk.";
    match free {
        ..DISK_BYTES_MIN => Finding::bad(NAME, &words, fix),
        DISK_BYTES_MIN..DISK_BYTES_LOW => Finding::warning(NAME, &words, fix),
        _ => Finding::good(NAME, &words),
    }
}

#[cfg(test)]
mod tests {
    use shared::diagnosis::Verdict;

    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_named_and_one_that_is_has_its_room() {
        assert_eq!(disk(Path::new("/nowhere/at/all")).verdict, Verdict::Bad);
        assert!(disk(Path::new("/")).detail.contains("GiB"));
        assert!(!clock().detail.is_empty());
    }
}
