//! What a gateway would do with an HTTP request that was pasted, and why.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::arithmetic::CannotOverflow;
use crate::decision::{Requirement, Verdict};
use crate::explain::{ConditionReport, Explanation, RequirementReport};
use crate::gateway::{
    Action, Administration, Credential, Enforcement, HttpRequest, Outcome, OutcomeReason, Precheck,
    Rejection, Route, RouteError, RouteErrorKind, RoutePosition, route,
};
use crate::operation::{Operation, Requirements};
use crate::policy::Policy;
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::revocation::RevocationList;
use crate::token::{Limits, UnverifiedToken};

use super::check::CheckAnswer;
use super::error::QuestionError;
use super::hint::hint;
use super::members::{Members, missing};
use super::pasted::{Auth, AuthState, Entry, HarFile, Pasted, Target};
use super::remedy::Addition;
use super::secrets::pointed;
use super::settings::read_policy;
use super::time::parse_time;

/// The keys of the question.
const KEYS: [&str; 11] = [
    "command",
    "id",
    "pasted",
    "method",
    "body",
    "token",
    "token_at_hand",
    "at",
    "policy",
    "deny_list",
    "enforce",
];

/// The longest text that is no HAR file, in bytes: more than the longest target and body that are
/// routed.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The requests of a HAR file that are answered, at most: first those that were refused.
const MOST_REQUESTS: usize = 200;

/// The longest request that the service takes, in bytes: it answers 414 to more.
const LONGEST_TARGET: usize = Limits::DEFAULT_TEXT_LEN;

/// A body that names something, in each of the ways in which one does, to read what else a request
/// asks for.
const STAND_IN: &[u8] = br#"{"set":[{"channel":{"id":"-"},"uuid":{"id":"-"}}],"data":{"id":"-"}}"#;

/// What an answer about a request takes beside the request.
#[derive(Debug, Clone, Default)]
pub struct RequestOptions<'p> {
    /// The text of a token to suppose in place of the request's own.
    pub token: Option<String>,
    /// The text of a token that one has at hand: where the request carries none, the answer says
    /// what it would be with this one; where the request's own is blotted out, it stands for it.
    pub token_at_hand: Option<String>,
    /// The body, where what was pasted has none.
    pub body: Option<Vec<u8>>,
    /// The time, in Unix seconds; that of a HAR file's entry comes before it.
    pub at: u64,
    /// The policy.
    pub policy: Policy<'p>,
    /// The revoked tokens, where the policy has no deny list.
    pub deny_list: Option<RevocationList>,
    /// What the gateway turns away.
    pub enforcement: Enforcement,
}

/// Requests as they were pasted: one, or those of a HAR file.
#[derive(Debug, Clone, Default)]
pub struct PastedRequests {
    requests: Vec<(Pasted, Option<HarEntry>)>,
    is_file: bool,
    others: usize,
    left_out: usize,
}

/// Where a request stands in a HAR file, and what came of it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct HarEntry {
    /// The number of the entry, counted from 1.
    pub number: usize,
    /// The status that it was answered with.
    pub status: Option<i64>,
    /// When it was made, in Unix seconds.
    started: Option<u64>,
}

impl PastedRequests {
    /// Reads a text: a URL or a path, perhaps behind its method, the line of an access log, a call
    /// of `curl`, `wget`, `fetch`, `Invoke-WebRequest` or `Invoke-RestMethod`, a message of HTTP, a
    /// HAR file or an entry of one.
    ///
    /// ```
    /// use pubnub_access::json::PastedRequests;
    ///
    /// assert!(PastedRequests::read("curl 'https://ps.pndsn.com/time/0' --compressed").is_ok());
    /// assert!(PastedRequests::read("nonsense").is_err());
    /// ```
    ///
    /// # Errors
    /// Anything else, and more than 1 MiB that is no HAR file.
    pub fn read(text: &str) -> Result<Self, QuestionError> {
        if let Some(file) = HarFile::of(text)? {
            return Self::of_file(&file);
        }
        if text.trim_start().starts_with('{') {
            let error = "this is JSON, and no HAR file: expected `log`, `request` or `url` in it";
            return Err(QuestionError::new("no_url", error));
        }
        if text.len() > LONGEST_TEXT {
            return Err(QuestionError::too_long("the text", LONGEST_TEXT));
        }
        Ok(Self::one(Pasted::read(text)?))
    }

