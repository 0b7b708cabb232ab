//! The answer about one request.

use crate::decision::{Requirement, Verdict};
use crate::explain::{ConditionReport, Explanation, RequirementReport};
use crate::gateway::{
    Action, Credential, HttpRequest, Outcome, OutcomeReason, Precheck, Rejection, Route,
    RouteError, RoutePosition, route,
};
use crate::json::check::CheckAnswer;
use crate::json::error::QuestionError;
use crate::json::pasted::{Auth, AuthState, Pasted, PastedTarget};
use crate::operation::Operation;
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

use super::{HarEntry, RequestOptions};

/// A body that names something under every key, to read the rest of a request whose body is
/// missing.
const STAND_IN: &[u8] = br#"{"set":[{"channel":{"id":"-"},"uuid":{"id":"-"}}],"data":{"id":"-"}}"#;

/// The source of the token in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenSource {
    /// From the request.
    Request,
    /// It was given in place of the request's own.
    Given,
    /// It is the one at hand.
    AtHand,
    /// It is masked in the request, and none was given instead.
    Hidden,
}

/// One request to answer.
pub(super) struct Answering<'a> {
    pub(super) pasted: &'a Pasted,
    pub(super) entry: Option<HarEntry>,
    pub(super) options: &'a RequestOptions<'a>,
    pub(super) at: u64,
}

impl Answering<'_> {
    pub(super) fn answer(&self, take: &mut impl FnMut(&RequestReport<'_>)) {
        let pasted = self.pasted;
        let state = pasted.auth().map(|Auth { state, .. }| state);
        let (target, source) = match (&self.options.token, &self.options.token_at_hand, state) {
            (Some(token), ..) => (pasted.with_auth(token), TokenSource::Given),
            (None, Some(token), Some(AuthState::Hidden)) => {
                (pasted.with_auth(token), TokenSource::AtHand)
            }
            (None, None, Some(AuthState::Hidden)) => {
                (pasted.with_auth("hidden"), TokenSource::Hidden)
            }
            _ => (pasted.as_it_is(), TokenSource::Request),
        };
        self.report(&target, source, |main| {
            let lacks_token = match main.outcome.reason() {
                OutcomeReason::NoCredential | OutcomeReason::NoToken => {
                    !matches!(state, Some(AuthState::Usable))
                }
                // The text of a variable may have characters that no URL has.
                OutcomeReason::NotRouted(_) => matches!(state, Some(AuthState::Variable(_))),
                _ => false,
            };
            match &self.options.token_at_hand {
                Some(token) if source == TokenSource::Request && lacks_token => {
                    let target = pasted.with_auth(token);
                    self.report(&target, TokenSource::AtHand, |supposed| {
                        take(&RequestReport { supposed: Some(&supposed), ..main });
                    });
                }
                _ => take(&main),
            }
        });
    }

    /// Reports on the request with the credential of a target.
    fn report<T>(
        &self,
        target: &PastedTarget,
        source: TokenSource,
        take: impl FnOnce(RequestReport<'_>) -> T,
    ) -> T {
        let http = HttpRequest::new(&self.pasted.method, &target.text);
        let body = self.pasted.body.as_deref().map(str::as_bytes);
        let http = match body.or(self.options.body.as_deref()) {
            Some(body) => http.body(body),
            None => http,
        };
        let http = self
            .pasted
            .headers()
            .fold(http, |http, (name, value)| http.header(name, value.as_bytes()));
        let policy = match &self.options.deny_list {
            Some(deny_list) => self.options.policy.deny_list(deny_list),
            None => self.options.policy,
        };
        let precheck = Precheck::new(policy).enforcement(self.options.enforcement);
        let outcome = precheck.check(&http, self.at);
        let (route, unread) = match route(&http) {
            Err(error) if matches!(error.position(), RoutePosition::Body(_)) => {
                (route(&http.supposing(STAND_IN)).ok(), Some(error))
            }
            routed => (routed.ok(), None),
        };
        let token = match route.as_ref().map(Route::credential) {
            Some(Credential::Auth(text)) => UnverifiedToken::parse(text).ok(),
            _ => None,
        };
        let request = route.as_ref().and_then(asked);
        let check = token
            .as_ref()
            .zip(request.as_ref())
            .map(|(token, request)| CheckAnswer::new(token, request, self.at, &policy));
        take(RequestReport {
            pasted: self.pasted,
            entry: self.entry,
            target,
            source,
            auth: self.pasted.auth().map(|auth| auth.state),
            outcome: &outcome,
            route: route.as_ref(),
            unread,
            check: check.as_ref(),
            supposed: None,
        })
    }
}

/// Returns the question that a token answers. If the requirements are not known, returns one about
/// an operation with unknown requirements, of which only the conditions on the token count.
fn asked<'r>(route: &'r Route<'_>) -> Option<Request<'r>> {
    match route.action() {
        Action::Operation(_) => route.request(),
        Action::Administration(_) => None,
        Action::Namespaces => {
            let unknown = Request::builder(Operation::ListGroups);
            let user_ids = route.user_id().into_iter();
            user_ids.fold(unknown, |request, user_id| request.user_id(user_id)).build().ok()
        }
    }
}

/// The answer about a request: its action, the gateway's outcome, and the reasons.
///
/// Serializes as the object of `request --format json`.
#[derive(Clone, Copy)]
pub struct RequestReport<'a> {
    pub(super) pasted: &'a Pasted,
    pub(super) entry: Option<HarEntry>,
    pub(super) target: &'a PastedTarget,
    pub(super) source: TokenSource,
    /// The state of the request's own `auth`.
    pub(super) auth: Option<AuthState>,
    pub(super) outcome: &'a Outcome,
    /// The route, if the request is understood.
    pub(super) route: Option<&'a Route<'a>>,
    /// The reason why the body was not read, so that some of the names are made up.
    pub(super) unread: Option<RouteError>,
    /// The token's answer.
    pub(super) check: Option<&'a CheckAnswer<'a>>,
    /// The answer with the token at hand.
    pub(super) supposed: Option<&'a RequestReport<'a>>,
}

