//! One thing that a client may ask: address, what goes in, what comes out.
//!
//! An operation is a flat struct: its fields named in `PATH` travel there, the others as the query of a `GET` or as the
//! JSON body of anything else. `backend/api` serves the same types that the SPA calls.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::role::Access;

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads; its fields travel in the query.
    Get,
    /// Creates or acts.
    Post,
    /// Changes.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One thing that a client may ask.
pub trait Operation: Serialize + DeserializeOwned {
    /// Verb and noun: `CreateExtension`.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The address, with `{field}` where a field of the operation stands.
    const PATH: &'static str;
    /// Who may ask.
    const ACCESS: Access;
    /// What comes back. `()` is an empty answer, [`File`] a file to save.
    type Output: Serialize + DeserializeOwned;

    /// The address with its fields filled in and, for `GET`, the query.
    fn address(&self) -> String {
        address(Self::METHOD, Self::PATH, serde_json::to_value(self).unwrap_or_default())
    }
}

/// What [`Operation::address`] does for every operation alike, so that the browser's program holds it once.
pub fn address(method: Method, path: &str, fields: Value) -> String {
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Default::default(),
    };
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for (name, value) in fields {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            other => other.to_string(),
        };
        let slot = format!("{{{name}}}");
        if path.contains(&slot) {
            path = path.replace(&slot, &escape(&text));
        } else {
            query.push((name, text));
        }
    }
    if method == Method::Get && !query.is_empty() {
        path.push('?');
        path.push_str(&serde_urlencoded::to_string(query).unwrap_or_default());
    }
    path
}

/// Escapes what may not stand in one segment of a path.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A file that the answer is, streamed; the client saves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// The name to save it as.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Declares an operation's contract: `operation!(GetTenant, Get, "/api/…/{tenant_id}", Admin, Tenant);`
#[macro_export]
macro_rules! operation {
    ($name:ident, $method:ident, $path:literal, $access:ident, $output:ty) => {
        impl $crate::Operation for $name {
            const NAME: &'static str = stringify!($name);
            const METHOD: $crate::Method = $crate::Method::$method;
            const PATH: &'static str = $path;
            const ACCESS: $crate::role::Access = $crate::role::Access::$access;
            type Output = $output;
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, serde::Deserialize)]
    struct ListThings {
        tenant: String,
        search: Option<String>,
        limit: u32,
    }
    operation!(ListThings, Get, "/api/tenants/{tenant}/things", Admin, ());

    #[test]
    fn fields_travel_in_the_path_or_the_query() {
        let operation = ListThings { tenant: "a/b".into(), search: Some("x y&z".into()), limit: 5 };
        assert_eq!(operation.address(), "/api/tenants/a%2Fb/things?limit=5&search=x+y%26z");
        let operation = ListThings { tenant: "a".into(), search: None, limit: 5 };
        assert_eq!(operation.address(), "/api/tenants/a/things?limit=5");
    }
}
