//! Mailboxes of extensions (EXT-06) and the messages in them (VM-01…VM-07). What callers leave comes as facts: `voicemail_fact`.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use shared::activity::{FieldChange, changes};
use shared::page::Direction;
use shared::voicemail::{ListVoicemails, Mailbox, MailboxChange, Voicemail, VoicemailMail, VoicemailSettings};
use shared::{CallId, ExtensionId, Moment, Page, SoundId, TenantId, VoicemailId};

use crate::connect::Writing;
use crate::entity::{extension, tenant, voicemail};
use crate::page::{Key, Sort, Wanted, page, try_map};
use crate::secret::pin_place;
use crate::text::{from_json, json};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Job, MailboxPin, Result, Store, TenantStore};

/// What is mailed of a message (VM-06).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoicemailNotice {
    /// The address of whoever it is for.
    pub to: String,
    /// Their number.
    pub number: String,
    /// The message.
    pub voicemail: Voicemail,
    /// The time zone of their company.
    pub time_zone: String,
    /// Is the sound mailed too?
    pub attached: bool,
}

impl Store {
    /// All messages of a tenant, those that are just being left too, oldest first: what the switch starts with.
    pub async fn voicemails(&self, tenant: TenantId) -> Result<Vec<Voicemail>> {
        let all = voicemail::Entity::find().filter(voicemail::Column::TenantId.eq(tenant.0));
        let all = all.order_by_asc(voicemail::Column::Id).all(&self.inner.db).await?;
        Ok(all.into_iter().map(noun).collect())
    }

    /// Has a new message mailed, where the extension has an address, wants it, and a mail server is set.
    pub(crate) async fn mail_voicemail(&self, tx: &Writing, now: Moment, of: &Voicemail) -> Result<()> {
        let person = self.tenant(of.tenant_id).find_id::<extension::Entity>(of.extension_id.0).one(&**tx).await?;
        let Some(person) = person else { return Ok(()) };
        let wanted = person.email.is_some() && settings(&person).mail != VoicemailMail::Nothing;
        if wanted && self.outgoing_in(&**tx, Some(of.tenant_id)).await?.is_some() {
            let job = Job::SendVoicemail { voicemail_id: of.id };
            self.insert_job(tx, now, Some(of.tenant_id), &job).await?;
        }
        Ok(())
    }

    /// The PIN of a mailbox, if it has one.
    pub(crate) fn mailbox_pin(&self, row: &extension::Model) -> Result<Option<MailboxPin>> {
        let Some(sealed) = &row.mailbox_pin else { return Ok(None) };
        let place = pin_place(TenantId(row.tenant_id), ExtensionId(row.id));
        Ok(Some(MailboxPin(self.inner.keys.open(&place, sealed)?)))
    }

    /// Removes messages that were left before `until`, at most `max` of them; their sounds, for after the commit.
    pub(crate) async fn purge_voicemails(
        &self,
        tx: &Writing,
        until: Moment,
        max: u64,
    ) -> Result<Vec<(TenantId, SoundId)>> {
        let old = voicemail::Entity::find().filter(voicemail::Column::LeftAt.lte(until.0));
        let old = old.order_by_asc(voicemail::Column::LeftAt).limit(max).all(&**tx).await?;
        for some in crate::fact::chunks(old.iter().map(|row| row.id)) {
            voicemail::Entity::delete_many().filter(voicemail::Column::Id.is_in(some)).exec(&**tx).await?;
        }
        Ok(old.iter().map(|row| (TenantId(row.tenant_id), SoundId(row.sound_id))).collect())
    }
}

impl TenantStore {
    /// How the mailbox of an extension is set up.
    pub async fn mailbox(&self, id: ExtensionId) -> Result<Mailbox> {
        Ok(mailbox(&self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?))
    }

