//! What a caller of a receptionist has typed: a choice, somebody's number, or nothing that leads anywhere (IVR-05…IVR-12);
//! a pure function.

use std::time::Duration;

use shared::action_url::Trigger;
use shared::receptionist::{DELAY_SECONDS, DialMode, FAX_KEY, MenuAction, ReceptionistSettings, RowKeys};

/// The most digits that are listened to at once.
pub const TYPED_MAX: usize = 24;

/// What comes of what was typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// More may come; without another key for so long, it is complete.
    Waits(Duration),
    /// Nothing that counts was pressed.
    Ignored,
    /// This row, by its place.
    Row(usize),
    /// The entry that asks a server, by its place.
    Entry(usize),
    /// Somebody's number.
    Number(String),
    /// It is nobody's number: the mode asks for one of just this length.
    Unknown,
    /// No row and no number.
    Nowhere,
}

/// Reads what was typed. `numbers` are all of the tenant's, in order; `is_complete` says that nothing more came, or `#`.
pub fn choice(settings: &ReceptionistSettings, numbers: &[String], typed: &str, is_complete: bool) -> Choice {
    let entries = || settings.urls.iter().enumerate().filter(|(_, entry)| entry.trigger == Trigger::Keys);
    if let Some((place, _)) = entries().find(|(_, entry)| entry.matches(typed)) {
        return Choice::Entry(place);
    }
    let rows = || settings.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row, row.read()?)));
    let matching = rows().filter(|(.., keys)| keys.matches(typed));
    let matching = matching.max_by_key(|(.., keys)| keys.precision());
    let gap = Duration::from_secs(settings.gap_seconds.into());
    if let Some((place, row, keys)) = matching {
        let waits = wait_of(keys, gap).filter(|_| !is_complete);
        match (waits, &row.action) {
            // A number of the mode's length, or one that is there, comes before a row that waits.
            (Some(wait), _) => {
                return match dialled(settings, numbers, typed, false) {
                    Some(found @ Choice::Number(_)) => found,
                    _ => Choice::Waits(wait),
                };
            }
            (None, MenuAction::Nothing) => return Choice::Ignored,
            (None, _) => return Choice::Row(place),
        }
    }
    if let Some(found) = dialled(settings, numbers, typed, is_complete) {
        return found;
    }
    let row_may_come =
        rows().any(|(.., keys)| keys.may_match(typed)) || entries().any(|(_, entry)| entry.may_match(typed));
    match () {
        () if typed.is_empty() => Choice::Ignored,
        () if is_complete => Choice::Nowhere,
        () if row_may_come || settings.dials_extensions => Choice::Waits(gap),
        () => Choice::Nowhere,
    }
}

/// The row for fax machines, by its place (IVR-11).
pub fn fax_row(settings: &ReceptionistSettings) -> Option<usize> {
    settings.rows.iter().position(|row| row.keys == FAX_KEY && row.action != MenuAction::Nothing)
}

/// How long a row that is complete waits for more.
fn wait_of(keys: RowKeys<'_>, gap: Duration) -> Option<Duration> {
    match keys {
        RowKeys { delayed: true, .. } => Some(Duration::from_secs(DELAY_SECONDS.into())),
        RowKeys { open: true, .. } => Some(gap),
        RowKeys { .. } => None,
    }
}

