//! The policy of a question.

use alloc::format;
use alloc::string::ToString;

use serde::de::DeserializeSeed;

use crate::display::join;
use crate::policy::Policy;
use crate::policy::settings::SettingsVisitor;

use super::error::QuestionError;
use super::members::Members;

/// The greatest work limit of a question: some seconds for one decision on a usual processor.
pub(super) const MAX_WORK_LIMIT: u64 = 1_000_000_000;

/// Reads the `policy` of a question; missing settings keep those of `defaults`.
pub(super) fn read_policy<'p>(
    question: &Members<'_>,
    base: Policy<'p>,
) -> Result<Policy<'p>, QuestionError> {
    let Some(settings) = question.present("policy") else { return Ok(base) };
    let invalid = |fault: &str| QuestionError::invalid_field(format!("`policy`: {fault}"));
    let members = Members::parse(settings.get()).map_err(|error| invalid(&error))?;
    // A setting of null counts as missing.
    let present = members.names().filter_map(|name| {
        let value = members.present(name)?;
        Some(format!("{}:{value}", serde_json::to_string(name).ok()?))
    });
    let settings = format!("{{{}}}", join(present, ","));
    let mut deserializer = serde_json::Deserializer::from_str(&settings);
    let SettingsVisitor(policy) =
        SettingsVisitor(base).deserialize(&mut deserializer).map_err(|error| {
            let error = error.to_string();
            // The text in the place of a number may be a token.
            let fault = if error.contains("string \"") {
                "a text where another type is expected"
            } else {
                error.split(" at line ").next().unwrap_or_default()
            };
            invalid(fault)
        })?;
    if policy.work() > MAX_WORK_LIMIT.max(base.work()) {
        return Err(invalid(&format!("a work_limit has {MAX_WORK_LIMIT} steps at most")));
    }
    Ok(policy)
}
