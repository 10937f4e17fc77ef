//! A tenant that goes ends no administrator's session who acts for it (ACC-07). The code before it reads the same
//! columns. SQLite changes no reference in place, so the table is made anew on both engines.

crate::dialect::migration! {
    up: [
        "CREATE TABLE session_anew (
            id {id} NOT NULL PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            acting_tenant_id BIGINT REFERENCES tenant (id) ON DELETE SET NULL,
            salt {text} NOT NULL,
            generation BIGINT NOT NULL,
            user_agent {text} NOT NULL,
            created_at BIGINT NOT NULL,
            rotated_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )",
        "INSERT INTO session_anew
            (id, account_id, acting_tenant_id, salt, generation, user_agent, created_at, rotated_at, expires_at)
            SELECT id, account_id, acting_tenant_id, salt, generation, user_agent, created_at, rotated_at, expires_at
            FROM session",
        "DROP TABLE session",
        "ALTER TABLE session_anew RENAME TO session",
        "CREATE INDEX session_account ON session (account_id)",
        "CREATE INDEX session_acting ON session (acting_tenant_id)",
        "CREATE INDEX session_expires ON session (expires_at)",
    ],
    down: []
}
