//! Metadata of a grant: owned values of any JSON type.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::token::MetaValue;

use super::json::Node;
use super::problem::{Error, Problem, ProblemKind};

/// The integers that JSON readers preserve: `i64` and `u64`. A token can hold smaller ones, down to
/// -2^64.
const INTEGERS: RangeInclusive<i128> = -(1 << 63)..=(1 << 64) - 1;

/// A value in the metadata of a [`GrantRequest`](crate::grant::GrantRequest).
///
/// PubNub documents only scalars; its service stores arrays and maps as well.
///
/// ```
/// use pubnub_access::grant::Meta;
///
/// assert_eq!(Meta::from_json(r#""gold""#)?, Meta::from("gold"));
/// assert_eq!(Meta::from_json("[1, 2]")?, Meta::from(vec![1, 2]));
/// # Ok::<(), pubnub_access::grant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Meta {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer. JSON readers preserve -2^63 to 2^64 - 1, and turn others into floats.
    Integer(i128),
    /// A float. JSON can only hold finite ones.
    Float(f64),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Meta>),
    /// A map.
    Map(BTreeMap<String, Meta>),
}

impl Meta {
    /// Reads a value from JSON text. An integer beyond 64 bits becomes the nearest float.
    ///
    /// # Errors A text that is not one JSON value, such as `gold` without quotes; an object with a
    /// duplicate member; a text of more than 256 KiB; more than 127 levels of nesting.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_node(Node::parse(text)?).ok_or_else(|| {
            Error::new(Vec::from([Problem::new(ProblemKind::DuplicateMember, String::new())]))
        })
    }

    /// Reports whether the value is neither an array nor a map.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Meta::Array(_) | Meta::Map(_))
    }

    /// Converts a JSON value; `None` if one of its objects has a duplicate member.
    pub(super) fn from_node(node: Node) -> Option<Self> {
        Some(match node {
            Node::Null => Meta::Null,
            Node::Bool(value) => Meta::Bool(value),
            Node::Integer(value) => Meta::Integer(value),
            Node::Float(value) => Meta::Float(value),
            Node::Text(text) => Meta::Text(text),
            Node::Array(items) => {
                Meta::Array(items.into_iter().map(Self::from_node).collect::<Option<_>>()?)
            }
            Node::Object(members) => {
                let mut map = BTreeMap::new();
                for (key, value) in members {
                    if map.insert(key, Self::from_node(value)?).is_some() {
                        return None;
                    }
                }
                Meta::Map(map)
            }
        })
    }

    /// Copies a token's value; `None` if JSON cannot hold it.
    pub(super) fn from_token(value: MetaValue<'_>) -> Option<Self> {
        Some(match value {
            MetaValue::Null => Meta::Null,
            MetaValue::Bool(value) => Meta::Bool(value),
            MetaValue::Integer(value) if INTEGERS.contains(&value) => Meta::Integer(value),
            MetaValue::Float(value) if value.is_finite() => Meta::Float(value),
            MetaValue::Text(text) => Meta::Text(text.into()),
            MetaValue::Array(array) => {
                Meta::Array(array.iter().map(Self::from_token).collect::<Option<_>>()?)
            }
            MetaValue::Map(map) => {
                let entries = map
                    .iter()
                    .map(|(name, value)| Some((key(name)?.into(), Self::from_token(value)?)));
                Meta::Map(entries.collect::<Option<_>>()?)
            }
            MetaValue::Integer(_)
            | MetaValue::Float(_)
            | MetaValue::Undefined
            | MetaValue::Bytes(_)
            | MetaValue::Simple(_) => return None,
        })
    }

    /// Reports whether JSON can hold the value without loss.
    pub(super) fn is_writable(&self) -> bool {
        match self {
            Meta::Integer(value) => INTEGERS.contains(value),
            Meta::Float(value) => value.is_finite(),
            Meta::Array(items) => items.iter().all(Self::is_writable),
            Meta::Map(map) => map.values().all(Self::is_writable),
            _ => true,
        }
    }
}

/// Returns a key of a token's metadata as text, even if it is a byte string.
pub(super) fn key(key: MetaValue<'_>) -> Option<&str> {
    match key {
        MetaValue::Text(text) => Some(text),
        MetaValue::Bytes(bytes) => core::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// Returns the map in a value; an empty map if the value is something else.
pub(super) fn map(value: Option<Meta>) -> BTreeMap<String, Meta> {
    match value {
        Some(Meta::Map(map)) => map,
        _ => BTreeMap::new(),
    }
}

impl From<&str> for Meta {
    fn from(text: &str) -> Self {
        Meta::Text(text.into())
    }
}

impl From<String> for Meta {
    fn from(text: String) -> Self {
        Meta::Text(text)
    }
}

impl From<bool> for Meta {
    fn from(value: bool) -> Self {
        Meta::Bool(value)
    }
}

impl From<f64> for Meta {
    fn from(value: f64) -> Self {
        Meta::Float(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {
        $(
            impl From<$integer> for Meta {
                fn from(value: $integer) -> Self {
                    Meta::Integer(i128::from(value))
                }
            }
        )*
    };
}

from_integers!(i32, u32, i64, u64);

impl<T: Into<Meta>> From<Vec<T>> for Meta {
    fn from(items: Vec<T>) -> Self {
        Meta::Array(items.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeMap<String, Meta>> for Meta {
    fn from(map: BTreeMap<String, Meta>) -> Self {
        Meta::Map(map)
    }
}
