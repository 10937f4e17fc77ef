//! The pieces that pages are made of; they know nothing of telephony.

pub mod badge;
pub mod button;
pub mod card;
pub mod chart;
pub mod copy;
pub mod dialog;
pub mod fetch;
pub mod field;
pub mod file;
pub mod form;
pub mod icon;
pub mod listing;
pub mod menu;
pub mod notice;
pub mod player;
pub mod recorder;
pub mod records;
pub mod table;
pub mod tabs;
pub mod theme;
pub mod toast;
