//! The activity log: who changed what (LOG-02), both names when an admin acts for a tenant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ActivityId, Moment, Page, TenantId, operation};

/// One change that somebody made, or wanted to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The tenant it concerns, if one.
    pub tenant_id: Option<TenantId>,
    /// When.
    pub at: Moment,
    /// Who, by e-mail address.
    pub actor: String,
    /// The tenant's name when an admin acted for it: "admin@… as Acme".
    pub acting_for: Option<String>,
    /// The operation, such as `CreateExtension`.
    pub operation: String,
    /// What it was done to, such as `extension 101`.
    pub subject: String,
    /// From which address; none where the process itself did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why it was refused; none where it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Can it be undone?
    #[serde(default)]
    pub undoable: bool,
    /// What was before, and what is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}

/// One field of what was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// Its name, such as `quota.extensions_max`.
    pub field: String,
    /// What it was; none where there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is; none where there is nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What is the same for ever, or said by the line itself.
const SILENT_FIELDS: [&str; 3] = ["id", "tenant_id", "created_at"];
/// The most fields that one line tells of.
const CHANGES_MAX: usize = 60;
/// The most characters of a value that a line shows.
const VALUE_CHARACTERS_MAX: usize = 200;

/// What differs between two states of a noun: none stands for not being there. Secrets are never part of a noun.
pub fn changes<T: Serialize>(before: Option<&T>, after: Option<&T>) -> Vec<FieldChange> {
    let (before, after) = (flat(before), flat(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name) && !SILENT_FIELDS.contains(&name.as_str()))
        .map(|name| FieldChange {
            field: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .take(CHANGES_MAX)
        .collect()
}

fn flat<T: Serialize>(noun: Option<&T>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    if let Some(value) = noun.and_then(|noun| serde_json::to_value(noun).ok()) {
        flatten("", &value, &mut fields);
    }
    fields
}

fn flatten(name: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Null => return,
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                flatten(&name, value, into);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    into.insert(name.to_owned(), text.chars().take(VALUE_CHARACTERS_MAX).collect());
}

/// Lists the installation's activity, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListAllActivity {
    /// Text that actor, operation or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListAllActivity, Get, "/api/admin/activity", Admin, Page<Activity>);

/// Lists the tenant's activity, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListActivity {
    /// Text that actor, operation or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListActivity, Get, "/api/tenant/activity", TenantAdmin, Page<Activity>);

/// Puts back what was before a change. It is checked like any other change, has a line of its own, and is refused where something
/// else has been done with it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UndoActivity {
    /// The line of the change.
    pub activity_id: ActivityId,
}
operation!(UndoActivity, Post, "/api/tenant/activity/{activity_id}/undo", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Quota;

    // covers: LOG-02
    #[test]
    fn log_02_what_was_and_what_is_are_named_field_by_field() {
        #[derive(Serialize)]
        struct Noun {
            id: u32,
            name: &'static str,
            quota: Quota,
        }
        let before = Noun { id: 1, name: "Acme", quota: Quota::default() };
        let quota = Quota { extensions_max: None, concurrent_calls_max: Some(5), ..Quota::default() };
        let after = Noun { id: 2, name: "Acme", quota };
        let change = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
            field: field.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        assert_eq!(
            changes(Some(&before), Some(&after)),
            [
                change("quota.concurrent_calls_max", Some("20"), Some("5")),
                change("quota.extensions_max", Some("1000"), None),
            ]
        );
        let made = changes(None, Some(&after));
        assert!(made.contains(&change("name", None, Some("Acme"))));
        assert!(made.iter().all(|change| change.before.is_none() && change.field != "id"));
        assert!(changes(Some(&after), None).iter().all(|change| change.after.is_none()));
        assert_eq!(changes(Some(&after), Some(&after)), []);
    }
}
