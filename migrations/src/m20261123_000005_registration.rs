//! Registrations and refused ones. New tables: older code does not see them.

crate::dialect::migration! {
    up: [
        "CREATE TABLE registration (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL,
            extension_id BIGINT NOT NULL,
            number {text} NOT NULL,
            contact {text} NOT NULL,
            transport {text} NOT NULL,
            source {text} NOT NULL,
            user_agent {text} NOT NULL,
            instance {text} NOT NULL,
            reg_id BIGINT,
            path {text} NOT NULL,
            q BIGINT NOT NULL,
            call_id {text} NOT NULL,
            cseq BIGINT NOT NULL,
            registered_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            reachable BOOLEAN NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX registration_extension ON registration (tenant_id, extension_id)",
        // The fingerprint of tenant, user, source and code: repeats of the same are counted.
        "CREATE TABLE refusal (
            id {id} NOT NULL PRIMARY KEY,
            fingerprint {text} NOT NULL UNIQUE,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            sip_user {text} NOT NULL,
            source {text} NOT NULL,
            user_agent {text} NOT NULL,
            status BIGINT NOT NULL,
            count BIGINT NOT NULL,
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            trace {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX refusal_tenant ON refusal (tenant_id, last_at, id)",
        "CREATE INDEX refusal_last ON refusal (last_at, id)",
    ],
    down: ["DROP TABLE refusal", "DROP TABLE registration"]
}
