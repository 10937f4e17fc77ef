//! Calls between two stacks on a good network.

use std::time::Duration;

use sip::{DialogId, EndCause, Event, Flow, Header, Output, Reply, RequestId, Transport};

use crate::network::{A, ANSWER, B, Network, OFFER, START, call, config, flow};

pub fn invited(event: &Event) -> Option<DialogId> {
    if let Event::Invited { dialog, .. } = event { Some(*dialog) } else { None }
}

pub fn answered(event: &Event) -> Option<DialogId> {
    if let Event::Answered { dialog, .. } = event { Some(*dialog) } else { None }
}

pub fn acknowledged(event: &Event) -> Option<Option<String>> {
    let Event::Acknowledged { body, .. } = event else { return None };
    Some(body.as_ref().map(|b| String::from_utf8(b.to_vec()).unwrap()))
}

pub fn failed(event: &Event) -> Option<u16> {
    if let Event::Failed { status, .. } = event { Some(*status) } else { None }
}

pub fn ended(event: &Event) -> Option<EndCause> {
    if let Event::Ended { cause, .. } = event { Some(cause.clone()) } else { None }
}

pub fn offered(event: &Event) -> Option<String> {
    let Event::Offered { message, .. } = event else { return None };
    Some(String::from_utf8(message.body().to_vec()).unwrap())
}

pub fn asked(event: &Event) -> Option<(RequestId, Option<DialogId>, String)> {
    let Event::Request { request, dialog, message, .. } = event else { return None };
    Some((*request, *dialog, message.method().to_owned()))
}

pub fn response(event: &Event) -> Option<u16> {
    if let Event::Response { status, .. } = event { Some(*status) } else { None }
}

/// A call that stands: the dialog of each end.
pub fn established(net: &mut Network) -> [DialogId; 2] {
    let now = net.now;
    let flow = net.flows[A];
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].ring(now, b, Reply::status(180), false);
    net.run(Duration::from_secs(1));
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200).body(ANSWER));
    assert_eq!(net.wait(A, answered), a);
    assert_eq!(net.wait(B, acknowledged), None);
    [a, b]
}

#[test]
fn a_call_rings_is_answered_and_ends_on_every_transport() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss] {
        let mut net = Network::new(transport, 1);
        let [a, b] = established(&mut net);
        assert_eq!(net.sent(A), ["INVITE", "ACK"]);
        assert_eq!(net.sent(B), ["100 INVITE", "180 INVITE", "200 INVITE"]);
        let (call_id, ours, theirs) = net.stacks[A].dialog_tags(a).unwrap();
        assert_eq!(net.stacks[B].dialog_tags(b).unwrap(), (call_id.clone(), theirs.clone(), ours.clone()));
        assert_eq!(net.stacks[A].find_dialog(&call_id, &ours, &theirs), Some(a));
        assert_eq!(net.stacks[B].find_dialog(&call_id, &ours, &theirs), None);
        let now = net.now;
        let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
        net.stacks[A].bye(now, a, Some(reason));
        assert_eq!(net.wait(B, ended), EndCause::Bye(Some(reason.into())));
        assert_eq!(net.sent(B).last(), Some(&"200 BYE"));
        net.assert_empty();
    }
}

#[test]
fn the_side_that_was_called_hangs_up() {
    let mut net = Network::new(Transport::Udp, 1);
    let [_, b] = established(&mut net);
    let now = net.now;
    net.stacks[B].bye(now, b, None);
    assert_eq!(net.wait(A, ended), EndCause::Bye(None));
    net.assert_empty();
}

#[test]
fn a_refusal_is_acknowledged_and_told_with_its_headers() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = Network::new(transport, 1);
        let (now, flow) = (net.now, net.flows[A]);
        net.stacks[A].invite(now, flow, call());
        let b = net.wait(B, invited);
        let now = net.now;
        net.stacks[B].reject(now, b, Reply::status(486).header("Retry-After", "9"));
        let refusal =
            net.wait(A, |e| if let Event::Failed { status: 486, message, .. } = e { message.clone() } else { None });
        assert_eq!(refusal.header("Retry-After"), Some("9"));
        assert_eq!(net.sent(A), ["INVITE", "ACK"]);
        net.assert_empty();
    }
}

