//! The clock of the system.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time of the system's clock, in Unix seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}
