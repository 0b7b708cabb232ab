//! The command line, through the real binary.
#![cfg(all(feature = "cli", feature = "mint"))]

mod batch;
mod check;
mod diff;
mod grant;
mod input;
mod inspect;
mod lint;
mod reach;
mod support;
mod usage;
