//! Work that follows, and the installation's settings. New tables: older code does not see them.

crate::dialect::migration! {
    up: [
        // The payload is sealed: an invitation's link stands in it. A job with a singleton word exists once.
        "CREATE TABLE job (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            kind {text} NOT NULL,
            singleton {text} UNIQUE,
            payload {text} NOT NULL,
            run_at BIGINT NOT NULL,
            tries BIGINT NOT NULL,
            given_up_at BIGINT,
            last_error {text},
            created_at BIGINT NOT NULL
        )",
        "CREATE INDEX job_due ON job (run_at, id) WHERE given_up_at IS NULL",
        "CREATE INDEX job_tenant ON job (tenant_id)",
        "CREATE TABLE setting (
            name {text} NOT NULL PRIMARY KEY,
            value {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE setting", "DROP TABLE job"]
}