#[test]
fn the_caller_gives_up_while_it_rings() {
    let mut net = Network::new(Transport::Udp, 1);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].ring(now, b, Reply::status(180), false);
    net.run(Duration::from_secs(2));
    let now = net.now;
    net.stacks[A].cancel(now, a, Some("SIP;cause=200"));
    let reason = net.wait(B, |e| if let Event::Cancelled { reason, .. } = e { reason.clone() } else { None });
    assert_eq!(reason, "SIP;cause=200");
    assert_eq!(net.wait(A, failed), 487);
    assert_eq!(net.sent(A), ["INVITE", "CANCEL", "ACK"]);
    assert_eq!(net.sent(B), ["100 INVITE", "180 INVITE", "200 CANCEL", "487 INVITE"]);
    net.assert_empty();
}

#[test]
fn a_call_without_an_offer_gets_its_answer_in_the_ack() {
    let mut net = Network::new(Transport::Udp, 1);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, sip::NewRequest { body: "".into(), ..call() });
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].accept(now, b, Reply::status(200).body(OFFER));
    net.wait(A, answered);
    net.run(Duration::from_secs(2));
    assert!(!net.sent(A).contains(&"ACK"), "the ACK waits for the user");
    let now = net.now;
    net.stacks[A].acknowledge(now, a, ANSWER.into());
    assert_eq!(net.wait(B, acknowledged).as_deref(), Some(ANSWER));
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn hold_by_re_invite_from_either_side() {
    let mut net = Network::new(Transport::Udp, 1);
    let dialogs = established(&mut net);
    for (from, to) in [(A, B), (B, A), (A, B)] {
        let hold = format!("{OFFER}a=sendonly\r\na=x:{from}{to}\r\n");
        let now = net.now;
        net.stacks[from].offer(now, dialogs[from], hold.clone().into());
        assert_eq!(net.wait(to, offered), hold);
        let now = net.now;
        net.stacks[to].answer(now, dialogs[to], ANSWER.into());
        let body =
            net.wait(from, |e| if let Event::OfferAnswered { message, .. } = e { Some(message.body()) } else { None });
        assert_eq!(body, ANSWER);
        net.run(Duration::from_secs(1));
    }
    let now = net.now;
    net.stacks[A].offer(now, dialogs[A], "v=0\r\nnothing\r\n".into());
    net.wait(B, offered);
    let now = net.now;
    net.stacks[B].refuse_offer(now, dialogs[B], 488);
    assert_eq!(net.wait(A, |e| if let Event::OfferRefused { status, .. } = e { Some(*status) } else { None }), 488);
    let now = net.now;
    net.stacks[A].bye(now, dialogs[A], None);
    assert_eq!(net.wait(B, ended), EndCause::Bye(None));
    net.assert_empty();
}

#[test]
fn a_re_invite_that_repeats_the_description_is_answered_by_the_stack() {
    let mut net = Network::new(Transport::Udp, 1);
    let [a, b] = established(&mut net);
    let now = net.now;
    net.stacks[A].offer(now, a, OFFER.into());
    let body = net.wait(A, |e| if let Event::OfferAnswered { message, .. } = e { Some(message.body()) } else { None });
    assert_eq!(body, ANSWER);
    assert!(net.events[B].iter().all(|e| offered(e).is_none()));
    let now = net.now;
    net.stacks[B].bye(now, b, None);
    net.assert_empty();
}

