//! The steps of the work limit that a decision takes: the least limit that lets everything be
//! tried.

use pubnub_access::{
    Explanation, PatternErrorKind, Policy, Reason, Request, UnverifiedToken, explain,
};

/// The steps that a question takes. Nothing is random about them.
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

/// Whether no pattern was left out for want of work.
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
