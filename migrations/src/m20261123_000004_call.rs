//! Call records and their decision traces (CDR-01…05). New tables: older code does not see them.

crate::dialect::migration! {
    up: [
        // No reference to extension: a record outlives the extension that made the call.
        "CREATE TABLE call (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            sip_call_id {text} NOT NULL,
            caller {text} NOT NULL,
            caller_name {text} NOT NULL,
            caller_extension_id BIGINT,
            callee {text} NOT NULL,
            callee_extension_id BIGINT,
            direction {text} NOT NULL,
            status {text} NOT NULL,
            started_at BIGINT NOT NULL,
            rang_at BIGINT,
            answered_at BIGINT,
            ended_at BIGINT,
            ended_reason {text},
            fail_code BIGINT NOT NULL,
            final_destination {text} NOT NULL,
            did_cid {text} NOT NULL,
            outbound_caller_id {text} NOT NULL,
            cost BIGINT,
            legs {text} NOT NULL,
            heartbeat_at BIGINT NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX call_started ON call (tenant_id, started_at, id)",
        "CREATE INDEX call_caller ON call (tenant_id, caller_extension_id, started_at, id)",
        "CREATE INDEX call_callee ON call (tenant_id, callee_extension_id, started_at, id)",
        "CREATE INDEX call_ended ON call (ended_at, tenant_id)",
        "CREATE INDEX call_open ON call (id) WHERE ended_at IS NULL",
        "CREATE TABLE call_trace (
            call_id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            steps {text} NOT NULL,
            FOREIGN KEY (tenant_id, call_id) REFERENCES call (tenant_id, id) ON DELETE CASCADE
        )",
    ],
    down: ["DROP TABLE call_trace", "DROP TABLE call"]
}
