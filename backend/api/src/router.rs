//! The table of contents: every operation on one page.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use shared::account::*;
use shared::activity::*;
use shared::balance::*;
use shared::blocked_number::*;
use shared::call_record::*;
use shared::certificate::*;
use shared::conference::{
    ChangeConference, ChangeOwnConference, CreateConferenceRoom, CreateTemporaryConference, DeleteConferenceRoom,
    DeleteTemporaryConference, ListConferenceRooms, ListConferences, ListOwnConferences, MailConferenceInvitation,
    MailOwnConferenceInvitation, UpdateConferenceRoom,
};
use shared::conference_path::{
    CreateRoom, DestroyRoom, ListParticipants, ListRooms, ShowRoom, UpdateChairman, UpdateParticipant, UpdateRoom,
};
use shared::diagnosis::*;
use shared::dialing::*;
use shared::direct_number::*;
use shared::event::*;
use shared::extension::*;
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, GetExtensionGroup, GetExtensionRights, ListExtensionGroups,
    UpdateExtensionGroup,
};
use shared::feature_code::*;
use shared::forwarding::*;
use shared::health::*;
use shared::home::*;
use shared::hours::*;
use shared::inbound_rule::*;
use shared::ip_list::*;
use shared::ladder::*;
use shared::live::*;
use shared::log_file::*;
use shared::mail_server::*;
use shared::message::*;
use shared::monitor::*;
use shared::music::*;
use shared::network::*;
use shared::network_overview::*;
use shared::number::{AssignNumbers, ListNumbers, ListOwnNumbers, WithdrawNumbers};
use shared::object_storage::{GetObjectStorage, TestObjectStorage, UpdateObjectStorage};
use shared::outbound_rule::{CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, UpdateOutboundRule};
use shared::personal::{GetOwnProfile, GetPersonalProfile, UpdateOwnProfile, UpdatePersonalProfile};
use shared::phone::{
    CreatePhone, DeletePhone, ListPhones, RenewPhoneLink, RevealPhoneLink, RevealPhonePassword, TellPhones, UpdatePhone,
};
use shared::phone_key::{GetOwnPhoneKeys, GetPhoneKeys, UpdateOwnPhoneKeys, UpdatePhoneKeys};
use shared::port::*;
use shared::presence::*;
use shared::prompt::{
    CreateGreeting, CreatePrompt, DeleteGreeting, DeletePrompt, GetGreetingSound, GetPromptSound, ListGreetings,
    ListPrompts, RecordGreeting, RecordPrompt,
};
use shared::queue::{CreateQueue, DeleteQueue, ListQueues, UpdateQueue};
use shared::queue_agent::{
    ExportAgentReport, GetOwnWallboard, GetWallboard, SetAgentReady, SetOwnAgentReady, UpdateMemberState,
};
use shared::queue_call::{ExportQueueCalls, ExportQueueReport, GetQueueHistory, ListQueueCalls};
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, DeleteExclusiveAgent, DeleteNuisance, DeleteVip,
    ListExclusiveAgents, ListNuisances, ListVips, UpdateExclusiveAgent, UpdateNuisance, UpdateVip,
};
use shared::receptionist::{CreateReceptionist, DeleteReceptionist, ListReceptionists, UpdateReceptionist};
use shared::recording::{
    DeleteOwnRecording, DeleteRecording, GetOwnRecordingPeaks, GetOwnRecordingSound, GetRecordingPeaks,
    GetRecordingSound, ListOwnRecordings, ListRecordings,
};
use shared::recording_rule::{GetRecordingRules, RecordOwnCall, UpdateRecordingRules};
use shared::registration::*;
use shared::ring_group::{CreateRingGroup, DeleteRingGroup, ListRingGroups, UpdateRingGroup};
use shared::setting::*;
use shared::simulation::SimulateCall;
use shared::storage::{GetOwnStorage, GetTenantStorage};
use shared::system_extension::*;
use shared::tenant::*;
use shared::tenant_profile::{GetTenantProfile, UpdateTenantProfile};
use shared::transport::*;
use shared::trunk::{
    CreateOwnTrunk, CreateTrunk, DeleteOwnTrunk, DeleteTrunk, GetTrunk, ListTrunks, ListUsableTrunks, UpdateOwnTrunk,
    UpdateTrunk,
};
use shared::trunk_test::{TestTrunk, TestUsableTrunk};
use shared::turn::*;
use shared::voicemail::{
    ChangeVoicemail, GetMailbox, GetOwnMailbox, GetVoicemailPeaks, GetVoicemailSound, ListVoicemails, UpdateMailbox,
    UpdateOwnMailbox,
};
use shared::wizard::*;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::{Error, panicked};
use crate::route::Operations;
use crate::{
    App, account, acme, admin, conference, headers, health, live, member_state, openapi, provisioning, session, setup,
    sign_in, spa, tenant, user,
};

