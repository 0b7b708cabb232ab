//! `redact`: tokens that can be shared.

use pubnub_access::UnverifiedToken;
use pubnub_access::mint::TestToken;
use serde_json::Value;

use crate::support::{ISSUED, mask, run, run_with_input, sample};

#[test]
fn a_redacted_token_opens_nothing_and_decides_alike() {
    let text = sample().to_text();
    let output = run_with_input(&["redact", "-"], text.clone());
    assert_eq!(output.status, 0);
    let token: UnverifiedToken = output.stdout.trim().parse().unwrap();
    assert!(token.signature_unverified().unwrap().iter().all(|byte| *byte == 0));
    assert_eq!(token.authorized_user(), Some("alice"));
    assert!(output.stderr.contains("--names replaces them"), "{}", output.stderr);
    let check = |token: &str| {
        run(&[
            "check",
            token,
            "--operation",
            "publish",
            "--channel",
            "room-1",
            "--user-id",
            "alice",
        ])
    };
    assert_eq!(check(output.stdout.trim()), check(&text));
}

#[test]
fn names_are_replaced_on_request() {
    let text = sample().to_text();
    let output = run(&["redact", &text, "--names"]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let token: UnverifiedToken = output.stdout.trim().parse().unwrap();
    assert_ne!(token.authorized_user(), Some("alice"));
    assert!(token.resources().channels().get("room-1").is_none());
    assert_eq!(token.resources().channels().len(), 2);
    // A name that no other name can replace stays.
    let only =
        TestToken::new(ISSUED, 15).channel("hall", mask(1)).channel_pattern("^hall$", mask(2));
    let output = run(&["redact", &only.to_text(), "--names", "--format", "json"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&json["replaced"], &json["kept"]), (&Value::from(0), &Value::from(1)));
}
