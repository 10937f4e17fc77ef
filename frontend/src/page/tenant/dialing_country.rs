//! The countries that may be called, by continent, to be ticked (E164-01).

use leptos::prelude::*;
use shared::country::{self, COUNTRIES, Continent, Country};

use super::dialing::Draft;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::field::Search;
use crate::ui::icon::{Glyph, Icon};

#[component]
pub fn CountryList(draft: Draft) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let own = Memo::new(move |_| draft.country.with(|code| country::by_code(code).is_some()));
    let only_own = move |()| {
        draft.allowed.set(std::iter::once(draft.country.get_untracked()).filter(|code| !code.is_empty()).collect());
    };
    let count = move || format!("{} of {}", draft.allowed.with(|all| all.len()), COUNTRIES.len());
    let nothing = Memo::new(move |_| search.with(|text| !COUNTRIES.iter().any(|country| fits(country, text))));
    let tools =
        view! { <span class="text-sm text-soft figures" role="status" data-testid="countries-count">{count}</span> };
    view! {
        <Card title="Allowed countries" testid="dialing-countries" tools=tools.into_any()>
            <p class="hint mb-3">"Extensions may call the ticked countries. A number that is not international is one at home and always passes."</p>
            <div class="flex flex-wrap items-center gap-2" on:keydown=|event| {
                // It is the search that is meant, not the form round it.
                if event.key() == "Enter" && is_search(&event) {
                    event.prevent_default();
                }
            }>
                <Search value=search label="Search country or code" />
                <Button label="Only my country" small=true testid="only-own-country" disabled=Signal::derive(move || !own.get()) press=only_own />
                <Button label="None" small=true look=Look::Quiet testid="no-country" press=move |()| draft.allowed.update(|all| all.clear()) />
            </div>
            <div class="mt-3 divide-y divide-line">
                {Continent::ALL.map(|continent| view! { <Group continent draft search /> }).collect_view()}
            </div>
            {move || nothing.get().then(|| view! {
                <p class="py-6 text-center text-faint" data-testid="no-such-country">"No country has this name or code."</p>
            })}
        </Card>
    }
}

fn is_search(event: &web_sys::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast as _;
    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    input.is_some_and(|input| input.type_() == "search")
}

fn of(continent: Continent) -> impl Iterator<Item = &'static Country> {
    COUNTRIES.iter().filter(move |country| country.continent == continent)
}

/// One continent: folded, unless something of it is ticked or searched for.
#[component]
fn Group(continent: Continent, draft: Draft, search: RwSignal<String>) -> impl IntoView {
    let mut countries: Vec<&'static Country> = of(continent).collect();
    countries.sort_by_key(|country| country.name);
    let all = countries.len();
    let ticked = Memo::new(move |_| {
        draft.allowed.with(|allowed| of(continent).filter(|country| allowed.contains(country.code)).count())
    });
    let found = Memo::new(move |_| search.with(|text| of(continent).any(|country| fits(country, text))));
    let begins_open = ticked.get_untracked() > 0;
    let open = Memo::new(move |_| begins_open || search.with(|text| !text.trim().is_empty()));
    let label = move || if ticked.get() == all { "None" } else { "All" };
    let toggle = move |()| {
        let whole = ticked.get_untracked() == all;
        draft.allowed.update(|allowed| {
            for country in of(continent) {
                match whole {
                    true => allowed.remove(country.code),
                    false => allowed.insert(country.code.to_owned()),
                };
            }
        });
    };
    view! {
        <details class="fold" open=move || open.get() hidden=move || !found.get() data-testid=format!("continent-{continent:?}")>
            <summary class="flex min-h-11 items-center gap-2">
                <Icon glyph=Glyph::ChevronDown />
                <span class="flex-1 font-medium">{continent.word()}</span>
                <span class="text-sm text-soft figures">{move || format!("{} of {all}", ticked.get())}</span>
            </summary>
            <div class="pb-3">
                <div class="mb-1.5 flex justify-end" hidden=move || search.with(|text| !text.trim().is_empty())>
                    <Button label=Signal::derive(move || format!("{} of {}", label(), continent.word())) small=true look=Look::Quiet press=toggle />
                </div>
                <ul class="grid gap-x-4 sm:grid-cols-2">
                    {countries.into_iter().map(|country| view! { <Line country draft search /> }).collect_view()}
                </ul>
            </div>
        </details>
    }
}

#[component]
fn Line(country: &'static Country, draft: Draft, search: RwSignal<String>) -> impl IntoView {
    let ticked = Memo::new(move |_| draft.allowed.with(|allowed| allowed.contains(country.code)));
    let hidden = Memo::new(move |_| search.with(|text| !fits(country, text)));
    let change = move |event| {
        let on = event_target_checked(&event);
        draft.allowed.update(|allowed| {
            match on {
                true => allowed.insert(country.code.to_owned()),
                false => allowed.remove(country.code),
            };
        });
    };
    view! {
        <li hidden=move || hidden.get()>
            <label class="check">
                <input type="checkbox" data-testid=format!("country-{}", country.code) prop:checked=move || ticked.get() on:change=change />
                <span class="min-w-0 flex-1">{country.name}</span>
                <span class="text-sm text-faint figures">{codes(country)}</span>
            </label>
        </li>
    }
}

/// `+49`; the many area codes of some are cut short.
fn codes(country: &Country) -> String {
    let mut prefixes = country.prefixes();
    let first = prefixes.next().unwrap_or_default();
    let more = prefixes.count();
    if more > 0 { format!("+{first} …") } else { format!("+{first}") }
}

/// Does the country have this in its name, is it its two letters, or what a number of it begins with?
fn fits(country: &Country, text: &str) -> bool {
    let wanted = text.trim().to_lowercase();
    let digits = wanted.trim_start_matches(['+', '0']);
    let is_code = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match is_code {
        true => country.prefixes().any(|prefix| prefix.starts_with(digits) || digits.starts_with(prefix)),
        false => country.name.to_lowercase().contains(&wanted) || country.code.eq_ignore_ascii_case(&wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        COUNTRIES.iter().filter(|country| fits(country, text)).map(|country| country.code).collect()
    }

    // covers: E164-01
    #[test]
    fn e164_01_a_country_is_found_by_name_letters_and_code() {
        assert_eq!(found(""), COUNTRIES.map(|country| country.code));
        assert_eq!(found(" germ"), ["DE"]);
        assert_eq!(found("fr").first(), Some(&"CF"), "in a name");
        assert!(found("fr").contains(&"FR"));
        assert_eq!(found("+49"), ["DE"]);
        assert_eq!(found("0049"), ["DE"]);
        assert!(found("1876").contains(&"JM"));
        assert_eq!(found("nowhere"), Vec::<&str>::new());
    }

    #[test]
    fn a_country_of_many_codes_is_cut_short() {
        let code = |code| codes(country::by_code(code).unwrap());
        assert_eq!((code("DE"), code("CA")), ("+49".to_owned(), "+1204 …".to_owned()));
    }
}
