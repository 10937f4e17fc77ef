//! How a person wants to be seen (EXT-21). Columns that may be empty: older code does not see them and leaves them so.

crate::dialect::migration! {
    up: [
        "ALTER TABLE extension ADD COLUMN presence {text}",
        "ALTER TABLE extension ADD COLUMN presence_note {text}",
    ],
    down: []
}
