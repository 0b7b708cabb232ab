//! Learning: the true reading always remains, and each kind of lesson occurs.

use std::cell::Cell;

use crate::support::random::{cases, scenario};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use pubnub_access::learn::{Learner, Lesson, ServiceAnswer};
use pubnub_access::mint::TestToken;
use pubnub_access::policy::Reading;
use pubnub_access::{
    Doubt, GroupNames, Operation, Permission, Permissions, Policy, Precedence, Readings, Request,
    ResourceKind, UnverifiedToken, evaluate,
};

const ISSUED: u64 = 1_700_000_000;
const NOW: u64 = ISSUED + 60;

/// Returns the answer of a service that follows one reading.
fn answer(
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
    hidden: Reading,
) -> ServiceAnswer {
    let granting = evaluate(token, request, now, policy).granting_readings();
    if granting.contains(hidden.into()) {
        ServiceAnswer::Accepted
    } else {
        ServiceAnswer::Forbidden
    }
}

#[test]
fn the_true_reading_always_remains() {
    let config = cases(400);
    let settled = Cell::new(0_u32);
    TestRunner::new(config)
        .run(&(prop::collection::vec(scenario(), 1..12), 0_usize..12), |(cases, hidden)| {
            let hidden = Readings::ALL.iter().nth(hidden).unwrap();
            let mut learner = Learner::new(&Policy::new());
            for case in &cases {
                case.with_library(|token, request, policy| {
                    // Each case has its own flags and deny list, which the learner does not know.
                    let open = Policy::new();
                    let answer = answer(token, request, case.now, &open, hidden);
                    let before = learner.remaining();
                    let lesson = learner.observe(token, request, case.now, answer);
                    let contradicts = matches!(lesson, Lesson::Contradiction { .. });
                    prop_assert!(!contradicts, "{lesson:?} {policy:?}");
                    if let Lesson::Learned { ruled_out } = lesson {
                        prop_assert_eq!(learner.remaining(), before & !ruled_out);
                    } else {
                        prop_assert_eq!(learner.remaining(), before);
                    }
                    Ok(())
                })?;
            }
            prop_assert!(
                learner.remaining().contains(hidden.into()),
                "{hidden:?} {:?}",
                learner.remaining()
            );
            prop_assert!(learner.policy().readings().contains(learner.remaining()));
            prop_assert_eq!(learner.observations(), cases.len() as u64);
            prop_assert_eq!(learner.contradictions(), 0);
            // Nothing is ever learned about the doubt.
            let doubts = Doubt::Granted;
            prop_assert_eq!(
                (learner.remaining() & Readings::with_doubt(doubts)).len() * 2,
                learner.remaining().len()
            );
            settled.set(settled.get() + u32::from(learner.precedence().is_some()));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(settled.get() > 0, "no precedence was ever learned");
}

fn decode(token: &TestToken) -> UnverifiedToken {
    token.to_text().parse().unwrap()
}

fn token() -> TestToken {
    TestToken::new(ISSUED, 15)
}

fn publish(channel: &str) -> Request<'_> {
    Request::builder(Operation::Publish).channel(channel).build().unwrap()
}

/// A token on which the three precedences differ: the entry of `a` lacks what patterns grant, and
/// on `b` patterns disagree.
fn deciding() -> UnverifiedToken {
    let patterns = [("^[ab]$", Permission::Write), ("^b", Permission::Read)];
    let token = token().channel("a", Permission::Read);
    decode(
        &patterns.iter().fold(token, |token, (pattern, permission)| {
            token.channel_pattern(pattern, *permission)
        }),
    )
}

#[test]
fn two_answers_settle_the_precedence() {
    use ServiceAnswer::{Accepted, Forbidden};
    for (on_entry, on_patterns, expected) in [
        (Accepted, Accepted, Precedence::Union),
        (Forbidden, Accepted, Precedence::ExplicitElseAny),
        (Forbidden, Forbidden, Precedence::ExplicitElseAll),
    ] {
        let mut learner = Learner::new(&Policy::new());
        let first = learner.observe(&deciding(), &publish("a"), NOW, on_entry);
        let second = learner.observe(&deciding(), &publish("b"), NOW, on_patterns);
        assert!(
            matches!((first, second), (Lesson::Learned { .. }, Lesson::Learned { .. })),
            "{first:?} {second:?}"
        );
        assert_eq!(learner.precedence(), Some(expected));
        assert_eq!(learner.group_names(), None);
        assert_eq!(learner.policy().readings(), Readings::with_precedence(expected));
        assert_eq!((learner.learned(), learner.observations()), (2, 2));
    }
}

#[test]
fn the_form_of_group_names_is_learned_from_anchored_patterns() {
    let token = decode(&token().group_pattern("^:sports$", Permission::Read));
    let request = Request::builder(Operation::Subscribe).group("sports").build().unwrap();
    let mut learner = Learner::new(&Policy::new());
    let _ = learner.observe(&token, &request, NOW, ServiceAnswer::Forbidden);
    assert_eq!(learner.group_names(), Some(GroupNames::Plain));
    assert_eq!(learner.precedence(), None);
}

#[test]
fn answers_that_depend_on_a_doubt_rule_out_nothing() {
    let unsupported = decode(&token().channel_pattern("(?=a)", Permission::Write));
    let projected = decode(&token().resource(ResourceKind::Entity, "e", Permissions::ALL));
    let update = Request::builder(Operation::DataSyncUpdateEntity).entity("e").build().unwrap();
    let mut learner = Learner::new(&Policy::new());
    for answer in [ServiceAnswer::Accepted, ServiceAnswer::Forbidden] {
        assert_eq!(learner.observe(&unsupported, &publish("a"), NOW, answer), Lesson::InDoubt);
        assert_eq!(learner.observe(&projected, &update, NOW, answer), Lesson::InDoubt);
        // In the second of the expiry, the verdict depends on the clock.
        assert_eq!(
            learner.observe(&deciding(), &publish("a"), ISSUED + 900, answer),
            Lesson::InDoubt
        );
    }
    assert_eq!(
        (learner.remaining(), learner.learned(), learner.observations()),
        (Readings::ALL, 0, 6)
    );
}

#[test]
fn an_answer_that_no_reading_explains_is_a_contradiction() {
    let granted = decode(&token().channel("a", Permission::Write));
    let mut learner = Learner::new(&Policy::new());
    let refused = learner.observe(&granted, &publish("a"), NOW, ServiceAnswer::Forbidden);
    assert_eq!(refused, Lesson::Contradiction { with_earlier: false });
    let accepted = learner.observe(&granted, &publish("b"), NOW, ServiceAnswer::Accepted);
    assert_eq!(accepted, Lesson::Contradiction { with_earlier: false });
    let _ = learner.observe(&deciding(), &publish("a"), NOW, ServiceAnswer::Accepted);
    let again = learner.observe(&deciding(), &publish("a"), NOW, ServiceAnswer::Forbidden);
    assert_eq!(again, Lesson::Contradiction { with_earlier: true });
    assert_eq!(learner.precedence(), Some(Precedence::Union), "the first observation counts");
    assert_eq!((learner.contradictions(), learner.observations()), (3, 4));
}

#[test]
fn inferred_requirements_are_counted_by_operation() {
    let nothing = decode(&token());
    let read = decode(&token().channel("a", Permission::Read));
    let request =
        |operation, channel| Request::builder(operation).channel(channel).build().unwrap();
    let mut learner = Learner::new(&Policy::new());
    let fire = request(Operation::Fire, "a");
    for answer in [ServiceAnswer::Accepted, ServiceAnswer::Forbidden, ServiceAnswer::Forbidden] {
        assert_eq!(learner.observe(&nothing, &fire, NOW, answer), Lesson::Inferred);
    }
    let groups = Request::builder(Operation::ListGroups).build().unwrap();
    assert_eq!(learner.observe(&nothing, &groups, NOW, ServiceAnswer::Accepted), Lesson::Inferred);
    let time = Request::builder(Operation::Time).build().unwrap();
    assert_eq!(learner.observe(&nothing, &time, NOW, ServiceAnswer::Forbidden), Lesson::Inferred);
    // If the permission is granted anyway, the answer says nothing about the requirement.
    let heartbeat = request(Operation::Heartbeat, "a");
    let granted = learner.observe(&read, &heartbeat, NOW, ServiceAnswer::Accepted);
    assert_eq!(granted, Lesson::Learned { ruled_out: Readings::NONE });
    let seen: Vec<_> = learner
        .inferred()
        .map(|(operation, seen)| (operation, seen.accepted, seen.forbidden))
        .collect();
    assert_eq!(
        seen,
        [(Operation::Fire, 1, 2), (Operation::ListGroups, 1, 0), (Operation::Time, 0, 1)]
    );
    assert_eq!(learner.remaining(), Readings::ALL);
}

#[test]
fn an_inferred_requirement_is_counted_only_if_no_other_doubt_is_there() {
    let fire = Request::builder(Operation::Fire).channel("a").build().unwrap();
    let list = Request::builder(Operation::ListGroups).build().unwrap();
    let nothing = decode(&token());
    let heartbeat =
        Request::builder(Operation::Heartbeat).channel("a").group("sports").build().unwrap();
    let unsupported = |number: usize| {
        decode(
            &["(?=a)", "(?=b)"][..number]
                .iter()
                .fold(token(), |token, pattern| token.group_pattern(pattern, Permission::Read)),
        )
    };
    let mut learner = Learner::new(&Policy::new());
    for answer in [ServiceAnswer::Accepted, ServiceAnswer::Forbidden] {
        // In the second of the expiry, the answer may be about the clock.
        assert_eq!(learner.observe(&nothing, &fire, ISSUED + 900, answer), Lesson::InDoubt);
        assert_eq!(learner.observe(&nothing, &list, ISSUED + 900, answer), Lesson::InDoubt);
        // One pattern that cannot be matched is a doubt, and so are two.
        for number in [1, 2] {
            let lesson = learner.observe(&unsupported(number), &heartbeat, NOW, answer);
            assert_eq!(lesson, Lesson::InDoubt, "{number}");
        }
    }
    assert_eq!(learner.inferred().count(), 0);
}

#[test]
fn fixed_settings_stay_fixed_and_a_fixed_doubt_is_ignored() {
    let policy = Policy::new().precedence(Precedence::Union).doubt(Doubt::Granted);
    let mut learner = Learner::new(&policy);
    assert_eq!(learner.remaining(), Readings::with_precedence(Precedence::Union));
    let lesson = learner.observe(&deciding(), &publish("a"), NOW, ServiceAnswer::Forbidden);
    assert_eq!(lesson, Lesson::Contradiction { with_earlier: false });
}

#[test]
fn statuses_stand_for_answers() {
    for status in [200, 201, 204, 299, 307] {
        assert_eq!(ServiceAnswer::from_status(status), Some(ServiceAnswer::Accepted), "{status}");
    }
    assert_eq!(ServiceAnswer::from_status(403), Some(ServiceAnswer::Forbidden));
    for status in [0, 199, 300, 301, 400, 401, 404, 414, 429, 500, 503] {
        assert_eq!(ServiceAnswer::from_status(status), None, "{status}");
    }
}