impl<'a> RequestReport<'a> {
    /// Returns the gateway's verdict, or deny if the service never accepts such a request.
    pub fn verdict(&self) -> Verdict {
        if self.excess().is_some() { Verdict::Deny } else { self.outcome.verdict() }
    }

    /// Returns its entry in the HAR file.
    #[must_use]
    pub fn entry(&self) -> Option<HarEntry> {
        self.entry
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &'a str {
        &self.pasted.method
    }

    /// Returns the route, if the request is understood.
    #[must_use]
    pub fn route(&self) -> Option<&'a Route<'a>> {
        self.route
    }

    /// Returns the gateway's answer in place of the service; `None` if the request is forwarded.
    #[must_use]
    pub fn rejection(&self) -> Option<&'a Rejection> {
        self.outcome.rejection()
    }

    /// Returns the source of the token.
    #[must_use]
    pub fn token_source(&self) -> TokenSource {
        self.source
    }

    /// Returns the report on the same request with the token at hand, if it carries none itself.
    #[must_use]
    pub fn with_token_at_hand(&self) -> Option<&'a RequestReport<'a>> {
        self.supposed
    }

    /// Reports whether a token affects the request at all.
    pub(super) fn takes_token(&self) -> bool {
        matches!(self.route.map(Route::credential), Some(Credential::Auth(_)))
    }

    pub(super) fn action(&self) -> Option<Action> {
        self.route.map(Route::action)
    }

    /// Returns the names of a kind, without made-up ones.
    pub fn names(&self, kind: ResourceKind) -> impl Iterator<Item = &'a str> {
        let known = self.made_up() != Some(kind);
        let resources = self.route.into_iter().flat_map(Route::resources);
        resources
            .filter(move |resource| known && resource.kind == kind)
            .map(|resource| resource.name)
    }

    /// Returns the kind of the credential, as a stable code.
    #[must_use]
    pub fn credential(&self) -> Option<&'static str> {
        let of_request = self.source == TokenSource::Request;
        Some(match (self.route?.credential(), self.outcome.reason(), self.auth) {
            (Credential::None, ..) => "none",
            (Credential::Signed, ..) => "signature",
            _ if self.source == TokenSource::Hidden => "hidden",
            (_, OutcomeReason::BrokenToken(_), _) => "broken_token",
            (_, OutcomeReason::NoToken, Some(AuthState::Variable(_))) if of_request => "variable",
            (_, OutcomeReason::NoToken, _) => "auth_key",
            _ => "token",
        })
    }

    /// Returns the error of a token that does not decode.
    #[must_use]
    pub fn token_error(&self) -> Option<QuestionError> {
        match (self.outcome.reason(), self.route?.credential()) {
            (OutcomeReason::BrokenToken(error), Credential::Auth(text)) => {
                Some(QuestionError::of_token(text, &error))
            }
            _ => None,
        }
    }

    /// Returns the whole answer of `check`, unless it is about a made-up name.
    #[must_use]
    pub fn check(&self) -> Option<&'a CheckAnswer<'a>> {
        let Some(Action::Operation(_)) = self.action() else { return None };
        self.check.filter(|check| self.made_up_in(check.explanation()).next().is_none())
    }

    /// Returns the results of the conditions on the token, if there is one.
    #[must_use]
    pub fn conditions(&self) -> &'a [ConditionReport<'a>] {
        self.check.map_or(&[], |check| check.explanation().conditions())
    }

    /// Returns the known requirements, if the body was not read.
    pub fn known_requirements(&self) -> impl Iterator<Item = &'a RequirementReport<'a>> {
        let made_up = self.made_up();
        let is_operation = matches!(self.action(), Some(Action::Operation(_)));
        let requirements = self.check.map_or(&[][..], |check| check.explanation().requirements());
        requirements.iter().filter(move |report| {
            is_operation
                && (report.requirement.kind.is_none() || report.requirement.kind != made_up)
        })
    }

    /// Returns the requirement on the names of a body that was not read.
    #[must_use]
    pub fn requirement_of_body(&self) -> Option<&'a Requirement<'a>> {
        let check = self.check?;
        self.made_up_in(check.explanation()).next().map(|report| &report.requirement)
    }

    fn made_up_in<'e>(
        &self,
        explanation: &'e Explanation<'e>,
    ) -> impl Iterator<Item = &'e RequirementReport<'e>> {
        let made_up = self.made_up();
        explanation.requirements().iter().filter(move |report| {
            report.requirement.kind.is_some() && report.requirement.kind == made_up
        })
    }

    /// Returns the kind of the made-up names, if the body was not read.
    pub(super) fn made_up(&self) -> Option<ResourceKind> {
        self.unread?;
        self.route?.named_in_body()
    }
}
