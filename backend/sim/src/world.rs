//! The clock, the order of events, and everybody in it.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use media::SoundFile;
use shared::fact::{Fact, TenantFact};
use shared::live::{Answer, Ask};
use shared::phone_credential::{PhoneCredentialKey, PhoneUser};
use shared::quota::Quota;
use shared::{ExtensionId, Moment, TenantId};
use sip::digest::ha1;
use sip::{ConnectionId, Flow, Transport};
use switch::plan::LOGIN_REALM;
use switch::trunk::TrunkPlan;
use switch::{Config, ExtensionPlan, Input, Output, PromptTake, Switchboard, TenantPlan, WebRequest};

use crate::engine::{ADDRESS, Media, Wish};
use crate::ledger::Ledger;
use crate::network::{Network, Parcel, Weather};
use crate::phone::{Phone, PhoneId};

/// Signs browser credentials in every world.
pub const CREDENTIAL_KEY: PhoneCredentialKey = PhoneCredentialKey([9; 32]);
/// Where the server listens.
pub const SERVER: SocketAddr = SocketAddr::new(ADDRESS, 5_060);
/// The most messages to strangers that are kept.
const STRAYED_MAX: usize = 10_000;
/// More events than this at one moment are a loop.
const EVENTS_AT_ONCE_MAX: usize = 100_000;

/// A server, its tenants, and phones on a network.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Moment,
    /// The switchboard.
    pub board: Switchboard,
    /// Its media.
    pub media: Media,
    /// What a store would have kept.
    pub ledger: Ledger,
    /// Between them.
    pub network: Network,
    /// Has the switchboard said that it is drained?
    pub drained: bool,
    /// Does this world bear panics in a tenant's code?
    pub faults_wanted: bool,
    /// What was sent to addresses where no phone of this world stands, in order.
    pub strayed: Vec<(SocketAddr, Bytes)>,
    /// What was asked of people's own servers and has no answer yet.
    pub web: Vec<WebRequest>,
    /// What telephones have recorded and is to be kept, in order.
    pub takes: Vec<PromptTake>,
    /// What they have recorded and nobody wants, in order.
    pub dropped: Vec<SoundFile>,
    /// Connections that the switchboard wanted closed.
    pub cut: BTreeSet<Flow>,
    phones: Vec<Phone>,
    plans: Vec<TenantPlan>,
    trunks: Vec<(TrunkPlan, Vec<SocketAddr>)>,
    config: Config,
    seed: u64,
    starts: u64,
    asked: u64,
    reply: Option<Answer>,
    connections: u64,
}

impl World {
    /// Acme and Globex, each with 101 to 104; the real media engine.
    pub fn new(seed: u64, weather: Weather) -> Self {
        let mut config = Config::new([7; 32], CREDENTIAL_KEY);
        config.sent_by = [Transport::Udp, Transport::Tcp, Transport::Ws].map(|one| (one, SERVER.to_string())).into();
        Self::with(seed, weather, config, Media::real(seed))
    }

    /// With this configuration and media.
    pub fn with(seed: u64, weather: Weather, config: Config, media: Media) -> Self {
        let mut world = Self {
            now: Moment::from_seconds(1_795_000_000),
            board: Switchboard::new(config.clone(), seed),
            media,
            ledger: Ledger::default(),
            network: Network::new(weather, seed ^ 0xdead_beef),
            drained: false,
            faults_wanted: false,
            strayed: Vec::new(),
            web: Vec::new(),
            takes: Vec::new(),
            dropped: Vec::new(),
            cut: BTreeSet::new(),
            phones: Vec::new(),
            plans: vec![tenant(1, "acme.localhost"), tenant(2, "globex.localhost")],
            trunks: Vec::new(),
            config,
            seed,
            starts: 0,
            asked: 0,
            reply: None,
            connections: 1_000,
        };
        world.load_plans();
        world
    }

    /// A phone with the right password, not yet registered.
    pub fn phone(&mut self, domain: &str, number: &str, transport: Transport) -> PhoneId {
        let phone = Phone::new(self.phones.len(), transport, SERVER, number, domain, &secret(domain, number));
        self.phones.push(phone);
        PhoneId(self.phones.len() - 1)
    }

