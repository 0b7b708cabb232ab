//! Explanations: a case for every reason, the summaries, near misses, and the JSON form.
#![cfg(feature = "mint")]

#[path = "support/question.rs"]
mod question;

use std::collections::BTreeSet;

use pubnub_access::{Anchoring, KeysetFlag, Permissions, Policy, Precedence, UnverifiedToken, Verdict};
use pubnub_access::{ResourceKind, mint::TestToken};
use question::{EXPIRY, ISSUED, ask, mask, token};
use serde_json::{Value, json};

/// Every reason in one explanation, in order.
fn reasons(token: &TestToken, question: &str, now: u64, policy: &Policy<'_>) -> Vec<Value> {
    ask(token, question, now, policy, |explanation| {
        let conditions = explanation.conditions().iter().map(|report| &report.reason);
        let requirements = explanation.requirements().iter().flat_map(|report| &report.reasons);
        conditions.chain(requirements).map(|reason| serde_json::to_value(reason).unwrap()).collect()
    })
}

/// A reason in its JSON form, the token and the question that produce it, and when and how it is asked.
type Case<'a> = (Value, TestToken, &'a str, u64, Policy<'a>);

const NOW: u64 = ISSUED + 60;

fn condition_cases<'a>(
    deny_list: &'a (dyn pubnub_access::DenyList + Sync),
    empty: &'a (dyn pubnub_access::DenyList + Sync),
) -> Vec<Case<'a>> {
    let alice = || token().authorized_user("alice");
    let policy = Policy::new();
    vec![
        (
            json!({"reason": "token_valid", "expires_in": 3540, "message": "the token expires in 59 minutes"}),
            token(),
            "time",
            NOW,
            policy,
        ),
        (
            json!({"reason": "token_expired", "expired_ago": 61, "message": "the token expired 1 minute ago"}),
            token(),
            "time",
            EXPIRY + 61,
            policy,
        ),
        (json!({"reason": "near_expiry", "message": "the token expires just now"}), token(), "time", EXPIRY, policy),
        (
            json!({"reason": "issued_in_future", "message": "the token is issued 5 seconds from now: check the clock"}),
            token(),
            "time",
            ISSUED - 5,
            policy,
        ),
        (json!({"reason": "any_user", "message": "the token is bound to no user"}), token(), "time", NOW, policy),
        (
            json!({"reason": "user_matches", "message": "the requester is the authorized user"}),
            alice(),
            "time user=alice",
            NOW,
            policy,
        ),
        (
            json!({"reason": "user_differs", "authorized_uuid": "alice", "user_id": "bob",
                "message": "the token is for user alice, the requester is bob"}),
            alice(),
            "time user=bob",
            NOW,
            policy,
        ),
        (
            json!({"reason": "user_missing", "authorized_uuid": "alice",
                "message": "the token is for user alice, the request names no user id"}),
            alice(),
            "time",
            NOW,
            policy,
        ),
        (json!({"reason": "no_deny_list", "message": "no deny list was given"}), token(), "time", NOW, policy),
        (
            json!({"reason": "not_revoked", "message": "the token is not on the deny list"}),
            token(),
            "time",
            NOW,
            policy.deny_list(empty),
        ),
        (
            json!({"reason": "revoked", "message": "the token is on the deny list"}),
            token(),
            "time",
            NOW,
            policy.deny_list(deny_list),
        ),
    ]
}

