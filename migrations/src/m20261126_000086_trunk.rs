//! Trunks, who may use them, and the rules of calls to and from the outside. New tables: older code does not see them, and calls
//! within tenants only.

crate::dialect::migration! {
    up: [
        // tenant_id: whose it is; none for the provider's. settings: JSON. password: sealed; empty where there is none.
        "CREATE TABLE trunk (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT REFERENCES tenant (id) ON DELETE CASCADE,
            name {text} NOT NULL,
            trunk_key {text} NOT NULL,
            settings {text} NOT NULL,
            password {text} NOT NULL,
            created_at BIGINT NOT NULL,
            search_key {text} NOT NULL
        )",
        "CREATE UNIQUE INDEX trunk_owner ON trunk (COALESCE(tenant_id, 0), trunk_key)",
        "CREATE INDEX trunk_tenant_id ON trunk (tenant_id)",
        // did_pool: as entered (TRK-08).
        "CREATE TABLE trunk_tenant (
            trunk_id BIGINT NOT NULL REFERENCES trunk (id) ON DELETE CASCADE,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            did_pool {text} NOT NULL,
            PRIMARY KEY (trunk_id, tenant_id)
        )",
        "CREATE INDEX trunk_tenant_tenant ON trunk_tenant (tenant_id)",
        // A trunk is not taken from a tenant whose rules use it: the reference refuses that.
        "CREATE TABLE inbound_rule (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            trunk_id BIGINT NOT NULL,
            name {text} NOT NULL,
            settings {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (trunk_id, tenant_id) REFERENCES trunk_tenant (trunk_id, tenant_id)
        )",
        "CREATE INDEX inbound_rule_trunk ON inbound_rule (trunk_id, tenant_id)",
        "CREATE TABLE outbound_rule (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            position BIGINT NOT NULL,
            name {text} NOT NULL,
            settings {text} NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id)
        )",
        "CREATE INDEX outbound_rule_position ON outbound_rule (tenant_id, position)",
        "CREATE TABLE outbound_route (
            outbound_rule_id BIGINT NOT NULL,
            place BIGINT NOT NULL,
            tenant_id BIGINT NOT NULL,
            trunk_id BIGINT NOT NULL,
            PRIMARY KEY (outbound_rule_id, place),
            FOREIGN KEY (tenant_id, outbound_rule_id) REFERENCES outbound_rule (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (trunk_id, tenant_id) REFERENCES trunk_tenant (trunk_id, tenant_id)
        )",
        "CREATE INDEX outbound_route_trunk ON outbound_route (trunk_id, tenant_id)",
    ],
    down: [
        "DROP TABLE outbound_route",
        "DROP TABLE outbound_rule",
        "DROP TABLE inbound_rule",
        "DROP TABLE trunk_tenant",
        "DROP TABLE trunk",
    ]
}
