//! The decision of a gateway, from the route, the credential, the token and the gateway's own
//! rules.
//!
//! The service behind the gateway has the last word. The outcome says whether forwarding is
//! hopeless, certain to succeed as far as the token matters, or neither.

use alloc::vec::Vec;

use crate::decision::{Condition, Reason, Verdict};
use crate::enums::named_enum;
use crate::evaluate::evaluate;
use crate::explain::{Explanation, RequirementReport, explain};
use crate::operation::{Operation, Requirements, ResourceRequirement};
#[cfg(feature = "tower")]
use crate::policy::DenyList;
use crate::policy::Policy;
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::token::{Limits, UnverifiedToken};

use super::action::{Action, Credential};
use super::error::{RouteError, RouteErrorKind, RoutePosition};
use super::http_request::HttpRequest;
use super::outcome::{Outcome, OutcomeReason};
use super::rejection::Rejection;
use super::route::{Route, is_datasync, route};

named_enum! {
    /// The requests that a gateway rejects.
    ///
    /// ```
    /// use pubnub_access::gateway::{Enforcement, HttpRequest, Precheck};
    /// use pubnub_access::Policy;
    ///
    /// // Without a credential nobody knows: the keyset may do without Access Manager.
    /// let http = HttpRequest::new("GET", "/v3/history/sub-key/demo/channel/room-1?uuid=alice");
    /// let precheck = Precheck::new(Policy::new());
    /// assert!(precheck.check(&http, 0).is_forwarded());
    /// assert!(!precheck.enforcement(Enforcement::CertainPermissions).check(&http, 0).is_forwarded());
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub enum Enforcement, "enforcement", name {
        /// Those that are certainly denied. Requests in doubt are forwarded, and the service
        /// decides.
        #[default]
        CertainDenials = "denials",
        /// All except those that are certainly allowed. For a gateway in front of a service that
        /// does not check tokens itself.
        CertainPermissions = "permissions",
    }
}

named_enum! {
    /// The treatment of requests that no token decides.
    ///
    /// ```
    /// use pubnub_access::gateway::{Fallback, HttpRequest, Precheck};
    /// use pubnub_access::Policy;
    ///
    /// let precheck = Precheck::new(Policy::new()).without_credential(Fallback::Reject);
    /// let http = HttpRequest::new("GET", "/v3/history/sub-key/demo/channel/room-1?uuid=alice");
    /// assert!(!precheck.check(&http, 0).is_forwarded());
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub enum Fallback, "fallback", name {
        /// They are in doubt: the [`Enforcement`] decides.
        #[default]
        InDoubt = "in-doubt",
        /// Forward them.
        Forward = "forward",
        /// Reject them.
        Reject = "reject",
    }
}

/// The rules of a gateway. They consist of its policy, its strictness, and its treatment of
/// requests that no token decides.
///
/// ```
/// use pubnub_access::gateway::{HttpRequest, OutcomeReason, Precheck};
/// use pubnub_access::Policy;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// # let (token, now) = (text.trim().replace('=', "%3D"), pubnub_access::UnverifiedToken::parse(text.trim())?.issued_at());
/// let precheck = Precheck::new(Policy::new());
/// let target = format!("/publish/pub/sub/0/room-1/0/%22hi%22?uuid=alice&auth={token}");
/// assert!(precheck.check(&HttpRequest::new("GET", &target), now).is_forwarded());
///
/// let target = format!("/publish/pub/sub/0/elsewhere/0/%22hi%22?uuid=alice&auth={token}");
/// let outcome = precheck.check(&HttpRequest::new("GET", &target), now);
/// assert_eq!(outcome.reason(), OutcomeReason::TokenDenies);
/// assert_eq!(
///     outcome.rejection().unwrap().body(),
///     r#"{"message":"Forbidden","payload":{"channels":["elsewhere"]},"error":true,"service":"Access Manager","status":403}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Precheck<'a> {
    policy: Policy<'a>,
    limits: Limits,
    enforcement: Enforcement,
    signed: Fallback,
    without_credential: Fallback,
    without_token: Fallback,
    broken_token: Fallback,
    unrouted: Fallback,
}