    /// Sets it up anew; `operation` is what the activity log calls it.
    pub async fn update_mailbox(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        id: ExtensionId,
        change: &MailboxChange,
    ) -> Result<Mailbox> {
        Error::check(change.check())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let row = self.find_id::<extension::Entity>(id.0).lock_exclusive().one(&*tx).await?.ok_or(Error::NotFound)?;
        let before = mailbox(&row);
        let sealed = match change.pin.as_deref() {
            None => row.mailbox_pin,
            Some("") => None,
            Some(pin) => Some(self.store.inner.keys.seal(&pin_place(self.id, id), pin)?),
        };
        let after = Mailbox { settings: change.settings.clone(), has_pin: sealed.is_some(), ..before.clone() };
        if after.settings.pin_required && !after.has_pin {
            return Err(Error::field("pin", "Set a PIN, or do not ask for one."));
        }
        self.check_greetings(&tx, id, &after.settings).await?;
        self.update_id::<extension::Entity>(id.0)
            .col_expr(extension::Column::Mailbox, Expr::value(json(&after.settings)?))
            .col_expr(extension::Column::MailboxPin, Expr::value(sealed))
            .exec(&*tx)
            .await?;
        let subject = format!("mailbox of extension {}", row.number);
        let mut changed = changes(Some(&before), Some(&after));
        match &change.pin {
            // The log does not know the PIN, so it could not be put back whole.
            Some(pin) => {
                if before.has_pin && !pin.is_empty() {
                    let (field, another) = ("pin".to_owned(), Some("another".to_owned()));
                    changed.push(FieldChange { field, before: None, after: another });
                }
                self.note_change(&tx, now, actor, operation, subject, &changed).await?;
            }
            None => {
                let (was, is) = (before.settings, after.settings.clone());
                let undo = Undo::Mailbox(Turn { id, before: Some(was), after: Some(is) });
                self.note_undoable(&tx, now, actor, operation, subject, &changed, &undo).await?;
            }
        }
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// The messages of an extension, the latest first; not what is just being left.
    pub async fn list_voicemails(&self, own: ExtensionId, operation: &ListVoicemails) -> Result<Page<Voicemail>> {
        let sort = Sort {
            name: "voicemail",
            column: voicemail::Column::Id,
            id: voicemail::Column::Id,
            direction: Direction::Descending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &voicemail::Model| (Key::Number(row.id), row.id);
        let found = page(self.db(), self.left_for(own), &sort, wanted, key).await?;
        try_map(found, |row| Ok(noun(row)))
    }

    /// A message of an extension.
    pub async fn voicemail(&self, own: ExtensionId, id: VoicemailId) -> Result<Voicemail> {
        let row = self.left_for(own).filter(voicemail::Column::Id.eq(id.0)).one(self.db()).await?;
        row.map(noun).ok_or(Error::NotFound)
    }

    /// The file of a message of an extension.
    pub async fn voicemail_sound(&self, own: ExtensionId, id: VoicemailId) -> Result<(Voicemail, Vec<u8>)> {
        let voicemail = self.voicemail(own, id).await?;
        let file = self.store.files()?.read(self.id, voicemail.sound_id).await?;
        Ok((voicemail, file))
    }

    /// What is to be mailed of a message; none where it is gone, or nobody wants a mail any more.
    pub async fn voicemail_notice(&self, id: VoicemailId) -> Result<Option<VoicemailNotice>> {
        let Some(row) = self.find_id::<voicemail::Entity>(id.0).one(self.db()).await? else { return Ok(None) };
        let person = self.find_id::<extension::Entity>(row.extension_id).one(self.db()).await?;
        let company = self.find::<tenant::Entity>().one(self.db()).await?;
        let (Some(person), Some(company)) = (person, company) else { return Ok(None) };
        let mail = settings(&person).mail;
        let to = person.email.filter(|_| mail != VoicemailMail::Nothing);
        Ok(to.map(|to| VoicemailNotice {
            to,
            number: person.number,
            voicemail: noun(row),
            time_zone: company.time_zone,
            attached: mail == VoicemailMail::Attached,
        }))
    }

    /// Keeps how a mailbox is set up; its PIN stays.
    pub(crate) async fn keep_mailbox(&self, tx: &Writing, id: ExtensionId, settings: &VoicemailSettings) -> Result<()> {
        let update = self.update_id::<extension::Entity>(id.0);
        update.col_expr(extension::Column::Mailbox, Expr::value(json(settings)?)).exec(&**tx).await?;
        Ok(())
    }

    /// What an extension's callers have left whole.
    fn left_for(&self, own: ExtensionId) -> Select<voicemail::Entity> {
        let select = self.find::<voicemail::Entity>().filter(voicemail::Column::ExtensionId.eq(own.0));
        select.filter(voicemail::Column::Millis.is_not_null())
    }

    async fn check_greetings(&self, tx: &Writing, own: ExtensionId, settings: &VoicemailSettings) -> Result<()> {
        let greetings = settings.greetings;
        for (name, id) in [("usual", greetings.usual), ("busy", greetings.busy), ("away", greetings.away)] {
            let Some(id) = id else { continue };
            if self.find_greeting(own, id).one(&**tx).await?.is_none() {
                return Err(Error::field(&format!("settings.greetings.{name}"), "There is no such greeting."));
            }
        }
        Ok(())
    }
}

/// How a mailbox is set up. What another version has written and this one cannot read counts as never set.
pub(crate) fn settings(row: &extension::Model) -> VoicemailSettings {
    let Some(text) = &row.mailbox else { return VoicemailSettings::default() };
    from_json(text).unwrap_or_else(|error| {
        tracing::error!(extension = row.id, %error, "the mailbox of an extension is unreadable");
        VoicemailSettings::default()
    })
}

fn mailbox(row: &extension::Model) -> Mailbox {
    Mailbox { extension_id: ExtensionId(row.id), settings: settings(row), has_pin: row.mailbox_pin.is_some() }
}

/// Row → noun.
fn noun(row: voicemail::Model) -> Voicemail {
    Voicemail {
        id: VoicemailId(row.id),
        tenant_id: TenantId(row.tenant_id),
        extension_id: ExtensionId(row.extension_id),
        call_id: CallId(row.call_id),
        caller: row.caller,
        caller_name: row.caller_name,
        left_at: Moment(row.left_at),
        millis: row.millis.map(|millis| u64::try_from(millis).unwrap_or(0)),
        heard_at: row.heard_at.map(Moment),
        sound_id: SoundId(row.sound_id),
    }
}

/// Noun → row, as it is while the message is being left.
pub(crate) fn begun(of: &Voicemail) -> voicemail::ActiveModel {
    voicemail::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        extension_id: Set(of.extension_id.0),
        call_id: Set(of.call_id.0),
        caller: Set(crate::text::outside(&of.caller)),
        caller_name: Set(crate::text::outside(&of.caller_name)),
        left_at: Set(of.left_at.0),
        millis: Set(None),
        heard_at: Set(None),
        sound_id: Set(of.sound_id.0),
        bytes: Set(None),
    }
}
