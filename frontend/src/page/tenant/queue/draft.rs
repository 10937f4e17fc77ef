//! What stands in the form of a queue, and the part of it that is shown.

use leptos::prelude::*;
use shared::language::Language;
use shared::queue::{CallbackOffer, PositionAnnouncement, QueueSettings};
use shared::ring_group::RingStrategy;
use shared::{ExtensionId, SoundId};

use crate::page::target::Target;

/// How members may ring; paging is none of a queue.
pub const STRATEGIES: [(&str, RingStrategy); 4] = [
    ("simultaneous", RingStrategy::Simultaneous),
    ("prioritized", RingStrategy::Prioritized),
    ("cyclic", RingStrategy::Cyclic),
    ("least_worked", RingStrategy::LeastWorked),
];

/// The word of a choice.
pub const NEVER: &str = "never";
/// See [`NEVER`].
pub const ONCE: &str = "once";
/// See [`NEVER`].
pub const EVERY: &str = "every";
/// See [`NEVER`].
pub const ANYTIME: &str = "anytime";
/// See [`NEVER`].
pub const AFTER: &str = "after";

/// A part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    General,
    Waiting,
    Members,
    Managers,
    Lost,
}

impl Part {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::General, Self::Waiting, Self::Members, Self::Managers, Self::Lost];

    /// Where a field stands.
    pub fn of(field: &str) -> Self {
        match field.split(['.', '[']).next().unwrap_or_default() {
            "introduction" | "introduces_first" | "music" | "position" | "says_wait" | "callback" | "callback_key"
            | "callback_prefix" | "language" => Self::Waiting,
            "members" | "pause_reasons" | "wrap_up_seconds" => Self::Members,
            "managers" | "sla_seconds" => Self::Managers,
            _ => Self::General,
        }
    }

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Waiting => "Waiting",
            Self::Members => "Members",
            Self::Managers => "Managers",
            Self::Lost => "Lost calls",
        }
    }

    /// Under this name tests find it.
    pub const fn testid(self) -> &'static str {
        match self {
            Self::General => "part-general",
            Self::Waiting => "part-waiting",
            Self::Members => "part-members",
            Self::Managers => "part-managers",
            Self::Lost => "part-lost",
        }
    }

    /// So many places further, round and round.
    pub fn moved(self, by: isize) -> Self {
        let count = Self::ALL.len() as isize;
        let place = Self::ALL.iter().position(|part| *part == self).unwrap_or(0) as isize;
        let next = (place + by).rem_euclid(count) as usize;
        Self::ALL.get(next).copied().unwrap_or(self)
    }
}

/// The signals of the form.
#[derive(Clone, Copy)]
pub struct Draft {
    pub number: RwSignal<String>,
    pub name: RwSignal<String>,
    pub strategy: RwSignal<String>,
    pub ring_seconds: RwSignal<String>,
    pub wait_seconds: RwSignal<String>,
    pub waiting_max: RwSignal<String>,
    pub skip_busy: RwSignal<bool>,
    pub waits_without: RwSignal<bool>,
    pub ready_by_itself: RwSignal<bool>,
    pub wrap_up: RwSignal<String>,
    pub reasons: RwSignal<String>,
    pub members: RwSignal<Vec<ExtensionId>>,
    pub managers: RwSignal<Vec<String>>,
    pub sla: RwSignal<String>,
    pub mails_lost: RwSignal<bool>,
    pub language: RwSignal<String>,
    pub introduction: RwSignal<String>,
    pub introduces_first: RwSignal<bool>,
    pub music: RwSignal<String>,
    pub position: RwSignal<String>,
    pub position_seconds: RwSignal<String>,
    pub says_wait: RwSignal<bool>,
    pub callback: RwSignal<String>,
    pub callback_seconds: RwSignal<String>,
    pub callback_key: RwSignal<String>,
    pub callback_prefix: RwSignal<String>,
    pub otherwise: Target,
    pub caller_id: RwSignal<String>,
}

