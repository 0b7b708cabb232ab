#![no_main]

use pubnub_access_fuzz::properties::pattern::holds;

libfuzzer_sys::fuzz_target!(|data: &[u8]| holds(data));
