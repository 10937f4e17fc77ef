//! The five steps and their fields.

use leptos::prelude::*;
use shared::certificate::Certificate;
use shared::network::NetworkState;
use shared::tenant::Tenant;
use shared::transport::{Protocol, TransportRow};
use shared::wizard::Wizard;

use super::value::Values;
use crate::page::country::home_choices;
use crate::page::mail_server::{MailFields, NAMES_OF_STEP, test_as_provider};
use crate::time::{self, Style};
use crate::ui::field::{Field, Select, Switch, TextField};
use crate::ui::file::FileChoice;
use crate::ui::form::Form;
use crate::ui::notice::{Kind, Notice};

/// The largest file that is read here, in bytes.
const FILE_BYTES_MAX: f64 = 64_000.0;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Network,
    Domain,
    Transport,
    Certificate,
    Mail,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Network, Self::Domain, Self::Transport, Self::Certificate, Self::Mail];

    /// As the operation calls it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Domain => "domain",
            Self::Transport => "transport",
            Self::Certificate => "certificate",
            Self::Mail => "mail",
        }
    }

    /// The step in which a field stands: `certificate.key`.
    pub fn of_field(field: &str) -> Option<Self> {
        let (step, _) = field.split_once('.')?;
        Self::ALL.into_iter().find(|known| known.key() == step)
    }

    /// From one on.
    pub fn number(self) -> usize {
        Self::ALL.iter().take_while(|one| **one <= self).count()
    }

    /// The one after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|one| *one > self)
    }

    /// The one before it.
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|one| *one < self)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Network => "Network",
            Self::Domain => "SIP domain",
            Self::Transport => "Transport",
            Self::Certificate => "Certificate",
            Self::Mail => "Mail server",
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Network => "By which name and addresses browsers and phones reach this server.",
            Self::Domain => {
                "The first company and what stands behind the @ in its users' addresses, such as sip:101@acme.example."
            }
            Self::Transport => {
                "By which protocol and port phones reach this server. More can be added later, while calls run."
            }
            Self::Certificate => {
                "One for HTTPS, SIP over TLS and secure WebSockets, for the web domain of the first step. Point its DNS at this server. Without an upload a certificate of the own root is served, and browsers warn."
            }
            Self::Mail => {
                "By which invitations and alarms go out. Without one nothing is mailed, and links are handed over by hand."
            }
        }
    }

    /// Its fields.
    pub fn view(self, values: Values, today: &Wizard, form: Form) -> AnyView {
        match self {
            Self::Network => view! { <Network values in_use=today.in_use.clone() form /> }.into_any(),
            Self::Domain => view! { <Domain values tenant=today.tenant.clone() form /> }.into_any(),
            Self::Transport => view! { <Transport values rows=today.transports.clone() form /> }.into_any(),
            Self::Certificate => {
                view! { <CertificateFields values served=today.certificate.clone() form /> }.into_any()
            }
            Self::Mail => view! {
                <MailFields fields=values.mail names=NAMES_OF_STEP form has_password=today.mail.has_password empty_means="Empty: nothing is mailed." test=test_as_provider />
            }
            .into_any(),
        }
    }
}

#[component]
fn Network(values: Values, in_use: NetworkState, form: Form) -> impl IntoView {
    let today = |address: Option<String>, empty: &str| match address {
        Some(address) => format!("{empty} Today {address}."),
        None => empty.to_owned(),
    };
    let private =
        today(in_use.ipv4.private.map(|one| one.to_string()), "Empty: the address of this machine's default route.");
    let public = today(
        in_use.ipv4.public.map(|one| one.to_string()),
        "Only where it never changes. Empty: what the STUN server tells, or the private one.",
    );
    let ipv6 = values.ipv6;
    view! {
        <Field name="network.web_domain" label="Web domain" value=values.web_domain form optional=true placeholder="pbx.example" inputmode="url"
            hint="The name under which browsers open this portal; the certificate is for it." />
        <Field name="network.private_ipv4" label="Private IPv4 address" value=values.private_ipv4 form optional=true placeholder="192.168.1.5" hint=private />
        <Field name="network.public_ipv4" label="Public IPv4 address" value=values.public_ipv4 form optional=true placeholder="203.0.113.5" hint=public />
        <Switch name="network.ipv6" label="Speak IPv6" on=ipv6 change=move |on: bool| ipv6.set(on) hint="SIP and the sound of phones, beside IPv4." />
        {move || ipv6.get().then(|| view! {
            <Field name="network.private_ipv6" label="Private IPv6 address" value=values.private_ipv6 form optional=true placeholder="fd00::5"
                hint="Empty: that of the default route." />
            <Field name="network.public_ipv6" label="Public IPv6 address" value=values.public_ipv6 form optional=true placeholder="2001:db8::5"
                hint="Empty: the private one." />
        })}
    }
}

