//! What telephones have recorded becomes prompts and greetings: levelled and stored as an upload is, each in a task of its own, and the
//! answer back to the pump, so that nobody is told that something was kept before it is (IVR-02, EXT-07).

use std::sync::Arc;
use std::time::Duration;

use media::SoundFile;
use shared::prompt::{PROMPT_BYTES_MAX, Prompt, PromptAsker, PromptWish, RECORDED_SECONDS_MAX};
use sound::{Imported, Limits};
use store::{Actor, NewSound, Store};
use switch::{Input, PromptTake};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::signalling::Door;
use crate::sounds::SoundDoor;

/// Sounds that are converted at once: each keeps a processor busy for some seconds, and calls want one too.
const CONVERTING_MAX: usize = 1;
/// What the last keys and the way to the disk add to the longest recording.
const SECONDS_MORE: u32 = 10;

/// The way there.
#[derive(Clone)]
pub struct PromptDoor {
    runtime: Handle,
    pump: Door,
    keeper: Keeper,
}

impl PromptDoor {
    /// Tasks run in `runtime`.
    pub fn new(runtime: Handle, pump: Door, store: Store, sounds: SoundDoor, clock: Clock) -> Self {
        let converting = Arc::new(Semaphore::new(CONVERTING_MAX));
        Self { runtime, pump, keeper: Keeper { store, sounds, clock, converting } }
    }

    /// Keeps what was recorded; the answer goes to the pump.
    pub fn keep(&self, take: PromptTake) {
        let (pump, keeper) = (self.pump.clone(), self.keeper.clone());
        self.runtime.spawn(async move {
            let (tenant, call) = (take.file.tenant, take.call);
            let kept = keeper.keep(take).await.map(Box::new);
            pump.input(Input::PromptKept { tenant, call, kept });
        });
    }

    /// Removes what was recorded and nobody wants.
    pub fn remove(&self, file: SoundFile) {
        let keeper = self.keeper.clone();
        self.runtime.spawn(async move { keeper.remove(file).await });
    }
}

/// Where it is kept.
#[derive(Clone)]
struct Keeper {
    store: Store,
    sounds: SoundDoor,
    clock: Clock,
    converting: Arc<Semaphore>,
}

impl Keeper {
    /// Keeps it, under an id of its own; its recording as it was spoken goes, whatever comes of it. A refusal is a sentence.
    async fn keep(&self, take: PromptTake) -> Result<Prompt, String> {
        let file = take.file;
        let kept = self.kept(take).await;
        self.remove(file).await;
        kept
    }

    async fn kept(&self, PromptTake { file, hush, wish, .. }: PromptTake) -> Result<Prompt, String> {
        self.sounds.settle(file.id).await;
        let spoken = self.store.files().map_err(said)?.read(file.tenant, file.id).await.map_err(said)?;
        let Imported { file: sound, duration_ms } = self.levelled(spoken, hush).await?;
        let PromptWish { name, extension_id, is_greeting, asked_by } = wish;
        let PromptAsker { account_id, email, acting_for, address } = asked_by;
        let actor = Actor { account_id, email, acting_for, address };
        let new = NewSound { name: &name, file: &sound, millis: duration_ms };
        let own = is_greeting.then_some(extension_id);
        self.store.tenant(file.tenant).keep_recording(self.clock.now(), &actor, own, new).await.map_err(said)
    }

    async fn levelled(&self, spoken: Vec<u8>, hush: Duration) -> Result<Imported, String> {
        let gone = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a recording by telephone could not be converted");
            "The server could not convert it.".to_owned()
        };
        let seat = Arc::clone(&self.converting).acquire_owned().await.map_err(|error| gone(&error))?;
        let limits = Limits { bytes_max: PROMPT_BYTES_MAX, seconds_max: RECORDED_SECONDS_MAX + SECONDS_MORE };
        let taken = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            sound::import_without_end(&spoken, limits, hush)
        });
        taken.await.map_err(|error| gone(&error))?.map_err(|refused| refused.to_string())
    }

    /// What does not go now is swept a day later.
    async fn remove(&self, file: SoundFile) {
        self.sounds.settle(file.id).await;
        let Ok(files) = self.store.files() else { return };
        if let Err(error) = files.remove(file.tenant, file.id).await {
            tracing::warn!(%error, sound = %file.id, "what a telephone has recorded could not be removed");
        }
    }
}

/// A refusal in words; a fault goes to the log.
fn said(error: store::Error) -> String {
    use store::Error::{Database, Files, NotFound, Row, Sealed};
    if matches!(error, Database(_) | Files(_) | NotFound | Row(_) | Sealed(_)) {
        tracing::error!(%error, "a recording by telephone could not be kept");
    }
    error.in_words()
}

