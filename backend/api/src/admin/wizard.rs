//! The set-up wizard (WIZ-01…WIZ-07, WIZ-10): everything is looked at before anything is kept, and holds at once after it.

use shared::port::taken_by;
use shared::problem::FieldProblem;
use shared::transport::{CreateTransport, TransportRow};
use shared::wizard::{
    ApplyWizard, CertificateStep, GetWizard, NetworkStep, SkipWizard, Wizard, WizardApplied, in_step,
};
use store::{UploadedCertificate, WizardSteps};

use super::certificate::{present, read_upload};
use super::port::rows_of;
use crate::App;
use crate::caller::Admin;
use crate::error::{Error, Result};

pub(crate) async fn get(caller: Admin, _: GetWizard) -> Result<Wizard> {
    let (app, store) = (&caller.app, &caller.store);
    let (state, since) = store.wizard().await?;
    let certificate = match present(store, caller.now).await {
        Ok(certificate) => Some(certificate),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let in_use = app.config.network.borrow().clone();
    let tenant = store.first_tenant().await?;
    let country = match &tenant {
        Some(tenant) => store.tenant(tenant.id).get_dialing_codes().await?.country,
        None => String::new(),
    };
    Ok(Wizard {
        state,
        since,
        network: NetworkStep::from(&store.get_settings().await?),
        in_use,
        tenant,
        country,
        transports: app.listeners.rows().await?,
        certificate,
        mail: store.get_mail_server().await?,
    })
}

pub(crate) async fn skip(caller: Admin, _: SkipWizard) -> Result<()> {
    Ok(caller.store.skip_wizard(caller.now, &caller.actor).await?)
}

pub(crate) async fn apply(caller: Admin, operation: ApplyWizard) -> Result<WizardApplied> {
    let mut problems = operation.check();
    let certificate = match operation.certificate.as_ref().filter(|step| step.check().is_empty()) {
        None => None,
        Some(step) => match read_upload(caller.now, step.upload()).await {
            Ok(pair) => Some(UploadedCertificate {
                chain: pair.chain_pem(),
                key: pair.key_pem(),
                names: pair.describe()?.names,
            }),
            Err(Error::Invalid(fields)) => {
                problems.extend(in_step("certificate", fields));
                None
            }
            Err(error) => return Err(error),
        },
    };
    let listening = caller.app.listeners.rows().await?;
    let mut transports = wanted(&operation);
    // What listens already stays: the wizard may be gone through again.
    transports
        .retain(|(_, wanted)| !listening.iter().any(|row| (row.protocol, row.port) == (wanted.protocol, wanted.port)));
    for (field, transport) in &transports {
        if let Some(reason) = in_the_way(&caller.app, &listening, *transport).await? {
            problems.push(FieldProblem::new(*field, reason));
        }
    }
    Error::check(problems)?;
    let ApplyWizard { network, domain, mail, .. } = operation;
    let network = network.map(|step| step.change());
    let steps = WizardSteps { network, domain, transports, certificate, mail };
    let token = caller.store.apply_wizard(caller.now, &caller.actor, &steps).await?;
    caller.app.listeners.follow().await?;
    let looked_at = steps.certificate.is_some() || steps.network.is_some();
    let warnings = if looked_at { warnings(&caller).await? } else { Vec::new() };
    Ok(WizardApplied { invitation: token.map(|token| caller.app.link(&token)), warnings })
}

/// What is to be said of the certificate that is served now; that is no reason against it (WIZ-05).
async fn warnings(caller: &Admin) -> Result<Vec<String>> {
    match present(&caller.store, caller.now).await {
        Ok(certificate) => Ok(certificate.warnings),
        Err(Error::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The transports of the steps, each with its field, none twice.
fn wanted(operation: &ApplyWizard) -> Vec<(&'static str, CreateTransport)> {
    let first = operation.transport.filter(|transport| transport.check().is_empty());
    let second = operation.certificate.as_ref().and_then(CertificateStep::transport);
    let second = second.filter(|transport| transport.check().is_empty() && Some(*transport) != first);
    let first = first.map(|transport| ("transport.port", transport));
    first.into_iter().chain(second.map(|transport| ("certificate.wss_port", transport))).collect()
}

/// What has the port already: a part of this installation, or another program.
async fn in_the_way(app: &App, listening: &[TransportRow], transport: CreateTransport) -> Result<Option<String>> {
    if let Some(reason) = taken_by(&rows_of(app, listening), transport.protocol.into(), transport.port) {
        return Ok(Some(reason));
    }
    let tried = app.listeners.try_out(transport).await?;
    Ok(tried.into_iter().flat_map(|row| row.addresses).find_map(|address| address.failure))
}
