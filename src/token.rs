//! Decoded tokens: decoding, limits and contents.
//!
//! This module makes no decisions. The signature is kept but never verified, since PubNub does not
//! publish how it is made.

mod armor;
mod cbor;
mod decode;
mod error;
mod grants;
mod hashed_key;
mod index;
mod meta;
#[cfg(feature = "mint")]
pub(crate) mod mint;
mod refresh;
mod table;
mod value;

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::slice;
use core::str::FromStr;

use crate::arithmetic::CannotOverflow;
use crate::display::Escaped;
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

use cbor::{Head, Reader};
use decode::Layout;
use error::TokenPlace;

pub use error::{Position, TokenError, TokenErrorKind};
pub use grants::{Grant, GrantIter, GrantTable, Grants, GrantsIter};
pub use meta::{MetaArray, MetaArrayIter, MetaMap, MetaMapIter, MetaValue};
pub use refresh::Refresh;

/// The documented range of a token's time to live, in minutes: up to 30 days.
pub(crate) const TTL_MINUTES: core::ops::RangeInclusive<u64> = 1..=43_200;

/// Limits on the size and the nesting of a token.
///
/// ```
/// use pubnub_access::{Limits, TokenErrorKind, UnverifiedToken};
///
/// let limits = Limits::new().max_text_len(8);
/// let error = UnverifiedToken::parse_with("p0F2AkF0Gl2", limits).unwrap_err();
/// assert_eq!(error.kind(), TokenErrorKind::TooLong);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Limits {
    text_len: usize,
    nesting: u8,
}

impl Limits {
    /// The default of [`max_text_len`](Self::max_text_len): 32 KiB, the longest request that the
    /// service accepts ([documented](https://www.pubnub.com/docs/general/setup/limits)).
    pub const DEFAULT_TEXT_LEN: usize = 32 * 1024;
    /// The default of [`max_nesting`](Self::max_nesting). A token needs 3 levels outside its
    /// metadata.
    pub const DEFAULT_NESTING: u8 = 16;
    /// The greatest value of [`max_nesting`](Self::max_nesting).
    pub const GREATEST_NESTING: u8 = value::MAX_NESTING;

    /// The default limits.
    pub const fn new() -> Self {
        Limits { text_len: Self::DEFAULT_TEXT_LEN, nesting: Self::DEFAULT_NESTING }
    }

    /// Sets the length of the longest text to decode, in bytes, padding included. The CBOR inside
    /// can have three quarters of that. More than 4 GiB counts as 4 GiB.
    pub const fn max_text_len(mut self, bytes: usize) -> Self {
        self.text_len = bytes;
        self
    }

    /// Sets the number of levels that maps and arrays may be nested, from 1 to 64. The token itself
    /// is the first level. A value outside the range counts as the nearest one inside.
    pub const fn max_nesting(mut self, levels: u8) -> Self {
        self.nesting = levels;
        self
    }

    fn text_len(self) -> usize {
        // Offsets are kept in 32 bits.
        self.text_len.min(u32::MAX as usize)
    }

    fn cbor_len(self) -> usize {
        // Four characters carry three bytes; two or three remaining characters carry one or two.
        let left_over = (self.text_len() % 4).saturating_sub(1);
        (self.text_len() / 4).times(3).plus(left_over)
    }

    fn nesting(self) -> u8 {
        self.nesting.clamp(1, Self::GREATEST_NESTING)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// The sections of a token that this library knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Section {
    Version,
    IssuedAt,
    Ttl,
    Resources,
    Patterns,
    Categories,
    Meta,
    AuthorizedUser,
    Signature,
}

impl Section {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Section::Version => "v",
            Section::IssuedAt => "t",
            Section::Ttl => "ttl",
            Section::Resources => "res",
            Section::Patterns => "pat",
            Section::Categories => "cat",
            Section::Meta => "meta",
            Section::AuthorizedUser => "uuid",
            Section::Signature => "sig",
        }
    }

    fn from_key(key: &[u8]) -> Option<Section> {
        Some(match key {
            b"v" => Section::Version,
            b"t" => Section::IssuedAt,
            b"ttl" => Section::Ttl,
            b"res" => Section::Resources,
            b"pat" => Section::Patterns,
            b"cat" => Section::Categories,
            b"meta" => Section::Meta,
            b"uuid" => Section::AuthorizedUser,
            b"sig" => Section::Signature,
            _ => return None,
        })
    }

    fn bit(self) -> u16 {
        1 << (self as u8)
    }
}

/// A decoded Access Manager v3 token.
///
/// **Unverified**: only PubNub knows whether a token is genuine and not revoked. Everything read
/// from it, and every decision made with it, assumes that it is.
///
/// Tokens are compared and hashed by their decoded bytes, whatever alphabet or padding their texts
/// have. `Debug` shows neither the token nor its signature.
///
/// ```
/// use pubnub_access::UnverifiedToken;
///
/// let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// assert_eq!(token.authorized_user(), Some("alice"));
/// assert!(token.resources().channels().get("room-1").unwrap().has_read());
/// assert_eq!(token.expires_at(), token.issued_at() + 60 * token.ttl_minutes());
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Clone)]
pub struct UnverifiedToken {
    bytes: Vec<u8>,
    layout: Layout,
}

