//! Codes and E.164: how the tenant writes numbers, which countries may be called, what is forbidden, and a number to try
//! (E164-01…E164-03, EXT-10).

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::country;
use shared::dialing::{DialingCodes, GetDialingCodes, UpdateDialingCodes};

use super::dialing_country::CountryList;
use super::dialing_trial::Trial;
use crate::page::Head;
use crate::page::country::home_choices;
use crate::place::Place;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Select, Switch, TextField};
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::tabs::Tabs;
use crate::ui::toast;

/// What stands above the pages of dialing.
#[component]
pub fn DialingTabs() -> impl IntoView {
    let tabs = vec![
        (Place::TenantDialing.path(), "Codes and E.164"),
        (Place::TenantBlockedNumbers.path(), "Blocked numbers"),
        (Place::TenantFeatureCodes.path(), "Feature codes"),
    ];
    view! { <Tabs label="Dialing" tabs /> }
}

/// The codes as the form has them, saved or not; copy it freely.
#[derive(Clone, Copy)]
pub struct Draft {
    pub country: RwSignal<String>,
    remove_if_same_country: RwSignal<bool>,
    international_code: RwSignal<String>,
    area_code: RwSignal<String>,
    remove_if_same_area: RwSignal<bool>,
    national_code: RwSignal<String>,
    add_prefix: RwSignal<String>,
    pub allowed: RwSignal<BTreeSet<String>>,
    forbidden: RwSignal<String>,
    emergency: RwSignal<String>,
}

impl Draft {
    fn of(codes: DialingCodes) -> Self {
        Self {
            country: RwSignal::new(codes.country),
            remove_if_same_country: RwSignal::new(codes.remove_if_same_country),
            international_code: RwSignal::new(codes.international_code),
            area_code: RwSignal::new(codes.area_code),
            remove_if_same_area: RwSignal::new(codes.remove_if_same_area),
            national_code: RwSignal::new(codes.national_code),
            add_prefix: RwSignal::new(codes.add_prefix),
            allowed: RwSignal::new(codes.allowed_countries.into_iter().collect()),
            forbidden: RwSignal::new(codes.forbidden_prefixes.join("\n")),
            emergency: RwSignal::new(codes.emergency_numbers.join("\n")),
        }
    }

    /// As they stand, watched.
    pub fn codes(self) -> DialingCodes {
        let trimmed = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        DialingCodes {
            country: self.country.get(),
            remove_if_same_country: self.remove_if_same_country.get(),
            international_code: trimmed(self.international_code),
            area_code: trimmed(self.area_code),
            remove_if_same_area: self.remove_if_same_area.get(),
            national_code: trimmed(self.national_code),
            add_prefix: trimmed(self.add_prefix),
            allowed_countries: self.allowed.with(|all| all.iter().cloned().collect()),
            forbidden_prefixes: self.forbidden.with(|text| lines(text)),
            emergency_numbers: self.emergency.with(|text| lines(text)),
        }
        .tidied()
    }

    /// Another own country: it is ticked, and brings its emergency numbers along.
    fn move_from(self, before: &str) {
        let codes = untrack(|| self.codes());
        let country = codes.country.clone();
        let moved = DialingCodes { country: before.to_owned(), ..codes }.moved_to(&country);
        self.allowed.set(moved.allowed_countries.into_iter().collect());
        self.emergency.set(moved.emergency_numbers.join("\n"));
    }
}

