//! The programs, run as their users run them: the command line, and the example `forward_auth`.
#![cfg(all(feature = "cli", feature = "mint"))]

mod batch;
mod check;
mod diff;
#[cfg(all(unix, feature = "tower", feature = "revocation"))]
mod forward_auth;
mod grant;
mod input;
mod inspect;
mod learn;
mod lint;
mod pasted;
mod reach;
mod request;
mod support;
mod usage;