fn grant_cases() -> Vec<Case<'static>> {
    let policy = Policy::new();
    vec![
        (
            json!({"reason": "explicit_grant", "grant": "a", "permissions": ["read", "write"],
                "message": "a is granted read, write"}),
            token().channel("a", mask(3)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "explicit_grant_lacks_permission", "grant": "a", "permissions": ["read"],
                "message": "a is granted read only"}),
            token().channel("a", mask(1)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_grant", "grant": "^a$", "permissions": ["write"],
                "message": "pattern ^a$ matches and grants write"}),
            token().channel_pattern("^a$", mask(2)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_lacks_permission", "grant": "^a$", "permissions": ["read"],
                "message": "pattern ^a$ matches, but grants read only"}),
            token().channel_pattern("^a$", mask(1)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_matches_only_inside", "grant": "a", "permissions": ["write"],
                "message": "pattern a (granting write) matches a part of the name, not the whole: write ^...$ to settle it"}),
            token().channel_pattern("a", mask(2)),
            "publish channel=ab",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_matches_one_form", "grant": "^g", "permissions": ["read"],
                "message": "pattern ^g (granting read) matches the group's name without a leading colon only: \
                            write ^:? at its start to settle it"}),
            token().group_pattern("^g", mask(1)),
            "subscribe group=g",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_unsupported", "grant": "room-[a-", "permissions": ["write"],
                "message": "pattern room-[a- (granting write) cannot be matched: unusable pattern at byte 5: \
                            expected `]` to end the class"}),
            token().channel_pattern("room-[a-", mask(2)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "wildcard_name_in_doubt", "grant": "^a", "permissions": ["read"],
                "message": "pattern ^a matches and grants read, but whether patterns count for a wildcard name is not known"}),
            token().channel_pattern("^a", mask(1)),
            "subscribe channel=a.*",
            NOW,
            policy.anchoring(Anchoring::Search),
        ),
        (
            json!({"reason": "explicit_entry_may_override",
                "message": "whether the name's own entry overrides patterns is not documented: grant it there as well"}),
            token().channel("a", mask(1)).channel_pattern("^a$", mask(2)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "patterns_disagree",
                "message": "which of several matching patterns decides is not documented: grant it in each"}),
            token().channel_pattern("^a$", mask(2)).channel_pattern("^.$", mask(1)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "no_grant", "message": "no entry names it and no pattern matches it"}),
            token(),
            "publish channel=a",
            NOW,
            policy,
        ),
    ]
}

fn need_cases() -> Vec<Case<'static>> {
    use KeysetFlag::{Allowed, Restricted};
    use ResourceKind::{Channel, Uuid};
    let policy = Policy::new();
    vec![
        (
            json!({"reason": "need_unknown", "message": "it is not known what the operation needs"}),
            token(),
            "list-groups",
            NOW,
            policy,
        ),
        (
            json!({"reason": "need_inferred", "message": "that the operation needs this is inferred, not documented"}),
            token(),
            "fire channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "keyset_flag_allows", "message": "the keyset lets everybody get all"}),
            token(),
            "get-all-user-metadata",
            NOW,
            policy.get_all_user_metadata(Allowed),
        ),
        (
            json!({"reason": "keyset_flag_unknown", "kind": "uuid",
                "message": "it is not known whether the keyset restricts getting all uuids; \
                            a category grant of get would settle it"}),
            token(),
            "get-all-user-metadata",
            NOW,
            policy,
        ),
        (
            json!({"reason": "category_grant", "kind": "channel", "permissions": ["get"],
                "message": "category channels is granted get"}),
            token().category(Channel, mask(32)),
            "get-all-channel-metadata",
            NOW,
            policy,
        ),
        (
            json!({"reason": "category_missing", "kind": "channel",
                "message": "the keyset restricts getting all channels, and category channels is not granted get"}),
            token().category(Uuid, mask(32)),
            "get-all-channel-metadata",
            NOW,
            policy.get_all_channel_metadata(Restricted),
        ),
    ]
}

fn near_misses() -> Vec<Case<'static>> {
    let policy = Policy::new();
    vec![
        (
            json!({"reason": "presence_grant_missing", "grant": "a",
                "message": "a is granted, but its presence channel needs a grant of its own"}),
            token().channel("a", mask(1)),
            "subscribe channel=a-pnpres",
            NOW,
            policy,
        ),
        (
            json!({"reason": "wildcard_grant_is_literal", "grant": "room.*", "permissions": ["read"],
                "message": "the entry room.* grants read on exactly that name: a wildcard must be written as a pattern"}),
            token().channel("room.*", mask(1)),
            "subscribe channel=room.one",
            NOW,
            policy,
        ),
        (
            json!({"reason": "entry_looks_like_pattern", "grant": "^room-[0-9]$", "permissions": ["read"],
                "message": "the entry ^room-[0-9]$ grants read on exactly that name: move it from the resources to the patterns"}),
            token().channel("^room-[0-9]$", mask(1)),
            "subscribe channel=room-1",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_looks_like_glob", "grant": "room_*", "permissions": ["read"],
                "message": "pattern room_* grants read and looks like a glob, but patterns are RE2: write .* for anything"}),
            token().channel_pattern("room_*", mask(1)),
            "subscribe channel=room_one",
            NOW,
            policy,
        ),
        (
            json!({"reason": "granted_as_other_kind", "kind": "space", "permissions": ["read"],
                "message": "it is granted read as a space, which is another resource"}),
            token().resource(ResourceKind::Space, "a", mask(1)),
            "subscribe channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "similar_name", "grant": "Room", "permissions": ["read"],
                "message": "the entry Room grants read, but is another name"}),
            token().channel("Room", mask(1)),
            "subscribe channel=room",
            NOW,
            policy,
        ),
    ]
}

