//! Monitors of a group who may monitor everybody (CTI-08). Older code does not see the column; the default serves the rows that it
//! writes.

crate::dialect::migration! {
    up: ["ALTER TABLE extension_group ADD COLUMN monitors_all BOOLEAN NOT NULL DEFAULT FALSE"],
    down: ["ALTER TABLE extension_group DROP COLUMN monitors_all"]
}
