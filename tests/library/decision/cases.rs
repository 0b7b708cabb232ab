//! Decisions: the cases of `testdata/decisions.txt`, in every way of asking and with the naive
//! referee.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::enumeration::{
    Form, Kind, OPERATIONS, PatternGrant, PlainRequest, PlainToken, Projection, judge,
    library_kind, settled_on,
};
use crate::support::line::{Grant, ISSUE, Line};
use pubnub_access::mint::TestToken;
use pubnub_access::{
    Decision, Operation, Permission, Policy, PreparedToken, Readings, Request, UnverifiedToken,
    Verdict, evaluate, explain,
};

fn cases() -> Vec<Line<'static>> {
    let lines = include_str!("../../../testdata/decisions.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| Line::read(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn token(case: &Line<'_>) -> UnverifiedToken {
    case.token().to_text().parse().unwrap()
}

fn decide(case: &Line<'_>) -> Result<Decision, &'static str> {
    let request = case.request(false)?;
    Ok(case.with_policy(|policy| evaluate(&token(case), &request, case.now, &policy)))
}

/// Converts a case for the referee; `None` if it has a pattern that the referee does not know.
fn plain(case: &Line<'_>) -> Option<(PlainToken, PlainRequest)> {
    let mut token = PlainToken {
        issued_at: case.issue,
        ttl: case.ttl,
        user: case.user.clone(),
        ..PlainToken::default()
    };
    let place = |key: &str| {
        Kind::ALL.iter().copied().position(|kind| library_kind(kind).token_key() == key)
    };
    for Grant { kind, is_pattern, name, mask } in &case.grants {
        let Some(place) = place(kind) else { continue };
        if *is_pattern {
            let (form, literal) = form_of(name)?;
            // With a work limit of 0, every pattern is unsupported.
            let form = if case.work == Some(0) { Form::LookAhead } else { form };
            token.patterns[place].push(PatternGrant { form, literal, mask: *mask });
        } else {
            token.explicit[place].push((name.clone(), *mask));
        }
    }
    for (key, mask) in &case.categories {
        place(key).into_iter().for_each(|place| token.categories[place] = Some(*mask));
    }
    let rule = OPERATIONS.iter().find(|(_, id, _)| *id == case.operation).unwrap().2;
    for (section, key, name) in &case.projections {
        let projected =
            [Kind::Channel, Kind::User, Kind::Entity, Kind::Relationship, Kind::Membership];
        let rest = |kind: &Kind| key.strip_prefix(kind.projected())?.strip_prefix(':');
        let Some((kind, rest)) = projected.into_iter().find_map(|kind| Some((kind, rest(&kind)?)))
        else {
            continue;
        };
        let (form, literal) = match *section {
            "pat" => form_of(rest).map(|(form, literal)| (Some(form), literal))?,
            _ => (None, rest.to_owned()),
        };
        token.projections.push(Projection { kind, form, literal, name: name.clone() });
    }
    let kind_of =
        |kind| Kind::ALL.iter().copied().find(|known| library_kind(*known) == kind).unwrap();
    let resources = case.resources.iter().map(|(kind, name)| (kind_of(*kind), name.clone()));
    let request =
        PlainRequest { rule, user: case.requester.clone(), resources: resources.collect() };
    Some((token, request))
}

/// Converts a pattern to one of the referee's forms and a plain literal.
fn form_of(pattern: &str) -> Option<(Form, String)> {
    let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "-:".contains(c));
    let starts = || pattern.char_indices().map(|(at, _)| at).chain([pattern.len()]);
    let literals = starts()
        .flat_map(|from| starts().filter(move |to| from <= *to).map(move |to| &pattern[from..to]));
    let literals: Vec<&str> = literals.filter(|literal| is_plain(literal)).collect();
    Form::ALL.into_iter().find_map(|form| {
        let literal = literals.iter().find(|literal| form.text(literal) == pattern)?;
        Some((form, (*literal).to_owned()))
    })
}

/// The dimensions on which a verdict depends: of two considered readings that differ only in this
/// dimension, one grants.
fn dimensions(decision: &Decision) -> String {
    let (granting, considered) = (decision.granting_readings(), decision.considered_readings());
    let mut found = BTreeSet::new();
    for one in granting.iter() {
        for other in (considered & !granting).iter() {
            let differs = [
                (0, "precedence", one.precedence != other.precedence),
                (1, "group-names", one.group_names != other.group_names),
                (2, "doubt", one.doubt != other.doubt),
            ];
            let differing: Vec<_> =
                differs.into_iter().filter(|(_, _, differs)| *differs).collect();
            if let [(order, name, _)] = differing[..] {
                found.insert((order, name));
            }
        }
    }
    found.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
}

fn holds(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn decisions_are_those_worked_out_by_hand() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for case in &cases {
        let found = match decide(case) {
            Err(code) => ("error", code.to_owned()),
            Ok(decision) => (decision.verdict().name(), dimensions(&decision)),
        };
        if (found.0, found.1.as_str()) != case.verdict {
            wrong.push(format!("{}\n    found {} {}", case.line, found.0, found.1));
        }
        *seen.entry(case.verdict.0).or_insert(0) += 1;
    }
    holds(&wrong);
    assert!(cases.len() >= 400, "{}", cases.len());
    assert!(seen.len() == 4 && seen.values().all(|count| *count >= 30), "{seen:?}");
}

