//! How a tenant dials, and what it may dial (E164-01…E164-03, EXT-10). A new table: older code does not see it, and sends numbers
//! as they are dialled.

crate::dialect::migration! {
    up: [
        // No row: as `DialingCodes::default()`. The last three are lists, as JSON.
        "CREATE TABLE dialing_codes (
            tenant_id {id} NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
            country {text} NOT NULL,
            remove_if_same_country BOOLEAN NOT NULL,
            international_code {text} NOT NULL,
            area_code {text} NOT NULL,
            remove_if_same_area BOOLEAN NOT NULL,
            national_code {text} NOT NULL,
            add_prefix {text} NOT NULL,
            allowed_countries {text} NOT NULL,
            forbidden_prefixes {text} NOT NULL,
            emergency_numbers {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE dialing_codes"]
}
