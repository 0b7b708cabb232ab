//! Questions and answers as JSON (feature `json`), for the command line, bindings and services.
//!
//! [`answer`] takes every question. A question is an object with a `command` and members that are
//! named like the command's flags, with underscores. The answer is the object that the command
//! prints with `--format json`, or `{"error":"...","kind":"..."}`:
//!
//! ```
//! use pubnub_access::json::answer;
//!
//! # let token = std::fs::read_to_string("testdata/sample.token").unwrap();
//! # let (token, at) = (token.trim(), pubnub_access::UnverifiedToken::parse(token.trim())?.issued_at());
//! let question = format!(
//!     r#"{{"command": "check", "token": "{token}", "operation": "publish", "channels": ["hall"],
//!         "user_id": "alice", "at": {at}}}"#
//! );
//! let answer = answer(question);
//! assert!(answer.starts_with(r#"{"verdict":"deny","operation":"publish","conditions":[{"#));
//! assert!(answer.contains(r#""missing_grant":{"permissions":{"resources":{"channels":{"hall":2}}}}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | `command` | members | answer |
//! |---|---|---|
//! | `inspect` | `token`, `at`, `show_signature` | the token; with `at`, its condition on time |
//! | `check` | `token`, `operation`, the names, `user_id`, `at`, `policy`, `deny_list`, `expect` | the verdict, and why |
//! | `missing_grant` | the same | the smallest grant that allows it |
//! | `request` | `pasted`, `method`, `body`, `token`, `token_at_hand`, `at`, `policy`, `deny_list`, `enforce` | what a gateway does with it |
//! | `lint` | `token` | `findings` |
//! | `reach` | `token`, `policy` | what the token could ever allow |
//! | `diff` | `old`, `new` | what the new token gains and loses |
//! | `grant` | `body` or `from_token`, `ttl` | the body, and what is wrong with it |
//! | `match` | `pattern`, `names` | whether the pattern `matches` each name |
//! | `learn` | `observations`, `policy` | what the service's answers rule out |
//! | `redact` | `token`, `names` | a token to share |
//! | `operations` | | the operation table |
//!
//! Sentences in answers name options of the command: `--body` stands for the member `body`,
//! `--work-limit` for `work_limit` of the `policy`, and `PUBNUB_TOKEN` for `token_at_hand`.
//!
//! Every question may have an `id`, which the answer repeats. The names are `channels`, `groups`,
//! `uuids`, `users`, `entities`, `relationships` and `memberships`, together at most 4,096.
//! `deny_list` is an array of revoked tokens, or of their fingerprints. A time is Unix seconds or
//! RFC 3339. There is no clock here, so `at` is required if the time matters. `policy` has the keys
//! `precedence`, `group_names`, `doubt`, `get_all_user_metadata`, `get_all_channel_metadata`,
//! `clock_tolerance` and `work_limit`; a missing key means unknown. An unknown key is an error that
//! names the key that was probably meant.
//!
//! A question has at most 1 MiB, or 64 MiB if `pasted` or `observations` is a HAR file. Names and
//! patterns in explanations are cut at 120 characters. No answer contains a token, its signature or
//! enough to rebuild it unless the question asks for it. Invisible characters are escaped.

pub(crate) mod forms;

#[cfg(feature = "json")]
mod cbor;
#[cfg(feature = "json")]
mod check;
#[cfg(feature = "json")]
mod door;
#[cfg(feature = "json")]
mod error;
#[cfg(feature = "json")]
mod grant;
#[cfg(feature = "json")]
mod hint;
#[cfg(feature = "json")]
mod inspect;
#[cfg(feature = "json")]
mod learn;
#[cfg(feature = "json")]
mod members;
#[cfg(feature = "json")]
mod operations;
#[cfg(feature = "json")]
mod pasted;
#[cfg(feature = "json")]
mod redact;
#[cfg(feature = "json")]
mod remedy;
#[cfg(feature = "json")]
mod request;
#[cfg(feature = "json")]
mod sarif;
#[cfg(feature = "json")]
mod secrets;
#[cfg(feature = "json")]
mod settings;
#[cfg(feature = "json")]
mod time;
#[cfg(feature = "json")]
mod variable;

#[cfg(feature = "json")]
pub use {
    check::{CheckAnswer, CheckQuestion, Defaults, parse_operation},
    door::{LineAnswer, answer, answer_line, printable},
    error::QuestionError,
    grant::GrantAnswer,
    hint::may_be_token,
    inspect::Inspection,
    learn::{Counts, Learning, ObservationContradiction},
    redact::{Redacted, redact},
    request::{HarEntry, PastedRequests, RequestOptions, RequestReport, TokenSource},
    sarif::Sarif,
    time::{parse_time, rfc3339},
};

#[cfg(feature = "json")]
use door::{LONGEST_QUESTION, members_of_line, to_json};
#[cfg(feature = "grant")]
pub(crate) use forms::AsMap;
pub(crate) use forms::{AsSeq, names, object, optional_names};
