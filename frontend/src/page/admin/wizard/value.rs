//! What stands in the wizard's fields, and what of it is a change.

use leptos::prelude::*;
use shared::country;
use shared::mail_server::{MailServer, UpdateMailServer};
use shared::transport::{CreateTransport, Protocol};
use shared::wizard::{ApplyWizard, CertificateStep, DomainStep, NetworkStep, Wizard};

use crate::page::mail_server::Fields;
use crate::ui::field::filled;

/// What stands in the fields of all steps.
#[derive(Clone, Copy, Debug)]
pub struct Values {
    pub web_domain: RwSignal<String>,
    pub private_ipv4: RwSignal<String>,
    pub public_ipv4: RwSignal<String>,
    pub ipv6: RwSignal<bool>,
    pub private_ipv6: RwSignal<String>,
    pub public_ipv6: RwSignal<String>,
    pub name: RwSignal<String>,
    pub domain: RwSignal<String>,
    pub admin_email: RwSignal<String>,
    pub country: RwSignal<String>,
    pub protocol: RwSignal<String>,
    pub port: RwSignal<String>,
    pub chain: RwSignal<String>,
    pub key: RwSignal<String>,
    pub password: RwSignal<String>,
    pub wss_port: RwSignal<String>,
    pub mail: Fields,
}

impl Values {
    /// Today's.
    pub fn of(today: &Wizard) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        let NetworkStep { web_domain, private_ipv4, public_ipv4, ipv6, private_ipv6, public_ipv6 } = &today.network;
        let tenant = today.tenant.as_ref();
        let (protocol, port) = first_transport(today);
        Self {
            web_domain: text(web_domain),
            private_ipv4: text(private_ipv4),
            public_ipv4: text(public_ipv4),
            ipv6: RwSignal::new(*ipv6),
            private_ipv6: text(private_ipv6),
            public_ipv6: text(public_ipv6),
            name: text(tenant.map_or("", |tenant| &tenant.name)),
            domain: text(tenant.map_or("", |tenant| &tenant.domain)),
            admin_email: text(""),
            country: text(&today.country),
            protocol: text(protocol.word()),
            port: RwSignal::new(port.to_string()),
            chain: text(""),
            key: text(""),
            password: text(""),
            wss_port: RwSignal::new(offered_wss(today).map(|port| port.to_string()).unwrap_or_default()),
            mail: Fields::of(&today.mail),
        }
    }

    /// The protocol that is chosen, watched.
    pub fn chosen(self) -> Protocol {
        Protocol::ALL.into_iter().find(|known| self.protocol.with(|word| word == known.word())).unwrap_or_default()
    }

    /// The steps that differ from today, watched.
    pub fn operation(self, today: &Wizard) -> ApplyWizard {
        let words = |signal: RwSignal<String>| signal.get().trim().to_owned();
        let network = NetworkStep {
            web_domain: words(self.web_domain).to_lowercase(),
            private_ipv4: words(self.private_ipv4),
            public_ipv4: words(self.public_ipv4),
            ipv6: self.ipv6.get(),
            private_ipv6: words(self.private_ipv6),
            public_ipv6: words(self.public_ipv6),
        };
        let domain = DomainStep {
            tenant_id: today.tenant.as_ref().map(|tenant| tenant.id),
            name: words(self.name),
            domain: words(self.domain).to_lowercase(),
            admin_email: words(self.admin_email),
            country: self.country.get(),
        };
        let transport = CreateTransport { protocol: self.chosen(), port: number(&self.port.get()) };
        let wss_port = filled(self.wss_port.get()).map(|port| number(&port));
        let certificate = CertificateStep {
            chain: words(self.chain),
            key: words(self.key),
            password: filled(self.password.get()),
            wss_port,
        };
        let mail = self.mail.form();
        ApplyWizard {
            network: Some(network).filter(|step| *step != today.network),
            domain: Some(domain).filter(|step| is_other_domain(step, today)),
            transport: Some(transport).filter(|step| (step.protocol, step.port) != first_transport(today)),
            certificate: Some(certificate).filter(|step| !(step.chain.is_empty() && step.key.is_empty())),
            mail: Some(mail).filter(|form| *form != form_of(&today.mail)),
        }
    }
}

/// A port, or zero, which is none.
fn number(text: &str) -> u16 {
    text.trim().parse().unwrap_or(0)
}

/// The transport that the wizard shows: the first that listens.
fn first_transport(today: &Wizard) -> (Protocol, u16) {
    let first = today.transports.first();
    first.map_or((Protocol::Udp, Protocol::Udp.port()), |row| (row.protocol, row.port))
}

/// The port for secure WebSockets that is offered where nothing listens for them yet.
fn offered_wss(today: &Wizard) -> Option<u16> {
    let listens = today.transports.iter().any(|row| row.protocol == Protocol::Wss);
    (!listens).then_some(Protocol::Wss.port())
}

fn is_other_domain(step: &DomainStep, today: &Wizard) -> bool {
    match &today.tenant {
        Some(tenant) => step.name != tenant.name || step.domain != tenant.domain || step.country != today.country,
        None => !(step.name.is_empty() && step.domain.is_empty() && step.admin_email.is_empty()),
    }
}

/// What the fields of a mail server say while nobody has touched them.
fn form_of(mail: &MailServer) -> UpdateMailServer {
    let MailServer { server, port, security, user, sender, sender_name, .. } = mail.clone();
    let port = if port == 0 { security.port() } else { port };
    UpdateMailServer { server, port, security, user, password: None, sender, sender_name }
}

/// What will be changed, a line each.
pub fn words(operation: &ApplyWizard, today: &Wizard) -> Vec<String> {
    let ApplyWizard { network, domain, transport, certificate, mail } = operation;
    let mut lines = Vec::new();
    if let Some(after) = network {
        let before = &today.network;
        let mut line = |name: &str, before: &str, after: &str| {
            if before != after {
                let after = if after.is_empty() { "none set" } else { after };
                lines.push(format!("{name}: {after}"));
            }
        };
        line("Web domain", &before.web_domain, &after.web_domain);
        line("Private IPv4 address", &before.private_ipv4, &after.private_ipv4);
        line("Public IPv4 address", &before.public_ipv4, &after.public_ipv4);
        let on = |on: bool| if on { "on" } else { "off" };
        line("IPv6", on(before.ipv6), on(after.ipv6));
        line("Private IPv6 address", &before.private_ipv6, &after.private_ipv6);
        line("Public IPv6 address", &before.public_ipv6, &after.public_ipv6);
    }
    if let Some(DomainStep { tenant_id, name, domain, country, .. }) = domain {
        let own = country::by_code(country).filter(|_| *country != today.country);
        lines.push(match tenant_id {
            None => format!("The company {name} is made, with the SIP domain {domain}"),
            Some(_) => format!("The company is called {name} and has the SIP domain {domain}"),
        });
        lines.extend(own.map(|own| format!("Its country is {}", own.name)));
    }
    if let Some(CreateTransport { protocol, port }) = transport {
        lines.push(format!("SIP listens over {} on port {port}, too", protocol.word()));
    }
    if let Some(CertificateStep { wss_port, .. }) = certificate {
        lines.push("The certificate is served on HTTPS, TLS and WSS".to_owned());
        lines.extend(wss_port.map(|port| format!("SIP listens over WSS on port {port}, too")));
    }
    if let Some(UpdateMailServer { server, .. }) = mail {
        lines.push(match server.is_empty() {
            true => "No mails are sent any more".to_owned(),
            false => format!("Mails go out by {server}"),
        });
    }
    lines
}
