//! Decisions: random cases against the naive referee, all masks exhaustively, and general
//! properties.

use std::cell::Cell;

use crate::support::enumeration::{
    Form, Kind, OPERATIONS, PatternGrant, PlainPolicy, PlainRequest, PlainToken, Rule, judge,
    library_kind, settled_on,
};
use crate::support::random::{Case, cases, request_of, scenario};
use proptest::test_runner::{TestCaseError, TestRunner};
use pubnub_access::{
    Doubt, GroupNames, KeysetFlag, Operation, Policy, Precedence, PreparedToken, Readings,
    ResourceKind, Verdict, evaluate, explain,
};

fn check(default_cases: u32, property: impl Fn(Case) -> Result<(), TestCaseError>) {
    let config = cases(default_cases);
    TestRunner::new(config).run(&scenario(), property).unwrap_or_else(|error| panic!("{error}"));
}

fn equal<T: PartialEq + std::fmt::Debug>(
    left: T,
    right: T,
    what: &str,
) -> Result<(), TestCaseError> {
    if left == right {
        Ok(())
    } else {
        Err(TestCaseError::fail(format!("{what}: {left:?} is not {right:?}")))
    }
}

fn holds(claim: bool, what: &str) -> Result<(), TestCaseError> {
    if claim { Ok(()) } else { Err(TestCaseError::fail(what.to_owned())) }
}

#[test]
fn decisions_equal_those_of_the_naive_referee() {
    let seen = [const { Cell::new(0_u32) }; 3];
    check(4_000, |case| {
        let (verdict, granting) = judge(&case.token, &case.request, case.now, &case.policy);
        case.with_library(|token, request, policy| {
            let decision = evaluate(token, request, case.now, policy);
            equal(
                decision.granting_readings().iter().collect(),
                granting,
                "the readings that grant",
            )?;
            equal(decision.verdict(), verdict, "the verdict")?;
            equal(decision.considered_readings(), policy.readings(), "the readings considered")?;
            equal(decision.is_allowed(), verdict == Verdict::Allow, "is_allowed")?;
            equal(
                explain(token, request, case.now, policy).decision(),
                decision,
                "the explained decision",
            )?;
            let prepared = PreparedToken::new(token.clone());
            equal(
                prepared.evaluate(request, case.now, policy),
                decision,
                "the prepared token's decision",
            )
        })?;
        seen[verdict as usize].set(seen[verdict as usize].get() + 1);
        Ok(())
    });
    // Random cases are only useful if they reach every verdict often.
    let total: u32 = seen.iter().map(Cell::get).sum();
    for (verdict, count) in ["allow", "deny", "indeterminate"].into_iter().zip(&seen) {
        assert!(count.get() > total / 25, "{verdict}: {} of {total}", count.get());
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    check(500, |case| {
        case.with_library(|token, request, policy| {
            let again = (
                evaluate(token, request, case.now, policy),
                explain(token, request, case.now, policy),
            );
            equal(evaluate(token, request, case.now, policy), again.0, "the decision")?;
            equal(explain(token, request, case.now, policy), again.1, "the explanation")
        })
    });
}

/// Every way to set the dimensions that are still open.
fn pinned<'a>(policy: Policy<'a>, plain: &PlainPolicy) -> Vec<Policy<'a>> {
    let mut policies = Vec::new();
    if plain.precedence.is_none() {
        let pins = [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll];
        policies.extend(pins.map(|pin| policy.precedence(pin)));
    }
    if plain.group_names.is_none() {
        policies.extend([GroupNames::Plain, GroupNames::Colon].map(|pin| policy.group_names(pin)));
    }
    if plain.doubt.is_none() {
        policies.extend([Doubt::Granted, Doubt::Refused].map(|pin| policy.doubt(pin)));
    }
    policies
}