/// What the mode makes of the digits (IVR-07, IVR-12).
fn dialled(settings: &ReceptionistSettings, numbers: &[String], typed: &str, is_complete: bool) -> Option<Choice> {
    if !settings.dials_extensions || typed.is_empty() {
        return None;
    }
    let there = numbers.binary_search_by(|number| number.as_str().cmp(typed)).is_ok();
    let number = || Choice::Number(typed.to_owned());
    match settings.dial_mode {
        DialMode::WhenMatches => there.then(number),
        DialMode::AfterDigits { digits } if typed.len() >= digits as usize => {
            Some(if there { number() } else { Choice::Unknown })
        }
        DialMode::AfterDigits { .. } => None,
        DialMode::Pound if is_complete && there => Some(number()),
        DialMode::Pound => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::action_url::ActionUrl;
    use shared::destination::Destination;
    use shared::receptionist::MenuRow;

    use super::*;

    fn row(keys: &str) -> MenuRow {
        MenuRow { keys: keys.into(), action: MenuAction::Lead { to: Destination::EndCall } }
    }

    fn menu(rows: &[&str]) -> ReceptionistSettings {
        ReceptionistSettings { rows: rows.iter().map(|keys| row(keys)).collect(), ..ReceptionistSettings::default() }
    }

    fn numbers() -> Vec<String> {
        ["101", "102", "2001", "401"].map(str::to_owned).to_vec()
    }

    const GAP: Choice = Choice::Waits(Duration::from_secs(2));
    const DELAY: Choice = Choice::Waits(Duration::from_secs(3));

    fn after(settings: &ReceptionistSettings, typed: &str) -> Choice {
        choice(settings, &numbers(), typed, false)
    }

    fn at_last(settings: &ReceptionistSettings, typed: &str) -> Choice {
        choice(settings, &numbers(), typed, true)
    }

    // covers: IVR-08, IVR-09, IVR-12
    #[test]
    fn ivr_08_a_choice_counts_at_once_and_one_with_the_delay_mark_leaves_time_for_a_number() {
        let at_once = menu(&["1", "9"]);
        assert_eq!(after(&at_once, "1"), Choice::Row(0), "it hides 101");
        assert_eq!(after(&at_once, "4"), GAP);
        assert_eq!(after(&at_once, "401"), Choice::Number("401".into()));
        let delayed = menu(&["1#", "9"]);
        assert_eq!(after(&delayed, "1"), DELAY);
        assert_eq!(at_last(&delayed, "1"), Choice::Row(0));
        assert_eq!(after(&delayed, "10"), GAP);
        assert_eq!(after(&delayed, "101"), Choice::Number("101".into()));
        assert_eq!(at_last(&delayed, "10"), Choice::Nowhere);
    }

    // covers: IVR-05, IVR-07
    #[test]
    fn ivr_07_each_mode_looks_for_an_extension_at_its_own_time() {
        let mode = |dial_mode| ReceptionistSettings { dial_mode, ..ReceptionistSettings::default() };
        let number = |number: &str| Choice::Number(number.into());
        let matches = mode(DialMode::WhenMatches);
        let three = mode(DialMode::AfterDigits { digits: 3 });
        let pound = mode(DialMode::Pound);
        for (settings, typed, now, at_the_end) in [
            (&matches, "10", GAP, Choice::Nowhere),
            (&matches, "101", number("101"), number("101")),
            (&matches, "999", GAP, Choice::Nowhere),
            (&three, "10", GAP, Choice::Nowhere),
            (&three, "101", number("101"), number("101")),
            (&three, "999", Choice::Unknown, Choice::Unknown),
            (&three, "200", Choice::Unknown, Choice::Unknown),
            (&pound, "101", GAP, number("101")),
            (&pound, "2001", GAP, number("2001")),
            (&pound, "999", GAP, Choice::Nowhere),
        ] {
            assert_eq!(after(settings, typed), now, "{:?} {typed}", settings.dial_mode);
            assert_eq!(at_last(settings, typed), at_the_end, "{:?} {typed} at the end", settings.dial_mode);
        }
        let nobody = ReceptionistSettings { dials_extensions: false, ..menu(&["12"]) };
        assert_eq!(after(&nobody, "101"), Choice::Nowhere);
        assert_eq!(after(&nobody, "1"), GAP);
        assert_eq!(after(&nobody, "2"), Choice::Nowhere);
        assert_eq!(after(&nobody, ""), Choice::Ignored);
    }

    // covers: IVR-17
    #[test]
    fn ivr_17_an_entry_comes_before_a_choice_of_the_same_keys() {
        let entry = |list: &str| ActionUrl { list: list.into(), ..ActionUrl::default() };
        let callers = ActionUrl { trigger: Trigger::Caller, ..entry("2") };
        let settings = ReceptionistSettings { urls: vec![callers, entry("1,810000-880000")], ..menu(&["1", "2"]) };
        assert_eq!(after(&settings, "1"), Choice::Entry(1));
        assert_eq!(after(&settings, "2"), Choice::Row(1), "the other entry listens to callers");
        let settings = ReceptionistSettings { dials_extensions: false, ..settings };
        assert_eq!(after(&settings, "81234"), GAP);
        assert_eq!(after(&settings, "812345"), Choice::Entry(1));
        assert_eq!(at_last(&settings, "81234"), Choice::Nowhere);
        assert_eq!(after(&settings, "9"), Choice::Nowhere);
    }

    // covers: IVR-06, IVR-10
    #[test]
    fn ivr_10_the_most_precise_row_wins_and_a_row_without_action_is_ignored() {
        let mut settings = menu(&["*", "7x", "71"]);
        settings.dials_extensions = false;
        assert_eq!(after(&settings, "71"), Choice::Row(2));
        assert_eq!(after(&settings, "72"), Choice::Row(1));
        assert_eq!(after(&settings, "7"), GAP, "more digits may follow");
        assert_eq!(at_last(&settings, "7"), Choice::Row(0));
        assert_eq!(at_last(&settings, "5"), Choice::Row(0));
        settings.rows[2].action = MenuAction::Nothing;
        assert_eq!(after(&settings, "71"), Choice::Ignored);
    }
}
