//! `diff` and `covers`: an empty diff means equal verdicts, listed differences are real, and
//! `covers` holds.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use pubnub_access::audit::{covers, diff};
use pubnub_access::mint::TestToken;
use pubnub_access::{
    Operation, Permission, Permissions, Policy, Readings, Request, ResourceKind, UnverifiedToken,
    Verdict, evaluate,
};

use super::{ISSUED, decode, token};
use crate::support::enumeration::{Kind, PatternGrant, PlainToken, Projection, library_kind};
use crate::support::random::{Case, cases, scenario};

fn fail(claim: bool, what: impl FnOnce() -> String) -> Result<(), TestCaseError> {
    if claim { Ok(()) } else { Err(TestCaseError::fail(what())) }
}

/// Two tokens of the same validity: unrelated, or the second a little changed from the first.
fn pairs() -> impl Strategy<Value = (Case, Case)> {
    let change = (0_usize..11, any::<prop::sample::Index>(), any::<u8>());
    (scenario(), scenario(), prop::collection::vec(change, 0..4), prop::bool::weighted(0.8))
        .prop_map(|(mut one, mut other, changes, similar)| {
            (one.token.issued_at, one.token.ttl) = (1_700_000_000, 15);
            (one.fillers, one.foreign) = (0, false);
            if similar {
                other.token = one.token.clone();
                changes.iter().for_each(|change| altered(&mut other.token, *change));
            }
            (other.token.issued_at, other.token.ttl, other.fillers) = (1_700_000_000, 15, 0);
            (one, other)
        })
}

/// Makes a change that may or may not affect a verdict.
fn altered(token: &mut PlainToken, (what, index, mask): (usize, prop::sample::Index, u8)) {
    let kind = index.index(Kind::ALL.len());
    match what {
        0 => token.explicit.iter_mut().for_each(|entries| entries.reverse()),
        1 => token.patterns.iter_mut().for_each(|patterns| patterns.reverse()),
        2 => token.categories[2] = Some(mask),
        3 => token.explicit[kind].iter_mut().for_each(|(_, mask)| *mask ^= 16),
        4 => token.explicit[kind].iter_mut().for_each(|(_, mask)| *mask ^= 128),
        5 => token.patterns[kind].iter_mut().for_each(|grant| grant.mask ^= 16),
        6 if !token.explicit[kind].is_empty() => {
            let at = index.index(token.explicit[kind].len());
            token.explicit[kind][at].1 = mask;
        }
        7 if !token.patterns[kind].is_empty() => {
            let at = index.index(token.patterns[kind].len());
            token.patterns[kind].remove(at);
        }
        8 if !token.explicit[kind].is_empty() => {
            let at = index.index(token.explicit[kind].len());
            token.explicit[kind].remove(at);
        }
        9 => token.projections.iter_mut().for_each(|one| one.name = "__default__".to_owned()),
        10 => drop(token.projections.pop()),
        _ => {}
    }
}

/// Names of each kind for requests about two random tokens: all that either token names, and one
/// for each way in which their patterns match. No other name can have another verdict.
struct Names([Vec<String>; 7]);

impl Names {
    fn new(one: &PlainToken, other: &PlainToken) -> Self {
        Names(Kind::ALL.map(|kind| {
            let at = kind as usize;
            let entries = one.explicit[at].iter().chain(&other.explicit[at]);
            let mut names: Vec<String> = entries.map(|(name, _)| name.clone()).collect();
            if kind == Kind::Group {
                // An entry counts for the name with one colon more, too.
                names.extend(names.clone().into_iter().map(|name| format!(":{name}")));
            }
            names.sort_unstable();
            names.dedup();
            let patterns: Vec<&PatternGrant> =
                one.patterns[at].iter().chain(&other.patterns[at]).collect();
            let of_kind = |projection: &&Projection| projection.kind == kind;
            let projections: Vec<_> =
                one.projections.iter().chain(&other.projections).filter(of_kind).collect();
            let ids =
                projections.iter().filter(|one| one.form.is_none()).map(|one| one.literal.clone());
            names.extend(ids.filter(|id| !names.contains(id)).collect::<BTreeSet<_>>());
            let mut sorts = BTreeSet::new();
            for name in candidates(&patterns, &projections) {
                let sort = || sort(&patterns, &projections, kind, &name);
                if !name.is_empty() && !names.contains(&name) && sorts.insert(sort()) {
                    names.push(name);
                }
            }
            names
        }))
    }
}

