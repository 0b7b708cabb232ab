//! The structure of a token: one pass over the CBOR checks everything and records offsets.
//!
//! The nesting is fixed (token, section, kind, entry), so plain functions follow it. Only metadata
//! and unknown values can nest freely.

use super::cbor::{Head, Reader};
use super::error::{TokenError, TokenFault, TokenPlace};
use super::index::Index;
use super::table::{EntryTable, read_mask};
use super::value::{self, Keys};
use super::{Limits, Section};
use crate::arithmetic::{CannotOverflow, as_u32};
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

/// The number of kinds.
pub(super) const KINDS: usize = ResourceKind::ALL.len();

/// The only format version.
pub(super) const VERSION: u64 = 2;

/// Offsets of a token's parts in its bytes.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) issued_at: u64,
    pub(super) ttl: u64,
    pub(super) authorized_user: Option<ByteRange>,
    pub(super) signature: Option<ByteRange>,
    /// The offset of the metadata's map.
    pub(super) meta: Option<u32>,
    pub(super) resources: [EntryTable; KINDS],
    pub(super) patterns: [EntryTable; KINDS],
    pub(super) categories: [Option<Permissions>; KINDS],
    pub(super) index: Index,
}

/// A range of a token's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByteRange {
    start: u32,
    len: u32,
}

impl ByteRange {
    /// Returns the range of the last `len` bytes that were read.
    fn before(reader: &Reader<'_>, len: usize) -> ByteRange {
        let start = reader.position().minus(len);
        ByteRange { start: as_u32(start), len: as_u32(len) }
    }

    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        bytes.get(start..start.plus(self.len as usize)).unwrap_or_default()
    }
}

/// Checks a whole token.
pub(super) fn decode(bytes: &[u8], limits: Limits) -> Result<Layout, TokenError> {
    if bytes.is_empty() {
        return Err(TokenError::cbor(0, TokenFault::Empty));
    }
    let mut decoder = Decoder::new(bytes, limits);
    decoder.token()?;
    let reader = decoder.reader;
    if reader.left() > 0 {
        return Err(TokenError::cbor(
            reader.position(),
            TokenFault::TrailingData { bytes: reader.left() },
        ));
    }
    decoder.finish()
}

struct Decoder<'a> {
    reader: Reader<'a>,
    nesting: u8,
    /// The known sections seen so far, as bits.
    seen: u16,
    layout: Layout,
    keys: Keys,
}

impl<'a> Decoder<'a> {
    fn new(bytes: &'a [u8], limits: Limits) -> Self {
        let layout = Layout {
            issued_at: 0,
            ttl: 0,
            authorized_user: None,
            signature: None,
            meta: None,
            resources: [EntryTable::default(); KINDS],
            patterns: [EntryTable::default(); KINDS],
            categories: [None; KINDS],
            index: Index::default(),
        };
        let nesting = limits.nesting();
        let reader = Reader::new(bytes);
        Decoder { reader, nesting, seen: 0, layout, keys: Keys::new() }
    }

    /// Checks that the required sections were there.
    fn finish(self) -> Result<Layout, TokenError> {
        for section in [Section::Version, Section::IssuedAt, Section::Ttl] {
            if self.seen & section.bit() == 0 {
                return Err(TokenError::cbor(
                    self.reader.position(),
                    TokenFault::MissingSection(section.key()),
                ));
            }
        }
        Ok(self.layout)
    }

    fn token(&mut self) -> Result<(), TokenError> {
        let sections = self.map(|| TokenPlace::Token, 1)?;
        let first_key = self.keys.len();
        for _ in 0..sections {
            let start = self.reader.position();
            let Some(section) =
                Section::from_key(self.reader.raw_string(|| TokenPlace::SectionKey)?)
            else {
                self.unknown_key(start, TokenPlace::SectionKey)?;
                value::check(&mut self.reader, 2, self.nesting, &mut self.keys)?;
                continue;
            };
            if self.seen & section.bit() != 0 {
                return Err(TokenError::cbor(start, TokenFault::DuplicateKey));
            }
            self.seen |= section.bit();
            self.section(section)?;
        }
        self.end_keys(first_key)
    }

    fn section(&mut self, section: Section) -> Result<(), TokenError> {
        match section {
            Section::Version => {
                let start = self.reader.position();
                let version = self.unsigned(section)?;
                if version != VERSION {
                    return Err(TokenError::cbor(start, TokenFault::UnsupportedVersion(version)));
                }
            }
            Section::IssuedAt => self.layout.issued_at = self.unsigned(section)?,
            Section::Ttl => self.layout.ttl = self.unsigned(section)?,
            Section::Resources | Section::Patterns | Section::Categories => self.kinds(section)?,
            Section::Meta => self.meta()?,
            Section::AuthorizedUser => self.layout.authorized_user = Some(self.user_id()?),
            Section::Signature => self.layout.signature = Some(self.signature()?),
        }
        Ok(())
    }