#[cfg(test)]
mod tests {
    use shared::prompt::ListPrompts;
    use shared::quota::Quota;
    use shared::tenant::{CreateTenant, UpdateTenant};
    use shared::{AccountId, CallId, ExtensionId, Moment, SoundId, TenantId};
    use store::SecretKey;

    use super::*;

    const NOW: Moment = Moment::from_seconds(1_795_000_000);
    const RATE: usize = sound::RATE as usize;

    async fn keeper(folder: &std::path::Path) -> (Keeper, TenantId) {
        let url = format!("sqlite://{}?mode=rwc", folder.join("belfry.db").display());
        let store = Store::open(&url, SecretKey([7; 32])).await.unwrap().with_files(folder.join("sounds"));
        let create = CreateTenant {
            name: "Acme".into(),
            domain: "acme.example".into(),
            admin_email: "boss@acme.example".into(),
            ..CreateTenant::default()
        };
        let tenant = store.create_tenant(NOW, &Actor::belfry(), &create).await.unwrap().tenant.id;
        let sounds = SoundDoor::start(store.files().unwrap(), 1).unwrap();
        let converting = Arc::new(Semaphore::new(1));
        (Keeper { store, sounds, clock: Clock::start(), converting }, tenant)
    }

    /// As a telephone has recorded it: a quiet tone of two seconds, and silence.
    fn spoken(keeper: &Keeper, tenant: TenantId) -> PromptTake {
        let file = SoundFile { tenant, id: SoundId(5) };
        let tone =
            (0..2 * RATE).map(|at| ((at as f32 * 440.0 * std::f32::consts::TAU / RATE as f32).sin() * 900.0) as i16);
        let samples: Vec<i16> = tone.chain(std::iter::repeat_n(0, 10 * RATE)).collect();
        samples.chunks(3_200).for_each(|piece| keeper.sounds.write(file, 1, piece.to_vec()));
        keeper.sounds.end(file);
        let asked_by = PromptAsker {
            account_id: AccountId(1),
            email: "boss@acme.example".into(),
            acting_for: None,
            address: None,
        };
        let wish = PromptWish { name: "Welcome".into(), extension_id: ExtensionId(2), is_greeting: false, asked_by };
        PromptTake { call: CallId(1), file, hush: Duration::from_secs(10), wish }
    }

    // covers: IVR-02
    #[tokio::test(flavor = "multi_thread")]
    async fn ivr_02_what_was_recorded_becomes_a_prompt_as_loud_as_any_without_its_silence() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, tenant) = keeper(folder.path()).await;
        let take = spoken(&keeper, tenant);
        let raw = take.file;
        let prompt = keeper.keep(take).await.unwrap();
        assert!((1_900..=2_100).contains(&prompt.millis), "{}", prompt.millis);
        let view = keeper.store.tenant(tenant);
        assert_eq!(view.list_prompts(&ListPrompts::default()).await.unwrap().rows, std::slice::from_ref(&prompt));
        let (_, file) = view.prompt_sound(prompt.id).await.unwrap();
        let loudest = sound::read::peaks(&file, 20).unwrap().into_iter().max().unwrap();
        assert!(loudest > 20, "it was at three hundredths of full scale: {loudest}");
        assert_ne!(prompt.id, raw.id);
        assert!(!keeper.store.files().unwrap().path(tenant, raw.id).exists(), "what was spoken is gone");
        let log = view.list_activity(&Default::default()).await.unwrap().rows;
        assert_eq!((log[0].operation.as_str(), log[0].actor.as_str()), ("RecordPrompt", "boss@acme.example"));
    }

    // covers: T-05
    #[tokio::test(flavor = "multi_thread")]
    async fn t_05_what_does_not_fit_is_not_kept_and_nothing_is_left_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, tenant) = keeper(folder.path()).await;
        let quota = Some(Quota { disk_megabytes_max: Some(0), ..Quota::default() });
        let change = UpdateTenant { quota, ..UpdateTenant::new(tenant) };
        keeper.store.update_tenant(NOW, &Actor::belfry(), &change).await.unwrap();
        let take = spoken(&keeper, tenant);
        let raw = take.file;
        let refused = keeper.keep(take).await.unwrap_err();
        assert!(refused.contains("of the company's 0.0 MB are in use"), "{refused}");
        assert!(!keeper.store.files().unwrap().path(tenant, raw.id).exists());
        // Where nothing was written there is nothing to keep.
        let mut never = spoken(&keeper, tenant);
        never.file.id = SoundId(6);
        assert_eq!(keeper.keep(never).await.unwrap_err(), "It is not there any more.");
    }
}
