//! Uses the library in firmware, with an allocator and a clock but no standard library.
//!
//! ```sh
//! cargo build --example no_std --no-default-features
//! ```
#![cfg_attr(not(test), no_std)]

extern crate alloc;

use alloc::string::{String, ToString};

use pubnub_access::{Operation, Policy, Request, UnverifiedToken, Verdict, explain};

/// Decides whether a device may publish its measurements.
///
/// # Errors A sentence that says why the token cannot be decoded, why the channel's name is
/// impossible, or what the token lacks.
pub fn may_publish(token: &str, channel: &str, device: &str, now: u64) -> Result<(), String> {
    let token = UnverifiedToken::parse(token).map_err(|error| error.to_string())?;
    let request = Request::builder(Operation::Publish).channel(channel).user_id(device).build();
    let request = request.map_err(|error| error.to_string())?;
    let explanation = explain(&token, &request, now, &Policy::new());
    match explanation.verdict() {
        Verdict::Allow | Verdict::Indeterminate => Ok(()),
        Verdict::Deny => Err(explanation.summary()),
    }
}

#[test]
fn a_device_learns_why_it_may_not_publish() {
    let token = include_str!("../testdata/sample.token").trim();
    let refused = |why: &str| Err(why.to_string());
    let may_publish = |channel, now| may_publish(token, channel, "alice", now);
    assert_eq!(may_publish("room-1", 1_700_000_060), Ok(()));
    assert_eq!(may_publish("room-1", 1_700_007_260), refused("the token expired 1 hour ago"));
    assert_eq!(
        may_publish("room-2", 1_700_000_060),
        refused("publish needs write on channel room-2, which is not granted")
    );
    assert_eq!(
        may_publish("a,b", 1_700_000_060),
        refused("the channel name (resource 1) has a comma at byte 1: pass each name separately")
    );
}
