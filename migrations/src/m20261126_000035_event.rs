//! The event log (LOG-01). A new table: older code does not see it.

crate::dialect::migration! {
    up: [
        // `level` is a number, so that "so bad or worse" is a comparison.
        "CREATE TABLE event (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            count BIGINT NOT NULL,
            level BIGINT NOT NULL,
            source {text} NOT NULL,
            code {text} NOT NULL,
            text {text} NOT NULL,
            fingerprint {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX event_at ON event (at)",
        "CREATE INDEX event_fingerprint ON event (fingerprint, at)",
    ],
    down: ["DROP TABLE event"]
}