    /// Reads the words of a command line, which a shell has cut already.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_words(words: &[String]) -> Result<Self, QuestionError> {
        match words {
            [text] => Self::read(text),
            words => Ok(Self::one(Pasted::read_words(words)?)),
        }
    }

    fn one(pasted: Pasted) -> Self {
        PastedRequests { requests: Vec::from([(pasted, None)]), ..Self::default() }
    }

    fn of_file(file: &HarFile<'_>) -> Result<Self, QuestionError> {
        let mut read = PastedRequests { is_file: true, ..Self::default() };
        let mut forbidden = Vec::new();
        let mut number = 0_usize;
        file.read(|entry| {
            number = number.plus(1);
            let status = entry.status;
            match request_of(entry, number) {
                None => read.others = read.others.plus(1),
                Some(request) => {
                    let list =
                        if status == Some(403) { &mut forbidden } else { &mut read.requests };
                    if list.len() < MOST_REQUESTS {
                        list.push(request);
                    } else {
                        read.left_out = read.left_out.plus(1);
                    }
                }
            }
        })?;
        forbidden.append(&mut read.requests);
        read.left_out = read.left_out.plus(forbidden.len().saturating_sub(MOST_REQUESTS));
        forbidden.truncate(MOST_REQUESTS);
        read.requests = forbidden;
        Ok(read)
    }

    /// Whether they are those of a HAR file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// How many entries of the file are no requests of PubNub's interface.
    #[must_use]
    pub fn others(&self) -> usize {
        self.others
    }

    /// How many requests of the file are beyond the 200 that are answered.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Joins the JSON of all answers: that of one request, or the object of a HAR file.
    #[must_use]
    pub fn join(&self, answers: &[String]) -> String {
        let answers = answers.join(",");
        if !self.is_file {
            return answers;
        }
        format!(
            "{{\"requests\":[{answers}],\"other_requests\":{},\"left_out\":{}}}",
            self.others, self.left_out
        )
    }

    /// Whether a token at hand bears on an answer: some request carries none, or one that is
    /// blotted out.
    #[must_use]
    pub fn uses_token_at_hand(&self) -> bool {
        let carries_one =
            |pasted: &Pasted| pasted.auth().is_some_and(|auth| auth.state == AuthState::Usable);
        !self.requests.iter().all(|(pasted, _)| carries_one(pasted))
    }

    /// Whether the method was given, or is supposed.
    #[must_use]
    pub fn has_method(&self) -> bool {
        self.requests.iter().all(|(pasted, _)| pasted.has_method)
    }

    /// Answers each of them, those that were refused with 403 first.
    pub fn answer(&self, options: &RequestOptions<'_>, mut take: impl FnMut(&RequestReport<'_>)) {
        for (pasted, entry) in &self.requests {
            let at = entry.and_then(|entry| entry.started).unwrap_or(options.at);
            Answering { pasted, entry: *entry, options, at }.answer(&mut take);
        }
    }
}

/// The request of an entry, if it is one of PubNub's interface.
fn request_of(entry: Entry, number: usize) -> Option<(Pasted, Option<HarEntry>)> {
    let method = entry.method.as_deref().unwrap_or("GET");
    let url = entry.url.as_deref()?.split('#').next().unwrap_or_default();
    let mut pasted = Pasted::of(Some(method), url).ok()?;
    if let Err(error) = route(&HttpRequest::new(method, pasted.target())) {
        let is_preflight = error.kind() == RouteErrorKind::WrongMethod && method == "OPTIONS";
        if error.kind() == RouteErrorKind::NotPubNub || is_preflight {
            return None;
        }
    }
    pasted.body = entry.body;
    let started = entry.started.and_then(|started| parse_time(&started).ok());
    Some((pasted, Some(HarEntry { number, status: entry.status, started })))
}

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
struct Answering<'a> {
    pasted: &'a Pasted,
    entry: Option<HarEntry>,
    options: &'a RequestOptions<'a>,
    at: u64,
}

