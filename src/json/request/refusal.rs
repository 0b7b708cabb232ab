//! The service's own answer to a request that it refused.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::display::{Shortened, join};
use crate::grant::{ApiError, ApiErrorMeaning};

/// How many objects of a text are tried.
const MOST_OBJECTS: usize = 16;

/// The longest text that is searched, in bytes.
const LONGEST_TEXT: usize = 256 * 1024;

/// How many refused names are listed.
const MOST_NAMES: usize = 5;

/// Finds the service's answer in a text, as in the message of an SDK's exception.
pub(super) fn in_text(text: &str) -> Option<ApiError> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let mut starts = text.match_indices('{').take(MOST_OBJECTS);
    starts.find_map(|(at, _)| {
        let mut deserializer = serde_json::Deserializer::from_str(text.get(at..)?);
        let object = <&RawValue>::deserialize(&mut deserializer).ok()?;
        ApiError::from_json(object.get()).ok()
    })
}

/// What an answer says of the token, and what to do about it.
pub(super) fn meaning(refusal: &ApiError) -> String {
    let what = match refusal.meaning() {
        ApiErrorMeaning::TokenExpired => "the token has expired: issue a new one",
        ApiErrorMeaning::TokenRevoked => "the token was revoked: issue another",
        ApiErrorMeaning::InvalidToken => {
            "the service cannot read the token: it was cut off or altered, or is of another keyset"
        }
        ApiErrorMeaning::FeatureDisabled => "the keyset has this feature switched off",
        ApiErrorMeaning::Forbidden => return forbidden(refusal),
        ApiErrorMeaning::Other => return refusal.to_string(),
    };
    format!("{what} ({refusal})")
}

fn forbidden(refusal: &ApiError) -> String {
    let channels = refusal.channels().iter().map(|name| ("channel", name.as_str()));
    let groups = refusal.groups().iter().map(|name| ("group", name.trim_start_matches(':')));
    let names = channels.chain(groups).take(MOST_NAMES);
    let names: Vec<String> =
        names.map(|(kind, name)| format!("{kind} {}", Shortened(name))).collect();
    let what = if names.is_empty() {
        "the token lacks a permission, is for another user, or there is none".into()
    } else {
        format!("a permission is missing on {}", join(&names, " and "))
    };
    format!("{what}: paste the request's URL to see which ({refusal})")
}
