//! The port plan (SYS-07): what the process has at its start, what the listeners say, and whom it asks.

use shared::port::{GetPortPlan, OutgoingRow, PortPlan, PortRow, Wire, collisions, listener_among, taken_by};
use shared::setting::UpdateSettings;
use shared::transport::{CreateTransport, TransportRow};

use crate::App;
use crate::caller::Admin;
use crate::error::{Error, Result};

pub(crate) async fn get(caller: Admin, _: GetPortPlan) -> Result<PortPlan> {
    let rows = rows(&caller.app).await?;
    let settings = caller.store.get_settings().await?;
    let turn = caller.store.turn().await?;
    let mut outgoing = caller.app.config.ground.outgoing.clone();
    let servers = (caller.app.config.ground.resolvers)();
    let none = "nobody".to_owned();
    let list = |words: &[String]| if words.is_empty() { none.clone() } else { words.join(", ") };
    outgoing.push(OutgoingRow::new("DNS", list(&servers), "Finds names; UDP and TCP 53."));
    let stun = if settings.stun_server.is_empty() { none.clone() } else { format!("UDP {}", settings.stun_server) };
    outgoing.push(OutgoingRow::new("STUN server", stun, "Tells the public address; System, Network."));
    let mail = caller.store.mail_server().await?;
    let mail = if mail.is_set() { format!("TCP {}:{}", mail.server, mail.port) } else { none.clone() };
    outgoing.push(OutgoingRow::new("Mail server", mail, "Takes invitations and alarms; System, Mail server."));
    let storage = caller.store.object_storage().await?;
    let storage = if storage.is_set() { storage.endpoint } else { none.clone() };
    outgoing.push(OutgoingRow::new("Object storage", storage, "Keeps recordings; System, Object storage."));
    let relay = "Browsers that reach nothing else go by it; the server and browsers both reach it. System, Network.";
    outgoing.push(OutgoingRow::new("TURN relay", list(&turn.urls), relay));
    let collisions = collisions(&rows);
    Ok(PortPlan { rows, outgoing, collisions })
}

async fn rows(app: &App) -> Result<Vec<PortRow>> {
    Ok(rows_of(app, &app.listeners.rows().await?))
}

/// The ports of these listeners, and those that the process has beside them.
pub(crate) fn rows_of(app: &App, listeners: &[TransportRow]) -> Vec<PortRow> {
    listeners.iter().flat_map(PortRow::of_transport).chain(app.config.ground.rows.iter().cloned()).collect()
}

/// Refuses a transport whose port something else of this installation has. What is stored is the store's to compare.
pub(crate) async fn check_transport(app: &App, operation: &CreateTransport) -> Result<()> {
    let rows: Vec<PortRow> = rows(app).await?;
    match taken_by(&rows, Wire::from(operation.protocol), operation.port) {
        None => Ok(()),
        Some(reason) => Err(Error::Store(store::Error::Conflict { field: "port", reason })),
    }
}

/// Refuses ports of sound among which a SIP listener is.
pub(crate) async fn check_settings(app: &App, operation: &UpdateSettings) -> Result<()> {
    if operation.rtp_port_first.is_none() && operation.rtp_port_last.is_none() {
        return Ok(());
    }
    let before = app.store.get_settings().await?;
    let after = operation.applied_to(&before);
    let range = (after.rtp_port_first, after.rtp_port_last);
    // A range that is as before hinders nobody from changing something else.
    if range == (before.rtp_port_first, before.rtp_port_last) {
        return Ok(());
    }
    match listener_among(&rows(app).await?, range.0, range.1) {
        None => Ok(()),
        Some(reason) => Err(Error::field("rtp_port_first", &reason)),
    }
}