impl Answering<'_> {
    fn answer(&self, take: &mut impl FnMut(&RequestReport<'_>)) {
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
            let lacks_token = matches!(
                main.outcome.reason(),
                OutcomeReason::NoCredential | OutcomeReason::NoToken
            ) && !matches!(state, Some(AuthState::Usable));
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
                (route(&http.body(STAND_IN)).ok(), Some(error))
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
    pasted: &'a Pasted,
    entry: Option<HarEntry>,
    target: &'a Target,
    source: TokenSource,
    /// What the request's own `auth` is.
    auth: Option<AuthState>,
    outcome: &'a Outcome,
    /// What is asked for, where it is understood.
    route: Option<&'a Route<'a>>,
    /// Why the body was not read, so that some of the names are made up.
    unread: Option<RouteError>,
    /// What the token says of it.
    check: Option<&'a CheckAnswer<'a>>,
    /// What would come of it with the token at hand.
    supposed: Option<&'a RequestReport<'a>>,
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

    /// By how many bytes the request is longer than the service takes.
    #[must_use]
    pub fn excess(&self) -> Option<usize> {
        self.pasted.target().len().checked_sub(LONGEST_TARGET).filter(|excess| *excess > 0)
    }

    /// The stable code of the reason.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.excess() {
            Some(_) => "too_long_for_service",
            None => self.outcome.reason().code(),
        }
    }

    /// Why, in a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        if let Some(excess) = self.excess() {
            return format!(
                "the service answers 414 to more than 32 KiB ({LONGEST_TARGET} bytes), and path \
                 and query have {} bytes, {excess} too many: name fewer channels at a time",
                self.pasted.target().len()
            );
        }
        let message = match self.outcome.reason() {
            OutcomeReason::NotRouted(error) => format!("it is not understood: {}", fault(&error)),
            OutcomeReason::NoCredential if self.is_datasync() => {
                "this request carries neither a token (no `auth` in its query) nor a signature, \
                 which DataSync answers with 401"
                    .into()
            }
            OutcomeReason::NoCredential => self.without_token(),
            OutcomeReason::NoToken => match self.auth {
                Some(AuthState::Variable(_)) if self.source == TokenSource::Request => {
                    self.without_token()
                }
                _ => self.outcome.reason().to_string(),
            },
            OutcomeReason::TokenInDoubt => {
                let deciding = self.check.and_then(|check| check.decided_by().first());
                deciding.map_or_else(|| self.outcome.reason().to_string(), ToString::to_string)
            }
            reason => reason.to_string(),
        };
        match self.auth {
            Some(AuthState::Usable | AuthState::Hidden) => message,
            _ if self.source == TokenSource::Given && self.takes_token() => {
                format!("{message}, supposing the token; as it is, {}", self.without_token())
            }
            _ => message,
        }
    }

    /// That the request carries no token, and what comes of it.
    fn without_token(&self) -> String {
        let consequence = "with Access Manager on, that alone is answered 403";
        match self.auth {
            Some(AuthState::Variable(variable)) => format!(
                "this request carries no token: its `auth` is the text of a variable that held \
                 none ({}): {consequence}",
                variable.what()
            ),
            Some(AuthState::Empty) => {
                format!("this request carries no token (its `auth` is empty): {consequence}")
            }
            _ => format!("this request carries no token (no `auth` in its query): {consequence}"),
        }
    }

    fn is_datasync(&self) -> bool {
        matches!(self.action(), Some(Action::Operation(operation)) if operation.area() == "datasync")
    }

    /// Whether a token bears on the request at all.
    fn takes_token(&self) -> bool {
        matches!(self.route.map(Route::credential), Some(Credential::Auth(_)))
    }

    fn action(&self) -> Option<Action> {
        self.route.map(Route::action)
    }

    /// What is asked for, for people.
    #[must_use]
    pub fn what(&self) -> String {
        match self.action() {
            Some(Action::Operation(operation)) => {
                // Only the body tells a change that sets from one that removes, and both need the
                // same.
                let changes =
                    matches!(operation, Operation::SetMemberships | Operation::SetChannelMembers);
                let or_remove =
                    if self.unread.is_some() && changes { ", or to remove" } else { "" };
                format!("{operation}{or_remove}")
            }
            Some(Action::Administration(what)) => {
                format!("{} (Access Manager itself)", what.code().replace('_', " "))
            }
            Some(Action::Namespaces) => "namespaces of channel groups".into(),
            None => "not known".into(),
        }
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
    fn made_up(&self) -> Option<ResourceKind> {
        self.unread?;
        self.route?.named_in_body()
    }

    /// The URL with a caret under the place that is not understood, without its secrets; or another
    /// line that tells the place.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let OutcomeReason::NotRouted(error) = self.outcome.reason() else { return None };
        Some(match error.position() {
            RoutePosition::Target(at) => pointed(&self.pasted.url, self.target.place_in_url(at)),
            RoutePosition::Body(at) => format!("  at byte {at} of the body\n"),
            RoutePosition::Method => {
                format!("  the method is {}\n", crate::display::Escaped(&self.pasted.method))
            }
        })
    }

    /// What to do about it, in sentences.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        if let Some(check) = self.check() {
            return check.advice();
        }
        let denied = self.known_requirements().filter(|report| report.verdict == Verdict::Deny);
        let grants: Vec<String> =
            denied.map(|report| Addition(&report.requirement).to_string()).collect();
        if grants.is_empty() {
            return Vec::new();
        }
        Vec::from([format!("to allow that much of it, grant: {}", grants.join(" "))])
    }

    /// What else is to know.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: VecDeque<String> = self.pasted.notes.iter().cloned().collect();
        let mut note = |text: &str| notes.push_back(text.into());
        match (self.source, self.auth) {
            (TokenSource::Given, Some(AuthState::Usable)) => {
                note("the URL's `auth` is left aside for --token");
            }
            (TokenSource::Hidden, _) => {
                note(
                    "the URL's `auth` is blotted out: give the token with --token or in PUBNUB_TOKEN",
                );
            }
            _ => {}
        }
        match self.outcome.reason() {
            OutcomeReason::BodyNeeded => {
                note("what it is about stands in its body: give it with --body");
            }
            OutcomeReason::NotRouted(error)
                if error.kind() == RouteErrorKind::WrongMethod && !self.pasted.has_method =>
            {
                note("no METHOD was given before the URL, and GET is supposed");
            }
            OutcomeReason::NoCredential if self.supposed.is_none() => {
                note("a token can be given with --token or in PUBNUB_TOKEN");
            }
            _ => {}
        }
        if let Some(error) = self.unread.filter(|error| error.kind() != RouteErrorKind::BodyNeeded)
        {
            note(&format!("the rest was not read: {error}"));
        }
        if self.source == TokenSource::Given
            && matches!(
                self.route.map(Route::credential),
                Some(Credential::None | Credential::Signed)
            )
        {
            note("--token is left aside: the request is signed, or takes no token");
        }
        if let (OutcomeReason::NoToken, Some(Credential::Auth(text)), Some(AuthState::Usable)) =
            (self.outcome.reason(), self.route.map(Route::credential), self.auth)
        {
            let error = UnverifiedToken::parse(text).err();
            if let Some(hint) = error.and_then(|error| hint(text, error.kind())) {
                note(&format!("the URL's `auth` is no token: {hint}"));
            }
        }
        if let Some(Action::Operation(operation)) = self.action() {
            if needs_token_alone(operation) && self.route.is_some_and(|route| !is_signed(route)) {
                note(&format!(
                    "{operation} needs no permission, but the service checks the token of every \
                     request: it must be one that is valid, for this user, and not revoked"
                ));
            }
            if operation != Operation::Time
                && self.route.is_some_and(|route| route.user_id().is_none())
            {
                note(
                    "it names no requester (no `uuid` in its query): newer versions of the service \
                     answer 400 \"No UUID specified\"",
                );
            }
        }
        notes.into()
    }
}

