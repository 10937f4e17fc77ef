//! The transports that SIP listens on (TRN-02), and the certificate with its key, sealed. New tables: older code does not
//! see them.

crate::dialect::migration! {
    up: [
        // wire: `UDP` or `TCP`; a port of one is free for the other.
        "CREATE TABLE transport (
            id {id} NOT NULL PRIMARY KEY,
            protocol {text} NOT NULL,
            wire {text} NOT NULL,
            port BIGINT NOT NULL,
            UNIQUE (wire, port)
        )",
        // name: `server` or `root`. The chain is no secret, the key is sealed.
        "CREATE TABLE certificate (
            name {text} NOT NULL PRIMARY KEY,
            source {text} NOT NULL,
            chain {text} NOT NULL,
            sealed_key {text} NOT NULL,
            since BIGINT NOT NULL,
            warned_days BIGINT
        )",
    ],
    down: ["DROP TABLE certificate", "DROP TABLE transport"]
}
