//! The entry point: a question in, an answer out.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::ParseEnumError;
use crate::audit::{Finding, diff, lint, reach};
use crate::display::Escaped;
use crate::enums::named_enum;
use crate::policy::Policy;

use super::check::{self, CheckQuestion, Defaults, RemedyAnswer};
use super::error::QuestionError;
use super::inspect::Inspection;
use super::members::Members;
use super::redact::redact;
use super::settings::read_policy;
use super::{grant, learn, operations, request};

/// The longest question, in bytes.
pub(super) const LONGEST_QUESTION: usize = 1024 * 1024;

/// The longest question that may hold a HAR file, in bytes.
const LONGEST_WITH_FILE: usize = 64 * 1024 * 1024;

named_enum! {
    /// The commands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Command, "command", name {
        /// Shows the whole token.
        Inspect = "inspect",
        /// Decides about a request, with reasons.
        Check = "check",
        /// Checks an HTTP request.
        Request = "request",
        /// Finds mistakes in a token.
        Lint = "lint",
        /// Lists all that a token could ever allow.
        Reach = "reach",
        /// Compares two tokens.
        Diff = "diff",
        /// Builds or checks the body of a grant.
        Grant = "grant",
        /// Finds the smallest grant that allows a request.
        MissingGrant = "missing_grant",
        /// Matches a pattern with names.
        Match = "match",
        /// Rules out readings by the service's answers.
        Learn = "learn",
        /// Makes a token to share.
        Redact = "redact",
        /// Lists the operations.
        Operations = "operations",
    }
}

/// Answers a question, both as JSON. An error is also an answer.
///
/// The module [`json`](crate::json) describes the questions and the answers.
///
/// ```
/// use pubnub_access::json::answer;
///
/// assert_eq!(
///     answer(r#"{"command": "chek"}"#),
///     r#"{"error":"unknown command, did you mean check?","kind":"unknown_command"}"#,
/// );
/// assert_eq!(
///     answer(r#"{"command": "check", "user": "alice", "id": 7}"#),
///     r#"{"id":7,"error":"unknown key user: did you mean `user_id`?","kind":"unknown_key"}"#,
/// );
/// ```
#[must_use]
pub fn answer(question: impl AsRef<[u8]>) -> String {
    answer_bytes(question.as_ref())
}

fn answer_bytes(question: &[u8]) -> String {
    let members = match members_of(question, "the question", LONGEST_WITH_FILE) {
        Ok(members) => members,
        Err(error) => return to_json(&error),
    };
    let answer = answer_members(&members, question.len());
    with_id(answer.unwrap_or_else(|error| to_json(&error)), members.raw("id"))
}

fn answer_members(members: &Members<'_>, len: usize) -> Result<String, QuestionError> {
    let command = command(members)?;
    if len > LONGEST_QUESTION && !matches!(command, Command::Request | Command::Learn) {
        return Err(QuestionError::too_long("the question", LONGEST_QUESTION));
    }
    let common = |keys: &[&'static str]| {
        let keys: Vec<&str> = ["command", "id"].into_iter().chain(keys.iter().copied()).collect();
        members.check_keys(&keys)
    };
    Ok(match command {
        Command::Inspect => {
            common(&["token", "at", "show_signature"])?;
            let token = members.required_token("token")?;
            to_json(&Inspection {
                token: &token,
                at: members.time("at")?,
                show_signature: members.flag("show_signature")?,
            })
        }
        Command::Check => {
            to_json(&CheckQuestion::read(members, &check::KEYS, &Defaults::default())?.answer()?)
        }
        Command::MissingGrant => {
            let question = CheckQuestion::read(members, &check::KEYS, &Defaults::default())?;
            to_json(&RemedyAnswer(question.remedy()?))
        }
        Command::Request => {
            let (requests, options) = request::read(members)?;
            request::to_json(&requests, &options)
        }
        Command::Lint => {
            #[derive(Serialize)]
            struct Findings<'a> {
                findings: Vec<Finding<'a>>,
            }
            common(&["token"])?;
            to_json(&Findings { findings: lint(&members.required_token("token")?) })
        }
        Command::Reach => {
            common(&["token", "policy"])?;
            let policy = read_policy(members, Policy::new())?;
            to_json(&reach(&members.required_token("token")?, &policy))
        }
        Command::Diff => {
            common(&["old", "new"])?;
            let token = |key| members.required_token(key).map_err(|error| error.within(key));
            to_json(&diff(&token("old")?, &token("new")?))
        }
        Command::Grant => {
            common(&["body", "from_token", "ttl"])?;
            grant::answer(members)?
        }
        Command::Match => {
            common(&["pattern", "names"])?;
            to_json(&check::matches(members)?)
        }
        Command::Learn => to_json(&learn::answer(members)?),
        Command::Redact => {
            common(&["token", "names"])?;
            to_json(&redact(&members.required_token("token")?, members.flag("names")?)?)
        }
        Command::Operations => {
            common(&[])?;
            to_json(&operations::table())
        }
    })
}

