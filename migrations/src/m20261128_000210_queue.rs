//! Call queues. A new table: older code does not see it, and their numbers answer nobody.

crate::dialect::migration! {
    up: [
        // settings: JSON, members and managers in it.
        "CREATE TABLE queue (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            name {text} NOT NULL,
            settings {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number)
        )",
    ],
    down: ["DROP TABLE queue"]
}