impl<'a> Precheck<'a> {
    /// Creates rules that reject only certain denials and forward signed requests. All other
    /// requests that no token decides are in doubt.
    pub const fn new(policy: Policy<'a>) -> Self {
        Precheck {
            policy,
            limits: Limits::new(),
            enforcement: Enforcement::CertainDenials,
            signed: Fallback::Forward,
            without_credential: Fallback::InDoubt,
            without_token: Fallback::InDoubt,
            broken_token: Fallback::InDoubt,
            unrouted: Fallback::InDoubt,
        }
    }

    /// Sets the requests to reject; [`Enforcement::CertainDenials`] by default.
    pub const fn enforcement(mut self, enforcement: Enforcement) -> Self {
        self.enforcement = enforcement;
        self
    }

    /// Sets the limits of decoding a token.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the treatment of requests signed with the secret key; [`Fallback::Forward`] by default,
    /// since the service checks the signature. Nobody else can check one, and anybody can write
    /// one. If the upstream is not the service, reject them.
    pub const fn signed(mut self, fallback: Fallback) -> Self {
        self.signed = fallback;
        self
    }

    /// Sets the treatment of requests without any credential, which a keyset without Access Manager
    /// accepts.
    pub const fn without_credential(mut self, fallback: Fallback) -> Self {
        self.without_credential = fallback;
        self
    }

    /// Sets the treatment of requests whose `auth` is not a token, such as an authorization key of
    /// version 2.
    pub const fn without_token(mut self, fallback: Fallback) -> Self {
        self.without_token = fallback;
        self
    }

    /// Sets the treatment of requests whose `auth` begins like a token and does not decode.
    pub const fn broken_token(mut self, fallback: Fallback) -> Self {
        self.broken_token = fallback;
        self
    }

    /// Sets the treatment of requests that [`route`](crate::gateway::route()) refuses, for any
    /// [kind](RouteErrorKind) of error.
    pub const fn unrouted(mut self, fallback: Fallback) -> Self {
        self.unrouted = fallback;
        self
    }

