//! The work limit: decisions that reach it, in any order, prepared or not.

use super::steps::needed;
use pubnub_access::mint::TestToken;
use pubnub_access::{
    Doubt, GroupNames, Operation, Permission, Permissions, Policy, Precedence, PreparedToken,
    Readings, Request, UnverifiedToken, Verdict, evaluate, explain,
};

fn token(patterns: &[&str]) -> UnverifiedToken {
    let token = TestToken::new(1, 60);
    let token = patterns
        .iter()
        .fold(token, |token, pattern| token.channel_pattern(pattern, Permission::Read));
    UnverifiedToken::parse(&token.to_text()).unwrap()
}

fn request(name: &str) -> Request<'_> {
    Request::builder(Operation::FetchMessages).channel(name).user_id("alice").build().unwrap()
}

/// A pattern that takes more than the default limit.
fn costly() -> String {
    "a?".repeat(1500)
}

#[test]
fn a_costly_pattern_does_no_harm_to_the_others() {
    let costly = costly();
    let cheap = ["^room-[0-9]+$", "^[a-z0-9]{1,256}$", "^room-\\C$"];
    for place in 0..=cheap.len() {
        let mut patterns = cheap.to_vec();
        patterns.insert(place, &costly);
        let token = token(&patterns);
        let prepared = PreparedToken::new(token.clone());
        for name in ["room-17", "room17", "room-x"] {
            let decision = evaluate(&token, &request(name), 1, &Policy::new());
            assert_eq!(decision.verdict(), Verdict::Allow, "{name} {place}");
            assert_eq!(
                prepared.evaluate(&request(name), 1, &Policy::new()),
                decision,
                "{name} {place}"
            );
        }
        let decision = evaluate(&token, &request("lobby!"), 1, &Policy::new());
        assert_eq!(decision.verdict(), Verdict::Indeterminate, "{place}");
    }
}

/// Resources share their steps, up to four times the limit.
#[test]
fn the_limit_is_for_each_of_four_resources() {
    let patterns: Vec<String> = (0..50).map(|number| format!("^room-{number}-[0-9]+$")).collect();
    let token = token(&patterns.iter().map(String::as_str).collect::<Vec<_>>());
    let names: Vec<String> = (0..8).map(|number| format!("room-49-{number}")).collect();
    let verdict = |count: usize, limit: u64| {
        let names = names.iter().take(count).map(String::as_str);
        let request = Request::builder(Operation::FetchMessages)
            .channels(names)
            .user_id("alice")
            .build()
            .unwrap();
        evaluate(&token, &request, 1, &Policy::new().work_limit(limit)).verdict()
    };
    let needed = |count| {
        let (mut too_little, mut enough) = (0, 1 << 20);
        while enough - too_little > 1 {
            let between = (too_little + enough) / 2;
            let decided = verdict(count, between) == Verdict::Allow;
            *(if decided { &mut enough } else { &mut too_little }) = between;
        }
        enough
    };
    // Work that depends only on the patterns is done once, so several names take fewer steps each.
    let needed = [1, 2, 3, 4, 8].map(needed);
    let [alone, two, three, four, eight] = needed;
    assert!(two < alone && three < two && four < three, "{needed:?}");
    // Four names or eight have four limits between them, and differ by what four names take.
    let names = 4 * (eight - four);
    assert!(4 * four < alone + names + 4, "{needed:?}");
    assert_eq!(verdict(8, eight - 1), Verdict::Indeterminate);
}

/// Preparing changes no verdict, whatever the limit and wherever compiling reaches it.
#[test]
fn a_prepared_token_answers_alike_at_every_limit() {
    let tokens = [
        token(&["^room-[0-9]+$", "(?i)^[k-é]+$", "[a-", "^(?:a|b)*$", "\\pL"]),
        token(&["(?i)[\\x{100}-\\x{17f}]{70}", "^lobby$", "(?:x{40}){0}b?", "^.{0,100}$"]),
        token(&["^room-\\C$", "^[a-z0-9]{1,256}$", &costly(), "room", "(?:\\b|a){80}x"]),
        // Patterns that take little or nothing to compile, once they are read.
        token(&["(?:)", "^(?:)", "^room-1{0}", "^lobby-aéx{1001}", "^(?:room-1)$", "()", "x{0}"]),
    ];
    for token in &tokens {
        let prepared = PreparedToken::new(token.clone());
        let limits = (0..1_500).chain((1_500..120_000).step_by(331)).chain([1_000_000, 10_000_000]);
        for limit in limits {
            let policy = Policy::new().work_limit(limit);
            for name in ["room-1", "lobby-aé"] {
                let request = request(name);
                let cold = evaluate(token, &request, 1, &policy);
                assert_eq!(prepared.evaluate(&request, 1, &policy), cold, "{name} {limit}");
                if limit % 64 == 0 {
                    let cold = explain(token, &request, 1, &policy).to_string();
                    assert_eq!(
                        prepared.explain(&request, 1, &policy).to_string(),
                        cold,
                        "{name} {limit}"
                    );
                }
            }
        }
    }
}

