//! The parts of the process and what listens (HOME-03).

use shared::health::{ListServices, ServiceRow, ServiceState};
use shared::transport::TransportRow;

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, _: ListServices) -> Result<Vec<ServiceRow>> {
    let mut rows = (caller.app.config.services)();
    // That they answer is their sign of life.
    let listeners = caller.app.listeners.rows().await?;
    rows.extend(listeners.into_iter().map(|row| ServiceRow { last_sign_at: Some(caller.now), ..service(row) }));
    Ok(rows)
}

fn service(row: TransportRow) -> ServiceRow {
    let failures: Vec<String> = row.addresses.iter().filter_map(|address| address.failure.clone()).collect();
    ServiceRow {
        name: format!("SIP over {}, port {}", row.protocol.word(), row.port),
        state: if failures.is_empty() { ServiceState::Running } else { ServiceState::Stopped },
        last_sign_at: None,
        figure: if failures.is_empty() { devices(row.devices) } else { failures.join(" ") },
    }
}

fn devices(count: u64) -> String {
    if count == 1 { "1 device".to_owned() } else { format!("{count} devices") }
}
