//! Decisions: verdicts, explanations, near misses, and learning about readings.

mod cases;
mod evaluate;
mod explain;
mod learn;
#[cfg(feature = "grant")]
mod missing;
mod near_miss;
mod operations;
mod reasons;
