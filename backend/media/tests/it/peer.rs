//! A browser, made of the same sub-crates in the other role: full ICE reduced to checks, DTLS, SRTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use media::{SocketId, Transmit};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::crypto_provider::providers::RingProvider;
use rtc_dtls::crypto_provider::{HashAlgorithm, RTCCryptoProvider};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_srtp::config::{Config, LABEL_EXTRACTOR_DTLS_SRTP};
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::attributes::{
    ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, ATTR_XORMAPPED_ADDRESS, AttrType,
};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Getter, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use rtc_stun::xoraddr::XorMappedAddress;

use crate::world::World;

const ENGINE: &str = "192.0.2.10:40000";

pub struct Browser {
    provider: Arc<dyn RTCCryptoProvider>,
    pub certificate: Certificate,
    pub ufrag: String,
    pub pwd: String,
    pub address: SocketAddr,
    /// The engine's socket that its packets come to.
    pub socket: SocketId,
    remote: Option<(String, String)>,
    endpoint: Option<Endpoint>,
    start: Instant,
    epoch: i64,
    profiles: Vec<SrtpProtectionProfile>,
    /// The longest datagram of its handshake.
    pub mtu: usize,
    pub contexts: Option<(Context, Context)>,
    pub profile: Option<SrtpProtectionProfile>,
}

