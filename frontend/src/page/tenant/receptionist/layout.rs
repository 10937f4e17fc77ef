//! Where everything of the drawing of a receptionist stands: computed here, drawn in `flow`.

use shared::action_url::{Action, ActionUrl, Trigger};
use shared::destination::{Destination, is_dialled};
use shared::receptionist::{FAX_KEY, MenuAction, ReceptionistSettings, ReceptionistWay};

/// The width of the drawing, in its own units.
pub const WIDTH: f64 = 360.0;
/// The width of a box that a branch ends in.
const BOX_WIDTH: f64 = 184.0;
/// The least height of a box.
const BOX_HEIGHT: f64 = 36.0;
/// What each further line adds.
const LINE_HEIGHT: f64 = 16.0;
/// Between two branches.
const GAP: f64 = 14.0;
/// Where the trunk stands.
const TRUNK: f64 = 20.0;
/// The height of the receptionist's own box.
const START_HEIGHT: f64 = 48.0;
/// As many letters a line of a box has.
const BOX_LETTERS: usize = 22;
/// And the words on an edge.
const LABEL_LETTERS: usize = 17;
/// And the receptionist's own box.
const START_LETTERS: usize = 38;
/// The lines of a box.
const LINES_MAX: usize = 2;

/// Text of the drawing, cut where it is too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The lines that are drawn.
    pub lines: Vec<String>,
    /// All of it.
    pub whole: String,
}

impl Text {
    fn of(whole: String, letters: usize, lines: usize) -> Self {
        Self { lines: wrapped(&whole, letters, lines), whole }
    }
}

/// How a branch is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It leads somewhere.
    Plain,
    /// It leads nowhere.
    Open,
    /// It leads to whom the caller chooses.
    Chosen,
}

/// One way on from the receptionist.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// On the edge: the keys, or when it is taken.
    pub label: Text,
    /// In the box at its end.
    pub end: Text,
    /// How it is drawn.
    pub kind: Kind,
    /// By which way a caller comes to it.
    pub way: ReceptionistWay,
    /// The upper edge of its box.
    pub top: f64,
    /// The height of its box.
    pub height: f64,
}

impl Branch {
    /// The left edge of its box.
    pub const LEFT: f64 = WIDTH - BOX_WIDTH - 1.0;
    /// The width of its box.
    pub const WIDTH: f64 = BOX_WIDTH;

    /// The height at which its edge runs.
    pub fn middle(&self) -> f64 {
        self.top + self.height / 2.0
    }

    /// The line from the trunk to the box.
    pub fn edge(&self) -> String {
        let bend = 6.0;
        format!("M{TRUNK} {:.1}q0 {bend} {bend} {bend}H{:.1}", self.middle() - bend, Self::LEFT)
    }

    /// Where its label begins, and on which line it stands.
    pub fn label_place(&self) -> (f64, f64) {
        (TRUNK + 12.0, self.middle() - 6.0)
    }

    /// The line on which each line of its box stands, with its words.
    pub fn lines(&self) -> impl Iterator<Item = (f64, String)> + use<> {
        let lines = self.end.lines.clone();
        let first = self.middle() + 4.5 - LINE_HEIGHT * (lines.len().saturating_sub(1)) as f64 / 2.0;
        lines.into_iter().enumerate().map(move |(place, line)| (first + LINE_HEIGHT * place as f64, line))
    }

    /// In a sentence, for those who do not see the drawing.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.label.whole, self.end.whole)
    }
}

/// The whole drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Number and name of the receptionist.
    pub start: Text,
    /// The ways on, from above.
    pub branches: Vec<Branch>,
}

impl Layout {
    /// The height of the receptionist's own box, which stands at the top.
    pub const START_HEIGHT: f64 = START_HEIGHT;

