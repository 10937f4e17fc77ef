//! A call without a stack: what a stage asks for, in words.

use std::collections::BTreeMap;
use std::time::Duration;

use media::{Clip, LegId, Protection, SoundName, What};
use shared::{CallId, ExtensionId, Moment};
use sip::{ConnectionId, Flow, Transport};

use crate::controls::{Command, Controls};
use crate::history::History;
use crate::history::tests::record;
use crate::leg::{Leg, Media, Side, Signalling, Target};
use crate::mailbox::MailboxAct;
use crate::presentation::Shown;
use crate::stage::queue::QueueAct;
use crate::stage::{DictationAct, Event, Next, Stage};

pub const A: LegId = LegId(1);
pub const B: LegId = LegId(2);
pub const C: LegId = LegId(3);

pub struct Scene {
    pub now: Moment,
    pub stage: Option<Stage>,
    pub wake: Option<Moment>,
    legs: BTreeMap<LegId, Leg>,
    history: History,
}

impl Scene {
    /// A caller and two devices.
    pub fn new() -> Self {
        let now = Moment::from_seconds(1_000);
        let legs = [(A, Side::Caller), (B, Side::Callee), (C, Side::Callee)].map(|(id, side)| (id, leg(id, side)));
        Self { now, stage: None, wake: None, legs: legs.into(), history: History::open(record(now), Vec::new()) }
    }

    pub fn enter(&mut self, stage: Stage) -> Vec<String> {
        self.stage = Some(stage);
        self.step(None)
    }

    pub fn after(&mut self, event: Event) -> Vec<String> {
        self.step(Some(event))
    }

