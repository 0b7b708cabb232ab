//! Explanations and decisions agree, whatever the work limit.

use pubnub_access::{
    Decision, Doubt, Explanation, Policy, Precedence, PreparedToken, Reason, UnverifiedToken,
    Verdict, evaluate, explain,
};

use super::is_printable;
use crate::support::line::Line;

/// A line of `testdata/decisions.txt`.
pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(line) = Line::read(text) else { return };
    let Ok(request) = line.request(false) else { return };
    // A token with a duplicate name does not decode.
    let Ok(token) = UnverifiedToken::parse(&line.token().to_text()) else { return };
    let prepared = PreparedToken::new(token.clone());
    let ask = |policy: &Policy<'_>| {
        let explanation = explain(&token, &request, line.now, policy);
        let decision = evaluate(&token, &request, line.now, policy);
        assert_eq!(explanation.decision(), decision);
        assert_eq!(prepared.evaluate(&request, line.now, policy), decision);
        assert_eq!(prepared.explain(&request, line.now, policy), explanation);
        is_sound(&explanation);
        decision
    };
    line.with_policy(|policy| {
        let decision = ask(&policy.work_limit(Policy::DEFAULT_WORK_LIMIT));
        for work in [0, 1, 10, 100, 1_000] {
            is_no_more_certain(text, ask(&policy.work_limit(work)), decision);
        }
        let _ = ask(&policy);
    });
}

/// A pattern that exceeds the work limit is in doubt. A lower limit can therefore not add a
/// granting reading that decides doubts against the requester, nor a higher limit one that decides
/// them in favour. With `ExplicitElseAll`, more work can also grant, if the pattern does not match.
fn is_no_more_certain(text: &str, less: Decision, more: Decision) {
    let grants = |decision: Decision, reading| {
        decision.granting_readings().iter().any(|granting| granting == reading)
    };
    for reading in more.considered_readings().iter() {
        match (reading.doubt, reading.precedence) {
            (Doubt::Refused, _) => {
                assert!(grants(more, reading) || !grants(less, reading), "{text}: {reading:?}")
            }
            (Doubt::Granted, Precedence::ExplicitElseAll) => {}
            (Doubt::Granted, _) => {
                assert!(grants(less, reading) || !grants(more, reading), "{text}: {reading:?}")
            }
        }
    }
}

/// Asserts that the verdict follows from the parts, and that each part has a reason.
fn is_sound(explanation: &Explanation<'_>) {
    is_printable(&explanation.to_string());
    let conditions = explanation.conditions().iter().map(|report| report.verdict);
    let parts: Vec<Verdict> =
        conditions.chain(explanation.requirements().iter().map(|report| report.verdict)).collect();
    match explanation.verdict() {
        Verdict::Allow => {
            let needless = explanation.requirements().is_empty();
            assert!(needless || parts.iter().all(|part| part.is_allowed()), "{explanation}");
        }
        Verdict::Deny => assert!(parts.iter().any(|part| !part.is_allowed()), "{explanation}"),
        Verdict::Indeterminate => {
            assert!(parts.iter().any(|part| *part != Verdict::Allow), "{explanation}")
        }
    }
    for report in explanation.requirements() {
        assert!(!report.reasons.is_empty(), "{explanation}");
        report.reasons.iter().for_each(|reason| is_printable(&reason.to_string()));
        // An `Allow` names the grant.
        let grants = |reason: &Reason<'_>| {
            matches!(
                reason,
                Reason::ExplicitGrant { .. }
                    | Reason::PatternGrant { .. }
                    | Reason::CategoryGrant { .. }
                    | Reason::KeysetAllows
            ) || is_doubt_in_favour(reason)
        };
        assert!(
            report.verdict != Verdict::Allow || report.reasons.iter().any(grants),
            "{explanation}"
        );
    }
}

/// Reports whether a reason grants if the policy decides doubts in the requester's favour.
fn is_doubt_in_favour(reason: &Reason<'_>) -> bool {
    matches!(
        reason,
        Reason::RequirementUnknown
            | Reason::RequirementInferred
            | Reason::KeysetFlagUnknown { .. }
            | Reason::PatternUnsupported { .. }
            | Reason::PatternMatchesOneForm { .. }
            | Reason::UserPatternInDoubt { .. }
            | Reason::ProjectionMayHide { .. }
            | Reason::ProjectionMayRefuse
            | Reason::IdMadeByService { .. }
            | Reason::WorkLimitReached
    )
}
