//! Storage of objects (S3 and what speaks like it), where recordings lie once they have ended (REC-08).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::operation;
use crate::problem::FieldProblem;

/// The longest address, in bytes.
const ENDPOINT_BYTES_MAX: usize = 256;
/// The longest region, key or secret, in bytes.
const WORD_BYTES_MAX: usize = 256;
/// The longest beginning of names, in bytes.
const PREFIX_BYTES_MAX: usize = 128;

/// The storage as it is set; its secret is kept back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectStorage {
    /// Are recordings moved there? What lies there is read either way.
    pub enabled: bool,
    /// The address of the server, such as `https://s3.example.com`; empty means that there is none.
    pub endpoint: String,
    /// Its region, such as `eu-central-1`.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What the names of all objects begin with; may be empty.
    pub prefix: String,
    /// The access key.
    pub access_key: String,
    /// Is there a secret to it?
    pub has_secret: bool,
    /// Does the bucket stand in the path, and not in the name of the host?
    pub path_style: bool,
    /// May the way there be in the clear?
    pub allow_http: bool,
    /// How many recordings lie there.
    pub recordings: u64,
    /// How many that have ended lie here still.
    pub waiting: u64,
}

/// The form of the storage.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ObjectStorageForm {
    /// Are recordings moved there from now on?
    pub enabled: bool,
    /// The address of the server; empty takes it out of use.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What the names of all objects begin with; may be empty.
    pub prefix: String,
    /// The access key.
    pub access_key: String,
    /// The secret to it; without it, the one of before, if the server is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Does the bucket stand in the path, and not in the name of the host?
    pub path_style: bool,
    /// May the way there be in the clear?
    pub allow_http: bool,
}

impl std::fmt::Debug for ObjectStorageForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ObjectStorageForm({}/{}, ***)", self.endpoint, self.bucket)
    }
}

impl ObjectStorageForm {
    /// What is wrong with it; with one that takes the storage out of use nothing is.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let endpoint = self.endpoint.trim();
        if endpoint.is_empty() {
            check.that(!self.enabled, "endpoint", "Name the server that recordings are moved to.");
            return check.finish();
        }
        let secure = endpoint.starts_with("https://");
        let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
        let is_host = |host: &str| {
            let host = host.strip_suffix('/').unwrap_or(host);
            !host.is_empty() && !host.contains(['/', '?', '#', '@']) && !host.contains(char::is_whitespace)
        };
        check
            .that(
                endpoint.len() <= ENDPOINT_BYTES_MAX && is_clean(endpoint) && host.is_some_and(is_host),
                "endpoint",
                "An address looks like https://s3.example.com, with a port where it needs one.",
            )
            .that(
                secure || self.allow_http || !endpoint.starts_with("http://"),
                "endpoint",
                "This address is in the clear. Use https://, or allow it below.",
            )
            .that(is_word(self.region.trim()), "region", "A region is a word such as eu-central-1.")
            .that(
                is_bucket(self.bucket.trim()),
                "bucket",
                "A bucket's name has 3 to 63 small letters, digits, dots and hyphens.",
            )
            .that(
                self.prefix.len() <= PREFIX_BYTES_MAX
                    && self.prefix.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b))
                    && !self.prefix.contains("..")
                    && !self.prefix.contains("//"),
                "prefix",
                "At most 128 letters, digits, dots, hyphens, underscores and slashes.",
            )
            .that(
                is_word(self.access_key.trim()),
                "access_key",
                "An access key has 1 to 256 characters without blanks.",
            )
            .that(
                self.secret.as_deref().is_none_or(|secret| secret.len() <= WORD_BYTES_MAX && is_clean(secret)),
                "secret",
                "A secret has at most 256 characters.",
            );
        check.finish()
    }
}

fn is_word(text: &str) -> bool {
    (1..=WORD_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_bucket(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    let ends = [text.bytes().next(), text.bytes().last()];
    (3..=63).contains(&text.len())
        && text.bytes().all(inner)
        && ends.into_iter().flatten().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The storage of recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetObjectStorage {}
operation!(GetObjectStorage, Get, "/api/admin/object-storage", Admin, ObjectStorage);

/// Sets the storage; recordings that have ended are moved there from now on. Server, bucket and beginning stay as they are while recordings
/// lie there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateObjectStorage {
    /// From now on.
    #[serde(flatten)]
    pub form: ObjectStorageForm,
}
operation!(UpdateObjectStorage, Put, "/api/admin/object-storage", Admin, ObjectStorage);

/// Writes, reads and removes a small object by the form, which is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestObjectStorage {
    /// What to try.
    #[serde(flatten)]
    pub form: ObjectStorageForm,
}
operation!(TestObjectStorage, Post, "/api/admin/object-storage/test", Admin, ObjectStorageTest);

/// What came of the test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectStorageTest {
    /// Why it failed, in the server's words; none where all went well.
    pub failure: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ObjectStorageForm {
        ObjectStorageForm {
            enabled: true,
            endpoint: "https://s3.example.com:9000".into(),
            region: "eu-central-1".into(),
            bucket: "acme-calls".into(),
            prefix: "belfry/".into(),
            access_key: "AKIA".into(),
            secret: Some("hidden".into()),
            ..ObjectStorageForm::default()
        }
    }

    // covers: REC-08
    #[test]
    fn rec_08_the_form_is_checked_field_by_field() {
        let wrong = |change: fn(&mut ObjectStorageForm)| -> Vec<String> {
            let mut changed = form();
            change(&mut changed);
            changed.check().into_iter().map(|problem| problem.field).collect()
        };
        assert!(form().check().is_empty());
        assert!(!format!("{:?}", form()).contains("hidden"));
        assert_eq!(wrong(|form| form.endpoint = String::new()), ["endpoint"]);
        assert!(wrong(|form| (form.endpoint, form.enabled) = (" ".into(), false)).is_empty());
        assert_eq!(wrong(|form| form.endpoint = "http://10.0.0.1:9000".into()), ["endpoint"]);
        assert!(wrong(|form| (form.endpoint, form.allow_http) = ("http://10.0.0.1:9000".into(), true)).is_empty());
        assert_eq!(wrong(|form| form.endpoint = "ftp://x".into()), ["endpoint"]);
        assert_eq!(wrong(|form| form.endpoint = "https://a/b".into()), ["endpoint"]);
        assert_eq!(wrong(|form| form.bucket = "Acme".into()), ["bucket"]);
        assert_eq!(wrong(|form| form.bucket = "-acme".into()), ["bucket"]);
        assert_eq!(wrong(|form| form.region = String::new()), ["region"]);
        assert_eq!(wrong(|form| form.access_key = "a b".into()), ["access_key"]);
        assert_eq!(wrong(|form| form.prefix = "a/../b".into()), ["prefix"]);
    }
}
