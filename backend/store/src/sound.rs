//! Sounds that people bring: the tenant's prompts (IVR-02) and the greetings of its extensions (EXT-07). A row here, a file in
//! `files`; the file comes first and goes last, so that a row never lacks its sound.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use shared::activity::changes;
use shared::page::Direction;
use shared::prompt::{
    DeleteGreeting, DeletePrompt, GREETINGS_MAX, ListGreetings, ListPrompts, PROMPTS_MAX, Prompt, check_name,
};
use shared::voicemail::Greetings;
use shared::{ExtensionId, Moment, Page, SoundId, TenantId};

use crate::connect::Writing;
use crate::destination::unused;
use crate::entity::{extension, nuisance, receptionist, recording, sound, voicemail};
use crate::files::Files;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::fold;
use crate::{Actor, Error, Result, Store, TenantStore};

/// What a receptionist says.
const PROMPT: &str = "prompt";
/// What callers of an extension hear before they leave a message.
const GREETING: &str = "greeting";

/// Ids that are tried for a new sound.
const IDS_TRIED_MAX: usize = 100;

/// A sound to be: a whole file of Ogg Opus and how long it is.
#[derive(Clone, Copy, Debug)]
pub struct NewSound<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The file.
    pub file: &'a [u8],
    /// How long it is, in milliseconds.
    pub millis: u64,
}

impl Store {
    /// Keeps sounds in this folder. Without one none can be brought, read or left.
    pub fn with_files(self, folder: impl Into<std::path::PathBuf>) -> Self {
        let _ = self.inner.files.set(Files::new(folder));
        self
    }

    /// Where sounds lie; an error where no folder is set.
    pub fn files(&self) -> Result<&Files> {
        self.inner.files.get().ok_or_else(|| Error::Files("no folder for them is set".to_owned()))
    }

    /// Removes files whose rows are gone. One that stays takes room and nothing else, and is swept later.
    pub(crate) async fn remove_files(&self, sounds: impl IntoIterator<Item = (TenantId, SoundId)>) {
        let Ok(files) = self.files() else { return };
        for (tenant, sound) in sounds {
            if let Err(error) = files.remove(tenant, sound).await {
                tracing::warn!(%tenant, %sound, %error, "a sound could not be removed");
            }
        }
    }

    /// Removes the files that have no row and were last written before then. Answers how many.
    pub(crate) async fn sweep_files(&self, before: Moment) -> Result<u64> {
        let Ok(files) = self.files() else { return Ok(0) };
        let mut swept = 0;
        for id in files.tenants().await? {
            let mut kept = self.tenant(id).sounds(&self.inner.db, None).await?;
            let recorded = recording::Entity::find().filter(recording::Column::TenantId.eq(id.0)).select_only();
            // What was moved away has no file here; one that is left was about to go.
            let recorded = recorded.filter(recording::Column::ObjectKey.is_null());
            let recorded = recorded.column(recording::Column::SoundId).into_tuple::<i64>().all(&self.inner.db).await?;
            kept.extend(recorded.into_iter().map(SoundId));
            swept += files.sweep(id, &kept, before).await?;
        }
        Ok(swept)
    }

    /// Removes all files of a tenant that is gone.
    pub(crate) async fn remove_all_files(&self, tenant: TenantId) {
        let Ok(files) = self.files() else { return };
        if let Err(error) = files.remove_all(tenant).await {
            tracing::warn!(%tenant, %error, "the sounds of a tenant could not be removed");
        }
    }
}

