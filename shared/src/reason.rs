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
    CalleeDisabled = "callee_disabled", "Extension {value}, which was called, is switched off.", "Switch it on on its page.";
    CredentialsMissing = "credentials_missing", "No credentials were sent yet; the phone was asked for them.", "";
    CredentialsAccepted = "credentials_accepted", "The credentials of {value} are right.", "";
    CredentialsWrong = "credentials_wrong", "The password of {value} is wrong.", "Make a new SIP secret for the extension and enter it in the phone.";
    CredentialExpired = "credential_expired", "The browser's credential of {value} has expired.", "The page gets a new one by itself; sign in again if it does not.";
    CredentialsUnreadable = "credentials_unreadable", "The credentials that were sent cannot be read.", "Update the device's firmware; it answers the challenge in a way of its own.";
    NonceStale = "nonce_stale", "The nonce was too old; a new one was given.", "";
    NonceReplayed = "nonce_replayed", "An answer to a challenge was used a second time.", "Check for a device that repeats requests, or for an attacker who has recorded one.";
    NonceForeign = "nonce_foreign", "The nonce was not given by this server.", "Check for a device that is not registered here, or for an attacker who makes up nonces.";
    CredentialThrottled = "credential_throttled", "{value} failed too often from this device and has to wait.", "Correct the password in the device; it is let in again after the wait.";
    AddressBlocked = "address_blocked", "The address {value} is blocked: {rule}.", "The provider finds it under System, IP list, with what was seen of it, and can unblock or allow it there.";
    UserAgentBlocked = "user_agent_blocked", "The device calls itself {value}, which is shut out; it was not answered.", "Take the user agent off the list under System, Security, if such devices are wanted.";
    Congested = "congested", "The server has more to do than it can; {value} was refused.", "The device tries again by itself; if it stays, add capacity.";
    CallerNotAllowed = "caller_not_allowed", "The caller is {value}, which is not what it logged in as.", "Set the phone's From address to its own extension.";
    RecordNotOwn = "record_not_own", "The registration is for {value}, which is not what the phone logged in as.", "Use the extension's number as user and as authentication name in the phone.";
    RegisterInDialog = "register_in_dialog", "A registration came with a tag in its To header, which belongs to calls only.", "Update the device's firmware, or let such devices in by the setting of that name.";
    IntervalTooBrief = "interval_too_brief", "A registration of {value} seconds is too short.", "Set the phone's registration interval to the minimum that it was told.";
    FirstHopLacksOutbound = "first_hop_lacks_outbound", "A proxy on the way does not keep the device's connection: {value}.", "Register the phone here directly, or let the first proxy on its way do RFC 5626 (a Path with `ob`).";
    TooManyContacts = "too_many_contacts", "The extension already has {value} devices registered.", "Sign a device out.";
    TooManyContactsAtOnce = "too_many_contacts_at_once", "One registration names more addresses than the {value} that are taken.", "Let the device register its own address only.";
    ContactUnusable = "contact_unusable", "The address {value} that the device wants to be called at cannot be used.", "Check the device's own name and address; it has to be a short sip: address.";
    ContactStarMisused = "contact_star_misused", "The device signed all devices off in a way that is not allowed.", "Update the device's firmware.";
    PathTooLong = "path_too_long", "The way to the device is longer than what is kept: {value}.", "Take proxies between the device and the server out.";
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
    SchemeNotDialled = "scheme_not_dialled", "An address that begins with {value} is not dialled here.", "Dial the number alone, without tel:.";
    ForeignDomain = "foreign_domain", "{value} is not this tenant's domain, and calls do not leave the tenant.", "Dial the number alone.";
    CalleeNotDisturbed = "callee_not_disturbed", "{value} does not want to be disturbed.", "Call later or write a message; who has set it takes it back on the page Phone.";
    CalleeOffline = "callee_offline", "No device of {value} is registered.", "Sign in to the browser phone or check the desk phone's registration.";
    CalleeAway = "callee_away", "{value} is away.", "Call later; where calls go meanwhile is set with the extension's forwarding.";
    CalleeBusy = "callee_busy", "{value} is in a call and takes no second one.", "Call later; whether a second call rings is set with the extension's forwarding.";
    ForwardedByException = "forwarded_by_exception", "An exception of {rule} sends the call on to {value}.", "";
    ForwardedNotDisturbed = "forwarded_not_disturbed", "{rule} does not want to be disturbed; the call is sent on to {value}.", "";
    ForwardedAway = "forwarded_away", "{rule} is away; the call is sent on to {value}.", "";
    ForwardedBusy = "forwarded_busy", "{rule} is busy; the call is sent on to {value}.", "";
    ForwardedNoAnswer = "forwarded_no_answer", "{rule} does not answer; the call is sent on to {value}.", "";
    ForwardedOffline = "forwarded_offline", "No device of {rule} can be reached; the call is sent on to {value}.", "";
    EndedByException = "ended_by_exception", "An exception of {value} ends the call.", "Take the exception out of the extension's forwarding if the caller is to be let through.";
    RungByException = "rung_by_exception", "An exception lets the call through to {value}.", "";
    CalleeIsCaller = "callee_is_caller", "{value} called itself.", "Dial another number.";
    EventUnknown = "event_unknown", "Nothing is told about {value} here.", "Subscribe to dialog, presence, message-summary or reg.";
    SubscriptionTooBrief = "subscription_too_brief", "A subscription of {value} seconds is too short.", "Set the phone's subscription interval to the minimum that it was told.";
    DocumentRefused = "document_refused", "The phone does not read what is told about {value}.", "Update the phone's firmware, or take the key or the watched contact out.";
    PublicationUnknown = "publication_unknown", "The phone builds on a state of presence that is not known here any more.", "Nothing; it publishes its whole state next.";
    PublicationUnreadable = "publication_unreadable", "The state of presence that the phone published cannot be read.", "Update the phone's firmware, or switch its presence off.";
    NotOwn = "not_own", "Only {value} itself may see or change this.", "Set the phone to its own extension.";
    TooManySubscriptions = "too_many_subscriptions", "The limit of {value} subscriptions is reached.", "Take keys or watched contacts out of the phone.";
    TooManyMessages = "too_many_messages", "So many messages wait already that no more is taken: {value}.", "Wait until the receiver has signed in.";
    TextTypeRefused = "text_type_refused", "A message of the type {value} is not taken.", "Let the device write plain text.";
    TextTooLong = "text_too_long", "A message of {value} bytes is too long.", "Write it in several messages.";
    TextUnreadable = "text_unreadable", "A message is empty or holds what is no text.", "Let the device write plain text in UTF-8.";
    RingingDevice = "ringing_device", "The device {value} is being called.", "";
    DeviceRings = "device_rings", "The device {value} rings.", "";
    DeviceBusy = "device_busy", "The device {value} is busy.", "";
    DeviceDeclined = "device_declined", "The call was declined on {value}.", "";
    DeviceUnreachable = "device_unreachable", "The device {value} did not answer the network.", "Check the device's power and network, and whether a firewall lets UDP through; it stays listed until its registration runs out.";
    DeviceDisconnected = "device_disconnected", "There is no connection to the device {value} any more, and none could be made.", "Check that the device is on; it comes back with its next registration.";
    DeviceUnavailable = "device_unavailable", "The device {value} takes no calls now.", "Check whether do-not-disturb or a forwarding is set in the device.";
    DeviceUnknownUser = "device_unknown_user", "The device {value} does not know the number that it registered.", "Let the device register anew; it may have been set up for another number.";
    DeviceAsksCredentials = "device_asks_credentials", "The device {value} asks the server for a password.", "Switch authentication of incoming calls off in the device.";
    DeviceForbids = "device_forbids", "The device {value} forbids the call.", "Check the device's list of blocked callers, and whether it takes calls from this server only.";
    DeviceMethodRefused = "device_method_refused", "The device {value} does not understand calls.", "Check that it is a phone that registered this number.";
    DeviceExtensionRefused = "device_extension_refused", "The device {value} does not know an extension of SIP that was asked of it.", "Update the device's firmware, or switch session timers and reliable responses off.";
    DeviceIntervalRefused = "device_interval_refused", "The device {value} wants a longer session timer.", "Set a longer session timer in the settings.";
    DeviceOverloaded = "device_overloaded", "The device {value} is overloaded.", "Try again; if it stays, restart the device.";
    DeviceLoop = "device_loop", "The device {value} says that the call goes round in circles.", "Look for a forwarding in the device that points at itself.";
    DeviceBodyRefused = "device_body_refused", "The device {value} does not read what describes the sound.", "Check that it is a phone that can take calls; update its firmware.";
    DeviceMediaRefused = "device_media_refused", "The device {value} takes none of the sound that was offered.", "Allow G.711 in the device, and encryption where the server asks for it.";
    DeviceBroken = "device_broken", "The device {value} reports a fault of its own: {rule}.", "Restart the device, and update its firmware.";
    DeviceFailed = "device_failed", "The device {value} refused: {rule}.", "Look up the status in the device's manual.";
    Answered = "answered", "The call was answered on {value}.", "";
    NoAnswer = "no_answer", "Nobody answered within {value} seconds.", "";
    CallerGaveUp = "caller_gave_up", "The caller hung up before anybody answered.", "";
    CallerHungUp = "caller_hung_up", "The caller hung up.", "";
    CalleeHungUp = "callee_hung_up", "The called party hung up.", "";
    HungUpByAdmin = "hung_up_by_admin", "An administrator, or a manager of one of the two, ended the call in the portal.", "";
    SessionTimerExpired = "session_timer_expired", "One side stopped answering and the session timer ended the call.", "Check the connection of the side whose figures stop first.";
    AckMissing = "ack_missing", "The caller never acknowledged the answer.", "Check that the caller's device is reachable at its contact address.";
    PrackMissing = "prack_missing", "The caller's device never confirmed a ringing that it had asked to confirm.", "Switch reliable provisional responses (100rel) off in the device.";
    OfferRefused = "offer_refused", "The device {value} refused a change of the running call: {rule}.", "Check whether the device can be put on hold or transferred; update its firmware.";
    OfferGlare = "offer_glare", "The server and {value} changed the call at the same moment; the change is made again a little later.", "";
    OfferUntimely = "offer_untimely", "The device {value} wanted to change the call before it stood.", "";
    MediaTimeout = "media_timeout", "No sound arrived from either side for {value} seconds.", "Check firewall and network of both devices.";
    CodecMismatch = "codec_mismatch", "The devices have no codec in common: {value}.", "Allow G.711 or Opus in the device.";
    MediaOfferBad = "media_offer_bad", "The media description cannot be used: {value}.", "Check the device's audio settings.";
    BodyUnknown = "body_unknown", "The call came with a body of the type {value}, which does not describe sound.", "Check that the device is a phone.";
    DescriptionNotTaken = "description_not_taken", "The caller's device takes no description of sound as an answer.", "Update the device's firmware.";
    SessionTimerTooBrief = "session_timer_too_brief", "The caller's device asks for a shorter session timer than is allowed.", "Set a session timer of 90 seconds or more in the device, or none.";
    MediaLineMissing = "media_line_missing", "The device's description has no line of media at all.", "Update the device's firmware.";
    MediaNoAudio = "media_no_audio", "The device offered no sound, only {value}.", "Begin the call with sound; video and fax come beside it or after it.";
    MediaPortZero = "media_port_zero", "The device offered sound on no port.", "Switch the device's audio on.";
    MediaProtocolUnknown = "media_protocol_unknown", "The device wants sound by a protocol that is not known: {value}.", "Set the device to RTP or SRTP.";
    MediaKeysMissing = "media_keys_missing", "The device wants protected sound but gave no key that can be used: {value}.", "Set SRTP in the device to SDES with AES_CM_128_HMAC_SHA1_80.";
    MediaKeysUnanswered = "media_keys_unanswered", "The device answered with keys that do not belong to the offer.", "Update the device's firmware, or switch SRTP off in it.";
    MediaBrowserOnly = "media_browser_only", "A phone's connection was offered a browser's sound (ICE and DTLS).", "Set the device to SDES, or let it register over WebSocket.";
    MediaBrowserLacks = "media_browser_lacks", "A browser's connection was offered sound without ICE and DTLS.", "Use a browser or an app that speaks WebRTC.";
    MediaTooLarge = "media_too_large", "The description of sound is too large: {value}.", "Take codecs and media that are not used out of the device.";
    AnswerWithoutMedia = "answer_without_media", "The device {value} answered the call without describing its sound.", "Update the device's firmware.";
    MediaNeverReady = "media_never_ready", "The call was answered, but its sound never came about.", "Try again; if it stays, send the server's log of that minute to Belfry's developers.";
    PortsSpent = "ports_spent", "No media port is free.", "Widen the RTP port range.";
    MediaPassedOn = "media_passed_on", "{value} has changed what it sends beside its sound or instead, such as fax or video; the other side is asked.", "";
    FaxRefused = "fax_refused", "The other side takes no fax (T.38).", "Send the fax as sound (G.711), or switch T.38 on in the other device.";
    MediaUnprotected = "media_unprotected", "The call came with sound in the open, and its trunk carries protected sound only.", "Switch SRTP on at the provider, or let the trunk carry sound in the open.";
    SrtpRequired = "srtp_required", "The device {value} refuses sound that may be in the open; it is asked again for encrypted sound only.", "";
    CommonCodec = "common_codec", "Both sides speak {value}; it is passed through.", "";
    Transcoded = "transcoded", "The sides speak {value}; the server translates.", "";
    LegReplaced = "leg_replaced", "The same person took the call up again on {value}.", "";
    TransferStarted = "transfer_started", "A transfer to {value} was asked for.", "";
    TransferredBlind = "transferred_blind", "The call was transferred to {value}.", "";
    TransferredAttended = "transferred_attended", "The call was connected with {value}, who had been asked before.", "";
    TransferFailed = "transfer_failed", "The transfer to {value} came to nothing: {rule}.", "Try again, or dial the number and hand the call over after a word.";
    TransferUntimely = "transfer_untimely", "A transfer to {value} was asked for while the call was not in a state for it.", "Wait until both talk, and until an earlier transfer is done.";
    ReferUnreadable = "refer_unreadable", "A transfer was asked for to an address that cannot be read: {value}.", "Dial a number for the transfer.";
    ReplacesUnknown = "replaces_unknown", "The call that was to be taken over is not known, or is not one's own.", "Transfer or take over only calls that still stand.";
    CallByTrunk = "call_by_trunk", "The call came by the trunk {value}.", "";
    DidUnknown = "did_unknown", "A trunk brought a call for {value}, which no tenant has on it.", "Put the number into the pool of a tenant on the trunk's page.";
    InboundRuleMatched = "inbound_rule_matched", "The inbound rule {rule} is for {value}.", "";
    OutsideHours = "outside_hours", "The company is closed (a holiday, where one is named: {value}); the rule {rule} goes where it says for that.", "";
    OutboundRuleClosed = "outbound_rule_closed", "The outbound rule {value} lets calls out within its hours only.", "Change the hours of the rule, or the office hours and holidays that hold for it.";
    NoInboundRule = "no_inbound_rule", "No inbound rule is for {value}.", "Make an inbound rule for the number, or one for all numbers of the trunk.";
    EndedByRule = "ended_by_rule", "The inbound rule {value} ends the call.", "Give the rule a destination.";
    ExternalForbidden = "external_forbidden", "The extension may not call {value}, which is none of the tenant's numbers: none of its groups allows calls to the outside.", "Allow external calls in one of its groups, or put it into another one.";
    OtherGroupForbidden = "other_group_forbidden", "The extension may not call {value}, who is in none of its groups.", "Allow calls to other groups in one of its groups, or put both into the same one.";
    PagingForbidden = "paging_forbidden", "The extension may not speak out of the telephone of {value}: none of its groups allows paging.", "Allow paging and intercom in one of its groups, or put it into another one.";
    CountryForbidden = "country_forbidden", "{value} is in a country that may not be called.", "Allow the country under Codes and E.164.";
    PrefixForbidden = "prefix_forbidden", "The number begins with {value}, which may not be called.", "Take the prefix from the forbidden ones under Codes and E.164.";
    NumberBlocked = "number_blocked", "{value} is a blocked number.", "Take it from the blocked numbers.";
    CallerBlocked = "caller_blocked", "Whoever called is blocked by the entry {value}.", "Take it from the blocked numbers.";
    BalanceEmpty = "balance_empty", "The caller's balance is used up, and calls outside need one: {value} is not called.", "Put something on the balance of the extension, or switch off that calls outside need one.";
    EmergencyCall = "emergency_call", "{value} is an emergency number: no limit holds for the call.", "";
    RoutedToGroup = "routed_to_group", "{value} is the ring group {rule}.", "";
    GroupRings = "group_rings", "For the ring group {rule} the telephones of {value} ring.", "";
    GroupRingsInTurn = "group_rings_in_turn", "For the ring group {rule} the telephones of {value} ring one after the other, as long as nobody answers.", "";
    MemberBusy = "member_busy", "{value} of the group {rule} is in a call and is skipped.", "";
    MemberNoAnswer = "member_no_answer", "{value} did not answer in the time of the group.", "";
    PagesGroup = "pages_group", "{value} is the paging group {rule}: the telephones of its members are asked to answer by themselves.", "";
    PageSkipped = "page_skipped", "{value} rang and did not answer by itself; it is skipped.", "";
    PageUnanswered = "page_unanswered", "No telephone of the group {value} answered by itself.", "Allow the telephones to answer by themselves, and give them time for it in the group.";
    TalksBack = "talks_back", "{value} is heard by all.", "";
    ListensAgain = "listens_again", "{value} only listens again.", "";
    GroupOtherwise = "group_otherwise", "When nobody of {rule} answers, the call goes on as follows.", "";
    GroupUnreachable = "group_unreachable", "Nobody of the ring group {value} can be rung.", "Let its members register, or give the group somewhere to go otherwise.";
    CallRecorded = "call_recorded", "The call is recorded from now on.", "";
    RecordedOnDemand = "recorded_on_demand", "{value} has the call recorded from now on.", "";
    RecordingStopped = "recording_stopped", "{value} has ended the recording.", "";
    RecordingPaused = "recording_paused", "{value} has paused the recording: what is said is left out.", "";
    RecordingResumed = "recording_resumed", "{value} has the recording go on.", "";
    RecordingRefused = "recording_refused", "{value} wanted to do something about the recording and may not.", "Put the extension into a group whose members may record on demand.";
    RecordingKept = "recording_kept", "{value} wanted to end the recording, which goes on: a rule wants it.", "";
    OutsideNotRecorded = "outside_not_recorded", "The call is not recorded: both parties are outside.", "Switch off under Recording rules that such calls are not recorded.";
    RecordingRoomless = "recording_roomless", "The call is not recorded: the tenant's room for sounds is used up.", "Delete recordings that are not needed any more, or raise the tenant's limit.";
    MailboxRoomless = "mailbox_roomless", "The mailbox of {value} takes no message: the tenant's room for sounds is used up.", "Delete what is not needed any more, or raise the tenant's limit.";
    RoutedToReceptionist = "routed_to_receptionist", "{value} is the receptionist {rule}.", "";
    ChoiceMade = "choice_made", "At the receptionist {rule} the caller chose {value}.", "";
    ChoiceUnknown = "choice_unknown", "At the receptionist {rule} the caller typed {value}, which is no choice and nobody's number.", "Name the choices in the prompt, and give frequent mistakes a choice of their own.";
    NothingTyped = "nothing_typed", "At the receptionist {rule} the caller typed nothing, however often the prompt was said.", "";
    LedTo = "led_to", "The caller was led to {value}.", "";
    LedInVain = "led_in_vain", "Where the receptionist {rule} led the call nobody could be reached.", "Let whoever it is register, or give the choice another destination.";
    ServerAsked = "server_asked", "The server of the entry {rule} is asked what to do (typed: {value}).", "";
    ServerAnswered = "server_answered", "The server of the entry {rule} answered: {value}.", "";
    ServerFailed = "server_failed", "The server of the entry {rule} gave no answer that could be followed: {value}.", "Let the server answer in time with the JSON that the receptionist's page describes.";
    EndedByReceptionist = "ended_by_receptionist", "The receptionist {value} ended the call, as it is set up.", "";
    ReceptionGivenUp = "reception_given_up", "The receptionist {value} ended the call: too often was it led nowhere.", "Look at where its choices lead.";
    RoutedToConference = "routed_to_conference", "{value} is the conference room {rule}.", "";
    ConferencePinWrong = "conference_pin_wrong", "A wrong PIN was typed for the conference room {value}.", "Tell those who are invited the PIN of the room.";
    ConferenceFull = "conference_full", "No more may take part in the conference room {value}.", "Raise the number of participants of the room.";
    ConferenceLocked = "conference_locked", "The conference room {value} is locked.", "Ask a moderator to open it, or to invite whoever is outside.";
    ConferenceWaits = "conference_waits", "In the conference room {value} nobody is heard before a moderator is there.", "";
    ConferenceJoined = "conference_joined", "The call takes part in the conference room {value}.", "";
    ConferenceModerated = "conference_moderated", "The call moderates the conference room {value}.", "";
    ConferenceMuted = "conference_muted", "The call is not heard in the conference room {value}.", "";
    ConferenceHeard = "conference_heard", "The call is heard in the conference room {value} again.", "";
    ConferenceMoved = "conference_moved", "The call's sound is brought to where that of the conference room {value} is: a new offer.", "";
    ConferenceInvites = "conference_invites", "{value} is invited into the conference room {rule}.", "";
    ConferenceSentOut = "conference_sent_out", "A moderator of the conference room {value} ended the call.", "";
    ConferenceEnded = "conference_ended", "The conference in the room {value} was ended.", "";
    ConferenceRemoved = "conference_removed", "The conference room {value} is no more.", "";
    ConferenceRecorded = "conference_recorded", "The conference room {value} is recorded from now on.", "";
    RoutedToMailbox = "routed_to_mailbox", "The call goes to the mailbox of {value}.", "";
    MailboxOff = "mailbox_off", "{value} has no mailbox, or none that may be opened from there.", "Switch the mailbox of the extension on; from elsewhere it needs a PIN.";
    MailboxFull = "mailbox_full", "The mailbox of {value} is full.", "Delete messages, or raise the limit of mailboxes in the settings.";
    MessageKept = "message_kept", "A message of {value} seconds for {rule} was kept.", "";
    MessageTooShort = "message_too_short", "What was said for {rule} was too short for a message and was not kept.", "";
    MessageLeft = "message_left", "A message for {rule} was left.", "";
    MailboxOpened = "mailbox_opened", "The mailbox of {value} was opened.", "";
    MailboxClosed = "mailbox_closed", "Whoever listened to the mailbox of {value} was done.", "";
    PinWrong = "pin_wrong", "A wrong PIN was typed for the mailbox of {value}.", "Set another PIN on the page of the mailbox, if it is forgotten.";
    PinsSpent = "pins_spent", "Too many wrong PINs were typed at {value}: none is taken for {rule}.", "Somebody may be guessing: look at the calls of that caller, and set a longer PIN.";
    PinShut = "pin_shut", "No PIN is taken at {value}, for too many were wrong.", "Wait, and call again; from the own telephone a mailbox opens whatever others have typed.";
    RoutedToQueue = "routed_to_queue", "{value} is the queue {rule}.", "";
    QueueEntered = "queue_entered", "The caller waits in the queue {rule} at place {value}.", "";
    QueueVip = "queue_vip", "{value} is a VIP and comes before the others in the queue {rule}.", "";
    QueueExclusive = "queue_exclusive", "{value} has members of the queue {rule} of its own, who are rung first while one is free.", "";
    QueueFull = "queue_full", "As many wait in the queue {rule} as may.", "Raise the number of callers who may wait, or give the queue somewhere to go otherwise.";
    QueueNobodyThere = "queue_nobody_there", "Nobody of the queue {rule} has a telephone registered.", "Let its members register, or let callers wait without them.";
    QueueTimedOut = "queue_timed_out", "The caller has waited in the queue {rule} for {value} seconds, as long as may be.", "Give the queue more members, or a longer time.";
    QueueGone = "queue_gone", "The queue {rule} was removed while the caller waited in it.", "";
    QueueRings = "queue_rings", "For the queue {rule} the telephones of {value} ring.", "";
    QueueAnswered = "queue_answered", "{value} answers for the queue {rule}.", "";
    QueueOtherwise = "queue_otherwise", "The call goes on as the queue {rule} says for callers whom nobody has answered.", "";
    EndedByQueue = "ended_by_queue", "The queue {value} ended the call, as it is set up.", "Give the queue somewhere to go otherwise.";
    NuisanceFirst = "nuisance_first", "{value} is on the nuisance list: it hears that, and has to press 2 to come into the queue {rule}.", "Take the number off the list if it is to be let in.";
    NuisanceSecond = "nuisance_second", "{value} is on the nuisance list at level 2: it hears that, and does not come into the queue {rule}.", "Take the number off the list if it is to be let in.";
    NuisanceWentOn = "nuisance_went_on", "The caller pressed 2 and goes on into the queue {rule}.", "";
    EndedAsNuisance = "ended_as_nuisance", "The call ended before the queue {value}, as the nuisance list says.", "Take the number off the list if it is to be let in.";
    CallbackAsked = "callback_asked", "The caller will be called back at {value} and keeps its place.", "";
    CallbackRefused = "callback_refused", "{value} cannot be called back: too many are to be.", "Give the queue more members.";
    CallbackBegun = "callback_begun", "The queue {rule} calls {value} back, when a member has answered.", "";
    CallbackTaken = "callback_taken", "{value} takes the callback; the caller is called.", "";
    CallbackFailed = "callback_failed", "The callback to {value} came to nothing.", "Look at the outbound rules, and at the prefix of the queue's callbacks.";
    AgentSetReady = "agent_set_ready", "{value} is ready for calls of queues.", "";
    AgentSetNotReady = "agent_set_not_ready", "{value} gets no calls of queues.", "";
    AgentUnknown = "agent_unknown", "{value} is a member of no such queue.", "Add the extension to the members of the queue.";
    StatusSet = "status_set", "{value} has set the own status to “{rule}”.", "";
    ServiceDialled = "service_dialled", "{value} is the feature code “{rule}”.", "";
    ServiceJoins = "service_joins", "Whoever dials it comes into the call of {value}.", "";
    ServiceUntimely = "service_untimely", "“{value}” is for those who dial it; no call is transferred or sent on to it.", "Dial it.";
    NothingRings = "nothing_rings", "No call rings at {value} that could be picked up.", "Dial the code while the other telephone rings.";
    PickedUp = "picked_up", "{value} picked the call up.", "";
    NothingHeld = "nothing_held", "{value} has no call on hold.", "Let the call be put on hold before it is taken.";
    TakenFromHold = "taken_from_hold", "{value} took the call, which {rule} had on hold.", "";
    NotInterrupted = "not_interrupted", "{value} is in a call, and the intercom does not break in.", "Call again later.";
    Parked = "parked", "{rule} parked the call at {value}.", "";
    ParkRecalls = "park_recalls", "Nobody has taken the call that is parked at {value}; whoever parked it is rung.", "";
    ParkRecallFailed = "park_recall_failed", "Whoever parked the call at {value} could not be rung, or did not answer; it stays there.", "";
    Unparked = "unparked", "{value} took the call that was parked at {rule}.", "";
    ParkedInVain = "parked_in_vain", "Nobody ever took the call that was parked at {value}.", "Tell whoever it is for, or park calls for less time.";
    SlotEmpty = "slot_empty", "No call is parked at {value}.", "Ask again for the slot.";
    SlotsFull = "slots_full", "A call is parked at each of the slots {value}.", "Give the tenant more slots.";
    ParkNeedsTransfer = "park_needs_transfer", "{value} parks a call that is transferred to it, and was dialled.", "Transfer the call to the code.";
    MonitorAsked = "monitor_asked", "“{rule}” was asked for from a page, for the calls of {value}.", "";
    MonitoringForbidden = "monitoring_forbidden", "The caller may not monitor the calls of {value}.", "Put the caller on the monitor list of a group of that extension, or of a group whose monitors cover all extensions.";
    MonitorNoCall = "monitor_no_call", "{value} is in no call that could be monitored.", "Dial the code while the extension talks.";
    MonitorsFull = "monitors_full", "As many monitor the call of {value} as may.", "Try again when somebody has left.";
    MonitorListens = "monitor_listens", "The call of {value} is listened to; nobody hears it.", "";
    MonitorWhispers = "monitor_whispers", "Whoever monitors the call is heard by {value} alone.", "";
    MonitorBarges = "monitor_barges", "Whoever monitors the call of {value} is heard by all.", "";
    MonitorTakesOver = "monitor_takes_over", "The call of {value} is to be taken over.", "";
    MonitorUntimely = "monitor_untimely", "The call of {value} could not be taken over at that moment.", "Press the key again while the two talk.";
    TakenOver = "taken_over", "{rule} took the call over from {value}.", "";
    MonitorOver = "monitor_over", "The call of {value} that was monitored is over.", "";
    PromptAsked = "prompt_asked", "“{value}” is to be recorded at the telephone, as was asked for from a page.", "";
    PromptTaken = "prompt_taken", "{value} seconds were recorded.", "";
    PromptTooShort = "prompt_too_short", "What was recorded was too short to be kept.", "";
    PromptKept = "prompt_kept", "“{value}” was recorded and kept.", "";
    PromptDiscarded = "prompt_discarded", "What was recorded for “{value}” was not kept.", "Press 2 when it is to be kept; hanging up discards it.";
    PromptNotKept = "prompt_not_kept", "What was recorded could not be kept: {value}.", "Delete recordings, messages or prompts where there is no room, and record it again.";
    RoutedOutside = "routed_outside", "{value} goes out by the rule {rule}.", "";
    TrunkChosen = "trunk_chosen", "The trunk {rule} is tried with {value}.", "";
    TrunkNotAssigned = "trunk_not_assigned", "There is no trunk for {value} that the tenant may use.", "Assign the trunk to the tenant, or take it out of the rule.";
    TrunkOff = "trunk_off", "The trunk for {value} is switched off.", "Switch the trunk on, or give the rule another way.";
    TrunkNowhere = "trunk_nowhere", "The host of the trunk for {value} was not found.", "Check the host name of the trunk and the DNS servers.";
    TrunkDisconnected = "trunk_disconnected", "The trunk for {value} does not answer, or refuses the registration.", "Look at the trunk's page for what it answers; give the rule a second way.";
    TrunkFull = "trunk_full", "The trunk for {value} has as many calls as it may have.", "Raise its limit, or give the rule a second way.";
    TrunkSilent = "trunk_silent", "{value} did not answer the call at all; the next way is tried.", "Check the trunk's host and port, and whether the provider knows this server's address.";
    CallerIdNotOwned = "caller_id_not_owned", "{value} is no number that the tenant has on the trunk {rule}, so it is not shown.", "Take a caller id from the tenant's pool of that trunk.";
    JoinUnknown = "join_unknown", "The call that was to be joined is not known, or is not one's own.", "Ask to join only calls that still stand.";
    JoinUnsupported = "join_unsupported", "{value} asked to join a running call, which is not done.", "Use a conference, or transfer the call.";
    JoinMisused = "join_misused", "Join stands more than once, or beside Replaces.", "One request joins one call or takes one over (RFC 3911).";
    Redirected = "redirected", "The device {rule} sent the call on to {value}.", "";
    RedirectRefused = "redirect_refused", "A device sent the call on to {value}, which is not followed: {rule}.", "Set the forwarding of the device to a number of the same tenant, and not to one that forwards again.";
    Held = "held", "{value} put the call on hold.", "";
    Resumed = "resumed", "{value} took the call off hold.", "";
    FlowLost = "flow_lost", "The connection to {value} was lost; the call is kept for a while.", "";
    FlowLostEnded = "flow_lost_ended", "{value} did not come back in time.", "Check the network of that side.";
    ServerRestarted = "server_restarted", "The server stopped while the call ran; it is closed at its last sign of life.", "";
    InternalFault = "internal_fault", "A fault in the server ended the call.", "Send the server's log of that minute to Belfry's developers.";
    MethodRefused = "method_refused", "The method {value} is not taken here.", "Nothing, where the device tries what it need not; else switch that function off in it.";
    MessageMalformed = "message_malformed", "The message could not be read: {value} is missing, doubled or wrong.", "Update the device's firmware.";
    StartLineBad = "start_line_bad", "The first line of a message cannot be read.", "Update the device's firmware; if the address is a stranger's, block it.";
    ViaBad = "via_bad", "The Via header of a message is missing or cannot be read.", "Update the device's firmware.";
    FromBad = "from_bad", "The From header of a message is missing, doubled or cannot be read.", "Check the device's display name and number for odd characters.";
    ToBad = "to_bad", "The To header of a message is missing, doubled or cannot be read.", "Check the number dialled for odd characters.";
    CallIdBad = "call_id_bad", "The Call-ID of a message is missing or doubled.", "Update the device's firmware.";
    CseqBad = "cseq_bad", "The CSeq header of a message is missing, doubled or does not fit its method.", "Update the device's firmware.";
    MaxForwardsBad = "max_forwards_bad", "The Max-Forwards header of a message is doubled.", "Look for a proxy on the way that writes a second one.";
    ContentLengthBad = "content_length_bad", "The Content-Length of a message does not fit its body.", "Look for a router that rewrites SIP (SIP ALG) and switch that off.";
    ContactBad = "contact_bad", "The Contact header of a message cannot be read.", "Check the device's display name and number for odd characters.";
    VersionUnknown = "version_unknown", "A message is of another version of SIP than 2.0.", "Update the device's firmware; if the address is a stranger's, block it.";
    UriTooLong = "uri_too_long", "The address that was called is longer than anything that can be called.", "If the address it came from is a stranger's, block it.";
    MessageTooLarge = "message_too_large", "A message is too large: {value}.", "Take codecs and functions that are not used out of the device.";
    SchemeUnknown = "scheme_unknown", "The address that was called is neither sip: nor tel:, but {value}:.", "Dial a number.";
    ExtensionRequired = "extension_required", "The device asks for an extension of SIP that is not known here: {value}.", "Switch that function off in the device.";
    RequestMerged = "request_merged", "The same request came by two ways.", "Look for a proxy or a phone that sends each call twice.";
    StackFull = "stack_full", "The server is full: it holds as many {value} as it can.", "Call again; if it stays, add capacity.";
    LoopDetected = "loop_detected", "The call has passed too many servers, or comes back to {value}.", "Look for forwardings that point at each other.";
    IceNoPath = "ice_no_path", "The browser of {value} found no way for its sound to the server.", "Open the media ports for UDP and TCP in the firewall between, or set a relay under System, Network.";
    IceConsentLost = "ice_consent_lost", "The browser of {value} is not reached any more; its sound has no way.", "Check the network of that side; the browser looks for another way as soon as it has one.";
    DtlsNotAgreed = "dtls_not_agreed", "The browser of {value} is reached, but keys for its sound were not agreed.", "Update the browser; look for a firewall on the way that drops larger packets.";
    DtlsCertificateForeign = "dtls_certificate_foreign", "What protects the sound of {value} is not by the certificate that was announced.", "Look for something between that changes what passes, such as an intercepting proxy.";
    NoAudioFromCaller = "no_audio_from_caller", "No sound was heard from the caller.", "Check the caller's microphone and network.";
    NoAudioFromCallee = "no_audio_from_callee", "No sound was heard from the called party.", "Check the called party's microphone and network.";
    LossFromCaller = "loss_from_caller", "Of the caller's sound {value} % was lost on its way here.", "Check the caller's network; Wi-Fi and full uplinks lose packets.";
    LossFromCallee = "loss_from_callee", "Of the called party's sound {value} % was lost on its way here.", "Check the called party's network; Wi-Fi and full uplinks lose packets.";
    JitterFromCaller = "jitter_from_caller", "The caller's sound came unevenly, by {value} ms.", "Give sound precedence in the caller's network.";
    JitterFromCallee = "jitter_from_callee", "The called party's sound came unevenly, by {value} ms.", "Give sound precedence in the called party's network.";
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
