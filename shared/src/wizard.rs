//! The set-up wizard (WIZ-01…WIZ-07, WIZ-10): what an installation needs first, in five steps, kept all at once or not at all.

use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, UploadCertificate};
use crate::check::Check;
use crate::mail_server::{MailServer, UpdateMailServer};
use crate::network::NetworkState;
use crate::problem::FieldProblem;
use crate::setting::{Settings, UpdateSettings};
use crate::tenant::{CreateTenant, Tenant, UpdateTenant, check_country};
use crate::transport::{CreateTransport, Protocol, TransportRow};
use crate::{Moment, TenantId, operation};

/// How the wizard stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WizardState {
    /// Nobody has gone through it yet: it opens at the provider's sign-in.
    #[default]
    Open,
    /// Somebody took what is set up already: it is offered on the home page.
    Skipped,
    /// Somebody has gone through it.
    Done,
}

/// How the wizard stands, and today's values for its fields (WIZ-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wizard {
    /// How it stands.
    pub state: WizardState,
    /// Since when; none while it is open.
    pub since: Option<Moment>,
    /// What is set of the network.
    pub network: NetworkStep,
    /// The addresses in use.
    pub in_use: NetworkState,
    /// The first tenant, whose domain is the wizard's; none where there is none.
    pub tenant: Option<Tenant>,
    /// Its country; empty where nobody has said.
    #[serde(default)]
    pub country: String,
    /// What SIP listens on.
    pub transports: Vec<TransportRow>,
    /// The certificate that is served.
    pub certificate: Option<Certificate>,
    /// The provider's mail server.
    pub mail: MailServer,
}

/// How the wizard stands, with today's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetWizard {}
operation!(GetWizard, Get, "/api/admin/wizard", Admin, Wizard);

/// Keeps what is set up already, and leaves the wizard for later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkipWizard {}
operation!(SkipWizard, Post, "/api/admin/wizard/skip", Admin, ());

/// Keeps all steps in one transaction; a step that is left out stays as it is. Whatever is wrong is named as `step.field`, and
/// then nothing is changed (WIZ-07).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ApplyWizard {
    /// Step 1 (WIZ-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkStep>,
    /// Step 2 (WIZ-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<DomainStep>,
    /// Step 3 (WIZ-04). One that listens already stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<CreateTransport>,
    /// Step 4 (WIZ-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateStep>,
    /// Step 5 (WIZ-06).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<UpdateMailServer>,
}
operation!(ApplyWizard, Post, "/api/admin/wizard", Admin, WizardApplied);

/// What applying answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WizardApplied {
    /// The one-time link by which the new company's administrator signs in; none where nobody was named.
    pub invitation: Option<String>,
    /// What is to be said of the certificate, such as that it is not for the web domain.
    pub warnings: Vec<String>,
}

/// By which names and addresses this installation is reached (WIZ-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NetworkStep {
    /// As [`Settings::web_domain`].
    pub web_domain: String,
    /// As [`Settings::private_ipv4`].
    pub private_ipv4: String,
    /// As [`Settings::public_ipv4`].
    pub public_ipv4: String,
    /// As [`Settings::ipv6`].
    pub ipv6: bool,
    /// As [`Settings::private_ipv6`].
    pub private_ipv6: String,
    /// As [`Settings::public_ipv6`].
    pub public_ipv6: String,
}

impl From<&Settings> for NetworkStep {
    fn from(settings: &Settings) -> Self {
        let Settings { web_domain, private_ipv4, public_ipv4, ipv6, private_ipv6, public_ipv6, .. } = settings.clone();
        Self { web_domain, private_ipv4, public_ipv4, ipv6, private_ipv6, public_ipv6 }
    }
}

impl NetworkStep {
    /// As a change of the settings.
    pub fn change(&self) -> UpdateSettings {
        let Self { web_domain, private_ipv4, public_ipv4, ipv6, private_ipv6, public_ipv6 } = self.clone();
        UpdateSettings {
            web_domain: Some(web_domain),
            private_ipv4: Some(private_ipv4),
            public_ipv4: Some(public_ipv4),
            ipv6: Some(ipv6),
            private_ipv6: Some(private_ipv6),
            public_ipv6: Some(public_ipv6),
            ..UpdateSettings::default()
        }
    }

    /// What is wrong with the step.
    pub fn check(&self) -> Vec<FieldProblem> {
        self.change().applied_to(&Settings::default()).check()
    }
}

/// The SIP domain of the first company (WIZ-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DomainStep {
    /// The company that gets another name or domain; without it one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The company's name.
    pub name: String,
    /// The SIP domain; it need not be known to DNS.
    pub domain: String,
    /// Its country, as in [`CreateTenant::country`]; empty leaves it open.
    pub country: String,
    /// Who looks after a company that is made; empty where the provider does.
    pub admin_email: String,
}

impl DomainStep {
    /// As the creation of a tenant, perhaps without an administrator.
    pub fn create(&self) -> CreateTenant {
        let Self { name, domain, admin_email, .. } = self.clone();
        let admin_email = admin_email.trim().to_owned();
        CreateTenant { name, domain, admin_email, country: self.country(), ..CreateTenant::default() }
    }

    /// As the change of a tenant.
    pub fn update(&self, tenant_id: TenantId) -> UpdateTenant {
        let (name, domain) = (Some(self.name.clone()), Some(self.domain.clone()));
        UpdateTenant { name, domain, country: self.country(), ..UpdateTenant::new(tenant_id) }
    }

    fn country(&self) -> Option<String> {
        Some(self.country.clone()).filter(|country| !country.is_empty())
    }

