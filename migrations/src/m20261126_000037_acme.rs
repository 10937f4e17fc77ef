//! What a certificate authority is answered while it looks whether a name is ours (RFC 8555, 8.3). A new table: older code
//! does not see it.

crate::dialect::migration! {
    up: [
        "CREATE TABLE acme_challenge (
            token {text} NOT NULL PRIMARY KEY,
            answer {text} NOT NULL,
            expires_at BIGINT NOT NULL
        )",
    ],
    down: ["DROP TABLE acme_challenge"]
}
