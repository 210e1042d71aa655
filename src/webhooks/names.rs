//! How many names are looked up at a time. The system's resolver holds a thread until it gives up, long after the attempt
//! that asked has ended, so what is bounded is the threads and not the attempts.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::LookUp;

/// Names that are looked up at the same time: fewer than the courier has threads.
const LOOK_UPS_MAX: usize = 24;
/// How many of them may be of names that were not found at once the last time: however many hang, they leave room.
const UNPROVEN_LOOK_UPS_MAX: usize = 12;
/// Look-ups of one name at the same time. More wait, since an endpoint that is well makes several connections at once.
const LOOK_UPS_OF_NAME_MAX: usize = 2;
/// Within what time a name is found that does not hang.
const SOON: Duration = Duration::from_secs(2);
/// Names that are known to be found soon.
const PROVEN_MAX: usize = 4096;

struct Places {
    all: Arc<Semaphore>,
    unproven: Arc<Semaphore>,
    by_name: Mutex<HashMap<String, Weak<Semaphore>>>,
    proven: Mutex<HashSet<String>>,
}

/// What is held until the resolver has returned.
struct Held {
    _of_name: OwnedSemaphorePermit,
    _unproven: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Places {
    fn of_name(&self, name: &str) -> Arc<Semaphore> {
        let mut by_name = lock(&self.by_name);
        by_name.retain(|_, places| places.strong_count() > 0);
        let known = by_name.get(name).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let places = Arc::new(Semaphore::new(LOOK_UPS_OF_NAME_MAX));
            by_name.insert(name.to_owned(), Arc::downgrade(&places));
            places
        })
    }

    /// Waits for a place.
    async fn hold(&self, name: &str) -> io::Result<Held> {
        let of_name = self.of_name(name).acquire_owned().await;
        let is_proven = lock(&self.proven).contains(name);
        let unproven = if is_proven {
            None
        } else {
            let place = Arc::clone(&self.unproven).acquire_owned().await;
            Some(place.map_err(io::Error::other)?)
        };
        let of_all = Arc::clone(&self.all).acquire_owned().await;
        Ok(Held {
            _of_name: of_name.map_err(io::Error::other)?,
            _unproven: unproven,
            _of_all: of_all.map_err(io::Error::other)?,
        })
    }

    fn note(&self, name: &str, is_proven: bool) {
        let mut proven = lock(&self.proven);
        if !is_proven {
            proven.remove(name);
        } else if !proven.contains(name) {
            if proven.len() >= PROVEN_MAX {
                proven.clear();
            }
            proven.insert(name.to_owned());
        }
    }
}

/// Asks the system.
pub(super) fn system_look_up() -> LookUp {
    bounded(|name| Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
}

/// Looks names up by something that blocks.
fn bounded(resolve: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> LookUp {
    let resolve = Arc::new(resolve);
    let places = Arc::new(Places {
        all: Arc::new(Semaphore::new(LOOK_UPS_MAX)),
        unproven: Arc::new(Semaphore::new(UNPROVEN_LOOK_UPS_MAX)),
        by_name: Mutex::default(),
        proven: Mutex::default(),
    });
    Arc::new(move |name| {
        let (resolve, places) = (Arc::clone(&resolve), Arc::clone(&places));
        Box::pin(async move {
            let held = places.hold(&name).await?;
            let looking = tokio::task::spawn_blocking(move || {
                // It goes on when nobody waits for it any more, and so does what it holds.
                let _held = held;
                let begun = Instant::now();
                let found = resolve(&name);
                places.note(&name, found.is_ok() && begun.elapsed() < SOON);
                found
            });
            looking.await.map_err(io::Error::other)?
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[actix::test]
    async fn names_that_hang_leave_room_for_others() {
        let (open, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let under_way = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&under_way);
        let look_up = bounded(move |name| {
            if name.starts_with("hang") {
                counted.fetch_add(1, Ordering::Relaxed);
                let _ = lock(&gate).recv();
            }
            Ok(vec!["127.0.0.1".parse().unwrap()])
        });
        let well = || tokio::time::timeout(Duration::from_secs(5), look_up("well.example".into()));
        well().await.unwrap().unwrap();

        let give_up = |name: String| tokio::time::timeout(Duration::from_millis(20), look_up(name));
        for _ in 0..4 {
            assert!(give_up("hang.example".into()).await.is_err());
        }
        assert_eq!(under_way.load(Ordering::Relaxed), LOOK_UPS_OF_NAME_MAX);
        for number in 0..40 {
            assert!(give_up(format!("hang{number}.example")).await.is_err());
        }
        assert_eq!(under_way.load(Ordering::Relaxed), UNPROVEN_LOOK_UPS_MAX);
        let found = well().await;
        drop(open);
        assert_eq!(found.unwrap().unwrap().len(), 1);
    }
}
