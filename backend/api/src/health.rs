//! Is the process well, and does it reach its database? For load balancers and people (R2).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

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
}

/// `200` when all is well, `503` when the database is away.
pub(crate) async fn get(State(app): State<App>) -> Response {
    let answered = tokio::time::timeout(PING_TIME_MAX, app.store.ping()).await;
    match answered {
        Ok(Ok(())) => Json(Health { status: "ok", database: "ok" }).into_response(),
        _ => {
            let health = Health { status: "degraded", database: "away" };
            (StatusCode::SERVICE_UNAVAILABLE, Json(health)).into_response()
        }
    }
}
