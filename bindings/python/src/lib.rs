//! The native half of the Python package: a decoded token with a quick verdict, and `answer`, which
//! takes every question. The rest is a thin layer of Python over these two.

use std::time::{SystemTime, UNIX_EPOCH};

use pubnub_access::json::QuestionError;
use pubnub_access::{Operation, Policy, Request, ResourceKind, UnverifiedToken, evaluate};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

pyo3::import_exception!(pubnub_access._errors, AccessError);

/// The most names of a quick question. `answer` reports the error of more.
const MOST_NAMES: usize = 4_096;
/// The most bytes of names in a quick question. `answer` takes longer ones, up to its own limit.
const MOST_BYTES: usize = 64 << 10;

/// Answers a question, both as JSON.
#[pyfunction]
fn answer(py: Python<'_>, question: PyBackedStr) -> String {
    py.detach(|| pubnub_access::json::answer(question.as_bytes()))
}

/// A token that decodes.
#[pyclass(frozen, subclass, module = "pubnub_access._native")]
struct Token {
    token: UnverifiedToken,
    text: String,
}

#[pymethods]
impl Token {
    #[new]
    fn new(text: PyBackedStr) -> PyResult<Self> {
        match UnverifiedToken::parse(&text) {
            Ok(token) => Ok(Token { token, text: String::from(&*text) }),
            Err(error) => {
                let error = QuestionError::of_token(&text, &error);
                Err(AccessError::new_err((error.to_string(), error.kind(), error.offset())))
            }
        }
    }

    /// The text that was decoded.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// Returns the verdict under the default policy; `None` if `answer` has to take the question,
    /// since it has a fault, or too many or too long names.
    #[pyo3(signature = (operation, at, user_id, channels, groups, uuids, users, entities,
        relationships, memberships))]
    #[expect(clippy::too_many_arguments, reason = "Python passes them one by one")]
    fn _verdict(
        &self,
        operation: &str,
        at: Option<u64>,
        user_id: Option<&str>,
        channels: Option<Vec<PyBackedStr>>,
        groups: Option<Vec<PyBackedStr>>,
        uuids: Option<Vec<PyBackedStr>>,
        users: Option<Vec<PyBackedStr>>,
        entities: Option<Vec<PyBackedStr>>,
        relationships: Option<Vec<PyBackedStr>>,
        memberships: Option<Vec<PyBackedStr>>,
    ) -> Option<&'static str> {
        let mut builder = Request::builder(operation.parse::<Operation>().ok()?);
        let (mut count, mut bytes) = (0, user_id.map_or(0, str::len));
        for (kind, names) in [
            (ResourceKind::Channel, &channels),
            (ResourceKind::Group, &groups),
            (ResourceKind::Uuid, &uuids),
            (ResourceKind::User, &users),
            (ResourceKind::Entity, &entities),
            (ResourceKind::Relationship, &relationships),
            (ResourceKind::Membership, &memberships),
        ] {
            for name in names.iter().flatten() {
                count += 1;
                bytes += name.len();
                builder = builder.resource(kind, name);
            }
        }
        if count > MOST_NAMES || bytes > MOST_BYTES {
            return None;
        }
        if let Some(user_id) = user_id {
            builder = builder.user_id(user_id);
        }
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let request = builder.build().ok()?;
        let at = at.unwrap_or_else(now);
        Some(evaluate(&self.token, &request, at, &Policy::new()).verdict().name())
    }
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{Token, answer};
}
