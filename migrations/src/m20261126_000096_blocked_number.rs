//! Blocked numbers (NBL-01, NBL-02). A new table: older code does not see it, and blocks nobody.

crate::dialect::migration! {
    up: [
        "CREATE TABLE blocked_number (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            description {text} NOT NULL,
            search_key {text} NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number)
        )",
    ],
    down: ["DROP TABLE blocked_number"]
}
