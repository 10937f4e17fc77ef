//! Passwords of the entries of receptionists that ask a server (IVR-21). A column that may be empty: older code does not see it and
//! leaves it so; a password whose entry it removes is passed over.

crate::dialect::migration! {
    // secrets: JSON, name of the entry to password, sealed as a whole.
    up: ["ALTER TABLE receptionist ADD COLUMN secrets {text}"],
    down: ["ALTER TABLE receptionist DROP COLUMN secrets"]
}
