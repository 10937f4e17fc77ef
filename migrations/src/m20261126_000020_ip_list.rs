//! The IP list (SEC-06, IPB-01…IPB-05). A new table: older code does not see it, and lets everybody near.

crate::dialect::migration! {
    up: [
        // network: `41.202.0.0/16`. evidence: JSON, where Belfry made the entry.
        "CREATE TABLE ip_entry (
            id {id} NOT NULL PRIMARY KEY,
            network {text} NOT NULL UNIQUE,
            action {text} NOT NULL,
            description {text} NOT NULL,
            expires_at BIGINT,
            origin {text} NOT NULL,
            evidence {text},
            created_at BIGINT NOT NULL,
            search_key {text} NOT NULL
        )",
        "CREATE INDEX ip_entry_expires ON ip_entry (expires_at) WHERE expires_at IS NOT NULL",
    ],
    down: ["DROP TABLE ip_entry"]
}
