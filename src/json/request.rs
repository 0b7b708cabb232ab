//! Pasted HTTP requests: what a gateway would do with them, and why.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::gateway::{Enforcement, HttpRequest, RouteErrorKind, route};
use crate::policy::Policy;
use crate::revocation::RevocationList;
use crate::token::UnverifiedToken;

use super::error::QuestionError;
use super::members::{Members, missing};
use super::pasted::{AuthState, Entry, HarFile, Pasted};
use super::settings::read_policy;
use super::time::parse_time;

use report::Answering;
pub use report::{RequestReport, TokenSource};

mod form;
mod report;
mod sentences;

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

/// The longest text that is not a HAR file, in bytes: more than the longest target and body that
/// are routed.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The most requests of a HAR file that are answered. Refused ones come first.
const MOST_REQUESTS: usize = 200;

/// The options for an answer about a request.
#[derive(Debug, Clone, Default)]
pub struct RequestOptions<'p> {
    /// The text of a token to use in place of the request's own.
    pub token: Option<String>,
    /// The text of a token at hand. If the request carries none, the answer also says what this
    /// token would change. If the request's token is masked, this one is used.
    pub token_at_hand: Option<String>,
    /// The body, if the pasted text has none.
    pub body: Option<Vec<u8>>,
    /// The time, in Unix seconds. The time of a HAR file's entry has precedence.
    pub at: u64,
    /// The policy.
    pub policy: Policy<'p>,
    /// The revoked tokens, if the policy has no deny list.
    pub deny_list: Option<RevocationList>,
    /// The requests that the gateway rejects.
    pub enforcement: Enforcement,
}

/// Pasted requests: one, or those of a HAR file.
#[derive(Debug, Clone, Default)]
pub struct PastedRequests {
    requests: Vec<(Pasted, Option<HarEntry>)>,
    is_file: bool,
    others: usize,
    left_out: usize,
}

/// The place of a request in a HAR file, with its status and its time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct HarEntry {
    /// The number of the entry, counted from 1.
    pub number: usize,
    /// The status of the response.
    pub status: Option<i64>,
    /// The time of the request, in Unix seconds.
    started: Option<u64>,
}

impl PastedRequests {
    /// Reads a text: a URL or a path, perhaps after its method; a line of an access log; a call of
    /// `curl`, `wget`, `fetch`, `Invoke-WebRequest` or `Invoke-RestMethod`; an HTTP message; a HAR
    /// file or one of its entries.
    ///
    /// ```
    /// use pubnub_access::json::PastedRequests;
    ///
    /// assert!(PastedRequests::read("curl 'https://ps.pndsn.com/time/0' --compressed").is_ok());
    /// assert!(PastedRequests::read("nonsense").is_err());
    /// ```
    ///
    /// # Errors
    /// Anything else, and more than 1 MiB that is not a HAR file.
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

    /// Reads the words of a command line, as a shell has split it.
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

    /// Reports whether the requests are those of a HAR file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Returns the number of entries that are not requests to PubNub.
    #[must_use]
    pub fn others(&self) -> usize {
        self.others
    }

    /// Returns the number of requests beyond the 200 that are answered.
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

    /// Reports whether a token at hand affects an answer: some request carries no token, or a
    /// masked one.
    #[must_use]
    pub fn uses_token_at_hand(&self) -> bool {
        let carries_one =
            |pasted: &Pasted| pasted.auth().is_some_and(|auth| auth.state == AuthState::Usable);
        !self.requests.iter().all(|(pasted, _)| carries_one(pasted))
    }

    /// Reports whether the method was given; otherwise it is assumed.
    #[must_use]
    pub fn has_method(&self) -> bool {
        self.requests.iter().all(|(pasted, _)| pasted.has_method)
    }

    /// Answers each request. Those that were refused with 403 come first.
    pub fn answer(&self, options: &RequestOptions<'_>, mut take: impl FnMut(&RequestReport<'_>)) {
        for (pasted, entry) in &self.requests {
            let at = entry.and_then(|entry| entry.started).unwrap_or(options.at);
            Answering { pasted, entry: *entry, options, at }.answer(&mut take);
        }
    }
}

/// Returns the request of an entry, if it is one to PubNub.
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
    pasted.set_headers(entry.headers);
    let started = entry.started.and_then(|started| parse_time(&started).ok());
    Some((pasted, Some(HarEntry { number, status: entry.status, started })))
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
    // The entries of a HAR file have times of their own.
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

/// Answers each request, as JSON.
pub(super) fn to_json(requests: &PastedRequests, options: &RequestOptions<'_>) -> String {
    let mut answers = Vec::new();
    requests.answer(options, |report| answers.push(super::to_json(report)));
    requests.join(&answers)
}