#[test]
fn every_reason_has_its_case_its_json_and_its_sentence() {
    let (revoked, empty) = (|_: &UnverifiedToken| true, |_: &UnverifiedToken| false);
    let cases = [condition_cases(&revoked, &empty), grant_cases(), need_cases(), near_misses()].concat();
    let mut wrong = String::new();
    let mut codes = BTreeSet::new();
    for (expected, token, question, now, policy) in cases {
        let found = reasons(&token, question, now, &policy);
        if !found.contains(&expected) {
            let found: Vec<String> = found.iter().map(Value::to_string).collect();
            wrong.push_str(&format!("{question}: {}\nexpected {expected}\n", found.join("\n    ")));
        }
        codes.insert(expected["reason"].as_str().unwrap().to_owned());
    }
    assert_eq!(wrong, "");
    // The list of codes is closed: one is here for each of the reasons' documented codes.
    assert_eq!(codes.len(), 34);
}

#[test]
fn a_reason_does_not_appear_where_it_does_not_hold() {
    let policy = Policy::new();
    #[rustfmt::skip]
    let cases = [
        ("presence_grant_missing", token().channel("b", mask(1)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().channel("a", mask(2)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().channel("a", mask(1)), "subscribe channel=b"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(1)), "subscribe channel=rooms.one"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(2)), "subscribe channel=room.one"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(1)), "subscribe channel=room.*"),
        ("entry_looks_like_pattern", token().channel("^room-[0-9]$", mask(1)), "subscribe channel=room-10"),
        ("pattern_looks_like_glob", token().channel_pattern("room_.*", mask(1)), "subscribe channel=room_one"),
        ("pattern_looks_like_glob", token().channel_pattern("room_*", mask(2)), "subscribe channel=room_one"),
        ("granted_as_other_kind", token().uuid("a", mask(32)), "subscribe channel=a"),
        ("granted_as_other_kind", token().channel("a", mask(1)), "subscribe channel=a"),
        ("similar_name", token().channel("Room", mask(2)), "subscribe channel=room"),
        ("similar_name", token().channel("Rooms", mask(1)), "subscribe channel=room"),
        ("no_grant", token().channel("a", mask(2)), "subscribe channel=a"),
        ("patterns_disagree", token().channel_pattern("^a$", mask(1)).channel_pattern(".", mask(1)), "subscribe channel=a"),
        ("explicit_entry_may_override", token().channel("a", mask(1)).channel_pattern("a", mask(2)), "subscribe channel=a"),
        ("pattern_matches_one_form", token().group_pattern("^:?g$", mask(1)), "subscribe group=g"),
        ("pattern_matches_only_inside", token().channel_pattern("^a$", mask(1)), "subscribe channel=a"),
        ("wildcard_name_in_doubt", token().channel("a.*", mask(1)), "subscribe channel=a.*"),
        ("need_inferred", token().channel("a", mask(2)), "publish channel=a"),
    ];
    for (code, token, question) in cases {
        let found = reasons(&token, question, NOW, &policy);
        assert!(found.iter().all(|reason| reason["reason"] != code), "{code}: {found:?}");
    }
}

