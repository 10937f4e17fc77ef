//! Is the process well, and does it reach its database? For load balancers and people (R2).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use shared::health::ServiceState;

use crate::App;

/// How long the database may take to answer.
const PING_TIME_MAX: Duration = Duration::from_secs(2);

/// The state of the process.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Health {
    /// `ok`, or `degraded` when something is away; calls go on then.
    status: &'static str,
    /// `ok` or `away`.
    database: &'static str,
    /// The parts of the process that give no sign of life.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stopped: Vec<String>,
}

/// `200` when all is well, `503` when the database is away or a part of the process is silent.
pub(crate) async fn get(State(app): State<App>) -> Response {
    let answered = tokio::time::timeout(PING_TIME_MAX, app.store.ping()).await;
    let database = if matches!(answered, Ok(Ok(()))) { "ok" } else { "away" };
    let rows = (app.config.services)().into_iter();
    let stopped: Vec<String> = rows.filter(|row| row.state == ServiceState::Stopped).map(|row| row.name).collect();
    let well = database == "ok" && stopped.is_empty();
    let (code, status) = if well { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "degraded") };
    (code, Json(Health { status, database, stopped })).into_response()
}
