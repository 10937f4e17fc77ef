//! What callers leave and what telephones record becomes rows. A part of `fact`: the same twice leaves what it left once.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use shared::fact::{Fact, TenantFact};
use shared::prompt::Prompt;
use shared::voicemail::{BYTES_A_MILLI, Greetings, Voicemail};
use shared::{ExtensionId, Moment, SoundId, TenantId, VoicemailId};

use crate::connect::Writing;
use crate::entity::{extension, sound, voicemail};
use crate::fact::{chunks, present_extensions};
use crate::{Result, Store};

/// What a greeting is called that a telephone has recorded.
const RECORDED: &str = "Recorded by telephone";

/// What a batch says of mailboxes: one end each, however many facts led to it.
#[derive(Default)]
pub(crate) struct Mailboxes<'a> {
    messages: BTreeMap<(TenantId, VoicemailId), Fate<'a>>,
    greetings: BTreeMap<(TenantId, ExtensionId), Greeting>,
    /// Greetings that another of the same batch has taken the place of.
    replaced: Vec<(TenantId, SoundId)>,
}

/// What becomes of one message.
#[derive(Default)]
struct Fate<'a> {
    message: Option<&'a Voicemail>,
    /// How long it is, and since when that is known.
    left: Option<(u64, Moment)>,
    heard: Option<Option<Moment>>,
    removed: Option<SoundId>,
}

/// What an extension's telephone has made of its greeting, and when.
struct Greeting {
    at: Moment,
    /// None is the system's.
    sound: Option<(SoundId, u64)>,
}

/// What is to be done once the rows are safe.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Whose plans are others now.
    pub(crate) changed: BTreeSet<TenantId>,
    /// Files without a row.
    pub(crate) files: Vec<(TenantId, SoundId)>,
}

impl<'a> Mailboxes<'a> {
    pub(crate) fn add(&mut self, fact: &'a TenantFact) {
        let Some(tenant) = fact.tenant_id else { return };
        match &fact.fact {
            Fact::VoicemailBegun { voicemail: Some(voicemail) } => {
                self.fate(tenant, voicemail.id).message = Some(voicemail);
            }
            Fact::VoicemailLeft { voicemail } => {
                let fate = self.fate(tenant, voicemail.id);
                fate.message = Some(voicemail);
                fate.left = Some((voicemail.millis.unwrap_or(0), fact.at));
            }
            Fact::VoicemailHeard { voicemail_id, heard_at, .. } => {
                self.fate(tenant, *voicemail_id).heard = Some(*heard_at);
            }
            Fact::VoicemailRemoved { voicemail_id, sound_id, .. } => {
                self.fate(tenant, *voicemail_id).removed = Some(*sound_id);
            }
            Fact::GreetingRecorded { extension_id, sound_id, millis } => {
                self.greeting(tenant, *extension_id, fact.at, Some((*sound_id, *millis)));
            }
            Fact::GreetingDropped { extension_id } => self.greeting(tenant, *extension_id, fact.at, None),
            _ => {}
        }
    }

