//! The whole token, with its signature and its condition on time if requested.

use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::decision::Condition;
use crate::explain::{ConditionReport, explain};
use crate::operation::Operation;
use crate::policy::Policy;
use crate::request::Request;
use crate::token::UnverifiedToken;

use super::forms::{hex, write_token};

/// A token to show. Serializes as the object of `inspect --format json`.
///
/// ```
/// use pubnub_access::UnverifiedToken;
/// use pubnub_access::json::Inspection;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let inspection = Inspection { token: &token, at: None, show_signature: false };
/// assert_eq!(serde_json::to_value(&inspection)?, serde_json::to_value(&token)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// The token.
    pub token: &'a UnverifiedToken,
    /// The time for the condition on time, in Unix seconds.
    pub at: Option<u64>,
    /// True if the signature is shown. Anyone can then rebuild the token.
    pub show_signature: bool,
}

impl<'a> Inspection<'a> {
    /// Returns the result of the condition on time.
    #[must_use]
    pub fn time(&self) -> Option<ConditionReport<'a>> {
        // The condition on time is the same for every operation.
        let request = Request::builder(Operation::ListGroups).build().ok()?;
        let explanation = explain(self.token, &request, self.at?, &Policy::new());
        let mut conditions = explanation.conditions().iter();
        conditions.find(|report| report.condition == Condition::Time).cloned()
    }
}

impl Serialize for Inspection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_token(&mut object, self.token)?;
        if self.show_signature {
            let signature: Option<Vec<u8>> = self.token.signature_unverified().map(Vec::from);
            object.serialize_entry("signature", &signature.as_deref().map(hex))?;
        }
        if let Some(time) = self.time() {
            object.serialize_entry("time", &time)?;
        }
        object.end()
    }
}
