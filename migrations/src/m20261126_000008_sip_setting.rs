//! The installation's SIP settings (SET-02…): a row for each that differs from its default. A new table: older code does
//! not see it.

crate::dialect::migration! {
    up: [
        "CREATE TABLE sip_setting (
            name {text} NOT NULL PRIMARY KEY,
            value {text} NOT NULL
        )",
    ],
    down: ["DROP TABLE sip_setting"]
}