/// Every operation and who serves it.
pub(crate) fn operations() -> Operations {
    Operations::default()
        // The way in.
        .route::<GetSetup, _>(setup::get)
        .route::<CompleteSetup, _>(setup::complete)
        .route::<SignIn, _>(sign_in::by_password)
        .route::<SignInByLink, _>(sign_in::by_link)
        .route::<RefreshSession, _>(session::refresh)
        .route::<SignOut, _>(session::sign_out)
        // Anybody who is signed in.
        .route::<GetSession, _>(session::get)
        .route::<StopActing, _>(session::stop_acting)
        .route::<ChangePassword, _>(account::change_password)
        .route::<UpdateAccount, _>(account::update)
        .route::<UpdateMemberState, _>(member_state::update)
        // The provider.
        .route::<GetAdminHome, _>(admin::home::get)
        .route::<GetWizard, _>(admin::wizard::get)
        .route::<SkipWizard, _>(admin::wizard::skip)
        .route::<ApplyWizard, _>(admin::wizard::apply)
        .route::<ListServices, _>(admin::health::list)
        .route::<ListTenants, _>(admin::tenant::list)
        .route::<GetTenant, _>(admin::tenant::get)
        .route::<CreateTenant, _>(admin::tenant::create)
        .route::<UpdateTenant, _>(admin::tenant::update)
        .route::<DeleteTenant, _>(admin::tenant::delete)
        .route::<GetTenantStorage, _>(admin::tenant::storage)
        .route::<ActForTenant, _>(admin::tenant::act)
        .route::<ListAllLiveCalls, _>(admin::live::list)
        .route::<ListAllRefusals, _>(admin::registration::list_refusals)
        .route::<GetAnyRefusalLadder, _>(admin::ladder::get)
        .route::<ExportAnyRefusalLadder, _>(admin::ladder::export)
        .route::<ListAllActivity, _>(admin::activity::list)
        .route::<ListAllEvents, _>(admin::event::list)
        .route::<ListLogFiles, _>(admin::log_file::list)
        .route::<GetLogFile, _>(admin::log_file::get)
        .route::<GetSettings, _>(admin::setting::get)
        .route::<UpdateSettings, _>(admin::setting::update)
        .route::<RunChecks, _>(admin::diagnosis::run)
        .route::<GetNetwork, _>(admin::network::get)
        .route::<GetNetworkOverview, _>(admin::network::overview)
        .route::<GetPortPlan, _>(admin::port::get)
        .route::<GetTurn, _>(admin::turn::get)
        .route::<UpdateTurn, _>(admin::turn::update)
        .route::<GetMailServer, _>(admin::mail_server::get)
        .route::<UpdateMailServer, _>(admin::mail_server::update)
        .route::<TestMailServer, _>(admin::mail_server::test)
        .route::<GetObjectStorage, _>(admin::object_storage::get)
        .route::<UpdateObjectStorage, _>(admin::object_storage::update)
        .route::<TestObjectStorage, _>(admin::object_storage::test)
        .route::<ListTrunks, _>(admin::trunk::list)
        .route::<TestTrunk, _>(admin::trunk::test)
        .route::<GetTrunk, _>(admin::trunk::get)
        .route::<CreateTrunk, _>(admin::trunk::create)
        .route::<UpdateTrunk, _>(admin::trunk::update)
        .route::<DeleteTrunk, _>(admin::trunk::delete)
        .route::<ListNumbers, _>(admin::number::list)
        .route::<AssignNumbers, _>(admin::number::assign)
        .route::<WithdrawNumbers, _>(admin::number::withdraw)
        .route::<ListIpEntries, _>(admin::ip_list::list)
        .route::<CreateIpEntry, _>(admin::ip_list::create)
        .route::<UpdateIpEntry, _>(admin::ip_list::update)
        .route::<DeleteIpEntry, _>(admin::ip_list::delete)
        .route::<ListTransports, _>(admin::transport::list)
        .route::<CreateTransport, _>(admin::transport::create)
        .route::<DeleteTransport, _>(admin::transport::delete)
        .route::<GetCertificate, _>(admin::certificate::get)
        .route::<UploadCertificate, _>(admin::certificate::upload)
        .route::<CreateLocalCertificate, _>(admin::certificate::create_local)
        .route::<CreateCertificateRequest, _>(admin::certificate::create_request)
        .route::<CompleteCertificateRequest, _>(admin::certificate::complete_request)
        .route::<OrderCertificate, _>(admin::certificate::order)
        .route::<StopAcme, _>(admin::certificate::stop_acme)
        // The tenant's administrator.
        .route::<GetOwnTenant, _>(tenant::home::get_tenant)
        .route::<GetTenantHome, _>(tenant::home::get)
        .route::<GetTenantProfile, _>(tenant::profile::get)
        .route::<UpdateTenantProfile, _>(tenant::profile::update)
        .route::<SetOwnExtension, _>(tenant::own_extension::set)
        .route::<ListUsableTrunks, _>(tenant::trunk::list)
        .route::<TestUsableTrunk, _>(tenant::trunk::test)
        .route::<CreateOwnTrunk, _>(tenant::trunk::create)
        .route::<UpdateOwnTrunk, _>(tenant::trunk::update)
        .route::<DeleteOwnTrunk, _>(tenant::trunk::delete)
        .route::<ListOwnNumbers, _>(tenant::number::list)
        .route::<GetPersonalProfile, _>(tenant::personal::get)
        .route::<UpdatePersonalProfile, _>(tenant::personal::update)
        .route::<ListInboundRules, _>(tenant::inbound_rule::list)
        .route::<CreateInboundRule, _>(tenant::inbound_rule::create)
        .route::<UpdateInboundRule, _>(tenant::inbound_rule::update)
        .route::<DeleteInboundRule, _>(tenant::inbound_rule::delete)
        .route::<ImportInboundRules, _>(tenant::inbound_rule::import)
        .route::<ExportInboundRules, _>(tenant::inbound_rule::export)
        .route::<SimulateCall, _>(tenant::simulation::get)
        .route::<ListRingGroups, _>(tenant::ring_group::list)
        .route::<CreateRingGroup, _>(tenant::ring_group::create)
        .route::<UpdateRingGroup, _>(tenant::ring_group::update)
        .route::<DeleteRingGroup, _>(tenant::ring_group::delete)
        .route::<ListReceptionists, _>(tenant::receptionist::list)
        .route::<CreateReceptionist, _>(tenant::receptionist::create)
        .route::<UpdateReceptionist, _>(tenant::receptionist::update)
        .route::<DeleteReceptionist, _>(tenant::receptionist::delete)
        .route::<ListConferenceRooms, _>(tenant::conference::list)
        .route::<CreateConferenceRoom, _>(tenant::conference::create)
        .route::<UpdateConferenceRoom, _>(tenant::conference::update)
        .route::<DeleteConferenceRoom, _>(tenant::conference::delete)
        .route::<MailConferenceInvitation, _>(tenant::conference::mail)
        .route::<ListConferences, _>(tenant::conference::standings)
        .route::<ChangeConference, _>(tenant::conference::change)
        .route::<ListQueues, _>(tenant::queue::list)
        .route::<CreateQueue, _>(tenant::queue::create)
        .route::<UpdateQueue, _>(tenant::queue::update)
        .route::<DeleteQueue, _>(tenant::queue::delete)
        .route::<GetWallboard, _>(tenant::wallboard::get)
        .route::<SetAgentReady, _>(tenant::wallboard::set_ready)
        .route::<ListQueueCalls, _>(tenant::queue_call::list)
        .route::<ExportQueueCalls, _>(tenant::queue_call::export)
        .route::<GetQueueHistory, _>(tenant::queue_call::history)
        .route::<ExportQueueReport, _>(tenant::queue_call::report)
        .route::<ExportAgentReport, _>(tenant::queue_call::agents)
        .route::<ListVips, _>(tenant::queue_caller::list_vips)
        .route::<CreateVip, _>(tenant::queue_caller::create_vip)
        .route::<UpdateVip, _>(tenant::queue_caller::update_vip)
        .route::<DeleteVip, _>(tenant::queue_caller::delete_vip)
        .route::<ListExclusiveAgents, _>(tenant::queue_caller::list_exclusive_agents)
        .route::<CreateExclusiveAgent, _>(tenant::queue_caller::create_exclusive_agent)
        .route::<UpdateExclusiveAgent, _>(tenant::queue_caller::update_exclusive_agent)
        .route::<DeleteExclusiveAgent, _>(tenant::queue_caller::delete_exclusive_agent)
        .route::<ListNuisances, _>(tenant::queue_caller::list_nuisances)
        .route::<CreateNuisance, _>(tenant::queue_caller::create_nuisance)
        .route::<UpdateNuisance, _>(tenant::queue_caller::update_nuisance)
        .route::<DeleteNuisance, _>(tenant::queue_caller::delete_nuisance)
        .route::<ListPrompts, _>(tenant::prompt::list)
        .route::<CreatePrompt, _>(tenant::prompt::create)
        .route::<RecordPrompt, _>(tenant::prompt::record)
        .route::<DeletePrompt, _>(tenant::prompt::delete)
        .route::<GetPromptSound, _>(tenant::prompt::sound)
        .route::<ListOutboundRules, _>(tenant::outbound_rule::list)
        .route::<CreateOutboundRule, _>(tenant::outbound_rule::create)
        .route::<UpdateOutboundRule, _>(tenant::outbound_rule::update)
        .route::<DeleteOutboundRule, _>(tenant::outbound_rule::delete)
        .route::<ListExtensions, _>(tenant::extension::list)
        .route::<GetExtension, _>(tenant::extension::get)
        .route::<CreateExtension, _>(tenant::extension::create)
        .route::<UpdateExtension, _>(tenant::extension::update)
        .route::<GetDirectNumber, _>(tenant::direct_number::get)
        .route::<GetBalance, _>(tenant::balance::get)
        .route::<AddToBalance, _>(tenant::balance::add)
        .route::<UpdateDirectNumber, _>(tenant::direct_number::update)
        .route::<GetForwarding, _>(tenant::forwarding::get)
        .route::<UpdateForwarding, _>(tenant::forwarding::update)
        .route::<GetMailbox, _>(tenant::mailbox::get)
        .route::<UpdateMailbox, _>(tenant::mailbox::update)
        .route::<DeleteExtension, _>(tenant::extension::delete)
        .route::<ResetSipSecret, _>(tenant::extension::reset_secret)
        .route::<InviteExtension, _>(tenant::extension::invite)
        .route::<ListPhones, _>(tenant::phone::list)
        .route::<CreatePhone, _>(tenant::phone::create)
        .route::<UpdatePhone, _>(tenant::phone::update)
        .route::<DeletePhone, _>(tenant::phone::delete)
        .route::<RevealPhoneLink, _>(tenant::phone::link)
        .route::<RenewPhoneLink, _>(tenant::phone::renew_link)
        .route::<RevealPhonePassword, _>(tenant::phone::reveal_password)
        .route::<TellPhones, _>(tenant::phone::tell)
        .route::<GetPhoneKeys, _>(tenant::phone_key::get)
        .route::<UpdatePhoneKeys, _>(tenant::phone_key::update)
        .route::<GetExtensionRights, _>(tenant::extension_group::rights)
        .route::<ListExtensionGroups, _>(tenant::extension_group::list)
        .route::<GetExtensionGroup, _>(tenant::extension_group::get)
        .route::<CreateExtensionGroup, _>(tenant::extension_group::create)
        .route::<UpdateExtensionGroup, _>(tenant::extension_group::update)
        .route::<DeleteExtensionGroup, _>(tenant::extension_group::delete)
        .route::<CreateExtensions, _>(tenant::extension_file::create)
        .route::<ImportExtensions, _>(tenant::extension_file::import)
        .route::<ExportExtensions, _>(tenant::extension_file::export)
        .route::<ListCalls, _>(tenant::call_record::list)
        .route::<GetCall, _>(tenant::call_record::get)
        .route::<ExportCalls, _>(tenant::call_record::export)
        .route::<ListRecordings, _>(tenant::recording::list)
        .route::<GetRecordingSound, _>(tenant::recording::sound)
        .route::<GetRecordingPeaks, _>(tenant::recording::peaks)
        .route::<DeleteRecording, _>(tenant::recording::delete)
        .route::<GetRecordingRules, _>(tenant::recording_rule::get)
        .route::<UpdateRecordingRules, _>(tenant::recording_rule::update)
        .route::<GetOwnStorage, _>(tenant::storage::get)
        .route::<GetCallLadder, _>(tenant::ladder::of_call)
        .route::<ExportCallLadder, _>(tenant::ladder::export_of_call)
        .route::<ListLiveCalls, _>(tenant::live::list)
        .route::<HangUpCall, _>(tenant::live::hang_up)
        .route::<ListRegistrations, _>(tenant::registration::list)
        .route::<ListRefusals, _>(tenant::registration::list_refusals)
        .route::<GetRefusalLadder, _>(tenant::ladder::of_refusal)
        .route::<ExportRefusalLadder, _>(tenant::ladder::export_of_refusal)
        .route::<GetOwnNetworkOverview, _>(tenant::home::network_overview)
        .route::<ListSystemExtensions, _>(tenant::system_extension::list)
        .route::<GetOfficeHours, _>(tenant::hours::get)
        .route::<UpdateOfficeHours, _>(tenant::hours::update)
        .route::<GetMusicOnHold, _>(tenant::music::get)
        .route::<UpdateMusicOnHold, _>(tenant::music::update)
        .route::<GetFeatureCodes, _>(tenant::feature_code::get)
        .route::<UpdateFeatureCodes, _>(tenant::feature_code::update)
        .route::<GetOwnMailServer, _>(tenant::mail_server::get)
        .route::<UpdateOwnMailServer, _>(tenant::mail_server::update)
        .route::<TestOwnMailServer, _>(tenant::mail_server::test)
        .route::<GetDialingCodes, _>(tenant::dialing::get)
        .route::<UpdateDialingCodes, _>(tenant::dialing::update)
        .route::<ListBlockedNumbers, _>(tenant::blocked_number::list)
        .route::<CreateBlockedNumber, _>(tenant::blocked_number::create)
        .route::<UpdateBlockedNumber, _>(tenant::blocked_number::update)
        .route::<DeleteBlockedNumber, _>(tenant::blocked_number::delete)
        .route::<ImportBlockedNumbers, _>(tenant::blocked_number::import)
        .route::<ExportBlockedNumbers, _>(tenant::blocked_number::export)
        .route::<FindBlockedNumber, _>(tenant::blocked_number::find)
        .route::<ListActivity, _>(tenant::activity::list)
        .route::<UndoActivity, _>(tenant::activity::undo)
        .route::<ListEvents, _>(tenant::event::list)
        // The user.
        .route::<CreatePhoneCredential, _>(user::phone::create)
        .route::<MonitorCall, _>(user::monitor::call)
        .route::<GetOwnSupervision, _>(user::monitor::supervision)
        .route::<ListOwnLiveCalls, _>(user::live::list)
        .route::<HangUpOwnCall, _>(user::live::hang_up)
        .route::<ListPeople, _>(user::person::list)
        .route::<GetOwnFeatureCodes, _>(user::feature_code::get)
        .route::<GetOwnPresence, _>(user::presence::get)
        .route::<UpdateOwnPresence, _>(user::presence::update)
        .route::<GetOwnSipAccount, _>(user::sip_account::get)
        .route::<ResetOwnSipSecret, _>(user::sip_account::reset)
        .route::<GetOwnProfile, _>(user::personal::get)
        .route::<UpdateOwnProfile, _>(user::personal::update)
        .route::<GetOwnForwarding, _>(user::forwarding::get)
        .route::<GetOwnBalance, _>(user::balance::get)
        .route::<UpdateOwnForwarding, _>(user::forwarding::update)
        .route::<GetOwnPhoneKeys, _>(user::phone_key::get)
        .route::<UpdateOwnPhoneKeys, _>(user::phone_key::update)
        .route::<ListConversations, _>(user::message::list_conversations)
        .route::<ListMessages, _>(user::message::list)
        .route::<SendMessage, _>(user::message::send)
        .route::<ReadConversation, _>(user::message::read)
        .route::<GetOwnMailbox, _>(user::mailbox::get)
        .route::<UpdateOwnMailbox, _>(user::mailbox::update)
        .route::<ListVoicemails, _>(user::voicemail::list)
        .route::<ChangeVoicemail, _>(user::voicemail::change)
        .route::<GetVoicemailSound, _>(user::voicemail::sound)
        .route::<GetVoicemailPeaks, _>(user::voicemail::peaks)
        .route::<ListGreetings, _>(user::greeting::list)
        .route::<CreateGreeting, _>(user::greeting::create)
        .route::<RecordGreeting, _>(user::greeting::record)
        .route::<DeleteGreeting, _>(user::greeting::delete)
        .route::<GetGreetingSound, _>(user::greeting::sound)
        .route::<ListOwnConferences, _>(user::conference::list)
        .route::<CreateTemporaryConference, _>(user::conference::create)
        .route::<DeleteTemporaryConference, _>(user::conference::delete)
        .route::<ChangeOwnConference, _>(user::conference::change)
        .route::<MailOwnConferenceInvitation, _>(user::conference::mail)
        .route::<ListOwnCalls, _>(user::call_record::list)
        .route::<GetOwnCall, _>(user::call_record::get)
        .route::<ListOwnRecordings, _>(user::recording::list)
        .route::<GetOwnRecordingSound, _>(user::recording::sound)
        .route::<GetOwnRecordingPeaks, _>(user::recording::peaks)
        .route::<DeleteOwnRecording, _>(user::recording::delete)
        .route::<GetOwnWallboard, _>(user::wallboard::get)
        .route::<SetOwnAgentReady, _>(user::wallboard::set_ready)
        .route::<RecordOwnCall, _>(user::call_recording::act)
        .route::<GetOwnCallLadder, _>(user::ladder::get)
        .route::<ExportOwnCallLadder, _>(user::ladder::export)
        // In the words of other systems (CONF-20).
        .route::<ListRooms, _>(tenant::conference::list_rooms)
        .route::<ShowRoom, _>(tenant::conference::show_room)
        .route::<CreateRoom, _>(conference::create)
        .route::<UpdateRoom, _>(tenant::conference::update_room)
        .route::<DestroyRoom, _>(tenant::conference::destroy_room)
        .route::<ListParticipants, _>(tenant::conference::list_participants)
        .route::<UpdateParticipant, _>(conference::update_participant)
        .route::<UpdateChairman, _>(conference::update_chairman)
}

/// The operations, what stands beside them, and the SPA for every other address.
pub(crate) fn all(app: App) -> Router {
    operations()
        .router
        .route("/api/live", get(live::open))
        .route("/api/health", get(health::get))
        .route(acme::PATH, get(acme::answer))
        .route("/root.crt", get(admin::certificate::root))
        .merge(provisioning::routes())
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/docs", get(openapi::page))
        .route("/api/docs.js", get(openapi::script))
        .route("/api/docs.css", get(openapi::style))
        .route("/api", any(no_such_address))
        .route("/api/", any(no_such_address))
        .route("/api/{*rest}", any(no_such_address))
        .fallback(spa::serve)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(from_fn_with_state(app.clone(), headers::until_live))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), headers::protect))
        .with_state(app)
}

async fn no_such_address() -> Error {
    Error::NoSuchAddress
}
