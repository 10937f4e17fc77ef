//! Phones inside and outside, and the ways that they keep open.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use shared::live::{Answer, Ask};
use shared::network::{AddressBook, Pair};
use shared::reason::Reason;
use shared::setting::Settings;
use sim::engine::Media;
use sim::{PhoneId, Said, Weather, World};
use sip::digest::answer;
use sip::message::Credentials;
use sip::{ConnectionId, Flow, SentBy, Transport};
use switch::{Config, Input};

use crate::call::ACME;

const PORTS: [(Transport, u16); 2] = [(Transport::Udp, 5060), (Transport::Tcp, 5061)];

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn told(private: &str, public: &str) -> SentBy {
    let ipv4 = Pair { private: private.parse().ok(), public: public.parse().ok() };
    SentBy::new(AddressBook { ipv4, ..AddressBook::default() }, &PORTS.into())
}

fn cloud() -> World {
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    config.sent_by = told("10.9.9.9", "203.0.113.146");
    World::with(1, Weather::FAIR, config, Media::real(1))
}

/// A phone that the server sees at this address; it does not know it itself.
fn registered_at(world: &mut World, number: &str, address: &str) -> PhoneId {
    let id = world.phone(ACME, number, Transport::Udp);
    world.at(id).address = SocketAddr::new(at(address), 5060);
    world.act(id, |phone, now| phone.register(now, phone.expires));
    world.run(2);
    assert_eq!(world.at(id).said.last(), Some(&Said::Registered));
    world.at(id).said.clear();
    id
}

/// Calls, and gives where each was told to send: the caller its sound, the callee its messages and its sound.
fn call(world: &mut World, caller: PhoneId, callee: PhoneId) -> (IpAddr, String, String) {
    let number = world.at(callee).number.clone();
    world.act(caller, |phone, now| phone.call(now, &number, Vec::new()));
    world.run(4);
    let sound = world.at(caller).speak().first().unwrap().0.ip();
    let invite = world.at(callee).invite.clone().unwrap();
    let body = String::from_utf8(invite.body().to_vec()).unwrap();
    let host = |text: &str| {
        text.split([' ', '@', '<', '>', ';', ':']).find(|word| word.parse::<IpAddr>().is_ok()).unwrap().to_owned()
    };
    let (via, contact) = (host(invite.header("Via").unwrap()), host(invite.header("Contact").unwrap()));
    assert_eq!(via, contact);
    let connection = body.lines().find(|line| line.starts_with("c=")).unwrap();
    let described = connection.rsplit(' ').next().unwrap().to_owned();
    world.act(caller, |phone, now| phone.hang_up(now));
    world.run(2);
    (sound, via, described)
}

// covers: WIZ-08, OPS-02
#[test]
fn wiz_08_a_phone_outside_is_told_the_public_address_and_one_inside_the_private_one() {
    let mut world = cloud();
    let inside = registered_at(&mut world, "101", "10.0.0.1");
    let outside = registered_at(&mut world, "102", "198.51.100.7");
    let public = "203.0.113.146".to_owned();
    let private = "10.9.9.9".to_owned();
    assert_eq!(call(&mut world, inside, outside), (at(&private), public.clone(), public.clone()));
    assert_eq!(call(&mut world, outside, inside), (at(&public), private.clone(), private));
}

// covers: WIZ-09
#[test]
fn wiz_09_a_server_with_a_public_address_only_tells_it_to_all() {
    let mut world = cloud();
    world.tell(Input::SentBy(told("203.0.113.5", "203.0.113.5")));
    let inside = registered_at(&mut world, "101", "10.0.0.1");
    let outside = registered_at(&mut world, "102", "198.51.100.7");
    let public = "203.0.113.5".to_owned();
    assert_eq!(call(&mut world, inside, outside), (at(&public), public.clone(), public.clone()));
}

// covers: WIZ-02
#[test]
fn wiz_02_another_address_is_told_in_the_next_call() {
    let mut world = cloud();
    let inside = registered_at(&mut world, "101", "10.0.0.1");
    let outside = registered_at(&mut world, "102", "198.51.100.7");
    call(&mut world, inside, outside);
    world.tell(Input::SentBy(told("10.9.9.9", "203.0.113.200")));
    let public = "203.0.113.200".to_owned();
    assert_eq!(call(&mut world, inside, outside).1, public);
}

#[test]
fn a_binding_request_on_the_sip_port_is_told_where_it_comes_from() {
    let mut world = cloud();
    let from: SocketAddr = "198.51.100.7:40001".parse().unwrap();
    let id = *b"keep me open";
    world.throw(from, sip::stun::binding_request(id));
    let (to, answer) = world.strayed.pop().unwrap();
    assert_eq!(to, from);
    assert_eq!(sip::stun::mapped_address(&answer, id), Some(from));
    let tcp = Flow { transport: Transport::Tcp, connection: ConnectionId(9), remote: from };
    world.throw_over(tcp, sip::stun::binding_request(id));
    world.throw_over(tcp, Bytes::from_static(b"\r\n\r\n"));
    assert_eq!(world.strayed, [(from, Bytes::from_static(b"\r\n"))], "over a stream it is CRLF");
}

const DEVICE: &str = "<urn:uuid:00000000-0000-4000-8000-000000000007>";