/// Returns how each pattern matches each form of a name.
fn sort(
    patterns: &[&PatternGrant],
    projections: &[&Projection],
    kind: Kind,
    name: &str,
) -> Vec<u8> {
    let plain = if kind == Kind::Group { name.strip_prefix(':').unwrap_or(name) } else { name };
    let forms = [
        plain.to_owned(),
        if kind == Kind::Group { format!(":{plain}") } else { plain.to_owned() },
    ];
    let mut sort = Vec::new();
    for PatternGrant { form, literal, .. } in patterns {
        sort.extend(forms.iter().map(|name| form.outcome(literal, name) as u8));
    }
    for Projection { form, literal, .. } in projections {
        sort.extend(form.map(|form| form.outcome(literal, name) as u8));
    }
    sort
}

/// Returns names that contain the patterns' literals in every position, with every number of
/// leading colons that matters.
fn candidates(patterns: &[&PatternGrant], projections: &[&Projection]) -> Vec<String> {
    let by_pattern =
        projections.iter().filter(|one| one.form.is_some()).map(|one| one.literal.as_str());
    let literals: BTreeSet<&str> =
        patterns.iter().map(|grant| grant.literal.as_str()).chain(by_pattern).collect();
    let mut ends = vec!["", "b", "z"];
    ends.extend(literals.iter().copied().filter(|literal| *literal != "b"));
    let mut middles = vec![String::new()];
    for literal in literals {
        middles.extend(middles.clone().into_iter().map(|middle| format!("{middle}z{literal}z")));
    }
    let mut names = Vec::new();
    for colons in ["", ":", "::", ":::"] {
        for start in &ends {
            for middle in &middles {
                for end in ends.iter().chain(&[".*"]) {
                    names.push(format!("{colons}{start}{middle}{end}"));
                }
            }
        }
    }
    names
}

