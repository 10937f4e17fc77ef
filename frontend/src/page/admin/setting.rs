//! The provider's settings (spec 11.1, 11.7), each with its meaning and default: General, Security and Advanced.

use leptos::prelude::*;
use serde_json::{Map, Value};
use shared::problem::FieldProblem;
use shared::setting::{GetSettings, Settings, UpdateSettings};

use super::system::SystemTabs;
use crate::page::Head;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select, Switch, TextField};
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// How a setting is put in.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A switch.
    OnOff,
    /// With its unit.
    Number(&'static str),
    /// A port.
    Port,
    /// Words such as these; empty where Belfry finds out by itself.
    Text(&'static str),
    /// Several of them, with commas between.
    List(&'static str),
    /// One text a line.
    Lines,
    /// Value on the wire and word.
    Choice(&'static [(&'static str, &'static str)]),
}

/// One setting: its name on the wire, label, meaning, and how it is put in.
#[derive(Clone, Copy, Debug)]
pub struct Part(pub &'static str, pub &'static str, pub &'static str, pub Kind);

/// Settings that belong together, under a title.
pub type Group = (&'static str, &'static [Part]);

const GENERAL: &[Group] = &[
    (
        "Registrations and passwords",
        &[
            Part(
                "auth_int_disabled",
                "No auth-int",
                "Offers digest without protection of the body, which few phones can do.",
                Kind::OnOff,
            ),
            Part(
                "mid_dialog_authentication_disabled",
                "No challenge inside a call",
                "Requests of a call that stands are not asked for a password.",
                Kind::OnOff,
            ),
            Part(
                "forbid_bad_nonce",
                "403 for a bad nonce",
                "Off: whoever answers an old challenge gets a new one.",
                Kind::OnOff,
            ),
            Part(
                "outbound",
                "Several connections of a device",
                "A phone may keep more than one way open and is called by the one that works (RFC 5626). Off: its ways are one device.",
                Kind::OnOff,
            ),
            Part(
                "register_to_tag_allowed",
                "Take a REGISTER with a To tag",
                "Some old devices send one against RFC 3261.",
                Kind::OnOff,
            ),
        ],
    ),
    (
        "Calls",
        &[
            Part(
                "session_timer",
                "Session timer",
                "Each end is asked whether it is still there; a call whose end is gone is ended (RFC 4028).",
                Kind::OnOff,
            ),
            Part("session_timer_seconds", "Session timer, every", "Between 90 and 3600.", Kind::Number("seconds")),
            Part(
                "rtp_silence_seconds",
                "End a call without sound after",
                "Between 10 and 3600. A call on hold does not count.",
                Kind::Number("seconds"),
            ),
            Part("prack", "Reliable provisional responses", "Ringing is confirmed by PRACK (RFC 3262).", Kind::OnOff),
        ],
    ),
    (
        "Ports of sound",
        &[
            Part(
                "rtp_port_first",
                "First port",
                "Holds from the next start on, unless --rtp-ports is given there.",
                Kind::Port,
            ),
            Part("rtp_port_last", "Last port", "A call takes four ports. Open the whole range for UDP.", Kind::Port),
        ],
    ),
    (
        "SIP ladder",
        &[
            Part(
                "capture",
                "Keep the messages of calls",
                "The page of a call, and of a refused request, shows them without their secrets.",
                Kind::OnOff,
            ),
            Part("capture_days", "Keep them for", "Between 1 and 365.", Kind::Number("days")),
        ],
    ),
    (
        "Voicemail and recordings",
        &[
            Part(
                "voicemail_days",
                "Keep messages for",
                "Between 0 and 3650; 0 keeps them for ever.",
                Kind::Number("days"),
            ),
            Part(
                "recording_days",
                "Keep recordings for",
                "Between 0 and 3650; 0 keeps them for ever.",
                Kind::Number("days"),
            ),
            Part(
                "voicemail_megabytes",
                "Room of a mailbox",
                "Between 0 and 1000000; 0 is no limit. A minute of speech takes about 0.2.",
                Kind::Number("megabytes"),
            ),
            Part(
                "action_url_private",
                "Receptionists may ask servers in this network",
                "Off: an address of a tenant's receptionist that leads into the own network or to this machine is not asked.",
                Kind::OnOff,
            ),
        ],
    ),
    (
        "Log",
        &[
            Part(
                "log_level",
                "Level",
                "More words cost speed. BELFRY_LOG wins over this.",
                Kind::Choice(&[
                    ("none", "Nothing"),
                    ("error", "Errors"),
                    ("warning", "Warnings"),
                    ("information", "Information"),
                    ("debug", "Everything"),
                ]),
            ),
            Part("event_days", "Keep events for", "Between 1 and 3650.", Kind::Number("days")),
            Part("activity_days", "Keep the activity log for", "Between 1 and 3650.", Kind::Number("days")),
            Part(
                "statistics_seconds",
                "Figures of the SIP stack, every",
                "Between 10 and 86400.",
                Kind::Number("seconds"),
            ),
        ],
    ),
];

const SECURITY: &[Group] = &[
    (
        "Passwords that are guessed",
        &[
            Part(
                "detection_seconds",
                "Counted over",
                "Failures of one address are counted over this time. An address from which a device is registered is never blocked for them: only the device that fails has to wait.",
                Kind::Number("seconds"),
            ),
            Part(
                "failed_authentications_max",
                "Failed sign-ins of phones",
                "So many block the address.",
                Kind::Number("at most"),
            ),
            Part(
                "failed_authentication_block_seconds",
                "It is blocked for",
                "Sooner where somebody unblocks it.",
                Kind::Number("seconds"),
            ),
            Part(
                "unanswered_challenges_max",
                "Requests that never answer the question for credentials",
                "More block the address.",
                Kind::Number("at most"),
            ),
            Part(
                "unanswered_challenge_block_seconds",
                "It is blocked for",
                "Sooner where somebody unblocks it.",
                Kind::Number("seconds"),
            ),
        ],
    ),
    (
        "Floods",
        &[
            Part(
                "level_2_packets_max",
                "Level 2: packets a second of one address",
                "More block it for a short time, whoever it is.",
                Kind::Number("at most"),
            ),
            Part(
                "level_2_block_seconds",
                "It is blocked for",
                "Short: who floods by mistake is soon back.",
                Kind::Number("seconds"),
            ),
            Part(
                "level_1_packets_max",
                "Level 1: packets a second of one address",
                "More block it at once and for long.",
                Kind::Number("at most"),
            ),
            Part(
                "level_1_block_seconds",
                "It is blocked for",
                "Long: nobody sends so much by mistake.",
                Kind::Number("seconds"),
            ),
        ],
    ),
    (
        "Devices that are shut out",
        &[Part(
            "blocked_user_agents",
            "User agents",
            "One a line. Requests whose User-Agent contains one of them are dropped without an answer.",
            Kind::Lines,
        )],
    ),
    (
        "Alarms",
        &[
            Part(
                "mail_on_block",
                "Mail when an address is blocked",
                "At most 20 an hour. It needs a mail server.",
                Kind::OnOff,
            ),
            Part(
                "alarm_recipients",
                "To",
                "One address a line, at most 15. Empty: every administrator of the installation.",
                Kind::Lines,
            ),
        ],
    ),
    (
        "Too much to do",
        &[
            Part(
                "congestion_management",
                "Refuse new work in time",
                "When more waits than can be done, new calls and registrations are asked to come back (503); calls that run go on.",
                Kind::OnOff,
            ),
            Part(
                "congestion_metric",
                "Measured by",
                "The wait shall stay below half a second, the queue below 4096 messages.",
                Kind::Choice(&[
                    ("wait_time", "The wait to be expected"),
                    ("time_depth", "The oldest message's wait"),
                    ("size", "The length of the queue"),
                ]),
            ),
            Part(
                "congestion_tolerance",
                "New work is refused from",
                "Of that maximum. Above 100 everything is refused that does not end a call.",
                Kind::Number("per cent"),
            ),
        ],
    ),
];

const ADVANCED: &[Group] = &[
    (
        "Calls that answer themselves",
        &[
            Part(
                "alert_info",
                "Alert-Info",
                "Intercom and paging ask the phone to answer by itself. Phones differ in what they follow; several ways may be on at once.",
                Kind::Choice(&[
                    ("off", "Off"),
                    ("intercom", "info=intercom"),
                    ("alert_auto_answer", "info=alert-autoanswer"),
                    ("auto_answer", "info=auto-answer"),
                ]),
            ),
            Part("call_info", "Call-Info", "Sends answer-after=0.", Kind::OnOff),
            Part("answer_mode", "Answer-Mode", "Sends Answer-Mode: Auto (RFC 5373).", Kind::OnOff),
        ],
    ),
    (
        "Busy lamp field",
        &[Part(
            "dialog_state_agent",
            "Tell who talks",
            "Keys of phones show who of the tenant is in a call (RFC 4235).",
            Kind::OnOff,
        )],
    ),
];

#[component]
pub fn GeneralPage() -> impl IntoView {
    view! { <SettingsPage groups=GENERAL /> }
}

#[component]
pub fn SecurityPage() -> impl IntoView {
    view! { <SettingsPage groups=SECURITY /> }
}

#[component]
pub fn AdvancedPage() -> impl IntoView {
    view! { <SettingsPage groups=ADVANCED /> }
}

#[component]
fn SettingsPage(groups: &'static [Group]) -> impl IntoView {
    let settings = Fetch::new(GetSettings::default);
    view! {
        <div class="page">
            <Head title="System" text="The same for all tenants. The defaults are right for almost everybody." />
            <SystemTabs />
            {settings.failure()}
            {move || match settings.get() {
                None => settings.skeleton("card p-4.5", "h-40"),
                Some(current) => groups
                    .iter()
                    .map(|group| view! { <GroupForm group=*group current=current.clone() settings /> })
                    .collect_view()
                    .into_any(),
            }}
        </div>
    }
}

/// One group, saved on its own.
#[component]
pub fn GroupForm(group: Group, current: Settings, settings: Fetch<Settings>) -> impl IntoView {
    let (title, parts) = group;
    let form = Form::new();
    let (now, defaults) = (fields(&current), fields(&Settings::default()));
    let values: Vec<(Part, RwSignal<String>)> = parts
        .iter()
        .map(|part| (*part, RwSignal::new(now.get(part.0).map(|value| shown(part.3, value)).unwrap_or_default())))
        .collect();
    let rows = values.clone().into_iter().map(move |(part, value)| {
        let default = defaults.get(part.0).map(text).unwrap_or_default();
        row(part, value, form, &default)
    });
    let names: Vec<&'static str> = parts.iter().map(|part| part.0).collect();
    let submit = move |()| {
        let (mut change, mut problems) = (Map::new(), Vec::new());
        for (Part(name, _, _, kind), value) in &values {
            match read(*kind, &value.get_untracked()) {
                Ok(value) => drop(change.insert((*name).to_owned(), value)),
                Err(reason) => problems.push(FieldProblem::new(*name, reason)),
            }
        }
        let operation: UpdateSettings = serde_json::from_value(Value::Object(change)).unwrap_or_default();
        problems.extend(operation.applied_to(&current).check());
        form.send(problems, operation, move |fresh| {
            settings.set(fresh);
            toast::good("The settings hold from now on.");
        });
    };
    view! {
        <Card title>
            <FormView form fields=names submit>
                {rows.collect_view()}
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-settings" /></div>
            </FormView>
        </Card>
    }
}

fn row(part: Part, value: RwSignal<String>, form: Form, default: &str) -> AnyView {
    let Part(name, label, meaning, kind) = part;
    let hint = match kind {
        // What an empty field does stands in its meaning.
        Kind::Text(_) | Kind::List(_) if default.is_empty() => meaning.to_owned(),
        _ => format!("{meaning} Default: {}.", default_word(kind, default)),
    };
    match kind {
        Kind::OnOff => view! {
            <Switch name label hint
                on=move || value.with(|value| value == "true")
                change=move |on: bool| value.set(on.to_string()) />
        }
        .into_any(),
        Kind::Number(unit) => {
            view! { <Field name label=format!("{label} ({unit})") value form hint inputmode="numeric" /> }.into_any()
        }
        Kind::Port => view! { <Field name label value form hint inputmode="numeric" /> }.into_any(),
        Kind::Text(placeholder) | Kind::List(placeholder) => {
            view! { <Field name label value form hint placeholder optional=true /> }.into_any()
        }
        Kind::Lines => view! { <TextField name label value form hint /> }.into_any(),
        Kind::Choice(words) => {
            let options = words.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect();
            view! {
                <div>
                    <Select name label value options />
                    <p class="hint mt-1">{hint}</p>
                </div>
            }
            .into_any()
        }
    }
}

fn default_word(kind: Kind, default: &str) -> String {
    match (kind, default) {
        (Kind::OnOff, "true") => "on".to_owned(),
        (Kind::OnOff, _) => "off".to_owned(),
        (Kind::Number(_) | Kind::Port, number) => number.to_owned(),
        (Kind::Text(_) | Kind::List(_), "") => "empty".to_owned(),
        (Kind::Text(_) | Kind::List(_), text) => text.to_owned(),
        (Kind::Lines, "") => "none".to_owned(),
        (Kind::Lines, lines) => lines.to_owned(),
        (Kind::Choice(words), key) => {
            words.iter().find(|(known, _)| *known == key).map_or(key, |(_, word)| *word).to_lowercase()
        }
    }
}

fn fields(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// A value as its field shows it at first.
fn shown(kind: Kind, value: &Value) -> String {
    match kind {
        Kind::Lines => text(value).replace(", ", "\n"),
        _ => text(value),
    }
}

/// A value in one line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What stands in a field, as a value.
fn read(kind: Kind, text: &str) -> Result<Value, &'static str> {
    match kind {
        Kind::OnOff => Ok(Value::Bool(text == "true")),
        Kind::Lines => Ok(text.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()).collect()),
        Kind::Choice(_) => Ok(Value::String(text.to_owned())),
        Kind::Text(_) => Ok(Value::String(text.trim().to_owned())),
        Kind::List(_) => {
            let words = text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty());
            Ok(words.map(Value::from).collect())
        }
        Kind::Number(_) => text.trim().parse::<u32>().map(Value::from).map_err(|_| "A whole number."),
        Kind::Port => text.trim().parse::<u16>().map(Value::from).map_err(|_| "A port is a number up to 65535."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::admin::network::NETWORK;

    // covers: SET-01
    #[test]
    fn every_setting_of_the_page_is_one_and_comes_back_from_its_field() {
        let defaults = fields(&Settings::default());
        let groups = GENERAL.iter().chain(SECURITY).chain(ADVANCED).chain(NETWORK);
        for Part(name, _, _, kind) in groups.flat_map(|(_, parts)| *parts) {
            let value = defaults.get(*name).unwrap_or_else(|| panic!("{name} is no setting"));
            assert_eq!(read(*kind, &text(value)).as_ref(), Ok(value), "{name}");
            assert!(!default_word(*kind, &text(value)).is_empty());
        }
        assert_eq!(read(Kind::List(""), " 10.0.0.0/8,fd00::/8 "), Ok(serde_json::json!(["10.0.0.0/8", "fd00::/8"])));
        assert_eq!(text(&serde_json::json!(["10.0.0.0/8", "fd00::/8"])), "10.0.0.0/8, fd00::/8");
        assert!(read(Kind::Number("seconds"), "-1").is_err());
        assert!(read(Kind::Number("seconds"), "ten").is_err());
        assert!(read(Kind::Port, "65536").is_err());
    }
}
