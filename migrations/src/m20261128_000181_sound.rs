//! Sounds that people have brought: prompts and greetings (IVR-02, EXT-07). A new table: older code does not see it and leaves the
//! files beside it alone; where it removes an extension or a tenant, the rows go with them, and the files wait for the purge.

crate::dialect::migration! {
    up: [
        // kind: prompt, greeting or voicemail. The sound itself is a file, named by the id.
        "CREATE TABLE sound (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            extension_id BIGINT,
            kind {text} NOT NULL,
            name {text} NOT NULL,
            name_key {text} NOT NULL,
            millis BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX sound_of ON sound (tenant_id, extension_id, kind, name_key)",
    ],
    down: ["DROP TABLE sound"]
}
