//! Invitations to conference rooms by e-mail (MAIL-03): as many jobs as people, in one transaction.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use shared::conference::{ConferenceInvitation, ConferenceRoom};
use shared::{ConferenceRoomId, Moment};

use crate::connect::Writing;
use crate::entity::{extension, job};
use crate::job::SEND_EMAIL;
use crate::{Actor, Error, Job, Result, TenantStore};

/// Mails of a tenant that may wait for the server.
const MAILS_WAITING_MAX: u64 = 500;

impl TenantStore {
    /// Mails an invitation to a room; `operation` is what the log calls it. `Conflict` where no mail server is set, or too many mails wait.
    pub async fn mail_conference_invitation(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        id: ConferenceRoomId,
        invitation: &ConferenceInvitation,
    ) -> Result<()> {
        let room = self.conference_room(id).await?;
        Error::check(invitation.check())?;
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        if self.store.outgoing_in(&*tx, Some(self.id)).await?.is_none() {
            let reason = "No mail server is set. Copy the invitation, and send it yourself.".to_owned();
            return Err(Error::Conflict { field: "emails", reason });
        }
        let mut addresses: BTreeSet<String> = invitation.emails.iter().map(|email| email.trim().to_owned()).collect();
        let ids: BTreeSet<i64> = invitation.extension_ids.iter().map(|id| id.0).collect();
        let people = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(ids.iter().copied()));
        let people = people.all(&*tx).await?;
        if people.len() != ids.len() {
            return Err(Error::field("extension_ids", "One of them is no extension of yours."));
        }
        for person in people {
            let Some(email) = person.email else {
                let reason = format!("Extension {} of {} has no e-mail address.", person.number, person.name);
                return Err(Error::field("extension_ids", &reason));
            };
            addresses.insert(email);
        }
        let (title, text) = words(&room, &tenant.name, &tenant.domain, invitation.note.trim());
        let many = addresses.len();
        self.admit_mails(&tx, many as u64).await?;
        for to in addresses {
            let job = Job::SendEmail { to, subject: title.clone(), text: text.clone() };
            self.store.insert_job(&tx, now, Some(self.id), &job).await?;
        }
        let subject = format!("conference room {}: mailed to {many}", room.settings.number);
        self.note(&tx, now, actor, operation, subject).await?;
        tx.commit().await
    }

    async fn admit_mails(&self, tx: &Writing, many: u64) -> Result<()> {
        let waiting = job::Entity::find()
            .filter(job::Column::TenantId.eq(self.id.0))
            .filter(job::Column::Kind.eq(SEND_EMAIL))
            .filter(job::Column::GivenUpAt.is_null())
            .count(&**tx)
            .await?;
        match waiting + many > MAILS_WAITING_MAX {
            true => {
                let reason = format!("{waiting} mails wait for the mail server already. Try again when they are sent.");
                Err(Error::Conflict { field: "emails", reason })
            }
            false => Ok(()),
        }
    }
}

/// Subject and text of the mail.
fn words(room: &ConferenceRoom, tenant: &str, domain: &str, note: &str) -> (String, String) {
    let settings = &room.settings;
    let mut text = format!("You are invited to the conference \"{}\" at {tenant}.\n\n", settings.subject);
    if !note.is_empty() {
        text.push_str(&format!("{note}\n\n"));
    }
    text.push_str(&format!("Number: {}\nSIP address: sip:{}@{domain}\n", settings.number, settings.number));
    if !settings.pin.is_empty() {
        text.push_str(&format!("PIN: {}, followed by #\n", settings.pin));
    }
    (format!("Invitation: {}", settings.subject), text)
}