impl Draft {
    /// As a queue is set up.
    pub fn of(settings: &QueueSettings) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        let sound = |id: Option<SoundId>| RwSignal::new(id.map(|id| id.to_string()).unwrap_or_default());
        let (position, position_seconds) = match settings.position {
            PositionAnnouncement::Never => (NEVER, 30),
            PositionAnnouncement::Once => (ONCE, 30),
            PositionAnnouncement::Every { seconds } => (EVERY, seconds),
        };
        let (callback, callback_seconds) = match settings.callback {
            CallbackOffer::Never => (NEVER, 600),
            CallbackOffer::Anytime => (ANYTIME, 600),
            CallbackOffer::After { seconds } => (AFTER, seconds),
        };
        let strategy = STRATEGIES.iter().find(|(_, known)| *known == settings.strategy).map_or("", |(key, _)| key);
        Self {
            number: text(&settings.number),
            name: text(&settings.name),
            strategy: text(strategy),
            ring_seconds: text(&settings.ring_seconds.to_string()),
            wait_seconds: text(&settings.wait_seconds_max.to_string()),
            waiting_max: text(&settings.waiting_max.to_string()),
            skip_busy: RwSignal::new(settings.skip_busy),
            waits_without: RwSignal::new(settings.waits_without_members),
            ready_by_itself: RwSignal::new(settings.ready_by_itself),
            wrap_up: text(&settings.wrap_up_seconds.to_string()),
            reasons: text(&settings.pause_reasons.join("\n")),
            members: RwSignal::new(settings.members.clone()),
            managers: RwSignal::new(settings.managers.iter().map(ToString::to_string).collect()),
            sla: text(&settings.sla_seconds.to_string()),
            mails_lost: RwSignal::new(settings.mails_lost_calls),
            language: text(settings.language.code()),
            introduction: sound(settings.introduction),
            introduces_first: RwSignal::new(settings.introduces_first),
            music: sound(settings.music),
            position: text(position),
            position_seconds: text(&position_seconds.to_string()),
            says_wait: RwSignal::new(settings.says_wait),
            callback: text(callback),
            callback_seconds: text(&callback_seconds.to_string()),
            callback_key: text(&settings.callback_key.to_string()),
            callback_prefix: text(&settings.callback_prefix),
            otherwise: Target::of(&settings.otherwise),
            caller_id: text(&settings.outbound_caller_id),
        }
    }

    /// What stands there now. A number that is none is one that is refused.
    pub fn read(self) -> QueueSettings {
        let count =
            |text: RwSignal<String>, wrong: u32| text.with_untracked(|text| text.trim().parse().unwrap_or(wrong));
        let sound = |id: RwSignal<String>| id.with_untracked(|id| id.parse().ok());
        let position = match self.position.get_untracked().as_str() {
            ONCE => PositionAnnouncement::Once,
            EVERY => PositionAnnouncement::Every { seconds: count(self.position_seconds, 0) },
            _ => PositionAnnouncement::Never,
        };
        let callback = match self.callback.get_untracked().as_str() {
            ANYTIME => CallbackOffer::Anytime,
            AFTER => CallbackOffer::After { seconds: count(self.callback_seconds, 0) },
            _ => CallbackOffer::Never,
        };
        let strategy =
            self.strategy.with_untracked(|key| STRATEGIES.iter().find(|(known, _)| known == key).map(|one| one.1));
        let lines = self.reasons.get_untracked();
        let reasons = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
        QueueSettings {
            number: self.number.get_untracked(),
            name: self.name.get_untracked(),
            strategy: strategy.unwrap_or_default(),
            ring_seconds: count(self.ring_seconds, 0),
            wait_seconds_max: count(self.wait_seconds, 0),
            waiting_max: count(self.waiting_max, 0),
            skip_busy: self.skip_busy.get_untracked(),
            waits_without_members: self.waits_without.get_untracked(),
            ready_by_itself: self.ready_by_itself.get_untracked(),
            wrap_up_seconds: count(self.wrap_up, u32::MAX),
            pause_reasons: reasons.collect(),
            members: self.members.get_untracked(),
            managers: self.managers.with_untracked(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect()),
            sla_seconds: count(self.sla, u32::MAX),
            mails_lost_calls: self.mails_lost.get_untracked(),
            language: self.language.with_untracked(|code| Language::of_code(code)).unwrap_or_default(),
            introduction: sound(self.introduction),
            introduces_first: self.introduces_first.get_untracked(),
            music: sound(self.music),
            position,
            says_wait: self.says_wait.get_untracked(),
            callback,
            callback_key: self.callback_key.with_untracked(|key| key.trim().chars().next().unwrap_or(' ')),
            callback_prefix: self.callback_prefix.with_untracked(|prefix| prefix.trim().to_owned()),
            otherwise: self.otherwise.destination(),
            outbound_caller_id: self.caller_id.with_untracked(|id| id.trim().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //
    #[test]
    fn q_01_what_stands_in_the_form_is_what_was_set() {
        let plain = QueueSettings { number: "8000".into(), name: "Sales".into(), ..QueueSettings::default() };
        let full = QueueSettings {
            strategy: RingStrategy::Cyclic,
            pause_reasons: vec!["Lunch".into(), "Meeting".into()],
            members: vec![ExtensionId(1), ExtensionId(2)],
            managers: vec![ExtensionId(3)],
            sla_seconds: 180,
            mails_lost_calls: true,
            introduction: Some(SoundId(4)),
            music: Some(SoundId(5)),
            position: PositionAnnouncement::Every { seconds: 45 },
            callback: CallbackOffer::After { seconds: 90 },
            callback_key: '5',
            callback_prefix: "0".into(),
            outbound_caller_id: "+4930".into(),
            ..plain.clone()
        };
        for settings in [plain, full] {
            assert_eq!(Draft::of(&settings).read(), settings);
        }
    }

    #[test]
    fn each_field_has_its_part_and_the_parts_go_round() {
        for (field, part) in [
            ("number", Part::General),
            ("otherwise.number", Part::General),
            ("position.seconds", Part::Waiting),
            ("pause_reasons[1]", Part::Members),
            ("sla_seconds", Part::Managers),
        ] {
            assert_eq!(Part::of(field), part, "{field}");
        }
        assert_eq!((Part::General.moved(-1), Part::Lost.moved(1)), (Part::Lost, Part::General));
    }
}
