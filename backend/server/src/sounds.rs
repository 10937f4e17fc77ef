//! Sounds between the media workers and the disk: fetched for those who are to hear them, and written as they are said.
//!
//! Some threads of their own, so that no packet waits for a disk; what belongs to one file is done by one thread, in order.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use media::{Sound, SoundFile, SoundName};
use shared::SoundId;
use shared::language::Language;
use sound::Writer;
use speech::Phrase;
use store::Files;
use tokio::sync::oneshot;

/// What waits for one thread at the most: half a minute of a hundred recordings. What comes then is lost, and counted.
const WORK_MAX: usize = 16_384;

/// The longest that the disk is waited for.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(5);

/// Something to do.
enum Work {
    /// Bring a sound to whoever asks.
    Fetch(SoundName, Box<dyn FnOnce(Option<Sound>) + Send>),
    /// Write what was said.
    Write { file: SoundFile, tracks: u8, samples: Vec<i16> },
    /// It is whole.
    End(SoundFile),
    /// Say when all that came before is done.
    Settle(oneshot::Sender<()>),
}

/// The way to the threads.
#[derive(Clone)]
pub struct SoundDoor {
    threads: Arc<[SyncSender<Work>]>,
}

impl SoundDoor {
    /// Starts so many threads over the folder of sounds.
    pub fn start(files: &Files, threads: usize) -> io::Result<Self> {
        let mut doors = Vec::new();
        for index in 0..threads.max(1) {
            let (door, work) = sync_channel(WORK_MAX);
            let desk = Desk::new(files.clone());
            std::thread::Builder::new().name(format!("sound-{index}")).spawn(move || desk.run(&work))?;
            doors.push(door);
        }
        Ok(Self { threads: doors.into() })
    }

    /// Brings a sound; nothing where there is none of that name.
    pub fn fetch(&self, name: SoundName, bring: impl FnOnce(Option<Sound>) + Send + 'static) {
        let number = match name {
            SoundName::Phrase(..) => 0,
            SoundName::Kept(file) => file.id.0,
        };
        let refused = self.put(number, Work::Fetch(name, Box::new(bring)));
        if let Some(Work::Fetch(_, bring)) = refused {
            bring(None);
        }
    }

    /// Writes what was said.
    pub fn write(&self, file: SoundFile, tracks: u8, samples: Vec<i16>) {
        self.put(file.id.0, Work::Write { file, tracks, samples });
    }

    /// There is nothing more of it.
    pub fn end(&self, file: SoundFile) {
        self.put(file.id.0, Work::End(file));
    }

    /// Waits until all that was said of a file before is on the disk.
    pub async fn settle(&self, id: SoundId) {
        let (reply, done) = oneshot::channel();
        // A thread that is gone writes nothing more.
        self.put(id.0, Work::Settle(reply));
        if tokio::time::timeout(SETTLE_TIME_MAX, done).await.is_err() {
            tracing::warn!(sound = %id, "the disk has not kept up with a sound");
        }
    }

    /// Hands it to the thread that has this number; what it could not take.
    fn put(&self, number: i64, work: Work) -> Option<Work> {
        let count = self.threads.len().max(1);
        let index = usize::try_from(number).unwrap_or(0) % count;
        match self.threads.get(index)?.try_send(work) {
            Ok(()) => None,
            Err(TrySendError::Full(work)) => {
                tracing::error!("the disk cannot keep up with the sounds: some were lost");
                Some(work)
            }
            Err(TrySendError::Disconnected(work)) => Some(work),
        }
    }
}

/// One thread's things.
struct Desk {
    files: Files,
    phrases: HashMap<(Language, &'static str), Sound>,
    /// Those that somebody hears.
    heard: BTreeMap<SoundFile, Weak<[bytes::Bytes]>>,
    /// Those that are being written; none of one that cannot be.
    written: BTreeMap<SoundFile, Option<Writer<File>>>,
}

impl Desk {
    fn new(files: Files) -> Self {
        Self { files, phrases: HashMap::new(), heard: BTreeMap::new(), written: BTreeMap::new() }
    }

    fn run(mut self, work: &Receiver<Work>) {
        while let Ok(next) = work.recv() {
            match next {
                Work::Fetch(name, bring) => bring(self.sound(name)),
                Work::Write { file, tracks, samples } => self.write(file, tracks, &samples),
                Work::End(file) => self.end(file),
                // Whoever asked may have gone.
                Work::Settle(reply) => drop(reply.send(())),
            }
        }
    }

