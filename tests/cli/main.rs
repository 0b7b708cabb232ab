//! The command line, through the real binary.
#![cfg(all(feature = "cli", feature = "mint"))]

mod batch;
mod check;
mod input;
mod inspect;
mod support;
mod usage;
