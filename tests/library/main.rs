//! Tests of the library, by area: tokens, patterns, decisions, audits, grants and gateways.
//!
//! Expected verdicts come from test data or, for random cases, from a second implementation in
//! `support`. Run one module with `cargo test --all-features --test library token::`.
#![cfg(feature = "mint")]

mod api;
mod audit;
mod decision;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(feature = "grant")]
mod grant;
#[cfg(feature = "json")]
mod json;
mod names;
mod pattern;
mod policy;
#[cfg(all(feature = "gateway", feature = "grant", feature = "revocation"))]
mod properties;
#[cfg(feature = "revocation")]
mod revocation;
#[cfg_attr(not(feature = "tower"), allow(dead_code, reason = "fewer features, fewer tests"))]
mod support;
mod testdata;
#[cfg(all(feature = "revocation", feature = "tower"))]
mod threads;
mod token;
