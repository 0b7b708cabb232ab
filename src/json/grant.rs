//! The body of a grant, and what is wrong with it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::grant::{GrantRequest, Problem};

use super::door::to_json;
use super::error::QuestionError;
use super::members::{Members, missing};

/// The body with its problems.
#[derive(Serialize)]
struct GrantAnswer<'a> {
    body: Option<&'a GrantRequest>,
    problems: &'a [Problem],
    token_length: Option<usize>,
}

/// Answers the question about a body, or about the one that makes a token again.
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
    let (body, problems): (Option<GrantRequest>, Vec<Problem>) = match base {
        Ok(body) => {
            let problems = body.validate();
            (Some(body), problems)
        }
        Err(error) => (None, error.problems().to_vec()),
    };
    let token_length = body.as_ref().map(GrantRequest::token_len);
    Ok(to_json(&GrantAnswer { body: body.as_ref(), problems: &problems, token_length }))
}
