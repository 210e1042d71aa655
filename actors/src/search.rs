//! Full-text search: an index beside the store, kept by a thread of its own (`docs/decisions/0011-search.md`).
//!
//! The index follows what the store has made durable. It can be thrown away at any time and comes back from the
//! store. Actors know nothing of it; whoever searches gets ids, and asks the project for the records.

mod answering;
mod directory;
mod index;
mod indexer;
mod page;
mod query;
mod records;
mod schema;
mod segment;
mod similar;
mod tidying;
mod waiting;
mod words;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bugle_storage::{StorageError, Store};
use tantivy::{IndexReader, Searcher, TantivyError};

pub use page::FoundIds;
pub use query::Skipped;
pub use schema::Collection;
pub use similar::{Like, Similar};

use crate::ActorError;
use answering::Answering;
use schema::Fields;

/// How long a stop waits for the index to take up what the store has: as much as may wait, see [`waiting`].
const STOP_TIME_MAX: Duration = Duration::from_secs(2);

/// Why the index cannot go on.
#[derive(Debug, thiserror::Error)]
enum SearchError {
    #[error("the server stops")]
    Stopped,
    #[error("the index is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Index(#[from] TantivyError),
    #[error("reading or writing the index: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What the search's thread and those who search have in common.
struct Shared {
    path: PathBuf,
    /// There once the index holds all that the store had at the start.
    reader: RwLock<Option<(Fields, IndexReader)>>,
    /// A search has failed: the index may be damaged.
    is_doubted: AtomicBool,
    /// Until when the thread may work once it was told to stop.
    stop: Mutex<Option<Instant>>,
    stops: Condvar,
}

impl Shared {
    fn stop(&self) -> MutexGuard<'_, Option<Instant>> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stop().is_some()
    }

    /// An error when the server does not wait any longer.
    fn ensure_running(&self) -> Result<(), SearchError> {
        match *self.stop() {
            Some(deadline) if Instant::now() >= deadline => Err(SearchError::Stopped),
            _ => Ok(()),
        }
    }

    /// Waits, unless the server stops.
    fn pause(&self, time: Duration) {
        let waited = self
            .stops
            .wait_timeout_while(self.stop(), time, |stop| stop.is_none());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn publish(&self, reader: (Fields, IndexReader)) {
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Some(reader);
    }

    fn withdraw(&self) {
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn searcher(&self) -> Result<(Fields, Searcher), ActorError> {
        let reader = self.reader.read().unwrap_or_else(PoisonError::into_inner);
        let (fields, reader) = reader.as_ref().ok_or(ActorError::Busy)?;
        Ok((*fields, reader.searcher()))
    }
}

/// What is asked for in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Text whose words are looked for.
    pub text: String,
    /// Records that are passed over.
    pub skipped: Vec<Skipped>,
    /// Which of those found are told, by rank from 0.
    pub page: Range<u64>,
}

/// The search of this node.
pub struct Search {
    shared: Arc<Shared>,
    store: Arc<dyn Store>,
    answering: Answering,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Search {
    /// Starts following the store, with the index in a directory. What is there and does not fit is replaced.
    pub(crate) fn start(store: Arc<dyn Store>, path: &Path) -> Result<Self, StorageError> {
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            reader: RwLock::default(),
            is_doubted: AtomicBool::default(),
            stop: Mutex::default(),
            stops: Condvar::default(),
        });
        let failed = |error| StorageError::Io {
            action: "starting the threads of the search in",
            path: path.to_owned(),
            source: Arc::new(error),
        };
        let answering = Answering::start().map_err(failed)?;
        let thread = thread::Builder::new().name("search".into()).spawn({
            let (shared, store) = (Arc::clone(&shared), Arc::clone(&store));
            move || indexer::run(&shared, &store)
        });
        Ok(Self {
            shared,
            store,
            answering,
            thread: Mutex::new(Some(thread.map_err(failed)?)),
        })
    }

    /// Finds records by words: all must be there, the last letters may be missing, and of a word that few records have
    /// so, one letter may be wrong.
    ///
    /// # Errors
    /// [`ActorError::Busy`] while the index is being built or too many searches wait, [`ActorError::Broken`] when this
    /// one failed.
    pub async fn find(&self, collection: Collection, query: SearchQuery) -> Result<FoundIds, ActorError> {
        self.ask(move |searcher, fields| {
            let words = words::words(&query.text, query::WORDS_MAX);
            query::search(searcher, fields, collection, &words, &query.skipped, query.page)
        })
        .await
    }

    /// Finds records that are about the same as a text.
    ///
    /// # Errors
    /// As of [`Search::find`].
    pub async fn similar(&self, collection: Collection, like: Like) -> Result<Vec<Similar>, ActorError> {
        self.ask(move |searcher, fields| similar::similar(searcher, fields, collection, &like))
            .await
    }

    /// Lets a thread of the search read the index. When that fails, the index is looked through.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Searcher, Fields) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, ActorError> {
        let (fields, searcher) = self.shared.searcher()?;
        let asking = self.answering.ask(move || question(&searcher, fields));
        let cause = match asking.await? {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(cause)) => cause.to_string(),
            None => "a panic".to_owned(),
        };
        tracing::error!(cause, "a search failed");
        self.shared.is_doubted.store(true, Ordering::Release);
        self.store.feed().wake();
        Err(ActorError::Broken)
    }

    /// Lets the index take up what the store has made readable, for two seconds at the most, and stops following. To be
    /// called before the store is closed. Blocks.
    pub(crate) fn stop(&self) {
        *self.shared.stop() = Some(Instant::now() + STOP_TIME_MAX);
        self.shared.stops.notify_all();
        self.store.feed().wake();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the search panicked");
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod figures;
#[cfg(test)]
mod tests;
