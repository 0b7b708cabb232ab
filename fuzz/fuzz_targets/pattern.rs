#![no_main]

#[path = "../../tests/properties/mod.rs"]
#[allow(dead_code, reason = "each target has one property")]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::pattern::holds(data));
