//! The extension that a tenant's administrator has as the own one. A table of its own: `account.extension_id` says whose account goes with
//! its extension, and this one outlives it. Older code does not see the table.

crate::dialect::migration! {
    up: [
        "CREATE TABLE own_extension (
            account_id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            extension_id BIGINT NOT NULL UNIQUE,
            FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
    ],
    down: [
        "DROP TABLE own_extension",
    ]
}
