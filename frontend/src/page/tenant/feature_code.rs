//! Feature codes: what each does, and by which keys it is dialled (DIAL-01).

use leptos::prelude::*;
use shared::feature_code::{FeatureCodes, GetFeatureCodes, Service, UpdateFeatureCodes};

use super::dialing::DialingTabs;
use crate::page::Head;
use crate::page::feature_code::does;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::Field;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The codes as the form has them.
#[derive(Clone, Copy)]
struct Draft {
    codes: [(Service, RwSignal<String>); Service::CODED.len()],
    slot_first: RwSignal<String>,
    slot_last: RwSignal<String>,
    park_seconds: RwSignal<String>,
}

impl Draft {
    fn of(codes: &FeatureCodes) -> Self {
        Self {
            codes: Service::CODED.map(|service| (service, RwSignal::new(codes.code(service).to_owned()))),
            slot_first: RwSignal::new(codes.slot_first.to_string()),
            slot_last: RwSignal::new(codes.slot_last.to_string()),
            park_seconds: RwSignal::new(codes.park_seconds.to_string()),
        }
    }

    /// As they stand, watched; what is no figure is none that is allowed.
    fn codes(self) -> FeatureCodes {
        let number = |text: RwSignal<String>| text.with(|text| text.trim().parse().unwrap_or(0));
        let mut codes = FeatureCodes {
            slot_first: number(self.slot_first),
            slot_last: number(self.slot_last),
            park_seconds: number(self.park_seconds),
            ..FeatureCodes::default()
        };
        for (service, text) in self.codes {
            codes.set(service, text.with(|text| text.trim().to_owned()));
        }
        codes
    }
}

#[component]
pub fn FeatureCodesPage() -> impl IntoView {
    let codes = Fetch::new(GetFeatureCodes::default);
    view! {
        <div class="page">
            <Head title="Feature codes" text="What a telephone dials to use a service. Codes share one space of numbers with extensions, ring groups, receptionists, queues and conference rooms: where two would collide, the later one is refused." />
            <DialingTabs />
            {codes.failure()}
            <div hidden=move || codes.problem().is_some()>
                {move || match codes.get() {
                    None => codes.skeleton("card p-4.5", "h-96"),
                    Some(current) => view! { <Codes current /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Codes(current: FeatureCodes) -> impl IntoView {
    let draft = Draft::of(&current);
    let form = Form::new();
    let submit = move |()| {
        let codes = untrack(|| draft.codes());
        form.send(codes.check(), UpdateFeatureCodes { codes }, |_: FeatureCodes| {
            toast::good("The codes hold for calls from now on.");
        });
    };
    let mut fields = Service::CODED.map(Service::field).to_vec();
    fields.extend(["slot_first", "slot_last", "park_seconds"]);
    let row = move |(service, value): (Service, RwSignal<String>)| {
        let suffix = Signal::derive(move || does(&draft.codes(), service));
        view! { <Field name=service.field() label=service.word() value form inputmode="tel" suffix /> }
    };
    view! {
        <FormView form fields submit>
            <Card title="Codes" testid="feature-codes">
                <div class="grid items-start gap-4 sm:grid-cols-2">{draft.codes.map(row).collect_view()}</div>
            </Card>
            <Card title="Parking" testid="parking">
                <div class="grid items-start gap-4 sm:grid-cols-3">
                    <Field name="slot_first" label="First slot" value=draft.slot_first form inputmode="numeric"
                        hint="A parked call gets the first slot that is free." />
                    <Field name="slot_last" label="Last slot" value=draft.slot_last form inputmode="numeric"
                        hint="Whoever dials a slot takes the call in it." />
                    <Field name="park_seconds" label="Seconds until it rings back" value=draft.park_seconds form inputmode="numeric"
                        hint="Then whoever has parked the call is rung; without an answer it stays, and rings again after the same time." />
                </div>
            </Card>
            <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-feature-codes" /></div>
        </FormView>
    }
}
