//! The command line, run as its users run it.
#![cfg(all(feature = "cli", feature = "mint"))]

mod batch;
mod cases;
mod check;
mod completions;
mod diff;
mod grant;
mod input;
mod inspect;
mod learn;
mod lint;
mod pasted;
mod reach;
mod readme;
mod redact;
mod refusals;
mod request;
mod support;
mod usage;
