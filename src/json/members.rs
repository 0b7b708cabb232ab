//! The members of a question: each key once, and no unknown key.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Deserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::arithmetic::CannotOverflow;
use crate::display::{Escaped, join};
use crate::enums::distance;
use crate::revocation::{Fingerprint, RevocationList};
use crate::token::UnverifiedToken;

use super::error::QuestionError;
use super::time::parse_time;

/// The most members of an object. No valid question has as many.
const MOST_MEMBERS: usize = 64;

const TOO_MANY: &str = "an object of more than 64 members";

/// The longest unknown key that an error repeats, in bytes. A longer one may be a token.
const LONGEST_KEY: usize = 32;

/// Other words for keys that people use.
const SYNONYMS: [(&str, &str); 13] = [
    ("user", "user_id"),
    ("auth", "token"),
    ("auth_key", "token"),
    ("now", "at"),
    ("time", "at"),
    ("timestamp", "at"),
    ("action", "operation"),
    ("requester", "user_id"),
    ("caller", "user_id"),
    ("authorized_uuid", "user_id"),
    ("url", "pasted"),
    ("path", "pasted"),
    ("har", "pasted"),
];

/// The members of a JSON object in their order, each name once.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object. The error does not repeat its text, which may be a token.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = deserializer.deserialize_map(MembersVisitor).and_then(|members| {
            deserializer.end()?;
            Ok(members)
        });
        let members = members.map_err(|error| match error.classify() {
            Category::Data if error.to_string().starts_with(TOO_MANY) => String::from(TOO_MANY),
            Category::Data => String::from("not a JSON object"),
            _ => format!("not JSON: {error}").replace("at line 1 column", "at column"),
        })?;
        let mut names = BTreeSet::new();
        match members.iter().find(|(name, _)| !names.insert(name)) {
            Some((name, _)) => Err(format!("the key{} stands twice", shown(name))),
            None => Ok(Members(members)),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the JSON text of a member.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| *value)
    }

    /// Returns the JSON text of a member, unless it is null.
    pub(super) fn present(&self, name: &str) -> Option<&'a RawValue> {
        self.raw(name).filter(|value| value.get() != "null")
    }

    pub(super) fn optional<T: DeserializeOwned>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, QuestionError> {
        let value = self.present(name).map(|value| serde_json::from_str(value.get()));
        value.transpose().map_err(|_| wrong(name, expected))
    }

    pub(super) fn required<T: DeserializeOwned>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<T, QuestionError> {
        self.optional(name, expected)?.ok_or_else(|| missing(name))
    }

    /// Returns a setting; false if it is missing.
    pub(super) fn flag(&self, name: &str) -> Result<bool, QuestionError> {
        Ok(self.optional(name, "true or false")?.unwrap_or_default())
    }

    /// Returns the content of a text, or the JSON of an object or an array.
    pub(super) fn text_or_json(&self, name: &str) -> Result<Option<String>, QuestionError> {
        match self.present(name).map(RawValue::get) {
            Some(json) if json.starts_with(['{', '[']) => Ok(Some(json.into())),
            Some(_) => self.optional(name, "a text, an object or an array"),
            None => Ok(None),
        }
    }

    /// Returns a time.
    pub(super) fn time(&self, name: &str) -> Result<Option<u64>, QuestionError> {
        let expected = "Unix seconds or a text such as \"2026-01-31T12:00:00Z\"";
        let Some(time) = self.optional::<serde_json::Value>(name, expected)? else {
            return Ok(None);
        };
        let text = match time {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text,
            _ => return Err(wrong(name, expected)),
        };
        match parse_time(text.trim()) {
            Ok(time) => Ok(Some(time)),
            Err(error) => Err(QuestionError::invalid_field(format!("`{name}`: {error}"))),
        }
    }

    /// Returns a token.
    pub(super) fn token(&self, name: &str) -> Result<Option<UnverifiedToken>, QuestionError> {
        let Some(text) = self.optional::<String>(name, "a string")? else { return Ok(None) };
        let token = UnverifiedToken::parse(&text);
        token.map(Some).map_err(|error| QuestionError::of_token(&text, &error))
    }

    pub(super) fn required_token(&self, name: &str) -> Result<UnverifiedToken, QuestionError> {
        self.token(name)?.ok_or_else(|| missing(name))
    }

    /// Returns a deny list: an array of tokens, or of their fingerprints.
    pub(super) fn deny_list(&self) -> Result<Option<RevocationList>, QuestionError> {
        let expected = "an array of tokens or fingerprints";
        let Some(items) = self.optional::<Vec<String>>("deny_list", expected)? else {
            return Ok(None);
        };
        let mut list = RevocationList::new();
        for item in items {
            match item.trim().parse::<Fingerprint>() {
                // The expiry of the token is not known.
                Ok(fingerprint) => drop(list.revoke_fingerprint(fingerprint, u64::MAX)),
                Err(_) => {
                    let token = UnverifiedToken::parse(item.trim())
                        .map_err(|error| QuestionError::of_token(item.trim(), &error))
                        .map_err(|error| error.within("`deny_list`"))?;
                    list.revoke(&token);
                }
            }
        }
        Ok(Some(list))
    }

    /// Refuses an unknown key, and suggests the key that was probably meant.
    pub(super) fn check_keys(&self, known: &[&'static str]) -> Result<(), QuestionError> {
        let Some(unknown) = self.names().find(|name| !known.contains(name)) else { return Ok(()) };
        let meant = meant(unknown, known);
        let hint = match meant.as_slice() {
            [] => format!("expected {}", join(known, ", ")),
            meant => format!("did you mean `{}`?", join(meant, "` or `")),
        };
        Err(QuestionError::new("unknown_key", format!("unknown key{}: {hint}", shown(unknown))))
    }
}

/// Returns a key for a sentence, with a space before it.
fn shown(key: &str) -> String {
    if key.len() > LONGEST_KEY { String::new() } else { format!(" {}", Escaped(key)) }
}

pub(super) fn missing(name: &str) -> QuestionError {
    QuestionError::new("missing_field", format!("`{name}` is missing"))
}

fn wrong(name: &str, expected: &str) -> QuestionError {
    QuestionError::invalid_field(format!("`{name}` must be {expected}"))
}

/// Returns the keys that were probably meant. They have a similar spelling, contain the same word,
/// or are another word for it.
fn meant(key: &str, known: &[&'static str]) -> Vec<&'static str> {
    if key.len() > LONGEST_KEY {
        return Vec::new();
    }
    let same = |word: &str| distance(key, word) == 0;
    let synonyms = SYNONYMS.iter().filter(|(word, _)| same(word)).map(|(_, name)| *name);
    let meant: Vec<&str> = synonyms.filter(|name| known.contains(name)).collect();
    if !meant.is_empty() {
        return meant;
    }
    let best = known.iter().map(|name| distance(key, name)).min().unwrap_or_default();
    let is_near = |name: &str| distance(key, name) == best && best <= (name.len() / 4).plus(1);
    let has_word = |name: &str| name.split('_').any(same);
    known.iter().copied().filter(|name| is_near(name) || has_word(name)).collect()
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len().plus(1) > MOST_MEMBERS {
                return Err(A::Error::custom(TOO_MANY));
            }
            members.push(member);
        }
        Ok(members)
    }
}
