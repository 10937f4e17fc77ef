//! Extension groups: what their members may do, and who sees after them (GRP-01…GRP-06).

use leptos::prelude::*;
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroup, ExtensionGroupRow, ExtensionGroupSettings,
    GetExtensionGroup, GetExtensionRights, ListExtensionGroups, Rights, UpdateExtensionGroup,
};
use shared::{ExtensionGroupId, ExtensionId};

use super::pick::{Everybody, Picks, chosen_of, ids};
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::bound;
use crate::ui::badge::Badge;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Search, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::notice::{Kind, Notice};
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

const NOUN: Noun<ExtensionGroupRow> = Noun {
    word: "group",
    name: |row| &row.name,
    removed: "Its members keep what their other groups allow.",
    add_testid: "add-group",
    edit_testid: "edit-group",
};

#[component]
pub fn ExtensionGroupsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListExtensionGroups { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::People,
            title: "No group",
            text: "A group gives its members rights, and its managers a view of their calls.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name." },
    });
    view! {
        <div class="page">
            <Head title="Groups" text="What extensions may do, and who sees after them." tools=records.add() />
            <section class="card" aria-label="Groups">
                <div class="filters"><Search value=search label="Search name or description" /></div>
                <Table listing columns=columns(records) label="Groups" nothing />
            </section>
        </div>
        <RecordDialogs records wide=true remove=|row| DeleteExtensionGroup { extension_group_id: row.id }
            form=move |row| match row {
                Some(row) => view! { <Loaded id=row.id records /> }.into_any(),
                None => view! { <GroupForm group=None records /> }.into_any(),
            } />
    }
}

fn columns(records: Records<ExtensionGroupRow>) -> Vec<Column<ExtensionGroupRow>> {
    vec![
        Column::new("Group", |row: &ExtensionGroupRow| {
            view! {
                <span class="block cell-clip font-medium" data-testid="group" data-name=row.name.clone()>{row.name.clone()}</span>
                <span class="cell-sub cell-clip">{about(row)}</span>
            }
            .into_any()
        }),
        Column::new("Rights", |row: &ExtensionGroupRow| rights_view(row.rights)).medium(),
        Column::new("People", |row: &ExtensionGroupRow| {
            let overseers = match (row.managers, row.monitors) {
                (0, 0) => String::new(),
                (managers, 0) => counted(managers, "manager"),
                (0, monitors) => counted(monitors, "monitor"),
                (managers, monitors) => format!("{}, {}", counted(managers, "manager"), counted(monitors, "monitor")),
            };
            view! {
                <span class="block figures">{counted(row.members, "member")}</span>
                <span class="cell-sub figures">{overseers}</span>
            }
            .into_any()
        }),
        Column::new("", move |row: &ExtensionGroupRow| records.actions(row, None, !row.is_default)),
    ]
}

fn about(row: &ExtensionGroupRow) -> String {
    match (row.description.as_str(), row.is_default) {
        ("", true) => "Each new extension joins it".to_owned(),
        (description, _) => description.to_owned(),
    }
}

fn counted(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The rights in words, each of them that is given.
fn words(rights: Rights) -> Vec<&'static str> {
    let Rights { portal, paging, external, other_groups } = rights;
    let all =
        [(portal, "Portal"), (paging, "Paging"), (external, "External calls"), (other_groups, "Calls to other groups")];
    all.into_iter().filter_map(|(given, word)| given.then_some(word)).collect()
}

fn rights_view(rights: Rights) -> AnyView {
    let words = words(rights);
    if words.is_empty() {
        return view! { <span class="text-faint">"None"</span> }.into_any();
    }
    let badges = words.into_iter().map(|text| view! { <Badge text /> }).collect_view();
    view! { <span class="flex flex-wrap gap-1">{badges}</span> }.into_any()
}

/// The form of a group that is there, once its people are known.
#[component]
fn Loaded(id: ExtensionGroupId, records: Records<ExtensionGroupRow>) -> impl IntoView {
    let group = Fetch::new(move || GetExtensionGroup { extension_group_id: id });
    view! {
        {group.failure()}
        {move || match group.get() {
            Some(group) => view! { <GroupForm group=Some(group) records /> }.into_any(),
            None => group.skeleton("grid", "h-64"),
        }}
    }
}

