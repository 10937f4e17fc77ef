//! The form of a desk phone (PH-03): a new one, and a change.

use leptos::prelude::*;
use shared::ExtensionId;
use shared::language::Language;
use shared::phone::{
    CreatePhone, MacAddress, Phone, PhoneCreated, PhoneSettings, PhoneTransport, UpdatePhone, check_web_password,
};
use shared::phone_model::{PhoneModel, PhoneVendor, models};
use shared::problem::FieldProblem;
use shared::registration::Registration;

use super::guide::{legacy, vendor_key, vendor_of, vendor_options};
use crate::page::tenant::pick::Everybody;
use crate::softphone::dice;
use crate::ui::button::Button;
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

/// What can be typed on every phone, without signs that look alike.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How long a password is that is made here.
const MADE_CHARACTERS: usize = 12;
/// How long it is where there can be digits only.
const MADE_DIGITS: usize = 16;

const TRANSPORTS: [(&str, PhoneTransport, &str); 3] = [
    ("udp", PhoneTransport::Udp, "UDP"),
    ("tcp", PhoneTransport::Tcp, "TCP"),
    ("tls", PhoneTransport::Tls, "TLS, with encrypted sound"),
];

/// How a phone reaches the server, in words.
pub fn transport_word(transport: PhoneTransport) -> &'static str {
    TRANSPORTS.iter().find(|(_, known, _)| *known == transport).map_or("", |(_, _, word)| word)
}

/// What a form begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beginning {
    /// The phone that is changed; none for a new one.
    pub phone: Option<Phone>,
    /// Whose a new one is.
    pub extension_id: Option<ExtensionId>,
    /// What is known of a new one.
    pub settings: PhoneSettings,
}

impl Beginning {
    /// Of a phone that is changed.
    pub fn of(phone: &Phone) -> Self {
        let (extension_id, settings) = (Some(phone.extension_id), phone.settings.clone());
        Self { phone: Some(phone.clone()), extension_id, settings }
    }

    /// Of a new phone of this extension.
    pub fn new_of(extension_id: ExtensionId) -> Self {
        Self { extension_id: Some(extension_id), ..Self::default() }
    }

    /// Of a device that has registered and is not configured from here yet: what it says of itself.
    pub fn of_device(registration: &Registration) -> Self {
        let settings = told(&registration.user_agent);
        Self { phone: None, extension_id: Some(registration.extension_id), settings }
    }
}

/// What a phone says of itself in its User-Agent, such as `Yealink SIP-T46U 108.86.0.20 00:15:65:12:34:56`.
fn told(user_agent: &str) -> PhoneSettings {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (lower, said) = (user_agent.to_ascii_lowercase(), plain(user_agent));
    let named = |vendor: &PhoneVendor| lower.contains(&vendor.word().to_ascii_lowercase());
    let vendor = match lower.contains("spa") && lower.contains("cisco") {
        true => PhoneVendor::CiscoSpa,
        false => PhoneVendor::ALL.into_iter().find(named).unwrap_or_default(),
    };
    let fits = |model: &PhoneModel| model.vendor == vendor && said.contains(&plain(&model.model));
    let model = models().into_iter().filter(fits).max_by_key(|model| model.model.len());
    let mac = user_agent.split([' ', '/', ';', ',', '(', ')']).find_map(MacAddress::parse);
    PhoneSettings {
        mac: mac.map(|mac| mac.to_string()).unwrap_or_default(),
        vendor,
        model: model.map(|model| model.model).unwrap_or_default(),
        ..PhoneSettings::default()
    }
}

/// The fields.
#[derive(Clone, Copy)]
struct Draft {
    extension: RwSignal<String>,
    mac: RwSignal<String>,
    vendor: RwSignal<String>,
    model: RwSignal<String>,
    language: RwSignal<String>,
    time_zone: RwSignal<String>,
    transport: RwSignal<String>,
    without_tls: RwSignal<bool>,
    without_folder: RwSignal<bool>,
    web_password: RwSignal<String>,
}

impl Draft {
    fn of(extension_id: Option<ExtensionId>, settings: &PhoneSettings) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        let mac = MacAddress::parse(&settings.mac).map_or_else(|| settings.mac.clone(), |mac| mac.to_string());
        let transport =
            TRANSPORTS.iter().find(|(_, known, _)| *known == settings.transport).map_or("", |(key, ..)| key);
        Self {
            extension: RwSignal::new(extension_id.map(|id| id.to_string()).unwrap_or_default()),
            mac: RwSignal::new(mac),
            vendor: RwSignal::new(vendor_key(settings.vendor)),
            model: text(&settings.model),
            language: text(settings.language.code()),
            time_zone: text(&settings.time_zone),
            transport: text(transport),
            without_tls: RwSignal::new(settings.without_tls),
            without_folder: RwSignal::new(settings.without_folder),
            web_password: RwSignal::new(String::new()),
        }
    }

    fn settings(self) -> PhoneSettings {
        let trimmed = |signal: RwSignal<String>| signal.with_untracked(|text| text.trim().to_owned());
        let transport = self.transport.with_untracked(|key| {
            TRANSPORTS.iter().find(|(known, ..)| known == key).map(|(_, transport, _)| *transport)
        });
        PhoneSettings {
            mac: trimmed(self.mac),
            vendor: self.vendor.with_untracked(|key| vendor_of(key)).unwrap_or_default(),
            model: trimmed(self.model),
            language: self.language.with_untracked(|code| Language::of_code(code)).unwrap_or_default(),
            time_zone: trimmed(self.time_zone),
            transport: transport.unwrap_or_default(),
            without_tls: self.without_tls.get_untracked(),
            without_folder: self.without_folder.get_untracked(),
        }
    }
}