/// Whether an operation needs a token and no permission.
fn needs_token_alone(operation: Operation) -> bool {
    match operation.requirements() {
        Requirements::Resources(accesses) => {
            accesses.iter().all(|access| access.permission.is_none())
        }
        Requirements::ValidToken { .. } => true,
        _ => false,
    }
}

fn is_signed(route: &Route<'_>) -> bool {
    route.credential() == Credential::Signed
}

/// What is wrong, without the place.
fn fault(error: &RouteError) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, fault)| fault.into())
}

impl Serialize for RequestReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let route = self.route;
        let operation = match self.action() {
            Some(Action::Operation(operation)) => Some(operation),
            _ => None,
        };
        let mut report = serializer.serialize_map(None)?;
        if let Some(entry) = self.entry {
            report.serialize_entry("entry", &entry.number)?;
            report.serialize_entry("status", &entry.status)?;
        }
        report.serialize_entry("verdict", &self.verdict())?;
        report.serialize_entry("forwarded", &self.outcome.is_forwarded())?;
        report.serialize_entry("reason", self.reason())?;
        report.serialize_entry("message", &self.message())?;
        report.serialize_entry("method", &self.pasted.method)?;
        report.serialize_entry("action", &route.map(ActionForm::of))?;
        report.serialize_entry("operation", &operation)?;
        report.serialize_entry("subscribe_key", &route.and_then(Route::subscribe_key))?;
        let kinds = ResourceKind::ALL.iter().copied();
        for kind in kinds.filter(|kind| *kind != ResourceKind::Space) {
            let key = kind.plural().trim_start_matches("datasync:");
            report.serialize_entry(key, &self.names(kind).collect::<Vec<_>>())?;
        }
        report.serialize_entry("user_id", &route.and_then(Route::user_id))?;
        report.serialize_entry("credential", &self.credential())?;
        let rejection = self.outcome.rejection().map(|rejection| RejectionForm {
            status: rejection.status(),
            body: serde_json::from_str(rejection.body()).ok(),
        });
        report.serialize_entry("rejection", &rejection)?;
        report.serialize_entry("check", &self.check())?;
        let partial = (self.check().is_none() && self.check.is_some()).then(|| PartialCheck {
            conditions: self.conditions(),
            requirements: self.known_requirements().collect(),
        });
        report.serialize_entry("partial_check", &partial)?;
        let error = match self.outcome.reason() {
            OutcomeReason::NotRouted(error) => Some(RouteErrorForm::of(&error, self.target)),
            _ => None,
        };
        report.serialize_entry("route_error", &error)?;
        report.serialize_entry("token_error", &self.token_error())?;
        report.serialize_entry("advice", &self.advice())?;
        report.serialize_entry("notes", &self.notes())?;
        report.serialize_entry("with_token_at_hand", &self.supposed)?;
        report.end()
    }
}

