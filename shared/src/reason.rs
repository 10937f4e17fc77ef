//! Why: the codes of the decision trace, each with its sentence and its fix ("explain this call").
//!
//! `docs/reasons.md` is this table in prose; a test keeps them the same.

use serde::{Deserialize, Serialize};

use crate::Moment;

/// One decision on the way of a call or a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceStep {
    /// When it was taken.
    pub at: Moment,
    /// Which part decided: `tenant`, `credentials`, `admission`, `routing`, `ring`, `media`, `end` …
    pub step: String,
    /// The rule that was applied, such as `concurrent_calls_max`; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The value that it was applied to; never a secret.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The code.
    pub code: Reason,
}

impl TraceStep {
    /// One plain sentence, with the value in its place.
    pub fn sentence(&self) -> String {
        self.code.sentence().replace("{value}", &self.value).replace("{rule}", &self.rule)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal, $fix:literal;)*) => {
        /// The code of a decision.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Reason {
            $(#[doc = $sentence] #[serde(rename = $code)] $name,)*
        }

        impl Reason {
            /// All codes, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word, as on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The sentence, `{value}` and `{rule}` to be filled in.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What to do about it; empty where nothing is wrong.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

reasons! {
    TenantByDomain = "tenant_by_domain", "The request is for the domain {value}.", "";
    TenantByLogin = "tenant_by_login", "The login {value} names the tenant.", "";
    TenantUnknown = "tenant_unknown", "No tenant has the domain {value}.", "Set the phone's SIP domain to the tenant's domain, or log in as number@domain.";
    TenantMismatch = "tenant_mismatch", "The request is for {rule}, but the login belongs to {value}.", "Use the same tenant's domain for registrar, login and called address.";
    TenantSuspended = "tenant_suspended", "The tenant {value} is suspended.", "Take the tenant up again on its page.";
    ExtensionUnknown = "extension_unknown", "There is no extension {value}.", "Check the number, or create the extension.";
    ExtensionDisabled = "extension_disabled", "Extension {value} is switched off.", "Switch it on on its page.";
    CredentialsMissing = "credentials_missing", "No credentials were sent yet; the phone was asked for them.", "";
    CredentialsAccepted = "credentials_accepted", "The credentials of {value} are right.", "";
    CredentialsWrong = "credentials_wrong", "The password of {value} is wrong.", "Make a new SIP secret for the extension and enter it in the phone.";
    CredentialExpired = "credential_expired", "The browser's credential of {value} has expired.", "The page gets a new one by itself; sign in again if it does not.";
    NonceStale = "nonce_stale", "The nonce was too old; a new one was given.", "";
    NonceReplayed = "nonce_replayed", "An answer to a challenge was used a second time.", "Check for a device that repeats requests, or for an attacker who has recorded one.";
    NonceForeign = "nonce_foreign", "The nonce was not given by this server.", "Check for a device that is not registered here, or for an attacker who makes up nonces.";
    CredentialThrottled = "credential_throttled", "{value} failed too often from this device and has to wait.", "Correct the password in the device; it is let in again after the wait.";
    CallerNotAllowed = "caller_not_allowed", "The caller is {value}, which is not what it logged in as.", "Set the phone's From address to its own extension.";
    IntervalTooBrief = "interval_too_brief", "A registration of {value} seconds is too short.", "Set the phone's registration interval to the minimum that it was told.";
    FirstHopLacksOutbound = "first_hop_lacks_outbound", "A proxy on the way does not keep the device's connection: {value}.", "Register the phone here directly, or let the first proxy on its way do RFC 5626 (a Path with `ob`).";
    TooManyContacts = "too_many_contacts", "The extension already has {value} devices registered.", "Sign a device out.";
    BindingAdded = "binding_added", "The device {value} is registered.", "";
    BindingRefreshed = "binding_refreshed", "The device {value} has renewed its registration.", "";
    BindingRemoved = "binding_removed", "The device {value} has signed off.", "";
    BindingExpired = "binding_expired", "The registration of {value} has run out.", "Check that the device still reaches the server.";
    BindingOutOfOrder = "binding_out_of_order", "An older request to register came after a newer one.", "";
    CallAdmitted = "call_admitted", "The call may come in.", "";
    QuotaConcurrentCalls = "quota_concurrent_calls", "The tenant's limit of {value} concurrent calls is reached.", "End a call, or ask the provider for a higher limit.";
    Draining = "draining", "The server is stopping and takes no new calls.", "Call again in a minute.";
    Overloaded = "overloaded", "The server could not take the call: {value}.", "Call again; if it stays, add capacity.";
    RoutedToExtension = "routed_to_extension", "{value} is an extension of this tenant.", "";
    NumberUnknown = "number_unknown", "Nobody has the number {value}.", "Check the number dialled.";
    NumberInvalid = "number_invalid", "{value} is not a number that can be dialled.", "Dial digits or letters only.";
    ForeignDomain = "foreign_domain", "{value} is not this tenant's domain, and calls do not leave the tenant.", "Dial the number alone.";
    CalleeOffline = "callee_offline", "No device of {value} is registered.", "Sign in to the browser phone or check the desk phone's registration.";
    CalleeIsCaller = "callee_is_caller", "{value} called itself.", "Dial another number.";
    EventUnknown = "event_unknown", "Nothing is told about {value} here.", "Subscribe to dialog, presence, message-summary or reg.";
    NotOwn = "not_own", "Only {value} itself may see or change this.", "Set the phone to its own extension.";
    TooManySubscriptions = "too_many_subscriptions", "The limit of {value} subscriptions is reached.", "Take keys or watched contacts out of the phone.";
    TooManyMessages = "too_many_messages", "So many messages wait already that no more is taken: {value}.", "Wait until the receiver has signed in.";
    RingingDevice = "ringing_device", "The device {value} is being called.", "";
    DeviceRings = "device_rings", "The device {value} rings.", "";
    DeviceBusy = "device_busy", "The device {value} is busy.", "";
    DeviceDeclined = "device_declined", "The call was declined on {value}.", "";
    DeviceUnreachable = "device_unreachable", "The device {value} did not answer the network.", "Check the device's connection; it stays listed until its registration runs out.";
    DeviceFailed = "device_failed", "The device {value} refused: {rule}.", "Look up the status in the device's manual.";
    Answered = "answered", "The call was answered on {value}.", "";
    NoAnswer = "no_answer", "Nobody answered within {value} seconds.", "";
    CallerGaveUp = "caller_gave_up", "The caller hung up before anybody answered.", "";
    CallerHungUp = "caller_hung_up", "The caller hung up.", "";
    CalleeHungUp = "callee_hung_up", "The called party hung up.", "";
    HungUpByAdmin = "hung_up_by_admin", "An administrator ended the call.", "";
    SessionTimerExpired = "session_timer_expired", "One side stopped answering and the session timer ended the call.", "Check the connection of the side whose figures stop first.";
    AckMissing = "ack_missing", "The caller never acknowledged the answer.", "Check that the caller's device is reachable at its contact address.";
    MediaTimeout = "media_timeout", "No sound arrived from either side for {value} seconds.", "Check firewall and network of both devices.";
    CodecMismatch = "codec_mismatch", "The devices have no codec in common: {value}.", "Allow G.711 or Opus in the device.";
    MediaOfferBad = "media_offer_bad", "The media description cannot be used: {value}.", "Check the device's audio settings.";
    PortsSpent = "ports_spent", "No media port is free.", "Widen the RTP port range.";
    SrtpRequired = "srtp_required", "The device {value} refuses sound that may be in the open; it is asked again for encrypted sound only.", "";
    CommonCodec = "common_codec", "Both sides speak {value}; it is passed through.", "";
    Transcoded = "transcoded", "The sides speak {value}; the server translates.", "";
    LegReplaced = "leg_replaced", "The same person took the call up again on {value}.", "";
    TransferStarted = "transfer_started", "A transfer to {value} was asked for.", "";
    TransferredBlind = "transferred_blind", "The call was transferred to {value}.", "";
    TransferredAttended = "transferred_attended", "The call was connected with {value}, who had been asked before.", "";
    TransferFailed = "transfer_failed", "The transfer to {value} came to nothing: {rule}.", "Try again, or dial the number and hand the call over after a word.";
    Redirected = "redirected", "The device {rule} sent the call on to {value}.", "";
    RedirectRefused = "redirect_refused", "A device sent the call on to {value}, which is not followed: {rule}.", "Set the forwarding of the device to a number of the same tenant, and not to one that forwards again.";
    Held = "held", "{value} put the call on hold.", "";
    Resumed = "resumed", "{value} took the call off hold.", "";
    FlowLost = "flow_lost", "The connection to {value} was lost; the call is kept for a while.", "";
    FlowLostEnded = "flow_lost_ended", "{value} did not come back in time.", "Check the network of that side.";
    ServerRestarted = "server_restarted", "The server stopped while the call ran; it is closed at its last sign of life.", "";
    InternalFault = "internal_fault", "A fault in the server ended the call.", "Send the server's log of that minute to Belfry's developers.";
    MethodRefused = "method_refused", "The method {value} is not taken here.", "";
    MessageMalformed = "message_malformed", "The message could not be read: {value}.", "Update the device's firmware.";
    LoopDetected = "loop_detected", "The call has passed too many servers.", "Look for forwardings that point at each other.";
    NoAudioFromCaller = "no_audio_from_caller", "No sound was heard from the caller.", "Check the caller's microphone and network.";
    NoAudioFromCallee = "no_audio_from_callee", "No sound was heard from the called party.", "Check the called party's microphone and network.";
    SoundIsBack = "sound_is_back", "Sound from {value} is heard again.", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_word_used_once_and_travels_as_itself() {
        let mut seen = std::collections::BTreeSet::new();
        for reason in Reason::ALL {
            assert!(seen.insert(reason.code()), "{} twice", reason.code());
            assert!(reason.sentence().ends_with('.'));
            assert_eq!(serde_json::to_string(reason).unwrap(), format!("\"{}\"", reason.code()));
        }
    }

    #[test]
    fn a_step_speaks() {
        let step = TraceStep {
            at: Moment(0),
            step: "routing".into(),
            rule: String::new(),
            value: "999".into(),
            code: Reason::NumberUnknown,
        };
        assert_eq!(step.sentence(), "Nobody has the number 999.");
    }
}
