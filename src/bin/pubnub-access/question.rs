//! A line of a batch: the question that it asks, or why it asks none.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use pubnub_access::explanation::Escaped;
use pubnub_access::learn::{Learner, Lesson, ServiceAnswer};
use pubnub_access::{
    Doubt, Explanation, GroupNames, KeysetFlag, Limits, Operation, Precedence, Request,
    UnverifiedToken, explain,
};
use serde::Deserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::args::NamesArgs;
use crate::lines::LONGEST_LINE;
use crate::nearest::{in_lower_case, nearest};
use crate::policy::PolicyArgs;
use crate::time::parse_time;
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

    pub fn invalid_field(error: String) -> Self {
        Refusal { error, kind: "invalid_field" }
    }

    pub fn line_too_long() -> Self {
        Refusal {
            error: format!("the line is longer than {LONGEST_LINE} bytes"),
            kind: "line_too_long",
        }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut refusal = serializer.serialize_struct("Refusal", 2)?;
        refusal.serialize_field("error", &self.error)?;
        refusal.serialize_field("kind", self.kind)?;
        refusal.end()
    }
}

/// The members of a JSON object in their order, each name once.
pub struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads a line of input.
    pub fn of_line(line: &'a [u8]) -> Result<Self, Refusal> {
        let line = std::str::from_utf8(line).map_err(|error| {
            Refusal::invalid_json(format!("byte {} of the line is not UTF-8", error.valid_up_to()))
        })?;
        if line.trim().is_empty() {
            return Err(Refusal::invalid_json("the line is blank".into()));
        }
        Members::parse(line).map_err(Refusal::invalid_json)
    }

    /// Reads an object. What is wrong is said without repeating what is there, which may be a
    /// token.
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

    fn optional<T: DeserializeOwned>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, Refusal> {
        let value = self.present(name).map(|value| serde_json::from_str(value.get()));
        value
            .transpose()
            .map_err(|_| Refusal::invalid_field(format!("`{name}` must be {expected}")))
    }

    /// Refuses a key that a line cannot have, and names the one that is meant.
    fn check_keys(&self, known: &[&'static str]) -> Result<(), Refusal> {
        let Some(unknown) = self.names().find(|name| !known.contains(name)) else { return Ok(()) };
        let meant = meant(unknown, known);
        let hint = match meant.as_slice() {
            [] => format!("expected {}", known.join(", ")),
            meant => format!("did you mean `{}`?", meant.join("` or `")),
        };
        // What is longer may be a token.
        let shown = if unknown.len() > LONGEST_KEY {
            String::new()
        } else {
            format!(" {}", Escaped(unknown))
        };
        Err(Refusal { error: format!("unknown key{shown}: {hint}"), kind: "unknown_key" })
    }

    /// The time that a member tells.
    fn time(&self, name: &str) -> Result<u64, Refusal> {
        let expected = "Unix seconds or a text such as \"2026-01-31T12:00:00Z\"";
        let time: serde_json::Value = self.required(name, expected)?;
        let text = match time {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text,
            _ => return Err(Refusal::invalid_field(format!("`{name}` must be {expected}"))),
        };
        parse_time(&text).map_err(|error| Refusal::invalid_field(format!("`{name}`: {error}")))
    }

    pub fn required<T: DeserializeOwned>(&self, name: &str, expected: &str) -> Result<T, Refusal> {
        self.optional(name, expected)?
            .ok_or_else(|| Refusal { error: format!("`{name}` is missing"), kind: "missing_field" })
    }
}

/// The names of one question, at most: with their commas, more names do not fit the 32 KiB of a
/// request.
const MOST_NAMES: usize = Limits::DEFAULT_TEXT_LEN / 2;

/// The longest unknown key that is repeated, in bytes.
const LONGEST_KEY: usize = 32;

