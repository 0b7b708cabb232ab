//! The steps of a decision: the lowest work limit with which everything is tried.

use pubnub_access::{
    Explanation, PatternErrorKind, Policy, Reason, Request, UnverifiedToken, explain,
};

/// Returns the steps that a decision takes, which are the same in every run.
pub fn needed(token: &UnverifiedToken, request: &Request<'_>, now: u64) -> u64 {
    let is_enough =
        |limit| is_complete(&explain(token, request, now, &Policy::new().work_limit(limit)));
    if is_enough(0) {
        return 0;
    }
    let (mut too_little, mut enough) = (0, 256);
    while !is_enough(enough) {
        (too_little, enough) = (enough, 2 * enough);
    }
    while enough - too_little > 1 {
        let between = too_little.midpoint(enough);
        *(if is_enough(between) { &mut enough } else { &mut too_little }) = between;
    }
    enough
}

/// Reports whether the work limit was not reached.
fn is_complete(explanation: &Explanation<'_>) -> bool {
    let mut reasons = explanation.requirements().iter().flat_map(|report| &report.reasons);
    reasons.all(|reason| match reason {
        Reason::WorkLimitReached => false,
        Reason::PatternUnsupported { error, .. } => {
            error.kind() != PatternErrorKind::WorkLimitReached
        }
        _ => true,
    })
}
