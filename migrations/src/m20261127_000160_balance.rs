//! Balances of extensions and their ledger (EXT-17, BILL-08), in millionths of the tenant's currency. Older code does not see the
//! columns, and the defaults serve the rows that it writes.

crate::dialect::migration! {
    up: [
        "ALTER TABLE extension ADD COLUMN balance BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE tenant ADD COLUMN bill_outbound BOOLEAN NOT NULL DEFAULT FALSE",
        "CREATE TABLE balance_entry (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            at BIGINT NOT NULL,
            amount BIGINT NOT NULL,
            balance BIGINT NOT NULL,
            note {text} NOT NULL,
            actor {text} NOT NULL,
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX balance_entry_of ON balance_entry (tenant_id, extension_id, id)",
    ],
    down: [
        "DROP TABLE balance_entry",
        "ALTER TABLE tenant DROP COLUMN bill_outbound",
        "ALTER TABLE extension DROP COLUMN balance",
    ]
}
