//! A tenant's music on hold (MOH-01). A new table: older code does not see it, and lets a prompt be removed that is played here; then
//! those on hold hear nothing. Who has no row plays no music.

crate::dialect::migration! {
    up: [
        // music: JSON, with the ids of prompts.
        "CREATE TABLE music_on_hold (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            music {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE music_on_hold"]
}
