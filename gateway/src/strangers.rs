//! The connections that have not asked for anything yet, by their age.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// All of them.
#[derive(Default)]
pub struct Strangers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// A connection, as long as it may be one that has not asked for anything.
pub struct Stranger {
    number: u64,
    sent_away: Arc<Notify>,
    all: Arc<Strangers>,
}

/// Makes a connection known when it is dropped.
pub struct Known {
    number: u64,
    all: Arc<Strangers>,
}

impl Strangers {
    pub fn admit(self: &Arc<Self>) -> Stranger {
        let sent_away = Arc::new(Notify::new());
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = waiting.next;
        waiting.next += 1;
        waiting.by_age.insert(number, Arc::clone(&sent_away));
        Stranger { number, sent_away, all: Arc::clone(self) }
    }

    /// Reports whether there was one to be sent away.
    pub fn send_away_the_oldest(&self) -> bool {
        let oldest = self.0.lock().unwrap_or_else(PoisonError::into_inner).by_age.pop_first();
        oldest.is_some_and(|(_, sent_away)| {
            sent_away.notify_one();
            true
        })
    }

    fn forget(&self, number: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_age.remove(&number);
    }
}

impl Stranger {
    /// Waits until another connection takes this one's place.
    pub async fn sent_away(&self) {
        self.sent_away.notified().await;
    }

    /// Lets the connection give way again, since it has nothing under way.
    pub fn idles(&self) {
        let mut waiting = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.by_age.insert(self.number, Arc::clone(&self.sent_away));
    }

    /// Makes the connection known: at once where its request is `whole`, and otherwise when what is
    /// returned is dropped.
    pub fn when_known(&self, whole: bool) -> Known {
        if whole {
            self.all.forget(self.number);
        }
        Known { number: self.number, all: Arc::clone(&self.all) }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.all.forget(self.number);
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.all.forget(self.number);
    }
}
