//! `reach`: it never excludes an allowed request, agrees with the evaluator on names, and prints
//! its result.

use std::cell::Cell;

use proptest::test_runner::{TestCaseError, TestRunner};
use pubnub_access::audit::{PatternReach, Reach, reach};
use pubnub_access::mint::TestToken;
use pubnub_access::operation::Requirements;
use pubnub_access::{
    Operation, Permission, Policy, Request, ResourceKind, UnverifiedToken, Verdict, evaluate,
};

use super::{ISSUED, decode, token};
use crate::support::random::{cases, scenario};

fn fail(claim: bool, what: &str) -> Result<(), TestCaseError> {
    if claim { Ok(()) } else { Err(TestCaseError::fail(what.to_owned())) }
}

#[test]
fn nothing_excluded_is_ever_allowed() {
    let seen = [const { Cell::new(0_u32) }; 2];
    let config = cases(1_500);
    TestRunner::new(config)
        .run(&scenario(), |case| {
            case.with_library(|token, request, policy| {
                let reach = reach(token, policy);
                let verdict = evaluate(token, request, case.now, policy).verdict();
                let excluded = reach.excludes(request);
                seen[usize::from(excluded)].set(seen[usize::from(excluded)].get() + 1);
                fail(!excluded || verdict == Verdict::Deny, "an excluded request is not denied")?;
                // The best answers are no worse than this one.
                let best = reach.operation(request.operation()).verdict;
                fail(
                    rank(best) <= rank(verdict) || best == Verdict::Indeterminate,
                    "the operation does better than its reach",
                )?;
                let multiple = matches!(request.operation().requirements(), Requirements::Resources(needs) if needs.len() > 1);
                for resource in request.resources() {
                    let on = reach.on(request.operation(), resource.kind, resource.name);
                    let listed =
                        reach.names().iter().any(|name| (name.kind, name.name) == (resource.kind, resource.name));
                    fail(
                        rank(on) <= rank(verdict) || (!listed || multiple) && on == Verdict::Indeterminate,
                        "the name does better than its reach",
                    )?;
                }
                Ok(())
            })
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(seen.iter().all(|count| count.get() > 100), "{seen:?}");
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Indeterminate => 1,
        Verdict::Deny => 2,
    }
}

/// For operations on one resource, a listed name has the evaluator's verdict at a time when the
/// token is valid.
#[test]
fn names_are_exact() {
    let config = cases(300);
    TestRunner::new(config)
        .run(&scenario(), |case| {
            let token = case.minted();
            let good_time = token.issued_at();
            if token.ttl_minutes() == 0 {
                return Ok(());
            }
            let reach = reach(&token, &Policy::new());
            for name in reach.names() {
                for operation in Operation::ALL.iter().copied() {
                    let builder = Request::builder(operation).resource(name.kind, name.name);
                    let builder = match token.authorized_user() {
                        Some(user) => builder.user_id(user),
                        None => builder,
                    };
                    let needs = operation.requirements();
                    let Requirements::Resources(accesses) = needs else { continue };
                    if name.name.starts_with("::")
                        || !accesses
                            .iter()
                            .any(|access| access.kind == name.kind && access.permission.is_some())
                    {
                        continue;
                    }
                    let Ok(request) = builder.build() else { continue };
                    let verdict = evaluate(&token, &request, good_time, &Policy::new()).verdict();
                    let listed = name.operations.iter().find(|(known, _)| *known == operation);
                    let listed = listed.map_or(Verdict::Deny, |(_, verdict)| *verdict);
                    fail(
                        listed == verdict,
                        &format!("{operation} on {}: {listed} {verdict}", name.name),
                    )?;
                }
            }
            // The verdict of a pattern's example is the evaluator's.
            for pattern in reach.patterns() {
                let usable = pubnub_access::Pattern::new(pattern.pattern).is_ok();
                fail(
                    !usable || pattern.example.is_some() || pattern.matches_nothing,
                    "no example",
                )?;
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn with_reach<T>(
    words: &str,
    policy: &Policy<'_>,
    use_it: impl FnOnce(&UnverifiedToken, &Reach<'_>) -> T,
) -> T {
    let token = decode(&token(words));
    use_it(&token, &reach(&token, policy))
}

#[test]
fn patterns_are_symbolic() {
    let shown = |words: &str, check: &dyn Fn(&PatternReach<'_>)| {
        with_reach(words, &Policy::new(), |_, reach| check(&reach.patterns()[0]));
    };
    shown("pat.chan:^room-[0-9]+$=2", &|pattern| {
        assert_eq!(
            (pattern.pattern, pattern.example.as_deref()),
            ("^room-[0-9]+$", Some("room-0"))
        );
        assert!(pattern.operations.contains(&(Operation::Publish, Verdict::Allow)));
        assert!(
            !pattern.operations.iter().any(|(operation, _)| *operation == Operation::FetchMessages)
        );
    });
    shown("pat.chan:room=2", &|pattern| {
        assert_eq!(pattern.example.as_deref(), Some("room"));
        assert!(pattern.operations.contains(&(Operation::Publish, Verdict::Allow)));
    });
    shown("pat.chan:^$=2", &|pattern| {
        assert!(
            pattern.matches_nothing && pattern.example.is_none() && pattern.operations.is_empty()
        );
    });
    shown("pat.chan:\\C=2", &|pattern| {
        assert!(!pattern.matches_nothing && pattern.example.is_none());
        assert!(pattern.operations.contains(&(Operation::Publish, Verdict::Indeterminate)));
    });
    shown("pat.chan:.*=1", &|pattern| assert!(pattern.matches_everything));
    // The example is the token's own entry, which may override the pattern.
    shown("pat.chan:^a$=2 chan:a=1", &|pattern| {
        assert!(pattern.operations.contains(&(Operation::Publish, Verdict::Indeterminate)));
    });
}

#[test]
fn resources_that_must_be_named_together_are_compared_together() {
    let on = |words: &str| {
        with_reach(words, &Policy::new(), |_, reach| {
            let named = reach.on(Operation::SetMemberships, ResourceKind::Channel, "a");
            (reach.operation(Operation::SetMemberships).verdict, named)
        })
    };
    use Verdict::{Allow, Deny, Indeterminate};
    for (words, expected) in [
        ("chan:a=128", (Deny, Deny)),
        ("uuid:u=64", (Deny, Deny)),
        ("chan:a=128 uuid:u=64", (Allow, Allow)),
        ("chan:a=128 uuid:u=32", (Deny, Deny)),
        ("chan:a=128 pat.uuid:^u$=64", (Allow, Allow)),
        ("chan:a=128 pat.uuid:\\C=64", (Indeterminate, Indeterminate)),
        ("chan:a=128 pat.uuid:^$=64", (Deny, Deny)),
        ("chan:b=128 uuid:u=64", (Allow, Deny)),
        ("pat.chan:^a$=128 uuid:u=64", (Allow, Indeterminate)),
    ] {
        assert_eq!(on(words), expected, "{words}");
    }
}

/// A uuid that was not checked may be the partner that the channel needs.
#[test]
fn a_partner_that_was_not_checked_leaves_a_doubt() {
    let token =
        TestToken::new(ISSUED, 15).channel("room", Permission::Join).uuid("u", Permission::Update);
    let token = (0..700).fold(token, |token, number| {
        token.uuid_pattern(&format!(r"(?:{number}\C{{50}}){{20}}"), Permission::Delete)
    });
    let token = decode(&token);
    let policy = Policy::new();
    let reach = reach(&token, &policy);
    let checked: Vec<_> = reach.names().iter().map(|found| (found.name, found.checked)).collect();
    assert_eq!(checked, [("room", true), ("u", false)]);
    let named = reach.on(Operation::SetMemberships, ResourceKind::Channel, "room");
    assert_eq!(named, Verdict::Indeterminate);
}

#[test]
fn tokens_that_nobody_can_use_reach_nothing() {
    let revoked = |_: &UnverifiedToken| true;
    let denied = Policy::new().deny_list(&revoked);
    for (words, policy) in [("user=\\u{0} chan:a=255", Policy::new()), ("chan:a=255", denied)] {
        with_reach(words, &policy, |_, reach| {
            assert!(reach.names().is_empty());
            for operation in reach.operations() {
                let free = operation.operation.requirements().is_nothing();
                let expected = if free { Verdict::Indeterminate } else { Verdict::Deny };
                assert_eq!(operation.verdict, expected, "{}", operation.operation);
            }
        });
    }
}

/// A group's name can have any number of colons, and an entry also applies to the name with one
/// more.
#[test]
fn groups_of_every_spelling_are_answered_for_themselves() {
    for words in [
        "chan:room=1",
        "grp::a=1",
        "grp:a=1",
        "grp:::a=1",
        "grp:::a=1 grp::a=4",
        "grp::=1",
        "grp:::=1",
        "pat.grp:^::a$=1",
    ] {
        with_reach(&format!("{words} user=alice"), &Policy::new(), |token, reach| {
            for name in [":", "::", ":::", "a", ":a", "::a", ":::a", "::::a"] {
                let request = Request::builder(Operation::Subscribe)
                    .group(name)
                    .user_id("alice")
                    .build()
                    .unwrap();
                let verdict =
                    evaluate(token, &request, token.issued_at(), &Policy::new()).verdict();
                let on = reach.on(Operation::Subscribe, ResourceKind::Group, name);
                let doubt = on == Verdict::Indeterminate && words.contains("pat.");
                assert!(on == verdict || doubt, "{words}, {name}: {on} and not {verdict}");
            }
        });
    }
}

/// Reach on a name is the evaluator's verdict, or in doubt.
#[test]
fn no_request_gets_a_better_verdict_than_the_reach() {
    let config = cases(300);
    TestRunner::new(config)
        .run(&scenario(), |case| {
            let token = case.minted();
            if token.ttl_minutes() == 0 {
                return Ok(());
            }
            let reach = reach(&token, &Policy::new());
            let groups = token.resources().groups().iter().chain(token.patterns().groups().iter());
            let mut names: Vec<String> = groups.map(|grant| grant.name.to_owned()).collect();
            names.push("a".into());
            for name in names
                .iter()
                .flat_map(|name| ["", ":", "::"].map(|colons| format!("{colons}{name}")))
            {
                let builder = Request::builder(Operation::AddGroupChannels).group(&name);
                let builder = match token.authorized_user() {
                    Some(user) => builder.user_id(user),
                    None => builder,
                };
                let Ok(request) = builder.build() else { continue };
                let verdict =
                    evaluate(&token, &request, token.issued_at(), &Policy::new()).verdict();
                let on = reach.on(Operation::AddGroupChannels, ResourceKind::Group, &name);
                fail(
                    on == verdict || on == Verdict::Indeterminate,
                    &format!("{name}: {on} and not {verdict}"),
                )?;
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn ordinary_tokens_are_reached_in_full() {
    for (names, patterns) in [(200, 20), (700, 700)] {
        let mut token = TestToken::new(ISSUED, 15).authorized_user("alice");
        for n in 0..names {
            token = token.channel(&format!("room-{n:03}"), Permission::Read);
        }
        for n in 0..patterns {
            token = token.channel_pattern(&format!("^room-{n:03}-[a-z]+$"), Permission::Write);
        }
        let token = decode(&token);
        let reach = reach(&token, &Policy::new());
        assert!(reach.names().iter().all(|name| name.checked));
        assert!(reach.patterns().iter().all(|pattern| pattern.example.is_some()));
        assert!(
            !pubnub_access::audit::lint(&token)
                .iter()
                .any(|finding| finding.code().code() == "not_checked")
        );
    }
}
