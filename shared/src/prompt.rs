//! Sounds that people bring: prompts of the tenant and greetings of extensions (IVR-02, EXT-07).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::operation::File;
use crate::problem::FieldProblem;
use crate::{AccountId, CallId, ExtensionId, Moment, Page, SoundId, TenantId, operation};

/// The longest that is taken, in seconds.
pub const PROMPT_SECONDS_MAX: u32 = 600;
/// The largest file that is taken.
pub const PROMPT_BYTES_MAX: usize = 20 << 20;
/// The longest that a telephone records, in seconds.
pub const RECORDED_SECONDS_MAX: u32 = 300;
/// The most sounds that a tenant brings, and each of its extensions.
pub const PROMPTS_MAX: u64 = 500;
/// The most greetings of one extension.
pub const GREETINGS_MAX: u64 = 20;

/// A sound that somebody has brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prompt {
    /// Its id.
    pub id: SoundId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The extension whose greeting it is; none for a prompt of the tenant.
    pub extension_id: Option<ExtensionId>,
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub millis: u64,
    /// How many bytes it takes here.
    pub bytes: u64,
    /// Since when it is there.
    pub created_at: Moment,
}

/// Lists the tenant's prompts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListPrompts {
    /// Text that the name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListPrompts, Get, "/api/tenant/prompts", TenantAdmin, Page<Prompt>);

/// Brings a prompt: WAV, MP3 or Ogg.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatePrompt {
    /// What it is called.
    pub name: String,
    /// The file, in Base64.
    pub sound: String,
}
operation!(CreatePrompt, Post, "/api/tenant/prompts", TenantAdmin, Prompt);

/// Rings the devices of an extension; whoever answers records a prompt there, and keeps or discards it by the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordPrompt {
    /// What it will be called.
    pub name: String,
    /// Whose devices ring.
    pub extension_id: ExtensionId,
}
operation!(RecordPrompt, Post, "/api/tenant/prompts/record", TenantAdmin, RecordingCall);

/// The call in which something is recorded by telephone: its facts tell how far it has come, `prompt_recorded` what was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordingCall {
    /// Which.
    pub call_id: CallId,
}

/// What is to be recorded by telephone: the switch hands it on with the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptWish {
    /// What it will be called.
    pub name: String,
    /// Whose devices ring.
    pub extension_id: ExtensionId,
    /// Will it be a greeting of that extension? Else it will be a prompt of the tenant.
    pub is_greeting: bool,
    /// Who has asked for it.
    pub asked_by: PromptAsker,
}

/// Who has asked for a recording by telephone, for the activity log (LOG-02).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptAsker {
    /// The account.
    pub account_id: AccountId,
    /// Its e-mail address.
    pub email: String,
    /// The name of the tenant that an admin acts for (ACC-07).
    pub acting_for: Option<String>,
    /// From which address.
    pub address: Option<String>,
}

/// Removes a prompt that nothing plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeletePrompt {
    /// Which.
    pub sound_id: SoundId,
}
operation!(DeletePrompt, Delete, "/api/tenant/prompts/{sound_id}", TenantAdmin, ());

/// A prompt's sound, as Ogg Opus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetPromptSound {
    /// Which.
    pub sound_id: SoundId,
}
operation!(GetPromptSound, Get, "/api/tenant/prompts/{sound_id}/sound", TenantAdmin, File);

/// Lists the own greetings by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListGreetings {
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListGreetings, Get, "/api/user/greetings", User, Page<Prompt>);

/// Brings a greeting of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateGreeting {
    /// What it is called.
    pub name: String,
    /// The file, in Base64: WAV, MP3 or Ogg.
    pub sound: String,
}
operation!(CreateGreeting, Post, "/api/user/greetings", User, Prompt);

/// Rings the own devices; whoever answers records a greeting there, and keeps or discards it by the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordGreeting {
    /// What it will be called.
    pub name: String,
}
operation!(RecordGreeting, Post, "/api/user/greetings/record", User, RecordingCall);

/// Removes an own greeting; where it was played, the next in line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteGreeting {
    /// Which.
    pub sound_id: SoundId,
}
operation!(DeleteGreeting, Delete, "/api/user/greetings/{sound_id}", User, ());

/// The sound of an own greeting, as Ogg Opus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetGreetingSound {
    /// Which.
    pub sound_id: SoundId,
}
operation!(GetGreetingSound, Get, "/api/user/greetings/{sound_id}/sound", User, File);

/// What is wrong with a new prompt or greeting, as far as its name goes.
pub fn check_name(name: &str) -> Vec<FieldProblem> {
    Check::default().name("name", name).finish()
}
