//! Infers how the service works from its own answers.
//!
//! Some rules of the service are not documented, and a decision that depends on them is
//! [indeterminate](crate::Verdict::Indeterminate). Observed answers settle some of these rules. A
//! request that the service accepted rules out every reading that denies it. A request that the
//! service answered with 403 `Forbidden` rules out every reading that grants it. A [`Learner`]
//! combines such observations, and [`Learner::policy`] returns a policy with the settings that
//! agree with them.
//!
//! Only the precedence and the form of group names are learned, and only from requests whose
//! decision does not depend on [`Doubt`](crate::Doubt). That setting stands for many separate
//! questions, and an answer to one says nothing about the others. Answers that depend on an
//! inferred requirement are counted for each operation ([`Learner::inferred`]).
//!
#![cfg_attr(feature = "mint", doc = "```")]
#![cfg_attr(not(feature = "mint"), doc = "```ignore")]
//! use pubnub_access::learn::{Learner, Lesson, ServiceAnswer};
//! use pubnub_access::mint::TestToken;
//! use pubnub_access::{Operation, Permission, Policy, Precedence, Request, UnverifiedToken};
//!
//! // The entry lacks the permission, and a pattern that matches has it.
//! let text = TestToken::new(1_700_000_000, 15)
//!     .channel("room-1", Permission::Read)
//!     .channel_pattern("^room-[0-9]+$", Permission::Write)
//!     .to_text();
//! let token = UnverifiedToken::parse(&text)?;
//! let request = Request::builder(Operation::Publish).channel("room-1").build()?;
//!
//! let mut learner = Learner::new(&Policy::new());
//! let lesson = learner.observe(&token, &request, 1_700_000_060, ServiceAnswer::Accepted);
//! assert!(matches!(lesson, Lesson::Learned { ruled_out } if ruled_out.len() == 8));
//! assert_eq!(learner.precedence(), Some(Precedence::Union));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::collections::{BTreeMap, btree_map};

use crate::arithmetic::CannotOverflow;
use crate::decision::{Condition, Reason};
use crate::enums::named_enum;
use crate::evaluate::{Observer, TokenView, evaluate_with};
use crate::operation::{Operation, Requirements};
use crate::policy::Policy;
use crate::policy::readings::{GroupNames, Precedence, Readings};
use crate::request::Request;
use crate::token::UnverifiedToken;

named_enum! {
    /// An answer of the service that says something about permissions.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ServiceAnswer, "answer of the service", name {
        /// The service let the request through: status 200.
        Accepted = "accepted",
        /// The service refused the request because a permission is missing: status 403, message
        /// `Forbidden`.
        Forbidden = "forbidden",
    }
}

impl ServiceAnswer {
    /// Returns the answer that an HTTP status stands for. It is 403, or success (200 to 299, and
    /// 307, which redirects to a file). `None` for any other status.
    ///
    /// A 403 with a message other than `Forbidden`, such as `Token is expired.`, says nothing about
    /// permissions. Do not pass it to a [`Learner`].
    ///
    /// ```
    /// use pubnub_access::learn::ServiceAnswer;
    ///
    /// assert_eq!(ServiceAnswer::from_status(403), Some(ServiceAnswer::Forbidden));
    /// assert_eq!(ServiceAnswer::from_status(429), None);
    /// ```
    #[must_use]
    pub fn from_status(status: u16) -> Option<Self> {
        match status {
            200..=299 | 307 => Some(ServiceAnswer::Accepted),
            403 => Some(ServiceAnswer::Forbidden),
            _ => None,
        }
    }
}

/// The result of one observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum Lesson {
    /// Some readings explain the answer. Those that do not are ruled out; there may be none.
    Learned {
        /// The readings that this observation ruled out and no earlier one had.
        ruled_out: Readings,
    },
    /// The decision depends on an inferred requirement. It is counted and rules nothing out.
    Inferred,
    /// The decision depends on another doubt. Nothing is learned.
    InDoubt,
    /// No remaining reading explains the answer. Nothing is ruled out.
    Contradiction {
        /// True if a reading that was ruled out explains the answer. Then an earlier observation
        /// contradicts this one. Otherwise no reading explains it, so the token, the time, the deny
        /// list or the answer must be wrong.
        with_earlier: bool,
    },
}

/// Counts of the service's answers to requests that lack an inferred requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct InferredRequirement {
    /// The number of accepted requests. If there are any, the operation does not need it.
    pub accepted: u64,
    /// The number of forbidden requests. If there are any, the operation needs it, or something
    /// else that is not documented.
    pub forbidden: u64,
}

/// Combines observations of the service's answers.
///
/// The order of observations matters only if they contradict each other: the first one counts.
#[derive(Debug, Clone)]
pub struct Learner<'p> {
    policy: Policy<'p>,
    considered: Readings,
    remaining: Readings,
    inferred: BTreeMap<Operation, InferredRequirement>,
    counts: ObservationCounts,
}

/// The number of observations with each result.
#[derive(Debug, Clone, Copy, Default)]
struct ObservationCounts {
    learned: u64,
    contradictions: u64,
    others: u64,
}

impl<'p> Learner<'p> {
    /// Starts from the settings of a policy. Its `doubt` is ignored, since a fixed one would hide
    /// that an answer depends on a doubt.
    #[must_use]
    pub fn new(policy: &Policy<'p>) -> Self {
        let policy = policy.without_doubt();
        let considered = policy.readings();
        Learner {
            policy,
            considered,
            remaining: considered,
            inferred: BTreeMap::new(),
            counts: ObservationCounts::default(),
        }
    }

