//! How the set-up wizard stands (WIZ-01). A new table: older code does not see it. Whoever has an administrator already was
//! set up without it, and is not asked.

crate::dialect::migration! {
    up: [
        // One row, once somebody has gone through the wizard or left it for later.
        "CREATE TABLE wizard (
            id {id} NOT NULL PRIMARY KEY CHECK (id = 1),
            state {text} NOT NULL,
            since BIGINT NOT NULL
        )",
        "INSERT INTO wizard (id, state, since)
            SELECT 1, 'done', MIN(created_at) FROM account WHERE role = 'admin' HAVING COUNT(*) > 0",
    ],
    down: ["DROP TABLE wizard"]
}
