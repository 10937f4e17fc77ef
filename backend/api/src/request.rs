//! Reads an operation from a request: its fields from the path, and from the query of a `GET` or the JSON of a body.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::blocked_number::ImportBlockedNumbers;
use shared::extension::ImportExtensions;
use shared::inbound_rule::ImportInboundRules;
use shared::problem::FieldProblem;
use shared::prompt::{CreateGreeting, CreatePrompt, PROMPT_BYTES_MAX};
use shared::{Method, Operation};

use crate::error::{Error, Result};

/// The most bytes of a request's body.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The most bytes of a file to be imported.
const IMPORT_BYTES_MAX: usize = 4 << 20;
/// The most bytes of a sound: its file in Base64, and what stands round it.
const UPLOAD_BYTES_MAX: usize = PROMPT_BYTES_MAX.div_ceil(3) * 4 + (4 << 10);
/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(20);
/// The most bytes of address and query together.
pub(crate) const ADDRESS_BYTES_MAX: usize = 8 << 10;

/// The operation that the request is.
pub(crate) async fn read<O: Operation>(parts: &mut Parts, body: Body) -> Result<O> {
    let path = path_fields(parts).await?;
    match O::METHOD {
        Method::Get => from_query(&path, parts.uri.query().unwrap_or_default()),
        _ => from_body(path, parts, body, body_bytes_max::<O>()).await,
    }
}

fn body_bytes_max<O: Operation>() -> usize {
    match [ImportExtensions::NAME, ImportBlockedNumbers::NAME, ImportInboundRules::NAME].contains(&O::NAME) {
        true => IMPORT_BYTES_MAX,
        false if is_upload::<O>() => UPLOAD_BYTES_MAX,
        false => BODY_BYTES_MAX,
    }
}

/// Does it bring a sound?
pub(crate) fn is_upload<O: Operation>() -> bool {
    [CreatePrompt::NAME, CreateGreeting::NAME].contains(&O::NAME)
}

async fn path_fields(parts: &mut Parts) -> Result<Vec<(String, String)>> {
    // Only a path that is not UTF-8 fails here, and nothing has such a name.
    let fields = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| Error::NotFound)?;
    Ok(fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// An empty field of a query is one that was not given, as forms send them. Fields of the path win.
fn from_query<O: Operation>(path: &[(String, String)], query: &str) -> Result<O> {
    let given = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| !value.is_empty() && !path.iter().any(|(field, _)| field == name));
    let mut fields = form_urlencoded::Serializer::new(String::new());
    fields.extend_pairs(path).extend_pairs(given);
    let fields = fields.finish();
    let parsed = form_urlencoded::parse(fields.as_bytes());
    in_words(serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(parsed)), path)
}

async fn from_body<O: Operation>(
    path: Vec<(String, String)>,
    parts: &Parts,
    body: Body,
    bytes_max: usize,
) -> Result<O> {
    let bytes = body_bytes(body, bytes_max).await?;
    let mut value = match bytes.is_empty() {
        true => Value::Object(Default::default()),
        false => {
            // A form of another site can send anything but this type without being asked beforehand (CSRF).
            if !is_json(parts) {
                return Err(Error::NotJson);
            }
            serde_json::from_slice(&bytes).map_err(|error| Error::Malformed(format!("This is not JSON: {error}.")))?
        }
    };
    let Value::Object(fields) = &mut value else {
        return Err(Error::Malformed("The body has to be a JSON object.".into()));
    };
    for (name, text) in &path {
        fields.insert(name.clone(), Value::String(text.clone()));
    }
    in_words(serde_path_to_error::deserialize(value), &path)
}

async fn body_bytes(body: Body, max: usize) -> Result<Bytes> {
    if body.size_hint().lower() > max as u64 {
        return Err(Error::BodyTooLarge(max));
    }
    let arrived = tokio::time::timeout(BODY_TIME_MAX, axum::body::to_bytes(body, max)).await;
    arrived.map_err(|_| Error::BodyTooSlow)?.map_err(|error| match is_length_error(&error) {
        true => Error::BodyTooLarge(max),
        false => Error::Malformed("The body broke off.".into()),
    })
}

fn is_length_error(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.to_string().contains("length limit"))
}

