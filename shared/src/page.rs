//! Lists: by cursor, searched and sorted.

use serde::{Deserialize, Serialize};

/// The most rows that one page holds.
pub const PAGE_ROWS_MAX: u32 = 200;
/// The rows of a page when the caller does not say.
pub const PAGE_ROWS_DEFAULT: u32 = 50;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub rows: Vec<T>,
    /// Hand this back as `cursor` for the next page; absent on the last one. Opaque.
    pub next: Option<String>,
    /// How many rows the filter matches in all.
    pub total: u64,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), next: None, total: 0 }
    }
}

/// The direction of a sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}