    /// Returns the rules with another deny list.
    #[cfg(feature = "tower")]
    pub(super) fn with_deny_list<'d>(self, deny_list: &'d (dyn DenyList + Sync)) -> Precheck<'d>
    where
        'a: 'd,
    {
        Precheck { policy: self.policy.deny_list(deny_list), ..self }
    }

    /// Decides about a request. `now` is in Unix seconds.
    pub fn check(&self, request: &HttpRequest<'_>, now: u64) -> Outcome {
        self.check_routed(request, route(request), now)
    }

    /// Decides about a request that was routed already.
    pub(super) fn check_routed(
        &self,
        request: &HttpRequest<'_>,
        routed: Result<Route<'_>, RouteError>,
        now: u64,
    ) -> Outcome {
        match routed {
            Ok(route) => self.routed(&route, NameSource::Known, now),
            Err(error) if matches!(error.position(), RoutePosition::Body(_)) => {
                self.by_the_target(request, error, now)
            }
            Err(error) => self.treat(self.unrouted, OutcomeReason::NotRouted(error), None),
        }
    }

    /// Decides about a route.
    fn routed(&self, route: &Route<'_>, names: NameSource, now: u64) -> Outcome {
        let action = route.action();
        let denied = |reason, rejection| Outcome::denied(reason, Some(action), rejection);
        match (action, route.credential()) {
            (_, Credential::Signed) if route.is_datasync() && route.has_two_credentials() => {
                denied(OutcomeReason::TwoCredentials, Rejection::datasync_denied())
            }
            (_, Credential::Signed) => self.treat(self.signed, OutcomeReason::Signed, Some(action)),
            (Action::Administration(_), _) => {
                denied(OutcomeReason::SecretKeyNeeded, Rejection::forbidden())
            }
            (Action::Operation(Operation::Time), _) => {
                Outcome::allowed(OutcomeReason::NothingNeeded, action)
            }
            (_, Credential::None) if route.is_datasync() => {
                denied(OutcomeReason::NoCredential, Rejection::datasync_unauthenticated())
            }
            (_, Credential::None) => {
                self.treat(self.without_credential, OutcomeReason::NoCredential, Some(action))
            }
            (_, Credential::Auth(text)) => match UnverifiedToken::parse_with(text, self.limits) {
                Ok(token) => self.judged(route, names, &token, now),
                Err(error) if begins_like_a_token(text) => {
                    self.treat(self.broken_token, OutcomeReason::BrokenToken(error), Some(action))
                }
                Err(_) => self.treat(self.without_token, OutcomeReason::NoToken, Some(action)),
            },
        }
    }

    /// Decides by the token.
    fn judged(
        &self,
        route: &Route<'_>,
        names: NameSource,
        token: &UnverifiedToken,
        now: u64,
    ) -> Outcome {
        let action = route.action();
        let Some(request) = question(route) else {
            return self.treat(Fallback::InDoubt, OutcomeReason::RequirementUnknown, Some(action));
        };
        let decision = evaluate(token, &request, now, &self.policy);
        let doubt = match request.operation().requirements() {
            Requirements::Unknown
            | Requirements::Resources([ResourceRequirement { optional: true, .. }])
                if request.resources().is_empty() =>
            {
                OutcomeReason::RequirementUnknown
            }
            _ => OutcomeReason::TokenInDoubt,
        };
        match (decision.verdict(), names) {
            (Verdict::Allow, NameSource::Known) => {
                return Outcome::allowed(OutcomeReason::TokenAllows, action);
            }
            (Verdict::Indeterminate, NameSource::Known)
                if self.enforcement == Enforcement::CertainDenials =>
            {
                return Outcome::in_doubt(doubt, Some(action));
            }
            _ => {}
        }
        let explanation = explain(token, &request, now, &self.policy);
        if names == NameSource::Supposed
            && !is_denied_in_any_case(&explanation, route.named_in_body())
        {
            return self.treat(Fallback::InDoubt, OutcomeReason::BodyNeeded, Some(action));
        }
        let (reason, rejection) = refusal(&explanation, names);
        let rejection = answer_to(Some(action), rejection);
        match decision.verdict() {
            Verdict::Deny => Outcome::denied(reason, Some(action), rejection),
            _ => Outcome::rejected_in_doubt(doubt, Some(action), rejection),
        }
    }

    /// Decides about a request whose body is missing or unreadable. Its target can suffice to deny
    /// it. The names in the body of a change to members need no permission; in other bodies, they
    /// can only add requirements.
    fn by_the_target(&self, request: &HttpRequest<'_>, error: RouteError, now: u64) -> Outcome {
        let unrouted = |error| self.treat(self.unrouted, OutcomeReason::NotRouted(error), None);
        let route = match route(&request.supposing(SUPPOSED)) {
            Ok(route) => route,
            Err(error) => return unrouted(error),
        };
        let names = match (route.action(), route.named_in_body()) {
            (Action::Operation(operation), Some(kind))
                if operation
                    .requirements()
                    .of(kind)
                    .is_some_and(|access| access.permission.is_none()) =>
            {
                NameSource::Known
            }
            _ => NameSource::Supposed,
        };
        let outcome = self.routed(&route, names, now);
        // Nobody documents how the service treats an unreadable body, so such a request is never
        // allowed.
        let decided = error.kind() == RouteErrorKind::BodyNeeded
            || outcome.verdict() == Verdict::Deny
            || matches!(outcome.reason(), OutcomeReason::Signed);
        if decided { outcome } else { unrouted(error) }
    }

    /// Returns the outcome of a request that no token decides.
    fn treat(&self, fallback: Fallback, reason: OutcomeReason, action: Option<Action>) -> Outcome {
        match (fallback, self.enforcement) {
            (Fallback::Forward, _) => Outcome::in_doubt(reason, action),
            (Fallback::InDoubt, Enforcement::CertainDenials) => Outcome::in_doubt(reason, action),
            (Fallback::Reject, _) | (_, Enforcement::CertainPermissions) => {
                Outcome::rejected_in_doubt(
                    reason,
                    action,
                    answer_to(action, Rejection::forbidden()),
                )
            }
        }
    }
}

