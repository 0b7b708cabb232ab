//! Counters of outcomes, for an operator to watch.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::decision::Verdict;

use super::outcome::{Outcome, OutcomeReason};

const REASONS: usize = OutcomeReason::CODES.len();

/// Counts of forwarded and rejected requests, by verdict and reason.
///
/// A [`PrecheckLayer`](crate::gateway::PrecheckLayer) keeps them.
///
/// ```
/// use pubnub_access::gateway::{Counters, HttpRequest, Precheck};
/// use pubnub_access::{Policy, Verdict};
///
/// let counters = Counters::new();
/// counters.count(&Precheck::new(Policy::new()).check(&HttpRequest::new("GET", "/time/0"), 0));
/// let counted: Vec<_> = counters.iter().map(|count| (count.verdict, count.reason, count.forwarded)).collect();
/// assert_eq!(counted, [(Verdict::Allow, "nothing_needed", 1)]);
/// ```
#[derive(Debug)]
pub struct Counters {
    /// The forwarded and the rejected requests, for each verdict and reason.
    counts: [[[AtomicU64; 2]; REASONS]; Verdict::ALL.len()],
}

/// One line of [`Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterValue {
    /// The verdict.
    pub verdict: Verdict,
    /// The code of the reason.
    pub reason: &'static str,
    /// The number of forwarded requests.
    pub forwarded: u64,
    /// The number of rejected requests.
    pub rejected: u64,
}

impl Counters {
    /// Creates counters that are all 0.
    #[must_use]
    pub const fn new() -> Self {
        Counters {
            counts: [const { [const { [const { AtomicU64::new(0) }; 2] }; REASONS] };
                Verdict::ALL.len()],
        }
    }

    /// Counts one request.
    pub fn count(&self, outcome: &Outcome) {
        let verdict = Verdict::ALL
            .iter()
            .zip(&self.counts)
            .find(|(verdict, _)| **verdict == outcome.verdict());
        let reason = OutcomeReason::CODES.iter().position(|code| *code == outcome.reason().code());
        let counter = verdict
            .and_then(|(_, of_verdict)| of_verdict.get(reason?))
            .and_then(|of_reason| of_reason.get(usize::from(!outcome.is_forwarded())));
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the counts that are not 0.
    pub fn iter(&self) -> impl Iterator<Item = CounterValue> {
        Verdict::ALL.iter().zip(&self.counts).flat_map(|(verdict, of_verdict)| {
            OutcomeReason::CODES.iter().zip(of_verdict).filter_map(
                |(reason, [forwarded, rejected])| {
                    let (forwarded, rejected) =
                        (forwarded.load(Ordering::Relaxed), rejected.load(Ordering::Relaxed));
                    let some = forwarded > 0 || rejected > 0;
                    some.then_some(CounterValue { verdict: *verdict, reason, forwarded, rejected })
                },
            )
        })
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}
