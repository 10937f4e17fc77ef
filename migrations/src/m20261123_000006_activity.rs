//! The activity log (LOG-02). A new table: older code does not see it.

crate::dialect::migration! {
    up: [
        "CREATE TABLE activity (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            actor {text} NOT NULL,
            acting_for {text},
            operation {text} NOT NULL,
            subject {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX activity_at ON activity (at)",
    ],
    down: ["DROP TABLE activity"]
}