/// The source of the names in a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameSource {
    Known,
    /// One name is made up, since the body is missing.
    Supposed,
}

/// A body that names something under every key.
const SUPPOSED: &[u8] = br#"{"set":[{"channel":{"id":"-"},"uuid":{"id":"-"}}],"data":{"id":"-"}}"#;

/// Returns the rejection in the form of the addressed part of the service. DataSync has one for all
/// denials.
fn answer_to(action: Option<Action>, rejection: Rejection) -> Rejection {
    if action.is_some_and(is_datasync) { Rejection::datasync_denied() } else { rejection }
}

/// Returns the question that a token answers. If the requirements of a route are not known, an
/// operation with unknown requirements stands for it: the token has to be valid, and nothing more
/// is certain.
fn question<'r>(route: &'r Route<'_>) -> Option<Request<'r>> {
    if let Action::Operation(_) = route.action() {
        return route.request();
    }
    let unknown = Request::builder(Operation::ListGroups);
    let unknown =
        route.user_id().into_iter().fold(unknown, |request, user_id| request.user_id(user_id));
    unknown.build().ok()
}

/// Reports whether a request is denied whatever its body names.
fn is_denied_in_any_case(
    explanation: &Explanation<'_>,
    named_in_body: Option<ResourceKind>,
) -> bool {
    let denied = |report: &RequirementReport<'_>| {
        report.verdict == Verdict::Deny && report.requirement.kind != named_in_body
    };
    explanation.conditions().iter().any(|report| report.verdict == Verdict::Deny)
        || explanation.requirements().iter().any(denied)
}

/// Returns the reason for a denial, and the service's answer. The order of the service's checks is
/// not documented; here the conditions on the token come before its grants.
fn refusal(explanation: &Explanation<'_>, names: NameSource) -> (OutcomeReason, Rejection) {
    let failed = explanation.conditions().iter().find(|report| report.verdict == Verdict::Deny);
    match failed.map(|report| (report.condition, &report.reason)) {
        Some((Condition::Time, _)) => return (OutcomeReason::TokenExpired, Rejection::expired()),
        Some((Condition::Revocation, _)) => {
            return (OutcomeReason::TokenRevoked, Rejection::revoked());
        }
        Some((Condition::AuthorizedUser, Reason::UserMissing { .. })) => {
            return (OutcomeReason::UserMissing, Rejection::forbidden());
        }
        Some(_) => return (OutcomeReason::UserDiffers, Rejection::forbidden()),
        None => {}
    }
    let reports = explanation.requirements();
    // A request can be denied though no single requirement is, if each reading denies another one.
    let worst = if reports.iter().any(|report| report.verdict == Verdict::Deny) {
        |verdict: Verdict| verdict == Verdict::Deny
    } else {
        |verdict: Verdict| verdict != Verdict::Allow
    };
    let of_kind = |kind| {
        let refused = reports
            .iter()
            .filter(move |report| report.requirement.kind == Some(kind) && worst(report.verdict));
        refused
            .filter_map(|report| report.requirement.name.as_deref())
            .filter(|_| names == NameSource::Known)
    };
    let channels: Vec<&str> = of_kind(ResourceKind::Channel).collect();
    let groups: Vec<&str> = of_kind(ResourceKind::Group).collect();
    (OutcomeReason::TokenDenies, Rejection::forbidden_for(&channels, &groups))
}

/// Reports whether a text begins like the service's tokens. They begin with a map of up to 15
/// sections, whose first key is `v`. Only the reason depends on this, since `auth` can be any text.
fn begins_like_a_token(text: &str) -> bool {
    matches!(text.as_bytes(), [b'o'..=b'r', _, b'F', b'2', ..])
}