    fn unsigned(&mut self, section: Section) -> Result<u64, TokenError> {
        self.reader.unsigned(|| TokenPlace::Section(section.key()))
    }

    fn user_id(&mut self) -> Result<ByteRange, TokenError> {
        let user_id = self.reader.string(|| TokenPlace::Section(Section::AuthorizedUser.key()))?;
        Ok(ByteRange::before(&self.reader, user_id.len()))
    }

    fn signature(&mut self) -> Result<ByteRange, TokenError> {
        let start = self.reader.position();
        match self.reader.head()? {
            Head::Bytes(len) => {
                self.reader.take(len)?;
                Ok(ByteRange::before(&self.reader, len))
            }
            other => {
                let place = TokenPlace::Section(Section::Signature.key());
                Err(TokenError::wrong_type(start, place, "a byte string", other.describe()))
            }
        }
    }

    /// Reads the metadata: a map with any values.
    fn meta(&mut self) -> Result<(), TokenError> {
        let start = self.reader.position();
        let keys = self.map(|| TokenPlace::Section(Section::Meta.key()), 2)?;
        self.layout.meta = u32::try_from(start).ok();
        if keys > 0 {
            self.reader = self.reader.seek(start);
            value::check(&mut self.reader, 2, self.nesting, &mut self.keys)?;
        }
        Ok(())
    }

    /// Reads a section with a map of kinds.
    fn kinds(&mut self, section: Section) -> Result<(), TokenError> {
        let name = section.key();
        let kinds = self.map(|| TokenPlace::Section(name), 2)?;
        let first_key = self.keys.len();
        let mut seen = [false; KINDS];
        for _ in 0..kinds {
            let start = self.reader.position();
            let Some(kind) =
                ResourceKind::from_token_key(self.reader.raw_string(|| TokenPlace::KindKey(name))?)
            else {
                self.unknown_key(start, TokenPlace::KindKey(name))?;
                value::check(&mut self.reader, 3, self.nesting, &mut self.keys)?;
                continue;
            };
            if seen.get_mut(kind as usize).is_none_or(|seen| core::mem::replace(seen, true)) {
                return Err(TokenError::cbor(start, TokenFault::DuplicateKey));
            }
            self.kind(section, kind)?;
        }
        self.end_keys(first_key)
    }

    fn kind(&mut self, section: Section, kind: ResourceKind) -> Result<(), TokenError> {
        if section == Section::Categories {
            let permissions =
                read_mask(&mut self.reader, || TokenPlace::Kind(section.key(), kind))?;
            if let Some(slot) = self.layout.categories.get_mut(kind as usize) {
                *slot = Some(permissions);
            }
            return Ok(());
        }
        self.nest(3)?;
        let table =
            EntryTable::read(&mut self.reader, section.key(), kind, &mut self.layout.index)?;
        let tables = match section {
            Section::Patterns => &mut self.layout.patterns,
            _ => &mut self.layout.resources,
        };
        if let Some(slot) = tables.get_mut(kind as usize) {
            *slot = table;
        }
        Ok(())
    }

    /// Reads the head of a map at nesting level `depth`.
    fn map(&mut self, place: impl FnOnce() -> TokenPlace, depth: u8) -> Result<u32, TokenError> {
        self.nest(depth)?;
        self.reader.map(place)
    }

    fn nest(&self, depth: u8) -> Result<(), TokenError> {
        if depth > self.nesting {
            return Err(TokenError::cbor(
                self.reader.position(),
                TokenFault::TooDeep { limit: self.nesting },
            ));
        }
        Ok(())
    }

    /// Reads an unknown key again and records it.
    #[inline(never)]
    fn unknown_key(&mut self, start: usize, place: TokenPlace) -> Result<(), TokenError> {
        self.reader = self.reader.seek(start);
        self.reader.string(|| place)?;
        value::note_key(&self.reader, start, &mut self.keys);
        Ok(())
    }

    /// Ends a map. The records of its unknown keys start at `first`.
    #[inline]
    fn end_keys(&mut self, first: usize) -> Result<(), TokenError> {
        if self.keys.len() == first {
            return Ok(());
        }
        value::refuse_duplicates(&self.reader, self.keys.get_mut(first..).unwrap_or_default())?;
        self.keys.truncate(first);
        Ok(())
    }
}