/// The conditions and the requirements that are known, where some are not.
#[derive(Serialize)]
struct PartialCheck<'a> {
    conditions: &'a [ConditionReport<'a>],
    requirements: Vec<&'a RequirementReport<'a>>,
}

/// The type of an action, and what belongs to it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ActionForm {
    Operation { operation: Operation },
    Administration { administration: Administration },
    Namespaces,
}

impl ActionForm {
    fn of(route: &Route<'_>) -> Self {
        match route.action() {
            Action::Operation(operation) => ActionForm::Operation { operation },
            Action::Administration(administration) => ActionForm::Administration { administration },
            Action::Namespaces => ActionForm::Namespaces,
        }
    }
}

#[derive(Serialize)]
struct RejectionForm<'a> {
    status: u16,
    body: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct RouteErrorForm {
    kind: RouteErrorKind,
    part: &'static str,
    position: Option<usize>,
    message: String,
}

impl RouteErrorForm {
    fn of(error: &RouteError, target: &Target) -> Self {
        let (part, position) = match error.position() {
            RoutePosition::Target(at) => ("url", Some(target.place_in_url(at))),
            RoutePosition::Body(at) => ("body", Some(at)),
            RoutePosition::Method => ("method", None),
        };
        RouteErrorForm { kind: error.kind(), part, position, message: fault(error) }
    }
}

/// Reads the question.
pub(super) fn read(
    members: &Members<'_>,
) -> Result<(PastedRequests, RequestOptions<'static>), QuestionError> {
    members.check_keys(&KEYS)?;
    let pasted = members.text_or_json("pasted")?.ok_or_else(|| missing("pasted"))?;
    let mut requests = PastedRequests::read(&pasted)?;
    if let (Some(method), [(pasted, None)]) =
        (members.optional::<String>("method", "a string")?, requests.requests.as_mut_slice())
    {
        (pasted.method, pasted.has_method) = (method, true);
    }
    let enforcement = members.optional("enforce", "denials or permissions")?;
    let at = members.time("at")?;
    // The entries of a HAR file tell their own times.
    let has_time = |entry: &Option<HarEntry>| entry.is_some_and(|entry| entry.started.is_some());
    let needs_time = !requests.requests.iter().all(|(_, entry)| has_time(entry));
    let at = if needs_time { at } else { at.or(Some(0)) };
    let token = |key| {
        let text: Option<String> = members.optional(key, "a string")?;
        if let Some((text, error)) =
            text.as_deref().and_then(|text| Some((text, UnverifiedToken::parse(text).err()?)))
        {
            return Err(QuestionError::of_token(text, &error));
        }
        Ok(text)
    };
    let options = RequestOptions {
        token: token("token")?,
        token_at_hand: token("token_at_hand")?,
        body: members.text_or_json("body")?.map(String::into_bytes),
        at: at.ok_or_else(|| missing("at"))?,
        policy: read_policy(members, Policy::new())?,
        deny_list: members.deny_list()?,
        enforcement: enforcement.unwrap_or_default(),
    };
    Ok((requests, options))
}

/// Answers each, as JSON.
pub(super) fn to_json(requests: &PastedRequests, options: &RequestOptions<'_>) -> String {
    let mut answers = Vec::new();
    requests.answer(options, |report| answers.push(super::to_json(report)));
    requests.join(&answers)
}
