//! Reasons: a case for each, with its code, JSON and sentence, and cases without a near miss.

use std::collections::BTreeSet;

use crate::support::question::{EXPIRY, ISSUED, ask, mask, token};
use pubnub_access::mint::TestToken;
use pubnub_access::{
    DenyList, Explanation, KeysetFlag, Permission, Policy, Precedence, ResourceKind,
    UnverifiedToken,
};
use serde_json::{Value, json};

/// Every reason in one explanation, in order.
fn reasons(token: &TestToken, question: &str, now: u64, policy: &Policy<'_>) -> Vec<Value> {
    ask(token, question, now, policy, |explanation| {
        let owned: Explanation<'static> = explanation.clone().into_owned();
        assert_eq!(owned, *explanation, "a copy of an explanation says the same");
        let conditions = explanation.conditions().iter().map(|report| &report.reason);
        let requirements = explanation.requirements().iter().flat_map(|report| &report.reasons);
        conditions.chain(requirements).map(|reason| serde_json::to_value(reason).unwrap()).collect()
    })
}

/// A reason in its JSON form, with the token, the question, the time and the policy that produce
/// it.
type Case<'a> = (Value, TestToken, &'a str, u64, Policy<'a>);

const NOW: u64 = ISSUED + 60;

fn condition_cases<'a>(
    deny_list: &'a (dyn DenyList + Sync),
    empty: &'a (dyn DenyList + Sync),
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
        (
            json!({"reason": "just_expired", "expired_ago": 0, "message": "the token expires at this very second"}),
            token(),
            "time",
            EXPIRY,
            policy,
        ),
        (
            json!({"reason": "just_expired", "expired_ago": 90, "message": "the token expired 1 minute ago, which is within the clock's tolerance"}),
            token(),
            "time",
            EXPIRY + 90,
            policy.clock_tolerance(100),
        ),
        (
            json!({"reason": "near_expiry", "expires_in": 90, "message": "the token expires in 1 minute, which is within the clock's tolerance"}),
            token(),
            "time",
            EXPIRY - 90,
            policy.clock_tolerance(100),
        ),
        (
            json!({"reason": "work_limit_reached", "message": "not all patterns could be tried, since they take more work than the limit allows"}),
            token().channel_pattern("^a$", mask(2)),
            "publish channel=a",
            NOW,
            policy.work_limit(0),
        ),
        (
            json!({"reason": "more_reasons", "count": 24, "message": "and 24 more of the same kinds"}),
            (0..40).fold(token(), |token, number| {
                token.channel_pattern(&format!("(a{number}"), mask(2))
            }),
            "publish channel=b-a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "issued_in_future", "issued_in": 5, "message": "the token is issued 5 seconds from now: check the clock"}),
            token(),
            "time",
            ISSUED - 5,
            policy,
        ),
        (
            json!({"reason": "any_user", "message": "the token is bound to no user"}),
            token(),
            "time",
            NOW,
            policy,
        ),
        (
            json!({"reason": "user_matches", "message": "the requester is the authorized user"}),
            alice(),
            "time user-id=alice",
            NOW,
            policy,
        ),
        (
            json!({"reason": "user_differs", "authorized_uuid": "alice", "user_id": "bob",
                "message": "the token is for user alice, the requester is bob"}),
            alice(),
            "time user-id=bob",
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
        (
            json!({"reason": "no_deny_list", "message": "no deny list was given"}),
            token(),
            "time",
            NOW,
            policy,
        ),
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
                "message": "a grants read and write"}),
            token().channel("a", mask(3)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "explicit_grant_lacks_permission", "grant": "a", "permissions": ["read"],
                "message": "a grants only read"}),
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
                "message": "pattern ^a$ matches, but grants only read"}),
            token().channel_pattern("^a$", mask(1)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_matches_one_form", "grant": "^g", "permissions": ["read"],
                "message": "pattern ^g (granting read) matches the group's name without a leading colon only; \
                            one that starts with ^:? matches both forms"}),
            token().group_pattern("^g", mask(1)),
            "subscribe group=g",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_matches_one_form", "grant": "^:g", "permissions": ["read"],
                "message": "pattern ^:g (granting read) matches the group's name with a leading colon only; \
                            one that starts with ^:? matches both forms"}),
            token().group_pattern("^:g", mask(1)),
            "subscribe group=g",
            NOW,
            policy,
        ),
        // No considered reading depends on such a pattern, but it explains the denial.
        (
            json!({"reason": "pattern_lacks_permission", "grant": "^a$", "permissions": ["read"],
                "message": "pattern ^a$ matches, but grants only read"}),
            token().channel_pattern("^a$", mask(1)),
            "publish channel=a",
            NOW,
            policy.precedence(Precedence::Union),
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
            json!({"reason": "user_pattern_in_doubt", "grant": "^a$", "permissions": ["get"],
                "message": "pattern ^a$ grants get, but how the service matches patterns of users is not known: \
                            grant the user by an entry"}),
            token().pattern(ResourceKind::User, "^a$", Permission::Get),
            "datasync-get-user user=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "projection_may_hide", "projection": "short",
                "message": "the token limits it to the projection short, which may hide it"}),
            token()
                .resource(ResourceKind::Entity, "e", Permission::Get)
                .meta("pn-projections", json!({"res": {"datasync:entities:e": "short"}})),
            "datasync-get-entity entity=e",
            NOW,
            policy,
        ),
        (
            json!({"reason": "projection_may_hide", "projection": null,
                "message": "the token limits it to a projection, which may hide it"}),
            token().meta("pn-projections", json!({"pat": {"datasync:entities:.": 1}})),
            "datasync-get-entity entity=e",
            NOW,
            policy,
        ),
        (
            json!({"reason": "projection_may_refuse",
                "message": "the service refuses fields outside the item's projection, which only it knows"}),
            token().resource(ResourceKind::Membership, "m", Permission::Update),
            "datasync-update-membership membership=m",
            NOW,
            policy,
        ),
        (
            json!({"reason": "id_made_by_service", "kind": "entity",
                "message": "the request names no entity, and nobody documents what one with a generated id needs"}),
            token(),
            "datasync-create-entity",
            NOW,
            policy,
        ),
        (
            json!({"reason": "explicit_entry_may_override",
                "message": "the name's own entry may override the patterns: grant it there as well"}),
            token().channel("a", mask(1)).channel_pattern("^a$", mask(2)),
            "publish channel=a",
            NOW,
            policy,
        ),
        (
            json!({"reason": "patterns_disagree",
                "message": "one of the patterns that match may decide alone: grant it in each"}),
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
            json!({"reason": "need_inferred", "message": "this requirement is inferred, not documented"}),
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
                "message": "category channels grants get"}),
            token().category(Channel, mask(32)),
            "get-all-channel-metadata",
            NOW,
            policy,
        ),
        (
            json!({"reason": "category_missing", "kind": "channel",
                "message": "the keyset restricts getting all channels, and category channels does not grant get"}),
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
                "message": "the entry ^room-[0-9]$ grants read on exactly that name: move it from the resources to the patterns, between ^ and $"}),
            token().channel("^room-[0-9]$", mask(1)),
            "subscribe channel=room-1",
            NOW,
            policy,
        ),
        (
            json!({"reason": "pattern_looks_like_glob", "grant": "^room_*$", "permissions": ["read"],
                "message": "pattern ^room_*$ grants read and looks like a glob, but patterns are RE2: write .* for anything"}),
            token().channel_pattern("^room_*$", mask(1)),
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
    let cases =
        [condition_cases(&revoked, &empty), grant_cases(), need_cases(), near_misses()].concat();
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
    assert_eq!(codes.len(), 39);
}

