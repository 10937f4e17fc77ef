//! The certificate of HTTPS, SIP over TLS and WSS: what it says, its warnings, and putting another in its place (TRN-06,
//! TRN-07, OPS-03).

use leptos::prelude::*;
use shared::certificate::{
    Acme, Certificate, CertificateSource, CompleteCertificateRequest, CreateCertificateRequest, CreateLocalCertificate,
    GetCertificate, LETS_ENCRYPT, Link, OrderCertificate, StopAcme, UploadCertificate,
};
use shared::operation::File;

use super::system::SystemTabs;
use crate::api;
use crate::live::{self, Event};
use crate::page::Head;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Switch, TextField, filled};
use crate::ui::file::FileChoice;
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

/// The largest file that is read here, in bytes.
const FILE_BYTES_MAX: f64 = 64_000.0;

#[component]
pub fn CertificatePage() -> impl IntoView {
    let certificate = Fetch::new(GetCertificate::default);
    // A certificate that was issued meanwhile is shown at once; forms are kept while nothing has changed.
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(None)) {
            certificate.reload();
        }
    });
    view! {
        <div class="page">
            <Head title="Certificate" text="One for HTTPS, SIP over TLS and secure WebSockets. Another is served at once; calls and connections go on." />
            <SystemTabs />
            {certificate.failure()}
            {move || match certificate.get() {
                None => certificate.skeleton("card p-4.5", "h-40"),
                Some(current) => view! {
                    <div class="columns">
                        <div class="stack">
                            <Present current=current.clone() />
                            <Automatic current=current.clone() certificate />
                            <Upload certificate />
                        </div>
                        <div class="stack">
                            <Requested current=current.clone() certificate />
                            <Local current=current.clone() certificate />
                            <Guide has_root=current.root.is_some() />
                        </div>
                    </div>
                }
                .into_any(),
            }}
        </div>
    }
}

#[component]
fn Present(current: Certificate) -> impl IntoView {
    let Certificate { source, description, warnings, since, .. } = current;
    let source = match source {
        CertificateSource::Local => view! { <Badge tone=Tone::Warn text="Signed by the own root" /> },
        CertificateSource::Uploaded => view! { <Badge tone=Tone::Accent text="Uploaded" /> },
        CertificateSource::Acme => view! { <Badge tone=Tone::Good text="Renewed by itself" /> },
    };
    let warnings = warnings.into_iter().map(|text| view! { <Notice kind=Kind::Warn text /> }).collect_view();
    let names = description.names.into_iter().map(|name| view! { <code class="wrap-anywhere">{name}</code> });
    view! {
        <Card title="Served now" tools=source.into_any() testid="certificate">
            <div class="grid gap-4">
                {warnings}
                <dl class="facts">
                    <div>
                        <dt class="hint">"Expires"</dt>
                        <dd data-testid="expires">{time::show(description.not_after, Style::Day)}</dd>
                    </div>
                    <div>
                        <dt class="hint">"Served since"</dt>
                        <dd>{time::show(since, Style::Day)}</dd>
                    </div>
                </dl>
                <div>
                    <p class="hint">"Names and addresses"</p>
                    <p class="flex flex-wrap gap-2" data-testid="names">{names.collect_view()}</p>
                </div>
                <div>
                    <p class="hint">"Chain"</p>
                    <ol class="grid gap-2">{description.chain.into_iter().map(link).collect_view()}</ol>
                </div>
            </div>
        </Card>
    }
}

fn link(link: Link) -> impl IntoView {
    view! {
        <li class="min-w-0">
            <span class="block wrap-anywhere">{link.subject}</span>
            <span class="block text-sm text-faint wrap-anywhere">
                {format!("issued by {}, until {}", link.issuer, time::show(link.not_after, Style::Day))}
            </span>
        </li>
    }
}

#[component]
fn Upload(certificate: Fetch<Certificate>) -> impl IntoView {
    let form = Form::new();
    let (chain, key, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let operation = UploadCertificate {
            chain: chain.get_untracked(),
            key: key.get_untracked(),
            password: filled(password.get_untracked()),
        };
        form.send(operation.check(), operation, move |fresh| {
            certificate.set(fresh);
            toast::good("The certificate is served from now on.");
        });
    };
    view! {
        <Card title="Upload a certificate" testid="upload">
            <FormView form fields=vec!["chain", "key", "password"] submit>
                <div class="grid gap-2">
                    <TextField name="chain" label="Certificate" value=chain form placeholder="-----BEGIN CERTIFICATE-----"
                        hint="PEM, the server's certificate first, then the intermediate ones (“nginx format”)." />
                    <FileChoice value=chain form label="Choose the certificate's file" accept=".pem,.crt,.cer" bytes_max=FILE_BYTES_MAX testid="file-chain" />
                </div>
                <div class="grid gap-2">
                    <TextField name="key" label="Private key" value=key form placeholder="-----BEGIN PRIVATE KEY-----"
                        hint="PEM. It is kept encrypted and never shown again." />
                    <FileChoice value=key form label="Choose the key's file" accept=".pem,.key" bytes_max=FILE_BYTES_MAX testid="file-key" />
                </div>
                // For password managers: whose password it is.
                <input type="text" autocomplete="username" value="Private key" readonly hidden />
                <Field name="password" label="Password of the key" value=password form kind="password" optional=true autocomplete="new-password" />
                <div><Button label="Replace the certificate" look=Look::Primary submit=true busy=form.busy testid="upload-certificate" /></div>
            </FormView>
        </Card>
    }
}

