//! Metadata of a grant: owned values of any shape that JSON has.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::token::MetaValue;

use super::json::Node;
use super::problem::{Error, Problem, ProblemKind};

/// The integers that a reader of JSON gets back: of 64 bits, with a sign or without. A token's, of
/// a sign and 64 bits, can be smaller.
const INTEGERS: RangeInclusive<i128> = -(1 << 63)..=(1 << 64) - 1;

/// A value in the metadata of a [`GrantRequest`](crate::grant::GrantRequest).
///
/// PubNub documents scalars only; its service stores arrays and maps as well.
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
    /// An integer; JSON holds those from -2^63 to 2^64 - 1, and readers of it take others for
    /// floats.
    Integer(i128),
    /// A float; JSON holds those that are finite.
    Float(f64),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Meta>),
    /// A map.
    Map(BTreeMap<String, Meta>),
}

impl Meta {
    /// Reads a value from JSON text. An integer beyond 64 bits becomes the float that is nearest.
    ///
    /// # Errors
    /// Anything but one JSON value, such as `gold` without quotes; a member of an object that
    /// stands twice; a text of more than 256 KiB; more than 127 levels of nesting.
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

    /// Takes a JSON value, unless one of its objects has a member twice.
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

    /// Copies a token's value, unless JSON cannot hold it.
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

    /// Reports whether JSON can hold the value, so that a reader gets back what was written.
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

/// A key in a token's metadata: a text, or a byte string that stands for one.
pub(super) fn key(key: MetaValue<'_>) -> Option<&str> {
    match key {
        MetaValue::Text(text) => Some(text),
        MetaValue::Bytes(bytes) => core::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// The map that a value is; an empty one if it is none.
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