    pub fn sleep(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    pub fn up(&mut self, id: LegId) {
        let leg = self.legs.get_mut(&id).unwrap();
        (leg.signalling, leg.media) = (Signalling::Up, Media::Open);
    }

    /// Its dialog is that of this leg of another call.
    pub fn borrowed(&mut self, id: LegId, of: LegId) {
        self.legs.get_mut(&id).unwrap().borrowed = Some((CallId(9), of));
    }

    pub fn hold(&mut self, id: LegId) {
        self.legs.get_mut(&id).unwrap().held = true;
    }

    pub fn over_tls(&mut self, id: LegId) {
        self.legs.get_mut(&id).unwrap().flow.transport = Transport::Tls;
    }

    pub fn over_websocket(&mut self, id: LegId) {
        self.legs.get_mut(&id).unwrap().flow.transport = Transport::Wss;
    }

    pub fn incoming(&mut self, id: LegId) {
        let leg = self.legs.get_mut(&id).unwrap();
        (leg.signalling, leg.target) = (Signalling::Early, None);
    }

    /// The same person at another device.
    pub fn same_person(&mut self, id: LegId, other: LegId) {
        let person = self.legs.get(&id).unwrap().extension;
        self.legs.get_mut(&other).unwrap().extension = person;
    }

    fn step(&mut self, event: Option<Event>) -> Vec<String> {
        let mut commands = Vec::new();
        if matches!(event, Some(Event::Timeout)) {
            self.wake = None;
        }
        let mut controls = Controls {
            now: self.now,
            flow_grace: Duration::from_secs(30),
            legs: &mut self.legs,
            history: &mut self.history,
            wake: &mut self.wake,
            commands: &mut commands,
        };
        let stage = self.stage.as_mut().unwrap();
        let next = match event {
            Some(event) => stage.handle(event, &mut controls),
            None => stage.enter(&mut controls),
        };
        // What a drawing lights is no deed of the stage; sim looks at it.
        commands.retain(|command| !matches!(command, Command::Moved(..)));
        let mut words: Vec<String> = commands.iter().map(word).collect();
        match next {
            Next::Stay => {}
            Next::Go(stage) => words.extend(self.enter(stage)),
            Next::End(ending) => words.push(format!("End {} {}", ending.reason.code(), ending.status)),
        }
        words
    }
}

pub fn leg(id: LegId, side: Side) -> Leg {
    let incoming = side == Side::Caller;
    Leg {
        id,
        side,
        extension: Some(ExtensionId(id.0 as i64)),
        trunk: None,
        number: format!("10{}", id.0),
        device: format!("phone-{}", id.0),
        registration: None,
        flow: Flow {
            transport: Transport::Udp,
            connection: ConnectionId::NEW,
            remote: format!("192.0.2.{}:5060", id.0).parse().unwrap(),
        },
        dialog: None,
        target: (!incoming).then(|| Target {
            contact: format!("sip:10{}@192.0.2.{}", id.0, id.0),
            path: Vec::new(),
            shown: Shown::default(),
            outgoing: None,
        }),
        signalling: if incoming { Signalling::Early } else { Signalling::New },
        answered: false,
        media: Media::None,
        lost_at: None,
        held: false,
        private: false,
        refers: 0,
        borrowed: None,
        protection: Protection::Optional,
    }
}

fn word(command: &Command) -> String {
    match command {
        Command::Order(leg, what) => format!("{} {}", leg.0, order(what)),
        Command::Invite(leg, _) => format!("Invite {}", leg.0),
        Command::Ring(leg, None) => format!("Ring {}", leg.0),
        Command::Ring(leg, Some(_)) => format!("Ring {} with description", leg.0),
        Command::Accept(leg, _) => format!("Accept {}", leg.0),
        Command::Reject(leg, status, _) => format!("Reject {} {status}", leg.0),
        Command::Cancel(leg, text) => format!("Cancel {} {}", leg.0, text.unwrap_or_default()),
        Command::Bye(leg, reason) => format!("Bye {} {}", leg.0, reason.code()),
        Command::Answer(leg, _) => format!("Answer {}", leg.0),
        Command::RefuseOffer(leg, status) => format!("RefuseOffer {} {status}", leg.0),
        Command::Offer(leg, _, other) => format!("Offer {} of {}", leg.0, other.0),
        Command::Notify(leg, _, status, last) => {
            format!("Notify {} {status}{}", leg.0, if *last { " last" } else { "" })
        }
        Command::Keep(leg) => format!("Keep {}", leg.0),
        Command::GiveBack(leg) => format!("GiveBack {}", leg.0),
        Command::Lose(leg) => format!("Lose {}", leg.0),
        Command::GoOn(after) => format!("GoOn {after:?}"),
        Command::Recall(_, leg) => format!("Recall for {}", leg.0),
        Command::TellSlot(_, slot, leg) => format!("Tell {slot} of {}", leg.0),
        Command::Lead(aim) => format!("Lead {aim:?}"),
        Command::Ask(asking) => format!("Ask {} {}", asking.place, asking.input),
        Command::Moved(_, way) => format!("Moved {way:?}"),
        Command::Queue(act) => format!("Queue {}", queue(act)),
        Command::SetStatus(extension, status) => format!("SetStatus {} {status:?}", extension.0),
        Command::Pin(_, act) => format!("Pin {act:?}"),
        Command::Mailbox(act) => format!("Mailbox {}", mailbox(act)),
        Command::Dictation(DictationAct::Keep(take)) => format!("Keep {} {}", take.file.id.0, take.hush.as_secs()),
        Command::Dictation(DictationAct::Drop(file)) => format!("Drop {}", file.id.0),
        Command::Conference(act) => format!("Conference {act:?}"),
        Command::Monitor(leg, _, level) => format!("Monitor {} {}", leg.0, level.word()),
        Command::Music(leg) => format!("Music {}", leg.0),
        Command::Silent(leg) => format!("Silent {}", leg.0),
        Command::Respond(_, reply) => format!("Respond {}", reply.status),
        Command::Changed => "Changed".to_owned(),
    }
}

fn order(what: &What) -> String {
    let like = |like: &Option<LegId>| like.map(|like| format!(" like {}", like.0)).unwrap_or_default();
    match what {
        What::Open { kind, .. } => format!("Open {kind:?}"),
        What::RemoteOffer(_) => "RemoteOffer".to_owned(),
        What::RemoteAnswer(_) => "RemoteAnswer".to_owned(),
        What::Protect(protection) => format!("Protect {protection:?}"),
        What::MakeOffer { like: leg } => format!("MakeOffer{}", like(leg)),
        What::MakeAnswer { like: leg } => format!("MakeAnswer{}", like(leg)),
        What::Connect(leg) => format!("Connect {}", leg.0),
        What::Adopt(leg) => format!("Adopt {}", leg.0),
        What::Play(tone) => format!("Play {tone:?}"),
        What::SendDigit(digit) => format!("SendDigit {digit}"),
        What::Mix(part) => {
            let how = |does: bool, word: &str| if does { format!(" {word}") } else { String::new() };
            format!("Mix{}{}", how(part.speaks, "speaks"), how(part.hears, "hears"))
        }
        What::Say(saying) => {
            let clip = |clip: &Clip| match clip {
                Clip::Sound(SoundName::Phrase(_, name)) => (*name).to_owned(),
                Clip::Sound(SoundName::Kept(file)) => format!("sound {}", file.id.0),
                Clip::Tone(tone) => format!("{tone:?}"),
                Clip::Silence(_) => "…".to_owned(),
            };
            format!("Say {}", saying.clips.iter().map(clip).collect::<Vec<_>>().join(" "))
        }
        What::ListenForFax(_) => format!("{what:?}"),
        What::Monitor(monitoring) => format!("Monitor {} {:?}", monitoring.of.0, monitoring.heard),
        What::Record(recording) => format!("Record {}", recording.file.id.0),
        What::Announce(_) => "Announce".to_owned(),
        What::RecordRoom(file) => format!("RecordRoom {}", file.id.0),
        What::StopRecordingRoom => "StopRecordingRoom".to_owned(),
        What::StopRecording
        | What::PauseRecording(_)
        | What::Disconnect
        | What::Stop
        | What::Close
        | What::OwnCertificate => format!("{what:?}"),
    }
}

fn queue(act: &QueueAct) -> String {
    match act {
        QueueAct::Enter(entrance) if entrance.is_held_back => "Enter held back".to_owned(),
        QueueAct::Enter(_) => "Enter".to_owned(),
        QueueAct::Nuisance(id, ended) => format!("Nuisance {}{}", id.0, if ended.is_some() { " ends" } else { "" }),
        QueueAct::Rings(who) => format!("Rings {:?}", who.iter().map(|one| one.0).collect::<Vec<_>>()),
        QueueAct::Answered(leg) => format!("Answered {}", leg.0),
        QueueAct::Left(outcome) => format!("Left {}", outcome.code()),
        QueueAct::Introduced | QueueAct::AskPlace | QueueAct::CallBack | QueueAct::Ready { .. } => format!("{act:?}"),
    }
}

fn mailbox(act: &MailboxAct) -> String {
    match act {
        MailboxAct::Begun(voicemail) => format!("Begun {}", voicemail.id.0),
        MailboxAct::Left(voicemail) => format!("Left {} {}", voicemail.id.0, voicemail.millis.unwrap_or(0)),
        MailboxAct::Dropped(voicemail) => format!("Dropped {}", voicemail.id.0),
        MailboxAct::Heard(_, id) => format!("Heard {}", id.0),
        MailboxAct::Deleted(_, id) => format!("Deleted {}", id.0),
        MailboxAct::GreetingRecorded(_, id, millis) => format!("GreetingRecorded {} {millis}", id.0),
        MailboxAct::GreetingDropped(_) => "GreetingDropped".to_owned(),
    }
}
