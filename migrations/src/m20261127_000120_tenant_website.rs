//! A tenant's website (T-12). Older code does not see the column, and the default serves the rows that it writes.

crate::dialect::migration! {
    up: ["ALTER TABLE tenant ADD COLUMN website {text} NOT NULL DEFAULT ''"],
    down: ["ALTER TABLE tenant DROP COLUMN website"]
}
