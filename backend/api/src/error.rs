//! Why a request is refused, and the only place that knows which HTTP status that is.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::Problem;
use shared::problem::FieldProblem;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Error {
    /// No token, or none that is taken any more.
    SignInNeeded,
    /// E-mail address or password is wrong; which of the two is not told (ACC-02).
    SignInFailed,
    /// Too many failed sign-ins with this credential (ACC-08).
    SignInLocked { seconds: u64 },
    /// A one-time link that is spent, has run out, or never was.
    LinkSpent,
    /// The role does not allow it (ACC-10).
    Forbidden(&'static str),
    /// The tenant is suspended (T-07).
    TenantSuspended,
    /// The person's extension is switched off (EXT-12).
    ExtensionDisabled,
    /// None of the person's groups allows the portal (GRP-05).
    PortalForbidden,
    /// The page that asks is another site's.
    ForeignOrigin,
    /// There is no such thing, or it is another tenant's.
    NotFound,
    /// There is no such address.
    NoSuchAddress,
    /// The address is there, the method is not.
    MethodNotAllowed,
    /// The request could not be read.
    Malformed(String),
    /// Fields are wrong.
    Invalid(Vec<FieldProblem>),
    /// The body is longer than that many bytes.
    BodyTooLarge(usize),
    /// Address and query are too long.
    AddressTooLong,
    /// A body that is not JSON by its own account.
    NotJson,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// This session asks too often (API-14).
    TooManyRequests,
    /// More than can be done at once.
    Busy,
    /// The switch does not take the message: why.
    MessageRefused(String),
    /// The switch does not do it in a conference: why.
    ConferenceRefused(String),
    /// The switch did not answer.
    SwitchSilent,
    /// The store refused or failed.
    Store(store::Error),
    /// Something that must not happen.
    Internal(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Invalid(fields) => Self::Invalid(fields),
            store::Error::Forbidden(title) => Self::Forbidden(title),
            other => Self::Store(other),
        }
    }
}

