//! A tenant's office hours (OH-01, OH-02). A new table: older code does not see it. Who has no row has the hours that a
//! tenant begins with.

crate::dialect::migration! {
    up: [
        // hours: JSON, the week and the holidays.
        "CREATE TABLE tenant_hours (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            hours {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE tenant_hours"]
}