/// The keys that are probably meant by one that is none.
fn meant<'k>(key: &str, known: &[&'k str]) -> Vec<&'k str> {
    let key = in_lower_case(key, '_');
    let alias = match key.as_str() {
        "auth" => "token",
        "now" | "time" | "timestamp" => "at",
        "action" => "operation",
        "requester" | "caller" => "user_id",
        _ => &key,
    };
    let near = nearest(alias, known.iter().copied());
    // One word of a key stands for it, too.
    let has_word = |name: &str| name.split('_').any(|word| word == alias);
    known.iter().copied().filter(|name| near.contains(name) || has_word(name)).collect()
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
    pub const KEYS: [&'static str; 13] = [
        "id",
        "token",
        "operation",
        "channels",
        "groups",
        "uuids",
        "users",
        "entities",
        "relationships",
        "memberships",
        "user_id",
        "at",
        "policy",
    ];

    /// Reads a question that has no key but these.
    pub fn read(members: &Members<'_>, keys: &[&'static str]) -> Result<Self, Refusal> {
        members.check_keys(keys)?;
        let names =
            |key| members.optional(key, "an array of strings").map(Option::unwrap_or_default);
        let token = members.required("token", "a string")?;
        let operation: String = members.required("operation", "a string")?;
        let at = members.time("at")?;
        Ok(Question {
            token,
            operation: operations::parse(&operation)
                .map_err(|error| Refusal { error, kind: "unknown_operation" })?,
            at,
            names: NamesArgs {
                channels: names("channels")?,
                groups: names("groups")?,
                uuids: names("uuids")?,
                users: names("users")?,
                entities: names("entities")?,
                relationships: names("relationships")?,
                memberships: names("memberships")?,
                user_id: members.optional("user_id", "a string")?,
            },
            policy: members
                .present("policy")
                .map(|policy| read_policy(policy.get()))
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// Explains the answer, or says why there is none.
    pub fn explain<T>(&self, take: impl FnOnce(Result<&Explanation<'_>, Refusal>) -> T) -> T {
        match self.token().and_then(|token| Ok((token, self.request()?))) {
            Ok((token, request)) => {
                take(Ok(&explain(&token, &request, self.at, &self.policy.policy())))
            }
            Err(refusal) => take(Err(refusal)),
        }
    }

    /// Takes in what the service answered to the question.
    pub fn observe(
        &self,
        learner: &mut Learner<'_>,
        answer: ServiceAnswer,
    ) -> Result<Lesson, Refusal> {
        Ok(learner.observe(&self.token()?, &self.request()?, self.at, answer))
    }

    fn token(&self) -> Result<UnverifiedToken, Refusal> {
        let token = UnverifiedToken::parse(&self.token);
        token.map_err(|error| Refusal {
            error: token::describe(&self.token, &error),
            kind: error.kind().code(),
        })
    }

    fn request(&self) -> Result<Request<'_>, Refusal> {
        let names = self.names.count();
        if names > MOST_NAMES {
            let error = format!(
                "{names} names, and a request that the service takes has {MOST_NAMES} at most"
            );
            return Err(Refusal { error, kind: "too_many_names" });
        }
        let request = self.names.request(self.operation);
        request.map_err(|error| Refusal { error: error.to_string(), kind: error.kind().code() })
    }
}

fn read_policy(text: &str) -> Result<PolicyArgs, Refusal> {
    let members = Members::parse(text)
        .map_err(|error| Refusal::invalid_field(format!("`policy`: {error}")))?;
    let mut policy = PolicyArgs::default();
    for name in members.names() {
        match name {
            "precedence" => policy.precedence = choice(&members, name, Precedence::ALL)?,
            "group_names" => policy.group_names = choice(&members, name, GroupNames::ALL)?,
            "doubt" => policy.doubt = choice(&members, name, Doubt::ALL)?,
            "get_all_user_metadata" => {
                policy.get_all_user_metadata =
                    choice(&members, name, &[KeysetFlag::Allowed, KeysetFlag::Restricted])?
            }
            "get_all_channel_metadata" => {
                policy.get_all_channel_metadata =
                    choice(&members, name, &[KeysetFlag::Allowed, KeysetFlag::Restricted])?
            }
            "clock_tolerance" => {
                let tolerance = members.optional(name, "a whole number of seconds")?;
                policy.clock_tolerance = tolerance.unwrap_or_default();
            }
            _ => {
                return Err(Refusal::invalid_field(format!(
                    "`policy` has no key {}",
                    Escaped(name)
                )));
            }
        }
    }
    Ok(policy)
}

/// The value of a setting; `"unknown"` and null are none.
fn choice<T: Copy + Display>(
    members: &Members<'_>,
    name: &str,
    choices: &[T],
) -> Result<Option<T>, Refusal> {
    let names: Vec<String> = choices.iter().map(T::to_string).chain(["unknown".into()]).collect();
    let expected = format!("one of {}", names.join(", "));
    let Some(value) = members.optional::<String>(name, &expected)? else { return Ok(None) };
    match names.iter().position(|name| *name == value) {
        Some(place) => Ok(choices.get(place).copied()),
        None => Err(Refusal::invalid_field(format!("`{name}` must be {expected}"))),
    }
}