#[test]
fn pinning_a_dimension_keeps_what_was_certain() {
    check(500, |case| {
        case.with_library(|token, request, policy| {
            let open = evaluate(token, request, case.now, policy);
            for pinned in pinned(*policy, &case.policy) {
                let decision = evaluate(token, request, case.now, &pinned);
                if open.verdict() != Verdict::Indeterminate {
                    equal(decision.verdict(), open.verdict(), "the verdict after pinning")?;
                }
                let kept = open.granting_readings() & pinned.readings();
                equal(decision.granting_readings(), kept, "the readings after pinning")?;
            }
            Ok(())
        })
    });
}

#[test]
fn with_all_three_dimensions_pinned_nothing_is_indeterminate() {
    check(500, |case| {
        case.with_library(|token, request, policy| {
            for reading in policy.readings().iter() {
                let pinned = settled_on(*policy, reading);
                equal(pinned.readings(), Readings::from(reading), "the readings left")?;
                let verdict = evaluate(token, request, case.now, &pinned).verdict();
                holds(verdict != Verdict::Indeterminate, "one reading must decide")?;
            }
            Ok(())
        })
    });
}

#[test]
fn a_prepared_token_explains_as_the_token_does() {
    check(500, |case| {
        case.with_library(|token, request, policy| {
            let prepared = PreparedToken::new(token.clone());
            let explanation = explain(token, request, case.now, policy);
            equal(prepared.explain(request, case.now, policy), explanation, "the explanation")
        })
    });
}

#[test]
fn patterns_beyond_the_work_limit_are_in_doubt_and_never_granted() {
    let refused = Readings::with_doubt(Doubt::Refused);
    check(500, |case| {
        case.with_library(|token, request, policy| {
            let prepared = PreparedToken::new(token.clone());
            let unlimited = evaluate(token, request, case.now, policy).granting_readings();
            for steps in (0..40).chain([100, 1_000]) {
                let limited = policy.work_limit(steps);
                let decision = evaluate(token, request, case.now, &limited);
                let surely = decision.granting_readings() & refused;
                holds(
                    unlimited.contains(surely),
                    "a reading without doubt grants more with less work",
                )?;
                equal(
                    prepared.evaluate(request, case.now, &limited),
                    decision,
                    "the prepared token's decision",
                )?;
                equal(
                    explain(token, request, case.now, &limited).decision(),
                    decision,
                    "the explained decision",
                )?;
            }
            Ok(())
        })
    });
}

#[test]
fn a_doubt_that_is_granted_is_never_worse_than_one_that_is_refused() {
    check(2_000, |case| {
        let granting = case.decide().granting_readings();
        for mut reading in granting.iter().filter(|reading| reading.doubt == Doubt::Refused) {
            reading.doubt = Doubt::Granted;
            let considered = case.policy.doubt.is_none();
            holds(!considered || granting.contains(reading.into()), "a refused doubt grants more")?;
        }
        Ok(())
    });
}

#[test]
fn under_union_a_further_grant_takes_nothing_away() {
    check(500, |mut case| {
        case.policy.precedence = Some(Precedence::Union);
        let before = case.decide();
        // Grants everything that the request names again, by entries or patterns.
        for (kind, name) in case.request.resources.clone() {
            let mut with_entry = case.clone();
            let table = &mut with_entry.token.explicit[kind as usize];
            match table.iter_mut().find(|(key, _)| *key == name) {
                Some((_, mask)) => *mask |= 0b1010_0101,
                None => table.push((name.clone(), 0b1010_0101)),
            }
            let mut with_pattern = case.clone();
            let patterns = &mut with_pattern.token.patterns[kind as usize];
            patterns.retain(|grant| grant.form != Form::Anything);
            let kept = case.token.patterns[kind as usize]
                .iter()
                .find(|grant| grant.form == Form::Anything);
            let mask = kept.map_or(0, |grant| grant.mask) | 0b0101_1010;
            patterns.push(PatternGrant { form: Form::Anything, literal: String::new(), mask });
            for after in [with_entry.decide(), with_pattern.decide()] {
                holds(
                    after.granting_readings().contains(before.granting_readings()),
                    "a reading was lost",
                )?;
            }
        }
        Ok(())
    });
}

