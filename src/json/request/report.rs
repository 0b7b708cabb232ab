//! The answer about one request.

use crate::decision::{Requirement, Verdict};
use crate::explain::{ConditionReport, Explanation, RequirementReport};
use crate::gateway::{
    Action, Credential, HttpRequest, Outcome, OutcomeReason, Precheck, Rejection, Route,
    RouteError, RoutePosition, route,
};
use crate::json::check::CheckAnswer;
use crate::json::error::QuestionError;
use crate::json::pasted::{Auth, AuthState, Pasted, Target};
use crate::operation::Operation;
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

use super::{HarEntry, RequestOptions};

/// A body that names something, in each of the ways in which one does, to read what else a request
/// asks for.
const STAND_IN: &[u8] = br#"{"set":[{"channel":{"id":"-"},"uuid":{"id":"-"}}],"data":{"id":"-"}}"#;

/// Where the token of an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenSource {
    /// From the request.
    Request,
    /// It was given to be supposed.
    Given,
    /// It is the one at hand.
    AtHand,
    /// It is blotted out in the request, and none was given instead.
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
        target: &Target,
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

/// The question that a token answers. Where it is not known what is needed, one of which that is
/// not known either: only what it says of the token counts.
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

/// The answer about a request: what it asks for, what the gateway does, and why.
///
/// Serializes as the object of `request --format json`.
#[derive(Clone, Copy)]
pub struct RequestReport<'a> {
    pub(super) pasted: &'a Pasted,
    pub(super) entry: Option<HarEntry>,
    pub(super) target: &'a Target,
    pub(super) source: TokenSource,
    /// What the request's own `auth` is.
    pub(super) auth: Option<AuthState>,
    pub(super) outcome: &'a Outcome,
    /// What is asked for, where it is understood.
    pub(super) route: Option<&'a Route<'a>>,
    /// Why the body was not read, so that some of the names are made up.
    pub(super) unread: Option<RouteError>,
    /// What the token says of it.
    pub(super) check: Option<&'a CheckAnswer<'a>>,
    /// What would come of it with the token at hand.
    pub(super) supposed: Option<&'a RequestReport<'a>>,
}

impl<'a> RequestReport<'a> {
    /// The verdict: that of the gateway, and deny where the service takes no such request.
    pub fn verdict(&self) -> Verdict {
        if self.excess().is_some() { Verdict::Deny } else { self.outcome.verdict() }
    }

    /// The entry of a HAR file that it is.
    #[must_use]
    pub fn entry(&self) -> Option<HarEntry> {
        self.entry
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a str {
        &self.pasted.method
    }

    /// What is asked for, where it is understood.
    #[must_use]
    pub fn route(&self) -> Option<&'a Route<'a>> {
        self.route
    }

    /// What the gateway answers in place of the service; nothing where the request is forwarded.
    #[must_use]
    pub fn rejection(&self) -> Option<&'a Rejection> {
        self.outcome.rejection()
    }

    /// Where the token comes from.
    #[must_use]
    pub fn token_source(&self) -> TokenSource {
        self.source
    }

    /// The same request with the token at hand, where it carries none itself.
    #[must_use]
    pub fn with_token_at_hand(&self) -> Option<&'a RequestReport<'a>> {
        self.supposed
    }

    /// Whether a token bears on the request at all.
    pub(super) fn takes_token(&self) -> bool {
        matches!(self.route.map(Route::credential), Some(Credential::Auth(_)))
    }

    pub(super) fn action(&self) -> Option<Action> {
        self.route.map(Route::action)
    }

    /// The names of a kind, but for those that are made up.
    pub fn names(&self, kind: ResourceKind) -> impl Iterator<Item = &'a str> {
        let known = self.made_up() != Some(kind);
        let resources = self.route.into_iter().flat_map(Route::resources);
        resources
            .filter(move |resource| known && resource.kind == kind)
            .map(|resource| resource.name)
    }

    /// The kind of the credential, as a stable code.
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

    /// What is wrong with the token, if it does not decode.
    #[must_use]
    pub fn token_error(&self) -> Option<QuestionError> {
        match (self.outcome.reason(), self.route?.credential()) {
            (OutcomeReason::BrokenToken(error), Credential::Auth(text)) => {
                Some(QuestionError::of_token(text, &error))
            }
            _ => None,
        }
    }

    /// The whole answer of `check`, where nothing in it is about a name that is made up.
    #[must_use]
    pub fn check(&self) -> Option<&'a CheckAnswer<'a>> {
        let Some(Action::Operation(_)) = self.action() else { return None };
        self.check.filter(|check| self.made_up_in(check.explanation()).next().is_none())
    }

    /// How the conditions on the token turned out, where there is one.
    #[must_use]
    pub fn conditions(&self) -> &'a [ConditionReport<'a>] {
        self.check.map_or(&[], |check| check.explanation().conditions())
    }

    /// The requirements that are known, where the body was not read.
    pub fn known_requirements(&self) -> impl Iterator<Item = &'a RequirementReport<'a>> {
        let made_up = self.made_up();
        let is_operation = matches!(self.action(), Some(Action::Operation(_)));
        let requirements = self.check.map_or(&[][..], |check| check.explanation().requirements());
        requirements.iter().filter(move |report| {
            is_operation
                && (report.requirement.kind.is_none() || report.requirement.kind != made_up)
        })
    }

    /// What is needed on the names of the body, which was not read.
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

    /// The kind of the resources that stand in for those of a body that was not read.
    pub(super) fn made_up(&self) -> Option<ResourceKind> {
        self.unread?;
        self.route?.named_in_body()
    }
}