    /// A phone over UDP that has registered.
    pub fn registered(&mut self, domain: &str, number: &str) -> PhoneId {
        let id = self.phone(domain, number, Transport::Udp);
        self.act(id, |phone, now| phone.register(now, phone.expires));
        self.run(2);
        id
    }

    /// A phone.
    ///
    /// # Panics
    /// When there is none; ids come from [`World::phone`].
    #[allow(clippy::indexing_slicing)]
    pub fn at(&mut self, id: PhoneId) -> &mut Phone {
        &mut self.phones[id.0]
    }

    /// Lets a phone do something now.
    pub fn act<T>(&mut self, id: PhoneId, action: impl FnOnce(&mut Phone, Moment) -> T) -> T {
        let now = self.now;
        let done = action(self.at(id), now);
        self.settle();
        done
    }

    /// Makes a browser's phone of it: a short-lived credential, an instance.
    pub fn make_browser(&mut self, id: PhoneId, epoch: u32, lives_seconds: u64) {
        let expires_at = self.now + Duration::from_secs(lives_seconds);
        let plans = self.plans.clone();
        let phone = self.at(id);
        let Some(plan) = plans.iter().find(|plan| plan.domain == phone.domain) else { return };
        let Some(extension) = plan.extensions.iter().find(|known| known.number == phone.number) else { return };
        let user = PhoneUser { number: phone.number.clone(), device: "tab-1".to_owned(), epoch, expires_at };
        phone.credentials.secret = user.secret(&CREDENTIAL_KEY, plan.tenant_id, extension.id);
        phone.credentials.user = user.to_string();
        phone.instance = "<urn:uuid:00000000-0000-4000-8000-000000000001>".to_owned();
    }

    /// Speaks on all calls of a phone: so many packets, one each 20 ms.
    pub fn speak(&mut self, id: PhoneId, packets: u32) {
        for _ in 0..packets {
            let from = self.at(id).media_address();
            for (to, bytes) in self.at(id).speak() {
                self.network.send(self.now, Parcel::MediaToServer { from, port: to.port(), bytes });
            }
            self.run_for(Duration::from_millis(20));
        }
    }

    /// The phone's connection breaks; what it does next goes over a new one.
    pub fn break_connection(&mut self, id: PhoneId) {
        if self.at(id).flow.transport == Transport::Udp {
            return;
        }
        let old = self.at(id).flow_of_server();
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let (now, own) = (self.now, self.at(id).flow);
        self.at(id).stack.handle_flow_closed(now, own);
        self.at(id).flow.connection = connection;
        let moved = self.at(id).flow;
        for dialog in self.at(id).lines.keys().copied().collect::<Vec<_>>() {
            self.at(id).stack.move_dialog(dialog, moved);
        }
        self.network.send(self.now, Parcel::Closed(old));
        self.settle();
    }

    /// Bytes from an address where no phone of this world stands.
    pub fn throw(&mut self, from: SocketAddr, bytes: Bytes) {
        self.throw_over(Flow { transport: Transport::Udp, connection: ConnectionId::NEW, remote: from }, bytes);
    }

    /// The same over another way.
    pub fn throw_over(&mut self, flow: Flow, bytes: Bytes) {
        self.tell(Input::Packet { flow, bytes });
    }

    /// Changes a tenant's plan.
    pub fn change_plan(&mut self, domain: &str, change: impl FnOnce(&mut TenantPlan)) {
        let Some(plan) = self.plans.iter_mut().find(|plan| plan.domain == domain) else { return };
        change(plan);
        let plan = plan.clone();
        self.tell(Input::Plan(Box::new(plan)));
    }

    /// Other trunks, each at these addresses.
    pub fn set_trunks(&mut self, trunks: Vec<(TrunkPlan, Vec<SocketAddr>)>) {
        self.trunks = trunks;
        self.load_trunks();
    }

    fn load_trunks(&mut self) {
        let trunks = self.trunks.clone();
        self.tell(Input::Trunks(trunks.iter().map(|(plan, _)| plan.clone()).collect()));
        for (plan, targets) in trunks {
            self.tell(Input::TrunkFound(plan.id, targets));
        }
    }

    /// Tells the switchboard something.
    pub fn tell(&mut self, input: Input) {
        self.board.handle_input(self.now, input);
        self.settle();
    }

