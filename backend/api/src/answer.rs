//! What a handler gives, as HTTP.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::route::AnswerKind;

/// The content type of a file for spreadsheets.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// What a handler gives.
pub(crate) enum Answer<T> {
    /// The output of the operation.
    Output(T),
    /// The same, and a cookie.
    WithCookie(T, String),
    /// The file that the output stands for, piece by piece.
    File {
        /// The name to save it as.
        name: String,
        /// Its content type.
        kind: &'static str,
        /// What is in it.
        pieces: BoxStream<'static, Result<Bytes>>,
    },
}

impl<T> From<T> for Answer<T> {
    fn from(output: T) -> Self {
        Self::Output(output)
    }
}

impl<T: Serialize> Answer<T> {
    pub(crate) fn respond(self, kind: AnswerKind) -> Result<Response> {
        Ok(match self {
            Self::Output(_) if kind == AnswerKind::Empty => StatusCode::NO_CONTENT.into_response(),
            Self::Output(output) => Json(output).into_response(),
            Self::WithCookie(output, cookie) => {
                let mut response = Self::Output(output).respond(kind)?;
                let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::Internal(error.to_string()))?;
                response.headers_mut().insert(header::SET_COOKIE, cookie);
                response
            }
            Self::File { name, kind, pieces } => file(&name, kind, pieces)?,
        })
    }
}

fn file(name: &str, kind: &'static str, pieces: BoxStream<'static, Result<Bytes>>) -> Result<Response> {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .map_err(|error| Error::Internal(error.to_string()))?;
    // A failure in the middle breaks the connection off, so that half a file is not taken for a whole one.
    let pieces = futures_util::StreamExt::map(pieces, |piece| {
        piece.map_err(|error| {
            tracing::error!(?error, "a file broke off");
            std::io::Error::other("the file broke off")
        })
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
