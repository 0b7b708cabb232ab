//! Learning from a keyset's answers, in lines of observations or in a HAR file.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::Serializer;

use crate::gateway::{Credential, HttpRequest, RouteErrorKind, route};
use crate::learn::{Learner, Lesson, ServiceAnswer};
use crate::operation::Operation;
use crate::policy::Policy;
use crate::policy::readings::{GroupNames, Precedence, Readings};
use crate::token::UnverifiedToken;

use super::LONGEST_QUESTION;
use super::check::{CheckQuestion, Defaults, KEYS as CHECK_KEYS};
use super::error::QuestionError;
use super::forms::object;
use super::members::{Members, missing};
use super::pasted::{Entry, HarFile};
use super::settings::read_policy;
use super::time::parse_time;

/// The keys of the question.
const KEYS: [&str; 4] = ["command", "id", "observations", "policy"];

/// The most contradictions, and the most skipped inputs, that are listed.
const LISTED: usize = 100;

/// The error kind of entries that are not requests to PubNub. Most HAR files are full of them.
const ANOTHER_REQUEST: &str = "another_request";

/// The policy that was learned, with the results of the observations.
///
/// Serializes as the object of `learn --format json`.
///
/// ```
/// use pubnub_access::Policy;
/// use pubnub_access::json::Learning;
///
/// let mut learning = Learning::new(&Policy::new());
/// learning.take_line(b"{\"status\": 403}");
/// assert_eq!(learning.counts().skipped, 1);
/// assert!(learning.flags().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Learning<'p> {
    learner: Learner<'p>,
    defaults: Defaults<'static>,
    counts: Counts,
    contradictions: Vec<ObservationContradiction>,
    skipped: Vec<(u64, QuestionError)>,
}

/// The number of observations with each result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Those that ruled out readings, or agree with all that remain.
    pub used: u64,
    /// Those that depend on one inferred requirement.
    pub inferred: u64,
    /// Those that depend on another doubt.
    pub in_doubt: u64,
    /// Those that no remaining reading explains.
    pub contradictions: u64,
    /// Inputs that are not observations.
    pub skipped: u64,
}

/// An observation that no remaining reading explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ObservationContradiction {
    /// The line, or the entry of a HAR file, counted from 1.
    pub line: u64,
    /// True if a reading explains it that an earlier observation ruled out.
    pub with_earlier: bool,
}

