//! Outcomes of requests at the gateway.

use crate::decision::Verdict;
use crate::enums::described_enum;
use crate::token::TokenError;

use super::action::Action;
use super::error::RouteError;
use super::rejection::Rejection;

/// The outcome of a request at a [`Precheck`](crate::gateway::Precheck).
///
/// ```
/// use pubnub_access::gateway::{HttpRequest, Precheck};
/// use pubnub_access::{Policy, Verdict};
///
/// let http = HttpRequest::new("POST", "/v3/pam/demo/grant");
/// let outcome = Precheck::new(Policy::new()).check(&http, 0);
/// assert_eq!(outcome.verdict(), Verdict::Deny);
/// assert_eq!(outcome.reason().code(), "secret_key_needed");
/// assert_eq!(outcome.rejection().unwrap().status(), 403);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    verdict: Verdict,
    reason: OutcomeReason,
    action: Option<Action>,
    rejection: Option<Rejection>,
}

impl Outcome {
    pub(super) fn allowed(reason: OutcomeReason, action: Action) -> Self {
        Outcome { verdict: Verdict::Allow, reason, action: Some(action), rejection: None }
    }

    pub(super) fn in_doubt(reason: OutcomeReason, action: Option<Action>) -> Self {
        Outcome { verdict: Verdict::Indeterminate, reason, action, rejection: None }
    }

    /// Creates the outcome of a request in doubt that the gateway's rules reject.
    pub(super) fn rejected_in_doubt(
        reason: OutcomeReason,
        action: Option<Action>,
        rejection: Rejection,
    ) -> Self {
        Outcome { verdict: Verdict::Indeterminate, reason, action, rejection: Some(rejection) }
    }

    pub(super) fn denied(
        reason: OutcomeReason,
        action: Option<Action>,
        rejection: Rejection,
    ) -> Self {
        Outcome { verdict: Verdict::Deny, reason, action, rejection: Some(rejection) }
    }

    /// Returns the verdict: certainly allowed by the token, certainly denied, or neither.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Reports whether the gateway forwards the request. The gateway's rules decide about doubt.
    #[must_use]
    pub fn is_forwarded(&self) -> bool {
        self.rejection.is_none()
    }

    /// Returns the reason.
    #[must_use]
    pub fn reason(&self) -> OutcomeReason {
        self.reason
    }

    /// Returns the action that the request asks for, if it routes.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// Returns the answer to a rejected request; `None` if the request is forwarded.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.rejection.as_ref()
    }

    /// Returns the answer to a rejected request, by value.
    #[must_use]
    pub fn into_rejection(self) -> Option<Rejection> {
        self.rejection
    }
}

described_enum! {
    /// The reason of an outcome. The list of [codes](Self::code) is stable.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum OutcomeReason {
        /// `token_allows`: the token certainly allows it.
        TokenAllows = "token_allows", "the token allows it";
        /// `token_denies`: the token certainly does not grant what it needs.
        TokenDenies = "token_denies", "the token does not grant it";
        /// `token_in_doubt`: the verdict depends on undocumented rules of the service.
        TokenInDoubt = "token_in_doubt", "it depends on undocumented rules of the service";
        /// `token_expired`.
        TokenExpired = "token_expired", "the token is expired";
        /// `token_revoked`: the token is on the deny list.
        TokenRevoked = "token_revoked", "the token is revoked";
        /// `user_differs`: the token is bound to another user.
        UserDiffers = "user_differs", "the token is bound to another user";
        /// `user_missing`: the token is bound to a user, and the request names none.
        UserMissing = "user_missing", "the token is bound to a user, and the request names none";
        /// `requirement_unknown`: what the request needs is not documented.
        RequirementUnknown = "requirement_unknown", "what it needs is not documented";
        /// `nothing_needed`: the request needs no credential.
        NothingNeeded = "nothing_needed", "it needs nothing";
        /// `body_needed`: the body names the resources and was not given, and the rest of the
        /// request is not denied.
        BodyNeeded = "body_needed", "its body was not given";
        /// `signed`: it carries a signature made with the secret key, which only the service can
        /// check.
        Signed = "signed", "it is signed, which the service checks";
        /// `secret_key_needed`: it needs the secret key, and carries no signature.
        SecretKeyNeeded = "secret_key_needed", "it takes a signature with the secret key";
        /// `no_credential`: it carries neither a token nor a signature.
        NoCredential = "no_credential", "it carries no credential";
        /// `two_credentials`: it carries both a token and a signature, which DataSync refuses.
        TwoCredentials = "two_credentials", "it carries both a token and a signature";
        /// `no_token`: its credential is not a token. It may be an authorization key of version 2.
        NoToken = "no_token", "its credential is not a token";
        /// `broken_token`: its credential begins like a token and does not decode.
        BrokenToken(error: TokenError) = "broken_token", "its token does not decode: {error}";
        /// `not_routed`: it cannot be read as a request to PubNub, or can be read in more than one
        /// way.
        NotRouted(error: RouteError) = "not_routed", "it is not understood: {error}";
    }
}
