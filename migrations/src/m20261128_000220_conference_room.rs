//! Conference rooms (CONF-01) and whether extensions may make temporary ones (CONF-18). A new table, and a column with the value that
//! nobody has chosen: older code does not see them and leaves them so; the rooms' numbers answer nobody.

crate::dialect::migration! {
    up: [
        "ALTER TABLE tenant ADD COLUMN temporary_conferences BOOLEAN NOT NULL DEFAULT FALSE",
        // settings: JSON, without the PINs. pins: JSON, sealed; empty where there are none. owner_id: of a temporary room; used: was
        // somebody in it?
        "CREATE TABLE conference_room (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            number {text} NOT NULL,
            owner_id BIGINT,
            used BOOLEAN NOT NULL,
            settings {text} NOT NULL,
            pins {text},
            search_key {text} NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            UNIQUE (tenant_id, number),
            FOREIGN KEY (tenant_id, owner_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX conference_room_of ON conference_room (tenant_id, owner_id)",
    ],
    down: [
        "DROP TABLE conference_room",
        "ALTER TABLE tenant DROP COLUMN temporary_conferences",
    ]
}