impl<'p> Learning<'p> {
    /// Starts from the settings of a policy, except its setting for doubts.
    #[must_use]
    pub fn new(policy: &Policy<'p>) -> Self {
        Learning {
            learner: Learner::new(policy),
            defaults: Defaults::default(),
            counts: Counts::default(),
            contradictions: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Learns from a line: a question of `check` without `policy`, with the `status` of the
    /// service's answer.
    pub fn take_line(&mut self, line: &[u8]) {
        let lesson = self.observe_line(line);
        self.count(lesson);
    }

    /// Records a line that is too long to be read.
    pub fn skip_line(&mut self, error: QuestionError) {
        self.count(Err(error));
    }

    /// Learns from the entries of a HAR file, and reports whether the text is one.
    ///
    /// # Errors
    /// A HAR file that is not valid JSON or has another form. Entries before the fault count.
    pub fn take_har(&mut self, text: &str) -> Result<bool, QuestionError> {
        let Some(file) = har_file(text)? else { return Ok(false) };
        file.read(|entry| {
            let lesson = observe_entry(&entry, &mut self.learner);
            self.count(lesson);
        })?;
        Ok(true)
    }

    fn observe_line(&mut self, line: &[u8]) -> Result<Lesson, QuestionError> {
        let members = super::members_of_line(line)?;
        if members.raw("policy").is_some() {
            let error = "`policy` has no place here: all lines are of one keyset, and what is \
                         known of it holds for all";
            return Err(QuestionError::invalid_field(error));
        }
        let keys: Vec<&str> = CHECK_KEYS
            .into_iter()
            .filter(|key| !matches!(*key, "policy" | "command" | "expect"))
            .chain(["status"])
            .collect();
        let question = CheckQuestion::read(&members, &keys, &self.defaults)?;
        let expected = "403 or one of success: no other answer says anything about permissions";
        let Some(answer) = ServiceAnswer::from_status(members.required("status", expected)?) else {
            return Err(QuestionError::invalid_field(format!("`status` must be {expected}")));
        };
        let request = question.request()?;
        Ok(self.learner.observe(question.token(), &request, question.at(), answer))
    }

    fn count(&mut self, lesson: Result<Lesson, QuestionError>) {
        let line = self.read().saturating_add(1);
        let counted = match lesson {
            Ok(Lesson::Learned { .. }) => &mut self.counts.used,
            Ok(Lesson::Inferred) => &mut self.counts.inferred,
            Ok(Lesson::InDoubt) => &mut self.counts.in_doubt,
            Ok(Lesson::Contradiction { with_earlier }) => {
                if self.contradictions.len() < LISTED {
                    self.contradictions.push(ObservationContradiction { line, with_earlier });
                }
                &mut self.counts.contradictions
            }
            Err(error) => {
                if self.skipped.len() < LISTED && error.kind() != ANOTHER_REQUEST {
                    self.skipped.push((line, error));
                }
                &mut self.counts.skipped
            }
        };
        *counted = counted.saturating_add(1);
    }

    /// Returns the number of observations that were read.
    fn read(&self) -> u64 {
        let Counts { used, inferred, in_doubt, contradictions, skipped } = self.counts;
        [used, inferred, in_doubt, contradictions, skipped].into_iter().fold(0, u64::saturating_add)
    }

    /// Returns the number of observations with each result.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns the learner.
    #[must_use]
    pub fn learner(&self) -> &Learner<'p> {
        &self.learner
    }

    /// Returns the contradictions, at most 100.
    #[must_use]
    pub fn contradictions(&self) -> &[ObservationContradiction] {
        &self.contradictions
    }

    /// Returns the skipped lines or entries with the reasons, at most 100. Entries that are not
    /// requests to PubNub are left out.
    #[must_use]
    pub fn skipped(&self) -> &[(u64, QuestionError)] {
        &self.skipped
    }

    /// Returns what was learned as policy flags.
    #[must_use]
    pub fn flags(&self) -> Vec<&'static str> {
        let precedence = self.learner.precedence().map(Precedence::name);
        let group_names = self.learner.group_names().map(GroupNames::name);
        let flags = [("--precedence", precedence), ("--group-names", group_names)];
        flags.into_iter().filter_map(|(flag, value)| Some([flag, value?])).flatten().collect()
    }

    /// Returns the precedences of the remaining readings.
    #[must_use]
    pub fn precedences(&self) -> Vec<&'static str> {
        let left = Precedence::ALL.iter().copied();
        let left = left.filter(|value| self.is_left(Readings::with_precedence(*value)));
        left.map(Precedence::name).collect()
    }

    /// Returns the forms of group names of the remaining readings.
    #[must_use]
    pub fn group_names(&self) -> Vec<&'static str> {
        let left = GroupNames::ALL.iter().copied();
        let left = left.filter(|value| self.is_left(Readings::with_group_names(*value)));
        left.map(GroupNames::name).collect()
    }

    fn is_left(&self, readings: Readings) -> bool {
        !(self.learner.remaining() & readings).is_empty()
    }
}

impl Serialize for Learning<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct InferredForm {
            operation: Operation,
            accepted: u64,
            forbidden: u64,
        }
        #[derive(Serialize)]
        struct SkippedForm<'a> {
            line: u64,
            kind: &'static str,
            error: &'a str,
        }
        let inferred = self.learner.inferred().map(|(operation, seen)| InferredForm {
            operation,
            accepted: seen.accepted,
            forbidden: seen.forbidden,
        });
        let errors: Vec<(u64, &'static str, String)> = self
            .skipped
            .iter()
            .map(|(line, error)| (*line, error.kind(), error.to_string()))
            .collect();
        let skipped: Vec<SkippedForm<'_>> = errors
            .iter()
            .map(|(line, kind, error)| SkippedForm { line: *line, kind, error })
            .collect();
        object!(
            serializer,
            "Learning",
            flags = self.flags(),
            precedence = self.precedences(),
            group_names = self.group_names(),
            observations = self.counts,
            inferred = inferred.collect::<Vec<_>>(),
            contradictions = self.contradictions,
            skipped = skipped,
        )
    }
}