#[component]
fn GroupForm(group: Option<ExtensionGroup>, records: Records<ExtensionGroupRow>) -> impl IntoView {
    let form = Form::new();
    let everybody = Everybody::new();
    let id = group.as_ref().map(|group| group.id);
    let fixed = group.as_ref().is_some_and(|group| group.id.0 == group.tenant_id.0);
    let settings = group.map(|group| group.settings).unwrap_or_default();
    let (name, description) = (RwSignal::new(settings.name.clone()), RwSignal::new(settings.description.clone()));
    let rights = RwSignal::new(settings.rights);
    let members = chosen_of(&settings.members);
    let managers = chosen_of(&settings.managers);
    let monitors = chosen_of(&settings.monitors);
    let monitors_all = RwSignal::new(settings.monitors_all);
    let submit = move |()| {
        let settings = ExtensionGroupSettings {
            name: name.get_untracked(),
            description: description.get_untracked(),
            rights: rights.get_untracked(),
            members: ids(members),
            managers: ids(managers),
            monitors: ids(monitors),
            monitors_all: monitors_all.get_untracked(),
        };
        let problems = settings.check();
        let finish = move |group: ExtensionGroup| {
            records.saved(format!("The group {} was saved.", group.settings.name));
        };
        match id {
            Some(extension_group_id) => {
                form.send(problems, UpdateExtensionGroup { extension_group_id, settings }, finish);
            }
            None => form.send(problems, CreateExtensionGroup { settings }, finish),
        }
    };
    let options = Signal::derive(move || everybody.options());
    view! {
        <FormView form fields=vec!["name", "description", "members", "managers", "monitors"] submit>
            {match fixed {
                true => view! {
                    <Notice kind=Kind::Plain text="This group keeps its name and has all rights. Each new extension joins it; take out whoever should have fewer." />
                    <Field name="description" label="Description" value=description form optional=true autofocus=true />
                }.into_any(),
                false => view! {
                    <div class="grid items-start gap-3 sm:grid-cols-2">
                        <Field name="name" label="Name" value=name form placeholder="Sales" autofocus=true />
                        <Field name="description" label="Description" value=description form optional=true />
                    </div>
                    <fieldset class="grid gap-3">
                        <legend class="label mb-2">"Members may"</legend>
                        <div class="grid gap-3 sm:grid-cols-2">
                            <Switch name="portal" label="Sign in to the portal" on=Signal::derive(move || rights.get().portal)
                                change=move |on| rights.update(|rights| rights.portal = on) />
                            <Switch name="external" label="Call numbers outside" hint="Emergency numbers can always be called."
                                on=Signal::derive(move || rights.get().external) change=move |on| rights.update(|rights| rights.external = on) />
                            <Switch name="other_groups" label="Call members of other groups" hint="Off: only those who share a group with them."
                                on=Signal::derive(move || rights.get().other_groups) change=move |on| rights.update(|rights| rights.other_groups = on) />
                            <Switch name="paging" label="Page and use the intercom" on=Signal::derive(move || rights.get().paging)
                                change=move |on| rights.update(|rights| rights.paging = on) />
                        </div>
                        <p class="hint">"Whoever is in several groups may what any of them allows."</p>
                    </fieldset>
                }.into_any(),
            }}
            {everybody.failure()}
            <Picks name="members" label="Members" add="Add a member" hint="Everybody is in at least one group." chosen=members options form />
            <div class="grid items-start gap-4 sm:grid-cols-2">
                <Picks name="managers" label="Managers" add="Add a manager" hint="They see the calls of its members." chosen=managers options form />
                <div class="grid gap-3">
                    <Picks name="monitors" label="Monitors" add="Add a monitor" hint="They may listen to the calls of its members." chosen=monitors options form />
                    <Switch name="monitors_all" label="They may listen to all extensions" on=monitors_all change=move |on| monitors_all.set(on) />
                </div>
            </div>
            <FormFoot open=records.editing() form />
        </FormView>
    }
}

/// What an extension may do, and by which groups; to be read only (EXT-13).
#[component]
pub fn InheritedRights(id: ExtensionId) -> impl IntoView {
    let rights = Fetch::new(move || GetExtensionRights { extension_id: id });
    view! {
        {rights.failure()}
        {move || match rights.get() {
            Some(known) => {
                let groups: Vec<String> = known.groups.into_iter().map(|group| group.name).collect();
                view! {
                    <dl class="facts" data-testid="inherited-rights">
                        <div><dt>"Groups"</dt><dd class="cell-clip">{groups.join(", ")}</dd></div>
                        <div><dt>"Rights, by its groups"</dt><dd>{rights_view(known.rights)}</dd></div>
                    </dl>
                }
                .into_any()
            }
            None => rights.skeleton("grid", "h-16"),
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_told_in_words() {
        assert!(words(Rights::default()).is_empty());
        assert_eq!(words(Rights::ALL).len(), 4);
        assert_eq!(words(Rights { external: true, ..Rights::default() }), ["External calls"]);
        assert_eq!((counted(1, "member"), counted(0, "member")), ("1 member".to_owned(), "0 members".to_owned()));
    }
}
