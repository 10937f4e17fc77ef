//! The rows, as the tables have them; private to this crate. Moments are microseconds, amounts millionths, and texts
//! that end in `_key` are case-folded.

macro_rules! entity {
    ($module:ident, $table:tt, $($(#[$meta:meta])* $field:ident: $type:ty),* $(,)?) => {
        pub(crate) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$meta])* pub $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity! { tenant, "tenant",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    name: String,
    name_key: String,
    domain: String,
    enabled: bool,
    time_zone: String,
    currency: String,
    website: String,
    extensions_max: Option<i64>,
    concurrent_calls_max: Option<i64>,
    ring_groups_max: Option<i64>,
    conference_rooms_max: Option<i64>,
    virtual_receptionists_max: Option<i64>,
    call_queues_max: Option<i64>,
    disk_megabytes_max: Option<i64>,
    concurrent_sign_ins: bool,
    change_own_secret: bool,
    bill_outbound: bool,
    record_calls: bool,
    record_tracks: bool,
    announce_recording: bool,
    monitoring: bool,
    delete_own_recordings: bool,
    temporary_conferences: bool,
    search_key: String,
    created_at: i64,
}

entity! { extension, "extension",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    name: String,
    name_key: String,
    email: Option<String>,
    enabled: bool,
    ring_seconds: i64,
    sip_secret: String,
    credential_epoch: i64,
    search_key: String,
    created_at: i64,
    presence: Option<String>,
    presence_note: Option<String>,
    forwarding: Option<String>,
    outbound_caller_id: Option<String>,
    emergency_caller_id: Option<String>,
    balance: i64,
    personal: Option<String>,
    mailbox: Option<String>,
    mailbox_pin: Option<String>,
    record_calls: bool,
}

entity! { account, "account",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: Option<i64>,
    extension_id: Option<i64>,
    role: String,
    email: String,
    email_key: String,
    name: String,
    password_hash: Option<String>,
    created_at: i64,
}

entity! { own_extension, "own_extension",
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: i64,
    tenant_id: i64,
    extension_id: i64,
}

entity! { session, "session",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    account_id: i64,
    acting_tenant_id: Option<i64>,
    salt: String,
    generation: i64,
    user_agent: String,
    created_at: i64,
    rotated_at: i64,
    expires_at: i64,
}

entity! { link, "link",
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    account_id: Option<i64>,
    purpose: String,
    created_at: i64,
    expires_at: i64,
}

entity! { sign_in_failure, "sign_in_failure",
    #[sea_orm(primary_key, auto_increment = false)]
    email_hash: String,
    failures: i64,
    first_at: i64,
    locked_until: Option<i64>,
    forget_at: i64,
}

entity! { call, "call",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    sip_call_id: String,
    caller: String,
    caller_name: String,
    caller_extension_id: Option<i64>,
    callee: String,
    callee_name: String,
    callee_extension_id: Option<i64>,
    direction: String,
    status: String,
    started_at: i64,
    rang_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    ended_reason: Option<String>,
    fail_code: i64,
    final_destination: String,
    did_cid: String,
    outbound_caller_id: String,
    cost: Option<i64>,
    legs: String,
    heartbeat_at: i64,
    search_key: String,
    steps: Option<String>,
}

entity! { call_trace, "call_trace",
    #[sea_orm(primary_key, auto_increment = false)]
    call_id: i64,
    tenant_id: i64,
    steps: String,
}

entity! { ladder_piece, "ladder_piece",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    call_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    first: i64,
    at: i64,
    piece: String,
}

entity! { refusal_ladder, "refusal_ladder",
    #[sea_orm(primary_key, auto_increment = false)]
    fingerprint: String,
    at: i64,
    ladder: String,
}

entity! { registration, "registration",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: i64,
    number: String,
    contact: String,
    transport: String,
    source: String,
    user_agent: String,
    instance: String,
    reg_id: Option<i64>,
    path: String,
    q: i64,
    call_id: String,
    cseq: i64,
    registered_at: i64,
    expires_at: i64,
    reachable: bool,
    search_key: String,
}

entity! { subscription, "subscription",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: i64,
    watched_id: i64,
    event: String,
    transport: String,
    source: String,
    expires_at: i64,
    version: i64,
    dialog: String,
}

entity! { refusal, "refusal",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    fingerprint: String,
    tenant_id: Option<i64>,
    sip_user: String,
    source: String,
    user_agent: String,
    status: i64,
    count: i64,
    first_at: i64,
    last_at: i64,
    trace: String,
    search_key: String,
}

entity! { message, "message",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    sender_id: i64,
    receiver_id: i64,
    low_id: i64,
    high_id: i64,
    sender: String,
    receiver: String,
    text: String,
    sent_at: i64,
    delivered_at: Option<i64>,
    read_at: Option<i64>,
}

entity! { activity, "activity",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: Option<i64>,
    at: i64,
    actor: String,
    acting_for: Option<String>,
    operation: String,
    subject: String,
    search_key: String,
    address: Option<String>,
    failure: Option<String>,
    changes: Option<String>,
    undo: Option<String>,
}

entity! { balance_entry, "balance_entry",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: i64,
    at: i64,
    amount: i64,
    balance: i64,
    note: String,
    actor: String,
}

entity! { event, "event",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: Option<i64>,
    at: i64,
    last_at: i64,
    count: i64,
    level: i64,
    source: String,
    code: String,
    text: String,
    fingerprint: String,
    search_key: String,
}

entity! { job, "job",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: Option<i64>,
    kind: String,
    singleton: Option<String>,
    payload: String,
    run_at: i64,
    tries: i64,
    given_up_at: Option<i64>,
    last_error: Option<String>,
    created_at: i64,
}

entity! { setting, "setting",
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    value: String,
}

entity! { tenant_mail_server, "tenant_mail_server",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    sealed: String,
}

entity! { feature_codes, "feature_codes",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    codes: String,
}

entity! { music_on_hold, "music_on_hold",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    music: String,
}

entity! { tenant_hours, "tenant_hours",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    hours: String,
}

entity! { sip_setting, "sip_setting",
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    value: String,
}

entity! { transport, "transport",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    protocol: String,
    wire: String,
    port: i64,
}

entity! { acme_challenge, "acme_challenge",
    #[sea_orm(primary_key, auto_increment = false)]
    token: String,
    answer: String,
    expires_at: i64,
}

entity! { certificate, "certificate",
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    source: String,
    chain: String,
    sealed_key: String,
    since: i64,
    warned_days: Option<i64>,
}

entity! { wizard, "wizard",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    state: String,
    since: i64,
}

entity! { ip_entry, "ip_entry",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    network: String,
    action: String,
    description: String,
    expires_at: Option<i64>,
    origin: String,
    evidence: Option<String>,
    created_at: i64,
    search_key: String,
}

entity! { trunk, "trunk",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: Option<i64>,
    name: String,
    trunk_key: String,
    settings: String,
    password: String,
    created_at: i64,
    search_key: String,
}

entity! { trunk_tenant, "trunk_tenant",
    #[sea_orm(primary_key, auto_increment = false)]
    trunk_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    did_pool: String,
}

entity! { inbound_rule, "inbound_rule",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    trunk_id: i64,
    name: String,
    settings: String,
    search_key: String,
}

entity! { outbound_rule, "outbound_rule",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    position: i64,
    name: String,
    settings: String,
    search_key: String,
}

entity! { outbound_route, "outbound_route",
    #[sea_orm(primary_key, auto_increment = false)]
    outbound_rule_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    place: i64,
    tenant_id: i64,
    trunk_id: i64,
}

entity! { ring_group, "ring_group",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    settings: String,
    search_key: String,
}

entity! { receptionist, "receptionist",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    name: String,
    settings: String,
    search_key: String,
    secrets: Option<String>,
}

entity! { conference_room, "conference_room",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    owner_id: Option<i64>,
    used: bool,
    settings: String,
    pins: Option<String>,
    search_key: String,
    created_at: i64,
}

entity! { queue, "queue",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    name: String,
    settings: String,
    search_key: String,
}

entity! { vip, "vip",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    settings: String,
    search_key: String,
}

entity! { exclusive_agent, "exclusive_agent",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    description_key: String,
    settings: String,
    search_key: String,
}

entity! { nuisance, "nuisance",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    level: String,
    settings: String,
    hits: i64,
    last_met_at: i64,
    search_key: String,
}

entity! { queue_call, "queue_call",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    queue_id: i64,
    call_id: i64,
    caller: String,
    caller_name: String,
    entered_at: i64,
    vip: bool,
    callback: bool,
    callback_at: Option<i64>,
    callback_call_id: Option<i64>,
    callback_breaks: i64,
    late: bool,
    answered_at: Option<i64>,
    agent_id: Option<i64>,
    ended_at: Option<i64>,
    outcome: Option<String>,
    seen_at: i64,
    search_key: String,
}

entity! { agent, "agent",
    tenant_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    queue_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    extension_id: i64,
    ready: bool,
    pause_reason: String,
    ready_since: i64,
    state: String,
    since: i64,
}

entity! { agent_span, "agent_span",
    #[sea_orm(primary_key, auto_increment = false)]
    queue_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    extension_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    since: i64,
    tenant_id: i64,
    state: String,
    pause_reason: String,
    ended_at: Option<i64>,
}

entity! { sound, "sound",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: Option<i64>,
    kind: String,
    name: String,
    name_key: String,
    millis: i64,
    bytes: i64,
    created_at: i64,
}

entity! { voicemail, "voicemail",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: i64,
    call_id: i64,
    caller: String,
    caller_name: String,
    left_at: i64,
    millis: Option<i64>,
    heard_at: Option<i64>,
    sound_id: i64,
    bytes: Option<i64>,
}

entity! { storage, "storage",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    recordings: i64,
    voicemails: i64,
    prompts: i64,
    full_since: Option<i64>,
}

entity! { recording, "recording",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    call_id: i64,
    caller: String,
    caller_name: String,
    callee: String,
    callee_name: String,
    caller_extension_id: Option<i64>,
    callee_extension_id: Option<i64>,
    started_at: i64,
    millis: Option<i64>,
    bytes: Option<i64>,
    tracks: i64,
    heard_at: Option<i64>,
    sha256: Option<String>,
    sound_id: i64,
    search_key: String,
    pauses: Option<String>,
    object_key: Option<String>,
}

entity! { phone, "phone",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    extension_id: i64,
    mac: String,
    settings: String,
    folder_hash: String,
    folder: String,
    web_password: String,
    fetched_at: Option<i64>,
    fetched_from: String,
    firmware: String,
    search_key: String,
    created_at: i64,
}

entity! { phone_keys, "phone_keys",
    #[sea_orm(primary_key, auto_increment = false)]
    extension_id: i64,
    tenant_id: i64,
    keys: String,
}

entity! { recording_rules, "recording_rules",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    rules: String,
}

entity! { extension_group, "extension_group",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    name: String,
    name_key: String,
    description: String,
    portal: bool,
    paging: bool,
    external: bool,
    other_groups: bool,
    monitors_all: bool,
    search_key: String,
}

entity! { extension_group_person, "extension_group_person",
    #[sea_orm(primary_key, auto_increment = false)]
    extension_group_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    part: String,
    #[sea_orm(primary_key, auto_increment = false)]
    extension_id: i64,
    tenant_id: i64,
}

entity! { dialing_codes, "dialing_codes",
    #[sea_orm(primary_key, auto_increment = false)]
    tenant_id: i64,
    country: String,
    remove_if_same_country: bool,
    international_code: String,
    area_code: String,
    remove_if_same_area: bool,
    national_code: String,
    add_prefix: String,
    allowed_countries: String,
    forbidden_prefixes: String,
    emergency_numbers: String,
}

entity! { blocked_number, "blocked_number",
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    tenant_id: i64,
    number: String,
    description: String,
    search_key: String,
    created_at: i64,
}
