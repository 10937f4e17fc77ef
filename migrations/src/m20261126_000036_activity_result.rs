//! From where it was done, what came of it, and what was before and after (LOG-02). Columns that may be empty: older code
//! does not see them and leaves them so.

crate::dialect::migration! {
    up: [
        "ALTER TABLE activity ADD COLUMN address {text}",
        "ALTER TABLE activity ADD COLUMN failure {text}",
        "ALTER TABLE activity ADD COLUMN changes {text}",
    ],
    down: []
}