fn command(members: &Members<'_>) -> Result<Command, QuestionError> {
    let name: String = members.required("command", "a string")?;
    name.parse()
        .map_err(|error: ParseEnumError| QuestionError::new("unknown_command", error.to_string()))
}

/// Reads the members of a question, whose length is limited.
fn members_of<'a>(
    question: &'a [u8],
    what: &str,
    limit: usize,
) -> Result<Members<'a>, QuestionError> {
    if question.len() > limit {
        return Err(QuestionError::too_long(what, limit));
    }
    let text = core::str::from_utf8(question).map_err(|error| {
        let at = error.valid_up_to();
        QuestionError::invalid_json(format!("byte {at} of {what} is not UTF-8"))
    })?;
    if text.trim().is_empty() {
        return Err(QuestionError::invalid_json(format!("{what} is blank")));
    }
    Members::parse(text).map_err(QuestionError::invalid_json)
}

/// Reads the members of a line of a batch.
pub(super) fn members_of_line(line: &[u8]) -> Result<Members<'_>, QuestionError> {
    members_of(line, "the line", LONGEST_QUESTION)
}

/// The answer to a line of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineAnswer {
    /// The answer, without a line feed.
    pub json: String,
    /// True if the verdict is the expected one; `None` if the line expects none.
    pub is_as_expected: Option<bool>,
}

/// Answers a line of `check --batch`: a question of the command `check`, in which `command` may be
/// missing. The defaults apply to other missing members.
///
/// ```
/// use pubnub_access::json::{Defaults, answer_line};
///
/// let answer = answer_line(b"{\"id\": 1}", &Defaults::default());
/// assert_eq!(answer.json, r#"{"id":1,"error":"`token` is missing","kind":"missing_field"}"#);
/// ```
#[must_use]
pub fn answer_line(line: &[u8], defaults: &Defaults<'_>) -> LineAnswer {
    let members = match members_of_line(line) {
        Ok(members) => members,
        Err(error) => return LineAnswer { json: to_json(&error), is_as_expected: None },
    };
    let question = CheckQuestion::read(&members, &check::KEYS[1..], defaults);
    let answer = match &question {
        Ok(question) => question.answer(),
        Err(error) => Err(error.clone()),
    };
    let (json, is_as_expected) = match &answer {
        Ok(answer) => (to_json(answer), answer.is_as_expected()),
        Err(error) => (to_json(error), None),
    };
    LineAnswer { json: with_id(json, members.raw("id")), is_as_expected }
}

/// Returns a value as JSON that is safe to print.
pub(super) fn to_json(value: &impl Serialize) -> String {
    // Writing to memory cannot fail, and every key is a text.
    let json = serde_json::to_string(value).unwrap_or_default();
    match printable(&json) {
        Cow::Borrowed(_) => json,
        Cow::Owned(printable) => printable,
    }
}

/// Adds the question's id to an object as its first member. The id is copied as text, so that large
/// numbers stay exact.
fn with_id(json: String, id: Option<&RawValue>) -> String {
    match (id, json.strip_prefix('{')) {
        (Some(id), Some(members)) => {
            // White space in the id may include line breaks.
            let id = id.get().replace(['\r', '\n'], " ");
            format!("{{\"id\":{},{members}", printable(&id))
        }
        _ => json,
    }
}

/// Returns JSON that is safe to print: invisible characters are escaped in JSON's way.
///
/// ```
/// use pubnub_access::json::printable;
///
/// assert_eq!(printable("\"a\u{202e}\""), "\"a\\u202e\"");
/// ```
#[must_use]
pub fn printable(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if Escaped::shows(c) || c == '\n' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(text)
}
