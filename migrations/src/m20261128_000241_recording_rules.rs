//! Which calls are recorded by rules, and what was left out of a recording (REC-01). A new table and an empty column: older code records by
//! what it knows and leaves both alone.

crate::dialect::migration! {
    up: [
        "CREATE TABLE recording_rules (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            rules {text} NOT NULL
        )",
        "ALTER TABLE recording ADD COLUMN pauses {text}",
    ],
    down: [
        "ALTER TABLE recording DROP COLUMN pauses",
        "DROP TABLE recording_rules",
    ]
}
