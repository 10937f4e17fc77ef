//! One message unfolded: what it says about sound, the headers that matter, and all of it.

use leptos::prelude::*;
use shared::ladder::{Ladder, SdpStream, body, headers, sdp_streams};

/// Headers that are read first, in this order.
const FIRST: [&str; 12] = [
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "User-Agent",
    "Server",
    "Reason",
    "Warning",
    "Retry-After",
    "Refer-To",
    "Expires",
];

/// What stands below the arrow.
pub fn opened(ladder: &Ladder, number: u32) -> Option<AnyView> {
    let message = ladder.messages.iter().find(|message| message.number == number)?;
    let text = ladder.text_of(message).to_owned();
    let lane = ladder.lanes.iter().find(|lane| lane.number == message.lane);
    let way = match (message.remote.as_str(), message.sent) {
        ("", _) => String::new(),
        (remote, true) => format!("{} → {remote}, {}", message.local, message.transport.to_uppercase()),
        (remote, false) => format!("{remote} → {}, {}", message.local, message.transport.to_uppercase()),
    };
    let device = lane.map(|lane| lane.device.clone()).unwrap_or_default();
    if headers(&text).next().is_none() {
        let hidden = "Somebody else's device: only what was said is shown, and when.";
        return Some(view! { <div class="ladder-open"><p class="text-soft">{hidden}</p></div> }.into_any());
    }
    let all: Vec<(String, String)> = headers(&text).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let important = FIRST
        .iter()
        .flat_map(|first| all.iter().filter(|(name, _)| name.eq_ignore_ascii_case(first)).cloned().collect::<Vec<_>>());
    let important = important.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
    let streams = sdp_streams(body(&text)).into_iter().map(stream).collect_view();
    let repeated = message.repeats.map(|number| format!("The same bytes as message {number}, sent once more."));
    Some(
        view! {
            <div class="ladder-open" data-testid="ladder-open">
                {repeated.map(|text| view! { <p class="text-soft">{text}</p> })}
                <p class="text-xs text-faint figures wrap-anywhere">{device} {(!way.is_empty()).then(|| format!(" · {way}"))}</p>
                {streams}
                <dl class="ladder-headers">{important}</dl>
                <details>
                    <summary>"All of it"</summary>
                    <pre tabindex="0">{text}</pre>
                </details>
            </div>
        }
        .into_any(),
    )
}

fn stream(stream: SdpStream) -> impl IntoView {
    let SdpStream { kind, address, codecs, direction, protected, ice } = stream;
    let refused = address.ends_with(":0");
    let protection = if protected { "protected" } else { "in the open" };
    let words = match refused {
        true => "refused".to_owned(),
        false => {
            format!("{address} · {} · {direction} · {protection}{}", codecs.join(", "), if ice { " · ICE" } else { "" })
        }
    };
    view! { <p class="ladder-sdp" data-testid="ladder-sdp"><strong>{kind}</strong> " " <span>{words}</span></p> }
}