/// Makes every request that names one resource, or one of each kind if the operation needs two.
fn questions(names: &Names, user: Option<&str>, mut ask: impl FnMut(&Request<'_>)) {
    let uuids = &names.0[Kind::Uuid as usize];
    for operation in Operation::ALL.iter().copied() {
        let builder = Request::builder(operation);
        let builder = if let Some(user) = user { builder.user_id(user) } else { builder };
        if let Ok(request) = builder.clone().build() {
            ask(&request);
        }
        for (kind, names) in Kind::ALL.map(library_kind).into_iter().zip(&names.0) {
            for name in names {
                let builder = builder.clone().resource(kind, name);
                if let Ok(request) = builder.clone().build() {
                    ask(&request);
                } else if kind == ResourceKind::Channel {
                    for name in uuids {
                        if let Ok(request) = builder.clone().uuid(name).build() {
                            ask(&request);
                        }
                    }
                }
            }
        }
    }
}

/// Reports whether any request is granted in other readings.
fn some_question_differs(names: &Names, old: &UnverifiedToken, new: &UnverifiedToken) -> bool {
    let mut differs = false;
    for user in [None, Some("alice"), Some("Alice"), Some("bob")] {
        questions(names, user, |request| {
            differs = differs || readings(old, request) != readings(new, request);
        });
        if differs {
            return true;
        }
    }
    differs
}

fn readings(token: &UnverifiedToken, request: &Request<'_>) -> Readings {
    evaluate(token, request, token.issued_at(), &Policy::new()).granting_readings()
}

#[test]
fn an_empty_difference_means_equal_answers() {
    let seen = [const { Cell::new(0_u32) }; 3];
    let config = cases(150);
    TestRunner::new(config)
        .run(&pairs(), |(one, other)| {
            let (old, new) = (one.minted(), other.minted());
            let diff = diff(&old, &new);
            let names = Names::new(&one.token, &other.token);
            let differs = some_question_differs(&names, &old, &new);
            let doubt = !diff.patterns().is_empty()
                || !diff.projections().is_empty()
                || diff
                    .names()
                    .iter()
                    .flat_map(|name| &name.permissions)
                    .any(|change| !change.certain);
            seen[if diff.is_empty() { 0 } else { 1 + usize::from(doubt) }].set(1);
            fail(!diff.is_empty() || !differs, || format!("an empty difference: {old:?} {new:?}"))?;
            fail(diff.is_empty() || differs || doubt, || format!("no question sees {diff:?}"))?;
            // In the opposite direction, gains are losses.
            let back = pubnub_access::audit::diff(&new, &old);
            fail(back.is_empty() == diff.is_empty(), || format!("{diff:?} {back:?}"))?;
            fail(back.names().len() == diff.names().len(), || format!("{diff:?} {back:?}"))?;
            fail(pubnub_access::audit::diff(&old, &old).is_empty(), || {
                "a token differs from itself".into()
            })
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(seen.iter().all(|count| count.get() > 0), "{seen:?}");
}

#[test]
fn a_covering_token_allows_whatever_the_other_allows() {
    let seen = [const { Cell::new(0_u32) }; 3];
    let config = cases(100);
    TestRunner::new(config)
        .run(&pairs(), |(one, other)| {
            let names = Names::new(&one.token, &other.token);
            let (token, other) = (one.minted(), other.minted());
            let verdict = covers(&token, &other);
            seen[verdict as usize].set(1);
            let mut failing = Readings::NONE;
            for user in [None, Some("alice"), Some("Alice"), Some("bob")] {
                questions(&names, user, |request| {
                    failing = failing | readings(&other, request) & !readings(&token, request);
                });
            }
            fail(verdict != Verdict::Allow || failing.is_empty(), || {
                format!("covered, but {failing:?}")
            })?;
            let fails = || format!("not covered, but only {failing:?} fail");
            fail(verdict != Verdict::Deny || failing == Readings::ALL, fails)?;
            fail(covers(&token, &token) != Verdict::Deny, || "a token does not cover itself".into())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(seen.iter().all(|count| count.get() > 0), "{seen:?}");
}

#[test]
fn every_difference_changes_the_answer_to_some_question() {
    for (expected, old, new, line) in rows(include_str!("../../../testdata/audit/differences.txt"))
    {
        let same = match expected {
            "same" => true,
            "different" => false,
            other => panic!("{other}"),
        };
        assert_eq!(diff(&old, &new).is_empty(), same, "{line}: {:?}", diff(&old, &new));
        assert_eq!(diff(&new, &old).is_empty(), same, "the other way round: {line}");
        assert!(!same || covers(&old, &new) == Verdict::Allow, "{line}");
    }
}

#[test]
fn a_difference_has_its_permissions_and_readings() {
    let old = decode(&token("user=alice chan:a=1 chan:b=3 pat.chan:^r.*$=1"));
    let new =
        decode(&token("user=bob chan:a=3 pat.chan:^r.*$=3 pat.chan:^s$=1 cat.uuid=32 chan:r1=0"));
    let diff = diff(&old, &new);
    let user = diff.user().unwrap();
    assert_eq!((user.old, user.new), (Some("alice"), Some("bob")));
    assert_eq!((diff.expiries().old, diff.expiries().new), (1_700_000_900, 1_700_000_900));
    let category = diff.categories()[0];
    assert_eq!(
        (category.kind, category.old, category.new),
        (ResourceKind::Uuid, Verdict::Indeterminate, Verdict::Allow)
    );
    let names: Vec<_> =
        diff.names().iter().map(|name| (name.name.as_str(), name.permissions.len())).collect();
    assert_eq!(names, [("a", 1), ("b", 2), ("r1", 2)]);
    // In some readings, the new entry overrides the pattern's grant.
    let read = diff.names()[2].permissions[0];
    assert_eq!(
        (read.permission, read.old, read.new),
        (Permission::Read, Verdict::Allow, Verdict::Indeterminate)
    );
    assert_eq!((read.gained.len(), read.lost.len(), read.certain), (0, 8, true));
    let patterns: Vec<_> = diff.patterns().iter().map(|change| change.pattern).collect();
    assert_eq!(patterns, ["^r.*$", "^s$"]);
    assert_eq!(diff.patterns()[0].permissions, Permission::Write.into());
    assert_eq!(diff.unchecked(), []);
}

/// The cases of a file: three columns, of which the last two are tokens.
fn rows(text: &str) -> impl Iterator<Item = (&str, UnverifiedToken, UnverifiedToken, &str)> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [expected, one, other] = columns[..] else { panic!("{line}") };
        let [one, other] =
            [one, other].map(|words| decode(&token(if words == "-" { "" } else { words })));
        (expected, one, other, line)
    })
}

#[test]
fn coverage_is_decided_where_it_can_be() {
    for (expected, one, other, line) in rows(include_str!("../../../testdata/audit/covers.txt")) {
        assert_eq!(covers(&one, &other).name(), expected, "{line}");
    }
}

/// A token of a few kilobytes, as applications have them, with rooms and patterns.
fn tenant(rooms: usize, patterns: usize) -> UnverifiedToken {
    let token = (0..rooms).fold(TestToken::new(ISSUED, 15).authorized_user("alice"), |token, n| {
        token.channel(&format!("tenant-3-room-{n:03}"), Permissions::from_mask(3))
    });
    decode(&(0..patterns).fold(token, |token, n| {
        token.channel_pattern(
            &format!("^tenant-{n}-(?:room|lobby)-[0-9a-f]{{1,12}}$"),
            Permission::Read,
        )
    }))
}

#[test]
fn ordinary_tokens_are_compared_to_the_last_name() {
    let (old, new) = (tenant(200, 20), tenant(198, 21));
    let found = diff(&old, &new);
    assert_eq!(found.unchecked(), []);
    let names: Vec<&str> = found.names().iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["tenant-3-room-198", "tenant-3-room-199"]);
    let patterns: Vec<&str> = found.patterns().iter().map(|change| change.pattern).collect();
    assert_eq!(patterns, ["^tenant-20-(?:room|lobby)-[0-9a-f]{1,12}$"]);
    assert_eq!(covers(&new, &old), Verdict::Deny);
}

/// Names that differ come first, and names beyond the work limit are listed.
#[test]
fn a_lost_name_is_found_in_spite_of_costly_patterns() {
    let token = |names: &[String]| {
        decode(&(0..700).fold(token_without_patterns(names), |token, n| {
            token.channel_pattern(&format!(r"\C*{n}"), Permission::Write)
        }))
    };
    let mut names: Vec<String> = (0..20).map(|n| format!("{n:03}{}", "a".repeat(700))).collect();
    let old = token(&names);
    let lost = names.pop().unwrap();
    let kept = decode(&token_without_patterns(&names));
    let found = diff(&old, &kept);
    assert!(found.names().iter().any(|change| change.name == lost), "{:?}", found.names());
    assert_eq!(covers(&kept, &old), Verdict::Deny);
    for (kind, name) in found.unchecked() {
        assert!(*kind == ResourceKind::Channel && names.contains(name), "{name}");
        assert!(!found.names().iter().any(|change| change.name == *name), "{name}");
    }
    assert!(!found.unchecked().is_empty());
}

fn token_without_patterns(names: &[String]) -> TestToken {
    names
        .iter()
        .fold(TestToken::new(ISSUED, 15), |token, name| token.channel(name, Permission::Read))
}
