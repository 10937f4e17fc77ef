//! Extensions (EXT-01…). A new table: older code does not see it.

crate::dialect::migration! {
    up: [
        "CREATE TABLE extension (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            name {text} NOT NULL,
            name_key {text} NOT NULL,
            email {text},
            enabled BOOLEAN NOT NULL,
            ring_seconds BIGINT NOT NULL,
            sip_secret {text} NOT NULL,
            credential_epoch BIGINT NOT NULL,
            search_key {text} NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number)
        )",
        "CREATE INDEX extension_name ON extension (tenant_id, name_key, id)",
    ],
    down: ["DROP TABLE extension"]
}