    fn sound(&mut self, name: SoundName) -> Option<Sound> {
        match name {
            SoundName::Phrase(language, phrase) => {
                if let Some(known) = self.phrases.get(&(language, phrase)) {
                    return Some(known.clone());
                }
                let found = Phrase::of_name(phrase)?;
                let sound = packets(speech::sound(language, found), &phrase)?;
                self.phrases.insert((language, phrase), sound.clone());
                Some(sound)
            }
            SoundName::Kept(file) => {
                if let Some(known) = self.heard.get(&file).and_then(Weak::upgrade) {
                    return Some(known);
                }
                self.heard.retain(|_, sound| sound.strong_count() > 0);
                let path = self.files.path(file.tenant, file.id);
                let bytes = std::fs::read(&path)
                    .inspect_err(|error| tracing::warn!(%error, sound = %file.id, "a sound cannot be read"))
                    .ok()?;
                let sound = packets(&bytes, &file.id)?;
                self.heard.insert(file, Arc::downgrade(&sound));
                Some(sound)
            }
        }
    }

    fn write(&mut self, file: SoundFile, tracks: u8, samples: &[i16]) {
        let files = &self.files;
        let writer = self.written.entry(file).or_insert_with(|| {
            let made = create(files, file, tracks);
            made.inspect_err(|error| tracing::error!(%error, sound = %file.id, "a recording cannot be begun")).ok()
        });
        if let Some(Err(error)) = writer.as_mut().map(|writer| writer.push(samples)) {
            tracing::error!(%error, sound = %file.id, "a recording cannot be written");
            *writer = None;
        }
    }

    fn end(&mut self, file: SoundFile) {
        let Some(Some(writer)) = self.written.remove(&file) else { return };
        if let Err(error) = writer.finish().and_then(|file| file.sync_all()) {
            tracing::error!(%error, sound = %file.id, "a recording cannot be ended");
        }
    }
}

fn create(files: &Files, file: SoundFile, tracks: u8) -> io::Result<Writer<File>> {
    let path = files.path(file.tenant, file.id);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // The serial number only has to differ between the streams of one file.
    Writer::create(File::create(path)?, tracks, file.id.0 as u32)
}

fn packets(bytes: &[u8], name: &dyn std::fmt::Display) -> Option<Sound> {
    let read = sound::read::packets(bytes);
    let read = read.inspect_err(|error| tracing::warn!(%error, %name, "a sound cannot be played"));
    read.ok().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{SoundId, TenantId};
    use std::sync::mpsc::channel;

    const FILE: SoundFile = SoundFile { tenant: TenantId(7), id: SoundId(9) };

    fn fetched(door: &SoundDoor, name: SoundName) -> Option<Sound> {
        let (reply, answer) = channel();
        door.fetch(name, move |sound| reply.send(sound).unwrap());
        answer.recv().unwrap()
    }

    // covers: LNG-01
    #[test]
    fn every_phrase_of_every_language_can_be_played() {
        let folder = tempfile::tempdir().unwrap();
        let door = SoundDoor::start(&Files::new(folder.path()), 2).unwrap();
        for language in Language::ALL {
            for phrase in Phrase::all() {
                let sound = fetched(&door, SoundName::Phrase(language, phrase.name()));
                assert!(sound.is_some_and(|packets| packets.len() >= 5), "{language:?} {phrase:?}");
            }
        }
        assert_eq!(fetched(&door, SoundName::Phrase(Language::EnUs, "nothing")), None);
        assert_eq!(fetched(&door, SoundName::Kept(FILE)), None);
    }

    // covers: VM-02
    #[test]
    fn what_was_said_is_heard_again_also_while_it_is_being_said() {
        let folder = tempfile::tempdir().unwrap();
        let door = SoundDoor::start(&Files::new(folder.path()), 2).unwrap();
        for _ in 0..15 {
            door.write(FILE, 1, vec![500; 3_200]);
        }
        let half = fetched(&door, SoundName::Kept(FILE)).map(|packets| packets.len());
        assert!(half.is_some_and(|count| (110..=150).contains(&count)), "three seconds, half of one open: {half:?}");
        door.end(FILE);
        let whole = fetched(&door, SoundName::Kept(FILE)).map(|packets| packets.len());
        assert!(whole.is_some_and(|count| (150..=152).contains(&count)), "{whole:?}");
    }
}
