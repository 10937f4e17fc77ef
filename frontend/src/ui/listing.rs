//! The state of a list that comes by cursor: what is asked, what has come, and whether more is to come.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::page::Direction;
use shared::{Operation, Page, Problem};

use crate::api;

/// Where a list stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The first page is awaited.
    Loading,
    /// Rows are there, or there are none.
    Ready,
    /// The first page could not be loaded.
    Failed(Problem),
}

/// A row, with a key that changes when the row does.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// Its key.
    pub key: u64,
    /// What it shows.
    pub item: T,
}

type Load<T> = Rc<dyn Fn(Option<String>) -> LocalBoxFuture<'static, Result<Page<T>, Problem>>>;

/// A list; copy it freely.
pub struct Listing<T: Clone + PartialEq + Send + Sync + 'static> {
    /// The rows that have come.
    pub rows: RwSignal<Vec<Row<T>>>,
    /// How many there are in all.
    pub total: RwSignal<u64>,
    /// Where it stands.
    pub phase: RwSignal<Phase>,
    /// The cursor of the next page.
    pub next: RwSignal<Option<String>>,
    /// Is the next page awaited?
    pub more_busy: RwSignal<bool>,
    load: StoredValue<Load<T>, LocalStorage>,
    turn: StoredValue<u64>,
    keys: StoredValue<u64>,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Clone for Listing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Copy for Listing<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Listing<T> {
    /// Loads what `ask` asks for, and again whenever a signal that it reads changes; `page` sets the cursor.
    pub fn new<O>(ask: impl Fn() -> O + 'static, page: fn(&mut O, Option<String>)) -> Self
    where
        O: Operation<Output = Page<T>> + 'static,
    {
        Self::of(ask, page, |page| page)
    }

    /// The same where the answer says more than its page, which `read` takes out of it.
    pub fn of<O: Operation + 'static>(
        ask: impl Fn() -> O + 'static,
        page: fn(&mut O, Option<String>),
        read: impl Fn(O::Output) -> Page<T> + Copy + 'static,
    ) -> Self {
        let ask = Rc::new(ask);
        let load: Load<T> = {
            let ask = Rc::clone(&ask);
            Rc::new(move |cursor| {
                let mut operation = untrack(|| ask());
                page(&mut operation, cursor);
                Box::pin(async move { api::call(operation).await.map(read) })
            })
        };
        let listing = Self {
            rows: RwSignal::new(Vec::new()),
            total: RwSignal::new(0),
            phase: RwSignal::new(Phase::Loading),
            next: RwSignal::new(None),
            more_busy: RwSignal::new(false),
            load: StoredValue::new_local(load),
            turn: StoredValue::new(0),
            keys: StoredValue::new(0),
        };
        Effect::new(move |_| {
            // Reads the filters, so that a change of one runs this again.
            ask();
            untrack(|| {
                if listing.phase.get() != Phase::Ready || listing.rows.with(Vec::is_empty) {
                    listing.phase.set(Phase::Loading);
                }
                listing.reload();
            });
        });
        listing
    }

    /// Loads the first page again; the rows stay until it is there.
    pub fn reload(self) {
        let Some(request) = self.load.try_with_value(|load| load(None)) else { return };
        let turn = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        });
        spawn_local(async move {
            let answer = request.await;
            // A later question has overtaken this one.
            if self.turn.try_get_value() != turn {
                return;
            }
            match answer {
                Ok(page) => {
                    let rows = self.keyed(page.rows);
                    self.rows.set(rows);
                    self.next.set(page.next);
                    self.total.set(page.total);
                    self.phase.set(Phase::Ready);
                }
                Err(problem) if self.phase.get_untracked() == Phase::Ready => super::toast::bad(problem.title),
                Err(problem) => self.phase.set(Phase::Failed(problem)),
            }
        });
    }

    /// Begins anew after a failure.
    pub fn retry(self) {
        self.phase.set(Phase::Loading);
        self.reload();
    }

    /// Loads the next page.
    pub fn more(self) {
        let Some(cursor) = self.next.get_untracked().filter(|_| !self.more_busy.get_untracked()) else { return };
        let request = self.load.with_value(|load| load(Some(cursor)));
        let turn = self.turn.get_value();
        self.more_busy.set(true);
        spawn_local(async move {
            let answer = request.await;
            if self.turn.try_get_value() != Some(turn) {
                self.more_busy.try_set(false);
                return;
            }
            self.more_busy.set(false);
            match answer {
                Ok(page) => {
                    let rows: Vec<_> = page.rows.into_iter().map(|item| Row { key: self.key(), item }).collect();
                    self.rows.update(|all| all.extend(rows));
                    self.next.set(page.next);
                    self.total.set(page.total);
                }
                Err(problem) => super::toast::bad(problem.title),
            }
        });
    }

    /// Changes the row that `is` finds; false where there is none.
    pub fn replace(self, item: T, is: impl Fn(&T) -> bool) -> bool {
        let known = self.rows.with_untracked(|rows| rows.iter().position(|row| is(&row.item)));
        let Some(index) = known else { return false };
        let key = self.key();
        self.rows.update(|rows| {
            if let Some(row) = rows.get_mut(index) {
                *row = Row { key, item };
            }
        });
        true
    }

    /// Puts a row on top.
    pub fn prepend(self, item: T) {
        let row = Row { key: self.key(), item };
        self.rows.update(|rows| rows.insert(0, row));
        self.total.update(|total| *total += 1);
    }

    /// Puts a row above the first that `is_after` finds; where none is after it, it belongs to the next page, or to the end when there is none.
    pub fn insert(self, item: T, is_after: impl Fn(&T) -> bool) {
        let found = self.rows.with_untracked(|rows| rows.iter().position(|row| is_after(&row.item)));
        if found.is_none() && self.next.with_untracked(Option::is_some) {
            return;
        }
        let row = Row { key: self.key(), item };
        self.rows.update(|rows| rows.insert(found.unwrap_or(rows.len()), row));
        self.total.update(|total| *total += 1);
    }

    /// Takes the rows away that `is` finds.
    pub fn remove(self, is: impl Fn(&T) -> bool) {
        let before = self.rows.with_untracked(Vec::len);
        if self.rows.with_untracked(|rows| rows.iter().any(|row| is(&row.item))) {
            self.rows.update(|rows| rows.retain(|row| !is(&row.item)));
            let gone = before - self.rows.with_untracked(Vec::len);
            self.total.update(|total| *total = total.saturating_sub(gone as u64));
        }
    }

    /// Gives rows that have not changed the key that they had, so that they are not drawn again.
    fn keyed(self, items: Vec<T>) -> Vec<Row<T>> {
        let mut old = self.rows.get_untracked();
        let take = |old: &mut Vec<Row<T>>, item: &T| {
            let index = old.iter().position(|row| row.item == *item)?;
            Some(old.swap_remove(index).key)
        };
        items
            .into_iter()
            .map(|item| {
                let key = take(&mut old, &item).unwrap_or_else(|| self.key());
                Row { key, item }
            })
            .collect()
    }

    fn key(self) -> u64 {
        self.keys
            .try_update_value(|keys| {
                *keys += 1;
                *keys
            })
            .unwrap_or_default()
    }
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug)]
pub struct Sorting {
    /// The column's key.
    pub key: RwSignal<&'static str>,
    /// Which end first.
    pub direction: RwSignal<Direction>,
}

impl Sorting {
    /// Sorted by this, smallest first.
    pub fn by(key: &'static str) -> Self {
        Self { key: RwSignal::new(key), direction: RwSignal::new(Direction::Ascending) }
    }

    /// A press on a column's title: sorts by it, or turns the direction.
    pub fn press(self, key: &'static str) {
        let turned = match (self.key.get_untracked() == key, self.direction.get_untracked()) {
            (true, Direction::Ascending) => Direction::Descending,
            _ => Direction::Ascending,
        };
        self.key.set(key);
        self.direction.set(turned);
    }
}
