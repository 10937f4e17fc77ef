//! A tenant's feature codes (DIAL-01). A new table: older code does not see it. Who has no row has the codes that a tenant
//! begins with; a number that was given before the codes came stays its owner's.

crate::dialect::migration! {
    up: [
        // codes: JSON.
        "CREATE TABLE feature_codes (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            codes {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE feature_codes"]
}
