//! A queue whose one reader also waits for sockets: other threads post, and ring only where the reader sleeps.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::readiness::{Readiness, Ready};

/// The way in, for any thread.
#[derive(Debug)]
pub struct Letterbox<T> {
    posts: mpsc::Sender<T>,
    readiness: Arc<Readiness>,
    awake: Arc<AtomicBool>,
}

impl<T> Clone for Letterbox<T> {
    fn clone(&self) -> Self {
        Self { posts: self.posts.clone(), readiness: self.readiness.clone(), awake: self.awake.clone() }
    }
}

impl<T> Letterbox<T> {
    /// Posts; the reader wakes if it sleeps. A reader that has ended hears nothing.
    pub fn post(&self, post: T) {
        self.put(post);
        self.ring();
    }

    /// Posts without a sound: whoever has more to post rings once, after the last.
    pub fn put(&self, post: T) {
        // Nobody hears what is posted to a reader that has ended.
        let _ = self.posts.send(post);
    }

    /// Wakes the reader if it sleeps.
    pub fn ring(&self) {
        if !self.awake.swap(true, Ordering::AcqRel) {
            self.readiness.ring();
        }
    }
}

/// The reader's end.
#[derive(Debug)]
pub struct Inbox<T> {
    posts: mpsc::Receiver<T>,
    readiness: Arc<Readiness>,
    awake: Arc<AtomicBool>,
}

impl<T> Inbox<T> {
    /// An empty one that watches no socket yet, and the way into it.
    pub fn new() -> io::Result<(Letterbox<T>, Self)> {
        let (sender, posts) = mpsc::channel();
        let readiness = Arc::new(Readiness::new()?);
        let awake = Arc::new(AtomicBool::new(true));
        let letterbox = Letterbox { posts: sender, readiness: readiness.clone(), awake: awake.clone() };
        Ok((letterbox, Self { posts, readiness, awake }))
    }

    /// The sockets that are watched.
    pub fn sockets(&self) -> &Readiness {
        &self.readiness
    }

    /// The next post, if there is one.
    pub fn next(&self) -> Option<T> {
        self.posts.try_recv().ok()
    }

    /// Waits for a post, a socket or the end of `timeout`. A post that is there already is given back at once.
    pub fn wait(&self, ready: &mut Ready, timeout: Option<Duration>) -> io::Result<Option<T>> {
        // A poster that found the reader awake has posted before this, and its post is seen below; one that comes later
        // rings.
        self.awake.swap(false, Ordering::AcqRel);
        let post = self.next();
        let done = self.readiness.wait(ready, if post.is_some() { Some(Duration::ZERO) } else { timeout });
        self.awake.store(true, Ordering::Release);
        done.map(|()| post)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_post_arrives_however_reader_and_posters_meet() {
        const POSTERS: usize = 3;
        const EACH: usize = 20_000;
        let (letterbox, inbox) = Inbox::new().unwrap();
        let posters: Vec<_> = (0..POSTERS)
            .map(|_| {
                let letterbox = letterbox.clone();
                std::thread::spawn(move || {
                    for n in 0..EACH {
                        letterbox.put(n);
                        // Some come alone, some in company; the last rings.
                        if n % 3 == 0 || n + 1 == EACH {
                            letterbox.ring();
                        }
                    }
                })
            })
            .collect();
        let (mut seen, mut ready) = (0, Ready::new());
        // Without a timeout: a ring that is missed is a test that never ends.
        while seen < POSTERS * EACH {
            seen += inbox.wait(&mut ready, None).unwrap().into_iter().count();
            seen += std::iter::from_fn(|| inbox.next()).count();
        }
        posters.into_iter().for_each(|poster| poster.join().unwrap());
        assert!(inbox.next().is_none());
    }
}
