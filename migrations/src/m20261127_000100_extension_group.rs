//! Extension groups. New tables: older code does not see them, and lets every extension do everything. What it creates
//! meanwhile is in no group, and a tenant of its making has none.

crate::dialect::migration! {
    up: [
        "CREATE TABLE extension_group (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            name {text} NOT NULL,
            name_key {text} NOT NULL,
            description {text} NOT NULL,
            portal BOOLEAN NOT NULL,
            paging BOOLEAN NOT NULL,
            external BOOLEAN NOT NULL,
            other_groups BOOLEAN NOT NULL,
            search_key {text} NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, name_key)
        )",
        // part: member, manager or monitor.
        "CREATE TABLE extension_group_person (
            extension_group_id BIGINT NOT NULL,
            part {text} NOT NULL,
            extension_id BIGINT NOT NULL,
            tenant_id BIGINT NOT NULL,
            PRIMARY KEY (extension_group_id, part, extension_id),
            FOREIGN KEY (tenant_id, extension_group_id) REFERENCES extension_group (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX extension_group_person_extension ON extension_group_person (tenant_id, extension_id)",
        "CREATE INDEX extension_group_person_group ON extension_group_person (tenant_id, extension_group_id)",
        // The group of the start has the id of its tenant: no other row of this table can get that, as ids are given out once.
        "INSERT INTO extension_group
            (id, tenant_id, name, name_key, description, portal, paging, external, other_groups, search_key)
            SELECT id, id, '__DEFAULT__', '__default__', '', TRUE, TRUE, TRUE, TRUE, '__default__' FROM tenant",
        "INSERT INTO extension_group_person (extension_group_id, part, extension_id, tenant_id)
            SELECT tenant_id, 'member', id, tenant_id FROM extension",
    ],
    down: ["DROP TABLE extension_group_person", "DROP TABLE extension_group"]
}
