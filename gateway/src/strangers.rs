//! The connections that have not sent a request yet, by age.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// All such connections.
#[derive(Default)]
pub struct Strangers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// A connection that may not have sent a request yet.
pub struct Stranger {
    number: u64,
    sent_away: Arc<Notify>,
    all: Arc<Strangers>,
}

/// Marks a connection as known when it is dropped.
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
    /// Waits until this connection has to close for another.
    pub async fn sent_away(&self) {
        self.sent_away.notified().await;
    }

    /// Allows the connection to be closed again, since it has no open request.
    pub fn idles(&self) {
        let mut waiting = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.by_age.insert(self.number, Arc::clone(&self.sent_away));
    }

    /// Marks the connection as known: at once if its request is `whole`, otherwise when the
    /// returned value is dropped.
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
