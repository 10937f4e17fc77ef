//! The icons: strokes on a grid of 24.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    Activity,
    Alert,
    ArrowDown,
    ArrowIn,
    ArrowOut,
    ArrowUp,
    ArrowsBoth,
    Back,
    Building,
    Check,
    ChevronDown,
    Clock,
    Close,
    Copy,
    Device,
    Download,
    Fold,
    Home,
    Info,
    Key,
    Leave,
    Link,
    List,
    Message,
    Microphone,
    Moon,
    More,
    Pause,
    Pencil,
    People,
    Phone,
    PhoneDown,
    Play,
    Plus,
    Power,
    Screen,
    Search,
    Server,
    Send,
    Settings,
    Shield,
    Sun,
    Trash,
    Upload,
    Voicemail,
    Wallet,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            Self::Activity => "M3 12h4l3-8 4 16 3-8h4",
            Self::Alert => {
                "M12 8.5v4.5M12 16.5v.01M10.6 4.2 2.9 17.6A1.6 1.6 0 0 0 4.3 20h15.4a1.6 1.6 0 0 0 1.4-2.4L13.4 4.2a1.6 1.6 0 0 0-2.8 0Z"
            }
            Self::ArrowDown => "M12 5v14M6 13l6 6 6-6",
            Self::ArrowIn => "M18 6 7 17M7 9v8h8",
            Self::ArrowOut => "M6 18 17 7M9 7h8v8",
            Self::ArrowUp => "M12 19V5M6 11l6-6 6 6",
            Self::ArrowsBoth => "M4 9h14M14 5l4 4-4 4M20 15H6M10 11l-4 4 4 4",
            Self::Back => "M11 5l-7 7 7 7M4.5 12H20",
            Self::Building => {
                "M5 21V5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v16M15 10h3a2 2 0 0 1 2 2v9M3 21h18M9 7.5h2M9 11.5h2M9 15.5h2"
            }
            Self::Check => "M5 12.5 10 17.5 19.5 7",
            Self::ChevronDown => "M6 9.5l6 6 6-6",
            Self::Clock => "M12 7v5l3.2 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
            Self::Close => "M6.5 6.5l11 11M17.5 6.5l-11 11",
            Self::Copy => {
                "M9 9h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2V9ZM15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3"
            }
            Self::Device => "M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2ZM11 17.5h2",
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
            Self::Fold => "M4 5.5h16v13H4ZM9.5 5.5v13",
            Self::Home => "M4 11l8-7 8 7v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19ZM9.5 20v-6h5v6",
            Self::Info => "M12 11.5v5M12 7.8v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
            Self::Key => "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12l8.5-8M16 7.5l3 3M13.5 10l2 2",
            Self::Leave => "M14 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H14M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5",
            Self::Link => {
                "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L11.8 6.5M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.3-1.3"
            }
            Self::List => "M4 6.5h.01M4 12h.01M4 17.5h.01M8.5 6.5H20M8.5 12H20M8.5 17.5H20",
            Self::Message => "M4 5.5h16v11.5h-8.5L7 20.5V17H4ZM8 9.5h8M8 13h5",
            Self::Microphone => {
                "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM6 11a6 6 0 0 0 12 0M12 17v3.5M9 20.5h6"
            }
            Self::Moon => "M20 14.2A8.2 8.2 0 1 1 9.8 4a6.6 6.6 0 0 0 10.2 10.2Z",
            Self::More => "M5.5 12h.01M12 12h.01M18.5 12h.01",
            Self::Pause => "M8.5 5.5v13M15.5 5.5v13",
            Self::Pencil => "M4 20l1-4.2L15.8 5a2 2 0 0 1 2.8 0l.4.4a2 2 0 0 1 0 2.8L8.2 19ZM13.5 7.3l3.2 3.2",
            Self::People => {
                "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.8 20c0-3.3 2.6-5.5 6.2-5.5s6.2 2.2 6.2 5.5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.3.7 3.7 2.6 3.7 5.2"
            }
            Self::Phone => {
                "M5 4h3.6l1.8 4.6-2.3 1.7a12 12 0 0 0 5.6 5.6l1.7-2.3L20 15.4V19a1.6 1.6 0 0 1-1.7 1.6A15.5 15.5 0 0 1 3.4 5.7 1.6 1.6 0 0 1 5 4Z"
            }
            Self::PhoneDown => "M3 14.5c5.2-5.3 12.8-5.3 18 0l-2 2.8-4-1.6v-2.6a13 13 0 0 0-6 0v2.6l-4 1.6Z",
            Self::Play => "M8 5.2v13.6L18.8 12Z",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Power => "M12 3.5v8M7 6.3a8 8 0 1 0 10 0",
            Self::Screen => "M3.5 5h17v11h-17ZM9 20h6M12 16v4",
            Self::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 20.5 20.5",
            Self::Server => "M4 4.5h16v6H4ZM4 13.5h16v6H4ZM7.5 7.5h.01M7.5 16.5h.01M11 7.5h5M11 16.5h5",
            Self::Send => "M4 12 20 4.5 15 20l-4-6.5ZM11 13.5 20 4.5",
            Self::Settings => {
                "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z"
            }
            Self::Shield => "M12 3.5 19 6v5.5c0 4.4-2.9 7.6-7 9-4.1-1.4-7-4.6-7-9V6ZM9.5 9.5l5 5M14.5 9.5l-5 5",
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
            }
            Self::Trash => {
                "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1.5 1.5 0 0 0 1.5 1.4h6.4a1.5 1.5 0 0 0 1.5-1.4l.8-12M10 11v5.5M14 11v5.5"
            }
            Self::Upload => "M12 15.5v-11M7 9l5-5 5 5M4.5 20h15",
            Self::Voicemail => {
                "M6.5 16a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM17.5 16a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM6.5 16h11"
            }
            Self::Wallet => "M19 7V5H5a2 2 0 0 0 0 4h15v10a1.5 1.5 0 0 1-1.5 1.5H5A2 2 0 0 1 3 18.5V7M16.5 14.7v.01",
        }
    }
}

/// An icon beside text: screen readers pass it over.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" class:icon-dots=glyph == Glyph::More>
            <path d=glyph.path() />
        </svg>
    }
}

/// The product's sign.
#[component]
pub fn Bell() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#2f5bea" />
            <path
                fill="#fff"
                d="M16 6.5c-4.1 0-6.6 3-6.6 7v4.2l-1.9 3.1c-.4.6.1 1.4.8 1.4h15.4c.7 0 1.2-.8.8-1.4l-1.9-3.1v-4.2c0-4-2.5-7-6.6-7ZM13.2 24.2a2.9 2.9 0 0 0 5.6 0Z"
            />
        </svg>
    }
}