#[test]
fn summaries() {
    let policy = Policy::new();
    let union = policy.precedence(Precedence::Union);
    let alice = || token().authorized_user("alice");
    let room = || token().channel("room-2", mask(1));
    #[rustfmt::skip]
    let cases = [
        (room(), "publish channel=room-2", NOW, policy, "deny: room-2 is granted read, publish needs write"),
        (token(), "publish channel=a", NOW, policy, "deny: a is not granted write, which publish needs"),
        (room(), "subscribe channel=room-2", NOW, policy, "allow: room-2 is granted read"),
        (token().channel_pattern("^room", mask(1)), "subscribe channel=room", NOW, policy,
            "allow: room is granted read by pattern ^room"),
        (token().channel_pattern("room", mask(1)), "subscribe channel=room-1", NOW, policy,
            "indeterminate: subscribe needs read on room-1: pattern room (granting read) matches a part of the name, not the whole: write ^...$ to settle it"),
        (room().channel_pattern("^room-2$", mask(2)), "publish channel=room-2", NOW, policy,
            "indeterminate: publish needs write on room-2: whether the name's own entry overrides patterns is not documented: grant it there as well"),
        (room().channel_pattern("^room-2$", mask(2)), "publish channel=room-2", NOW, union,
            "allow: room-2 is granted write by pattern ^room-2$"),
        (room(), "subscribe channel=room-2", EXPIRY + 90_000, policy, "deny: the token expired 1 day ago"),
        (room(), "publish channel=room-2", EXPIRY + 90_000, policy,
            "deny: the token expired 1 day ago; room-2 is granted read, publish needs write"),
        (alice(), "publish channel=a user=bob", EXPIRY + 3_601, policy,
            "deny: the token expired 1 hour ago; the token is for user alice, the requester is bob; a is not granted write, which publish needs"),
        (alice(), "publish channel=a channel=b user=bob", EXPIRY + 3_601, policy,
            "deny: the token expired 1 hour ago; the token is for user alice, the requester is bob; a is not granted write, which publish needs; and 1 more"),
        (room(), "subscribe channel=room-2", ISSUED - 1, policy, "indeterminate: the token is issued 1 second from now: check the clock"),
        (token(), "time", NOW, policy, "allow: time needs no permission"),
        (token(), "list-groups", NOW, policy, "indeterminate: it is not known what the operation needs"),
        (token(), "get-all-user-metadata", NOW, policy.get_all_user_metadata(KeysetFlag::Allowed), "allow: the keyset lets everybody get all"),
        (token(), "fire channel=a", NOW, policy, "indeterminate: fire needs write on a: that the operation needs this is inferred, not documented"),
        (room().channel("room-3", mask(2)), "publish channel=room-2 channel=room-3", NOW, policy, "deny: room-2 is granted read, publish needs write"),
    ];
    let mut wrong = String::new();
    for (token, question, now, policy, expected) in cases {
        let found = ask(&token, question, now, &policy, |explanation| explanation.to_string());
        if found != expected {
            wrong.push_str(&format!("{question}\n   found {found}\nexpected {expected}\n"));
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn how_long_ago_is_told_in_the_greatest_unit_that_fits() {
    #[rustfmt::skip]
    let spans = [
        (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (119, "1 minute"), (3_599, "59 minutes"), (3_600, "1 hour"),
        (86_399, "23 hours"), (86_400, "1 day"), (172_800, "2 days"), (31_557_599, "365 days"), (31_557_600, "1 year"),
        (63_115_200, "2 years"),
    ];
    for (seconds, span) in spans {
        let found = ask(&token(), "publish channel=a", EXPIRY + seconds, &Policy::new(), |explanation| {
            explanation.conditions()[0].reason.to_string()
        });
        assert_eq!(found, format!("the token expired {span} ago"), "{seconds}");
    }
}

#[test]
fn the_json_form_is_that_of_the_command_line() {
    let token = token().channel("room-2", mask(1)).authorized_user("alice");
    let found = ask(&token, "publish channel=room-2 user=bob", NOW, &Policy::new(), |explanation| {
        serde_json::to_string(explanation).unwrap()
    });
    let expected = concat!(
        r#"{"verdict":"deny","operation":"publish","conditions":["#,
        r#"{"condition":"time","verdict":"allow"},"#,
        r#"{"condition":"authorized_user","verdict":"deny","because":[{"reason":"user_differs","authorized_uuid":"alice","#,
        r#""user_id":"bob","message":"the token is for user alice, the requester is bob"}]},"#,
        r#"{"condition":"revocation","verdict":"allow"}],"#,
        r#""requirements":[{"kind":"channel","name":"room-2","permission":"write","verdict":"deny","#,
        r#""because":[{"reason":"explicit_grant_lacks_permission","grant":"room-2","permissions":["read"],"#,
        r#""message":"room-2 is granted read only"}]}],"#,
        r#""summary":"deny: the token is for user alice, the requester is bob; "#,
        r#"room-2 is granted read, publish needs write"}"#,
    );
    assert_eq!(found, expected);
}

#[test]
fn requirements_stand_in_the_order_of_the_resources() {
    let question = "set-memberships channel=b channel=a uuid=u channel=c";
    let found = ask(&token(), question, NOW, &Policy::new(), |explanation| {
        let named = explanation.requirements().iter().map(|report| {
            let needed = report.requirement;
            format!("{} {} {}", needed.kind.unwrap(), needed.name.unwrap(), needed.permission.unwrap())
        });
        named.collect::<Vec<_>>()
    });
    assert_eq!(found, ["channel b join", "channel a join", "uuid u update", "channel c join"]);
}

#[test]
fn q3_an_allowance_names_the_grant_and_a_denial_what_is_missing() {
    let token = token().channel("a", mask(1)).channel_pattern("^b", mask(1));
    for (question, verdict, code, grant) in [
        ("subscribe channel=a", Verdict::Allow, "explicit_grant", json!("a")),
        ("subscribe channel=b", Verdict::Allow, "pattern_grant", json!("^b")),
        ("publish channel=a", Verdict::Deny, "explicit_grant_lacks_permission", json!("a")),
        ("publish channel=b", Verdict::Deny, "pattern_lacks_permission", json!("^b")),
        ("publish channel=c", Verdict::Deny, "no_grant", Value::Null),
    ] {
        let (found, reason) = ask(&token, question, NOW, &Policy::new(), |explanation| {
            let report = &explanation.requirements()[0];
            (report.verdict, serde_json::to_value(&report.reasons[0]).unwrap())
        });
        assert_eq!(found, verdict, "{question}");
        assert_eq!((reason["reason"].as_str(), &reason["grant"]), (Some(code), &grant), "{question}");
    }
}

#[test]
fn h2_names_are_printed_without_control_characters() {
    let evil = "a\n\u{1b}[31m\u{202e}\u{0}\u{7f}b";
    let tokens = [
        token().authorized_user(evil),
        token().channel_pattern(&format!("(?:channel|{evil})"), Permissions::ALL).group_pattern(evil, mask(255)),
        token().channel(&format!("{evil}.*"), Permissions::ALL).channel(&format!("channel{evil}"), mask(1)),
        token().channel_pattern(&format!("(?={evil})"), Permissions::ALL),
        token().channel_pattern(&format!("channel|{evil}"), mask(1)),
    ];
    for token in tokens {
        for question in ["publish channel=channel user=u", "subscribe channel=channels group=g user=u"] {
            ask(&token, question, NOW, &Policy::new(), |explanation| {
                let reasons = explanation.requirements().iter().flat_map(|report| &report.reasons);
                let conditions = explanation.conditions().iter().map(|report| &report.reason);
                let printed = reasons.chain(conditions).map(ToString::to_string).collect::<Vec<_>>();
                for text in printed.into_iter().chain([explanation.to_string(), format!("{explanation:?}")]) {
                    assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
                }
            });
        }
    }
}

#[test]
fn names_are_quoted_where_they_could_be_mistaken() {
    for (name, printed) in [
        ("room", "room"),
        ("room 1", "\"room 1\""),
        (" room", "\" room\""),
        ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("it's", "it's"),
        ("a\\b", "a\\b"),
        ("caf\u{e9}", "caf\u{e9}"),
        ("a\u{a0}b", "\"a\\u{a0}b\""),
        ("a\u{200b}b", "\"a\\u{200b}b\""),
        ("a\u{202e}b", "\"a\\u{202e}b\""),
        ("a\u{2028}b", "\"a\\u{2028}b\""),
    ] {
        let found = ask(&token().authorized_user(name), "time", NOW, &Policy::new(), |explanation| {
            explanation.conditions()[1].reason.to_string()
        });
        assert_eq!(found, format!("the token is for user {printed}, the request names no user id"));
    }
    let found = ask(&token().authorized_user(""), "time", NOW, &Policy::new(), |explanation| {
        explanation.conditions()[1].reason.to_string()
    });
    assert_eq!(found, "the token is for user \"\", the request names no user id");
}
