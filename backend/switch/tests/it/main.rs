//! What the switchboard weighs (product.md: at most 1 kB a registration).

#![allow(clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::phone_credential::PhoneCredentialKey;
use shared::quota::Quota;
use shared::registration::Registration;
use shared::{ExtensionId, Moment, RegistrationId, TenantId};
use sip::digest::Ha1;
use switch::{Config, ExtensionPlan, Input, Switchboard, TenantPlan};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator, and counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const EXTENSIONS: i64 = 10_000;

fn plan() -> TenantPlan {
    let ha1 = Ha1::NOBODY;
    let extension = |number: i64| ExtensionPlan {
        mailbox: switch::Mailbox::default().shared(),
        record_calls: false,
        id: ExtensionId(number),
        number: (10_000 + number).to_string(),
        name: format!("Person Number {number}"),
        enabled: true,
        ring_seconds: 60,
        ha1,
        login_ha1: ha1,
        credential_epoch: 1,
        presence: shared::presence::OwnPresence::default(),
        calling: switch::Calling::default().shared(),
        groups: vec![shared::ExtensionGroupId(1)],
        rights: shared::extension_group::Rights::ALL,
        has_balance: false,
    };
    TenantPlan {
        inbound_rules: Vec::new(),
        outbound_rules: Vec::new(),
        ring_groups: Vec::new(),
        receptionists: Vec::new(),
        conference_rooms: Vec::new(),
        queues: Vec::new(),
        vips: Vec::new(),
        exclusive_agents: Vec::new(),
        nuisances: Vec::new(),
        action_passwords: Default::default(),
        recording: Default::default(),
        monitoring: Default::default(),
        music: Default::default(),
        recording_rules: Default::default(),
        storage_full: false,
        dialing: shared::dialing::DialingCodes::default(),
        blocked: shared::blocked_number::BlockedNumbers::default(),
        codes: shared::feature_code::FeatureCodes::default(),
        tenant_id: TenantId(1),
        name: "Acme".to_owned(),
        domain: "acme.localhost".to_owned(),
        enabled: true,
        quota: Quota::default(),
        bill_outbound: false,
        hours: shared::hours::OfficeHours::default(),
        time_zone: jiff::tz::TimeZone::UTC,
        extensions: (0..EXTENSIONS).map(extension).collect(),
    }
}

fn row(now: Moment, number: i64) -> Registration {
    Registration {
        id: RegistrationId(number + 1),
        tenant_id: TenantId(1),
        extension_id: ExtensionId(number),
        number: (10_000 + number).to_string(),
        contact: format!("sip:{}@192.0.2.{}:5060;transport=udp", 10_000 + number, number % 250),
        transport: "udp".to_owned(),
        source: format!("192.0.2.{}:5060", number % 250),
        user_agent: "Yealink SIP-T54W 96.86.0.70".to_owned(),
        instance: "<urn:uuid:00000000-0000-1000-8000-001565a1b2c3>".to_owned(),
        reg_id: Some(1),
        path: Vec::new(),
        q: 1_000,
        call_id: "0_3216549870@192.168.100.100".to_owned(),
        cseq: 2,
        registered_at: now,
        expires_at: now + Duration::from_secs(3_600),
        reachable: true,
    }
}

#[test]
fn a_registration_weighs_at_most_a_kilobyte_and_an_extension_less() {
    let now = Moment::from_seconds(1_795_000_000);
    let mut board = Switchboard::new(Config::new([7; 32], PhoneCredentialKey([9; 32])), 1);
    let empty = HELD.load(Ordering::Relaxed);
    board.handle_input(now, Input::Plan(Box::new(plan())));
    let planned = HELD.load(Ordering::Relaxed);
    board.handle_input(now, Input::Restore((0..EXTENSIONS).map(|number| row(now, number)).collect()));
    assert!(board.poll_output().is_none(), "none was turned away");
    let registered = HELD.load(Ordering::Relaxed);
    let (extension, registration) =
        ((planned - empty) / EXTENSIONS as usize, (registered - planned) / EXTENSIONS as usize);
    println!("{extension} bytes an extension, {registration} bytes a registration");
    assert!(extension <= 512, "{extension} bytes an extension");
    assert!(registration <= 1_024, "{registration} bytes a registration");
    assert!(registration >= 200, "{registration} bytes: is anything counted?");
}
