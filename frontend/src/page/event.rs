//! The event log, the same for the provider and for a tenant (LOG-01).

use leptos::prelude::*;
use shared::event::{Event, EventLevel, EventSource};
use shared::fact::Fact;

use crate::live;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::grouped;
use crate::ui::field::{Search, Select};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Column, Nothing, Table};

/// What the list is narrowed to, as it stands in the address.
#[derive(Clone, Copy, Debug)]
pub struct Filters {
    pub search: RwSignal<String>,
    pub level: RwSignal<String>,
    pub source: RwSignal<String>,
}

impl Filters {
    /// Those of the page's address.
    pub fn bound() -> Self {
        use crate::page::filter::bound;
        Self { search: bound("search"), level: bound("level"), source: bound("source") }
    }

    /// So bad or worse.
    pub fn level(self) -> Option<EventLevel> {
        chosen(&self.level.get())
    }

    /// Of this part.
    pub fn source(self) -> Option<EventSource> {
        chosen(&self.source.get())
    }

    fn none(self) -> bool {
        [self.search, self.level, self.source].iter().all(|value| value.with(String::is_empty))
    }
}

/// The value of a word on the wire; none of an empty or a wrong one.
fn chosen<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

fn wire<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The table with its filters; `tools` stand beside them.
#[component]
pub fn EventTable(
    listing: Listing<Event>,
    filters: Filters,
    #[prop(optional)] tools: Option<AnyView>,
) -> impl IntoView {
    live::subscribe(move |event| match event {
        live::Event::Reload => listing.reload(),
        live::Event::Fact(fact) if matches!(fact.fact, Fact::EventHappened { .. }) => listing.reload(),
        // What somebody changed may be an event as well.
        live::Event::Changed(_) => listing.reload(),
        live::Event::Fact(_) => {}
    });
    let columns = vec![
        Column::new("Level", |row: &Event| level(row.level).into_any()).medium(),
        Column::new("What", what),
        Column::new("Part", |row: &Event| {
            let tenant = row.tenant_name.clone().map(|name| view! { <span class="cell-sub">{name}</span> });
            view! { <span class="text-soft">{row.source.word()}</span>{tenant} }.into_any()
        })
        .medium(),
        Column::new("Times", |row: &Event| {
            (row.count > 1).then(|| view! { <Badge text=grouped(row.count) /> }).into_any()
        })
        .wide()
        .end(),
        Column::new("When", |row: &Event| {
            view! { <span class="whitespace-nowrap text-soft figures">{time::show(row.last_at, Style::Full)}</span> }
                .into_any()
        })
        .medium(),
    ];
    let nothing = Signal::derive(move || match filters.none() {
        true => Nothing {
            glyph: Glyph::Activity,
            title: "Nothing has happened yet",
            text: "What the server does and suffers by itself is written down here.",
        },
        false => {
            Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another word or a milder level." }
        }
    });
    let any = |word: &str| (String::new(), word.to_owned());
    let levels = std::iter::once(any("All levels")).chain([
        (wire(EventLevel::Warning), "Warnings and errors".to_owned()),
        (wire(EventLevel::Error), "Errors".to_owned()),
    ]);
    let sources = std::iter::once(any("All parts"))
        .chain(EventSource::ALL.into_iter().map(|source| (wire(source), source.word().to_owned())));
    view! {
        <section class="card" aria-label="Events">
            <div class="filters">
                <Search value=filters.search label="Search what happened" />
                <Select name="level" label="Level" value=filters.level options=levels.collect() small=true />
                <Select name="source" label="Part" value=filters.source options=sources.collect() small=true />
                {tools}
            </div>
            <Table listing columns label="Events" nothing />
        </section>
    }
}

fn what(row: &Event) -> AnyView {
    let (short, times) = (time::show(row.last_at, Style::Short), row.count);
    let fix = (!row.fix.is_empty()).then(|| view! { <span class="cell-sub">{row.fix.clone()}</span> });
    let times = (times > 1).then(|| format!(", {} times", grouped(times)));
    view! {
        <span class="block min-w-0 wrap-anywhere" data-testid="event" data-code=row.code.clone()>{row.text.clone()}</span>
        {fix}
        <span class="cell-sub phone-only">
            <span class="mt-1 flex flex-wrap items-center gap-2 figures">
                {level(row.level)}
                <span>{short}{times}</span>
            </span>
        </span>
    }
    .into_any()
}

fn level(level: EventLevel) -> impl IntoView {
    let tone = match level {
        EventLevel::Information => Tone::Plain,
        EventLevel::Warning => Tone::Warn,
        EventLevel::Error => Tone::Bad,
    };
    view! { <Badge tone dot=true text=level.word() /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_parts_are_read_from_the_address_again() {
        for level in EventLevel::ALL {
            assert_eq!(chosen(&wire(level)), Some(level));
        }
        for source in EventSource::ALL {
            assert_eq!(chosen(&wire(source)), Some(source));
        }
        assert_eq!(chosen::<EventLevel>(""), None);
        assert_eq!(chosen::<EventLevel>("worst"), None);
    }
}
