//! The codes that one's own telephone dials (DIAL-01).

use leptos::prelude::*;
use shared::feature_code::{FeatureCodes, GetOwnFeatureCodes, Service};

use super::account::SettingsTabs;
use crate::page::Head;
use crate::page::feature_code::{dialled, does};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;

/// Those that answer, in the order of the page.
const SHOWN: [Service; 6] =
    [Service::PickUp, Service::TakeHeld, Service::Intercom, Service::Park, Service::Retrieve, Service::Status];

#[component]
pub fn FeatureCodesPage() -> impl IntoView {
    let codes = Fetch::new(GetOwnFeatureCodes::default);
    view! {
        <div class="page">
            <Head title="Feature codes" text="What a telephone dials to use a service. Your administrator sets the codes." />
            <SettingsTabs />
            {codes.failure()}
            <div hidden=move || codes.problem().is_some()>
                <Card title="Codes" flush=true>
                    {move || match codes.get() {
                        None => codes.skeleton("card-body", "h-48"),
                        Some(codes) => table(codes).into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

fn table(codes: FeatureCodes) -> impl IntoView {
    let rows = SHOWN.map(|service| {
        view! {
            <tr data-testid="feature-code">
                <td class="font-medium whitespace-nowrap figures">{dialled(&codes, service)}</td>
                <td>
                    <span class="block font-medium">{service.word()}</span>
                    <span class="block text-soft">{does(&codes, service)}</span>
                </td>
            </tr>
        }
    });
    view! {
        <table class="table" aria-label="Feature codes">
            <thead><tr><th scope="col">"Dial"</th><th scope="col">"What it does"</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