    /// How everything of the receptionist stands; `name` says a destination in words.
    pub fn of(settings: &ReceptionistSettings, name: impl Fn(&Destination) -> String) -> Self {
        let number = Some(settings.number.trim()).filter(|number| !number.is_empty()).unwrap_or("New receptionist");
        let start = format!("{number} {}", settings.name.trim());
        let mut layout = Self { start: Text::of(start.trim().to_owned(), START_LETTERS, 1), branches: Vec::new() };
        // In the order in which they count: who calls is known before anything is typed.
        let (callers, typed) = settings.urls.iter().partition::<Vec<_>, _>(|entry| entry.trigger == Trigger::Caller);
        for entry in callers.into_iter().chain(typed) {
            layout.ask(entry);
        }
        for row in &settings.rows {
            let keys = match row.keys.as_str() {
                "" => "No key yet",
                FAX_KEY => "fax machine",
                keys => keys,
            };
            layout.add(keys, &row.action, ReceptionistWay::Choice { keys: row.keys.clone() }, &name);
        }
        if settings.dials_extensions {
            let whoever = "Whoever has that number".to_owned();
            layout.push("an extension", whoever, Kind::Chosen, ReceptionistWay::Extension);
        }
        layout.add("nothing typed", &settings.on_timeout, ReceptionistWay::Nothing, &name);
        layout.add("cannot be reached", &settings.on_failure, ReceptionistWay::Failure, &name);
        if settings.urls.iter().any(|entry| matches!(entry.does(), Action::Ask(_))) {
            layout.add("server: no answer", &settings.on_failure, ReceptionistWay::Failure, &name);
        }
        layout
    }

    fn ask(&mut self, entry: &ActionUrl) {
        let list = Some(entry.list.trim()).filter(|list| !list.is_empty()).unwrap_or("no number yet");
        let label = match entry.trigger {
            Trigger::Keys => list.to_owned(),
            Trigger::Caller => format!("caller {list}"),
        };
        let (end, kind) = match entry.does() {
            Action::Ask(url) => match host(url) {
                "" => ("Asks a server, not given yet".to_owned(), Kind::Open),
                host => (format!("Asks {host}"), Kind::Plain),
            },
            Action::Dial("") => ("Asks nobody yet".to_owned(), Kind::Open),
            Action::Dial(number) if is_dialled(number) => (number.to_owned(), Kind::Plain),
            Action::Dial(_) => ("Neither an address nor a number".to_owned(), Kind::Open),
        };
        self.push(&label, end, kind, ReceptionistWay::Entry { name: entry.name.clone() });
    }

    fn add(&mut self, label: &str, action: &MenuAction, way: ReceptionistWay, name: &impl Fn(&Destination) -> String) {
        let (end, kind) = match action {
            MenuAction::Nothing => ("Leads nowhere".to_owned(), Kind::Open),
            MenuAction::Repeat => ("The prompt again".to_owned(), Kind::Plain),
            MenuAction::Lead { to: Destination::External { number } } if number.is_empty() => {
                ("A number outside, not given yet".to_owned(), Kind::Open)
            }
            MenuAction::Lead { to } => (name(to), Kind::Plain),
        };
        self.push(label, end, kind, way);
    }

    fn push(&mut self, label: &str, end: String, kind: Kind, way: ReceptionistWay) {
        let end = Text::of(end, BOX_LETTERS, LINES_MAX);
        let height = BOX_HEIGHT + LINE_HEIGHT * (end.lines.len().saturating_sub(1)) as f64 * 0.75;
        let top = self.branches.last().map_or(START_HEIGHT + GAP * 1.5, |last| last.top + last.height + GAP);
        self.branches.push(Branch { label: Text::of(label.to_owned(), LABEL_LETTERS, 1), end, kind, way, top, height });
    }

    /// How tall the drawing is.
    pub fn height(&self) -> f64 {
        self.branches.last().map_or(START_HEIGHT, |last| last.top + last.height) + 1.0
    }

    /// The line down from the receptionist to its last branch.
    pub fn trunk(&self) -> String {
        let end = self.branches.last().map_or(START_HEIGHT, |last| last.middle() - 6.0);
        format!("M{TRUNK} {START_HEIGHT}V{end:.1}")
    }
}