/// A duplicate case could have two verdicts.
#[test]
fn no_question_stands_twice() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        assert!(seen.insert(case.line.split_once(" |").unwrap().1), "{}", case.line);
    }
}

#[test]
fn every_operation_is_asked_about_and_each_gets_a_yes_and_another_answer() {
    let mut verdicts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in cases() {
        verdicts.entry(case.operation).or_default().insert(case.verdict.0);
    }
    for operation in Operation::ALL.iter().copied() {
        let verdicts = &verdicts[operation.id()];
        assert!(
            verdicts.contains("allow")
                && (verdicts.contains("deny") || verdicts.contains("indeterminate"))
        );
    }
}

/// Prepared or not, with or without reasons, in both orders of names.
#[test]
fn every_way_to_ask_gives_the_same_decision() {
    for case in cases() {
        let (Ok(request), Ok(decision)) = (case.request(false), decide(&case)) else { continue };
        let (token, backwards) = (token(&case), case.request(true).unwrap());
        let prepared = PreparedToken::new(token.clone());
        case.with_policy(|policy| {
            assert_eq!(prepared.evaluate(&request, case.now, &policy), decision, "{}", case.line);
            let explained = explain(&token, &request, case.now, &policy);
            assert_eq!(explained.decision(), decision, "{}", case.line);
            assert_eq!(prepared.explain(&request, case.now, &policy), explained, "{}", case.line);
            assert_eq!(evaluate(&token, &backwards, case.now, &policy), decision, "{}", case.line);
        });
    }
}

/// A single considered reading has the same result as among the others.
#[test]
fn the_readings_that_grant_are_those_that_allow_when_pinned() {
    for case in cases() {
        let (Ok(request), Ok(decision)) = (case.request(false), decide(&case)) else { continue };
        let token = token(&case);
        case.with_policy(|policy| {
            for reading in policy.readings().iter() {
                let pinned = settled_on(policy, reading);
                let grants = decision.granting_readings().contains(Readings::from(reading));
                let expected = if grants { Verdict::Allow } else { Verdict::Deny };
                let alone = evaluate(&token, &request, case.now, &pinned);
                assert_eq!(alone.verdict(), expected, "{} under {reading:?}", case.line);
            }
        });
    }
}

#[test]
fn the_referee_finds_the_same_readings() {
    let (mut judged, mut decided) = (0, 0);
    for case in cases() {
        let Ok(decision) = decide(&case) else { continue };
        decided += 1;
        let Some((token, request)) = plain(&case) else { continue };
        let (verdict, granting) = judge(&token, &request, case.now, &case.policy);
        let found = (decision.verdict(), decision.granting_readings().iter().collect());
        assert_eq!(found, (verdict, granting), "{}", case.line);
        judged += 1;
    }
    // The remaining cases have patterns that need an engine.
    assert!(judged * 5 > decided * 4, "{judged} of {decided}");
}

#[test]
fn expiry_is_the_issue_time_and_the_minutes_and_never_overflows() {
    let max = u64::MAX;
    for (issue, ttl, expiry) in [
        (ISSUE, 0, ISSUE),
        (ISSUE, 1, ISSUE + 60),
        (ISSUE, 43_200, ISSUE + 2_592_000),
        (max, 0, max),
        (max - 60, 1, max),
        (max - 59, 1, max),
        (max, 1, max),
        (0, max / 60, max / 60 * 60),
        (0, max / 60 + 1, max),
        (max, max, max),
    ] {
        let token: UnverifiedToken = TestToken::new(issue, ttl).to_text().parse().unwrap();
        assert_eq!(token.expires_at(), expiry, "issued {issue}, ttl {ttl}");
    }
}

#[test]
fn a_deny_list_receives_the_token_whatever_its_text() {
    use pubnub_access::mint::Alphabet;
    let mint = TestToken::new(ISSUE, 60).channel("a", Permission::Write).signature(&[0xff; 31]);
    let revoked: UnverifiedToken = mint.to_text().parse().unwrap();
    let list = |token: &UnverifiedToken| *token == revoked;
    let request = Request::builder(Operation::Publish).channel("a").build().unwrap();
    let texts = [
        mint.to_text(),
        mint.clone().padding(false).to_text(),
        mint.clone().alphabet(Alphabet::Standard).to_text(),
        mint.clone().alphabet(Alphabet::Standard).padding(false).to_text(),
    ];
    assert_ne!(texts[0], texts[1]);
    assert_ne!(texts[0], texts[2]);
    let policy = Policy::new().deny_list(&list);
    for text in texts {
        assert_eq!(
            evaluate(&text.parse().unwrap(), &request, ISSUE, &policy).verdict(),
            Verdict::Deny,
            "{text}"
        );
    }
    let other = mint.signature(&[0xfe; 31]).to_text().parse().unwrap();
    assert_eq!(evaluate(&other, &request, ISSUE, &policy).verdict(), Verdict::Allow);
}