impl Error {
    /// One wrong field.
    pub(crate) fn field(field: &str, reason: &str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, reason)])
    }

    /// Refuses unless nothing was found wrong.
    pub(crate) fn check(problems: Vec<FieldProblem>) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Invalid(problems)) }
    }

    /// Why, as the caller is told.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Invalid(fields) => {
                let reasons = fields.iter().map(|field| format!("{}: {}", field.field, field.reason));
                reasons.collect::<Vec<_>>().join(" ")
            }
            Self::Store(store::Error::Conflict { reason, .. }) => reason.clone(),
            Self::Store(store::Error::Quota(reached)) => reached.to_string(),
            Self::Forbidden(title) => (*title).to_owned(),
            Self::MessageRefused(why) | Self::ConferenceRefused(why) | Self::Malformed(why) => why.clone(),
            Self::NotFound | Self::NoSuchAddress => "There is no such thing.".to_owned(),
            Self::SignInFailed => "The password was wrong.".to_owned(),
            Self::SignInLocked { .. } => "The account waits, after too many wrong passwords.".to_owned(),
            Self::TenantSuspended => "The tenant is suspended.".to_owned(),
            Self::ExtensionDisabled => "The extension is switched off.".to_owned(),
            Self::PortalForbidden => "None of the extension's groups allows the portal.".to_owned(),
            _ => "The server could not do it.".to_owned(),
        }
    }

    fn problem(self) -> Problem {
        use StatusCode as S;
        let (status, code, title, fields) = match self {
            Self::SignInNeeded => (S::UNAUTHORIZED, "sign_in_needed", "Sign in first.".to_owned(), vec![]),
            Self::SignInFailed => {
                (S::UNAUTHORIZED, "sign_in_failed", "E-mail address or password is wrong.".into(), vec![])
            }
            Self::SignInLocked { .. } => (
                S::TOO_MANY_REQUESTS,
                "sign_in_locked",
                "Too many failed sign-ins. Wait an hour, or sign in with a one-time link.".into(),
                vec![],
            ),
            Self::LinkSpent => {
                (S::GONE, "link_spent", "This link was used already or has run out. Ask for a new one.".into(), vec![])
            }
            Self::Forbidden(title) => (S::FORBIDDEN, "forbidden", title.into(), vec![]),
            Self::TenantSuspended => (
                S::FORBIDDEN,
                "tenant_suspended",
                "Your company's account is suspended. Its provider can take it up again.".into(),
                vec![],
            ),
            Self::ExtensionDisabled => (
                S::FORBIDDEN,
                "extension_disabled",
                "Your extension is switched off. Your administrator can switch it on.".into(),
                vec![],
            ),
            Self::PortalForbidden => (
                S::FORBIDDEN,
                "portal_forbidden",
                "Your extension may not use the portal. Your administrator can allow it in one of its groups.".into(),
                vec![],
            ),
            Self::ForeignOrigin => {
                (S::FORBIDDEN, "foreign_origin", "This is only taken from Belfry's own pages.".into(), vec![])
            }
            Self::MessageRefused(why) => (S::CONFLICT, "message_refused", why, vec![]),
            Self::ConferenceRefused(why) => (S::CONFLICT, "conference_refused", why, vec![]),
            Self::NotFound => (S::NOT_FOUND, "not_found", "There is no such thing.".into(), vec![]),
            Self::NoSuchAddress => (S::NOT_FOUND, "no_such_address", "There is no such address.".into(), vec![]),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not take that method.".into(), vec![])
            }
            Self::Malformed(title) => (S::BAD_REQUEST, "malformed", title, vec![]),
            Self::Invalid(fields) => {
                (S::UNPROCESSABLE_ENTITY, "invalid", "Some fields need another value.".into(), fields)
            }
            Self::BodyTooLarge(max) => (
                S::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("A request to this address has at most {max} bytes."),
                vec![],
            ),
            Self::AddressTooLong => (S::URI_TOO_LONG, "address_too_long", "The address is too long.".into(), vec![]),
            Self::NotJson => {
                (S::UNSUPPORTED_MEDIA_TYPE, "not_json", "The body has to be application/json.".into(), vec![])
            }
            Self::BodyTooSlow => {
                (S::REQUEST_TIMEOUT, "body_too_slow", "The request did not arrive in time.".into(), vec![])
            }
            Self::TooManyRequests => (
                S::TOO_MANY_REQUESTS,
                "too_many_requests",
                "These are more requests than one session may make. Wait a moment.".into(),
                vec![],
            ),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "The server is busy. Try again in a moment.".into(), vec![]),
            Self::SwitchSilent => (
                S::SERVICE_UNAVAILABLE,
                "switch_silent",
                "The switch did not answer. Try again in a moment.".into(),
                vec![],
            ),
            Self::Store(error) => return store_problem(error),
            Self::Internal(reason) => {
                tracing::error!(reason, "a request failed");
                return internal();
            }
        };
        Problem { status: status.as_u16(), code: code.into(), title, fields }
    }
}

fn store_problem(error: store::Error) -> Problem {
    let (status, code, title, fields) = match error {
        store::Error::NotFound => return Error::NotFound.problem(),
        store::Error::Invalid(fields) => return Error::Invalid(fields).problem(),
        store::Error::Conflict { field, reason } => {
            let fields = vec![FieldProblem::new(field, reason.clone())];
            (StatusCode::CONFLICT, "conflict", reason, fields)
        }
        store::Error::Quota(reached) => (StatusCode::CONFLICT, "quota_reached", reached.to_string(), vec![]),
        store::Error::Database(error) => {
            tracing::error!(%error, "the database failed a request");
            let title = "The database does not answer. Try again in a moment.".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", title, vec![])
        }
        other => {
            tracing::error!(error = %other, "the store failed a request");
            return internal();
        }
    };
    Problem { status: status.as_u16(), code: code.into(), title, fields }
}

fn internal() -> Problem {
    Problem {
        status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
        code: "internal".into(),
        title: "Something went wrong on the server. It was noted there.".into(),
        fields: vec![],
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let wait = match &self {
            Self::SignInLocked { seconds } => Some(*seconds),
            Self::Busy | Self::SwitchSilent | Self::TooManyRequests => Some(1),
            _ => None,
        };
        let challenge = matches!(self, Self::SignInNeeded);
        let mut response = respond(&self.problem());
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What a handler's panic becomes; the panic hook has written its place to the log.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request made its handler panic");
    respond(&internal())
}

fn respond(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
