//! The name of the called extension, kept with the call as the caller's is. Older code does not see the column, and the
//! default serves the rows that it writes.

crate::dialect::migration! {
    up: ["ALTER TABLE call ADD COLUMN callee_name {text} NOT NULL DEFAULT ''"],
    down: ["ALTER TABLE call DROP COLUMN callee_name"]
}
