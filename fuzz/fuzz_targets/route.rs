#![no_main]
//! Requests of HTTP.

#[path = "../../tests/properties/route.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::holds(data));
