//! Serves an operation of `shared`: method, address, access and types come from there.

use std::any::TypeId;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use shared::operation::File;
use shared::role::Access;
use shared::{Method, Operation};

use crate::App;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::{failed, request};

/// How long a handler may take until its answer begins.
const HANDLER_TIME_MAX: Duration = Duration::from_secs(30);

/// What kind of answer an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// Nothing: 204.
    Empty,
    /// The output as JSON.
    Json,
    /// A CSV file.
    Csv,
    /// A file of another kind.
    File,
}

/// One served operation: what the API's description and the tests know of it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Verb and noun.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The address, with `{field}` where a field stands.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What comes back.
    pub answer: AnswerKind,
    /// The schema of the operation itself, all fields, wherever they travel.
    pub input: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of its output.
    pub output: fn(&mut SchemaGenerator) -> Schema,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method.as_str(), self.path, self.name)
    }
}

/// Operations and their handlers, gathered one by one.
#[derive(Default)]
pub(crate) struct Operations {
    pub(crate) router: Router<App>,
    pub(crate) entries: Vec<Entry>,
}

impl Operations {
    /// Serves `O` by `handler`.
    pub(crate) fn route<O, M>(mut self, handler: impl Handler<O, M>) -> Self
    where
        O: Operation + JsonSchema + 'static,
        O::Output: JsonSchema + 'static,
        M: 'static,
    {
        let run = move |State(app): State<App>, request: Request| {
            let handler = handler.clone();
            async move {
                let answered = tokio::time::timeout(HANDLER_TIME_MAX, handler.answer(app, request)).await;
                answered.unwrap_or(Err(Error::Busy)).unwrap_or_else(IntoResponse::into_response)
            }
        };
        let filter = match O::METHOD {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        };
        self.router = self.router.route(O::PATH, on(filter, run));
        self.entries.push(Entry {
            name: O::NAME,
            method: O::METHOD,
            path: O::PATH,
            access: O::ACCESS,
            answer: answer_kind::<O>(),
            input: O::json_schema,
            output: |generator| generator.subschema_for::<O::Output>(),
        });
        self
    }
}

/// A function of a caller and an operation.
pub(crate) trait Handler<O, M>: Clone + Send + Sync + 'static {
    fn answer(self, app: App, request: Request) -> impl Future<Output = Result<Response>> + Send;
}

impl<O, C, H, F, R> Handler<O, (C, R)> for H
where
    O: Operation + Send + 'static,
    O::Output: 'static,
    C: Caller + 'static,
    H: Fn(C, O) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<R>> + Send,
    R: Into<Answer<O::Output>> + 'static,
{
    async fn answer(self, app: App, request: Request) -> Result<Response> {
        const {
            assert!(O::ACCESS as u8 == C::ACCESS as u8, "the handler's caller is not the one that the operation names");
        }
        let (mut parts, body) = request.into_parts();
        let done = async {
            let caller = C::identify(&parts, &app).await?;
            // Bodies as large as sounds are not held by everybody at once.
            let _seat = if request::is_upload::<O>() { Some(app.uploads.arrive()?) } else { None };
            let operation = request::read::<O>(&mut parts, body).await?;
            self(caller, operation).await?.into().respond(answer_kind::<O>())
        }
        .await;
        if let Err(error) = &done
            && O::METHOD != Method::Get
            && O::ACCESS != Access::Public
        {
            failed::note(&app, &parts, O::NAME, error).await;
        }
        done
    }
}

fn answer_kind<O: Operation>() -> AnswerKind
where
    O::Output: 'static,
{
    if TypeId::of::<O::Output>() == TypeId::of::<()>() {
        AnswerKind::Empty
    } else if O::PATH.ends_with(".csv") {
        AnswerKind::Csv
    } else if TypeId::of::<O::Output>() == TypeId::of::<File>() {
        AnswerKind::File
    } else {
        AnswerKind::Json
    }
}
