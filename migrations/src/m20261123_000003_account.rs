//! Accounts, their sessions, one-time links and failed sign-ins (ACC-01…08). New tables: older code does not see them.

crate::dialect::migration! {
    up: [
        "CREATE TABLE account (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            extension_id BIGINT UNIQUE,
            role {text} NOT NULL,
            email {text} NOT NULL,
            email_key {text} NOT NULL UNIQUE,
            name {text} NOT NULL,
            password_hash {text},
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE TABLE session (
            id {id} NOT NULL PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            acting_tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            salt {text} NOT NULL,
            generation BIGINT NOT NULL,
            user_agent {text} NOT NULL,
            created_at BIGINT NOT NULL,
            rotated_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )",
        "CREATE INDEX session_account ON session (account_id)",
        "CREATE INDEX session_acting ON session (acting_tenant_id)",
        "CREATE INDEX session_expires ON session (expires_at)",
        "CREATE TABLE link (
            token_hash {text} NOT NULL PRIMARY KEY,
            account_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
            purpose {text} NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )",
        "CREATE INDEX link_account ON link (account_id)",
        "CREATE INDEX link_expires ON link (expires_at)",
        "CREATE TABLE sign_in_failure (
            email_hash {text} NOT NULL PRIMARY KEY,
            failures BIGINT NOT NULL,
            first_at BIGINT NOT NULL,
            locked_until BIGINT,
            forget_at BIGINT NOT NULL
        )",
        "CREATE INDEX sign_in_failure_forget ON sign_in_failure (forget_at)",
    ],
    down: ["DROP TABLE sign_in_failure", "DROP TABLE link", "DROP TABLE session", "DROP TABLE account"]
}
