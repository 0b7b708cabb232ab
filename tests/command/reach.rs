//! `reach`: its output.

use pubnub_access::audit::reach;
use pubnub_access::mint::TestToken;
use pubnub_access::{Policy, UnverifiedToken};

use crate::support::{ISSUED, large, mask, run, sample};

#[test]
fn the_text_lists_names_patterns_and_operations() {
    let token = TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("a", mask(2))
        .channel_pattern("^r[0-9]$", mask(2))
        .channel_pattern("^$", mask(1));
    let expected = "\
Authorized user
  alice

Operations, on what is granted
  publish, signal, fire, send-file, add-message-action

Operations, on anything
  fire*, unsubscribe, heartbeat*, here-now*, global-here-now*, where-now, get-state*, set-state*,
  list-groups*, get-all-user-metadata*, get-all-channel-metadata*, list-push-channels*,
  remove-push-device*, time, datasync-list-entities, datasync-create-entity*,
  datasync-list-relationships, datasync-create-relationship*, datasync-list-memberships,
  datasync-create-membership*, datasync-list-users, datasync-create-user*, datasync-list-channels,
  datasync-create-channel*

On names
  channel a  write
      publish, signal, fire, heartbeat*, send-file, add-message-action

Under patterns
  channels ^r[0-9]$  write (for example r0)
      publish, signal, fire, send-file, add-message-action
  channels ^$  read (matches nothing)
      none

What is not listed is denied. * is in doubt: it depends on what PubNub leaves undocumented.
";
    let output = run(&["reach", &token.to_text()]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.status), (expected, "", 0));
}

#[test]
fn long_lists_are_summed_up_unless_all_is_asked_for() {
    let text = large().to_text();
    let output = run(&["reach", &text]);
    assert!(output.stdout.contains("  ... and 930 more, --all shows them\n"), "{}", output.stdout);
    assert_eq!(run(&["reach", &text, "--all"]).stdout.matches("channel room-").count(), 950);
}

#[test]
fn policy_flags_count() {
    let text = TestToken::new(ISSUED, 15).channel_pattern("room", mask(2)).to_text();
    let doubtful = run(&["reach", &text, "--format", "json"]).stdout;
    assert!(
        doubtful.contains(r#"{"operation":"fire","verdict":"allow","elsewhere":"indeterminate"}"#),
        "{doubtful}"
    );
    let pinned = run(&["reach", &text, "--format", "json", "--doubt", "refused"]).stdout;
    assert!(
        pinned.contains(r#"{"operation":"fire","verdict":"allow","elsewhere":"deny"}"#),
        "{pinned}"
    );
}

#[test]
fn json_is_that_of_the_library() {
    let text = sample().to_text();
    let output = run(&["reach", &text, "--format", "json"]);
    let token = UnverifiedToken::parse(&text).unwrap();
    let library = serde_json::to_string(&reach(&token, &Policy::new())).unwrap();
    assert_eq!((output.stdout, output.status), (format!("{library}\n"), 0));
    assert!(library.contains(concat!(
        r#"{"kind":"group","name":"sports","permissions":["read"],"checked":true,"#,
        r#""operations":{"subscribe":"allow","heartbeat":"allow","here-now":"allow","#,
        r#""get-state":"allow","set-state":"allow"}}"#
    )));
    assert_eq!(run(&["reach", "nonsense"]).status, 2);
}
