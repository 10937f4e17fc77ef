//! What puts back what was before a change (`store/undo.rs`). Older code does not see the column; a line without it cannot be undone.

crate::dialect::migration! {
    up: ["ALTER TABLE activity ADD COLUMN undo {text}"],
    down: ["ALTER TABLE activity DROP COLUMN undo"]
}
