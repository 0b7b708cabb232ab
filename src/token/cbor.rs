//! A strict reader of CBOR (RFC 8949): definite, minimal, without tags, without recursion.
//!
//! It knows nothing about tokens. Every length is compared with the remaining bytes before it is
//! used.

use super::error::{TokenError, TokenFault, TokenPlace};
use crate::arithmetic::{CannotOverflow, as_u64};

/// The value of one item's head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Head {
    Unsigned(u64),
    /// The number -1 - n.
    Negative(u64),
    /// The number of bytes that follow.
    Bytes(usize),
    /// The number of bytes of UTF-8 that follow.
    Text(usize),
    /// The number of items that follow.
    Array(u32),
    /// The number of pairs of items that follow.
    Map(u32),
    /// A simple value: false, true, null, undefined, or an unassigned one.
    Simple(u8),
    Float(f64),
}

impl Head {
    /// Returns the type, for messages.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Head::Unsigned(_) => "an unsigned integer",
            Head::Negative(_) => "a negative integer",
            Head::Bytes(_) => "a byte string",
            Head::Text(_) => "a text",
            Head::Array(_) => "an array",
            Head::Map(_) => "a map",
            Head::Simple(20 | 21) => "a boolean",
            Head::Simple(22) => "null",
            Head::Simple(23) => "undefined",
            Head::Simple(_) => "a simple value",
            Head::Float(_) => "a float",
        }
    }
}

