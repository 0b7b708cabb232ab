//! Values of any type, read in place: metadata, and unknown sections.

use core::fmt;

use super::cbor::{Head, Reader};
use crate::arithmetic::{CannotOverflow, as_usize};

/// A value inside a token's metadata or an unknown section.
///
/// A value borrows from its token and is cheap to copy. Arrays and maps are read while they are
/// iterated.
///
#[cfg_attr(feature = "mint", doc = "```")]
#[cfg_attr(not(feature = "mint"), doc = "```ignore")]
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::token::MetaValue;
/// use pubnub_access::UnverifiedToken;
///
/// let text = TestToken::new(1_700_000_000, 15)
///     .meta("tier", "gold")
///     .meta("levels", &[1, 2])
///     .to_text();
/// let token = UnverifiedToken::parse(&text)?;
/// assert_eq!(token.meta().get("tier"), Some(MetaValue::Text("gold")));
/// let Some(MetaValue::Array(levels)) = token.meta().get("levels") else { panic!() };
/// let levels: Vec<_> = levels.iter().collect();
/// assert_eq!(levels, [MetaValue::Integer(1), MetaValue::Integer(2)]);
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum MetaValue<'a> {
    /// `null`
    Null,
    /// CBOR's `undefined`.
    Undefined,
    /// A boolean.
    Bool(bool),
    /// An integer from -2^64 to 2^64 - 1.
    Integer(i128),
    /// A float of any width.
    Float(f64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// An array.
    Array(MetaArray<'a>),
    /// A map.
    Map(MetaMap<'a>),
    /// A simple value (RFC 8949, section 3.3) without a meaning.
    Simple(u8),
}

/// The values of an array, in order.
#[derive(Clone, Copy)]
pub struct MetaArray<'a> {
    items: Option<Items<'a>>,
}

/// The keys and values of a map, in the token's order.
#[derive(Clone, Copy)]
pub struct MetaMap<'a> {
    items: Option<Items<'a>>,
}

/// Items that follow each other; for a map, keys and values in turn.
#[derive(Clone, Copy)]
struct Items<'a> {
    reader: Reader<'a>,
    left: u64,
}

impl<'a> MetaValue<'a> {
    /// Reads the value at an offset of a checked token.
    pub(super) fn at(bytes: &'a [u8], offset: usize) -> Option<MetaValue<'a>> {
        Self::read(Reader::at(bytes, offset))
    }

    /// Reads the value at a reader's position.
    pub(super) fn read(reader: Reader<'a>) -> Option<MetaValue<'a>> {
        Items { reader, left: 1 }.next()
    }

    /// Returns the text, if the value is one or a byte string that stands for one.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            MetaValue::Text(text) => Some(text),
            MetaValue::Bytes(bytes) => core::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl<'a> Items<'a> {
    fn next(&mut self) -> Option<MetaValue<'a>> {
        self.left = self.left.checked_sub(1)?;
        let reader = &mut self.reader;
        let start = *reader;
        Some(match reader.head().ok()? {
            Head::Unsigned(value) => MetaValue::Integer(i128::from(value)),
            Head::Negative(value) => MetaValue::Integer((-1_i128).minus(i128::from(value))),
            Head::Bytes(len) => MetaValue::Bytes(reader.take(len).ok()?),
            Head::Text(len) => MetaValue::Text(core::str::from_utf8(reader.take(len).ok()?).ok()?),
            Head::Float(value) => MetaValue::Float(value),
            Head::Simple(20) => MetaValue::Bool(false),
            Head::Simple(21) => MetaValue::Bool(true),
            Head::Simple(22) => MetaValue::Null,
            Head::Simple(23) => MetaValue::Undefined,
            Head::Simple(value) => MetaValue::Simple(value),
            Head::Array(count) => {
                let items = Items { reader: *reader, left: u64::from(count) };
                *reader = start;
                reader.skip().ok()?;
                MetaValue::Array(MetaArray { items: Some(items) })
            }
            Head::Map(count) => {
                let items = Items { reader: *reader, left: u64::from(count).times(2) };
                *reader = start;
                reader.skip().ok()?;
                MetaValue::Map(MetaMap { items: Some(items) })
            }
        })
    }
}

impl<'a> MetaArray<'a> {
    /// Returns the number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.map_or(0, |items| as_usize(items.left))
    }

    /// Reports whether the array has no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values, in order.
    #[must_use]
    pub fn iter(&self) -> MetaArrayIter<'a> {
        MetaArrayIter(*self)
    }
}

impl<'a> MetaMap<'a> {
    pub(crate) const EMPTY: MetaMap<'static> = MetaMap { items: None };

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.map_or(0, |items| as_usize(items.left / 2))
    }

    /// Reports whether the map has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the keys and values, in the token's order. A key is nearly always a text, but may be
    /// any value.
    #[must_use]
    pub fn iter(&self) -> MetaMapIter<'a> {
        MetaMapIter(*self)
    }

    /// Returns the value of a key, which may be a text or a byte string in the token.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<MetaValue<'a>> {
        self.iter().find(|(candidate, _)| candidate.as_str() == Some(key)).map(|(_, value)| value)
    }
}

impl<'a> IntoIterator for MetaArray<'a> {
    type Item = MetaValue<'a>;
    type IntoIter = MetaArrayIter<'a>;

    fn into_iter(self) -> MetaArrayIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for MetaMap<'a> {
    type Item = (MetaValue<'a>, MetaValue<'a>);
    type IntoIter = MetaMapIter<'a>;

    fn into_iter(self) -> MetaMapIter<'a> {
        self.iter()
    }
}

/// The values of an array, in order.
#[derive(Debug, Clone)]
pub struct MetaArrayIter<'a>(MetaArray<'a>);

impl<'a> Iterator for MetaArrayIter<'a> {
    type Item = MetaValue<'a>;

    fn next(&mut self) -> Option<MetaValue<'a>> {
        self.0.items.as_mut()?.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl ExactSizeIterator for MetaArrayIter<'_> {}

/// The keys and values of a map, in the token's order.
#[derive(Debug, Clone)]
pub struct MetaMapIter<'a>(MetaMap<'a>);

impl<'a> Iterator for MetaMapIter<'a> {
    type Item = (MetaValue<'a>, MetaValue<'a>);

    fn next(&mut self) -> Option<(MetaValue<'a>, MetaValue<'a>)> {
        let items = self.0.items.as_mut()?;
        Some((items.next()?, items.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl ExactSizeIterator for MetaMapIter<'_> {}

impl PartialEq for MetaArray<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && encoding(self.items) == encoding(other.items)
    }
}

impl PartialEq for MetaMap<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && encoding(self.items) == encoding(other.items)
    }
}

/// The bytes of all items: with minimal heads only, equal values in equal order have equal bytes.
fn encoding<'a>(items: Option<Items<'a>>) -> &'a [u8] {
    let Some(items) = items else { return &[] };
    let mut end = items.reader;
    for _ in 0..items.left {
        if end.skip().is_err() {
            break;
        }
    }
    end.since(items.reader.position())
}

impl fmt::Debug for MetaArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} values]", self.len())
    }
}

impl fmt::Debug for MetaMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} keys}}", self.len())
    }
}