impl UnverifiedToken {
    /// Decodes a token's text with the default [`Limits`].
    ///
    /// # Errors
    /// Anything that is not exactly one well-formed token: `""`, `"not a token"`, a token with a
    /// space, a newline, or half of its characters missing. [`TokenErrorKind`] lists the kinds.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        Self::parse_with(text, Limits::new())
    }

    /// Decodes a token's text with other limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, limits: Limits) -> Result<Self, TokenError> {
        let bytes = armor::decode(text, limits.text_len())?;
        let layout = decode::decode(&bytes, limits)?;
        Ok(UnverifiedToken { bytes, layout })
    }

    /// Decodes a token's CBOR, without the base64 around it.
    ///
    /// # Errors As [`parse`](Self::parse), with every position a [`Position::Cbor`].
    pub fn from_cbor(bytes: Vec<u8>, limits: Limits) -> Result<Self, TokenError> {
        let limit = limits.cbor_len();
        if bytes.len() > limit {
            return Err(TokenError::cbor(limit, error::TokenFault::TooLong { limit }));
        }
        let layout = decode::decode(&bytes, limits)?;
        Ok(UnverifiedToken { bytes, layout })
    }

    /// Returns the token's CBOR.
    #[must_use]
    pub fn as_cbor(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the version of the token format: always 2.
    #[must_use]
    pub fn version(&self) -> u64 {
        decode::VERSION
    }

    /// Returns the time of issue in Unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> u64 {
        self.layout.issued_at
    }

    /// Returns the time to live in minutes. The service documents 1 to 43,200 (30 days); any number
    /// decodes.
    #[must_use]
    pub fn ttl_minutes(&self) -> u64 {
        self.layout.ttl
    }

    /// Returns the expiry in Unix seconds; `u64::MAX` if it is that time or later.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        u64::try_from(self.expiry()).unwrap_or(u64::MAX)
    }

    /// Returns the exact expiry. Its parts have 64 bits, so it fits 128.
    pub(crate) fn expiry(&self) -> u128 {
        u128::from(self.layout.issued_at).plus(u128::from(self.layout.ttl).times(60))
    }

    /// Returns the only user id that may use the token; `None` if any may.
    #[must_use]
    pub fn authorized_user(&self) -> Option<&str> {
        core::str::from_utf8(self.layout.authorized_user?.of(&self.bytes)).ok()
    }

    /// Reports whether only one user may use the token.
    pub(crate) fn is_bound(&self) -> bool {
        self.layout.authorized_user.is_some()
    }

    /// Reports whether the token is bound to exactly this user.
    pub(crate) fn is_bound_to(&self, user_id: &str) -> bool {
        self.layout.authorized_user.is_some_and(|span| span.of(&self.bytes) == user_id.as_bytes())
    }

    /// Returns the grants on resources that the token names.
    #[must_use]
    pub fn resources(&self) -> Grants<'_> {
        Grants { token: self, tables: &self.layout.resources }
    }

    /// Returns the grants on resources whose names match a pattern. The "names" of these grants are
    /// the patterns.
    #[must_use]
    pub fn patterns(&self) -> Grants<'_> {
        Grants { token: self, tables: &self.layout.patterns }
    }

    /// Returns the grants on whole kinds of resources; only `get` has an effect so far.
    #[must_use]
    pub fn categories(&self) -> Categories<'_> {
        Categories { token: self, kinds: ResourceKind::ALL.iter() }
    }

    /// Returns the grant on a whole kind of resources.
    #[must_use]
    pub fn category(&self, kind: ResourceKind) -> Option<Permissions> {
        self.layout.categories.get(kind as usize).copied().flatten()
    }

    /// Returns the metadata; empty if the token has none.
    #[must_use]
    pub fn meta(&self) -> MetaMap<'_> {
        match self.layout.meta.and_then(|offset| MetaValue::at(&self.bytes, offset as usize)) {
            Some(MetaValue::Map(meta)) => meta,
            _ => MetaMap::EMPTY,
        }
    }

    /// Returns the signature, **not verified**. The service's tokens have 32 bytes; other tokens
    /// may have any number or none.
    #[must_use]
    pub fn signature_unverified(&self) -> Option<&[u8]> {
        Some(self.layout.signature?.of(&self.bytes))
    }

    /// Returns the unknown sections, and the unknown kinds inside sections. They grant nothing.
    #[must_use]
    pub fn unknown(&self) -> UnknownEntries<'_> {
        // The token was checked when it was decoded, so walking it again cannot fail.
        let sections = MapWalk::new(Reader::new(&self.bytes));
        UnknownEntries { sections, section: None, kinds: MapWalk::EMPTY }
    }
}

