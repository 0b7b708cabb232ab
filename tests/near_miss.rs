//! Near misses: what an explanation says of an entry, and what a lint says of it, by one rule.
#![cfg(feature = "mint")]

use pubnub_access::mint::TestToken;
use pubnub_access::{Operation, Permission, Policy, Request, UnverifiedToken, explain, lint};

/// Entries among the resources, a name that each was meant for, and the codes of the reason and of the finding; no codes
/// where the entry is what it seems.
const ENTRIES: &[(&str, &str, Option<(&str, &str)>)] = &[
    ("room*", "room1", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("room.*", "room.one", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("room-*", "room-1", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("*-room", "my-room", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("a*b", "axxb", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("*", "anything", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    (".*", "anything", Some(("wildcard_grant_is_literal", "name_looks_like_wildcard"))),
    ("a+b", "aab", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("^room$", "room", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("^room-", "room-1", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("room-[0-9]+", "room-12", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("room-.+-x", "room-1-x", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("a(?:b|c)", "ab", Some(("entry_looks_like_pattern", "name_looks_like_pattern"))),
    ("a+b@example.com", "aab@example.com", None),
    ("C++", "CC", None),
    ("what?", "wha", None),
    ("(a)", "a", None),
    ("room", "rooms", None),
    ("$HOME", "HOME", None),
];

#[test]
fn explain_and_lint_see_the_same_entries() {
    for (entry, asked, codes) in ENTRIES {
        let token = TestToken::new(1_700_000_000, 15).authorized_user("alice").channel(entry, Permission::Write);
        let token: UnverifiedToken = token.to_text().parse().unwrap();
        let request = Request::builder(Operation::Publish).channel(asked).user_id("alice").build().unwrap();
        let explanation = explain(&token, &request, 1_700_000_060, &Policy::new());
        let known = ["wildcard_grant_is_literal", "entry_looks_like_pattern"];
        let reasons = explanation.requirements()[0].reasons.iter().map(|reason| reason.code());
        let reason = reasons.clone().find(|code| known.contains(code));
        assert_eq!(reason, codes.map(|(reason, _)| reason), "{entry} asked as {asked}: {explanation}");
        let found = lint(&token);
        let known = ["name_looks_like_wildcard", "name_looks_like_pattern"];
        let finding = found.iter().map(|finding| finding.code().code()).find(|code| known.contains(code));
        assert_eq!(finding, codes.map(|(_, finding)| finding), "{entry}: {found:?}");
    }
}

/// A wildcard's name and that of its presence are granted on purpose where a pattern grants the names that they stand for.
#[test]
fn the_names_of_wildcard_subscriptions_are_no_mistake_beside_their_pattern() {
    let token = TestToken::new(1_700_000_000, 15)
        .authorized_user("alice")
        .channel("vehicle.*", Permission::Read)
        .channel("vehicle.*-pnpres", Permission::Read)
        .channel_pattern(r"^vehicle\.[a-z0-9]+$", Permission::Read);
    let token: UnverifiedToken = token.to_text().parse().unwrap();
    assert_eq!(lint(&token), []);
}
