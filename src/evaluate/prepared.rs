//! A token with its patterns compiled, for callers who ask one token many questions.

use crate::decision::Decision;
use crate::evaluate::compiled::CompiledPatterns;
use crate::evaluate::permission::PatternSource;
use crate::evaluate::{TokenView, evaluate_with};
use crate::explain::{Explanation, explain_view};
use crate::policy::Policy;
use crate::request::Request;
use crate::token::UnverifiedToken;

/// A decoded token whose patterns are compiled once instead of at each question.
///
/// Verdicts are always those of [`evaluate`](crate::evaluate()) and [`explain`](crate::explain()):
/// each decision is charged for compiling as if it happened then, so the [work
/// limit](Policy::work_limit) has the same effect. Threads can share one through a reference or an
/// `Arc`.
///
/// ```
/// use pubnub_access::{Operation, Policy, PreparedToken, Request, UnverifiedToken};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = PreparedToken::new(UnverifiedToken::parse(text.trim())?);
/// let now = token.token().issued_at();
/// for channel in ["room-1", "room-2", "room-3"] {
///     let request = Request::builder(Operation::FetchMessages).channel(channel).user_id("alice").build()?;
///     assert!(token.evaluate(&request, now, &Policy::new()).is_allowed());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PreparedToken {
    token: UnverifiedToken,
    compiled: CompiledPatterns,
}

impl PreparedToken {
    /// Compiles a token's patterns, within a work limit. It is 4 times
    /// [`Policy::DEFAULT_WORK_LIMIT`], the most that one decision can spend. Patterns beyond that
    /// are compiled when they are needed, as [`evaluate`](crate::evaluate()) does.
    #[must_use]
    pub fn new(token: UnverifiedToken) -> Self {
        let compiled = CompiledPatterns::new(&token, Policy::new().work_for(usize::MAX));
        PreparedToken { token, compiled }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &UnverifiedToken {
        &self.token
    }

    /// Returns the token and drops the compiled patterns.
    #[must_use]
    pub fn into_token(self) -> UnverifiedToken {
        self.token
    }

    /// Decides as [`evaluate`](crate::evaluate()) does.
    pub fn evaluate(&self, request: &Request<'_>, now: u64, policy: &Policy<'_>) -> Decision {
        evaluate_with(self.view(), request, now, policy, &mut ())
    }

    /// Explains as [`explain`](crate::explain()) does.
    pub fn explain<'a>(
        &'a self,
        request: &Request<'a>,
        now: u64,
        policy: &Policy<'_>,
    ) -> Explanation<'a> {
        explain_view(self.view(), request, now, policy)
    }

    fn view(&self) -> TokenView<'_> {
        TokenView { token: &self.token, patterns: PatternSource::Compiled(&self.compiled) }
    }
}
