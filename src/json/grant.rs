//! The body of a grant with its problems: those for which the service refuses it, and a lint of its
//! token.

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::{Serialize, Serializer};

use crate::audit::lint;
use crate::grant::{self, GrantRequest, Problem};
use crate::token::{Limits, UnverifiedToken};

use super::cbor::Cbor;
use super::door::to_json;
use super::error::QuestionError;
use super::forms::object;
use super::members::{Members, missing};

/// The body of a grant, with its problems.
///
/// Serializes as the object of `grant --format json`.
///
/// ```
/// use pubnub_access::grant::{ChannelPermissions, GrantRequest};
/// use pubnub_access::json::GrantAnswer;
///
/// let request = GrantRequest::new(15)
///     .with_authorized_user("alice")
///     .channel_pattern("room-*", ChannelPermissions::READ);
/// let answer = GrantAnswer::new(Ok(request));
/// assert!(answer.problems().is_empty());
/// let token = answer.token().unwrap();
/// assert!(token.lint().iter().any(|finding| finding.code().code() == "glob_pattern"));
/// ```
#[derive(Debug, Clone)]
pub struct GrantAnswer {
    body: Option<GrantRequest>,
    problems: Vec<Problem>,
    token: Option<UnverifiedToken>,
}

impl GrantAnswer {
    /// Checks a body, or reports the error of reading it.
    #[must_use]
    pub fn new(body: Result<GrantRequest, grant::Error>) -> Self {
        let (body, problems) = match body {
            Ok(body) => {
                let problems = body.validate();
                (Some(body), problems)
            }
            Err(error) => (None, error.problems().to_vec()),
        };
        let token = body.as_ref().and_then(granted);
        GrantAnswer { body, problems, token }
    }

    /// Returns the body, if it could be read.
    #[must_use]
    pub fn body(&self) -> Option<&GrantRequest> {
        self.body.as_ref()
    }

    /// Returns the problems: those for which the service refuses the body, and unintended effects.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns a token with the same grants, without a signature, for a lint.
    #[must_use]
    pub fn token(&self) -> Option<&UnverifiedToken> {
        self.token.as_ref()
    }

    /// Reports whether the service would refuse the body.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }
}

impl Serialize for GrantAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "GrantAnswer",
            body = self.body,
            problems = self.problems,
            findings = self.token.as_ref().map(lint).unwrap_or_default(),
            token_length = self.body.as_ref().map(GrantRequest::token_len),
        )
    }
}

/// Makes the token of a grant, without its metadata, which a lint ignores.
fn granted(request: &GrantRequest) -> Option<UnverifiedToken> {
    /// Any time will do, since a lint ignores it.
    const ISSUED: u64 = 1_700_000_000;
    let categories: Vec<_> = request.categories().collect();
    let user = request.authorized_user();
    let mut cbor = Cbor::default();
    cbor.map(if user.is_some() { 7 } else { 6 });
    cbor.key("v");
    cbor.number(2);
    cbor.key("t");
    cbor.number(ISSUED);
    cbor.key("ttl");
    cbor.number(request.ttl_minutes());
    cbor.key("res");
    cbor.grants(request.resources(), String::from);
    cbor.key("pat");
    cbor.grants(request.patterns(), String::from);
    cbor.key("cat");
    cbor.map(categories.len());
    for (kind, permissions) in categories {
        cbor.key(kind.token_key());
        cbor.number(permissions.mask().into());
    }
    if let Some(user) = user {
        cbor.key("uuid");
        cbor.text(user);
    }
    let limits = Limits::new().max_text_len(usize::MAX);
    UnverifiedToken::from_cbor(cbor.into_bytes(), limits).ok()
}

/// Answers a question about a body, or builds the body that would make the same token again.
pub(super) fn answer(members: &Members<'_>) -> Result<String, QuestionError> {
    let ttl: Option<u64> = members.optional("ttl", "a whole number of minutes")?;
    let base = match (members.text_or_json("body")?, members.token("from_token")?) {
        (Some(body), None) => GrantRequest::from_json(&body),
        (None, Some(token)) => GrantRequest::from_token(&token),
        (None, None) => return Err(missing("body")),
        (Some(_), Some(_)) => {
            let error = "`body` and `from_token` together: expected one of them";
            return Err(QuestionError::invalid_field(error));
        }
    };
    let base = base.map(|base| ttl.into_iter().fold(base, GrantRequest::with_ttl));
    Ok(to_json(&GrantAnswer::new(base)))
}
