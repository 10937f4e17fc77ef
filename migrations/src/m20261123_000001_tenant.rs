//! Tenants (T-01…T-04). The first table: there is no older code.

crate::dialect::migration! {
    up: [
        // name_key and domain are case-folded by the program: unique over the installation.
        "CREATE TABLE tenant (
            id {id} NOT NULL PRIMARY KEY,
            name {text} NOT NULL,
            name_key {text} NOT NULL UNIQUE,
            domain {text} NOT NULL UNIQUE,
            enabled BOOLEAN NOT NULL,
            time_zone {text} NOT NULL,
            currency {text} NOT NULL,
            extensions_max BIGINT,
            concurrent_calls_max BIGINT,
            ring_groups_max BIGINT,
            conference_rooms_max BIGINT,
            virtual_receptionists_max BIGINT,
            call_queues_max BIGINT,
            concurrent_sign_ins BOOLEAN NOT NULL,
            change_own_secret BOOLEAN NOT NULL,
            search_key {text} NOT NULL,
            created_at BIGINT NOT NULL
        )",
    ],
    down: ["DROP TABLE tenant"]
}
