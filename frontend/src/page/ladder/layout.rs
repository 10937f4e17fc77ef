//! Where everything of the ladder stands: callers left of the server, those who were called right of it.

use shared::Moment;
use shared::call_record::{CallRecord, LegQuality};
use shared::ladder::{Ladder, LadderLane, LadderMessage, body, headers, title};

use crate::ui::card::grouped;

/// A column is at least so wide.
const COLUMN_PIXELS: usize = 92;

/// The columns: the server's is between the sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    lanes: Vec<LadderLane>,
    left: usize,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// The message of this number.
    Message(u32),
    /// From the answer to the end, so many seconds; none while it runs.
    Sound(Vec<Band>, Option<u64>),
}

/// Sound between the server and one lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub lane: u32,
    pub codec: String,
    pub figures: String,
    pub spoken: String,
}

/// A message as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    pub title: String,
    pub tone: &'static str,
    pub from: usize,
    pub to: usize,
    pub rightward: bool,
    pub sent: bool,
    pub offset: String,
    pub spoken: String,
    pub with_sdp: bool,
    pub again: bool,
}

impl Row {
    /// What it is known by.
    pub fn key(&self) -> String {
        match self {
            Self::Message(number) => number.to_string(),
            Self::Sound(bands, seconds) => {
                let figures: Vec<_> = bands.iter().map(|band| band.figures.as_str()).collect();
                format!("sound {seconds:?} {}", figures.join(" "))
            }
        }
    }
}

impl Columns {
    /// The lanes in the order in which they stand.
    pub fn of(ladder: &Ladder) -> Self {
        let (mut lanes, right): (Vec<_>, Vec<_>) = ladder.lanes.iter().cloned().partition(|lane| lane.side != "callee");
        let left = lanes.len();
        lanes.extend(right);
        Self { lanes, left }
    }

    /// With the server's.
    pub fn count(&self) -> usize {
        self.lanes.len() + 1
    }

    /// Who stands over each, and as what.
    pub fn heads(self) -> Vec<(String, &'static str)> {
        let left = self.left;
        let mut heads: Vec<_> = self
            .lanes
            .into_iter()
            .map(|lane| {
                let side = match lane.side.as_str() {
                    "caller" => "Caller",
                    "callee" => "Called",
                    _ => "Device",
                };
                (if lane.label.is_empty() { "nobody named".to_owned() } else { lane.label }, side)
            })
            .collect();
        heads.insert(left.min(heads.len()), ("Belfry".to_owned(), "Server"));
        heads
    }

    /// The columns as a grid.
    pub fn template(&self) -> String {
        format!("repeat({}, minmax({COLUMN_PIXELS}px, 1fr))", self.count())
    }

    /// Below this width it scrolls.
    pub fn least(&self) -> String {
        format!("calc(var(--time) + {}px)", self.count() * COLUMN_PIXELS)
    }

    /// The distance of the lines that stand for who is there.
    pub fn lines(&self) -> String {
        format!("calc((100% - var(--time)) / {}) 100%", self.count())
    }

    /// The middle of a column.
    pub fn left_of(&self, column: usize) -> String {
        format!("calc(var(--time) + (100% - var(--time)) * {} / {})", 2 * column + 1, 2 * self.count())
    }

    /// From the middle of one to the middle of another.
    pub fn width_of(&self, from: usize, to: usize) -> String {
        format!("calc((100% - var(--time)) * {} / {})", to.saturating_sub(from), self.count())
    }

    fn place(&self, lane: u32) -> usize {
        let place = self.lanes.iter().position(|known| known.number == lane).unwrap_or_default();
        if place < self.left { place } else { place + 1 }
    }

    /// From the left column to the right one, between a lane and the server.
    pub fn span(&self, lane: u32) -> (usize, usize) {
        let place = self.place(lane);
        (place.min(self.left), place.max(self.left))
    }
}

/// The messages, and the sound where it began.
pub fn rows(ladder: &Ladder, record: Option<&CallRecord>) -> Vec<Row> {
    let mut rows: Vec<Row> = ladder.messages.iter().map(|message| Row::Message(message.number)).collect();
    let heard = record.and_then(|record| Some((record.answered_at?, record)));
    if let Some((answered_at, record)) = heard {
        let bands: Vec<Band> = record.legs.iter().filter_map(|leg| band(ladder, leg)).collect();
        let place = ladder.messages.iter().position(|message| message.at > answered_at);
        if !bands.is_empty() {
            let seconds = record.ended_at.map(|_| record.talk_seconds());
            rows.insert(place.unwrap_or(rows.len()), Row::Sound(bands, seconds));
        }
    }
    rows
}