/// A token with patterns and entries on channels, each with its mask.
fn mixed(patterns: &[(&str, u8)], entries: &[(&str, u8)]) -> UnverifiedToken {
    let token = TestToken::new(1, 60);
    let token = patterns.iter().fold(token, |token, (pattern, mask)| {
        token.channel_pattern(pattern, Permissions::from_mask(*mask))
    });
    let token = entries
        .iter()
        .fold(token, |token, (name, mask)| token.channel(name, Permissions::from_mask(*mask)));
    UnverifiedToken::parse(&token.to_text()).unwrap()
}

/// With a lower limit than a decision needs, the verdict is in doubt or the same; with all the
/// steps that it needs, it is the same.
#[test]
fn less_work_leaves_a_doubt_or_the_same_answer() {
    let tokens = [
        mixed(&[("^room-[0-9]+$", 1), ("room", 1), ("[a-", 1), ("^lobby$", 1)], &[]),
        mixed(&[("(?:room-?){2}|lobby", 1), ("\\pL", 2), ("^.{1,9}$", 1)], &[]),
        mixed(&[("^room-\\C$", 1), ("[[:alpha:]]", 1), ("^$", 1)], &[]),
        mixed(&[("room", 1), ("^room-1$", 2), ("^.*$", 1), ("^lobby$", 4)], &[]),
        mixed(&[("^.*$", 1), ("1$", 2)], &[("room-1", 2), ("lobby", 1)]),
        mixed(&[("^room-1$", 2), ("^\\d+$", 1)], &[("room-1", 2), ("lobby.*", 1)]),
        mixed(&[("^a{100}$", 1), ("^room-1$", 1)], &[("lobby", 2)]),
    ];
    let policies = [
        Policy::new(),
        Policy::new().precedence(Precedence::Union),
        Policy::new().precedence(Precedence::ExplicitElseAny).group_names(GroupNames::Plain),
    ];
    let questions = [
        &["room-1"][..],
        &["lobby"],
        &["lobby.*"],
        &["room-1", "lobby", "room-2", "room-1", "lobby"],
    ];
    let surely = Readings::with_doubt(Doubt::Refused);
    let mut verdicts = std::collections::BTreeSet::new();
    for (number, token) in tokens.iter().enumerate() {
        for names in questions {
            let request = Request::builder(Operation::Subscribe)
                .channels(names.iter().copied())
                .user_id("alice");
            let request = request.build().unwrap();
            let needed = needed(token, &request, 61);
            let limits =
                (0..=needed.min(300)).chain((300..needed).step_by(37)).chain([needed, needed + 1]);
            for policy in &policies {
                let decide = |limit| evaluate(token, &request, 61, &policy.work_limit(limit));
                let complete = decide(u64::MAX);
                for limit in limits.clone() {
                    let decision = decide(limit);
                    let what = || format!("token {number}, {names:?}, {policy:?}, limit {limit}");
                    let same = decision.verdict() == complete.verdict();
                    assert!(
                        same || decision.verdict() == Verdict::Indeterminate,
                        "{}: {decision:?}",
                        what()
                    );
                    let granted = decision.granting_readings() & surely;
                    assert!(
                        complete.granting_readings().contains(granted),
                        "{}: granted for want of work",
                        what()
                    );
                    assert!(limit < needed || decision == complete, "{}: enough is enough", what());
                    verdicts.insert((complete.verdict().name(), same));
                }
            }
        }
    }
    // Each verdict occurred, and each certain one also became indeterminate by the limit.
    let reached = [
        ("allow", false),
        ("allow", true),
        ("deny", false),
        ("deny", true),
        ("indeterminate", true),
    ];
    assert!(reached.iter().all(|reached| verdicts.contains(reached)), "{verdicts:?}");
}

/// Patterns are tried in the token's order while the budget lasts. With a higher limit, a costly
/// pattern may use up the steps of a later, cheap one that decided before. The verdict is then in
/// doubt, until the limit is higher still.
#[test]
fn more_work_can_leave_a_doubt_that_less_did_not() {
    let token = token(&["^[a-z]{1,200}$", "^room-1$"]);
    let request = request("room-1");
    let needed = needed(&token, &request, 61);
    let is_allowed =
        |limit| evaluate(&token, &request, 61, &Policy::new().work_limit(limit)).is_allowed();
    let first = (0..needed).find(|limit| is_allowed(*limit)).unwrap();
    assert!((first..needed).any(|limit| !is_allowed(limit)));
    assert!((needed..2 * needed).step_by(7).all(is_allowed));
}