impl TenantStore {
    /// The tenant's prompts by name.
    pub async fn list_prompts(&self, operation: &ListPrompts) -> Result<Page<Prompt>> {
        let mut select = self.prompts();
        if let Some(found) = contains(sound::Column::NameKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        self.sounds_by_name(select, operation.cursor.as_deref(), operation.limit).await
    }

    /// Keeps a prompt.
    pub async fn create_prompt(&self, now: Moment, actor: &Actor, new: NewSound<'_>) -> Result<Prompt> {
        self.keep(now, actor, "CreatePrompt", None, new).await
    }

    /// May a prompt of this name be recorded by telephone, or for `own` a greeting? Looked at before anybody is rung; what is kept at last is
    /// looked at anew.
    pub async fn admit_recording(&self, own: Option<ExtensionId>, name: &str) -> Result<()> {
        Error::check(check_name(name))?;
        self.admit_one_more(self.db(), own).await?;
        self.admit_any(self.db(), "name").await
    }

    /// Keeps what was recorded by telephone: a prompt, or a greeting of `own`.
    pub async fn keep_recording(
        &self,
        now: Moment,
        actor: &Actor,
        own: Option<ExtensionId>,
        new: NewSound<'_>,
    ) -> Result<Prompt> {
        let operation = if own.is_some() { "RecordGreeting" } else { "RecordPrompt" };
        self.keep(now, actor, operation, own, new).await
    }

    /// The file of a prompt.
    pub async fn prompt_sound(&self, id: SoundId) -> Result<(Prompt, Vec<u8>)> {
        let row = self.find_prompt(id).one(self.db()).await?;
        self.with_file(row.ok_or(Error::NotFound)?).await
    }

    /// Removes a prompt that nothing plays; else what does is named.
    pub async fn delete_prompt(&self, now: Moment, actor: &Actor, operation: &DeletePrompt) -> Result<()> {
        let id = operation.sound_id;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.find_prompt(id).one(&*tx).await?.ok_or(Error::NotFound)?;
        unused("sound_id", "The prompt", self.saying(&tx, id).await?)?;
        sound::Entity::delete_by_id(id.0).exec(&*tx).await?;
        let (subject, changed) = (format!("prompt {}", gone.name), changes(Some(&noun(gone)), None));
        self.note_change(&tx, now, actor, "DeletePrompt", subject, &changed).await?;
        self.commit_weighed(tx, now).await?;
        self.store.remove_files([(self.id, id)]).await;
        Ok(())
    }

    /// The greetings of an extension by name.
    pub async fn list_greetings(&self, own: ExtensionId, operation: &ListGreetings) -> Result<Page<Prompt>> {
        self.sounds_by_name(self.greetings(own), operation.cursor.as_deref(), operation.limit).await
    }

    /// Keeps a greeting of an extension.
    pub async fn create_greeting(
        &self,
        now: Moment,
        actor: &Actor,
        own: ExtensionId,
        new: NewSound<'_>,
    ) -> Result<Prompt> {
        self.keep(now, actor, "CreateGreeting", Some(own), new).await
    }

    /// The file of a greeting of an extension.
    pub async fn greeting_sound(&self, own: ExtensionId, id: SoundId) -> Result<(Prompt, Vec<u8>)> {
        let row = self.find_greeting(own, id).one(self.db()).await?;
        self.with_file(row.ok_or(Error::NotFound)?).await
    }

    /// Removes a greeting of an extension; its mailbox plays it no more.
    pub async fn delete_greeting(
        &self,
        now: Moment,
        actor: &Actor,
        own: ExtensionId,
        operation: &DeleteGreeting,
    ) -> Result<()> {
        let id = operation.sound_id;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let person = self.find_id::<extension::Entity>(own.0).lock_exclusive().one(&*tx).await?;
        let person = person.ok_or(Error::NotFound)?;
        let gone = self.find_greeting(own, id).one(&*tx).await?.ok_or(Error::NotFound)?;
        let mut mailbox = crate::voicemail::settings(&person);
        if mailbox.greetings.all().any(|greeting| greeting == id) {
            let Greetings { usual, busy, away } = mailbox.greetings;
            let [usual, busy, away] = [usual, busy, away].map(|greeting| greeting.filter(|greeting| *greeting != id));
            mailbox.greetings = Greetings { usual, busy, away };
            self.keep_mailbox(&tx, own, &mailbox).await?;
        }
        sound::Entity::delete_by_id(id.0).exec(&*tx).await?;
        let subject = format!("greeting {} of extension {}", gone.name, person.number);
        let changed = changes(Some(&noun(gone)), None);
        self.note_change(&tx, now, actor, "DeleteGreeting", subject, &changed).await?;
        self.store.weigh(&tx, now, [self.id]).await?;
        self.commit_plan(tx).await?;
        self.store.remove_files([(self.id, id)]).await;
        Ok(())
    }

    /// All sounds that were brought and left; of one extension only, its greetings and what was left for it.
    pub(crate) async fn sounds<C: ConnectionTrait>(
        &self,
        db: &C,
        of: Option<ExtensionId>,
    ) -> Result<BTreeSet<SoundId>> {
        let mut brought = self.find::<sound::Entity>().select_only().column(sound::Column::Id);
        let mut left = self.find::<voicemail::Entity>().select_only().column(voicemail::Column::SoundId);
        if let Some(own) = of {
            brought = brought.filter(sound::Column::ExtensionId.eq(own.0));
            left = left.filter(voicemail::Column::ExtensionId.eq(own.0));
        }
        let (brought, left) = (brought.into_tuple::<i64>().all(db).await?, left.into_tuple::<i64>().all(db).await?);
        Ok(brought.into_iter().chain(left).map(SoundId).collect())
    }

    /// That greeting of an extension.
    pub(crate) fn find_greeting(&self, own: ExtensionId, id: SoundId) -> Select<sound::Entity> {
        self.greetings(own).filter(sound::Column::Id.eq(id.0))
    }

    /// That prompt.
    pub(crate) fn find_prompt(&self, id: SoundId) -> Select<sound::Entity> {
        self.prompts().filter(sound::Column::Id.eq(id.0))
    }

    pub(crate) fn greetings(&self, own: ExtensionId) -> Select<sound::Entity> {
        let select = self.find::<sound::Entity>().filter(sound::Column::Kind.eq(GREETING));
        select.filter(sound::Column::ExtensionId.eq(own.0))
    }

    fn prompts(&self) -> Select<sound::Entity> {
        self.find::<sound::Entity>().filter(sound::Column::Kind.eq(PROMPT))
    }

    async fn sounds_by_name(
        &self,
        select: Select<sound::Entity>,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Prompt>> {
        let sort = Sort {
            name: "name",
            column: sound::Column::NameKey,
            id: sound::Column::Id,
            direction: Direction::Ascending,
        };
        let key = |row: &sound::Model| (Key::Text(row.name_key.clone()), row.id);
        let found = page(self.db(), select, &sort, Wanted { cursor, limit }, key).await?;
        try_map(found, |row| Ok(noun(row)))
    }

    async fn keep(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        own: Option<ExtensionId>,
        new: NewSound<'_>,
    ) -> Result<Prompt> {
        Error::check(check_name(new.name))?;
        let made = Prompt {
            id: self.free_sound(now).await?,
            tenant_id: self.id,
            extension_id: own,
            name: new.name.trim().to_owned(),
            millis: new.millis,
            bytes: new.file.len() as u64,
            created_at: now,
        };
        self.store.files()?.write(self.id, made.id, new.file).await?;
        let kept = self.keep_row(now, actor, operation, &made).await;
        if kept.is_err() {
            self.store.remove_files([(self.id, made.id)]).await;
        }
        kept.map(|()| made)
    }

    /// An id of which there is no file yet: a clock that was set back gives ids anew, and what is there must not be lost by it.
    async fn free_sound(&self, now: Moment) -> Result<SoundId> {
        for _ in 0..IDS_TRIED_MAX {
            let id = self.store.next_id(now);
            match self.store.files()?.size(self.id, id).await {
                Err(Error::NotFound) => return Ok(id),
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        Err(Error::Files("all names are taken: the clock stands wrong".to_owned()))
    }

    async fn keep_row(&self, now: Moment, actor: &Actor, operation: &str, made: &Prompt) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let subject = match made.extension_id {
            Some(own) => {
                let person = self.find_id::<extension::Entity>(own.0).one(&*tx).await?.ok_or(Error::NotFound)?;
                format!("greeting {} of extension {}", made.name, person.number)
            }
            None => format!("prompt {}", made.name),
        };
        self.admit_one_more(&*tx, made.extension_id).await?;
        self.admit_bytes(&tx, "sound", made.bytes).await?;
        sound::Entity::insert(row(made)).exec_without_returning(&*tx).await?;
        self.note_change(&tx, now, actor, operation, subject, &changes(None, Some(made))).await?;
        self.commit_weighed(tx, now).await
    }

    async fn admit_one_more<C: ConnectionTrait>(&self, db: &C, own: Option<ExtensionId>) -> Result<()> {
        let (select, max) = match own {
            Some(own) => (self.greetings(own), GREETINGS_MAX),
            None => (self.prompts(), PROMPTS_MAX),
        };
        if select.count(db).await? >= max {
            let reason = format!("There are {max} already. Remove one first.");
            return Err(Error::Conflict { field: "name", reason });
        }
        Ok(())
    }

    async fn with_file(&self, row: sound::Model) -> Result<(Prompt, Vec<u8>)> {
        let file = self.store.files()?.read(self.id, SoundId(row.id)).await?;
        Ok((noun(row), file))
    }

    /// What plays a prompt, in words.
    async fn saying(&self, tx: &Writing, id: SoundId) -> Result<Vec<String>> {
        let all = self.find::<receptionist::Entity>().order_by_asc(receptionist::Column::Number).all(&**tx).await?;
        let mut users = Vec::new();
        for row in all {
            let settings = crate::receptionist::settings(&row)?;
            if [settings.prompt, settings.transfer_prompt].contains(&Some(id)) {
                users.push(format!("the receptionist {}", settings.number));
            }
        }
        if self.plays(&**tx, id).await? {
            users.push("the music on hold".to_owned());
        }
        for queue in self.queues_in(tx).await? {
            if [queue.settings.introduction, queue.settings.music].contains(&Some(id)) {
                users.push(format!("the queue {}", queue.settings.number));
            }
        }
        for row in self.find::<nuisance::Entity>().order_by_asc(nuisance::Column::Number).all(&**tx).await? {
            let settings = crate::nuisance::noun(row)?.settings;
            if settings.sound == Some(id) {
                users.push(format!("the nuisance {}", settings.number));
            }
        }
        Ok(users)
    }
}

/// Row → noun.
pub(crate) fn noun(row: sound::Model) -> Prompt {
    Prompt {
        id: SoundId(row.id),
        tenant_id: TenantId(row.tenant_id),
        extension_id: row.extension_id.map(ExtensionId),
        name: row.name,
        millis: u64::try_from(row.millis).unwrap_or(0),
        bytes: u64::try_from(row.bytes).unwrap_or(0),
        created_at: Moment(row.created_at),
    }
}

/// Noun → row.
pub(crate) fn row(of: &Prompt) -> sound::ActiveModel {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    sound::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        extension_id: Set(of.extension_id.map(i64::from)),
        kind: Set(if of.extension_id.is_some() { GREETING } else { PROMPT }.to_owned()),
        name: Set(of.name.clone()),
        name_key: Set(fold(&of.name)),
        millis: Set(count(of.millis)),
        bytes: Set(count(of.bytes)),
        created_at: Set(of.created_at.0),
    }
}
