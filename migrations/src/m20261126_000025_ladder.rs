//! The SIP ladders of calls and of refused requests (LOG-04). New tables: older code does not see them.

crate::dialect::migration! {
    up: [
        // A ladder comes in pieces, so that a running call has what is known of it; `first` is the number of its first message.
        "CREATE TABLE ladder_piece (
            tenant_id BIGINT NOT NULL,
            call_id BIGINT NOT NULL,
            first BIGINT NOT NULL,
            at BIGINT NOT NULL,
            piece {text} NOT NULL,
            PRIMARY KEY (tenant_id, call_id, first),
            FOREIGN KEY (tenant_id, call_id) REFERENCES call (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX ladder_piece_at ON ladder_piece (at)",
        "CREATE TABLE refusal_ladder (
            fingerprint {text} NOT NULL PRIMARY KEY REFERENCES refusal (fingerprint) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            ladder {text} NOT NULL
        )",
        "CREATE INDEX refusal_ladder_at ON refusal_ladder (at)",
    ],
    down: ["DROP TABLE refusal_ladder", "DROP TABLE ladder_piece"]
}