/// A password that can be typed on every phone of the vendor.
fn password_of(vendor: PhoneVendor, dice: [u8; 16]) -> String {
    if vendor.has_passwords_of_digits() {
        return dice.iter().take(MADE_DIGITS).map(|byte| char::from(b'0' + byte % 10)).collect();
    }
    let sign = |byte: &u8| SIGNS.get(usize::from(*byte) % SIGNS.len()).copied().map(char::from);
    dice.iter().take(MADE_CHARACTERS).filter_map(sign).collect()
}

/// The form; `done` gets the phone, and its link where it is a new one, unless whoever waits for it is gone by then.
#[component]
pub fn PhoneForm(
    beginning: Beginning,
    everybody: Everybody,
    open: RwSignal<bool>,
    #[prop(into)] done: Callback<(Phone, Option<String>)>,
) -> impl IntoView {
    let form = Form::new();
    let Beginning { phone, extension_id, settings } = beginning;
    let draft = Draft::of(extension_id, &settings);
    let phone_id = phone.map(|phone| phone.id);
    let vendor = Memo::new(move |_| draft.vendor.with(|key| vendor_of(key)).unwrap_or_default());
    let known = Memo::new(move |_| {
        models().into_iter().filter(|model| model.vendor == vendor.get()).collect::<Vec<PhoneModel>>()
    });
    // Another vendor has other models: the first of them, until another is chosen.
    Effect::new(move |_| {
        let first = known.with(|known| {
            let stays = draft.model.with_untracked(|name| known.iter().any(|model| model.model == *name));
            (!stays).then(|| known.first().map(|model| model.model.clone()).unwrap_or_default())
        });
        if let Some(first) = first {
            draft.model.set(first);
        }
    });
    let keys = Signal::derive(move || {
        let room = draft
            .model
            .with(|name| known.with(|known| known.iter().find(|one| one.model == *name).map(|one| one.keys)));
        match room {
            None => String::new(),
            Some(0) => "It has no keys that can be set.".to_owned(),
            Some(1) => "It has one key that can watch somebody or dial.".to_owned(),
            Some(keys) => format!("It has {keys} keys that can watch somebody or dial."),
        }
    });
    let submit = move |()| {
        let settings = draft.settings();
        let chosen = draft.extension.with_untracked(|id| id.parse::<ExtensionId>());
        let web_password = filled(draft.web_password.get_untracked());
        let mut problems = settings.check();
        if let Some(password) = &web_password {
            problems.extend(check_web_password(settings.vendor, password));
        }
        let Ok(extension_id) = chosen else {
            problems.push(FieldProblem::new("extension_id", "Choose whose phone it is."));
            form.mark(problems);
            return;
        };
        match phone_id {
            Some(phone_id) => {
                let change = UpdatePhone { phone_id, extension_id, settings, web_password };
                form.send(problems, change, move |phone| {
                    open.set(false);
                    toast::good("The phone was saved. It has the change at its next fetch, or at once by Reprovision.");
                    done.try_run((phone, None));
                });
            }
            None => {
                form.send(problems, CreatePhone { extension_id, settings, web_password }, move |made| {
                    let PhoneCreated { phone, link } = made;
                    open.set(false);
                    toast::good("The phone was added. Give it its link now.");
                    done.try_run((phone, Some(link)));
                });
            }
        }
    };
    let people = move || {
        let mut options = vec![(String::new(), "Choose an extension".to_owned())];
        options.extend(everybody.options());
        view! { <Select name="extension_id" label="Extension" value=draft.extension options /> }
    };
    let named = move || {
        let options = known.get().into_iter().map(|model| (model.model.clone(), model.model)).collect::<Vec<_>>();
        view! { <Select name="model" label="Model" value=draft.model options /> }
    };
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    let transports = TRANSPORTS.map(|(key, _, word)| (key.to_owned(), word.to_owned())).to_vec();
    let password_hint = match phone_id {
        None => "Of the phone's own pages. Empty: one is made, and you can see it later.",
        Some(_) => "Of the phone's own pages. Empty: it stays as it is.",
    };
    let digits = Signal::derive(move || match vendor.get().has_passwords_of_digits() {
        true => "Digits only.".to_owned(),
        false => String::new(),
    });
    view! {
        <FormView form fields=vec!["extension_id", "mac", "model", "time_zone", "web_password"] submit>
            {everybody.failure()}
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <div class="grid gap-1.5">{people}{move || beside(form, "extension_id")}</div>
                <Field name="mac" label="MAC address" value=draft.mac form placeholder="00:15:65:12:34:56" autofocus=true
                    hint="12 hexadecimal digits, on a label below the phone." />
                <Select name="vendor" label="Vendor" value=draft.vendor options=vendor_options() />
                <div class="grid gap-1.5">
                    {named}
                    <p class="hint" role="status" data-testid="model-keys">{move || keys.get()}</p>
                    {move || beside(form, "model")}
                </div>
            </div>
            <div class="empty:hidden" role="status" data-testid="legacy">
                {move || legacy(vendor.get()).map(|text| view! { <Notice kind=Kind::Plain text /> })}
            </div>
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Select name="language" label="Language of the display" value=draft.language options=languages />
                <Field name="time_zone" label="Time zone" value=draft.time_zone form optional=true placeholder="Europe/Berlin"
                    hint="Empty: that of the company." />
                <Select name="transport" label="Reaches this server by" value=draft.transport options=transports />
                <div class="grid gap-1.5">
                    <Field name="web_password" label="Web password" value=draft.web_password form optional=true hint=password_hint
                        suffix=digits />
                    <div>
                        <Button label="Make one" small=true testid="make-password" press=move |()| {
                            form.touch("web_password");
                            draft.web_password.set(password_of(vendor.get_untracked(), dice()));
                        } />
                    </div>
                </div>
            </div>
            <Switch name="without_tls" label="Fetches its files without TLS"
                hint="For phones that know no TLS, or do not trust this server's certificate. Whoever can listen on the way reads the SIP secret, and can call as this extension."
                on=draft.without_tls change=move |on| draft.without_tls.set(on) />
            <Switch name="without_folder" label="May fetch them without the folder of its link"
                hint="For phones that are told of this server by DHCP option 66. It works from inside of your own network only; there, whoever knows the MAC address gets the SIP secret."
                on=draft.without_folder change=move |on| draft.without_folder.set(on) />
            <FormFoot open form testid="save-phone" />
        </FormView>
    }
}