#[test]
fn early_media_is_acknowledged_reliably() {
    let mut net = Network::new(Transport::Udp, 1);
    let (now, flow) = (net.now, net.flows[A]);
    let a = net.stacks[A].invite(now, flow, call());
    let b = net.wait(B, invited);
    let now = net.now;
    net.stacks[B].ring(now, b, Reply::status(183).body(ANSWER), true);
    net.stacks[B].ring(now, b, Reply::status(180), true);
    net.stacks[B].accept(now, b, Reply::status(200));
    let progress = |e: &Event| {
        if let Event::Progress { status, message, .. } = e { Some((*status, message.body().len())) } else { None }
    };
    assert_eq!(net.wait(A, progress), (183, ANSWER.len()));
    net.wait(A, answered);
    assert_eq!(
        net.sent(B),
        ["100 INVITE", "183 INVITE", "200 PRACK", "200 INVITE"],
        "the 180 that waited says nothing any more"
    );
    assert_eq!(
        net.last(A, "PRACK").header("RAck").unwrap().split(' ').next(),
        net.last(B, "183 INVITE").header("RSeq")
    );
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn requests_travel_inside_a_dialog_and_outside() {
    let mut net = Network::new(Transport::Udp, 1);
    let [a, b] = established(&mut net);
    let now = net.now;
    let info = vec![Header::new("Content-Type", "application/dtmf-relay")];
    net.stacks[A].request_in_dialog(now, a, "INFO", info, "Signal=5\r\n".into()).unwrap();
    let (request, dialog, method) = net.wait(B, asked);
    assert_eq!((dialog, method.as_str()), (Some(b), "INFO"));
    let now = net.now;
    net.stacks[B].respond(now, request, Reply::status(200));
    assert_eq!(net.wait(A, response), 200);
    assert_eq!(net.last(A, "INFO").header("Content-Type"), Some("application/dtmf-relay"));

    let options = sip::NewRequest { method: "OPTIONS".into(), body: "".into(), ..call() };
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].request(now, flow, options);
    let (request, dialog, _) = net.wait(B, asked);
    assert_eq!(dialog, None);
    let now = net.now;
    net.stacks[B].respond(now, request, Reply::status(200));
    assert_eq!(net.wait(A, response), 200);
    assert!(net.last(B, "200 OPTIONS").lists("Allow", "INVITE"));
    let now = net.now;
    net.stacks[A].bye(now, a, None);
    net.assert_empty();
}

#[test]
fn a_subscription_carries_notifications_until_it_runs_out() {
    let mut net = Network::new(Transport::Udp, 1);
    let subscribe = sip::NewRequest {
        method: "SUBSCRIBE".into(),
        body: "".into(),
        headers: vec![Header::new("Event", "dialog"), Header::new("Expires", "60")],
        ..call()
    };
    let (now, flow) = (net.now, net.flows[A]);
    net.stacks[A].request(now, flow, subscribe);
    let (request, dialog, _) = net.wait(B, asked);
    let now = net.now;
    net.stacks[B].respond(now, request, Reply::status(200).header("Expires", "60"));
    assert_eq!(net.wait(A, response), 200);
    let state = vec![Header::new("Event", "dialog"), Header::new("Subscription-State", "active")];
    let now = net.now;
    assert!(net.stacks[B].request_in_dialog(now, dialog.unwrap(), "NOTIFY", state, "".into()).is_some());
    net.run(Duration::from_millis(100));
    assert_eq!(net.last(B, "NOTIFY").to_tag(), net.last(A, "SUBSCRIBE").from_tag());
    net.assert_empty();
}

#[test]
fn in_its_dialogs_a_server_goes_by_the_name_that_the_peer_of_a_connection_knows_it_by() {
    let mut stack = sip::Stack::new(config(Transport::Tls, "192.0.2.1:5061"), 1);
    let named = flow(Transport::Tls, "192.0.2.7:50000");
    let other = Flow { connection: sip::ConnectionId(8), ..named };
    stack.set_name(named, "pbx.example:5061".to_owned());
    let contact = |stack: &mut sip::Stack, flow| {
        stack.invite(START, flow, call());
        let Some(Output::Send { bytes, .. }) = stack.poll_output() else { panic!("nothing was sent") };
        let invite = sip::Message::parse(bytes).unwrap();
        (invite.header("Contact").unwrap().to_owned(), invite.header("Via").unwrap().to_owned())
    };
    let (own, via) = contact(&mut stack, named);
    assert!(own.contains("@pbx.example:5061;transport=tls>"), "{own}");
    assert!(via.starts_with("SIP/2.0/TLS pbx.example:5061;"), "{via}");
    assert!(contact(&mut stack, other).0.contains("@192.0.2.1:5061;"));
    stack.handle_flow_closed(START, named);
    while stack.poll_output().is_some() {}
    assert!(contact(&mut stack, named).0.contains("@192.0.2.1:5061;"), "the name goes with its connection");
}