/// A certificate that an authority issues and renews by itself (ACME).
#[component]
fn Automatic(current: Certificate, certificate: Fetch<Certificate>) -> impl IntoView {
    let form = Form::new();
    let acme = current.acme.clone();
    let known = acme.clone().unwrap_or_default();
    let web_domain = RwSignal::new(if known.domain.is_empty() { current.web_domain } else { known.domain });
    let contact = RwSignal::new(known.contact);
    let directory = RwSignal::new(if known.directory.is_empty() { LETS_ENCRYPT.to_owned() } else { known.directory });
    let accepted = RwSignal::new(acme.is_some());
    let submit = move |()| {
        let operation = OrderCertificate {
            web_domain: web_domain.get_untracked().trim().to_lowercase(),
            contact: contact.get_untracked().trim().to_owned(),
            directory: filled(directory.get_untracked()),
            terms_accepted: accepted.get_untracked(),
        };
        form.send(operation.check(), operation, move |fresh| {
            certificate.set(fresh);
            toast::good("The authority is asked now; the certificate is there in a minute.");
        });
    };
    let stopping = Form::new();
    let stop = move |()| stopping.send(Vec::new(), StopAcme::default(), move |fresh| certificate.set(fresh));
    let running = acme.is_some();
    view! {
        <Card title="Issued and renewed by itself" testid="acme">
            <FormView form fields=vec!["web_domain", "contact", "directory", "terms_accepted"] submit>
                {acme.map(order_state)}
                <p class="text-soft">"An authority such as Let's Encrypt looks whether the name leads to this server, by HTTP on port 80, and issues a certificate without a charge. Start Belfry with --http-redirect 0.0.0.0:80, and point the name's DNS here."</p>
                <Field name="web_domain" label="Web domain" value=web_domain form placeholder="pbx.example" inputmode="url" testid="acme-domain" />
                <Field name="contact" label="E-mail for the authority" value=contact form optional=true inputmode="email" testid="acme-contact" />
                <Field name="directory" label="Directory" value=directory form inputmode="url" hint="The ACME directory of the authority." testid="acme-directory" />
                <Switch name="terms_accepted" label="I accept the authority's terms" on=accepted change=move |on: bool| accepted.set(on) />
                {move || form.problem("terms_accepted").map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
                <div class="flex flex-wrap gap-2">
                    <Button label=if running { "Ask again now" } else { "Ask for a certificate" } look=Look::Primary submit=true busy=form.busy testid="order-certificate" />
                    {running.then(|| view! { <Button label="Stop renewing" busy=stopping.busy testid="stop-acme" press=stop /> })}
                </div>
            </FormView>
        </Card>
    }
}

fn order_state(acme: Acme) -> impl IntoView {
    let word = match (&acme.last_failure, acme.last_at) {
        (Some(failure), _) => {
            let text = format!("The last try failed; it is tried again by itself. {failure}");
            return view! { <Notice kind=Kind::Warn text /> }.into_any();
        }
        (None, Some(at)) => format!("Issued on {}", time::show(at, Style::Day)),
        (None, None) => "The authority is being asked".to_owned(),
    };
    let next = acme.next_at.map(|at| format!(", renewed on {}", time::show(at, Style::Day))).unwrap_or_default();
    view! { <p data-testid="acme-state">{format!("{word}{next}.")}</p> }.into_any()
}

/// A key and a request made here, for an authority that is asked by hand (TRN-07).
#[component]
fn Requested(current: Certificate, certificate: Fetch<Certificate>) -> impl IntoView {
    let form = Form::new();
    let names = RwSignal::new(current.web_domain);
    let organization = RwSignal::new(String::new());
    let submit = move |()| {
        let operation = CreateCertificateRequest {
            names: names.with_untracked(|names| {
                names.split([',', ' ', '\n']).filter_map(|name| filled(name.to_lowercase())).collect()
            }),
            organization: filled(organization.get_untracked()),
        };
        form.send(operation.check(), operation, move |fresh| {
            certificate.set(fresh);
            toast::good("The request is ready to be sent to the authority.");
        });
    };
    let (answer, chain) = (Form::new(), RwSignal::new(String::new()));
    let complete = move |()| {
        let operation = CompleteCertificateRequest { chain: chain.get_untracked() };
        answer.send(Vec::new(), operation, move |fresh| {
            certificate.set(fresh);
            toast::good("The certificate is served from now on.");
        });
    };
    let waiting = current.request.map(|request| {
        let file = File { name: "belfry.csr".to_owned(), text: request.text };
        view! {
            <FormView form=answer fields=vec!["chain"] submit=complete>
                <p>{format!("A request of {} waits for its certificate.", time::show(request.since, Style::Day))}</p>
                <div><Button label="Download the request" icon=Glyph::Download testid="download-request" press=move |()| api::save_file(&file) /></div>
                <div class="grid gap-2">
                    <TextField name="chain" label="The authority's answer" value=chain form=answer placeholder="-----BEGIN CERTIFICATE-----"
                        hint="Its certificate, then the intermediate ones." />
                    <FileChoice value=chain form=answer label="Choose the answer's file" accept=".pem,.crt,.cer" bytes_max=FILE_BYTES_MAX testid="file-answer" />
                </div>
                <div><Button label="Serve it" look=Look::Primary submit=true busy=answer.busy testid="complete-request" /></div>
            </FormView>
        }
    });
    view! {
        <Card title="Ask an authority by hand" testid="request">
            <div class="grid gap-5">
                {waiting}
                <FormView form fields=vec!["names", "organization"] submit>
                    <p class="text-soft">"Belfry makes a key, which never leaves the server, and a request that you send to the authority."</p>
                    <Field name="names" label="Names" value=names form placeholder="pbx.example, *.pbx.example" testid="request-names" />
                    <Field name="organization" label="Organisation" value=organization form optional=true />
                    <div><Button label="Make a request" submit=true busy=form.busy testid="create-request" /></div>
                </FormView>
            </div>
        </Card>
    }
}

#[component]
fn Local(current: Certificate, certificate: Fetch<Certificate>) -> impl IntoView {
    let form = Form::new();
    let web_domain = RwSignal::new(current.web_domain);
    let submit = move |()| {
        let operation = CreateLocalCertificate { web_domain: web_domain.get_untracked().trim().to_lowercase() };
        form.send(operation.check(), operation, move |fresh| {
            certificate.set(fresh);
            toast::good("The new certificate is served from now on.");
        });
    };
    view! {
        <Card title="Without a bought certificate" testid="local">
            <FormView form fields=vec!["web_domain"] submit>
                <p class="text-soft">"Belfry signs a certificate with a root of its own, for the web domain and all addresses of this server. Whoever installs the root has no warning."</p>
                <Field name="web_domain" label="Web domain" value=web_domain form optional=true placeholder="pbx.example" inputmode="url"
                    hint="The name under which browsers open this portal. Point its DNS here." />
                <div><Button label="Create a certificate" submit=true busy=form.busy testid="create-local" /></div>
            </FormView>
        </Card>
    }
}

/// How the warning of browsers goes away (SYS-06).
#[component]
fn Guide(has_root: bool) -> impl IntoView {
    view! {
        <Card title="No more warnings" testid="guide">
            <div class="grid gap-3 text-soft">
                <p><strong class="text-ink">"With a bought certificate: "</strong>"point a name at this server, buy a certificate for it, upload it here with its key. Then open the portal by that name."</p>
                <p><strong class="text-ink">"With the own root: "</strong>"install the root below on each computer and phone, among the trusted authorities."</p>
                <ul class="list-disc pl-5 grid gap-1">
                    <li>"Windows: open the file, install it for the computer, among the trusted root authorities."</li>
                    <li>"macOS: open it in Keychain Access, then set it to Always Trust."</li>
                    <li>"iPhone: open it, install the profile, then switch it on under Certificate Trust Settings."</li>
                    <li>"Android: Settings, Security, install a CA certificate. Firefox has a list of its own in its settings."</li>
                    <li>"Desk phones: upload it in the phone's own page, under trusted certificates."</li>
                </ul>
                {match has_root {
                    true => view! { <a class=Look::Secondary.class() href="/root.crt" rel="external" download="belfry-root.crt" data-testid="download-root">"Download the root"</a> }.into_any(),
                    false => view! { <p>"There is no own root yet; it is made with the first certificate."</p> }.into_any(),
                }}
            </div>
        </Card>
    }
}
