//! One thing that a page shows: loaded at once, again on demand, the old one shown until the new one is there.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::{Operation, Problem};

use super::notice::Failed;
use crate::api;

/// The least time between two loads that facts set off, in milliseconds.
const REST_MILLIS: u32 = 1_500;

type Load<T> = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<T, Problem>>>;

/// What is fetched; copy it freely.
pub struct Fetch<T: Send + Sync + 'static> {
    answer: RwSignal<Option<Result<T, Problem>>>,
    load: StoredValue<Load<T>, LocalStorage>,
    planned: StoredValue<Option<Timeout>, LocalStorage>,
}

impl<T: Send + Sync + 'static> Clone for Fetch<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Fetch<T> {}

impl<T: Clone + Send + Sync + 'static> Fetch<T> {
    /// Asks at once.
    pub fn new<O: Operation<Output = T> + 'static>(ask: impl Fn() -> O + 'static) -> Self {
        let load: Load<T> = Rc::new(move || Box::pin(api::call(ask())));
        let fetch = Self {
            answer: RwSignal::new(None),
            load: StoredValue::new_local(load),
            planned: StoredValue::new_local(None),
        };
        fetch.reload();
        fetch
    }

    /// Asks again.
    pub fn reload(self) {
        let Some(request) = self.load.try_with_value(|load| load()) else { return };
        spawn_local(async move {
            let answer = request.await;
            let keep =
                answer.is_err() && self.answer.try_with_untracked(|old| matches!(old, Some(Ok(_)))) != Some(false);
            if !keep {
                self.answer.try_set(Some(answer));
            }
        });
    }

    /// Begins anew after a failure.
    pub fn retry(self) {
        self.answer.set(None);
        self.reload();
    }

    /// Asks again soon; many wishes become one question.
    pub fn reload_soon(self) {
        self.planned.try_update_value(|planned| {
            planned.get_or_insert_with(|| {
                Timeout::new(REST_MILLIS, move || {
                    self.planned.try_set_value(None);
                    self.reload();
                })
            });
        });
    }

    /// What has come, watched.
    pub fn get(self) -> Option<T> {
        self.answer.with(|answer| answer.as_ref()?.as_ref().ok().cloned())
    }

    /// A part of what has come, watched.
    pub fn map<R>(self, part: impl FnOnce(&T) -> R) -> Option<R> {
        self.answer.with(|answer| answer.as_ref()?.as_ref().ok().map(part))
    }

    /// Puts what is known to be so.
    pub fn set(self, value: T) {
        self.answer.try_set(Some(Ok(value)));
    }

    /// Changes what has come.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.answer.try_update(|answer| {
            if let Some(Ok(value)) = answer {
                change(value);
            }
        });
    }

    /// Why nothing has come, watched.
    pub fn problem(self) -> Option<Problem> {
        self.answer.with(|answer| answer.as_ref()?.as_ref().err().cloned())
    }

    /// The page's word about a failure, with a way to try again; nothing while there is none.
    pub fn failure(self) -> impl Fn() -> Option<AnyView> + Copy + Send {
        move || {
            let problem = self.problem()?;
            let retry = move |()| self.retry();
            Some(view! { <div class="card"><Failed problem retry /></div> }.into_any())
        }
    }

    /// A grey box of this height while nothing has come, within what `frame` says; none after a failure, which speaks for itself.
    pub fn skeleton(self, frame: &'static str, height: &'static str) -> AnyView {
        let bone = move || view! { <div class=frame><span class=format!("skeleton {height} w-full")></span></div> };
        self.problem().is_none().then(bone).into_any()
    }
}