/// The host of an address, and nothing else of it: what stands beside it may be secret.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit('@').next().unwrap_or_default();
    match place.split_once(']') {
        Some((inner, _)) => inner.trim_start_matches('['),
        None => place.split(':').next().unwrap_or_default(),
    }
}

/// The width of a letter: those of Chinese and the like take two.
fn letters(text: &str) -> usize {
    let wide = |letter: char| matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..);
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

/// Text in lines of so many letters, broken between words where it can be; what is left over ends in an ellipsis.
fn wrapped(text: &str, width: usize, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last().map_or("", String::as_str);
        let joined = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if letters(&joined) <= width || last.is_empty() {
            lines.pop();
            lines.push(joined);
        } else {
            lines.push(word.to_owned());
        }
    }
    if lines.len() > lines_max {
        let rest = lines.split_off(lines_max - 1).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|line| cut(line, width)).collect()
}

fn cut(line: &str, width: usize) -> String {
    if letters(line) <= width {
        return line.to_owned();
    }
    let mut kept = String::new();
    for letter in line.chars() {
        if letters(&kept) + letters(letter.encode_utf8(&mut [0; 4])) >= width {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use shared::receptionist::{MenuRow, ROWS_MAX};

    use super::*;

    /// As wide a digit is in the widest of the fonts that browsers fall back to, at the size of the drawing.
    const LETTER: f64 = 7.7;
    /// The same in bold.
    const BOLD_LETTER: f64 = 8.4;
    const LONG: &str = "Dorothea-Wilhelmine-Friederike-von-und-zu-Hohenlohe-Langenburg of the accounts department";

    fn settings(rows: usize) -> ReceptionistSettings {
        let row = |place: usize| MenuRow { keys: format!("{place}123456789x*#"), action: MenuAction::Repeat };
        ReceptionistSettings {
            number: "800".into(),
            name: LONG.into(),
            rows: (0..rows).map(row).collect(),
            ..ReceptionistSettings::default()
        }
    }

    fn lead(number: &str) -> MenuAction {
        MenuAction::Lead { to: Destination::External { number: number.into() } }
    }

    #[test]
    fn nothing_of_the_drawing_overlaps_or_leaves_it() {
        for rows in [0, 1, 7, ROWS_MAX] {
            let mut settings = settings(rows);
            settings.rows.iter_mut().step_by(2).for_each(|row| row.action = lead("1"));
            let url = format!("https://{LONG}");
            settings.urls =
                [Trigger::Keys, Trigger::Caller].map(|kind| entry(kind, "810000-880000, 22", &url)).to_vec();
            let layout = Layout::of(&settings, |_| LONG.to_owned());
            let mut below = Layout::START_HEIGHT;
            for branch in &layout.branches {
                assert!(branch.top > below, "boxes stand apart");
                below = branch.top + branch.height;
                let (left, line) = branch.label_place();
                let right = left + letters(&branch.label.lines.concat()) as f64 * LETTER;
                assert!(right <= Branch::LEFT, "{:?} ends before its box", branch.label);
                assert!(line < branch.middle() && line - 12.0 > branch.top - GAP, "a label stands on its own edge");
                for (line, words) in branch.lines() {
                    assert!(line - 11.0 >= branch.top && line + 3.0 <= below, "{words} is within its box");
                    assert!(letters(&words) as f64 * LETTER <= Branch::WIDTH - 12.0, "{words} is within its box");
                }
                assert!(branch.middle() >= branch.top && Branch::LEFT + Branch::WIDTH <= WIDTH);
            }
            assert!(below <= layout.height());
            assert!(letters(&layout.start.lines.concat()) as f64 * BOLD_LETTER <= WIDTH - 24.0);
        }
    }

    #[test]
    fn each_choice_is_a_branch_and_what_leads_nowhere_is_an_open_end() {
        let keys = |keys: &str, action| MenuRow { keys: keys.into(), action };
        let mut settings = settings(0);
        settings.rows = vec![
            keys("1", lead("030")),
            keys("2", MenuAction::Nothing),
            keys("", MenuAction::Repeat),
            keys("4", lead("")),
        ];
        let layout = Layout::of(&settings, |to| format!("{to:?}"));
        let drawn: Vec<(&str, Kind)> =
            layout.branches.iter().map(|branch| (branch.label.whole.as_str(), branch.kind)).collect();
        let expected = [
            ("1", Kind::Plain),
            ("2", Kind::Open),
            ("No key yet", Kind::Plain),
            ("4", Kind::Open),
            ("an extension", Kind::Chosen),
            ("nothing typed", Kind::Plain),
            ("cannot be reached", Kind::Plain),
        ];
        assert_eq!(drawn, expected);
        settings.dials_extensions = false;
        assert_eq!(Layout::of(&settings, |_| String::new()).branches.len(), 6);
    }

    fn entry(trigger: Trigger, list: &str, action: &str) -> ActionUrl {
        ActionUrl { trigger, list: list.into(), action: action.into(), ..ActionUrl::default() }
    }

    // covers: IVR-16
    #[test]
    fn ivr_16_entries_are_branches_before_the_choices_and_no_answer_leads_on() {
        let url = "https://belfry:secret@app.example:8443/route?token=1";
        let mut settings = settings(1);
        settings.on_failure = lead("030");
        settings.urls = vec![
            entry(Trigger::Keys, "810000-880000, 22", url),
            entry(Trigger::Caller, "101", "102"),
            entry(Trigger::Keys, "", "app.example"),
            entry(Trigger::Keys, "7", ""),
            entry(Trigger::Keys, "8", "https://"),
        ];
        let name = |to: &Destination| format!("{to:?}");
        let layout = Layout::of(&settings, name);
        let drawn: Vec<(String, Kind)> =
            layout.branches.iter().map(|branch| (branch.sentence(), branch.kind)).take(5).collect();
        let expected = [
            ("caller 101: 102", Kind::Plain),
            ("810000-880000, 22: Asks app.example", Kind::Plain),
            ("no number yet: Neither an address nor a number", Kind::Open),
            ("7: Asks nobody yet", Kind::Open),
            ("8: Asks a server, not given yet", Kind::Open),
        ];
        assert_eq!(drawn, expected.map(|(sentence, kind)| (sentence.to_owned(), kind)));
        let last = layout.branches.last().unwrap();
        assert_eq!((last.label.lines.concat().as_str(), last.end.whole.contains("030")), ("server: no answer", true));
        settings.urls.retain(|entry| entry.action == "102");
        let layout = Layout::of(&settings, name);
        assert!(layout.branches.iter().all(|branch| branch.label.whole != "server: no answer"), "nobody is asked");
    }

    #[test]
    fn only_the_host_of_an_address_is_drawn() {
        for (url, expected) in [
            ("https://app.example", "app.example"),
            ("http://app.example:80/a@b?c#d", "app.example"),
            ("https://[2001:db8::1]:8443/x", "2001:db8::1"),
            ("https://user:secret@app.example?x", "app.example"),
            ("https://", ""),
            ("https:///x", ""),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_cut_ends_in_an_ellipsis_and_is_known_in_full() {
        assert_eq!(wrapped("Sales", 10, 2), ["Sales"]);
        assert_eq!(wrapped("Voicemail of 101", 12, 2), ["Voicemail of", "101"]);
        assert_eq!(wrapped("one two three four", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrapped("Supercalifragilistic", 9, 2), ["Supercal…"]);
        assert_eq!(wrapped("销售部门销售部门", 9, 1), ["销售部门…"]);
        assert_eq!(wrapped("", 9, 2), [""]);
        assert_eq!(Text::of(LONG.to_owned(), 9, 2).whole, LONG);
    }
}
