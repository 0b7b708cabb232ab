//! Explanations: summaries, order, the JSON form, and how names are printed.
#![cfg(feature = "mint")]

#[path = "support/question.rs"]
mod question;

use pubnub_access::{Anchoring, Doubt, GroupNames, KeysetFlag, Permissions, Policy, Precedence, Readings, Verdict};
use question::{EXPIRY, ISSUED, ask, mask, token};
use serde_json::{Value, json};

const NOW: u64 = ISSUED + 60;

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
            "indeterminate: subscribe needs read on room-1: pattern room (granting read) matches a part of the name, not the whole; one written ^...$ leaves no doubt about what it matches"),
        (room().channel_pattern("^room-2$", mask(2)), "publish channel=room-2", NOW, policy,
            "indeterminate: publish needs write on room-2: the name's own entry may override the patterns: grant it there as well"),
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
        (token().channel_pattern("room", mask(1)), "list-files channel=room-1", NOW, policy.anchoring(Anchoring::Search),
            "allow: room-1 is granted read by pattern room"),
        (token().group_pattern("^:sports$", mask(1)).group_pattern("^sports$", mask(1)), "subscribe group=sports", NOW, policy,
            "allow: sports is granted read by pattern ^:sports$"),
        (token(), "fire channel=a", NOW, policy.doubt(Doubt::Granted),
            "allow: fire needs write on a: that the operation needs this is inferred, not documented, a doubt that the policy settles"),
        (token(), "list-groups", NOW, policy.doubt(Doubt::Refused),
            "deny: it is not known what the operation needs, a doubt that the policy settles"),
        (token().channel_pattern("room_*", mask(2)), "publish channel=room_a", NOW, policy,
            "indeterminate: publish needs write on room_a: pattern room_* grants write and looks like a glob, but patterns are RE2: write .* for anything"),
        (token().channel("a", mask(0)), "publish channel=a", NOW, policy, "deny: a is granted no permission, publish needs write"),
        (token().channel("a", mask(1)).channel_pattern("\\pL", mask(2)), "publish channel=a", NOW, union.doubt(Doubt::Granted),
            "allow: publish needs write on a: pattern \\pL (granting write) cannot be matched: unusable pattern at byte 0: expected no Unicode property: there are no tables for it here, a doubt that the policy settles"),
        (token().channel_pattern("\\pL", mask(2)).channel_pattern("a", mask(2)), "publish channel=ab", NOW,
            policy.anchoring(Anchoring::Search), "allow: ab is granted write by pattern a"),
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
fn a_requirement_tells_the_readings_that_grant_it() {
    let token = token().channel_pattern("room", mask(1)).channel("a", mask(1));
    let granting = |policy: Policy<'_>| {
        ask(&token, "subscribe channel=room-1 channel=a channel=b", NOW, &policy, |explanation| {
            explanation.requirements().iter().map(|report| report.granting).collect::<Vec<_>>()
        })
    };
    let search = Readings::with_anchoring(Anchoring::Search);
    let union = Readings::with_precedence(Precedence::Union);
    assert_eq!(granting(Policy::new()), [search, Readings::ALL, Readings::NONE]);
    assert_eq!(granting(Policy::new().precedence(Precedence::Union)), [search & union, union, Readings::NONE]);
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
        ("a\u{3164}b", "\"a\\u{3164}b\""),
        ("\u{2800}", "\"\\u{2800}\""),
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

/// However a policy settles the doubts, the summary of an allowance names no lack, and that of a denial no grant alone.
#[test]
fn summaries_agree_with_their_verdicts() {
    let tokens = [
        token(),
        token().channel_pattern("a", mask(2)).group_pattern(":a", mask(1)),
        token().channel("ab", mask(1)).channel_pattern("^a", mask(2)).group("ab", mask(1)),
        token().channel_pattern("(?=a)", mask(255)).group_pattern("^:ab$", mask(1)).group_pattern("^ab$", mask(1)),
        token().channel_pattern("^ab$", mask(2)).channel_pattern("^a.$", mask(1)),
    ];
    let questions = [
        "publish channel=ab",
        "fire channel=ab",
        "subscribe group=ab",
        "publish channel=ab.*",
        "list-groups",
        "get-all-user-metadata",
    ];
    let mut verdicts = [0; 3];
    for mint in &tokens {
        for policy in policies() {
            for question in questions {
                ask(mint, question, NOW, &policy, |explanation| {
                    let summary = explanation.to_string();
                    match explanation.verdict() {
                        Verdict::Allow => {
                            verdicts[0] += 1;
                            assert!(!summary.contains("not granted") && !summary.contains("only"), "{summary}");
                        }
                        Verdict::Deny => {
                            verdicts[1] += 1;
                            assert!(!summary.contains(" by pattern "), "{summary}");
                        }
                        Verdict::Indeterminate => {
                            verdicts[2] += 1;
                            assert!(!summary.contains("policy settles"), "{summary}");
                        }
                    }
                });
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count > 100), "{verdicts:?}");
}

/// Every way to pin dimensions.
fn policies() -> Vec<Policy<'static>> {
    let mut policies = vec![Policy::new()];
    let mut also = |pin: &dyn Fn(Policy<'static>) -> Vec<Policy<'static>>| {
        let pinned: Vec<_> = policies.iter().flat_map(|policy| pin(*policy)).collect();
        policies.extend(pinned);
    };
    also(&|policy| [Anchoring::Search, Anchoring::Full].map(|pin| policy.anchoring(pin)).to_vec());
    also(&|policy| {
        [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll]
            .map(|pin| policy.precedence(pin))
            .to_vec()
    });
    also(&|policy| [GroupNames::Plain, GroupNames::Colon].map(|pin| policy.group_names(pin)).to_vec());
    also(&|policy| [Doubt::Granted, Doubt::Refused].map(|pin| policy.doubt(pin)).to_vec());
    policies
}
