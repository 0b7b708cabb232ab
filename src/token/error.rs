//! Errors of decoding a token.
//!
//! Errors have a kind and a position. They never hold or print content of the token, except one
//! character.

use core::fmt;

use thiserror::Error;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::enums::named_enum;
use crate::request::resource::ResourceKind;

/// The position of a fault in a token.
///
/// ```
/// use pubnub_access::UnverifiedToken;
/// use pubnub_access::token::Position;
///
/// let error = UnverifiedToken::parse("qEF2 Ag").unwrap_err();
/// assert_eq!(error.position(), Position::Text(4)); // the space
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// A byte offset in the token's text.
    Text(usize),
    /// A byte offset in the CBOR that the text decodes to.
    Cbor(usize),
}

/// The error of decoding a token.
///
/// ```
/// use pubnub_access::token::Position;
/// use pubnub_access::{TokenErrorKind, UnverifiedToken};
///
/// let error = UnverifiedToken::parse("p0F2AkF0 Gl2").unwrap_err();
/// assert_eq!(error.kind(), TokenErrorKind::InvalidCharacter);
/// assert_eq!(error.position(), Position::Text(8));
/// assert_eq!(error.to_string(), "character 8 of the text is a space: expected base64url, without white space");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub struct TokenError {
    fault: TokenFault,
    position: Position,
}

named_enum! {
    /// The kinds of [`TokenError`].
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum TokenErrorKind, "kind of token error", code {
        /// The text, or the CBOR, is empty.
        Empty = "empty",
        /// The text, or the CBOR, is longer than the limit.
        TooLong = "too_long",
        /// A character of the text is in neither base64 alphabet.
        InvalidCharacter = "invalid_character",
        /// The text uses characters of both base64 alphabets (`-` or `_` with `+` or `/`).
        MixedAlphabets = "mixed_alphabets",
        /// The text's length is one that base64 cannot have.
        InvalidLength = "invalid_length",
        /// The padding has the wrong length or is not at the end.
        InvalidPadding = "invalid_padding",
        /// The last character of the text has bits that belong to no byte.
        TrailingBits = "trailing_bits",
        /// The CBOR ends inside an item.
        Truncated = "truncated",
        /// The CBOR continues after the token.
        TrailingData = "trailing_data",
        /// An item is not well-formed CBOR.
        Malformed = "malformed",
        /// A number or a length is not written in its shortest form.
        NonMinimal = "non_minimal",
        /// An item has an indefinite length.
        Indefinite = "indefinite",
        /// An item has a tag.
        Tagged = "tagged",
        /// A text is not UTF-8.
        InvalidUtf8 = "invalid_utf8",
        /// A map has the same key twice.
        DuplicateKey = "duplicate_key",
        /// Maps and arrays are nested deeper than the limit.
        TooDeep = "too_deep",
        /// An item has a type that is not allowed at its place.
        WrongType = "wrong_type",
        /// A permission mask is not within 0 to 255.
        InvalidMask = "invalid_mask",
        /// A required section is missing.
        MissingSection = "missing_section",
        /// The format version is not 2.
        UnsupportedVersion = "unsupported_version",
    }
}

