//! Explanations: summaries, order, the JSON form, and how names are printed.

use crate::support::question::{EXPIRY, ISSUED, ask, mask, token};
use pubnub_access::{
    Doubt, GroupNames, KeysetFlag, Operation, Permissions, Policy, Precedence, Readings, Request,
    ResourceKind, UnverifiedToken, Verdict, explain,
};
use serde_json::{Value, json};

const NOW: u64 = ISSUED + 60;

#[test]
fn each_verdict_has_its_summary() {
    let policy = Policy::new();
    let union = policy.precedence(Precedence::Union);
    let alice = || token().authorized_user("alice");
    let room = || token().channel("room-2", mask(1));
    #[rustfmt::skip]
    let cases = [
        (room(), "publish channel=room-2", NOW, policy, "deny: publish needs write on channel room-2, which grants only read"),
        (token(), "publish channel=a", NOW, policy, "deny: publish needs write on channel a, which is not granted"),
        (room(), "subscribe channel=room-2", NOW, policy, "allow: channel room-2 grants read"),
        (token().channel_pattern("^room", mask(1)), "subscribe channel=room", NOW, policy,
            "allow: pattern ^room grants read on channel room"),
        (token().channel_pattern("room", mask(1)), "subscribe channel=room-1", NOW, policy,
            "allow: pattern room grants read on channel room-1"),
        (room().channel_pattern("^room-2$", mask(2)), "publish channel=room-2", NOW, policy,
            "indeterminate: publish needs write on channel room-2: the name's own entry may override the patterns: grant it there as well"),
        (room().channel_pattern("^room-2$", mask(2)), "publish channel=room-2", NOW, union,
            "allow: pattern ^room-2$ grants write on channel room-2"),
        (room(), "subscribe channel=room-2", EXPIRY + 90_000, policy, "deny: the token expired 1 day ago"),
        (room(), "publish channel=room-2", EXPIRY + 90_000, policy,
            "deny: the token expired 1 day ago; publish needs write on channel room-2, which grants only read"),
        (alice(), "publish channel=a user-id=bob", EXPIRY + 3_601, policy,
            "deny: the token expired 1 hour ago; the token is for user alice, the requester is bob; publish needs write on channel a, which is not granted"),
        (alice(), "publish channel=a channel=b user-id=bob", EXPIRY + 3_601, policy,
            "deny: the token expired 1 hour ago; the token is for user alice, the requester is bob; publish needs write on channel a, which is not granted; and 1 more"),
        (room(), "subscribe channel=room-2", ISSUED - 1, policy, "indeterminate: the token is issued 1 second from now: check the clock"),
        (token().channel_pattern("room", mask(1)), "list-files channel=room-1", NOW, policy.doubt(Doubt::Refused),
            "allow: pattern room grants read on channel room-1"),
        (token().group_pattern("^:sports$", mask(1)).group_pattern("^sports$", mask(1)), "subscribe group=sports", NOW, policy,
            "allow: pattern ^:sports$ grants read on group sports"),
        (token(), "fire channel=a", NOW, policy.doubt(Doubt::Granted),
            "allow: fire needs write on channel a: this requirement is inferred, not documented, a doubt that the policy settles"),
        (token(), "list-groups", NOW, policy.doubt(Doubt::Refused),
            "deny: it is not known what the operation needs, a doubt that the policy settles"),
        (token().channel_pattern("room_*", mask(2)), "publish channel=room_a", NOW, policy,
            "allow: pattern room_* grants write on channel room_a"),
        (token().channel_pattern("*_room", mask(2)), "publish channel=a_room", NOW, policy,
            "indeterminate: publish needs write on channel a_room: pattern *_room grants write and looks like a glob, but patterns are RE2: write .* for anything"),
        (token().channel("a", mask(0)), "publish channel=a", NOW, policy, "deny: publish needs write on channel a, which grants no permission"),
        (token().channel("a", mask(1)).channel_pattern("(?=a)", mask(2)), "publish channel=a", NOW, union.doubt(Doubt::Granted),
            "allow: publish needs write on channel a: pattern (?=a) (granting write) cannot be matched: unusable pattern at byte 0: expected no look-around: RE2 has none, a doubt that the policy settles"),
        (token().channel_pattern("(?=a)", mask(2)).channel_pattern("a", mask(2)), "publish channel=ab", NOW, policy,
            "allow: pattern a grants write on channel ab"),
        (token(), "datasync-list-users", NOW, policy, "allow: datasync-list-users needs a valid token and no permission"),
        (token(), "datasync-create-entity", NOW, policy,
            "indeterminate: the request names no entity, and nobody documents what one with a generated id needs"),
        (token(), "time", NOW, policy, "allow: time needs no permission"),
        (token(), "list-groups", NOW, policy, "indeterminate: it is not known what the operation needs"),
        (token(), "get-all-user-metadata", NOW, policy.get_all_user_metadata(KeysetFlag::Allowed), "allow: the keyset lets everybody get all"),
        (token(), "fire channel=a", NOW, policy, "indeterminate: fire needs write on channel a: this requirement is inferred, not documented"),
        (room().channel("room-3", mask(2)), "publish channel=room-2 channel=room-3", NOW, policy, "deny: publish needs write on channel room-2, which grants only read"),
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
fn a_requirement_report_has_the_readings_that_grant_it() {
    let token = token()
        .channel_pattern("room", mask(1))
        .channel_pattern("1", mask(2))
        .channel("a", mask(1));
    let granting = |policy: Policy<'_>| {
        ask(&token, "subscribe channel=room-1 channel=a channel=b", NOW, &policy, |explanation| {
            explanation.requirements().iter().map(|report| report.granting).collect::<Vec<_>>()
        })
    };
    let all = Readings::with_precedence(Precedence::ExplicitElseAll);
    let union = Readings::with_precedence(Precedence::Union);
    assert_eq!(granting(Policy::new()), [!all, Readings::ALL, Readings::NONE]);
    assert_eq!(
        granting(Policy::new().precedence(Precedence::Union)),
        [union, union, Readings::NONE]
    );
}

#[test]
fn a_time_is_printed_in_the_greatest_unit_that_fits() {
    #[rustfmt::skip]
    let spans = [
        (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (119, "1 minute"), (3_599, "59 minutes"), (3_600, "1 hour"),
        (86_399, "23 hours"), (86_400, "1 day"), (172_800, "2 days"), (31_557_599, "365 days"), (31_557_600, "1 year"),
        (63_115_200, "2 years"),
    ];
    for (seconds, span) in spans {
        let found =
            ask(&token(), "publish channel=a", EXPIRY + seconds, &Policy::new(), |explanation| {
                explanation.conditions()[0].reason.to_string()
            });
        assert_eq!(found, format!("the token expired {span} ago"), "{seconds}");
    }
}

#[test]
fn the_json_form_is_that_of_the_command_line() {
    let token = token().channel("room-2", mask(1)).authorized_user("alice");
    let found =
        ask(&token, "publish channel=room-2 user-id=bob", NOW, &Policy::new(), |explanation| {
            serde_json::to_string(explanation).unwrap()
        });
    let expected = concat!(
        r#"{"verdict":"deny","operation":"publish","conditions":["#,
        r#"{"condition":"time","verdict":"allow","because":[{"reason":"token_valid","expires_in":3540,"#,
        r#""message":"the token expires in 59 minutes"}],"message":"the token expires in 59 minutes"},"#,
        r#"{"condition":"authorized_user","verdict":"deny","because":[{"reason":"user_differs","authorized_uuid":"alice","#,
        r#""user_id":"bob","message":"the token is for user alice, the requester is bob"}],"#,
        r#""message":"the token is for user alice, the requester is bob"},"#,
        r#"{"condition":"revocation","verdict":"allow","because":[{"reason":"no_deny_list","#,
        r#""message":"no deny list was given"}],"message":"no deny list was given"}],"#,
        r#""requirements":[{"kind":"channel","name":"room-2","permission":"write","verdict":"deny","#,
        r#""because":[{"reason":"explicit_grant_lacks_permission","grant":"room-2","permissions":["read"],"#,
        r#""message":"room-2 grants only read"}]}],"#,
        r#""summary":"the token is for user alice, the requester is bob; "#,
        r#"publish needs write on channel room-2, which grants only read"}"#,
    );
    assert_eq!(found, expected);
}

#[test]
fn requirements_stand_in_the_order_of_the_resources() {
    let question = "set-memberships channel=b channel=a uuid=u channel=c";
    let found = ask(&token(), question, NOW, &Policy::new(), |explanation| {
        let named = explanation.requirements().iter().map(|report| {
            let needed = &report.requirement;
            format!(
                "{} {} {}",
                needed.kind.unwrap(),
                needed.name.as_deref().unwrap(),
                needed.permission.unwrap()
            )
        });
        named.collect::<Vec<_>>()
    });
    assert_eq!(found, ["channel b join", "channel a join", "uuid u update", "channel c join"]);
}

#[test]
fn an_allow_names_the_grant_and_a_denial_the_missing_one() {
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
        assert_eq!(
            (reason["reason"].as_str(), &reason["grant"]),
            (Some(code), &grant),
            "{question}"
        );
    }
}

#[test]
fn names_are_printed_without_control_characters() {
    let evil = "a\n\u{1b}[31m\u{202e}\u{0}\u{7f}b";
    let tokens = [
        token().authorized_user(evil),
        token()
            .channel_pattern(&format!("(?:channel|{evil})"), Permissions::ALL)
            .group_pattern(evil, mask(255)),
        token()
            .channel(&format!("{evil}.*"), Permissions::ALL)
            .channel(&format!("channel{evil}"), mask(1)),
        token().channel_pattern(&format!("(?={evil})"), Permissions::ALL),
        token().channel_pattern(&format!("channel|{evil}"), mask(1)),
    ];
    for token in tokens {
        for question in
            ["publish channel=channel user-id=u", "subscribe channel=channels group=g user-id=u"]
        {
            ask(&token, question, NOW, &Policy::new(), |explanation| {
                let reasons = explanation.requirements().iter().flat_map(|report| &report.reasons);
                let conditions = explanation.conditions().iter().map(|report| &report.reason);
                let printed =
                    reasons.chain(conditions).map(ToString::to_string).collect::<Vec<_>>();
                for text in
                    printed.into_iter().chain([explanation.to_string(), format!("{explanation:?}")])
                {
                    assert!(
                        !text.contains(|c: char| c.is_control() || c == '\u{202e}'),
                        "{text:?}"
                    );
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
        let found =
            ask(&token().authorized_user(name), "time", NOW, &Policy::new(), |explanation| {
                explanation.conditions()[1].reason.to_string()
            });
        assert_eq!(found, format!("the token is for user {printed}, the request names no user id"));
    }
    let found = ask(&token().authorized_user(""), "time", NOW, &Policy::new(), |explanation| {
        explanation.conditions()[1].reason.to_string()
    });
    assert_eq!(found, "the token is for user \"\", the request names no user id");
}

/// A long name or pattern is cut, and the number of omitted bytes is shown.
#[test]
fn long_names_and_patterns_are_cut_at_120_characters() {
    let pattern = format!("^{}", "a".repeat(199));
    let name = format!("{}\u{e9}", "a".repeat(199));
    let token = token().channel_pattern(&pattern, mask(1));
    let (text, json) =
        ask(&token, &format!("publish channel={name}"), NOW, &Policy::new(), |explanation| {
            (explanation.to_string(), serde_json::to_value(explanation).unwrap())
        });
    let cut = |text: &str| text.chars().take(120).collect::<String>();
    let expected =
        format!("deny: publish needs write on channel {}... (81 bytes left out)", cut(&name));
    assert!(text.starts_with(&expected), "{text}");
    let reason = &json["requirements"][0]["because"][0];
    assert_eq!(reason["grant"], format!("{}... (80 bytes left out)", cut(&pattern)), "{json}");
    assert!(reason["message"].as_str().unwrap().contains("(80 bytes left out)"), "{reason}");
    let asked = format!("{}... (81 bytes left out)", cut(&name));
    assert_eq!(json["requirements"][0]["name"], asked);
}

#[test]
fn a_long_projection_is_cut_as_well() {
    let projection = "é".repeat(130);
    let token = token().resource(ResourceKind::Entity, "e", mask(32));
    let token = token.meta("pn-projections", json!({"res": {"datasync:entities:e": projection}}));
    let json = ask(&token, "datasync-get-entity entity=e", NOW, &Policy::new(), |explanation| {
        serde_json::to_value(explanation).unwrap()
    });
    let reasons = json["requirements"][0]["because"].as_array().unwrap();
    let reason = reasons.iter().find(|reason| reason["reason"] == "projection_may_hide").unwrap();
    assert_eq!(reason["projection"], format!("{}... (20 bytes left out)", "é".repeat(120)));
}

/// Reasons that repeat long grants for each name are limited, and near misses are found only while
/// there are few.
#[test]
fn an_explanation_grows_with_the_names_and_not_with_the_grants() {
    let long = |part: &str| part.repeat(1_500 / part.len());
    let token =
        (0..4).fold(token().channel(&format!("x{}*", long("x")), mask(1)), |token, number| {
            let token = token.channel_pattern(&format!("({}{number}", long("一")), mask(1));
            let token = token.channel_pattern(&format!("^x.*|{}{number}", long("y")), mask(2));
            token.channel_pattern(&format!("x{number}*{}", long("z")), mask(3))
        });
    let token: UnverifiedToken = token.to_text().parse().unwrap();
    let explained = |count| {
        let names: Vec<String> = (0..count).map(|number| format!("x{number}")).collect();
        let request =
            Request::builder(Operation::Subscribe).channels(names.iter().map(String::as_str));
        let explanation = explain(&token, &request.build().unwrap(), NOW, &Policy::new());
        assert!(explanation.requirements().iter().all(|report| !report.reasons.is_empty()));
        (serde_json::to_string(&explanation).unwrap().len(), explanation.to_string().len())
    };
    let ((few, _), (many, text)) = (explained(1_000), explained(5_000));
    assert!(many <= 5 * few, "{few} and {many} bytes");
    assert!(many - few <= 4_000 * 4_096, "{few} and {many} bytes");
    assert!(text <= 4_096, "{text} bytes");
}

/// Whatever the policy, the summary of an `Allow` names no missing permission, and that of a `Deny`
/// names more than a grant.
#[test]
fn summaries_agree_with_their_verdicts() {
    let tokens = [
        token(),
        token().channel_pattern("a", mask(2)).group_pattern(":a", mask(1)),
        token().channel("ab", mask(1)).channel_pattern("^a", mask(2)).group("ab", mask(1)),
        token()
            .channel_pattern("(?=a)", mask(255))
            .group_pattern("^:ab$", mask(1))
            .group_pattern("^ab$", mask(1)),
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
                            assert!(
                                !summary.contains("not granted")
                                    && !summary.contains("grants only"),
                                "{summary}"
                            );
                        }
                        Verdict::Deny => {
                            verdicts[1] += 1;
                            assert!(!summary.starts_with("deny: pattern "), "{summary}");
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

/// Every way to set the dimensions.
fn policies() -> Vec<Policy<'static>> {
    let mut policies = vec![Policy::new()];
    let mut also = |pin: &dyn Fn(Policy<'static>) -> Vec<Policy<'static>>| {
        let pinned: Vec<_> = policies.iter().flat_map(|policy| pin(*policy)).collect();
        policies.extend(pinned);
    };
    also(&|policy| {
        [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll]
            .map(|pin| policy.precedence(pin))
            .to_vec()
    });
    also(&|policy| {
        [GroupNames::Plain, GroupNames::Colon].map(|pin| policy.group_names(pin)).to_vec()
    });
    also(&|policy| [Doubt::Granted, Doubt::Refused].map(|pin| policy.doubt(pin)).to_vec());
    policies
}
