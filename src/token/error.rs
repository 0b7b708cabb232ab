//! Why a text or a byte string is not a token.
//!
//! Errors say what is wrong and where; they never hold or print any part of the token's content.

use core::fmt;

use crate::resource::ResourceKind;

/// Where in a token something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// A byte offset in the token's text.
    Text(usize),
    /// A byte offset in the CBOR that the text decodes to.
    Cbor(usize),
}

/// Why a token does not decode.
///
/// ```
/// use pubnub_access::{Position, TokenErrorKind, UnverifiedToken};
///
/// let error = UnverifiedToken::parse("p0F2AkF0 Gl2").unwrap_err();
/// assert_eq!(error.kind(), TokenErrorKind::InvalidCharacter);
/// assert_eq!(error.position(), Position::Text(8));
/// assert_eq!(error.to_string(), "character 8 of the text is a space: expected base64url, without white space");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError {
    fault: Fault,
    position: Position,
}

/// The kinds of [`TokenError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The text, or the CBOR, is empty.
    Empty,
    /// The text, or the CBOR, is longer than the limit.
    TooLong,
    /// A character of the text is in neither base64 alphabet.
    InvalidCharacter,
    /// The text uses characters of both base64 alphabets (`-` or `_` with `+` or `/`).
    MixedAlphabets,
    /// The text's length is one that base64 cannot have.
    InvalidLength,
    /// The padding is too long, too short, or not at the end.
    InvalidPadding,
    /// The last character of the text has bits that belong to no byte.
    TrailingBits,
    /// The CBOR ends inside an item, or an item claims more than is left.
    Truncated,
    /// The CBOR goes on after the token.
    TrailingData,
    /// An item is not well-formed CBOR.
    Malformed,
    /// A number or a length is written longer than it needs to be.
    NonMinimal,
    /// An item has an indefinite length.
    Indefinite,
    /// An item has a tag.
    Tagged,
    /// A text is not UTF-8.
    InvalidUtf8,
    /// A map has the same key twice.
    DuplicateKey,
    /// Maps and arrays are nested deeper than the limit.
    TooDeep,
    /// An item has a type that its place does not allow.
    WrongType,
    /// A permission mask is not within 0 to 255.
    InvalidMask,
    /// A required section is missing.
    MissingSection,
    /// The format version is not 2.
    UnsupportedVersion,
}

impl TokenErrorKind {
    /// The kind's stable code in snake case, as in `trailing_data`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TokenErrorKind::Empty => "empty",
            TokenErrorKind::TooLong => "too_long",
            TokenErrorKind::InvalidCharacter => "invalid_character",
            TokenErrorKind::MixedAlphabets => "mixed_alphabets",
            TokenErrorKind::InvalidLength => "invalid_length",
            TokenErrorKind::InvalidPadding => "invalid_padding",
            TokenErrorKind::TrailingBits => "trailing_bits",
            TokenErrorKind::Truncated => "truncated",
            TokenErrorKind::TrailingData => "trailing_data",
            TokenErrorKind::Malformed => "malformed",
            TokenErrorKind::NonMinimal => "non_minimal",
            TokenErrorKind::Indefinite => "indefinite",
            TokenErrorKind::Tagged => "tagged",
            TokenErrorKind::InvalidUtf8 => "invalid_utf8",
            TokenErrorKind::DuplicateKey => "duplicate_key",
            TokenErrorKind::TooDeep => "too_deep",
            TokenErrorKind::WrongType => "wrong_type",
            TokenErrorKind::InvalidMask => "invalid_mask",
            TokenErrorKind::MissingSection => "missing_section",
            TokenErrorKind::UnsupportedVersion => "unsupported_version",
        }
    }
}

