//! What is known of the person at an extension (EXT-18). A column that may be empty: older code does not see it and leaves it so.

crate::dialect::migration! {
    up: [
        "ALTER TABLE extension ADD COLUMN personal {text}",
    ],
    down: []
}
