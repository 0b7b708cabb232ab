#![no_main]

use pubnub_access_fuzz::properties::deny_list::holds;

libfuzzer_sys::fuzz_target!(|data: &[u8]| holds(data));