    /// Learns from the service's answer to a request at `now`, in Unix seconds.
    pub fn observe(
        &mut self,
        token: &UnverifiedToken,
        request: &Request<'_>,
        now: u64,
        answer: ServiceAnswer,
    ) -> Lesson {
        let lesson = self.lesson(token, request, now, answer);
        let count = match lesson {
            Lesson::Learned { ruled_out } => {
                self.remaining = self.remaining & !ruled_out;
                &mut self.counts.learned
            }
            Lesson::Inferred => {
                let seen = self.inferred.entry(request.operation()).or_default();
                let seen = match answer {
                    ServiceAnswer::Accepted => &mut seen.accepted,
                    ServiceAnswer::Forbidden => &mut seen.forbidden,
                };
                *seen = seen.plus(1);
                &mut self.counts.others
            }
            Lesson::InDoubt => &mut self.counts.others,
            Lesson::Contradiction { .. } => &mut self.counts.contradictions,
        };
        *count = count.plus(1);
        lesson
    }

    fn lesson(
        &self,
        token: &UnverifiedToken,
        request: &Request<'_>,
        now: u64,
        answer: ServiceAnswer,
    ) -> Lesson {
        let mut doubts = Doubts::default();
        let view = TokenView::new(token);
        let decision = evaluate_with(view, request, now, &self.policy, &mut doubts);
        let granting = decision.granting_readings();
        if doubts.inferred_alone(request.operation(), granting, self.considered) {
            return Lesson::Inferred;
        }
        if granting.turns_on_doubt() {
            return Lesson::InDoubt;
        }
        let explaining = match answer {
            ServiceAnswer::Accepted => granting,
            ServiceAnswer::Forbidden => self.considered & !granting,
        };
        if (self.remaining & explaining).is_empty() {
            return Lesson::Contradiction { with_earlier: !explaining.is_empty() };
        }
        Lesson::Learned { ruled_out: self.remaining & !explaining }
    }

    /// Returns the readings that explain all observations but the contradictions.
    pub fn remaining(&self) -> Readings {
        self.remaining
    }

    /// Returns the precedence, if only one is left.
    #[must_use]
    pub fn precedence(&self) -> Option<Precedence> {
        let precedences =
            [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll];
        precedences.into_iter().find(|one| Readings::with_precedence(*one).contains(self.remaining))
    }

    /// Returns the form of group names that patterns are matched against, if only one is left.
    #[must_use]
    pub fn group_names(&self) -> Option<GroupNames> {
        let forms = [GroupNames::Plain, GroupNames::Colon];
        forms.into_iter().find(|one| Readings::with_group_names(*one).contains(self.remaining))
    }

    /// Returns the policy with what has been learned.
    ///
    /// The policy may consider more readings than [`remaining`](Self::remaining): a setting is
    /// changed only if a single value of it is left.
    pub fn policy(&self) -> Policy<'p> {
        let mut policy = self.policy;
        if let Some(precedence) = self.precedence() {
            policy = policy.precedence(precedence);
        }
        if let Some(group_names) = self.group_names() {
            policy = policy.group_names(group_names);
        }
        policy
    }

    /// Returns the counted answers to requests with inferred requirements. They are sorted like the
    /// operation table.
    #[must_use]
    pub fn inferred(&self) -> InferredRequirements<'_> {
        InferredRequirements(self.inferred.iter())
    }

    /// Returns the number of observations.
    #[must_use]
    pub fn observations(&self) -> u64 {
        let ObservationCounts { learned, contradictions, others } = self.counts;
        learned.plus(contradictions).plus(others)
    }

    /// Returns the number of observations that depended on no doubt and contradicted nothing.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.counts.learned
    }

    /// Returns the number of observations that no remaining reading explained.
    #[must_use]
    pub fn contradictions(&self) -> u64 {
        self.counts.contradictions
    }
}

/// The counted answers to requests that depend on an inferred requirement, by operation.
#[derive(Debug, Clone)]
pub struct InferredRequirements<'l>(btree_map::Iter<'l, Operation, InferredRequirement>);

impl Iterator for InferredRequirements<'_> {
    type Item = (Operation, InferredRequirement);

    fn next(&mut self) -> Option<(Operation, InferredRequirement)> {
        self.0.next().map(|(operation, answers)| (*operation, *answers))
    }
}

/// Records the doubts that a decision depends on.
#[derive(Default)]
struct Doubts {
    condition: bool,
    inferred: bool,
    other: bool,
}

impl Doubts {
    /// Reports whether the decision depends on an inferred requirement alone.
    fn inferred_alone(
        &self,
        operation: Operation,
        granting: Readings,
        considered: Readings,
    ) -> bool {
        if self.condition || self.other {
            return false;
        }
        match operation.requirements() {
            // The table lists no other requirement, so a refusal can only be about the inferred
            // row.
            Requirements::NothingInferred | Requirements::ValidToken { inferred: true } => true,
            _ => self.inferred && granting == considered & crate::evaluate::IN_DOUBT,
        }
    }
}

impl<'a> Observer<'a> for Doubts {
    const COMPLETE: bool = true;

    fn condition(&mut self, _condition: Condition, _reason: Reason<'a>, readings: Readings) {
        self.condition |= readings != Readings::ALL;
    }

    fn reason(&mut self, _position: usize, reason: Reason<'a>) {
        match reason {
            Reason::RequirementInferred | Reason::RequirementUnknown => self.inferred = true,
            other => self.other |= other.is_doubt(),
        }
    }
}
