//! Near misses: explanations and lints agree about an entry.

use pubnub_access::audit::lint;
use pubnub_access::mint::TestToken;
use pubnub_access::{Operation, Permission, Policy, Request, UnverifiedToken, explain};

/// The codes of an explanation's reason and of a lint's finding.
type Codes = Option<(&'static str, &'static str)>;
const WILDCARD: Codes = Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"));
const PATTERN: Codes = Some(("entry_looks_like_pattern", "name_looks_like_pattern"));
const AS_IT_SEEMS: Codes = None;

/// Entries, each with a name that it was intended for, and the expected codes.
const ENTRIES: &[(&str, &str, Codes)] = &[
    ("room*", "room1", WILDCARD),
    ("room.*", "room.one", WILDCARD),
    ("room-*", "room-1", WILDCARD),
    ("*-room", "my-room", WILDCARD),
    ("a*b", "axxb", WILDCARD),
    ("*", "anything", WILDCARD),
    (".*", "anything", WILDCARD),
    ("a+b", "aab", PATTERN),
    ("^room$", "room", PATTERN),
    ("^room-", "room-1", PATTERN),
    ("room-[0-9]+", "room-12", PATTERN),
    ("room-.+-x", "room-1-x", PATTERN),
    ("a(?:b|c)", "ab", PATTERN),
    ("a+b@example.com", "aab@example.com", AS_IT_SEEMS),
    ("C++", "CC", AS_IT_SEEMS),
    ("what?", "wha", AS_IT_SEEMS),
    ("(a)", "a", AS_IT_SEEMS),
    ("room", "rooms", AS_IT_SEEMS),
    ("$HOME", "HOME", AS_IT_SEEMS),
];

#[test]
fn explain_and_lint_see_the_same_entries() {
    for (entry, asked, codes) in ENTRIES {
        let token = TestToken::new(1_700_000_000, 15)
            .authorized_user("alice")
            .channel(entry, Permission::Write);
        let token: UnverifiedToken = token.to_text().parse().unwrap();
        let request =
            Request::builder(Operation::Publish).channel(asked).user_id("alice").build().unwrap();
        let explanation = explain(&token, &request, 1_700_000_060, &Policy::new());
        let known = ["wildcard_grant_is_literal", "entry_looks_like_pattern"];
        let reasons = explanation.requirements()[0].reasons.iter().map(|reason| reason.code());
        let reason = reasons.clone().find(|code| known.contains(code));
        assert_eq!(
            reason,
            codes.map(|(reason, _)| reason),
            "{entry} asked as {asked}: {explanation}"
        );
        let found = lint(&token);
        let known = ["name_looks_like_wildcard", "name_looks_like_pattern"];
        let finding =
            found.iter().map(|finding| finding.code().code()).find(|code| known.contains(code));
        assert_eq!(finding, codes.map(|(_, finding)| finding), "{entry}: {found:?}");
    }
}

/// The names `room.*` and `room.*-pnpres` are granted on purpose if a pattern grants the matching
/// names.
#[test]
fn wildcard_entries_with_a_matching_pattern_are_not_findings() {
    let token = TestToken::new(1_700_000_000, 15)
        .authorized_user("alice")
        .channel("vehicle.*", Permission::Read)
        .channel("vehicle.*-pnpres", Permission::Read)
        .channel_pattern(r"^vehicle\.[a-z0-9]+$", Permission::Read);
    let token: UnverifiedToken = token.to_text().parse().unwrap();
    assert_eq!(lint(&token), []);
}