#[component]
fn Domain(values: Values, tenant: Option<Tenant>, form: Form) -> impl IntoView {
    let is_new = tenant.is_none();
    let hint = match &tenant {
        None => "It need not be known to DNS. Leave name and domain empty to make the first company later.".to_owned(),
        Some(tenant) => format!("After a change every device of {} has to be set up anew.", tenant.name),
    };
    view! {
        <Field name="domain.name" label="Company" value=values.name form optional=is_new placeholder="Acme" />
        <Field name="domain.domain" label="SIP domain" value=values.domain form optional=is_new placeholder="acme.example" inputmode="url" hint />
        <div>
            <Select name="domain.country" label="Country" value=values.country options=home_choices("To be said later") />
            <p class="hint mt-1">"Its numbers and emergency numbers may be called at once. Without a country no number with + may be."</p>
        </div>
        {is_new.then(|| view! {
            <Field name="domain.admin_email" label="Administrator's e-mail" value=values.admin_email form kind="email" inputmode="email" optional=true
                placeholder="ann@acme.example" hint="This person is invited to manage the company. Empty: you do, by Manage on the page Tenants." />
        })}
    }
}

#[component]
fn Transport(values: Values, rows: Vec<TransportRow>, form: Form) -> impl IntoView {
    let known: Vec<(Protocol, u16)> = rows.iter().map(|row| (row.protocol, row.port)).collect();
    // Another protocol brings the port that it has, or the one that is offered for it.
    Effect::new(move |before: Option<Protocol>| {
        let now = values.chosen();
        if before.is_some_and(|before| before != now) {
            let port = known.iter().find(|(protocol, _)| *protocol == now).map_or(now.port(), |(_, port)| *port);
            values.port.set(port.to_string());
            form.touch("transport.port");
        }
        now
    });
    let listens = rows.iter().map(|row| format!("{} {}", row.protocol.word(), row.port)).collect::<Vec<_>>().join(", ");
    let options = Protocol::ALL.map(|known| (known.word().to_owned(), known.word().to_owned())).to_vec();
    view! {
        <div class="form-row">
            <Select name="transport.protocol" label="Protocol" value=values.protocol options />
            <Field name="transport.port" label="Port" value=values.port form inputmode="numeric" />
        </div>
        <p class="hint" data-testid="wizard-listening">{format!("Listening now: {listens}. All of it stays; another protocol or port is added.")}</p>
    }
}

#[component]
fn CertificateFields(values: Values, served: Option<Certificate>, form: Form) -> impl IntoView {
    let served = served.map(|served| {
        let names = served.description.names.join(", ");
        let until = time::show(served.description.not_after, Style::Day);
        view! { <Notice kind=Kind::Plain text=format!("Served now: for {names}, until {until}. Leave the fields empty to keep it.") /> }
    });
    view! {
        {served}
        <div class="grid gap-2">
            <TextField name="certificate.chain" label="Certificate" value=values.chain form placeholder="-----BEGIN CERTIFICATE-----"
                hint="PEM, the server's certificate first, then the intermediate ones (“nginx format”)." />
            <FileChoice value=values.chain form label="Choose the certificate's file" accept=".pem,.crt,.cer" bytes_max=FILE_BYTES_MAX testid="file-chain" />
        </div>
        <div class="grid gap-2">
            <TextField name="certificate.key" label="Private key" value=values.key form placeholder="-----BEGIN PRIVATE KEY-----" hint="PEM. It is kept encrypted and never shown." />
            <FileChoice value=values.key form label="Choose the key's file" accept=".pem,.key" bytes_max=FILE_BYTES_MAX testid="file-key" />
        </div>
        <Field name="certificate.password" label="Key password" value=values.password form kind="password" optional=true autocomplete="off" hint="Only if the key is encrypted." />
        <Field name="certificate.wss_port" label="Port for secure WebSockets" value=values.wss_port form inputmode="numeric" optional=true
            hint="SIP over WSS listens there, too, once the certificate is served. Empty: no port of its own; HTTPS has it anyway." />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: WIZ-01
    #[test]
    fn wiz_01_five_steps_follow_each_other_and_each_knows_its_fields() {
        let mut walked = vec![Step::Network];
        while let Some(next) = walked.last().and_then(|step| step.next()) {
            walked.push(next);
        }
        assert_eq!(walked, Step::ALL);
        for (index, step) in Step::ALL.into_iter().enumerate() {
            assert_eq!(step.number(), index + 1);
            assert_eq!(step.next().and_then(Step::before).unwrap_or(Step::Mail), step);
            assert_eq!(Step::of_field(&format!("{}.port", step.key())), Some(step));
        }
        assert_eq!(Step::of_field("port"), None);
        assert_eq!(Step::of_field("nothing.port"), None);
    }
}
