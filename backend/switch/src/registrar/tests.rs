//! What a registrar must keep.

use super::*;

const EXT: ExtensionId = ExtensionId(101);

struct Desk {
    now: Moment,
    registrar: Registrar,
    ids: IdSource,
    cseq: u32,
}

impl Desk {
    fn new() -> Self {
        let now = Moment::from_seconds(1_700_000_000);
        Self { now, registrar: Registrar::default(), ids: IdSource::new(1), cseq: 0 }
    }

    fn register(&mut self, wishes: &[Wish]) -> Result<Vec<Change>, Refused> {
        self.cseq += 1;
        let request = Request { wishes: wishes.to_vec(), cseq: self.cseq, ..request() };
        self.send(&request)
    }

    fn send(&mut self, request: &Request) -> Result<Vec<Change>, Refused> {
        self.registrar.apply(self.now, EXT, request, 3, &mut self.ids)
    }

    fn contacts(&self) -> Vec<&str> {
        self.registrar.of(EXT).iter().map(|binding| &*binding.contact).collect()
    }
}

fn flow(port: u16) -> Flow {
    Flow {
        transport: Transport::Udp,
        connection: ConnectionId::NEW,
        remote: std::net::SocketAddr::new([192, 0, 2, 1].into(), port),
    }
}

fn request() -> Request {
    Request {
        wishes: Vec::new(),
        all: false,
        call_id: "one".into(),
        cseq: 1,
        flow: flow(5060),
        user_agent: "phone".into(),
        path: Vec::new(),
        browser: false,
    }
}

fn wish(contact: &str) -> Wish {
    Wish { contact: contact.into(), instance: String::new(), reg_id: None, q: 1_000, seconds: 600 }
}

// covers: TRN-11
#[test]
fn trn_11_an_extension_has_several_contacts_each_with_its_own_expiry() {
    let mut desk = Desk::new();
    desk.register(&[wish("sip:101@a"), Wish { seconds: 900, ..wish("sip:101@b") }]).unwrap();
    assert_eq!(desk.contacts(), ["sip:101@a", "sip:101@b"]);
    let (a, b) = (desk.registrar.of(EXT)[0].id, desk.registrar.of(EXT)[1].id);
    assert_ne!(a, b);
    let later = desk.now + Duration::from_secs(600);
    assert!(desk.registrar.expire(later, EXT, a).is_some());
    assert!(desk.registrar.expire(later, EXT, b).is_none());
    assert_eq!(desk.contacts(), ["sip:101@b"]);
}

#[test]
fn a_renewal_keeps_the_id_and_the_first_time() {
    let mut desk = Desk::new();
    let Change::Registered(id, None) = desk.register(&[wish("sip:101@a")]).unwrap().remove(0) else { panic!() };
    let first = desk.now;
    desk.now = desk.now + Duration::from_secs(300);
    let changes = desk.register(&[wish("sip:101@A")]).unwrap();
    assert!(matches!(changes[..], [Change::Registered(same, Some(_))] if same == id));
    assert_eq!(desk.registrar.of(EXT)[0].registered_at, first);
    assert_eq!(desk.registrar.of(EXT)[0].expires_at, desk.now + Duration::from_secs(600));
}

#[test]
fn a_contact_is_taken_away_alone_or_with_all_others() {
    let mut desk = Desk::new();
    desk.register(&[wish("sip:101@a"), wish("sip:101@b"), wish("sip:101@c")]).unwrap();
    let gone = desk.register(&[Wish { seconds: 0, ..wish("sip:101@b") }]).unwrap();
    assert!(matches!(&gone[..], [Change::Removed(binding)] if &*binding.contact == "sip:101@b"));
    let all = Request { all: true, cseq: 9, ..request() };
    assert_eq!(desk.send(&all).unwrap().len(), 2);
    assert_eq!(desk.registrar.counts(), (0, 0));
}

#[test]
fn an_older_request_of_the_same_call_changes_nothing() {
    let mut desk = Desk::new();
    desk.send(&Request { wishes: vec![wish("sip:101@a")], cseq: 7, ..request() }).unwrap();
    let old = Request { wishes: vec![Wish { seconds: 0, ..wish("sip:101@a") }], cseq: 6, ..request() };
    assert_eq!(desk.send(&old).unwrap_err(), Refused::OutOfOrder);
    assert_eq!(desk.send(&Request { all: true, cseq: 7, ..request() }).unwrap_err(), Refused::OutOfOrder);
    desk.send(&Request { call_id: "two".into(), cseq: 1, ..old }).unwrap();
    assert!(desk.contacts().is_empty());
}

