//! Asking a phone to answer by itself and to switch its loudspeaker on (ADV-01, ADV-02, ADV-03). Phones understand
//! different headers, so several may be on at once. They go only into the INVITE of a call that asks for it.

use shared::setting::{AlertInfo, Settings};
use sip::Header;

/// The headers that the settings name, for a tenant's domain.
pub fn headers(settings: &Settings, domain: &str) -> Vec<Header> {
    // Phones look for the word; the URI before it is what the grammar of RFC 3261 asks for.
    let alert = |word: &str| Some(Header::new("Alert-Info", format!("<http://{domain}>;info={word}")));
    let alert = match settings.alert_info {
        AlertInfo::Off => None,
        AlertInfo::Intercom => alert("intercom"),
        AlertInfo::AlertAutoAnswer => alert("alert-autoanswer"),
        AlertInfo::AutoAnswer => alert("auto-answer"),
    };
    let mut headers = Vec::from_iter(alert);
    if settings.call_info {
        headers.push(Header::new("Call-Info", format!("<sip:{domain}>;answer-after=0")));
    }
    if settings.answer_mode {
        headers.push(Header::new("Answer-Mode", "Auto"));
        // Supported and not Require: a phone without it rings instead of refusing the call.
        headers.push(Header::new("Supported", "answermode"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presentation::Shown;

    fn sent(settings: &Settings, answers_itself: bool) -> Vec<String> {
        let shown = Shown { answers_itself, ..Shown::default() };
        let wanted = ["Alert-Info", "Call-Info", "Answer-Mode", "Supported"];
        let headers = shown.headers("acme.localhost", "102", settings);
        let headers = headers.into_iter().filter(|header| wanted.contains(&header.name.as_str()));
        headers.map(|header| format!("{}: {}", header.name, header.value)).collect()
    }

    // covers: ADV-01
    #[test]
    fn adv_01_alert_info_is_off_unless_chosen_and_has_three_values() {
        let none = Settings { call_info: false, ..Settings::default() };
        assert_eq!(sent(&none, true), [""; 0]);
        for (alert, line) in [
            (AlertInfo::Intercom, "Alert-Info: <http://acme.localhost>;info=intercom"),
            (AlertInfo::AlertAutoAnswer, "Alert-Info: <http://acme.localhost>;info=alert-autoanswer"),
            (AlertInfo::AutoAnswer, "Alert-Info: <http://acme.localhost>;info=auto-answer"),
        ] {
            assert_eq!(sent(&Settings { alert_info: alert, ..none.clone() }, true), [line]);
        }
    }

    // covers: ADV-02
    #[test]
    fn adv_02_call_info_is_on_by_default_and_in_brackets() {
        assert_eq!(sent(&Settings::default(), true), ["Call-Info: <sip:acme.localhost>;answer-after=0"]);
    }

    // covers: ADV-03
    #[test]
    fn adv_03_answer_mode_is_that_of_rfc_5373_with_its_option_tag() {
        let settings = Settings { call_info: false, answer_mode: true, ..Settings::default() };
        assert_eq!(sent(&settings, true), ["Answer-Mode: Auto", "Supported: answermode"]);
    }

    // covers: ADV-01, ADV-02, ADV-03
    #[test]
    fn adv_01_02_03_a_call_that_does_not_ask_for_it_carries_none_and_several_may_be_on() {
        let all = Settings { alert_info: AlertInfo::Intercom, answer_mode: true, ..Settings::default() };
        assert_eq!(sent(&all, false), [""; 0]);
        assert_eq!(sent(&all, true).len(), 4);
    }
}
