//! The object storage of recordings (REC-08).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::object_storage::{
    GetObjectStorage, ObjectStorage, ObjectStorageForm, ObjectStorageTest, TestObjectStorage, UpdateObjectStorage,
};

use super::system::SystemTabs;
use crate::api;
use crate::page::Head;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

const FIELDS: [&str; 6] = ["endpoint", "region", "bucket", "prefix", "access_key", "secret"];

#[component]
pub fn ObjectStoragePage() -> impl IntoView {
    let storage = Fetch::new(GetObjectStorage::default);
    view! {
        <div class="page">
            <Head title="Object storage" text="Where recordings are moved once their calls have ended: S3, and what speaks like it. Without one they lie in the data folder." />
            <SystemTabs />
            {storage.failure()}
            <div class="max-w-2xl" hidden=move || storage.problem().is_some()>
                {move || match storage.get() {
                    None => storage.skeleton("card p-4.5", "h-96"),
                    Some(current) => view! { <Present current storage /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(current: ObjectStorage, storage: Fetch<ObjectStorage>) -> impl IntoView {
    let form = Form::new();
    let text = |text: String| RwSignal::new(text);
    let enabled = RwSignal::new(current.enabled);
    let (endpoint, region, bucket) = (text(current.endpoint.clone()), text(current.region), text(current.bucket));
    let (prefix, access_key, secret) = (text(current.prefix), text(current.access_key), text(String::new()));
    let (path_style, allow_http) = (RwSignal::new(current.path_style), RwSignal::new(current.allow_http));
    let draft = move || {
        let word = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        ObjectStorageForm {
            enabled: enabled.get_untracked(),
            endpoint: word(endpoint),
            region: word(region),
            bucket: word(bucket),
            prefix: word(prefix),
            access_key: word(access_key),
            secret: filled(secret.get_untracked()),
            path_style: path_style.get_untracked(),
            allow_http: allow_http.get_untracked(),
        }
    };
    let submit = move |()| {
        let asked = draft();
        form.send(asked.check(), UpdateObjectStorage { form: asked }, move |fresh: ObjectStorage| {
            toast::good(if fresh.enabled {
                "Recordings are moved there from now on."
            } else {
                "Saved. Nothing is moved."
            });
            storage.set(fresh);
        });
    };
    let (testing, tested) = (RwSignal::new(false), RwSignal::new(None::<ObjectStorageTest>));
    let test = move |()| {
        let asked = draft();
        let problems = asked.check();
        if !problems.is_empty() {
            return form.mark(problems);
        }
        testing.set(true);
        tested.set(None);
        spawn_local(async move {
            let answer = api::call(TestObjectStorage { form: asked }).await;
            testing.try_set(false);
            match answer {
                Ok(answer) => drop(tested.try_set(Some(answer))),
                Err(problem) => form.refuse(problem),
            }
        });
    };
    let outcome = move || {
        tested.get().map(|tested| match tested.failure {
            None => view! { <Notice kind=Kind::Good text="It works: written, read and removed." /> },
            Some(text) => view! { <Notice kind=Kind::Bad text /> },
        })
    };
    let state = (!current.endpoint.is_empty()).then(|| {
        let text = format!("{} recordings lie there, {} in the data folder.", current.recordings, current.waiting);
        view! { <Notice kind=Kind::Plain text /> }
    });
    let kept =
        if current.has_secret { "There is one; it is kept encrypted and never shown. Empty leaves it." } else { "" };
    view! {
        <Card title="Storage" testid="object-storage">
            <FormView form fields=FIELDS.to_vec() submit>
                {state}
                <Switch name="enabled" label="Move recordings there" hint="Off: what lies there is still read."
                    on=move || enabled.get() change=move |on| enabled.set(on) />
                <Field name="endpoint" label="Address" value=endpoint form optional=true inputmode="url" placeholder="https://s3.example.com"
                    hint="Empty: there is none." />
                <div class="form-row">
                    <Field name="region" label="Region" value=region form placeholder="eu-central-1" />
                    <Field name="bucket" label="Bucket" value=bucket form />
                </div>
                <Field name="prefix" label="Names begin with" value=prefix form optional=true placeholder="belfry/" />
                <div class="form-row">
                    <Field name="access_key" label="Access key" value=access_key form autocomplete="off" />
                    <Field name="secret" label="Secret" value=secret form kind="password" optional=true autocomplete="new-password" hint=kept />
                </div>
                <Switch name="path_style" label="The bucket stands in the path"
                    hint="On for most servers of one's own; off for Amazon, where it stands in the name of the host."
                    on=move || path_style.get() change=move |on| path_style.set(on) />
                <Switch name="allow_http" label="The way there may be in the clear"
                    hint="On: http:// is taken as well. Only inside a network that nobody else reads."
                    on=move || allow_http.get() change=move |on| allow_http.set(on) />
                {outcome}
                <div class="flex flex-wrap gap-2">
                    <Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-object-storage" />
                    <Button label="Test" busy=testing testid="test-object-storage" press=test />
                </div>
            </FormView>
        </Card>
    }
}