fn is_json(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Names the field that could not be read, and why. A field of the path that cannot be read names nothing that exists.
fn in_words<O: DeserializeOwned, E: std::fmt::Display>(
    read: Result<O, serde_path_to_error::Error<E>>,
    path: &[(String, String)],
) -> Result<O> {
    read.map_err(|error| {
        let at = error.path().to_string();
        if path.iter().any(|(name, _)| *name == at) {
            return Error::NotFound;
        }
        let reason = sentence(&error.inner().to_string());
        let missing = reason.strip_prefix("Missing field `").and_then(|rest| rest.split('`').next());
        match missing {
            Some(name) if at == "." => Error::field(name, "This field is missing."),
            Some(name) => Error::field(&format!("{at}.{name}"), "This field is missing."),
            None => Error::Invalid(vec![FieldProblem::new(at, reason)]),
        }
    })
}

/// A library's message as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call_record::{CallStatus, ListCalls};
    use shared::extension::{GetExtension, ListExtensions, UpdateExtension};
    use shared::{ExtensionId, Moment};

    fn fields(error: Error) -> Vec<FieldProblem> {
        match error {
            Error::Invalid(fields) => fields,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_query_gives_typed_fields_and_empty_ones_are_not_given() {
        let query = "search=a%26b+c&status=no_answer&from=1795000000000000&limit=5&cursor=";
        let calls: ListCalls = from_query(&[], query).unwrap();
        assert_eq!(calls.search.as_deref(), Some("a&b c"));
        assert_eq!(calls.status, Some(CallStatus::NoAnswer));
        assert_eq!(calls.from, Some(Moment::from_seconds(1_795_000_000)));
        assert_eq!((calls.limit, calls.cursor), (Some(5), None));
    }

    #[test]
    fn what_the_client_writes_is_what_is_read() {
        let list = ListExtensions { search: Some("Ä ?&=".into()), enabled: Some(false), ..Default::default() };
        let address = list.address();
        let (_, query) = address.split_once('?').unwrap();
        assert_eq!(from_query::<ListExtensions>(&[], query).unwrap(), list);
    }

    #[test]
    fn api_03_a_wrong_field_is_named_with_its_reason() {
        let wrong = fields(from_query::<ListCalls>(&[], "limit=many").unwrap_err());
        assert_eq!(wrong[0].field, "limit");
        assert!(wrong[0].reason.contains("invalid digit") || wrong[0].reason.contains("Invalid"), "{wrong:?}");
        let wrong = fields(from_query::<ListCalls>(&[], "status=maybe").unwrap_err());
        assert_eq!(wrong[0].field, "status");
        assert!(wrong[0].reason.contains("no_answer"), "{wrong:?}");
    }

    #[tokio::test]
    async fn api_03_a_missing_or_mistyped_field_of_a_body_is_named() {
        let (parts, ()) = axum::http::Request::builder()
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(())
            .unwrap()
            .into_parts();
        let read =
            |body: &'static str| from_body::<shared::extension::CreateExtension>(vec![], &parts, body.into(), 99);
        let missing = fields(read(r#"{"name":"Alice"}"#).await.unwrap_err());
        assert_eq!(missing, [FieldProblem::new("number", "This field is missing.")]);
        let mistyped = fields(read(r#"{"number":101,"name":"Alice"}"#).await.unwrap_err());
        assert_eq!(mistyped[0].field, "number");
        assert!(matches!(read("[1]").await, Err(Error::Malformed(_))));
        assert!(matches!(read("{").await, Err(Error::Malformed(_))));
    }

    #[tokio::test]
    async fn fields_of_the_path_win_and_garbage_there_names_nothing() {
        let path = |id: &str| vec![("extension_id".to_owned(), id.to_owned())];
        let read: GetExtension = from_query(&path("ext_5"), "extension_id=ext_6").unwrap();
        assert_eq!(read.extension_id, ExtensionId(5));
        for garbage in ["ten_5", "-5", "x", "99999999999999999999", "5'--"] {
            assert!(matches!(from_query::<GetExtension>(&path(garbage), ""), Err(Error::NotFound)), "{garbage}");
        }
        let (parts, ()) = axum::http::Request::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(())
            .unwrap()
            .into_parts();
        let body = r#"{"extension_id":"ext_6","enabled":false}"#;
        let read: UpdateExtension = from_body(path("ext_5"), &parts, body.into(), 99).await.unwrap();
        assert_eq!((read.extension_id, read.enabled), (ExtensionId(5), Some(false)));
    }
}
