//! What is rung for a ring group: its members in their order, or all of them to speak to (RG-01…RG-06, PAG-02).

use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::ring_group::{RingGroupSettings, RingStrategy};
use shared::{ExtensionId, RingGroupId};

use crate::admission::Refusal;
use crate::leg::{Leg, Side};
use crate::outside::Outside;
use crate::pbx::goal::{Client, Rung, RungLegs};
use crate::pbx::{Onward, Pbx};
use crate::presentation::Shown;
use crate::routing::led;

/// The most groups that one call goes through.
const GROUPS_MAX: usize = 5;
/// The most members that one step of a trace names.
const NAMED_MAX: usize = 10;

impl Pbx {
    /// The members in their order, each with the time that the group gives, and then whatever comes when none of them answers.
    pub(super) fn rung_group(
        &self,
        outside: &mut Outside,
        id: RingGroupId,
        side: Side,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        let Some(group) = self.directory.ring_group(id) else {
            return Err(Refusal::GroupUnreachable(id.to_string(), Vec::new()));
        };
        let RingGroupSettings {
            number, name, strategy, ring_seconds, skip_busy, otherwise, outbound_caller_id, ..
        } = &group.settings;
        if client.groups.contains(&id) || client.groups.len() >= GROUPS_MAX {
            return Err(Refusal::Loop(number.clone()));
        }
        let mut rung = Rung { group: Some(id), ..Rung::default() };
        rung.notes.push((name.clone(), number.clone(), Reason::RoutedToGroup));
        let shown = Shown { group: Some((number.clone(), name.clone())), ..client.shown.clone() };
        let mut members = Vec::new();
        for member in self.turns.order(group) {
            match self.rung_member(outside, member, *skip_busy, side, &shown) {
                Ok(legs) => {
                    rung.groups.push(RungLegs { legs, seconds: Some(*ring_seconds), afresh: None });
                    members.push(member);
                }
                Err(reason) => rung.notes.push((name.clone(), self.number_of(member), reason)),
            }
        }
        if !members.is_empty() {
            let together = *strategy == RingStrategy::Simultaneous || members.len() == 1;
            let reason = if together { Reason::GroupRings } else { Reason::GroupRingsInTurn };
            rung.notes.push((name.clone(), self.named(&members), reason));
        }
        if *strategy == RingStrategy::Simultaneous && rung.groups.len() > 1 {
            let legs = std::mem::take(&mut rung.groups).into_iter().flat_map(|group| group.legs).collect();
            rung.groups = vec![RungLegs { legs, seconds: Some(*ring_seconds), afresh: None }];
        }
        rung.seconds = u32::try_from(rung.groups.len()).unwrap_or(u32::MAX).saturating_mul(*ring_seconds);
        // What a group sends out has the group's caller id (RG-04).
        let mut sender = client.clone();
        sender.groups.push(id);
        if !outbound_caller_id.is_empty() {
            sender.ids.set_usual(outbound_caller_id);
        }
        let next = led(&self.directory, client.at, otherwise, name, "")
            .and_then(|next| self.rung(outside, &next, side, &sender));
        if let Err(refusal) = &next
            && *otherwise != shared::destination::Destination::EndCall
        {
            rung.notes.push((name.clone(), String::new(), Reason::GroupOtherwise));
            rung.notes.extend(refusal.notes());
        }
        if let Ok(mut next) = next {
            if let Some(first) = next.groups.first_mut().filter(|_| next.onward.is_some()) {
                first.afresh = Some(next.seconds);
            }
            rung.onward = match next.host {
                Some(host) if !rung.groups.is_empty() => Some(Onward::Host(host)),
                host => {
                    rung.host = host;
                    next.onward
                }
            };
            rung.notes.push((name.clone(), String::new(), Reason::GroupOtherwise));
            rung.notes.extend(next.notes);
            rung.groups.extend(next.groups);
            rung.seconds = rung.seconds.saturating_add(next.seconds);
            rung.caller_id = next.caller_id;
        }
        rung.or_unreachable(number)
    }

    /// The devices of a member of a group; else why it is skipped.
    fn rung_member(
        &self,
        outside: &mut Outside,
        member: ExtensionId,
        skip_busy: bool,
        side: Side,
        shown: &Shown,
    ) -> Result<Vec<Leg>, Reason> {
        match self.directory.extension(member).filter(|known| known.enabled) {
            None => Err(Reason::CalleeDisabled),
            Some(known) if known.presence.status == PresenceStatus::DoNotDisturb => Err(Reason::CalleeNotDisturbed),
            Some(_) if skip_busy && !self.lines_now(member).is_empty() => Err(Reason::MemberBusy),
            Some(_) => match self.rung_devices(outside, member, side, shown) {
                Ok(found) => Ok(found.groups.into_iter().flat_map(|group| group.legs).collect()),
                Err(refusal) => Err(refusal.meaning().reason),
            },
        }
    }

    /// The devices that are to answer by themselves and listen, those of each member in a group of their own (PAG-02). Nobody is
    /// interrupted, and whoever pages does not page itself.
    pub(super) fn rung_page(
        &self,
        outside: &mut Outside,
        id: RingGroupId,
        caller: Option<ExtensionId>,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        let Some(group) = self.directory.ring_group(id) else {
            return Err(Refusal::GroupUnreachable(id.to_string(), Vec::new()));
        };
        let RingGroupSettings { number, name, ring_seconds, members, .. } = &group.settings;
        let mut rung = Rung { is_page: true, seconds: *ring_seconds, ..Rung::default() };
        rung.notes.push((name.clone(), number.clone(), Reason::PagesGroup));
        let group = Some((number.clone(), name.clone()));
        let shown = Shown { group, answers_itself: true, ..client.shown.clone() };
        for member in members.iter().copied().filter(|member| Some(*member) != caller) {
            match self.rung_member(outside, member, true, Side::Callee, &shown) {
                Ok(legs) => rung.groups.push(RungLegs { legs, ..RungLegs::default() }),
                Err(reason) => rung.notes.push((name.clone(), self.number_of(member), reason)),
            }
        }
        rung.or_unreachable(number)
    }

    /// The numbers of members, in their order, as a step of a trace names them.
    pub(super) fn named(&self, members: &[ExtensionId]) -> String {
        let numbers: Vec<String> = members.iter().take(NAMED_MAX).map(|member| self.number_of(*member)).collect();
        let rest = if members.len() > NAMED_MAX { ", …" } else { "" };
        format!("{}{rest}", numbers.join(", "))
    }
}