impl Browser {
    pub fn new(address: &str) -> Self {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::new());
        let certificate = Certificate::generate_self_signed(vec!["peer".to_owned()], provider.crypto()).unwrap();
        Self {
            provider,
            certificate,
            ufrag: "peerfrag".into(),
            pwd: "peerpassword-of-24-chars".into(),
            address: address.parse().unwrap(),
            socket: SocketId::BROWSERS,
            remote: None,
            endpoint: None,
            start: Instant::now(),
            epoch: 0,
            profiles: vec![
                SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
            ],
            mtu: 1_200,
            contexts: None,
            profile: None,
        }
    }

    /// As Chromium negotiates.
    pub fn without_gcm(mut self) -> Self {
        self.profiles.remove(0);
        self
    }

    pub fn fingerprint(&self) -> String {
        let hash = self.provider.crypto().hash(HashAlgorithm::Sha256, &self.certificate.certificate[0]).unwrap();
        hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// A description as browsers write it.
    pub fn description(&self, setup: &str, formats: &[&str]) -> String {
        let numbers: Vec<_> = formats.iter().map(|format| format.split(' ').next().unwrap()).collect();
        let mut text = format!(
            "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
             a=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\nm=audio 9 UDP/TLS/RTP/SAVPF {}\r\n\
             c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=ice-options:trickle\r\n\
             a=fingerprint:sha-256 {}\r\na=setup:{setup}\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
            numbers.join(" "),
            self.ufrag,
            self.pwd,
            self.fingerprint(),
        );
        for format in formats {
            text += &format!("a=rtpmap:{format}\r\n");
        }
        text + "a=ssrc:3735928559 cname:peer\r\n"
    }

    /// Takes the engine's description.
    pub fn take(&mut self, description: &str) {
        let value = |name: &str| {
            description
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("{name}: {description}"))
                .to_owned()
        };
        self.remote = Some((value("a=ice-ufrag:"), value("a=ice-pwd:")));
    }

    pub fn check_with(&self, pwd: &str, nominate: bool) -> Vec<u8> {
        let (ufrag, _) = self.remote.clone().unwrap();
        let mut message = Message::new();
        message.transaction_id = TransactionId([7; 12]);
        message.set_type(BINDING_REQUEST);
        message.write_header();
        TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:{}", self.ufrag)).add_to(&mut message).unwrap();
        message.add(ATTR_ICE_CONTROLLING, &[1; 8]);
        message.add(ATTR_PRIORITY, &[0, 0, 1, 0]);
        if nominate {
            message.add(ATTR_USE_CANDIDATE, &[]);
        }
        let crypto = self.provider.crypto();
        MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), crypto).add_to(&mut message).unwrap();
        FINGERPRINT.add_to(&mut message).unwrap();
        message.raw
    }

    /// A check that holds these attributes too, each behind two bytes of type and one of length, signed as it should be.
    pub fn signed(&self, attributes: &[u8]) -> Vec<u8> {
        let (ufrag, pwd) = self.remote.clone().unwrap();
        let mut message = Message::new();
        message.transaction_id = TransactionId([7; 12]);
        message.set_type(BINDING_REQUEST);
        message.write_header();
        TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:{}", self.ufrag)).add_to(&mut message).unwrap();
        let mut rest = attributes;
        while let [high, low, length, more @ ..] = rest {
            let (value, more) = more.split_at(usize::from(*length).min(more.len()));
            message.add(AttrType(u16::from_be_bytes([*high, *low])), value);
            rest = more;
        }
        let crypto = self.provider.crypto();
        let signed = MessageIntegrity::new_short_term_integrity_with_provider(pwd, crypto).add_to(&mut message);
        if signed.is_ok() {
            let _ = FINGERPRINT.add_to(&mut message);
        }
        message.raw
    }

    /// Checks from its address; true when the answer is right and signed.
    pub fn check(&self, world: &mut World, nominate: bool) -> bool {
        let pwd = self.remote.clone().unwrap().1;
        let request = self.check_with(&pwd, nominate);
        let Some((transmit, bytes)) = world.packet(self.socket, self.address, &request) else { return false };
        assert_eq!(transmit, Transmit { socket: self.socket, to: self.address });
        let mut reply = Message::new();
        reply.unmarshal_binary(&bytes).unwrap();
        assert_eq!(reply.typ, BINDING_SUCCESS);
        assert_eq!(reply.transaction_id, TransactionId([7; 12]));
        FINGERPRINT.check(&reply).unwrap();
        MessageIntegrity::check(&mut reply, pwd.as_bytes(), self.provider.crypto()).unwrap();
        let mut mapped = XorMappedAddress::default();
        mapped.get_from(&reply).unwrap();
        assert!(reply.contains(ATTR_XORMAPPED_ADDRESS));
        (mapped.ip, mapped.port) == (self.address.ip(), self.address.port())
    }

    fn instant(&self, world: &World) -> Instant {
        self.start + Duration::from_micros(world.now.0.abs_diff(self.epoch))
    }

    pub fn prepare(&mut self, world: &World, client: bool) {
        self.epoch = world.now.0;
        let config = ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(self.profiles.clone())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .with_insecure_skip_verify(true)
            .with_mtu(self.mtu)
            .with_server_name("peer".into())
            .build(client, None)
            .unwrap();
        let config = Arc::new(config);
        let engine: SocketAddr = ENGINE.parse().unwrap();
        let mut endpoint = Endpoint::new(self.address, Default::default(), (!client).then(|| config.clone()));
        if client {
            endpoint.connect(self.instant(world), engine, config, None).unwrap();
        }
        self.endpoint = Some(endpoint);
    }

    /// Carries handshake datagrams both ways until nothing is left; `lose` says which of ours are lost, by number.
    pub fn shake(&mut self, world: &mut World, lose: &[usize]) {
        let mut count = 0;
        loop {
            let mut moved = false;
            while let Some(transmit) = self.endpoint.as_mut().unwrap().poll_transmit() {
                moved = true;
                count += 1;
                if !lose.contains(&count) {
                    assert!(world.packet(self.socket, self.address, &transmit.message).is_none());
                }
            }
            moved |= self.receive_handshake(world);
            if !moved {
                return;
            }
        }
    }

    /// What it has to send.
    pub fn flight(&mut self) -> Vec<Vec<u8>> {
        let endpoint = self.endpoint.as_mut().unwrap();
        std::iter::from_fn(|| endpoint.poll_transmit()).map(|transmit| transmit.message.to_vec()).collect()
    }

    /// The same with every datagram of ours broken on its way.
    pub fn shake_broken(&mut self, world: &mut World, mut mutate: impl FnMut(&[u8]) -> Vec<u8>) {
        for _ in 0..20 {
            while let Some(transmit) = self.endpoint.as_mut().unwrap().poll_transmit() {
                world.packet(self.socket, self.address, &mutate(&transmit.message));
                // Some arrive whole, so that every flight is reached.
                world.packet(self.socket, self.address, &transmit.message);
            }
            if !self.receive_handshake(world) {
                return;
            }
        }
    }

    /// Takes what the engine has sent to it; true when there was any.
    pub fn receive_handshake(&mut self, world: &mut World) -> bool {
        let engine: SocketAddr = ENGINE.parse().unwrap();
        let now = self.instant(world);
        let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(&mut world.sent)
            .into_iter()
            .partition(|(transmit, bytes)| transmit.to == self.address && (20..64).contains(&bytes[0]));
        world.sent = others;
        let endpoint = self.endpoint.as_mut().unwrap();
        for (_, bytes) in &mine {
            let events = endpoint.read(now, engine, None, BytesMut::from(&bytes[..])).unwrap_or_default();
            if events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
                let state = endpoint.get_connection_state(engine).unwrap();
                let profile = match state.srtp_protection_profile() {
                    SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
                    _ => ProtectionProfile::Aes128CmHmacSha1_80,
                };
                self.profile = Some(state.srtp_protection_profile());
                let mut config = Config { profile, ..Config::default() };
                let length = config.keying_material_len();
                let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length).unwrap();
                config.set_session_keys_from_keying_material(material.as_ref(), state.is_client()).unwrap();
                let crypto = self.provider.crypto();
                let context = |key: &[u8], salt: &[u8]| Context::new(key, salt, profile, None, None, crypto).unwrap();
                self.contexts = Some((
                    context(&config.keys.local_master_key, &config.keys.local_master_salt),
                    context(&config.keys.remote_master_key, &config.keys.remote_master_salt),
                ));
            }
        }
        !mine.is_empty()
    }

    pub fn wake(&mut self, world: &World) {
        let engine: SocketAddr = ENGINE.parse().unwrap();
        let now = self.instant(world);
        self.endpoint.as_mut().unwrap().handle_timeout(engine, now).unwrap();
    }

    pub fn encrypt(&mut self, plain: &[u8]) -> Vec<u8> {
        self.contexts.as_mut().unwrap().0.encrypt_rtp(plain).unwrap().to_vec()
    }

    pub fn decrypt(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.contexts.as_mut().unwrap().1.decrypt_rtp(bytes).unwrap().to_vec()
    }
}
