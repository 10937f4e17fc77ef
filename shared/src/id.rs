//! Ids: 63-bit integers that sort by time, each noun with a type and a prefix of its own.
//!
//! They print, and travel as JSON strings, as `ten_229806676134465536`; on input the bare number is taken too, as text
//! or as a number (API-13).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Moment;

/// Makes ids: 41 bits of milliseconds since 2020, 6 bits of source, 16 bits of counter. Two sources never collide.
#[derive(Debug)]
pub struct IdSource {
    source: u8,
    last: i64,
}

/// 2020-01-01T00:00:00Z in milliseconds.
const EPOCH_MILLIS: i64 = 1_577_836_800_000;

impl IdSource {
    /// `source` tells apart those who make ids at the same time; six bits of it count.
    pub const fn new(source: u8) -> Self {
        Self { source: source & 0x3f, last: 0 }
    }

    /// The next id; strictly greater than the one before, even if `now` stands still.
    pub fn next<I: From<i64>>(&mut self, now: Moment) -> I {
        let fresh = (now.millis() - EPOCH_MILLIS).max(1) << 22 | i64::from(self.source) << 16;
        // A spent counter borrows from the next millisecond; the source bits stay.
        self.last = match self.last {
            last if fresh > last => fresh,
            last if last & 0xffff == 0xffff => ((last >> 22) + 1) << 22 | i64::from(self.source) << 16,
            last => last + 1,
        };
        I::from(self.last)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
        pub struct $name(pub i64);

        impl $name {
            /// What stands before the number when it prints.
            pub const PREFIX: &'static str = $prefix;
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self { Self(value) }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 { id.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($prefix, "_{}"), self.0) }
        }

        impl FromStr for $name {
            type Err = &'static str;
            fn from_str(text: &str) -> Result<Self, Self::Err> { number(text, Self::PREFIX).map(Self) }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.collect_str(self) }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor(Self::PREFIX)).map(Self)
            }
        }
    )*};
}

ids! {
    /// A tenant: one company with one SIP domain.
    TenantId = "ten";
    /// An account that can sign in to a portal.
    AccountId = "acc";
    /// An extension of a tenant.
    ExtensionId = "ext";
    /// A call, from its first INVITE to its record.
    CallId = "call";
    /// A SIP binding of an extension to one contact.
    RegistrationId = "reg";
    /// Something that has happened.
    FactId = "fact";
    /// A line of the activity log: who changed what.
    ActivityId = "act";
    /// A line of the event log.
    EventId = "evt";
    /// A signed-in session (a chain of refresh tokens).
    SessionId = "ses";
    /// A stored piece of work that follows.
    JobId = "job";
    /// An instant message.
    MessageId = "msg";
    /// A refused registration, repeats counted.
    RefusalId = "ref";
    /// An entry of the IP list.
    IpEntryId = "ip";
    /// A transport that SIP listens on.
    TransportId = "trn";
    /// Of a [`crate::subscription::Subscription`].
    SubscriptionId = "sub";
    /// Of a [`crate::trunk::Trunk`].
    TrunkId = "trk";
    /// Of a [`crate::inbound_rule::InboundRule`].
    InboundRuleId = "inr";
    /// Of a [`crate::outbound_rule::OutboundRule`].
    OutboundRuleId = "our";
    /// A sound that the server keeps: what it plays, or has recorded.
    SoundId = "snd";
    /// Of a [`crate::receptionist::Receptionist`].
    ReceptionistId = "vr";
    /// Of a [`crate::voicemail::Voicemail`].
    VoicemailId = "vm";
    /// A desk phone that is configured from here.
    PhoneId = "phn";
    /// Of a [`crate::recording::Recording`].
    RecordingId = "rec";
    /// Of a ring group.
    RingGroupId = "rgp";
    /// Of an [`crate::extension_group::ExtensionGroup`].
    ExtensionGroupId = "xgr";
    /// Of a [`crate::blocked_number::BlockedNumber`].
    BlockedNumberId = "bln";
    /// Of a [`crate::balance::BalanceEntry`].
    BalanceEntryId = "bal";
    /// Of a [`crate::queue::Queue`].
    QueueId = "que";
    /// Of a [`crate::queue_call::QueueCall`].
    QueueCallId = "qcl";
    /// Of a [`crate::queue_caller::Vip`].
    VipId = "vip";
    /// Of a [`crate::queue_caller::ExclusiveAgent`].
    ExclusiveAgentId = "exa";
    /// Of a [`crate::queue_caller::Nuisance`].
    NuisanceId = "nui";
    /// Of a [`crate::conference::ConferenceRoom`].
    ConferenceRoomId = "cnf";
}

fn number(text: &str, prefix: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).unwrap_or(text);
    match digits.parse::<i64>() {
        Ok(id) if id > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(id),
        _ => Err("not an id"),
    }
}

struct IdVisitor(&'static str);

impl de::Visitor<'_> for IdVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id such as {}_229806676134465536", self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        number(text, self.0).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
        match i64::try_from(value) {
            Ok(value) if value > 0 => Ok(value),
            _ => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<i64, E> {
        if value > 0 { Ok(value) } else { Err(E::invalid_value(de::Unexpected::Signed(value), &self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: API-13
    #[test]
    fn ids_are_strings_out_and_either_in() {
        let id = TenantId(229_806_676_134_465_536);
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""ten_229806676134465536""#);
        for text in [r#""ten_229806676134465536""#, r#""229806676134465536""#, "229806676134465536"] {
            assert_eq!(serde_json::from_str::<TenantId>(text).unwrap(), id);
        }
        for text in [r#""ext_229806676134465536""#, r#""-1""#, r#""""#, "0", r#""+5""#] {
            assert!(serde_json::from_str::<TenantId>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_grow_even_when_time_stands_still() {
        let mut source = IdSource::new(3);
        let now = Moment::from_seconds(1_795_000_000);
        let mut last = CallId(0);
        for _ in 0..200_000 {
            let next: CallId = source.next(now);
            assert!(next > last);
            assert_eq!(next.0 >> 16 & 0x3f, 3);
            last = next;
        }
        assert!(last.0 > 1 << 53);
    }
}