/// Reads a text as a HAR file; `None` if it is not an object with the keys of one.
fn har_file(text: &str) -> Result<Option<HarFile<'_>>, QuestionError> {
    let start: String = text
        .trim_start_matches('\u{feff}')
        .chars()
        .filter(|c| !c.is_whitespace())
        .take("{\"log\"".len())
        .collect();
    if start == "{\"log\"" { HarFile::of(text) } else { Ok(None) }
}

/// Learns from an entry, if it is a request with a token and its answer says something about
/// permissions.
fn observe_entry(entry: &Entry, learner: &mut Learner<'_>) -> Result<Lesson, QuestionError> {
    let another = || QuestionError::new(ANOTHER_REQUEST, "it is no request of PubNub's interface");
    let (Some(method), Some(url)) = (&entry.method, &entry.url) else { return Err(another()) };
    let url = url.split('#').next().unwrap_or_default();
    let http = HttpRequest::from_url(method, url).map_err(|_| another())?;
    let http = entry.body.iter().fold(http, |http, body| http.body(body.as_bytes()));
    let route = route(&http).map_err(|error| match error.kind() {
        RouteErrorKind::NotPubNub => another(),
        RouteErrorKind::WrongMethod if method == "OPTIONS" => another(),
        kind => QuestionError::new(kind.code(), format!("it is not understood: {error}")),
    })?;
    let Some(request) = route.request() else {
        return Err(QuestionError::new("no_operation", "no token decides what it asks for"));
    };
    let Credential::Auth(text) = route.credential() else {
        return Err(QuestionError::new("no_token", "it carries no token"));
    };
    let token = UnverifiedToken::parse(text)
        .map_err(|_| QuestionError::new("no_token", "its credential is not a token"))?;
    let Some(started) = &entry.started else {
        return Err(QuestionError::new("no_time", "it has no startedDateTime"));
    };
    let now = parse_time(started).map_err(|error| QuestionError::new("no_time", error))?;
    Ok(learner.observe(&token, &request, now, service_answer(entry)?))
}

fn service_answer(entry: &Entry) -> Result<ServiceAnswer, QuestionError> {
    let refuse = |error: &str| Err(QuestionError::new("no_answer", error));
    let status = entry.status.and_then(|status| u16::try_from(status).ok());
    match (status.and_then(ServiceAnswer::from_status), &entry.answer) {
        (None, _) => refuse("its status is neither 200 nor 403"),
        (Some(ServiceAnswer::Forbidden), None) => {
            refuse("the text of its answer is not in the file")
        }
        (Some(ServiceAnswer::Forbidden), Some(text)) if !is_forbidden(text) => {
            refuse("its answer is a 403 for another reason than a missing permission")
        }
        (Some(answer), _) => Ok(answer),
    }
}

/// Reports whether the body of an answer says that a permission is missing.
fn is_forbidden(text: &str) -> bool {
    let Ok(body) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let errors = body.get("errors").and_then(|errors| errors.as_array());
    let is_denied =
        |error: &serde_json::Value| error.get("errorCode").is_some_and(|code| code == "DS-0201");
    body.get("message").is_some_and(|message| message == "Forbidden")
        || errors.is_some_and(|errors| errors.iter().any(is_denied))
}

/// Answers a question whose observations are an array, lines, or a HAR file.
pub(super) fn answer(members: &Members<'_>) -> Result<Learning<'static>, QuestionError> {
    members.check_keys(&KEYS)?;
    let text = members.text_or_json("observations")?.ok_or_else(|| missing("observations"))?;
    let mut learning = Learning::new(&read_policy(members, Policy::new())?);
    if text.starts_with('[') {
        let lines: Vec<&serde_json::value::RawValue> = serde_json::from_str(&text)
            .map_err(|_| QuestionError::invalid_field("`observations` must be an array"))?;
        lines.iter().for_each(|line| learning.take_line(line.get().as_bytes()));
    } else if !learning.take_har(&text)? {
        for line in text.lines() {
            if line.len() > LONGEST_QUESTION {
                learning.skip_line(QuestionError::too_long("the line", LONGEST_QUESTION));
            } else {
                learning.take_line(line.as_bytes());
            }
        }
    }
    Ok(learning)
}