#[test]
fn a_reason_does_not_appear_where_it_does_not_hold() {
    let policy = Policy::new();
    #[rustfmt::skip]
    let cases = [
        ("presence_grant_missing", token().channel("b", mask(1)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().channel("a", mask(2)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().channel("a", mask(1)), "subscribe channel=b"),
        ("presence_grant_missing", token().channel("", mask(1)), "subscribe channel=-pnpres"),
        ("presence_grant_missing", token().channel(":a", mask(1)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().group("h", mask(1)), "subscribe group=g-pnpres"),
        ("presence_grant_missing", token().channel_pattern("^b$", mask(1)), "subscribe channel=a-pnpres"),
        ("presence_grant_missing", token().channel_pattern("^a$", mask(2)), "subscribe channel=a-pnpres"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(1)), "subscribe channel=rooms.one"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(1)), "subscribe channel=:room.one"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(2)), "subscribe channel=room.one"),
        ("wildcard_grant_is_literal", token().channel("room.*", mask(1)), "subscribe channel=room.*"),
        ("entry_looks_like_pattern", token().channel("^room-[0-9]$", mask(1)), "subscribe channel=room-10"),
        ("entry_looks_like_pattern", token().channel("^:room$", mask(1)), "subscribe channel=room"),
        ("entry_looks_like_pattern", token().group("^h$", mask(1)), "subscribe group=g"),
        ("pattern_lacks_permission", token().channel("a", mask(1)).channel_pattern("^a$", mask(1)), "publish channel=a"),
        ("pattern_looks_like_glob", token().channel_pattern("room_.*", mask(1)), "subscribe channel=room_one"),
        ("pattern_looks_like_glob", token().channel_pattern("*", mask(1)), "subscribe channel=a"),
        ("pattern_looks_like_glob", token().channel_pattern("a[*", mask(1)), "subscribe channel=a[b"),
        ("pattern_looks_like_glob", token().channel_pattern("room_*", mask(2)), "subscribe channel=room_one"),
        ("granted_as_other_kind", token().uuid("a", mask(32)), "subscribe channel=a"),
        ("granted_as_other_kind", token().channel("a", mask(1)), "subscribe channel=a"),
        ("similar_name", token().channel("Room", mask(2)), "subscribe channel=room"),
        ("similar_name", token().channel("Rooms", mask(1)), "subscribe channel=room"),
        ("no_grant", token().channel("a", mask(2)), "subscribe channel=a"),
        ("patterns_disagree", token().channel_pattern("^a$", mask(1)).channel_pattern(".", mask(1)), "subscribe channel=a"),
        ("explicit_entry_may_override", token().channel("a", mask(1)).channel_pattern("a", mask(2)), "subscribe channel=a"),
        ("pattern_matches_one_form", token().group_pattern("^:?g$", mask(1)), "subscribe group=g"),
        ("wildcard_grant_is_literal", token().channel("a.*", mask(1)), "subscribe channel=a.*"),
        ("projection_may_refuse", token(), "datasync-update-entity entity=e"),
        ("user_pattern_in_doubt", token().pattern(ResourceKind::User, ".", mask(1)), "datasync-get-user user=a"),
        ("need_inferred", token().channel("a", mask(2)), "publish channel=a"),
    ];
    for (code, token, question) in cases {
        let found = reasons(&token, question, NOW, &policy);
        assert!(found.iter().all(|reason| reason["reason"] != code), "{code}: {found:?}");
    }
}

