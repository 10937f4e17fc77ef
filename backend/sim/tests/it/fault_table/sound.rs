//! What descriptions and packets of sound get wrong.

use super::*;

pub(super) const SOUND: &[Row] = &[
    ("a call comes with a letter", Reason::BodyUnknown, || {
        let (mut world, alice, _) = pair();
        world.act(alice, |phone, now| {
            phone.call_with(now, "102", vec![Header::new("Content-Type", "text/plain")], "hello".into())
        });
        world.run(3);
        world
    }),
    ("an offer without any medium", Reason::MediaLineMissing, || offering("")),
    ("an offer of video alone", Reason::MediaNoAudio, || offering("m=video 4000 RTP/AVP 96\r\n")),
    ("an offer of sound on port 0", Reason::MediaPortZero, || offering("m=audio 0 RTP/AVP 0\r\n")),
    ("an offer of sound by an unknown protocol", Reason::MediaProtocolUnknown, || {
        offering("m=audio 4000 TCP/WHAT 0\r\n")
    }),
    ("an offer of protected sound without keys", Reason::MediaKeysMissing, || offering("m=audio 4000 RTP/SAVP 0\r\n")),
    ("a phone answers as browsers do", Reason::MediaBrowserOnly, || {
        let head = "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n";
        answering(Transport::Udp, &format!("{head}m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n{ICE}"))
    }),
    ("a browser offers what phones do", Reason::MediaBrowserLacks, || {
        let mut world = fair();
        let alice = world.phone(ACME, "101", Transport::Ws);
        world.registered(ACME, "102");
        world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
        world.run(3);
        world
    }),
    ("an offer of seventy codecs", Reason::MediaTooLarge, || {
        offering(&format!("m=audio 4000 RTP/AVP {}\r\n", (0..70).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")))
    }),
    ("no codec in common", Reason::CodecMismatch, || offering("m=audio 4000 RTP/AVP 18\r\n")),
    ("an answer without a description", Reason::AnswerWithoutMedia, || answering(Transport::Udp, "")),
    ("an answer with keys of nobody's", Reason::MediaKeysUnanswered, || {
        answering(
            Transport::Tls,
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\r\n",
        )
    }),
    ("a fax is sent to a phone that takes none", Reason::FaxRefused, || {
        in_talk(|world, alice, bob| {
            let fax = "v=0\r\no=- 9 9 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=image";
            world.at(bob).answer = Some(format!("{fax} 0 udptl t38\r\n").into());
            world.act(alice, |phone, now| phone.offer_with(now, &format!("{fax} 4004 udptl t38\r\n").into()));
        })
    }),
    ("no port of sound is free", Reason::PortsSpent, || {
        calling_with_media(Happened::Rejected { reason: Reason::PortsSpent, value: "0".into() })
    }),
    ("nothing is heard from either side", Reason::MediaTimeout, || {
        in_talk(|world, _, _| media_says(world, 1, Happened::Silent { seconds: 120 }))
    }),
    ("no check of a browser arrives", Reason::IceNoPath, || obstructed(Reason::IceNoPath)),
    ("a browser is reached and agrees on no keys", Reason::DtlsNotAgreed, || obstructed(Reason::DtlsNotAgreed)),
    ("a browser's keys come by another's certificate", Reason::DtlsCertificateForeign, || {
        obstructed(Reason::DtlsCertificateForeign)
    }),
    ("a browser vanishes from the network", Reason::IceConsentLost, || obstructed(Reason::IceConsentLost)),
    ("only the called party is heard", Reason::NoAudioFromCaller, || heard_from(true)),
    ("only the caller is heard", Reason::NoAudioFromCallee, || heard_from(false)),
    ("a tenth of the caller's packets is lost", Reason::LossFromCaller, || sounding(1, lossy())),
    ("a tenth of the called party's packets is lost", Reason::LossFromCallee, || sounding(2, lossy())),
    ("the caller's packets come unevenly", Reason::JitterFromCaller, || sounding(1, uneven())),
    ("the called party's packets come unevenly", Reason::JitterFromCallee, || sounding(2, uneven())),
];

/// The media of the caller finds this in its way; that it does is tested where it is found (`media`, LOG-04).
fn obstructed(why: Reason) -> World {
    in_talk(|world, _, _| {
        let since = world.now;
        media_says(world, 1, Happened::Quiet { since, why: Some(why) });
    })
}

fn lossy() -> LegQuality {
    LegQuality { packets_received: 900, packets_lost: 100, ..LegQuality::default() }
}

fn uneven() -> LegQuality {
    LegQuality { packets_received: 900, jitter_micros: 80_000, ..LegQuality::default() }
}

fn calling_with_media(what: Happened) -> World {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Ring;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(1);
    media_says(&mut world, 1, what);
    world.run(2);
    over(world, alice)
}