#[test]
fn the_order_of_resources_changes_nothing() {
    check(500, |case| {
        let decision = case.decide();
        let mut reversed = case.clone();
        reversed.request.resources.reverse();
        equal(reversed.decide(), decision, "the reversed request")?;
        let mut doubled = case.clone();
        doubled.request.resources.extend(case.request.resources.clone());
        equal(doubled.decide(), decision, "the doubled request")
    });
}

#[test]
fn several_resources_are_granted_only_if_each_one_is() {
    check(500, |case| {
        // If an operation needs two kinds, a single resource is not a request.
        let Rule::Requires([need]) = case.request.rule else { return Ok(()) };
        // Without a name, the service generates one.
        if case.request.resources.is_empty() {
            return Ok(());
        }
        let together = case.decide().granting_readings();
        let mut each = case.library_policy(|policy| policy.readings());
        for resource in case.request.resources.iter().filter(|(kind, _)| *kind == need.kind) {
            let mut alone = case.clone();
            alone.request.resources = vec![resource.clone()];
            each = each & alone.decide().granting_readings();
        }
        equal(together, each, "the readings of all against those of each")
    });
}

#[test]
fn grants_on_other_kinds_change_nothing() {
    check(500, |case| {
        let needed: Vec<Kind> = match case.request.rule {
            Rule::Requires(needs) => needs.iter().map(|need| need.kind).collect(),
            Rule::Unknown | Rule::GetAll(_) | Rule::ValidToken { .. } => Vec::new(),
        };
        let mut without = case.clone();
        for kind in Kind::ALL.iter().copied() {
            if !needed.contains(&kind) {
                without.token.explicit[kind as usize].clear();
                without.token.patterns[kind as usize].clear();
            }
        }
        without.foreign = !case.foreign;
        equal(without.decide(), case.decide(), "without the grants on other kinds")
    });
}

/// A request with one name of every required kind, on a token whose conditions are met.
fn ask_all_kinds(rule: Rule, token: PlainToken, operation: &'static str) -> (Case, Verdict) {
    let resources = match rule {
        Rule::Requires(needs) => needs.iter().map(|need| (need.kind, "abc".to_owned())).collect(),
        Rule::Unknown | Rule::GetAll(_) | Rule::ValidToken { .. } => Vec::new(),
    };
    let request = PlainRequest { rule, user: None, resources };
    let policy = PlainPolicy {
        precedence: None,
        group_names: None,
        doubt: None,
        all_users: KeysetFlag::Restricted,
        all_channels: KeysetFlag::Restricted,
        tolerance: 0,
        revoked: false,
    };
    let now = token.issued_at + 1;
    let (verdict, _) = judge(&token, &request, now, &policy);
    (
        Case {
            token,
            request,
            operation,
            now,
            policy,
            foreign: false,
            fillers: 0,
            as_bytes: false,
        },
        verdict,
    )
}