    /// Asks the switchboard something.
    pub fn ask(&mut self, ask: Ask) -> Option<Answer> {
        self.asked += 1;
        self.tell(Input::Ask { id: self.asked, ask });
        self.reply.take()
    }

    /// How many calls run.
    pub fn live_calls(&mut self) -> usize {
        match self.ask(Ask::LiveCalls(None)) {
            Some(Answer::LiveCalls(calls)) => calls.len(),
            _ => 0,
        }
    }

    /// The server dies and starts again with what the store has kept.
    pub fn restart(&mut self, media: Media) {
        self.starts += 1;
        self.board = Switchboard::new(self.config.clone(), self.seed.wrapping_add(self.starts << 32));
        self.media = media;
        self.ledger.restart();
        self.load_plans();
        let readiness = self.ledger.take_readiness();
        self.tell(Input::AgentReadiness(readiness));
        let callbacks = self.ledger.callbacks();
        self.tell(Input::Callbacks(callbacks));
        let rows = self.ledger.registrations.values().cloned().collect();
        self.tell(Input::Restore(rows));
        let rows = self.ledger.subscriptions.values().cloned().collect();
        self.tell(Input::Subscriptions(rows));
        let waiting = self.ledger.messages.values().filter(|message| message.delivered_at.is_none()).cloned();
        let waiting = waiting.collect();
        self.tell(Input::Messages(waiting));
    }

    /// Lets so many seconds pass.
    pub fn run(&mut self, seconds: u64) {
        self.run_for(Duration::from_secs(seconds));
    }

    /// Lets time pass, event by event.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        self.settle();
        let mut at_once = 0;
        while let Some(next) = self.next().filter(|next| *next <= until) {
            at_once = if next > self.now { 0 } else { at_once + 1 };
            if at_once > EVENTS_AT_ONCE_MAX {
                self.ledger.complaints.push("time stands still".to_owned());
                break;
            }
            self.now = self.now.max(next);
            self.step();
        }
        self.now = until;
    }

    fn next(&self) -> Option<Moment> {
        let phones = self.phones.iter().filter_map(Phone::poll_timeout);
        let others = [self.network.next(), self.board.poll_timeout(), self.media.poll_timeout()];
        phones.chain(others.into_iter().flatten()).min()
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(parcel) = self.network.take(now) {
            self.deliver(parcel);
        } else if self.board.poll_timeout().is_some_and(|due| due <= now) {
            self.board.handle_input(now, Input::Timeout);
        } else if self.media.poll_timeout().is_some_and(|due| due <= now) {
            self.media.timeout(now);
        } else if let Some(phone) =
            self.phones.iter_mut().find(|phone| phone.poll_timeout().is_some_and(|due| due <= now))
        {
            phone.timeout(now);
        }
        self.settle();
    }

    fn deliver(&mut self, parcel: Parcel) {
        let now = self.now;
        match parcel {
            Parcel::ToServer(flow, bytes) => self.board.handle_input(now, Input::Packet { flow, bytes }),
            Parcel::ToPhone(id, flow, bytes) => self.at(id).packet(now, flow, bytes),
            Parcel::Closed(flow) => self.board.handle_input(now, Input::FlowClosed(flow)),
            Parcel::MediaToServer { from, port, bytes } => {
                if let Some((to, bytes)) = self.media.packet(now, from, port, &bytes) {
                    self.send_media(to, bytes);
                }
            }
            Parcel::MediaToPhone(id, packet) => self.at(id).hear(&packet),
        }
    }

    /// Drains all outputs of everybody.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.board.poll_output() {
                quiet = false;
                self.output(output);
            }
            while let Some(wish) = self.media.poll(self.now) {
                quiet = false;
                match wish {
                    Wish::Tell(event) => self.board.handle_input(self.now, Input::Media(event)),
                    Wish::Send(to, bytes) => self.send_media(to, bytes),
                }
                // One input, then all outputs, then the next input.
                while let Some(output) = self.board.poll_output() {
                    self.output(output);
                }
            }
            for phone in &mut self.phones {
                while let Some((flow, bytes)) = phone.poll(self.now) {
                    quiet = false;
                    let seen = Flow { remote: phone.address, ..flow };
                    if phone.manner != crate::Manner::Dead {
                        self.network.send(self.now, Parcel::ToServer(seen, bytes));
                    }
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Send { flow, bytes } => {
                let place = self.phones.iter().position(|phone| phone.flow_of_server() == flow);
                if let Some(place) = place {
                    let to = Flow { remote: SERVER, ..flow };
                    self.network.send(self.now, Parcel::ToPhone(PhoneId(place), to, bytes));
                } else if self.strayed.len() < STRAYED_MAX {
                    self.strayed.push((flow.remote, bytes));
                }
            }
            Output::CloseFlow(flow) => drop(self.cut.insert(flow)),
            Output::Media(order) => self.media.order(self.now, order),
            Output::Fact(fact) => self.note(*fact),
            Output::Reply { answer, .. } => self.reply = Some(answer),
            Output::Fault { tenant, what } => {
                assert!(self.faults_wanted, "a panic in the code of {tenant}: {what}");
                self.ledger.faults.push((tenant, what));
            }
            Output::Web(request) => self.web.push(*request),
            Output::KeepPrompt(take) => self.takes.push(*take),
            Output::DropTake(file) => self.dropped.push(file),
            Output::Drained => self.drained = true,
        }
    }

    /// The store keeps it; what is part of the plan is in the next one.
    fn note(&mut self, fact: TenantFact) {
        if let Fact::StatusSet { extension_id, status } = &fact.fact {
            let all = self.plans.iter_mut().filter(|plan| Some(plan.tenant_id) == fact.tenant_id);
            let own = all.flat_map(|plan| &mut plan.extensions).filter(|known| known.id == *extension_id);
            own.for_each(|known| known.presence.status = *status);
        }
        self.ledger.note(fact);
    }

    fn send_media(&mut self, to: SocketAddr, bytes: Bytes) {
        if let Some(place) = self.phones.iter().position(|phone| phone.media_address() == to) {
            self.network.send(self.now, Parcel::MediaToPhone(PhoneId(place), bytes));
        }
    }

    fn load_plans(&mut self) {
        for plan in self.plans.clone() {
            self.tell(Input::Plan(Box::new(plan)));
        }
        self.load_trunks();
    }
}