/// What is wrong with a choice.
fn beside(form: Form, field: &'static str) -> Option<AnyView> {
    form.problem(field).map(|text| view! { <p class="problem" role="alert">{text}</p> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-03
    #[test]
    fn ph_03_what_the_fields_say_is_what_they_were_filled_with() {
        let settings = PhoneSettings {
            mac: "00:15:65:12:34:56".into(),
            vendor: PhoneVendor::CiscoSpa,
            model: "SPA504G".into(),
            language: Language::DeDe,
            time_zone: "Europe/Berlin".into(),
            transport: PhoneTransport::Tls,
            without_tls: true,
            without_folder: true,
        };
        assert_eq!(Draft::of(None, &settings).settings(), settings);
        assert_eq!(Draft::of(None, &PhoneSettings::default()).settings(), PhoneSettings::default());
        // As it is stored, and as people write it.
        let stored = PhoneSettings { mac: "001565123456".into(), ..settings.clone() };
        assert_eq!(Draft::of(None, &stored).settings(), settings);
    }

    // covers: PH-03
    #[test]
    fn ph_03_a_password_that_is_made_can_be_typed_on_a_phone() {
        for (vendor, long) in [(PhoneVendor::Yealink, MADE_CHARACTERS), (PhoneVendor::Aastra, MADE_DIGITS)] {
            for dice in [[0; 16], [255; 16], std::array::from_fn(|place| place as u8 * 17)] {
                let password = password_of(vendor, dice);
                assert_eq!(password.len(), long);
                assert_eq!(check_web_password(vendor, &password), []);
            }
            assert_ne!(password_of(vendor, [1; 16]), password_of(vendor, [2; 16]));
        }
    }

    #[test]
    fn a_device_that_has_registered_is_known_by_what_it_says_of_itself() {
        let known = told("Yealink SIP-T46U 108.86.0.20 00:15:65:12:34:56");
        assert_eq!(
            (known.mac.as_str(), known.vendor, known.model.as_str()),
            ("00:15:65:12:34:56", PhoneVendor::Yealink, "SIP-T46U")
        );
        let snom = told("snomD785/10.1.101.11 000413A1B2C3");
        assert_eq!(
            (snom.mac.as_str(), snom.vendor, snom.model.as_str()),
            ("00:04:13:a1:b2:c3", PhoneVendor::Snom, "D785")
        );
        assert_eq!(told("Cisco/SPA504G-7.5.4").vendor, PhoneVendor::CiscoSpa);
        assert_eq!(told("Zoiper rv2.10.20.0"), PhoneSettings::default());
    }
}
