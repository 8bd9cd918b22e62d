//! Shares one look at a database among the resources that declare parts of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::context::Pipeline;
use super::observe::{Look, Snapshot};
use crate::mysql::{Error, Login};
use crate::revision::MigrationTable;
use crate::schema::Identifier;

/// How old a look may be that another pass took.
const FRESH: Duration = Duration::from_secs(2);

/// The newest look at each database. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Readings(Arc<Mutex<HashMap<Key, Arc<Place>>>>);

type Key = (Login, Identifier, Option<MigrationTable>);

/// Where the look at one database is. Who takes a new one holds the lock meanwhile.
#[derive(Debug)]
struct Place {
    asked: Mutex<Instant>,
    newest: tokio::sync::Mutex<Option<Reading>>,
}

/// A look at a database.
#[derive(Debug, Clone)]
pub struct Reading {
    pub snapshot: Arc<Snapshot>,
    /// When it began.
    pub at: Instant,
    /// Whether another pass took it.
    pub is_shared: bool,
}

impl Readings {
    /// Returns the newest look at a database, or takes one: where the newest is too old, or not newer than `newer_than`. No
    /// owner looks alone.
    ///
    /// # Errors
    /// As [`Snapshot::take`].
    pub async fn read(
        &self,
        pipeline: &Pipeline,
        login: &Login,
        look: Look<'_>,
        newer_than: Option<Instant>,
    ) -> Result<Reading, Error> {
        let place = self.place(login, look);
        let mut newest = place.newest.lock().await;
        let is_good =
            |reading: &&Reading| reading.at.elapsed() < FRESH && newer_than.is_none_or(|before| reading.at > before);
        if let Some(reading) = newest.as_ref().filter(is_good) {
            return Ok(Reading { is_shared: true, ..reading.clone() });
        }
        // The former one is let go before the next is taken.
        *newest = None;
        let at = Instant::now();
        let snapshot = Arc::new(Snapshot::take(pipeline, login, look).await?);
        Ok(newest.insert(Reading { snapshot, at, is_shared: false }).clone())
    }

    /// Returns the place of a database. Looks that are too old are let go.
    fn place(&self, login: &Login, Look { database, owner: _, migrations }: Look<'_>) -> Arc<Place> {
        let mut places = self.0.lock();
        places.retain(|_, place| Arc::strong_count(place) > 1 || place.was_asked_within(FRESH));
        let place = places.entry((login.clone(), database.clone(), migrations.cloned())).or_insert_with(|| {
            Arc::new(Place { asked: Mutex::new(Instant::now()), newest: tokio::sync::Mutex::new(None) })
        });
        *place.asked.lock() = Instant::now();
        place.clone()
    }
}

impl Place {
    fn was_asked_within(&self, time: Duration) -> bool {
        self.asked.lock().elapsed() < time
    }
}
