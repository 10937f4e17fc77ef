//! A tenant's own mail server (MAIL-01). A new table: older code does not see it, and mails by the provider's.

crate::dialect::migration! {
    up: [
        // sealed: JSON, the password in it.
        "CREATE TABLE tenant_mail_server (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            sealed {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE tenant_mail_server"]
}