    fn fate(&mut self, tenant: TenantId, id: VoicemailId) -> &mut Fate<'a> {
        self.messages.entry((tenant, id)).or_default()
    }

    fn greeting(&mut self, tenant: TenantId, of: ExtensionId, at: Moment, sound: Option<(SoundId, u64)>) {
        let before = self.greetings.insert((tenant, of), Greeting { at, sound });
        let before = before.and_then(|before| before.sound).map(|(before, _)| before);
        // The same greeting told twice is no other.
        if let Some(before) = before.filter(|before| sound.is_none_or(|(sound, _)| sound != *before)) {
            self.replaced.push((tenant, before));
        }
    }

    /// Whose mailboxes they are.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.messages.keys().map(|(tenant, _)| *tenant).chain(self.greetings.keys().map(|(tenant, _)| *tenant))
    }

    pub(crate) async fn write(&self, store: &Store, tx: &Writing) -> Result<Aftermath> {
        let mut after = Aftermath::default();
        self.write_messages(store, tx, &mut after).await?;
        for ((tenant, of), greeting) in &self.greetings {
            if greet(store, tx, *tenant, *of, greeting, &mut after.files).await? {
                after.changed.insert(*tenant);
            }
        }
        after.files.extend(&self.replaced);
        Ok(after)
    }

    async fn write_messages(&self, store: &Store, tx: &Writing, after: &mut Aftermath) -> Result<()> {
        let lasting = || self.messages.iter().filter(|(_, fate)| fate.removed.is_none());
        let people = lasting().filter_map(|(_, fate)| fate.message).map(|message| message.extension_id.0);
        let present = present_extensions(tx, people.collect()).await?;
        let here = |message: &&Voicemail| present.contains(&(message.tenant_id.0, message.extension_id.0));
        let rows = lasting().filter_map(|(_, fate)| fate.message).filter(here).map(crate::voicemail::begun);
        for chunk in chunks(rows) {
            let keep_first = OnConflict::column(voicemail::Column::Id).do_nothing().to_owned();
            let insert = voicemail::Entity::insert_many(chunk).on_conflict(keep_first);
            insert.exec_without_returning(&**tx).await?;
        }
        for ((tenant, id), fate) in lasting() {
            let change = || {
                let update = voicemail::Entity::update_many().filter(voicemail::Column::Id.eq(id.0));
                update.filter(voicemail::Column::TenantId.eq(tenant.0))
            };
            if let (Some(message), Some((millis, at))) = (fate.message, fate.left) {
                let millis = i64::try_from(millis).unwrap_or(i64::MAX);
                let bytes = store.size_of(*tenant, message.sound_id).await;
                let left = change()
                    .col_expr(voicemail::Column::Millis, Expr::value(millis))
                    .col_expr(voicemail::Column::Bytes, Expr::value(crate::recording::count(bytes)))
                    .filter(voicemail::Column::Millis.is_null())
                    .exec(&**tx)
                    .await?;
                // Told twice, it is mailed once.
                if left.rows_affected > 0 {
                    store.mail_voicemail(tx, at, message).await?;
                }
            }
            if let Some(heard_at) = fate.heard {
                let heard_at = heard_at.map(|at| at.0);
                change().col_expr(voicemail::Column::HeardAt, Expr::value(heard_at)).exec(&**tx).await?;
            }
        }
        let gone = self.messages.iter().filter_map(|((tenant, id), fate)| Some((*tenant, *id, fate.removed?)));
        for (tenant, id, sound) in gone {
            let delete = voicemail::Entity::delete_many().filter(voicemail::Column::TenantId.eq(tenant.0));
            delete.filter(voicemail::Column::Id.eq(id.0)).exec(&**tx).await?;
            after.files.push((tenant, sound));
        }
        Ok(())
    }
}

/// Makes it the extension's usual greeting, in the place of an earlier one that was recorded. Has the plan changed?
async fn greet(
    store: &Store,
    tx: &Writing,
    tenant: TenantId,
    of: ExtensionId,
    greeting: &Greeting,
    files: &mut Vec<(TenantId, SoundId)>,
) -> Result<bool> {
    let view = store.tenant(tenant);
    let Some(person) = view.find_id::<extension::Entity>(of.0).lock_exclusive().one(&**tx).await? else {
        files.extend(greeting.sound.map(|(sound, _)| (tenant, sound)));
        return Ok(false);
    };
    let mut settings = crate::voicemail::settings(&person);
    let before = settings.greetings;
    match greeting.sound {
        None => settings.greetings.usual = None,
        Some((id, millis)) => {
            if view.find_id::<sound::Entity>(id.0).one(&**tx).await?.is_some() {
                return Ok(false);
            }
            let earlier = view.greetings(of).filter(sound::Column::Name.eq(RECORDED)).all(&**tx).await?;
            let earlier: Vec<SoundId> = earlier.into_iter().map(|row| SoundId(row.id)).collect();
            let bytes = match store.files() {
                Ok(stored) => stored.size(tenant, id).await.ok(),
                Err(_) => None,
            };
            let made = Prompt {
                id,
                tenant_id: tenant,
                extension_id: Some(of),
                name: RECORDED.to_owned(),
                millis,
                bytes: bytes.unwrap_or(millis.saturating_mul(BYTES_A_MILLI)),
                created_at: greeting.at,
            };
            view.delete_many::<sound::Entity>()
                .filter(sound::Column::Id.is_in(earlier.iter().map(|id| id.0)))
                .exec(&**tx)
                .await?;
            sound::Entity::insert(crate::sound::row(&made)).exec_without_returning(&**tx).await?;
            let Greetings { busy, away, .. } = before;
            let renewed = |slot: Option<SoundId>| slot.map(|known| if earlier.contains(&known) { id } else { known });
            settings.greetings = Greetings { usual: Some(id), busy: renewed(busy), away: renewed(away) };
            files.extend(earlier.into_iter().map(|sound| (tenant, sound)));
        }
    }
    if settings.greetings == before {
        return Ok(false);
    }
    view.keep_mailbox(tx, of, &settings).await?;
    Ok(true)
}