fn band(ladder: &Ladder, leg: &LegQuality) -> Option<Band> {
    let of_side = || ladder.lanes.iter().filter(|lane| lane.side == leg.side);
    // Of several devices, the one that answered.
    let answered = |lane: &&LadderLane| {
        let of_lane = ladder.messages.iter().filter(|message| message.lane == lane.number && !message.sent);
        of_lane.filter(|message| message.text.starts_with("SIP/2.0 200")).any(|message| {
            headers(&message.text).any(|(name, value)| name.eq_ignore_ascii_case("CSeq") && value.ends_with("INVITE"))
        })
    };
    let lane = of_side().find(answered).or_else(|| of_side().next())?;
    let (in_, out) = (grouped(leg.packets_received), grouped(leg.packets_sent));
    Some(Band {
        lane: lane.number,
        codec: leg.codec.clone(),
        figures: format!("{in_} in, {out} out"),
        spoken: format!("{}: {}, {in_} packets from it, {out} to it.", lane.label, leg.codec),
    })
}

/// A message as it is drawn; none where there is no such message.
pub fn arrow(ladder: &Ladder, columns: &Columns, number: u32) -> Option<Arrow> {
    let message = ladder.messages.iter().find(|message| message.number == number)?;
    let first = ladder.messages.first().map_or(message.at, |first| first.at);
    let text = ladder.text_of(message);
    let title = title(text);
    let (from, to) = columns.span(message.lane);
    let on_left = columns.place(message.lane) < columns.left;
    let label = ladder.lanes.iter().find(|lane| lane.number == message.lane).map_or("", |lane| lane.label.as_str());
    let (sender, receiver) = if message.sent { ("Belfry", label) } else { (label, "Belfry") };
    let again = message.repeats.is_some();
    let offset = offset(first, message.at);
    Some(Arrow {
        tone: tone(message, text),
        from,
        to,
        rightward: on_left != message.sent,
        sent: message.sent,
        spoken: format!(
            "{offset} seconds: {title} from {sender} to {receiver}{}",
            if again { ", once more" } else { "" }
        ),
        with_sdp: body(text).starts_with("v=0"),
        offset,
        title,
        again,
    })
}

fn tone(message: &LadderMessage, text: &str) -> &'static str {
    let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..1));
    match (message.repeats, status) {
        (Some(_), _) => "again",
        (None, Some("2")) => "good",
        // A challenge is no failure.
        (None, Some("4")) if text.starts_with("SIP/2.0 401") || text.starts_with("SIP/2.0 407") => "plain",
        (None, Some("4" | "5" | "6")) => "bad",
        (None, Some(_)) => "plain",
        (None, None) => "ask",
    }
}

/// Seconds since the first message: `0.123`.
fn offset(first: Moment, at: Moment) -> String {
    let millis = at.since(first).as_millis();
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(number: u32, side: &str) -> LadderLane {
        LadderLane { number, side: side.into(), label: format!("10{number}"), ..LadderLane::default() }
    }

    fn message(number: u32, lane: u32, sent: bool, millis: i64, text: &str) -> LadderMessage {
        LadderMessage {
            number,
            at: Moment(millis * 1_000),
            lane,
            sent,
            repeats: None,
            transport: "udp".into(),
            local: String::new(),
            remote: String::new(),
            text: text.into(),
        }
    }

    fn ladder() -> Ladder {
        Ladder {
            lanes: vec![lane(0, "caller"), lane(1, "callee"), lane(2, "callee")],
            messages: vec![
                message(1, 0, false, 0, "INVITE sip:x SIP/2.0\r\n\r\nv=0\r\n"),
                message(2, 1, true, 2, "INVITE sip:y SIP/2.0\r\n\r\n"),
                message(3, 2, false, 1_250, "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"),
                message(4, 0, true, 1_260, "SIP/2.0 200 OK\r\n\r\n"),
            ],
            left_out: 0,
        }
    }

    #[test]
    fn the_server_stands_between_callers_and_called() {
        let columns = Columns::of(&ladder());
        let heads: Vec<_> = columns.clone().heads().into_iter().map(|(label, _)| label).collect();
        assert_eq!(heads, ["100", "Belfry", "101", "102"]);
        assert_eq!((columns.span(0), columns.span(1), columns.span(2)), ((0, 1), (1, 2), (1, 3)));
        let drawn = |number| arrow(&ladder(), &columns, number).unwrap();
        assert_eq!(
            (drawn(1).rightward, drawn(2).rightward, drawn(3).rightward, drawn(4).rightward),
            (true, true, false, false)
        );
        assert_eq!(drawn(3).spoken, "1.250 seconds: 200 OK from 102 to Belfry");
        assert_eq!((drawn(1).with_sdp, drawn(2).with_sdp), (true, false));
        assert_eq!((drawn(1).tone, drawn(4).tone), ("ask", "good"));
    }

    #[test]
    fn sound_stands_where_it_began_on_the_lane_that_answered() {
        let leg = |side: &str| LegQuality { side: side.into(), codec: "PCMU".into(), ..LegQuality::default() };
        let record = CallRecord {
            answered_at: Some(Moment(1_255_000)),
            legs: vec![leg("caller"), leg("callee")],
            ..CallRecord::open(shared::CallId(1), shared::TenantId(1), Moment(0))
        };
        let rows = rows(&ladder(), Some(&record));
        let Some(Row::Sound(bands, None)) = rows.get(3) else { panic!("{rows:?}") };
        assert_eq!(bands.iter().map(|band| band.lane).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(super::rows(&ladder(), None).len(), 4);
    }
}