/// The grants of a token on whole kinds of resources.
#[derive(Debug, Clone)]
pub struct Categories<'a> {
    token: &'a UnverifiedToken,
    kinds: slice::Iter<'static, ResourceKind>,
}

impl Iterator for Categories<'_> {
    type Item = (ResourceKind, Permissions);

    fn next(&mut self) -> Option<(ResourceKind, Permissions)> {
        let token = self.token;
        self.kinds.find_map(|kind| Some((*kind, token.category(*kind)?)))
    }
}

/// Walks the keys and values of a map with text keys.
#[derive(Clone, Copy)]
struct MapWalk<'a> {
    reader: Option<Reader<'a>>,
    left: u32,
}

impl<'a> MapWalk<'a> {
    const EMPTY: MapWalk<'static> = MapWalk { reader: None, left: 0 };

    /// Walks the map at a reader's position.
    fn new(mut reader: Reader<'a>) -> Self {
        match reader.head() {
            Ok(Head::Map(left)) => MapWalk { reader: Some(reader), left },
            _ => MapWalk::EMPTY,
        }
    }
}

impl<'a> Iterator for MapWalk<'a> {
    type Item = (&'a str, Reader<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let reader = self.reader.as_mut()?;
        let key = core::str::from_utf8(reader.raw_string(|| TokenPlace::Token).ok()?).ok()?;
        let value = *reader;
        reader.skip().ok()?;
        Some((key, value))
    }
}

/// An unknown section of a token, or an unknown kind inside a section.
///
/// Prints as a path, as in `res.foo`.
#[derive(Clone, Copy)]
pub struct UnknownEntry<'a> {
    section: Option<&'static str>,
    key: &'a str,
    value: Reader<'a>,
}

/// The unknown sections of a token, and the unknown kinds inside its sections.
#[derive(Clone)]
pub struct UnknownEntries<'a> {
    sections: MapWalk<'a>,
    /// The section of `kinds`.
    section: Option<&'static str>,
    kinds: MapWalk<'a>,
}

impl<'a> Iterator for UnknownEntries<'a> {
    type Item = UnknownEntry<'a>;

    fn next(&mut self) -> Option<UnknownEntry<'a>> {
        loop {
            let unknown_kind =
                self.kinds.find(|(key, _)| ResourceKind::from_token_key(key.as_bytes()).is_none());
            if let Some((key, value)) = unknown_kind {
                return Some(UnknownEntry { section: self.section, key, value });
            }
            let (key, value) = self.sections.next()?;
            match Section::from_key(key.as_bytes()) {
                None => return Some(UnknownEntry { section: None, key, value }),
                Some(section @ (Section::Resources | Section::Patterns | Section::Categories)) => {
                    self.section = Some(section.key());
                    self.kinds = MapWalk::new(value);
                }
                Some(_) => {}
            }
        }
    }
}

impl fmt::Debug for UnknownEntries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> UnknownEntry<'a> {
    /// Returns the section that holds it; `None` if it is itself a section.
    #[must_use]
    pub fn section(&self) -> Option<&'static str> {
        self.section
    }

    /// Returns its key.
    #[must_use]
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Returns its path, as in `res.foo`. `Display` shows the same, safe to print.
    #[must_use]
    pub fn path(&self) -> String {
        match self.section {
            Some(section) => [section, ".", self.key].concat(),
            None => self.key.into(),
        }
    }

    /// Returns its value.
    #[must_use]
    pub fn value(&self) -> Option<MetaValue<'a>> {
        MetaValue::read(self.value)
    }
}

impl fmt::Display for UnknownEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(section) = self.section {
            write!(f, "{section}.")?;
        }
        Escaped(self.key).fmt(f)
    }
}

impl fmt::Debug for UnknownEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unknown({:?}, {:?})", self.section, self.key)
    }
}

impl PartialEq for UnverifiedToken {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for UnverifiedToken {}

impl Hash for UnverifiedToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl PartialOrd for UnverifiedToken {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UnverifiedToken {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

/// Shows the times and the number of grants, but neither the text nor the signature.
impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |grants: Grants<'_>| grants.iter().map(|(_, table)| table.len()).sum::<usize>();
        f.debug_struct("UnverifiedToken")
            .field("issued_at", &self.issued_at())
            .field("ttl_minutes", &self.ttl_minutes())
            .field("authorized_user", &self.authorized_user())
            .field("resources", &count(self.resources()))
            .field("patterns", &count(self.patterns()))
            .finish_non_exhaustive()
    }
}

impl FromStr for UnverifiedToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for UnverifiedToken {
    type Error = TokenError;

    fn try_from(text: &str) -> Result<Self, TokenError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for UnverifiedToken {
    type Error = TokenError;

    fn try_from(text: String) -> Result<Self, TokenError> {
        Self::parse(&text)
    }
}
