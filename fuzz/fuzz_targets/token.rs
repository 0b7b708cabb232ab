#![no_main]

use pubnub_access_fuzz::properties::token::holds;

libfuzzer_sys::fuzz_target!(|data: &[u8]| holds(data));