#[test]
fn one_contact_too_many_is_refused_and_a_swap_is_not() {
    let mut desk = Desk::new();
    desk.register(&[wish("sip:a@a"), wish("sip:b@b"), wish("sip:c@c")]).unwrap();
    assert_eq!(desk.register(&[wish("sip:d@d")]).unwrap_err(), Refused::TooMany(3));
    desk.register(&[wish("sip:d@d"), Wish { seconds: 0, ..wish("sip:a@a") }]).unwrap();
    assert_eq!(desk.registrar.of(EXT).len(), 3);
}

#[test]
fn a_device_with_an_instance_replaces_its_contact_and_flow() {
    let mut desk = Desk::new();
    let device = |contact| Wish { instance: "<urn:uuid:1>".into(), reg_id: Some(1), ..wish(contact) };
    desk.register(&[device("sip:x@old.invalid")]).unwrap();
    let moved = Request {
        wishes: vec![device("sip:y@new.invalid")],
        flow: flow(7000),
        call_id: "after reload".into(),
        ..request()
    };
    let changes = desk.send(&moved).unwrap();
    assert!(matches!(changes[..], [Change::Registered(_, Some((from, _)))] if from == flow(5060)));
    assert_eq!(desk.contacts(), ["sip:y@new.invalid"]);
    assert_eq!(desk.registrar.of(EXT)[0].flow, flow(7000));
    desk.register(&[Wish { instance: "<urn:uuid:2>".into(), reg_id: Some(1), ..wish("sip:y@new.invalid") }]).unwrap();
    assert_eq!(desk.registrar.of(EXT).len(), 2, "two devices that happen to share a contact");
}

#[test]
fn devices_ring_by_preference_and_each_device_once() {
    let mut desk = Desk::new();
    let device = |contact, reg_id, seconds| Wish {
        instance: "<urn:uuid:1>".into(),
        reg_id: Some(reg_id),
        seconds,
        ..wish(contact)
    };
    desk.register(&[device("sip:x@1", 1, 600), device("sip:x@2", 2, 700), Wish { q: 500, ..wish("sip:low@a") }])
        .unwrap();
    let groups: Vec<Vec<&str>> =
        desk.registrar.groups(EXT).iter().map(|group| group.iter().map(|b| &*b.contact).collect()).collect();
    assert_eq!(groups, [vec!["sip:x@2"], vec!["sip:low@a"]]);
}

#[test]
fn after_a_restart_udp_devices_are_reachable_and_streams_wait_for_their_device() {
    let mut desk = Desk::new();
    desk.register(&[wish("sip:101@a")]).unwrap();
    let kept = &desk.registrar.of(EXT)[0];
    let mut row = Registration {
        id: kept.id,
        tenant_id: shared::TenantId(1),
        extension_id: EXT,
        number: "101".into(),
        contact: "sip:101@a".into(),
        transport: "udp".into(),
        source: "192.0.2.1:5060".into(),
        user_agent: String::new(),
        instance: String::new(),
        reg_id: None,
        path: Vec::new(),
        q: 1_000,
        call_id: "one".into(),
        cseq: 1,
        registered_at: desk.now,
        expires_at: desk.now + Duration::from_secs(600),
        reachable: true,
    };
    let grace = Duration::from_secs(30);
    let mut registrar = Registrar::default();
    assert!(registrar.restore(desk.now, &row, grace).unwrap().reachable);
    row.id = RegistrationId(2);
    row.transport = "wss".into();
    let browser = registrar.restore(desk.now, &row, grace).unwrap();
    assert!(!browser.reachable);
    assert_eq!(browser.expires_at, desk.now + grace);
    row.transport = "carrier pigeon".into();
    assert!(registrar.restore(desk.now, &row, grace).is_none());
    assert_eq!(registrar.groups(EXT).len(), 1);
}

#[test]
fn a_binding_is_small() {
    assert!(std::mem::size_of::<Binding>() <= 256, "{}", std::mem::size_of::<Binding>());
}
