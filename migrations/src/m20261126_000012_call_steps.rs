//! The trace of a running call, so that a crash does not take the reasons along (CDR-02). A new column that may be empty:
//! the code before it leaves it so.

crate::dialect::migration! {
    up: ["ALTER TABLE call ADD COLUMN steps {text}"],
    down: ["ALTER TABLE call DROP COLUMN steps"]
}
