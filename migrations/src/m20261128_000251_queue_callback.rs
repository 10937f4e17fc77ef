//! When a caller asked to be called back, in which call that is being done, and how often it was broken off: what the next start
//! needs to take it up again. Older code does not see the columns; what it writes without them is closed at the start, as it was before.

crate::dialect::migration! {
    up: [
        "ALTER TABLE queue_call ADD COLUMN callback_at BIGINT",
        "ALTER TABLE queue_call ADD COLUMN callback_call_id BIGINT",
        "ALTER TABLE queue_call ADD COLUMN callback_breaks BIGINT NOT NULL DEFAULT 0",
    ],
    down: [
        "ALTER TABLE queue_call DROP COLUMN callback_breaks",
        "ALTER TABLE queue_call DROP COLUMN callback_call_id",
        "ALTER TABLE queue_call DROP COLUMN callback_at",
    ]
}