/// The items of a field, one a line or with commas between.
fn lines(text: &str) -> Vec<String> {
    text.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[component]
pub fn DialingPage() -> impl IntoView {
    let codes = Fetch::new(GetDialingCodes::default);
    view! {
        <div class="page">
            <Head title="Dialing" text="How numbers outside are written, and which of them may be called. Calls between extensions pass none of this." />
            <DialingTabs />
            {codes.failure()}
            <div hidden=move || codes.problem().is_some()>
                {move || match codes.get() {
                    None => codes.skeleton("card p-4.5", "h-96"),
                    Some(current) => view! { <Present current /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(current: DialingCodes) -> impl IntoView {
    let draft = Draft::of(current);
    Effect::new(move |before: Option<String>| {
        let now = draft.country.get();
        if let Some(before) = before.filter(|before| *before != now) {
            draft.move_from(&before);
        }
        now
    });
    view! {
        <div class="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,360px)]">
            <Codes draft />
            <Trial draft />
        </div>
    }
}

#[component]
fn Codes(draft: Draft) -> impl IntoView {
    let form = Form::new();
    let submit = move |()| {
        let codes = untrack(|| draft.codes());
        form.send(codes.check(), UpdateDialingCodes::from(codes), |_: DialingCodes| {
            toast::good("The codes hold for calls from now on.");
        });
    };
    let fields = vec![
        "international_code",
        "area_code",
        "national_code",
        "add_prefix",
        "forbidden_prefixes",
        "emergency_numbers",
    ];
    view! {
        <FormView form fields submit>
            <Card title="Numbers" testid="dialing-numbers">
                <div class="grid gap-4"><Numbers draft form /></div>
            </Card>
            <CountryList draft />
            <Card title="Forbidden prefixes">
                <TextField name="forbidden_prefixes" label="Prefixes" value=draft.forbidden form placeholder="0900\n+882"
                    hint="One a line. A call that begins with one is refused. Those with + are compared with the number in E.164, the others with what was dialled." />
            </Card>
            <Card title="Emergency numbers">
                <div class="grid gap-4">
                    <TextField name="emergency_numbers" label="Numbers" value=draft.emergency form placeholder="112"
                        hint="One a line. They are never refused, whatever the lists say." />
                    {move || draft.emergency.with(|text| lines(text).is_empty()).then(|| view! {
                        <Notice kind=Kind::Warn text="Without emergency numbers a call for help is judged like any other." />
                    })}
                </div>
            </Card>
            <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-dialing" /></div>
        </FormView>
    }
}

/// E164-03.
#[component]
fn Numbers(draft: Draft, form: Form) -> impl IntoView {
    let own = move || draft.country.with(|code| country::by_code(code));
    let code = Signal::derive(move || match own() {
        Some(country) => format!("Its country code is +{}.", country.calling_code()),
        None => "Without it every number with + is one abroad.".to_owned(),
    });
    let without_country = move || !draft.remove_if_same_country.get();
    view! {
        <div>
            <Select name="country" label="Own country" value=draft.country options=home_choices("Not set") />
            <p class="hint mt-1" data-testid="own-country-code">{move || code.get()}</p>
        </div>
        <Switch name="remove_if_same_country" label="Cut the own country code" hint="+1 234 567 8910 is sent as 234 567 8910."
            on=draft.remove_if_same_country change=move |on| draft.remove_if_same_country.set(on) />
        <Field name="area_code" label="Area code" value=draft.area_code form optional=true inputmode="tel" placeholder="813" />
        <Switch name="remove_if_same_area" label="Cut the own area code too"
            on=draft.remove_if_same_area change=move |on| draft.remove_if_same_area.set(on) />
        {move || (without_country() && draft.remove_if_same_area.get()).then(|| view! {
            <Notice kind=Kind::Warn text="The area code is cut only where the country code was: switch that on, too." />
        })}
        <div class="grid items-start gap-4 sm:grid-cols-2">
            <Field name="national_code" label="National code" value=draft.national_code form optional=true inputmode="tel" placeholder="0"
                hint="Put before a number whose country code was cut." />
            <Field name="international_code" label="International dial code" value=draft.international_code form optional=true inputmode="tel"
                placeholder="00 or 011" hint="What + becomes for other countries. Empty: the + stays." />
            <Field name="add_prefix" label="Prefix" value=draft.add_prefix form optional=true inputmode="tel" placeholder="9"
                hint="Put before every result; it can select an outbound rule." />
        </div>
        <p class="hint">"Only numbers that begin with + are changed; spaces, brackets and dashes are always removed."</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_several_lines_is_a_list() {
        assert_eq!(lines(" 0900\n\n+882, 0137 ;"), ["0900", "+882", "0137"]);
        assert_eq!(lines(" \n"), Vec::<String>::new());
    }
}