/// A REGISTER of 101 for a flow of its own; gives the status and the answer.
fn register(world: &mut World, connection: u64, cseq: u32, head: &str, reg_id: u32) -> (u16, String) {
    let from = SocketAddr::new(at("198.51.100.7"), 40_000 + connection as u16);
    let flow = Flow { transport: Transport::Tcp, connection: ConnectionId(connection), remote: from };
    let send = |world: &mut World, cseq: u32, credentials: &str| {
        let request = format!(
            "REGISTER sip:{ACME} SIP/2.0\r\nVia: SIP/2.0/TCP 192.168.1.2:5060;branch=z9hG4bK{connection}-{cseq};rport;keep\r\n\
             {head}Max-Forwards: 70\r\nFrom: <sip:101@{ACME}>;tag=1\r\nTo: <sip:101@{ACME}>\r\nCall-ID: flows\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:101@192.168.1.2:5060;transport=tcp;ob>;expires=600;\
             +sip.instance=\"{DEVICE}\";reg-id={reg_id}\r\n{credentials}Content-Length: 0\r\n\r\n"
        );
        world.strayed.clear();
        world.throw_over(flow, request.into());
        world.run(1);
        String::from_utf8(world.strayed.pop().unwrap().1.to_vec()).unwrap()
    };
    let challenge = send(world, cseq, "");
    assert!(challenge.starts_with("SIP/2.0 401"), "{challenge}");
    assert!(!challenge.contains("keep="), "{challenge}");
    let mut offers = challenge.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
    let credentials = Credentials { user: "101".into(), secret: sim::world::secret(ACME, "101") };
    let uri = format!("sip:{ACME}");
    let header =
        offers.next_back().and_then(|offer| answer(offer, &credentials, "REGISTER", &uri, "abc", 1, b"")).unwrap();
    let reply = send(world, cseq + 1, &format!("Authorization: {header}\r\n"));
    (reply[8..11].parse().unwrap(), reply)
}

const OUTBOUND: &str = "Supported: path, outbound\r\n";

fn flows(world: &mut World) -> Vec<(Option<u32>, bool)> {
    let Some(Answer::Registrations(rows)) = world.ask(Ask::Registrations(None)) else { panic!("no answer") };
    let mut flows: Vec<_> = rows.into_iter().map(|row| (row.reg_id, row.reachable)).collect();
    flows.sort_unstable();
    flows
}

// covers: SET-15
#[test]
fn set_15_a_device_keeps_two_flows_and_is_called_by_the_one_that_is_left() {
    let mut world = cloud();
    let caller = registered_at(&mut world, "102", "198.51.100.8");
    for (connection, reg_id) in [(11, 1), (12, 2)] {
        let (status, reply) = register(&mut world, connection, 10 * reg_id, OUTBOUND, reg_id);
        assert_eq!(status, 200, "{reply}");
        assert!(reply.contains("Require: outbound\r\n"), "{reply}");
        assert!(reply.contains(";keep=120"), "the peer offers keep-alives (RFC 6223): {reply}");
        assert!(!reply.contains("Flow-Timer"), "{reply}");
    }
    assert_eq!(flows(&mut world), [(None, true), (Some(1), true), (Some(2), true)]);
    let second = Flow {
        transport: Transport::Tcp,
        connection: ConnectionId(12),
        remote: SocketAddr::new(at("198.51.100.7"), 40_012),
    };
    world.tell(Input::FlowClosed(second));
    assert_eq!(flows(&mut world), [(None, true), (Some(1), true), (Some(2), false)]);
    world.strayed.clear();
    world.act(caller, |phone, now| phone.call(now, "101", Vec::new()));
    world.run(1);
    let (to, invite) = world.strayed.iter().find(|(_, bytes)| bytes.starts_with(b"INVITE")).unwrap();
    assert_eq!(to.port(), 40_011, "by the flow that is open, whatever the Contact says");
    assert!(String::from_utf8_lossy(invite).starts_with("INVITE sip:101@192.168.1.2:5060;transport=tcp;ob SIP/2.0"));
}

// covers: SET-15
#[test]
fn set_15_switched_off_flows_are_not_told_apart() {
    let mut world = cloud();
    world.tell(Input::Settings(Box::new(Settings { outbound: false, ..Settings::default() })));
    for (connection, reg_id) in [(11, 1), (12, 2)] {
        let (status, reply) = register(&mut world, connection, 10 * reg_id, OUTBOUND, reg_id);
        assert_eq!(status, 200, "{reply}");
        assert!(!reply.contains("outbound"), "{reply}");
    }
    assert_eq!(flows(&mut world), [(None, true)]);
}

// covers: SET-15
#[test]
fn set_15_a_proxy_that_keeps_no_flows_is_named_and_one_that_does_is_passed_through() {
    let mut world = cloud();
    let through = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKproxy\r\n";
    let (status, reply) = register(&mut world, 11, 1, &format!("{through}{OUTBOUND}"), 1);
    assert_eq!(status, 439, "{reply}");
    assert_eq!(world.ledger.refusals.last().unwrap().trace.last().unwrap().code, Reason::FirstHopLacksOutbound);
    let path = "Path: <sip:token@192.0.2.1;lr;ob>\r\n";
    let (status, reply) = register(&mut world, 11, 3, &format!("{through}{path}{OUTBOUND}"), 1);
    assert_eq!(status, 200, "{reply}");
    assert!(reply.contains(path), "{reply}");
    let caller = registered_at(&mut world, "102", "198.51.100.8");
    world.strayed.clear();
    world.act(caller, |phone, now| phone.call(now, "101", Vec::new()));
    world.run(1);
    let (_, invite) = world.strayed.iter().find(|(_, bytes)| bytes.starts_with(b"INVITE")).unwrap();
    assert!(String::from_utf8_lossy(invite).contains("Route: <sip:token@192.0.2.1;lr;ob>\r\n"));
}
