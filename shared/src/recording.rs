//! Recordings of calls (REC-01…REC-07, EXT-11).

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::voicemail::Peaks;
use crate::{CallId, ExtensionId, Moment, Page, RecordingId, SoundId, TenantId, operation};

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The call.
    pub call_id: CallId,
    /// The number of whoever called.
    pub caller: String,
    /// The name, as the record has it.
    pub caller_name: String,
    /// The number that was called.
    pub callee: String,
    /// The name of whoever or whatever it belongs to.
    pub callee_name: String,
    /// The extension that called; none for somebody outside.
    pub caller_extension_id: Option<ExtensionId>,
    /// The extension that answered; none for somebody outside.
    pub callee_extension_id: Option<ExtensionId>,
    /// Since when it was recorded.
    pub started_at: Moment,
    /// How long it is; none while it goes on.
    pub millis: Option<u64>,
    /// How many bytes it takes; none while it goes on.
    pub bytes: Option<u64>,
    /// Two where caller and callee have a track each (REC-05).
    pub tracks: u8,
    /// When somebody first listened to it (REC-04).
    pub heard_at: Option<Moment>,
    /// The SHA-256 of its file, in hexadecimal; none while it goes on.
    pub sha256: Option<String>,
    /// Its sound.
    pub sound_id: SoundId,
    /// Where its file lies (REC-08).
    #[serde(default)]
    pub place: RecordingPlace,
    /// What was left out, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<RecordingPause>,
}

/// Where the file of a recording lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingPlace {
    /// In the data folder of the server.
    #[default]
    Server,
    /// In the object storage.
    ObjectStorage,
}

/// The most pauses of a recording that are told of; later ones leave their sound out as well.
pub const PAUSES_MAX: usize = 100;

/// A part of the call that was left out of its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordingPause {
    /// Where in the recording, in milliseconds.
    pub at_millis: u64,
    /// How long it was, in milliseconds; zero while it goes on, and where the process ended in it and nothing tells how long the call ran on.
    pub millis: u64,
}

/// Lists the tenant's recordings, the latest first (REC-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListRecordings {
    /// Text that a number or a name contains.
    pub search: Option<String>,
    /// Only those of this extension.
    pub extension_id: Option<ExtensionId>,
    /// Only those of this call.
    pub call_id: Option<CallId>,
    /// Only those that began then or later.
    pub from: Option<Moment>,
    /// Only those that began before.
    pub until: Option<Moment>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListRecordings, Get, "/api/tenant/recordings", TenantAdmin, Page<Recording>);

/// The sound of a recording, as Ogg Opus; it counts as heard from then on, and the log says who has listened (REC-03, REC-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetRecordingSound {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(GetRecordingSound, Get, "/api/tenant/recordings/{recording_id}/sound", TenantAdmin, File);

/// How loud a recording is, for a picture of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetRecordingPeaks {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(GetRecordingPeaks, Get, "/api/tenant/recordings/{recording_id}/peaks", TenantAdmin, Peaks);

/// Removes a recording for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteRecording {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(DeleteRecording, Delete, "/api/tenant/recordings/{recording_id}", TenantAdmin, ());

/// Lists recordings of the own calls, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListOwnRecordings {
    /// Text that a number or a name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListOwnRecordings, Get, "/api/user/recordings", User, OwnRecordings);

/// The own recordings, and whether they may be removed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnRecordings {
    /// A page of them.
    #[serde(flatten)]
    pub page: Page<Recording>,
    /// Does the company allow it (REC-06)?
    pub may_delete: bool,
}

/// The sound of a recording of an own call, as Ogg Opus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnRecordingSound {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(GetOwnRecordingSound, Get, "/api/user/recordings/{recording_id}/sound", User, File);

/// How loud a recording of an own call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnRecordingPeaks {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(GetOwnRecordingPeaks, Get, "/api/user/recordings/{recording_id}/peaks", User, Peaks);

/// Removes a recording of an own call for good, where the company allows it (REC-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteOwnRecording {
    /// Which.
    pub recording_id: RecordingId,
}
operation!(DeleteOwnRecording, Delete, "/api/user/recordings/{recording_id}", User, ());
