//! Desk phones that are configured from here (PH-03) and the keys of their people (EXT-16). New tables: older code does not see them, and
//! phones that have been configured keep what they have. The code of the own status needs none: who has set codes before gets it when
//! they are read.

crate::dialect::migration! {
    up: [
        // mac: 12 digits; unique in the installation, for a phone names nothing else. settings: JSON. folder_hash: by which the folder of its
        // link is found; folder and web_password: sealed.
        "CREATE TABLE phone (
            id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            extension_id BIGINT NOT NULL,
            mac {text} NOT NULL UNIQUE,
            settings {text} NOT NULL,
            folder_hash {text} NOT NULL UNIQUE,
            folder {text} NOT NULL,
            web_password {text} NOT NULL,
            fetched_at BIGINT,
            fetched_from {text} NOT NULL,
            firmware {text} NOT NULL,
            search_key {text} NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (tenant_id, id),
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX phone_of ON phone (tenant_id, extension_id)",
        // keys: JSON; colleagues by their ids.
        "CREATE TABLE phone_keys (
            extension_id {id} NOT NULL PRIMARY KEY,
            tenant_id BIGINT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
            keys {text} NOT NULL,
            FOREIGN KEY (tenant_id, extension_id) REFERENCES extension (tenant_id, id) ON DELETE CASCADE
        )",
        "CREATE INDEX phone_keys_of ON phone_keys (tenant_id, extension_id)",
    ],
    down: [
        "DROP TABLE phone_keys",
        "DROP TABLE phone",
    ]
}
