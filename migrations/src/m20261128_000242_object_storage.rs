//! Recordings that lie in an object storage (REC-08): the name of their object. An empty column: older code does not find the files of those
//! that were moved, and says so; nothing is lost.

crate::dialect::migration! {
    up: [
        "ALTER TABLE recording ADD COLUMN object_key {text}",
        "CREATE INDEX recording_here ON recording (id) WHERE object_key IS NULL",
    ],
    down: [
        "DROP INDEX recording_here",
        "ALTER TABLE recording DROP COLUMN object_key",
    ]
}
