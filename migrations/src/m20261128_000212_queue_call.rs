//! Calls of queues, and how members stand and stood. New tables: older code does not see them and leaves them so.

crate::dialect::migration! {
    up: [
        // Calls and times outlive queues and extensions: no foreign keys to them. seen_at: the latest that was told of it.
        "CREATE TABLE queue_call (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            queue_id BIGINT NOT NULL,
            call_id BIGINT NOT NULL,
            caller {text} NOT NULL,
            caller_name {text} NOT NULL,
            entered_at BIGINT NOT NULL,
            vip BOOLEAN NOT NULL,
            callback BOOLEAN NOT NULL,
            late BOOLEAN NOT NULL,
            answered_at BIGINT,
            agent_id BIGINT,
            ended_at BIGINT,
            outcome {text},
            seen_at BIGINT NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX queue_call_of ON queue_call (tenant_id, entered_at, id)",
        "CREATE INDEX queue_call_of_queue ON queue_call (tenant_id, queue_id, entered_at, id)",
        "CREATE INDEX queue_call_open ON queue_call (id) WHERE ended_at IS NULL",
        // The latest of each member; since is the state's, ready_since the readiness's.
        "CREATE TABLE agent (
            tenant_id BIGINT NOT NULL,
            queue_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            ready BOOLEAN NOT NULL,
            pause_reason {text} NOT NULL,
            ready_since BIGINT NOT NULL,
            state {text} NOT NULL,
            since BIGINT NOT NULL,
            PRIMARY KEY (queue_id, extension_id),
            FOREIGN KEY (tenant_id, queue_id) REFERENCES queue (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        // What came before, and what is now: ended_at is empty then.
        "CREATE TABLE agent_span (
            queue_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            since BIGINT NOT NULL,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            state {text} NOT NULL,
            pause_reason {text} NOT NULL,
            ended_at BIGINT,
            PRIMARY KEY (queue_id, extension_id, since)
        )",
        "CREATE INDEX agent_span_of ON agent_span (tenant_id, since)",
        "CREATE INDEX agent_span_ended ON agent_span (ended_at)",
    ],
    down: ["DROP TABLE agent_span", "DROP TABLE agent", "DROP TABLE queue_call"]
}
