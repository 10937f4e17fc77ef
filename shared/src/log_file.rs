//! The files that the process writes its log into (LOG-03).

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::{Moment, operation};

/// One file; the newest is the one that is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogFile {
    /// Its name; where it lies is nobody's concern.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was last written to.
    pub changed_at: Moment,
}

/// The files, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListLogFiles {}
operation!(ListLogFiles, Get, "/api/admin/log-files", Admin, Vec<LogFile>);

/// Downloads a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetLogFile {
    /// Its name, as listed.
    pub file_name: String,
}
operation!(GetLogFile, Get, "/api/admin/log-files/{file_name}/text", Admin, File);
