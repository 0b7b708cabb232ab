//! Reasons: the cases of `testdata/reasons.txt`, and bounds on how many there are.

use std::collections::BTreeSet;

use crate::support::golden;
use crate::support::line::Line;
use crate::support::question::{ISSUED, ask, mask, token};

use pubnub_access::mint::TestToken;
use pubnub_access::{Explanation, Policy, Precedence, Reason, UnverifiedToken, explain};
use serde_json::{Value, json};

/// Every reason of an explanation, in order.
fn in_json(explanation: &Explanation<'_>) -> Vec<Value> {
    let owned: Explanation<'static> = explanation.clone().into_owned();
    assert_eq!(owned, *explanation, "a copy of an explanation says the same");
    let conditions = explanation.conditions().iter().map(|report| &report.reason);
    let requirements = explanation.requirements().iter().flat_map(|report| &report.reasons);
    conditions.chain(requirements).map(|reason| serde_json::to_value(reason).unwrap()).collect()
}

fn reasons(token: &TestToken, question: &str, now: u64, policy: &Policy<'_>) -> Vec<Value> {
    ask(token, question, now, policy, in_json)
}

const NOW: u64 = ISSUED + 60;

const FILE: &str = include_str!("../../../testdata/reasons.txt");

/// The file with the reasons as they are now, and the codes that have a line.
fn cases() -> (String, BTreeSet<&'static str>) {
    let (mut text, mut codes) = (String::new(), BTreeSet::new());
    let source = FILE.lines().filter(|line| !line.starts_with('{'));
    for line in source {
        text.push_str(line);
        text.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let case = Line::read(line).unwrap_or_else(|| panic!("{line}"));
        let token = UnverifiedToken::parse(&case.token().to_text()).unwrap();
        let request = case.request(false).unwrap();
        let found =
            case.with_policy(|policy| in_json(&explain(&token, &request, case.now, &policy)));
        let (code, absent) = match case.verdict {
            ("not", code) => (code, true),
            (code, _) => (code, false),
        };
        let reason = found.iter().find(|reason| reason["reason"] == code);
        assert_eq!(reason.is_none(), absent, "{line}: {found:?}");
        if let Some(reason) = reason {
            text.push_str(&format!("{reason}\n"));
            codes.insert(code);
        }
    }
    (text, codes)
}

#[test]
fn every_reason_has_its_case_its_json_and_its_sentence() {
    let (text, codes) = cases();
    golden::compare("testdata/reasons.txt", &text);
    assert_eq!(codes, Reason::CODES.iter().copied().collect());
}

/// The file has no notation for a projection whose name is not a text.
#[test]
fn a_projection_without_a_name_may_hide_an_item() {
    let token = token().meta("pn-projections", json!({"pat": {"datasync:entities:.": 1}}));
    let found = reasons(&token, "datasync-get-entity entity=e", NOW, &Policy::new());
    assert!(found.contains(&json!({"reason": "projection_may_hide", "projection": null,
        "message": "the token limits it to a projection, which may hide it"})));
}

/// Only some near misses are reported, and looking for them is charged.
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
    // The last names have no room for the last pattern; their reasons say that there are more.
    assert_eq!(counts.iter().sum::<usize>(), 4096 + 32, "{counts:?}");
    assert!(counts.iter().all(|count| *count == 16), "{counts:?}");
}
