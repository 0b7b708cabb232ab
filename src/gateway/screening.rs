//! What came of a request at the gateway.

use core::fmt;

use crate::decision::Verdict;
use crate::token::TokenError;

use super::action::Action;
use super::error::RouteError;
use super::rejection::Rejection;

/// What a [`Precheck`](crate::Precheck) made of a request.
///
/// ```
/// use pubnub_access::{HttpRequest, Policy, Precheck, Verdict};
///
/// let http = HttpRequest::new("POST", "/v3/pam/demo/grant");
/// let screening = Precheck::new(Policy::new()).check(&http, 0);
/// assert_eq!(screening.verdict(), Verdict::Deny);
/// assert_eq!(screening.reason().code(), "secret_key_needed");
/// assert_eq!(screening.rejection().unwrap().status(), 403);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Screening {
    verdict: Verdict,
    reason: ScreeningReason,
    action: Option<Action>,
    rejection: Option<Rejection>,
}

impl Screening {
    pub(super) fn allowed(reason: ScreeningReason, action: Action) -> Self {
        Screening { verdict: Verdict::Allow, reason, action: Some(action), rejection: None }
    }

    pub(super) fn in_doubt(reason: ScreeningReason, action: Option<Action>) -> Self {
        Screening { verdict: Verdict::Indeterminate, reason, action, rejection: None }
    }

    /// Turned away although it is in doubt, since the gateway's rules say so.
    pub(super) fn doubted_away(reason: ScreeningReason, action: Option<Action>, rejection: Rejection) -> Self {
        Screening { verdict: Verdict::Indeterminate, reason, action, rejection: Some(rejection) }
    }

    pub(super) fn denied(reason: ScreeningReason, action: Option<Action>, rejection: Rejection) -> Self {
        Screening { verdict: Verdict::Deny, reason, action, rejection: Some(rejection) }
    }

    /// What is known of the request: certainly allowed, as far as its token goes, certainly denied, or neither.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the gateway forwards the request. What is in doubt is forwarded or not by the gateway's rules.
    #[must_use]
    pub fn is_forwarded(&self) -> bool {
        self.rejection.is_none()
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> ScreeningReason {
        self.reason
    }

    /// What the request asks for, if it routes.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// What to answer instead of forwarding; none where the request is forwarded.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.rejection.as_ref()
    }

    /// The same by value.
    #[must_use]
    pub fn into_rejection(self) -> Option<Rejection> {
        self.rejection
    }
}

/// Why a gateway forwards a request, or does not. The list of [codes](Self::code) is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScreeningReason {
    /// `token_allows`: the token certainly allows it.
    TokenAllows,
    /// `token_denies`: the token certainly does not grant what it needs.
    TokenDenies,
    /// `token_in_doubt`: what is not known of the service decides.
    TokenInDoubt,
    /// `token_expired`.
    TokenExpired,
    /// `token_revoked`: the token is on the deny list.
    TokenRevoked,
    /// `user_differs`: the token is bound to another user.
    UserDiffers,
    /// `user_missing`: the token is bound to a user, and the request names none.
    UserMissing,
    /// `need_unknown`: what the request needs is not documented.
    NeedUnknown,
    /// `nothing_needed`: no credential is asked for.
    NothingNeeded,
    /// `body_needed`: what the request is about stands in a body that was not given, and what is known does not deny it.
    BodyNeeded,
    /// `signed`: it carries a signature made with the secret key, which the service alone can check.
    Signed,
    /// `secret_key_needed`: it takes the secret key, and carries no signature.
    SecretKeyNeeded,
    /// `no_credential`: it carries neither a token nor a signature.
    NoCredential,
    /// `two_credentials`: it carries both a token and a signature, which DataSync refuses.
    TwoCredentials,
    /// `no_token`: what it carries is no token, but an authorization key of version 2 perhaps.
    NoToken,
    /// `broken_token`: what it carries begins like a token and does not decode.
    BrokenToken(TokenError),
    /// `not_routed`: it cannot be read as a request to PubNub, or in more than one way.
    NotRouted(RouteError),
}

impl ScreeningReason {
    /// All codes, in the order of [`place`](Self::place).
    pub(super) const CODES: [&'static str; 17] = [
        "token_allows",
        "token_denies",
        "token_in_doubt",
        "token_expired",
        "token_revoked",
        "user_differs",
        "user_missing",
        "need_unknown",
        "nothing_needed",
        "body_needed",
        "signed",
        "secret_key_needed",
        "no_credential",
        "two_credentials",
        "no_token",
        "broken_token",
        "not_routed",
    ];

    /// The stable code in snake case, as in `token_denies`.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::CODES.get(self.place()).copied().unwrap_or_default()
    }

    /// The place of the code among all.
    pub(super) fn place(self) -> usize {
        match self {
            ScreeningReason::TokenAllows => 0,
            ScreeningReason::TokenDenies => 1,
            ScreeningReason::TokenInDoubt => 2,
            ScreeningReason::TokenExpired => 3,
            ScreeningReason::TokenRevoked => 4,
            ScreeningReason::UserDiffers => 5,
            ScreeningReason::UserMissing => 6,
            ScreeningReason::NeedUnknown => 7,
            ScreeningReason::NothingNeeded => 8,
            ScreeningReason::BodyNeeded => 9,
            ScreeningReason::Signed => 10,
            ScreeningReason::SecretKeyNeeded => 11,
            ScreeningReason::NoCredential => 12,
            ScreeningReason::TwoCredentials => 13,
            ScreeningReason::NoToken => 14,
            ScreeningReason::BrokenToken(_) => 15,
            ScreeningReason::NotRouted(_) => 16,
        }
    }
}

impl fmt::Display for ScreeningReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScreeningReason::TokenAllows => f.write_str("the token allows it"),
            ScreeningReason::TokenDenies => f.write_str("the token does not grant it"),
            ScreeningReason::TokenInDoubt => f.write_str("what is not known of the service decides"),
            ScreeningReason::TokenExpired => f.write_str("the token is expired"),
            ScreeningReason::TokenRevoked => f.write_str("the token is revoked"),
            ScreeningReason::UserDiffers => f.write_str("the token is bound to another user"),
            ScreeningReason::UserMissing => f.write_str("the token is bound to a user, and the request names none"),
            ScreeningReason::NeedUnknown => f.write_str("what it needs is not documented"),
            ScreeningReason::NothingNeeded => f.write_str("it needs nothing"),
            ScreeningReason::BodyNeeded => f.write_str("its body was not given"),
            ScreeningReason::Signed => f.write_str("it is signed, which the service checks"),
            ScreeningReason::SecretKeyNeeded => f.write_str("it takes a signature with the secret key"),
            ScreeningReason::NoCredential => f.write_str("it carries no credential"),
            ScreeningReason::TwoCredentials => f.write_str("it carries both a token and a signature"),
            ScreeningReason::NoToken => f.write_str("its credential is not a token"),
            ScreeningReason::BrokenToken(error) => write!(f, "its token does not decode: {error}"),
            ScreeningReason::NotRouted(error) => write!(f, "it is not understood: {error}"),
        }
    }
}