#[test]
fn every_mask_grants_exactly_its_operations_on_every_kind() {
    let base = PlainToken { issued_at: 1_000, ttl: 1, ..PlainToken::default() };
    for mask in 0..=255 {
        for granted in Kind::ALL.iter().copied().map(Some).chain([None]) {
            let mut explicit = base.clone();
            let mut pattern = base.clone();
            let mut category = base.clone();
            for kind in Kind::ALL.iter().copied() {
                if granted.is_none_or(|granted| granted == kind) {
                    explicit.explicit[kind as usize].push(("abc".to_owned(), mask));
                    let grant =
                        PatternGrant { form: Form::OptionalColon, literal: "abc".to_owned(), mask };
                    pattern.patterns[kind as usize].push(grant);
                    category.categories[kind as usize] = Some(mask);
                }
            }
            for (way, token) in [("entry", explicit), ("pattern", pattern), ("category", category)]
            {
                let minted = ask_all_kinds(Rule::Unknown, token.clone(), "list-groups").0.minted();
                for &(_, operation, rule) in OPERATIONS {
                    let (case, verdict) = ask_all_kinds(rule, token.clone(), operation);
                    let decided = request_of(&case, |request| {
                        case.library_policy(|policy| {
                            evaluate(&minted, request, case.now, policy).verdict()
                        })
                    });
                    assert_eq!(
                        decided, verdict,
                        "{operation}, mask {mask} by {way} on {granted:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn each_bit_alone_allows_these_operations_and_no_others() {
    let allowed_by = |bit: u8| -> Vec<&str> {
        let mut token = PlainToken { issued_at: 1_000, ttl: 1, ..PlainToken::default() };
        for kind in Kind::ALL.iter().copied() {
            token.explicit[kind as usize].push(("abc".to_owned(), bit));
        }
        let documented = OPERATIONS.iter().filter(|(_, _, rule)| {
            !matches!(rule, Rule::Requires([]) | Rule::GetAll(_) | Rule::ValidToken { .. })
        });
        documented
            .filter(|(_, operation, rule)| {
                ask_all_kinds(*rule, token.clone(), operation).0.decide().is_allowed()
            })
            .map(|(_, operation, _)| *operation)
            .collect()
    };
    #[rustfmt::skip]
    let expected: [(u8, &[&str]); 8] = [
        (1, &["subscribe", "heartbeat", "here-now", "get-state", "set-state", "fetch-messages", "message-counts", "list-files",
              "download-file", "register-push-channels", "remove-push-channels", "get-message-actions",
              "fetch-messages-with-actions"]),
        (2, &["publish", "signal", "fire", "send-file", "add-message-action"]),
        (4, &["add-group-channels", "remove-group-channels", "list-group-channels", "delete-group", "set-channel-members",
              "remove-channel-members"]),
        (8, &["delete-messages", "delete-file", "delete-user-metadata", "delete-channel-metadata", "remove-message-action",
              "datasync-delete-entity", "datasync-delete-relationship", "datasync-delete-membership", "datasync-delete-user", "datasync-delete-channel"]),
        (16, &[]),
        (32, &["get-user-metadata", "get-channel-metadata", "get-channel-members", "get-memberships",
               "datasync-get-entity", "datasync-get-relationship", "datasync-get-membership", "datasync-get-user", "datasync-get-channel"]),
        (64, &["set-user-metadata", "set-channel-metadata"]),
        (128, &[]),
    ];
    for (bit, operations) in expected {
        assert_eq!(allowed_by(bit), operations, "bit {bit}");
    }
    assert_eq!(allowed_by(64 + 128).iter().filter(|id| id.contains("memberships")).count(), 2);
}

#[test]
fn unused_kinds_grant_nothing() {
    use pubnub_access::mint::TestToken;
    let used = Kind::ALL.map(library_kind);
    let unused: Vec<ResourceKind> =
        ResourceKind::ALL.iter().copied().filter(|kind| !used.contains(kind)).collect();
    assert_eq!(unused, [ResourceKind::Space]);
    let mut token = TestToken::new(1_000, 1)
        .resource_kind("any", [("abc", 255)])
        .pattern_kind("any", [(".*", 255)]);
    for kind in unused {
        token = token
            .resource(kind, "abc", pubnub_access::Permissions::ALL)
            .pattern(kind, ".*", pubnub_access::Permissions::ALL)
            .category(kind, pubnub_access::Permissions::ALL);
    }
    let token = token.to_text().parse().unwrap();
    for &(_, operation, rule) in OPERATIONS {
        let (case, verdict) = ask_all_kinds(
            rule,
            PlainToken { issued_at: 1_000, ttl: 1, ..PlainToken::default() },
            operation,
        );
        let decided = request_of(&case, |request| {
            case.library_policy(|policy| evaluate(&token, request, 1_001, policy).verdict())
        });
        assert_eq!(decided, verdict, "{operation}");
        let free = matches!(rule, Rule::Requires([]) | Rule::ValidToken { .. });
        assert_eq!(verdict.is_allowed(), free, "{operation}");
    }
}

#[test]
fn the_referee_and_the_library_list_the_same_operations() {
    let ids: Vec<&str> = OPERATIONS.iter().map(|(_, id, _)| *id).collect();
    assert_eq!(Operation::ALL.iter().copied().map(Operation::id).collect::<Vec<_>>(), ids);
    assert_eq!(library_kind(Kind::Uuid), ResourceKind::Uuid);
}
