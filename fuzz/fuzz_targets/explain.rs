#![no_main]

use pubnub_access_fuzz::properties::explain::holds;

libfuzzer_sys::fuzz_target!(|data: &[u8]| holds(data));
