//! A line of a batch: the question that it asks, or why it asks none.

use std::collections::BTreeSet;
use std::fmt;

use pubnub_access::{Escaped, Operation, UnverifiedToken, explain};
use serde::Deserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::args::NamesArgs;
use crate::policy::{Choices, DOUBT, GROUP_NAMES, KEYSET_FLAG, PRECEDENCE, PolicyArgs, find};
use crate::{operations, token};

/// Why a line is not answered: a sentence, and a stable code in snake case.
pub struct Refusal {
    pub error: String,
    pub kind: &'static str,
}

impl Refusal {
    fn invalid_json(error: String) -> Self {
        Refusal { error, kind: "invalid_json" }
    }

    fn invalid_field(error: String) -> Self {
        Refusal { error, kind: "invalid_field" }
    }
}

/// The members of a JSON object in their order, each name once.
pub struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads a line of input.
    pub fn of_line(line: &'a [u8]) -> Result<Self, Refusal> {
        let line = std::str::from_utf8(line)
            .map_err(|error| Refusal::invalid_json(format!("byte {} of the line is not UTF-8", error.valid_up_to())))?;
        if line.trim().is_empty() {
            return Err(Refusal::invalid_json("the line is blank".into()));
        }
        Members::parse(line).map_err(Refusal::invalid_json)
    }

    /// Reads an object. What is wrong is said without repeating what is there, which may be a token.
    fn parse(text: &'a str) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = deserializer.deserialize_map(MembersVisitor).and_then(|members| {
            deserializer.end()?;
            Ok(members)
        });
        let members = members.map_err(|error| match error.classify() {
            Category::Data => String::from("not a JSON object"),
            _ => format!("not JSON: {error}").replace("at line 1 column", "at column"),
        })?;
        let mut names = BTreeSet::new();
        match members.iter().find(|(name, _)| !names.insert(name)) {
            Some((name, _)) => Err(format!("the key {} stands twice", Escaped(name))),
            None => Ok(Members(members)),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The value of a member as it was written.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| *value)
    }

    /// The value of a member; null is none.
    fn present(&self, name: &str) -> Option<&'a RawValue> {
        self.raw(name).filter(|value| value.get() != "null")
    }

    fn optional<T: DeserializeOwned>(&self, name: &str, expected: &str) -> Result<Option<T>, Refusal> {
        let value = self.present(name).map(|value| serde_json::from_str(value.get()));
        value.transpose().map_err(|_| Refusal::invalid_field(format!("`{name}` must be {expected}")))
    }

    fn required<T: DeserializeOwned>(&self, name: &str, expected: &str) -> Result<T, Refusal> {
        self.optional(name, expected)?
            .ok_or_else(|| Refusal { error: format!("`{name}` is missing"), kind: "missing_field" })
    }
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
            members.push(member);
        }
        Ok(members)
    }
}

/// A question with everything that its answer needs.
pub struct Question {
    token: String,
    operation: Operation,
    at: u64,
    names: NamesArgs,
    policy: PolicyArgs,
}

impl Question {
    /// The keys that a line can have.
    pub const KEYS: [&'static str; 9] =
        ["id", "token", "operation", "channels", "groups", "uuids", "user_id", "at", "policy"];

    pub fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        let names = |key| members.optional(key, "an array of strings").map(Option::unwrap_or_default);
        let token = members.required("token", "a string")?;
        let operation: String = members.required("operation", "a string")?;
        let at = members.required("at", "a whole number of Unix seconds")?;
        Ok(Question {
            token,
            operation: operations::parse(&operation).map_err(|error| Refusal { error, kind: "unknown_operation" })?,
            at,
            names: NamesArgs {
                channels: names("channels")?,
                groups: names("groups")?,
                uuids: names("uuids")?,
                user: members.optional("user_id", "a string")?,
            },
            policy: members.present("policy").map(|policy| read_policy(policy.get())).transpose()?.unwrap_or_default(),
        })
    }

    /// Answers the question in the JSON form of an explanation.
    pub fn explain_as_json(&self) -> Result<String, Refusal> {
        let token = UnverifiedToken::parse(&self.token)
            .map_err(|error| Refusal { error: token::describe(&self.token, &error), kind: error.kind().code() })?;
        let request = self
            .names
            .request(self.operation)
            .map_err(|error| Refusal { error: error.to_string(), kind: error.kind().code() })?;
        let explanation = explain(&token, &request, self.at, &self.policy.policy());
        serde_json::to_string(&explanation)
            .map_err(|error| Refusal { error: format!("cannot write JSON: {error}"), kind: "internal" })
    }
}

fn read_policy(text: &str) -> Result<PolicyArgs, Refusal> {
    let members = Members::parse(text).map_err(|error| Refusal::invalid_field(format!("`policy`: {error}")))?;
    let mut policy = PolicyArgs::default();
    for name in members.names() {
        match name {
            "precedence" => policy.precedence = choice(&members, name, PRECEDENCE)?,
            "group_names" => policy.group_names = choice(&members, name, GROUP_NAMES)?,
            "doubt" => policy.doubt = choice(&members, name, DOUBT)?,
            "get_all_user_metadata" => policy.get_all_user_metadata = choice(&members, name, KEYSET_FLAG)?,
            "get_all_channel_metadata" => policy.get_all_channel_metadata = choice(&members, name, KEYSET_FLAG)?,
            "clock_tolerance" => {
                let tolerance = members.optional(name, "a whole number of seconds")?;
                policy.clock_tolerance = tolerance.unwrap_or_default();
            }
            _ => return Err(Refusal::invalid_field(format!("`policy` has no key {}", Escaped(name)))),
        }
    }
    Ok(policy)
}

/// The value of a setting; `"unknown"` and null are none.
fn choice<T: Copy>(members: &Members<'_>, name: &str, choices: &Choices<T>) -> Result<Option<T>, Refusal> {
    let names: Vec<&str> = choices.iter().map(|(name, ..)| *name).chain(["unknown"]).collect();
    let expected = format!("one of {}", names.join(", "));
    match members.optional::<String>(name, &expected)?.as_deref() {
        None | Some("unknown") => Ok(None),
        Some(value) => match find(choices, value) {
            None => Err(Refusal::invalid_field(format!("`{name}` must be {expected}"))),
            found => Ok(found),
        },
    }
}