/// An error's kind with what its message needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    TooLong { limit: usize },
    InvalidCharacter(char),
    MixedAlphabets(char),
    InvalidLength(usize),
    InvalidPadding,
    TrailingBits,
    Truncated { missing: u64 },
    TrailingData { bytes: usize },
    Malformed(&'static str),
    NonMinimal,
    Indefinite,
    Tagged,
    InvalidUtf8,
    DuplicateKey,
    TooDeep { limit: u8 },
    WrongType { place: Place, expected: &'static str, found: &'static str },
    InvalidMask { found: Option<u64> },
    MissingSection(&'static str),
    UnsupportedVersion(u64),
}

/// What part of a token an item stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Token,
    SectionKey,
    Section(&'static str),
    KindKey(&'static str),
    Kind(&'static str, ResourceKind),
    Name(&'static str, ResourceKind),
    Mask(&'static str, ResourceKind),
}

impl Place {
    /// What a place for a text expects.
    pub(crate) fn expects_text(self) -> &'static str {
        match self {
            Place::SectionKey | Place::KindKey(_) => "a text or a byte string",
            _ => "a text",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Token => f.write_str("the token"),
            Place::SectionKey => f.write_str("a key of the token"),
            Place::Section(key) => write!(f, "`{key}`"),
            Place::KindKey(section) => write!(f, "a key of `{section}`"),
            Place::Kind(section, kind) => write!(f, "`{section}.{}`", kind.token_key()),
            Place::Name(section, kind) => write!(f, "a name in `{section}.{}`", kind.token_key()),
            Place::Mask(section, kind) => write!(f, "a permission mask in `{section}.{}`", kind.token_key()),
        }
    }
}

impl TokenError {
    pub(crate) fn text(at: usize, fault: Fault) -> Self {
        TokenError { fault, position: Position::Text(at) }
    }

    pub(crate) fn cbor(at: usize, fault: Fault) -> Self {
        TokenError { fault, position: Position::Cbor(at) }
    }

    #[cold]
    pub(crate) fn wrong_type(at: usize, place: Place, expected: &'static str, found: &'static str) -> Self {
        Self::cbor(at, Fault::WrongType { place, expected, found })
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> TokenErrorKind {
        match self.fault {
            Fault::Empty => TokenErrorKind::Empty,
            Fault::TooLong { .. } => TokenErrorKind::TooLong,
            Fault::InvalidCharacter(_) => TokenErrorKind::InvalidCharacter,
            Fault::MixedAlphabets(_) => TokenErrorKind::MixedAlphabets,
            Fault::InvalidLength(_) => TokenErrorKind::InvalidLength,
            Fault::InvalidPadding => TokenErrorKind::InvalidPadding,
            Fault::TrailingBits => TokenErrorKind::TrailingBits,
            Fault::Truncated { .. } => TokenErrorKind::Truncated,
            Fault::TrailingData { .. } => TokenErrorKind::TrailingData,
            Fault::Malformed(_) => TokenErrorKind::Malformed,
            Fault::NonMinimal => TokenErrorKind::NonMinimal,
            Fault::Indefinite => TokenErrorKind::Indefinite,
            Fault::Tagged => TokenErrorKind::Tagged,
            Fault::InvalidUtf8 => TokenErrorKind::InvalidUtf8,
            Fault::DuplicateKey => TokenErrorKind::DuplicateKey,
            Fault::TooDeep { .. } => TokenErrorKind::TooDeep,
            Fault::WrongType { .. } => TokenErrorKind::WrongType,
            Fault::InvalidMask { .. } => TokenErrorKind::InvalidMask,
            Fault::MissingSection(_) => TokenErrorKind::MissingSection,
            Fault::UnsupportedVersion(_) => TokenErrorKind::UnsupportedVersion,
        }
    }

    /// Where the fault is: in the text for a fault of its base64, in the CBOR for everything else.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The byte offset in the token's text of the character that the fault stands in.
    ///
    /// For a fault in the CBOR this is the first of the characters that carry the byte at fault. It means nothing for
    /// a token that was never text.
    #[must_use]
    pub fn text_offset(&self) -> usize {
        match self.position {
            Position::Text(at) => at,
            // Four characters carry three bytes.
            Position::Cbor(at) => (at / 3).saturating_mul(4).saturating_add(at % 3),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.position, self.fault) {
            (_, Fault::Empty) => return f.write_str("the token is empty: expected base64url of a CBOR map"),
            (Position::Text(_), Fault::TooLong { limit }) => {
                return write!(f, "the token's text is longer than the limit of {limit} bytes");
            }
            (Position::Cbor(_), Fault::TooLong { limit }) => {
                return write!(f, "the token's CBOR is longer than the limit of {limit} bytes");
            }
            (_, Fault::InvalidLength(length)) => {
                return write!(
                    f,
                    "the text has {length} characters, one more than a multiple of 4: something is missing or left over"
                );
            }
            (_, Fault::MissingSection(key)) => return write!(f, "the token has no `{key}`, which is required"),
            (_, Fault::UnsupportedVersion(version)) => {
                return write!(f, "the token has format version {version}: expected 2");
            }
            (Position::Text(at), _) => write!(f, "character {at} of the text ")?,
            (Position::Cbor(at), _) => {
                write!(f, "byte {at} of the CBOR (character {} of the text): ", self.text_offset())?;
            }
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Fault::InvalidCharacter(' ') => f.write_str("is a space: expected base64url, without white space"),
            Fault::InvalidCharacter(found) => write!(f, "is {found:?}: expected base64url (A-Z a-z 0-9 - _)"),
            Fault::MixedAlphabets(found) => {
                write!(f, "is {found:?}: expected one base64 alphabet, not - or _ together with + or /")
            }
            Fault::InvalidPadding => f.write_str("is a misplaced `=`: expected padding to a multiple of 4, or none"),
            Fault::TrailingBits => f.write_str("ends in bits that belong to no byte: expected zeros"),
            Fault::Truncated { missing } => write!(f, "the token ends too early, expected {} more", Bytes(missing)),
            Fault::TrailingData { bytes } => {
                write!(f, "expected the end of the token, found {} more", Bytes(bytes.try_into().unwrap_or(u64::MAX)))
            }
            Fault::Malformed(what) => write!(f, "not well-formed CBOR: {what}"),
            Fault::NonMinimal => f.write_str("a number is not written in its shortest form"),
            Fault::Indefinite => f.write_str("an item has no definite length"),
            Fault::Tagged => f.write_str("an item has a tag, expected none"),
            Fault::InvalidUtf8 => f.write_str("a text is not valid UTF-8"),
            Fault::DuplicateKey => f.write_str("a key stands twice in one map"),
            Fault::TooDeep { limit } => write!(f, "maps and arrays are nested deeper than the limit of {limit}"),
            Fault::WrongType { place, expected, found } => write!(f, "{place} is {found}, expected {expected}"),
            Fault::InvalidMask { found: Some(mask) } => write!(f, "a permission mask is {mask}, expected 0 to 255"),
            Fault::InvalidMask { found: None } => f.write_str("a permission mask is negative, expected 0 to 255"),
            // `TokenError` writes these whole.
            Fault::Empty
            | Fault::TooLong { .. }
            | Fault::InvalidLength(_)
            | Fault::MissingSection(_)
            | Fault::UnsupportedVersion(_) => Ok(()),
        }
    }
}

/// A number of bytes.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

impl core::error::Error for TokenError {}
