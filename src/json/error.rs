//! Errors of questions.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::pattern::PatternError;
use crate::request::RequestError;
use crate::token::TokenError;

use super::hint::hint;

/// The reason why a question has no answer: a sentence, and a stable code in snake case.
///
/// The sentence repeats nothing that may be a token. Serializes as `{"error":"...","kind":"..."}`.
/// If a token does not decode or a pattern is unusable, `offset` is the byte at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionError {
    message: String,
    kind: &'static str,
    offset: Option<usize>,
}

impl QuestionError {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        QuestionError { message: message.into(), kind, offset: None }
    }

    pub(super) fn invalid_json(message: impl Into<String>) -> Self {
        Self::new("invalid_json", message)
    }

    pub(super) fn invalid_field(message: impl Into<String>) -> Self {
        Self::new("invalid_field", message)
    }

    /// Creates the error of a text that is longer than a limit in bytes.
    #[must_use]
    pub fn too_long(what: &str, limit: usize) -> Self {
        Self::new("too_long", format!("{what} is longer than {limit} bytes"))
    }

    /// Creates the error of a text that does not decode as a token, with a hint at what it may be.
    #[must_use]
    pub fn of_token(text: &str, error: &TokenError) -> Self {
        let hint = hint(text, error.kind()).map(|hint| format!(". Hint: {hint}"));
        let message = format!("cannot decode the token: {error}{}", hint.unwrap_or_default());
        QuestionError { message, kind: error.kind().code(), offset: Some(error.text_offset()) }
    }

    /// Returns the stable code.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the byte at fault in a token or a pattern.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// Returns the error with its context in front.
    pub(super) fn within(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl From<RequestError> for QuestionError {
    fn from(error: RequestError) -> Self {
        Self::new(error.kind().code(), error.to_string())
    }
}

impl From<PatternError> for QuestionError {
    fn from(error: PatternError) -> Self {
        let offset = Some(error.position());
        QuestionError { message: error.to_string(), kind: error.kind().code(), offset }
    }
}

impl fmt::Display for QuestionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for QuestionError {}

impl Serialize for QuestionError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("error", &self.message)?;
        object.serialize_entry("kind", self.kind)?;
        if let Some(offset) = self.offset {
            object.serialize_entry("offset", &offset)?;
        }
        object.end()
    }
}