/// Only some near misses are reported, and the search for them is charged.
#[test]
fn near_misses_are_few_and_cost_work() {
    let union = Policy::new().precedence(Precedence::Union);
    let count = |token: &TestToken, question: &str, code: &str, policy: &Policy<'_>| {
        reasons(token, question, NOW, policy)
            .iter()
            .filter(|reason| reason["reason"] == code)
            .count()
    };
    let lacking = (0..10)
        .fold(token(), |token, number| token.channel_pattern(&format!("a|{number}"), mask(1)));
    assert_eq!(count(&lacking, "publish channel=a", "pattern_lacks_permission", &union), 4);
    // A step for eight characters of the entry and the name, and one more.
    let similar = token().channel(&"A".repeat(800), mask(1));
    let question = format!("subscribe channel={}", "a".repeat(800));
    let told = |limit| count(&similar, &question, "similar_name", &Policy::new().work_limit(limit));
    assert_eq!([0, 200, 201, 10_000].map(told), [0, 0, 1, 1]);
}

/// An explanation of many names keeps 4096 reasons whatever they are, and then one of each code for
/// each name.
#[test]
fn reasons_of_many_names_are_bounded() {
    let token = (0..16)
        .fold(token(), |token, number| token.channel_pattern(&format!("(a{number}"), mask(1)));
    let names: Vec<String> = (0..258).map(|number| format!("channel=-a-{number:03}-")).collect();
    let question = format!("subscribe {}", names.join(" "));
    let counts = ask(&token, &question, NOW, &Policy::new().work_limit(u64::MAX), |explanation| {
        explanation.requirements().iter().map(|report| report.reasons.len()).collect::<Vec<_>>()
    });
    // The last pattern finds no room with the last names, which are told that there is more.
    assert_eq!(counts.iter().sum::<usize>(), 4096 + 32, "{counts:?}");
    assert!(counts.iter().all(|count| *count == 16), "{counts:?}");
}