/// An error's kind, with the details for its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub(crate) enum TokenFault {
    #[error("the token is empty: expected base64url of a CBOR map")]
    Empty,
    #[error("is longer than the limit of {limit} bytes")]
    TooLong { limit: usize },
    #[error("is a space: expected base64url, without white space")]
    Space,
    #[error("is {0:?}: expected base64url (A-Z a-z 0-9 - _)")]
    InvalidCharacter(char),
    #[error("is {0:?}: expected one base64 alphabet, not - or _ together with + or /")]
    MixedAlphabets(char),
    #[error(
        "the text has {0} characters, one more than a multiple of 4: something is missing or left over"
    )]
    InvalidLength(usize),
    #[error("is a misplaced `=`: expected padding to a multiple of 4, or none")]
    InvalidPadding,
    #[error("ends in bits that belong to no byte: expected zeros")]
    TrailingBits,
    #[error("the token ends too early, expected {} more", Bytes(*.missing))]
    Truncated { missing: u64 },
    #[error("expected the end of the token, found {} more", Bytes(as_u64(*.bytes)))]
    TrailingData { bytes: usize },
    #[error("not well-formed CBOR: {0}")]
    Malformed(&'static str),
    #[error("a number is not written in its shortest form")]
    NonMinimal,
    #[error("an item has no definite length")]
    Indefinite,
    #[error("an item has a tag, expected none")]
    Tagged,
    #[error("a text is not valid UTF-8")]
    InvalidUtf8,
    #[error("a map has the same key twice")]
    DuplicateKey,
    #[error("maps and arrays are nested deeper than the limit of {limit}")]
    TooDeep { limit: u8 },
    #[error("{place} is {found}, expected {expected}")]
    WrongType { place: TokenPlace, expected: &'static str, found: &'static str },
    #[error("a permission mask is {found}, expected 0 to 255")]
    InvalidMask { found: u64 },
    #[error("a permission mask is negative, expected 0 to 255")]
    NegativeMask,
    #[error("the token has no `{0}`, which is required")]
    MissingSection(&'static str),
    #[error("the token has format version {0}: expected 2")]
    UnsupportedVersion(u64),
}

/// The part of a token that an item belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TokenPlace {
    Token,
    SectionKey,
    Section(&'static str),
    KindKey(&'static str),
    Kind(&'static str, ResourceKind),
    Name(&'static str, ResourceKind),
    Mask(&'static str, ResourceKind),
}

impl TokenPlace {
    /// Returns the type that a place for a text expects.
    pub(crate) fn expects_text(self) -> &'static str {
        match self {
            TokenPlace::SectionKey | TokenPlace::KindKey(_) => "a text or a byte string",
            _ => "a text",
        }
    }
}

impl fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenPlace::Token => f.write_str("the token"),
            TokenPlace::SectionKey => f.write_str("a key of the token"),
            TokenPlace::Section(key) => write!(f, "`{key}`"),
            TokenPlace::KindKey(section) => write!(f, "a key of `{section}`"),
            TokenPlace::Kind(section, kind) => write!(f, "`{section}.{}`", kind.token_key()),
            TokenPlace::Name(section, kind) => {
                write!(f, "a name in `{section}.{}`", kind.token_key())
            }
            TokenPlace::Mask(section, kind) => {
                write!(f, "a permission mask in `{section}.{}`", kind.token_key())
            }
        }
    }
}

impl TokenError {
    pub(crate) fn text(at: usize, fault: TokenFault) -> Self {
        TokenError { fault, position: Position::Text(at) }
    }

    pub(crate) fn cbor(at: usize, fault: TokenFault) -> Self {
        TokenError { fault, position: Position::Cbor(at) }
    }

    #[cold]
    pub(crate) fn wrong_type(
        at: usize,
        place: TokenPlace,
        expected: &'static str,
        found: &'static str,
    ) -> Self {
        Self::cbor(at, TokenFault::WrongType { place, expected, found })
    }

    /// Returns the kind of error.
    #[must_use]
    pub fn kind(&self) -> TokenErrorKind {
        match self.fault {
            TokenFault::Empty => TokenErrorKind::Empty,
            TokenFault::TooLong { .. } => TokenErrorKind::TooLong,
            TokenFault::Space | TokenFault::InvalidCharacter(_) => TokenErrorKind::InvalidCharacter,
            TokenFault::MixedAlphabets(_) => TokenErrorKind::MixedAlphabets,
            TokenFault::InvalidLength(_) => TokenErrorKind::InvalidLength,
            TokenFault::InvalidPadding => TokenErrorKind::InvalidPadding,
            TokenFault::TrailingBits => TokenErrorKind::TrailingBits,
            TokenFault::Truncated { .. } => TokenErrorKind::Truncated,
            TokenFault::TrailingData { .. } => TokenErrorKind::TrailingData,
            TokenFault::Malformed(_) => TokenErrorKind::Malformed,
            TokenFault::NonMinimal => TokenErrorKind::NonMinimal,
            TokenFault::Indefinite => TokenErrorKind::Indefinite,
            TokenFault::Tagged => TokenErrorKind::Tagged,
            TokenFault::InvalidUtf8 => TokenErrorKind::InvalidUtf8,
            TokenFault::DuplicateKey => TokenErrorKind::DuplicateKey,
            TokenFault::TooDeep { .. } => TokenErrorKind::TooDeep,
            TokenFault::WrongType { .. } => TokenErrorKind::WrongType,
            TokenFault::InvalidMask { .. } | TokenFault::NegativeMask => {
                TokenErrorKind::InvalidMask
            }
            TokenFault::MissingSection(_) => TokenErrorKind::MissingSection,
            TokenFault::UnsupportedVersion(_) => TokenErrorKind::UnsupportedVersion,
        }
    }

    /// Returns the position: in the text for a fault of its base64, otherwise in the CBOR.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns the byte offset of the character at fault in the token's text.
    ///
    /// For a fault in the CBOR, this is the first character that carries the byte at fault. It has
    /// no meaning for a token that was never text.
    #[must_use]
    pub fn text_offset(&self) -> usize {
        match self.position {
            Position::Text(at) => at,
            // Four characters carry three bytes.
            Position::Cbor(at) => (at / 3).times(4).plus(at % 3),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.position, self.fault) {
            (Position::Text(_), TokenFault::TooLong { .. }) => f.write_str("the token's text ")?,
            (Position::Cbor(_), TokenFault::TooLong { .. }) => f.write_str("the token's CBOR ")?,
            // These messages are about the token as a whole.
            (_, TokenFault::Empty | TokenFault::InvalidLength(_)) => {}
            (_, TokenFault::MissingSection(_) | TokenFault::UnsupportedVersion(_)) => {}
            (Position::Text(at), _) => write!(f, "character {at} of the text ")?,
            (Position::Cbor(at), _) => {
                write!(
                    f,
                    "byte {at} of the CBOR (character {} of the text): ",
                    self.text_offset()
                )?;
            }
        }
        self.fault.fmt(f)
    }
}

/// A number of bytes.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}
