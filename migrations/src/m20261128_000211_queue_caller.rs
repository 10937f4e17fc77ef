//! VIPs, exclusive agents and nuisances (VIP-01, EXA-01, HAR-03). New tables: older code does not see them and meets every caller alike.

crate::dialect::migration! {
    up: [
        "CREATE TABLE vip (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            settings {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number)
        )",
        "CREATE TABLE exclusive_agent (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            description_key {text} NOT NULL,
            settings {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        // last_met_at: a fact that is told twice is counted once.
        "CREATE TABLE nuisance (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            level {text} NOT NULL,
            settings {text} NOT NULL,
            hits BIGINT NOT NULL,
            last_met_at BIGINT NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number, level)
        )",
    ],
    down: ["DROP TABLE nuisance", "DROP TABLE exclusive_agent", "DROP TABLE vip"]
}
