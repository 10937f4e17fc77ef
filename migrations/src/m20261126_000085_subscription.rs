//! Subscriptions of phones, which go on after a restart. A new table: older code does not see it.

crate::dialect::migration! {
    up: [
        "CREATE TABLE subscription (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            watched_id BIGINT NOT NULL,
            event {text} NOT NULL,
            transport {text} NOT NULL,
            source {text} NOT NULL,
            expires_at BIGINT NOT NULL,
            version BIGINT NOT NULL,
            dialog {text} NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, watched_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX subscription_extension ON subscription (tenant_id, extension_id)",
        "CREATE INDEX subscription_watched ON subscription (tenant_id, watched_id)",
    ],
    down: ["DROP TABLE subscription"]
}