/// Skipping a pattern that lacks the permission is charged as well. If only such patterns are left,
/// reaching the limit is no doubt.
#[test]
fn skipped_patterns_are_charged() {
    let over = |count: usize, last: &[(&str, u8)]| {
        let passed: Vec<String> = (0..count).map(|number| format!("x{number}")).collect();
        let passed = passed.iter().map(|pattern| (pattern.as_str(), 2));
        mixed(&passed.chain(last.iter().copied()).collect::<Vec<_>>(), &[("room-1", 2)])
    };
    let steps = |count| needed(&over(count, &[("^lobby$", 1)]), &request("room-1"), 61);
    assert_eq!(steps(200) - steps(100), 100);
    let verdict = |token, limit| {
        evaluate(&token, &request("room-1"), 61, &Policy::new().work_limit(limit)).verdict()
    };
    assert_eq!(verdict(over(100, &[("^lobby$", 1)]), 50), Verdict::Indeterminate);
    assert_eq!(verdict(over(100, &[]), 50), Verdict::Deny);
}

/// A pattern that lacks the permission is tried only if some considered reading depends on it.
#[test]
fn patterns_that_cannot_matter_are_not_tried() {
    let costly = ("^[a-z0-9]{1,256}$", 2);
    let steps = |patterns: &[(&str, u8)], precedence| {
        let token = mixed(patterns, &[]);
        let policy = Policy::new().precedence(precedence);
        let is_allowed = |limit| {
            evaluate(&token, &request("room-1"), 61, &policy.work_limit(limit)).is_allowed()
        };
        (0..1_000).find(|limit| is_allowed(*limit))
    };
    for precedence in [Precedence::Union, Precedence::ExplicitElseAny] {
        let alone = steps(&[("^room-1$", 1)], precedence).unwrap();
        assert_eq!(
            steps(&[costly, ("^room-1$", 1)], precedence),
            Some(alone + 1),
            "{precedence:?}"
        );
    }
    assert_eq!(steps(&[costly, ("^room-1$", 1)], Precedence::ExplicitElseAll), None);
}

/// The steps of a decision grow in proportion to its input.
#[test]
fn steps_are_in_proportion_to_the_input() {
    // Each pattern has names that keep it busy to the last character.
    let patterns = [
        ("room-", "", "-a"),
        ("^room-[0-9]+$", "room-", "11"),
        ("(?i)^[k-é]+$", "", "lé"),
        ("(?:\\b|a){20}x", "", "-a"),
        ("^[a-z0-9]+[0-9]{100}$", "", "aa"),
        ("^room-\\C$", "room-", "-a"),
    ];
    for (pattern, begin, unit) in patterns {
        let of = |copies: usize, name: usize| {
            let patterns: Vec<String> =
                (0..copies).map(|copy| format!("{pattern}{copy:03}")).collect();
            let name = String::from(begin) + &unit.repeat(name / 2);
            needed(
                &token(&patterns.iter().map(String::as_str).collect::<Vec<_>>()),
                &request(&name),
                61,
            )
        };
        let (once, twice, four_times) = (of(10, 100), of(20, 100), of(40, 100));
        assert_eq!(
            (twice, four_times),
            (2 * once, 4 * once),
            "{pattern}: as many steps for each pattern"
        );
        let (short, long, longest) = (of(1, 1_000), of(1, 2_000), of(1, 4_000));
        assert_eq!(
            longest - long,
            2 * (long - short),
            "{pattern}: as many steps for each character of a name"
        );
        assert!(long - short >= 1_000, "{pattern}: at least a step for each character of a name");
    }
}

/// Looking up a name takes no steps, however large the token. Only patterns of the same kind take
/// steps.
#[test]
fn ten_thousand_entries_take_no_work() {
    let limits = pubnub_access::Limits::new().max_text_len(1 << 20);
    let filled = |token: TestToken| {
        let fill = |token: TestToken, number: usize| {
            let name = format!("{number}");
            let token =
                token.channel(&name, Permission::Read).group_pattern(&name, Permission::Read);
            token.uuid_pattern(&name, Permissions::ALL)
        };
        let token = (0..10_000).fold(token, fill);
        UnverifiedToken::parse_with(&token.to_text(), limits).unwrap()
    };
    let large = filled(TestToken::new(1, 60));
    for (name, verdict) in
        [("0", Verdict::Allow), ("9999", Verdict::Allow), ("10000", Verdict::Deny)]
    {
        let nothing = Policy::new().work_limit(0);
        assert_eq!(evaluate(&large, &request(name), 61, &nothing).verdict(), verdict, "{name}");
        assert_eq!(needed(&large, &request(name), 61), 0, "{name}");
    }
    let patterns = |token: TestToken| token.channel_pattern("^room-[0-9]+$", Permission::Read);
    let small = UnverifiedToken::parse(&patterns(TestToken::new(1, 60)).to_text()).unwrap();
    let large = filled(patterns(TestToken::new(1, 60)));
    for name in ["room-1", "lobby"] {
        assert_eq!(
            needed(&large, &request(name), 61),
            needed(&small, &request(name), 61),
            "{name}"
        );
    }
}