    /// What is wrong with the step.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name).domain("domain", self.domain.trim());
        if !self.admin_email.trim().is_empty() {
            check.email("admin_email", self.admin_email.trim());
        }
        check_country(&mut check, Some(&self.country));
        check.finish()
    }
}

/// The certificate of the web domain, and a port for phones of browsers (WIZ-05).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CertificateStep {
    /// As [`UploadCertificate::chain`].
    pub chain: String,
    /// As [`UploadCertificate::key`].
    pub key: String,
    /// As [`UploadCertificate::password`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A port on which SIP over secure WebSocket listens, too; none where none is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wss_port: Option<u16>,
}

impl std::fmt::Debug for CertificateStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateStep(***, {:?})", self.wss_port)
    }
}

impl CertificateStep {
    /// As an upload.
    pub fn upload(&self) -> UploadCertificate {
        let Self { chain, key, password, .. } = self.clone();
        UploadCertificate { chain, key, password }
    }

    /// The transport that is added with it.
    pub fn transport(&self) -> Option<CreateTransport> {
        self.wss_port.map(|port| CreateTransport { protocol: Protocol::Wss, port })
    }

    /// What is wrong with the step.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = self.upload().check();
        let port = self.transport().map(|transport| transport.check()).unwrap_or_default();
        problems.extend(port.into_iter().map(|problem| FieldProblem { field: "wss_port".to_owned(), ..problem }));
        problems
    }
}

/// The problems of a step, named as `step.field`.
pub fn in_step(step: &str, problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
    let named = |problem: FieldProblem| FieldProblem { field: format!("{step}.{}", problem.field), ..problem };
    problems.into_iter().map(named).collect()
}

impl ApplyWizard {
    /// What is wrong with the steps, each field named as `step.field`.
    pub fn check(&self) -> Vec<FieldProblem> {
        let none = Vec::new;
        let Self { network, domain, transport, certificate, mail } = self;
        let mut problems = in_step("network", network.as_ref().map_or_else(none, NetworkStep::check));
        problems.extend(in_step("domain", domain.as_ref().map_or_else(none, DomainStep::check)));
        problems.extend(in_step("transport", transport.as_ref().map_or_else(none, CreateTransport::check)));
        problems.extend(in_step("certificate", certificate.as_ref().map_or_else(none, CertificateStep::check)));
        problems.extend(in_step("mail", mail.as_ref().map_or_else(none, UpdateMailServer::check)));
        if let (Some(first), Some(second)) = (transport, certificate.as_ref().and_then(CertificateStep::transport))
            && first.port == second.port
            && first.protocol.wire() == second.protocol.wire()
            && first.protocol != second.protocol
        {
            problems.push(FieldProblem::new("certificate.wss_port", "The transport of step 3 has this port."));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(operation: &ApplyWizard) -> Vec<String> {
        operation.check().into_iter().map(|problem| problem.field).collect()
    }

    // covers: WIZ-07
    #[test]
    fn wiz_07_what_is_wrong_is_named_by_step_and_field() {
        assert_eq!(ApplyWizard::default().check(), [], "every step may be left out");
        let all = ApplyWizard {
            network: Some(NetworkStep {
                web_domain: "no domain".into(),
                private_ipv4: "127.0.0.1".into(),
                public_ipv6: "::1".into(),
                ..NetworkStep::default()
            }),
            domain: Some(DomainStep { domain: "a_b".into(), admin_email: "x".into(), ..DomainStep::default() }),
            transport: Some(CreateTransport::default()),
            certificate: Some(CertificateStep { wss_port: Some(0), ..CertificateStep::default() }),
            mail: Some(UpdateMailServer { server: "mail.example".into(), ..UpdateMailServer::default() }),
        };
        let fields = wrong(&all);
        for field in [
            "network.web_domain",
            "network.private_ipv4",
            "network.public_ipv6",
            "domain.name",
            "domain.domain",
            "domain.admin_email",
            "transport.port",
            "certificate.chain",
            "certificate.key",
            "certificate.wss_port",
            "mail.port",
            "mail.sender",
        ] {
            assert!(fields.iter().any(|found| found == field), "{field} in {fields:?}");
        }
    }

    // covers: WIZ-03, WIZ-06
    #[test]
    fn wiz_03_a_domain_need_not_be_known_and_an_administrator_need_not_be_named() {
        let domain = DomainStep { name: "Acme".into(), domain: "portsip.io".into(), ..DomainStep::default() };
        let address = DomainStep { domain: "192.0.2.5".into(), ..domain.clone() };
        let mail = Some(UpdateMailServer::default());
        for domain in [domain, address] {
            let operation = ApplyWizard { domain: Some(domain), mail: mail.clone(), ..ApplyWizard::default() };
            assert_eq!(operation.check(), []);
        }
    }

    #[test]
    fn two_transports_of_one_wizard_do_not_share_a_port() {
        let certificate =
            CertificateStep { chain: "x".into(), key: "x".into(), wss_port: Some(5_065), ..Default::default() };
        let with = |protocol| ApplyWizard {
            transport: Some(CreateTransport { protocol, port: 5_065 }),
            certificate: Some(certificate.clone()),
            ..ApplyWizard::default()
        };
        assert!(wrong(&with(Protocol::Tcp)).contains(&"certificate.wss_port".to_owned()));
        for same in [Protocol::Udp, Protocol::Wss] {
            assert!(!wrong(&with(same)).contains(&"certificate.wss_port".to_owned()), "{same:?}");
        }
    }

    #[test]
    fn the_step_of_the_network_comes_back_from_the_settings() {
        let step = NetworkStep { web_domain: "pbx.example".into(), ipv6: true, ..NetworkStep::default() };
        assert_eq!(NetworkStep::from(&step.change().applied_to(&Settings::default())), step);
    }
}
