//! The icons that only a phone needs, on the same grid as the others.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Microphone,
    MicrophoneOff,
    Pause,
    Play,
    Keypad,
    Speaker,
    Ring,
    Backspace,
    Transfer,
    Join,
    Record,
}

impl Sign {
    const fn path(self) -> &'static str {
        match self {
            Self::Microphone => {
                "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"
            }
            Self::MicrophoneOff => {
                "M4 4l16 16M9 9v2.5a3 3 0 0 0 4.6 2.5M15 11V6.5a3 3 0 0 0-5.9-.8M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.4 12.6c.1-.4.1-.7.1-1.1M12 18v3"
            }
            Self::Pause => "M8.5 5.5v13M15.5 5.5v13",
            Self::Play => "M8 5.5v13l10.5-6.5Z",
            Self::Keypad => "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01",
            Self::Speaker => "M4 10v4h3.5L12 18V6L7.5 10ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11",
            Self::Ring => "M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 2h-14ZM10.2 21a2 2 0 0 0 3.6 0",
            Self::Transfer => "M4 15.5v-3a4 4 0 0 1 4-4h11M14.5 4 19 8.5 14.5 13M4 19.5h.01",
            Self::Record => "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
            Self::Join => "M5 5v3a4 4 0 0 0 4 4h6a4 4 0 0 1 4 4v3M19 5v3a4 4 0 0 1-4 4H9a4 4 0 0 0-4 4v3",
            Self::Backspace => {
                "M9 6h10.5A1.5 1.5 0 0 1 21 7.5v9a1.5 1.5 0 0 1-1.5 1.5H9l-6-6ZM12 9.8l4.4 4.4M16.4 9.8 12 14.2"
            }
        }
    }
}

/// An icon beside words or in a named button: screen readers pass it over.
#[component]
pub fn SignIcon(#[prop(into)] sign: Signal<Sign>) -> impl IntoView {
    view! {
        <svg class="icon" class:icon-dots=move || sign.get() == Sign::Keypad viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || sign.get().path() />
        </svg>
    }
}
