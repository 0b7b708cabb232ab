//! What the service's own answers say about how it works.
//!
//! Some rules of the service are not documented, and a decision that depends on them is
//! [indeterminate](crate::Verdict::Indeterminate). The answers that a keyset really gave settle
//! some of them: a request that the service let through rules out every reading that refuses it,
//! and one that it answered with 403 `Forbidden` every reading that grants it. A [`Learner`] folds
//! such observations together, and [`Learner::policy`] makes a policy of what is left.
//!
//! Only the precedence and the form of group names are learned so, and only from requests whose
//! decision does not turn on [`Doubt`](crate::Doubt): a doubt is many questions, and an answer to
//! one of them says nothing of the others. The needs that the operation table marks as inferred are
//! counted each on its own ([`Learner::inferred`]).
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

use alloc::collections::BTreeMap;

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
    /// The service's answer to a request, as far as it says something about permissions.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ServiceAnswer, "answer of the service", name {
        /// The service let the request through: status 200.
        Accepted = "accepted",
        /// The service refused the request for want of a permission: status 403, message
        /// `Forbidden`.
        Forbidden = "forbidden",
    }
}

impl ServiceAnswer {
    /// Returns the answer that an HTTP status stands for: 403, or one of success (200 to 299, and
    /// 307, which leads to a file). `None` for any other status.
    ///
    /// A 403 whose message is another than `Forbidden` (`Token is expired.`, `Token is revoked`)
    /// says nothing about permissions: leave it out.
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
    /// Some reading explains the answer. The others are ruled out: none of them, where all explain
    /// it.
    Learned {
        /// The readings that this observation ruled out and none before it had.
        ruled_out: Readings,
    },
    /// The decision turns on a need that is inferred. It is counted and rules nothing out.
    Inferred,
    /// The decision turns on another doubt. Nothing is learned.
    InDoubt,
    /// No reading that is left explains the answer, and none is ruled out.
    Contradiction {
        /// Whether some reading explains it that was ruled out before: then two observations
        /// contradict each other. Otherwise the token, the time, the deny list or the answer is not
        /// what it is taken for.
        with_earlier: bool,
    },
}

/// How often the service let requests through that lack an inferred need, and how often not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct InferredNeed {
    /// Requests that were accepted without it: the operation does not need it.
    pub accepted: u64,
    /// Requests that were forbidden: the operation needs it, or something else that is not known.
    pub forbidden: u64,
}

/// What a number of observations say about how the service works.
///
/// The order of observations matters only where they contradict each other: the first one counts.
#[derive(Debug, Clone)]
pub struct Learner<'p> {
    policy: Policy<'p>,
    considered: Readings,
    remaining: Readings,
    inferred: BTreeMap<Operation, InferredNeed>,
    counts: Counts,
}

/// How many observations had each result.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    learned: u64,
    contradictions: u64,
    others: u64,
}

impl<'p> Learner<'p> {
    /// Starts from what a policy pins, with its keyset flags, clock tolerance and deny list. A
    /// pinned doubt is left aside: it would hide what turns on doubt.
    #[must_use]
    pub fn new(policy: &Policy<'p>) -> Self {
        let policy = policy.without_doubt();
        let considered = policy.readings();
        Learner {
            policy,
            considered,
            remaining: considered,
            inferred: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// Takes in what the service answered to a request at `now`, in Unix seconds.
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

    /// Returns the precedence, if one is left.
    #[must_use]
    pub fn precedence(&self) -> Option<Precedence> {
        let precedences =
            [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll];
        precedences.into_iter().find(|one| Readings::with_precedence(*one).contains(self.remaining))
    }

    /// Returns the form of group names that patterns are matched against, if one is left.
    #[must_use]
    pub fn group_names(&self) -> Option<GroupNames> {
        let forms = [GroupNames::Plain, GroupNames::Colon];
        forms.into_iter().find(|one| Readings::with_group_names(*one).contains(self.remaining))
    }

    /// Returns the policy with what has been learned.
    ///
    /// Readings that no single setting rules out are considered still.
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

    /// Returns how often each answer was seen where a decision turned on an inferred need, by
    /// operation, in the order of the operation table.
    pub fn inferred(&self) -> impl Iterator<Item = (Operation, InferredNeed)> {
        self.inferred.iter().map(|(operation, seen)| (*operation, *seen))
    }

    /// Returns how many observations there were.
    #[must_use]
    pub fn observations(&self) -> u64 {
        let Counts { learned, contradictions, others } = self.counts;
        learned.plus(contradictions).plus(others)
    }

    /// Returns how many observations did not turn on a doubt and contradicted nothing.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.counts.learned
    }

    /// Returns how many observations no reading explained that was left.
    #[must_use]
    pub fn contradictions(&self) -> u64 {
        self.counts.contradictions
    }
}

/// Notes which doubts a decision meets.
#[derive(Default)]
struct Doubts {
    condition: bool,
    inferred: bool,
    other: bool,
}

impl Doubts {
    /// Reports whether an inferred need of the operation, and nothing else, decides.
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
            // Nothing more is known to be needed: any refusal is news about the inferred row.
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
            Reason::NeedInferred | Reason::NeedUnknown => self.inferred = true,
            other => self.other |= other.is_doubt(),
        }
    }
}
