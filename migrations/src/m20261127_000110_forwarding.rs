//! Where an extension's calls go (EXT-08), and who it is to those outside (EXT-09, EXT-10). Columns that may be empty: older
//! code does not see them and leaves them so.

crate::dialect::migration! {
    up: [
        "ALTER TABLE extension ADD COLUMN forwarding {text}",
        "ALTER TABLE extension ADD COLUMN outbound_caller_id {text}",
        "ALTER TABLE extension ADD COLUMN emergency_caller_id {text}",
    ],
    down: []
}
