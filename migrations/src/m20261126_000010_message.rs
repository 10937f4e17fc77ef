//! Instant messages (MSG-02). A new table: older code does not see it.

crate::dialect::migration! {
    up: [
        // `low_id` and `high_id` are the two people in the order of their ids: a conversation is one pair.
        "CREATE TABLE message (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            sender_id BIGINT NOT NULL,
            receiver_id BIGINT NOT NULL,
            low_id BIGINT NOT NULL,
            high_id BIGINT NOT NULL,
            sender {text} NOT NULL,
            receiver {text} NOT NULL,
            text {text} NOT NULL,
            sent_at BIGINT NOT NULL,
            delivered_at BIGINT,
            read_at BIGINT,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, sender_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, receiver_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX message_pair ON message (tenant_id, low_id, high_id, id)",
        "CREATE INDEX message_high ON message (tenant_id, high_id, low_id, id)",
        "CREATE INDEX message_sender ON message (tenant_id, sender_id)",
        "CREATE INDEX message_unread ON message (tenant_id, receiver_id, sender_id) WHERE read_at IS NULL",
        "CREATE INDEX message_waiting ON message (tenant_id, id) WHERE delivered_at IS NULL",
        "CREATE INDEX message_sent ON message (sent_at)",
    ],
    down: ["DROP TABLE message"]
}
