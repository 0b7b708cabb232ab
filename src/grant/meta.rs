//! Metadata of a grant: owned values of any shape that JSON has.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::token::MetaValue;

use super::json::Node;
use super::problem::{GrantError, GrantProblem, GrantProblemKind};

/// The integers that a reader of JSON gets back: of 64 bits, with a sign or without. A token's, of a sign and 64 bits, can
/// be smaller.
const INTEGERS: RangeInclusive<i128> = -(1 << 63)..=(1 << 64) - 1;

/// A value in the metadata of a [`GrantRequest`](crate::GrantRequest).
///
/// PubNub documents scalars only; its service stores arrays and maps as well.
///
/// ```
/// use pubnub_access::GrantMeta;
///
/// assert_eq!(GrantMeta::from_json(r#""gold""#)?, GrantMeta::from("gold"));
/// assert_eq!(GrantMeta::from_json("[1, 2]")?, GrantMeta::from(vec![1, 2]));
/// # Ok::<(), pubnub_access::GrantError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GrantMeta {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer; JSON holds those from -2^63 to 2^64 - 1, and readers of it take others for floats.
    Integer(i128),
    /// A float; JSON holds those that are finite.
    Float(f64),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<GrantMeta>),
    /// A map.
    Map(BTreeMap<String, GrantMeta>),
}

impl GrantMeta {
    /// Reads a value from JSON text. An integer beyond 64 bits becomes the float that is nearest.
    ///
    /// # Errors
    /// Anything but one JSON value, such as `gold` without quotes; a member of an object that stands twice; a text of
    /// more than 256 KiB; more than 127 levels of nesting.
    pub fn from_json(text: &str) -> Result<Self, GrantError> {
        Self::from_node(Node::parse(text)?).ok_or_else(|| {
            GrantError::new(Vec::from([GrantProblem::new(GrantProblemKind::DuplicateMember, String::new())]))
        })
    }

    /// Whether the value is neither an array nor a map.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        !matches!(self, GrantMeta::Array(_) | GrantMeta::Map(_))
    }

    /// Takes a JSON value, unless one of its objects has a member twice.
    pub(super) fn from_node(node: Node) -> Option<Self> {
        Some(match node {
            Node::Null => GrantMeta::Null,
            Node::Bool(value) => GrantMeta::Bool(value),
            Node::Integer(value) => GrantMeta::Integer(value),
            Node::Float(value) => GrantMeta::Float(value),
            Node::Text(text) => GrantMeta::Text(text),
            Node::Array(items) => GrantMeta::Array(items.into_iter().map(Self::from_node).collect::<Option<_>>()?),
            Node::Object(members) => {
                let mut map = BTreeMap::new();
                for (key, value) in members {
                    if map.insert(key, Self::from_node(value)?).is_some() {
                        return None;
                    }
                }
                GrantMeta::Map(map)
            }
        })
    }

    /// Copies a token's value, unless JSON cannot hold it.
    pub(super) fn from_token(value: MetaValue<'_>) -> Option<Self> {
        Some(match value {
            MetaValue::Null => GrantMeta::Null,
            MetaValue::Bool(value) => GrantMeta::Bool(value),
            MetaValue::Integer(value) if INTEGERS.contains(&value) => GrantMeta::Integer(value),
            MetaValue::Float(value) if value.is_finite() => GrantMeta::Float(value),
            MetaValue::Text(text) => GrantMeta::Text(text.into()),
            MetaValue::Array(array) => GrantMeta::Array(array.iter().map(Self::from_token).collect::<Option<_>>()?),
            MetaValue::Map(map) => {
                let entries = map.iter().map(|(name, value)| Some((key(name)?.into(), Self::from_token(value)?)));
                GrantMeta::Map(entries.collect::<Option<_>>()?)
            }
            MetaValue::Integer(_)
            | MetaValue::Float(_)
            | MetaValue::Undefined
            | MetaValue::Bytes(_)
            | MetaValue::Simple(_) => return None,
        })
    }

    /// Whether JSON can hold the value, so that a reader gets back what was written.
    pub(super) fn is_writable(&self) -> bool {
        match self {
            GrantMeta::Integer(value) => INTEGERS.contains(value),
            GrantMeta::Float(value) => value.is_finite(),
            GrantMeta::Array(items) => items.iter().all(Self::is_writable),
            GrantMeta::Map(map) => map.values().all(Self::is_writable),
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
pub(super) fn map(value: Option<GrantMeta>) -> BTreeMap<String, GrantMeta> {
    match value {
        Some(GrantMeta::Map(map)) => map,
        _ => BTreeMap::new(),
    }
}

impl From<&str> for GrantMeta {
    fn from(text: &str) -> Self {
        GrantMeta::Text(text.into())
    }
}

impl From<String> for GrantMeta {
    fn from(text: String) -> Self {
        GrantMeta::Text(text)
    }
}

impl From<bool> for GrantMeta {
    fn from(value: bool) -> Self {
        GrantMeta::Bool(value)
    }
}

impl From<f64> for GrantMeta {
    fn from(value: f64) -> Self {
        GrantMeta::Float(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {
        $(
            impl From<$integer> for GrantMeta {
                fn from(value: $integer) -> Self {
                    GrantMeta::Integer(i128::from(value))
                }
            }
        )*
    };
}

from_integers!(i32, u32, i64, u64);

impl<T: Into<GrantMeta>> From<Vec<T>> for GrantMeta {
    fn from(items: Vec<T>) -> Self {
        GrantMeta::Array(items.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeMap<String, GrantMeta>> for GrantMeta {
    fn from(map: BTreeMap<String, GrantMeta>) -> Self {
        GrantMeta::Map(map)
    }
}
