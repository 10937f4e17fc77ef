//! The API's description, made from the operations that are served (API-12), and a page that shows it.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::IntoResponse;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use shared::live::{LiveMessage, LiveRequest};
use shared::role::Access;
use shared::{Method, Problem};

use crate::health::Health;
use crate::route::{AnswerKind, Entry};
use crate::router;

/// `/api/openapi.json`: OpenAPI 3.1.
pub(crate) async fn document() -> impl IntoResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| describe(&router::operations().entries).to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str())
}

/// `/api/docs`.
pub(crate) async fn page() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], include_str!("docs/docs.html"))
}

/// What `/api/docs` runs.
pub(crate) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/docs.js"))
}

/// What `/api/docs` wears.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs/docs.css"))
}

fn describe(entries: &[Entry]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for entry in entries {
        let methods = paths.entry(entry.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = methods {
            methods.insert(entry.method.as_str().to_lowercase(), operation(entry, &mut generator));
        }
    }
    paths.insert("/api/health".into(), health(&mut generator));
    paths.insert("/api/live".into(), live(&mut generator));
    let _ = generator.subschema_for::<Problem>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Belfry",
            "version": "1",
            "description": "The API of the hosted PBX; the portal uses nothing else. Ids travel as strings and are \
                taken as strings and numbers. Moments are microseconds since 1970 (UTC). Lists are read by cursor: hand \
                `next` back as `cursor`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "`access_token` of a session; lives ten minutes." },
                "refresh": { "type": "apiKey", "in": "cookie", "name": "belfry_refresh",
                    "description": "Set by signing in; used by `RefreshSession` and `SignOut` only." },
            },
            "responses": {
                "Problem": {
                    "description": "Why the request was refused (RFC 9457).",
                    "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
                },
            },
        },
    })
}

fn operation(entry: &Entry, generator: &mut SchemaGenerator) -> Value {
    let input = (entry.input)(generator).to_value();
    let fields = input.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let required: Vec<&str> =
        input.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let (in_path, others): (Map<_, _>, Map<_, _>) =
        fields.into_iter().partition(|(name, _)| entry.path.contains(&format!("{{{name}}}")));

    let mut operation = json!({
        "operationId": entry.name,
        "tags": [tag(entry.access)],
        "description": input.get("description").cloned().unwrap_or_default(),
        "security": security(entry),
        "responses": responses(entry, generator),
    });
    let mut parameters: Vec<Value> =
        in_path.iter().map(|(name, schema)| parameter("path", name, schema, true)).collect();
    if entry.method == Method::Get {
        let queried =
            others.iter().map(|(name, schema)| parameter("query", name, schema, required.contains(&name.as_str())));
        parameters.extend(queried);
    } else if !others.is_empty() {
        let required: Vec<&&str> = required.iter().filter(|name| others.contains_key(**name)).collect();
        let mut schema = json!({ "type": "object", "properties": others });
        set(&mut schema, "required", (!required.is_empty()).then(|| json!(required)));
        set(
            &mut operation,
            "requestBody",
            Some(json!({
                "required": !required.is_empty(),
                "content": { "application/json": { "schema": schema } },
            })),
        );
    }
    set(&mut operation, "parameters", (!parameters.is_empty()).then(|| json!(parameters)));
    operation
}

fn set(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Value::Object(object), Some(value)) = (object, value) {
        object.insert(name.to_owned(), value);
    }
}

fn parameter(place: &str, name: &str, schema: &Value, required: bool) -> Value {
    let mut schema = schema.clone();
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
    json!({ "name": name, "in": place, "required": required, "description": description, "schema": schema })
}

fn responses(entry: &Entry, generator: &mut SchemaGenerator) -> Value {
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    let text = json!({ "type": "string" });
    match entry.answer {
        AnswerKind::Empty => json!({ "204": { "description": "It is done." }, "default": problem }),
        AnswerKind::Csv => {
            let content = json!({ "text/csv": { "schema": text } });
            json!({ "200": { "description": "The file.", "content": content }, "default": problem })
        }
        AnswerKind::File => {
            let bytes = json!({ "type": "string", "format": "binary" });
            let content = json!({ "application/octet-stream": { "schema": bytes } });
            json!({ "200": { "description": "The file.", "content": content }, "default": problem })
        }
        AnswerKind::Json => {
            let content = json!({ "application/json": { "schema": (entry.output)(generator).to_value() } });
            json!({ "200": { "description": "What was asked for.", "content": content }, "default": problem })
        }
    }
}

fn security(entry: &Entry) -> Value {
    match (entry.access, entry.name) {
        (Access::Public, "RefreshSession" | "SignOut") => json!([{ "refresh": [] }]),
        (Access::Public, _) => json!([]),
        _ => json!([{ "bearer": [] }]),
    }
}

fn tag(access: Access) -> &'static str {
    match access {
        Access::Public => "The way in",
        Access::SignedIn => "Account",
        Access::Admin => "Provider",
        Access::TenantAdmin => "Company",
        Access::User => "User",
    }
}

fn health(generator: &mut SchemaGenerator) -> Value {
    let content = json!({ "application/json": { "schema": schema_of::<Health>(generator) } });
    json!({ "get": {
        "operationId": "GetHealth",
        "tags": ["The way in"],
        "description": "Is the process well, and does it reach its database?",
        "security": [],
        "responses": {
            "200": { "description": "All is well.", "content": content },
            "503": { "description": "Something is away; calls go on.", "content": content },
        },
    } })
}

fn live(generator: &mut SchemaGenerator) -> Value {
    let (says, hears) = (schema_of::<LiveRequest>(generator), schema_of::<LiveMessage>(generator));
    json!({ "get": {
        "operationId": "OpenLive",
        "tags": ["Account"],
        "description": "A WebSocket. The client sends a `LiveRequest` first, and again before its token runs out; the \
            server sends `LiveMessage`s, each as one text.",
        "security": [],
        "responses": {
            "101": { "description": "The connection is open.", "x-client-says": says, "x-server-says": hears },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    } })
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}
