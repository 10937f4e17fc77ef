//! Recordings of calls and who is recorded (REC-01, EXT-11, T-03). A new table, and columns with the value that nobody has chosen:
//! older code does not see them and leaves them so; it records nothing, and what was recorded waits for the newer.

crate::dialect::migration! {
    up: [
        "ALTER TABLE extension ADD COLUMN record_calls BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE tenant ADD COLUMN record_calls BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE tenant ADD COLUMN record_tracks BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE tenant ADD COLUMN announce_recording BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE tenant ADD COLUMN delete_own_recordings BOOLEAN NOT NULL DEFAULT TRUE",
        // A recording outlives its extensions: no foreign keys to them. millis, bytes and sha256 are empty while it goes on.
        "CREATE TABLE recording (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            call_id BIGINT NOT NULL,
            caller {text} NOT NULL,
            caller_name {text} NOT NULL,
            callee {text} NOT NULL,
            callee_name {text} NOT NULL,
            caller_extension_id BIGINT,
            callee_extension_id BIGINT,
            started_at BIGINT NOT NULL,
            millis BIGINT,
            bytes BIGINT,
            tracks BIGINT NOT NULL,
            heard_at BIGINT,
            sha256 {text},
            sound_id BIGINT NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX recording_of ON recording (tenant_id, started_at, id)",
        "CREATE INDEX recording_started ON recording (started_at)",
    ],
    down: [
        "DROP TABLE recording",
        "ALTER TABLE tenant DROP COLUMN delete_own_recordings",
        "ALTER TABLE tenant DROP COLUMN announce_recording",
        "ALTER TABLE tenant DROP COLUMN record_tracks",
        "ALTER TABLE tenant DROP COLUMN record_calls",
        "ALTER TABLE extension DROP COLUMN record_calls",
    ]
}
