//! Decisions: verdicts, explanations, near misses, and what tokens tell about the readings.

mod cases;
mod evaluate;
mod explain;
mod learn;
#[cfg(feature = "grant")]
mod missing;
mod near_miss;
mod operations;
mod reasons;