/// A reader of consecutive items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// The remaining bytes.
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, rest: bytes }
    }

    /// Creates a reader at an offset.
    pub(super) fn at(bytes: &'a [u8], at: usize) -> Self {
        Reader { bytes, rest: bytes.get(at..).unwrap_or_default() }
    }

    /// Returns a reader of the same bytes at another offset.
    pub(super) fn seek(&self, at: usize) -> Self {
        Reader::at(self.bytes, at)
    }

    /// Returns the offset of the next byte.
    #[inline]
    pub(super) fn position(&self) -> usize {
        // Cannot wrap, since `rest` is the end of `bytes`. This runs for each item, where even a
        // saturating subtraction costs time.
        self.bytes.len().wrapping_sub(self.rest.len())
    }

    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Returns the remaining bytes.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns a reader of the same bytes with this rest.
    #[inline]
    pub(super) fn with_rest(&self, rest: &'a [u8]) -> Self {
        Reader { bytes: self.bytes, rest }
    }

    /// Returns the bytes from `start` up to the next byte.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.position()).unwrap_or_default()
    }

    /// Takes the next `len` bytes.
    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], TokenError> {
        match self.rest.split_at_checked(len) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.truncated(len)),
        }
    }

    #[cold]
    fn truncated(&self, len: usize) -> TokenError {
        let missing = len.minus(self.left());
        TokenError::cbor(self.bytes.len(), TokenFault::Truncated { missing: as_u64(missing) })
    }

    #[inline]
    fn argument<const N: usize>(&mut self) -> Result<[u8; N], TokenError> {
        match self.rest.split_first_chunk() {
            Some((argument, rest)) => {
                self.rest = rest;
                Ok(*argument)
            }
            None => Err(self.truncated(N)),
        }
    }

    /// Reads an item's head. The content of strings, arrays and maps follows it.
    pub(super) fn head(&mut self) -> Result<Head, TokenError> {
        let start = self.position();
        let [initial] = self.argument()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return self.simple_or_float(start, info);
        }
        let value =
            if info < 24 { u64::from(info) } else { self.long_argument(start, major, info)? };
        match major {
            0 => Ok(Head::Unsigned(value)),
            1 => Ok(Head::Negative(value)),
            2 => Ok(Head::Bytes(self.length(start, value, 1)?)),
            3 => Ok(Head::Text(self.length(start, value, 1)?)),
            4 => Ok(Head::Array(self.count(start, value, 1)?)),
            5 => Ok(Head::Map(self.count(start, value, 2)?)),
            _ => Err(TokenError::cbor(start, TokenFault::Tagged)),
        }
    }

    // The usual items are read inline, by their initial byte: strings shorter than 256 bytes,
    // numbers below 256, maps of fewer than 24 pairs. `place` is called only for an error.

    /// Reads a whole text, or a byte string that stands for one.
    #[inline(always)]
    pub(super) fn string(
        &mut self,
        place: impl FnOnce() -> TokenPlace,
    ) -> Result<&'a [u8], TokenError> {
        match self.short_string() {
            Some((content, rest)) if is_ascii(content) => {
                self.rest = rest;
                Ok(content)
            }
            _ => self.any_string(place()),
        }
    }

    /// Reads a whole string whose content the caller checks.
    #[inline(always)]
    pub(super) fn raw_string(
        &mut self,
        place: impl FnOnce() -> TokenPlace,
    ) -> Result<&'a [u8], TokenError> {
        match self.short_string() {
            Some((content, rest)) => {
                self.rest = rest;
                Ok(content)
            }
            None => self.any_string(place()),
        }
    }

    #[inline(always)]
    fn short_string(&self) -> Option<(&'a [u8], &'a [u8])> {
        match self.rest {
            [initial @ (0x40..=0x57 | 0x60..=0x77), rest @ ..] => {
                rest.split_at_checked(usize::from(initial & 0x1f))
            }
            // A length below 24 must be in the initial byte.
            [0x58 | 0x78, len, rest @ ..] if *len >= 24 => rest.split_at_checked(usize::from(*len)),
            _ => None,
        }
    }

    #[inline(never)]
    fn any_string(&mut self, place: TokenPlace) -> Result<&'a [u8], TokenError> {
        let start = self.position();
        match self.head()? {
            Head::Text(len) | Head::Bytes(len) => self.utf8(len),
            other => {
                Err(TokenError::wrong_type(start, place, place.expects_text(), other.describe()))
            }
        }
    }

    /// Reads an unsigned integer.
    #[inline(always)]
    pub(super) fn unsigned(
        &mut self,
        place: impl FnOnce() -> TokenPlace,
    ) -> Result<u64, TokenError> {
        match self.rest {
            [value @ 0..24, rest @ ..] | [0x18, value @ 24..=255, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(*value))
            }
            _ => self.any_unsigned(place()),
        }
    }

    #[inline(never)]
    fn any_unsigned(&mut self, place: TokenPlace) -> Result<u64, TokenError> {
        let start = self.position();
        match self.head()? {
            Head::Unsigned(value) => Ok(value),
            other => {
                Err(TokenError::wrong_type(start, place, "an unsigned integer", other.describe()))
            }
        }
    }

    /// Reads the head of a map.
    #[inline(always)]
    pub(super) fn map(&mut self, place: impl FnOnce() -> TokenPlace) -> Result<u32, TokenError> {
        match self.rest {
            [initial @ 0xa0..=0xb7, rest @ ..] if rest.len() / 2 >= usize::from(initial & 0x1f) => {
                self.rest = rest;
                Ok(u32::from(initial & 0x1f))
            }
            _ => self.any_map(place()),
        }
    }

    #[inline(never)]
    fn any_map(&mut self, place: TokenPlace) -> Result<u32, TokenError> {
        let start = self.position();
        match self.head()? {
            Head::Map(count) => Ok(count),
            other => Err(TokenError::wrong_type(start, place, "a map", other.describe())),
        }
    }

    /// Reads a head's argument that does not fit the initial byte (RFC 8949, section 3).
    fn long_argument(&mut self, start: usize, major: u8, info: u8) -> Result<u64, TokenError> {
        let (value, least) = match info {
            24 => (u64::from(u8::from_be_bytes(self.argument()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.argument()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.argument()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.argument()?), 1 << 32),
            31 if (2..=5).contains(&major) => {
                return Err(TokenError::cbor(start, TokenFault::Indefinite));
            }
            31 => {
                return Err(TokenError::cbor(
                    start,
                    TokenFault::Malformed("an indefinite number or tag"),
                ));
            }
            _ => return Err(TokenError::cbor(start, TokenFault::Malformed("a reserved length"))),
        };
        if value < least {
            return Err(TokenError::cbor(start, TokenFault::NonMinimal));
        }
        Ok(value)
    }

    fn simple_or_float(&mut self, start: usize, info: u8) -> Result<Head, TokenError> {
        match info {
            0..=23 => Ok(Head::Simple(info)),
            24 => match self.argument()? {
                [value @ 32..=255] => Ok(Head::Simple(value)),
                _ => Err(TokenError::cbor(start, TokenFault::Malformed("a reserved simple value"))),
            },
            25 => Ok(Head::Float(half(u16::from_be_bytes(self.argument()?)))),
            26 => Ok(Head::Float(f64::from(f32::from_be_bytes(self.argument()?)))),
            27 => Ok(Head::Float(f64::from_be_bytes(self.argument()?))),
            31 => Err(TokenError::cbor(
                start,
                TokenFault::Malformed("a break outside of anything it could end"),
            )),
            _ => Err(TokenError::cbor(start, TokenFault::Malformed("a reserved length"))),
        }
    }

    /// Checks a length against the remaining bytes: each of `count` units takes at least `size`
    /// bytes.
    fn length(&self, start: usize, count: u64, size: u64) -> Result<usize, TokenError> {
        let left = as_u64(self.left());
        let needed = count.saturating_mul(size);
        if needed > left {
            return Err(TokenError::cbor(
                start,
                TokenFault::Truncated { missing: needed.minus(left) },
            ));
        }
        usize::try_from(count)
            .map_err(|_| TokenError::cbor(start, TokenFault::Truncated { missing: count }))
    }

    fn count(&self, start: usize, count: u64, size: u64) -> Result<u32, TokenError> {
        let count = self.length(start, count, size)?;
        u32::try_from(count)
            .map_err(|_| TokenError::cbor(start, TokenFault::Truncated { missing: u64::MAX }))
    }

    /// Takes the content of a text, or of a byte string that stands for one, and checks that it is
    /// UTF-8.
    #[inline]
    pub(super) fn utf8(&mut self, len: usize) -> Result<&'a [u8], TokenError> {
        let start = self.position();
        let content = self.take(len)?;
        if is_ascii(content) { Ok(content) } else { check_utf8(start, content) }
    }

    /// Takes a string that was checked before.
    pub(super) fn checked_string(&mut self) -> Option<&'a [u8]> {
        match self.head().ok()? {
            Head::Text(len) | Head::Bytes(len) => self.take(len).ok(),
            _ => None,
        }
    }

    /// Skips one whole item that was checked before.
    pub(super) fn skip(&mut self) -> Result<(), TokenError> {
        let mut items: u64 = 1;
        while items > 0 {
            items = items.minus(1);
            match self.head()? {
                Head::Bytes(len) | Head::Text(len) => {
                    self.take(len)?;
                }
                Head::Array(count) => items = items.plus(u64::from(count)),
                Head::Map(count) => items = items.plus(u64::from(count).times(2)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reports whether a string is ASCII, eight bytes at a time.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let Some(last) = bytes.last_chunk::<8>() else { return is_short_ascii(bytes) };
    let words =
        bytes.chunks_exact(8).map(|chunk| chunk.try_into().map_or(HIGH_BITS, u64::from_ne_bytes));
    words.fold(u64::from_ne_bytes(*last), |all, word| all | word) & HIGH_BITS == 0
}

/// Reports the same for fewer than eight bytes.
#[inline]
fn is_short_ascii(bytes: &[u8]) -> bool {
    const HIGH_BITS: u32 = 0x8080_8080;
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            (u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)) & HIGH_BITS == 0
        }
        _ => bytes.iter().fold(0, |all, byte| all | byte) < 0x80,
    }
}

fn check_utf8(start: usize, bytes: &[u8]) -> Result<&[u8], TokenError> {
    match core::str::from_utf8(bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            Err(TokenError::cbor(start.plus(error.valid_up_to()), TokenFault::InvalidUtf8))
        }
    }
}

/// Converts an IEEE 754 half-precision float exactly (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let sign = u64::from(bits >> 15) << 63;
    let exponent = u64::from((bits >> 10) & 0x1f);
    let fraction = u64::from(bits & 0x3ff);
    match exponent {
        // Subnormal: a multiple of 2^-24, which a double holds exactly.
        0 => {
            let magnitude = f64::from(bits & 0x3ff) * f64::from_bits(0x3e70_0000_0000_0000);
            f64::from_bits(magnitude.to_bits() | sign)
        }
        0x1f => f64::from_bits(sign | 0x7ff0_0000_0000_0000 | fraction << 42),
        // The bias goes from 15 to 1023.
        _ => f64::from_bits(sign | exponent.plus(1008) << 52 | fraction << 42),
    }
}