/// The SIP secret of an extension.
pub fn secret(domain: &str, number: &str) -> String {
    format!("secret of {number} at {domain}")
}

/// The server's address.
pub const fn server_ip() -> IpAddr {
    ADDRESS
}

/// An extension of a tenant, that has set nothing; its id is the tenant's times a thousand and its number.
pub fn extension(tenant: i64, domain: &str, number: i64) -> ExtensionPlan {
    let (user, secret) = (number.to_string(), secret(domain, &number.to_string()));
    ExtensionPlan {
        mailbox: switch::Mailbox::default().shared(),
        record_calls: false,
        id: ExtensionId(tenant * 1_000 + number),
        name: format!("Person {number}"),
        enabled: true,
        ring_seconds: 60,
        ha1: ha1(&user, domain, &secret),
        login_ha1: ha1(&format!("{user}@{domain}"), LOGIN_REALM, &secret),
        credential_epoch: 1,
        presence: shared::presence::OwnPresence::default(),
        calling: switch::Calling::default().shared(),
        groups: vec![shared::ExtensionGroupId(tenant)],
        rights: shared::extension_group::Rights::ALL,
        has_balance: false,
        number: user,
    }
}

/// A tenant with 101 to 104.
fn tenant(id: i64, domain: &str) -> TenantPlan {
    TenantPlan {
        tenant_id: TenantId(id),
        name: domain.split('.').next().unwrap_or_default().to_owned(),
        domain: domain.to_owned(),
        enabled: true,
        quota: Quota::default(),
        bill_outbound: false,
        hours: shared::hours::OfficeHours::default(),
        time_zone: jiff::tz::TimeZone::UTC,
        extensions: (101..=104).map(|number| extension(id, domain, number)).collect(),
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
        dialing: shared::dialing::DialingCodes::default(),
        blocked: shared::blocked_number::BlockedNumbers::default(),
        codes: shared::feature_code::FeatureCodes::default(),
        recording_rules: Default::default(),
        storage_full: false,
    }
}
