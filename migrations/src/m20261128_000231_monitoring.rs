//! Monitoring of calls (CTI-01). Older code does not see the column; the default serves the rows that it writes: nobody monitors
//! anybody until a tenant turns it on.

crate::dialect::migration! {
    up: ["ALTER TABLE tenant ADD COLUMN monitoring BOOLEAN NOT NULL DEFAULT FALSE"],
    down: ["ALTER TABLE tenant DROP COLUMN monitoring"]
}
