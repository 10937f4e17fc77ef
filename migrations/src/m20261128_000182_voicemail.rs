//! Mailboxes and the messages in them (VM-01, EXT-06). A new table, and columns that may be empty: older code does not see them and
//! leaves them so; it offers callers no mailbox, and what lies in one waits for the newer.

crate::dialect::migration! {
    up: [
        // mailbox: JSON. mailbox_pin: sealed.
        "ALTER TABLE extension ADD COLUMN mailbox {text}",
        "ALTER TABLE extension ADD COLUMN mailbox_pin {text}",
        // millis is empty while the message is being left.
        "CREATE TABLE voicemail (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            call_id BIGINT NOT NULL,
            caller {text} NOT NULL,
            caller_name {text} NOT NULL,
            left_at BIGINT NOT NULL,
            millis BIGINT,
            heard_at BIGINT,
            sound_id BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX voicemail_of ON voicemail (tenant_id, extension_id, id)",
        "CREATE INDEX voicemail_left ON voicemail (left_at)",
    ],
    down: [
        "DROP TABLE voicemail",
        "ALTER TABLE extension DROP COLUMN mailbox_pin",
        "ALTER TABLE extension DROP COLUMN mailbox",
    ]
}
