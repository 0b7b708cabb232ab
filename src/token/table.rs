//! The grants of one kind: a CBOR map of names to masks, read in place.
//!
//! A small table is searched from front to back. A larger one has an index.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::cbor::{Head, Reader};
use super::error::{TokenError, TokenFault, TokenPlace};
use super::hashed_key::{self, HashedKey};
use super::index::{Added, Index, SlotRange};

use crate::arithmetic::as_u32;
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

/// Tables of up to this many entries have no index.
const SMALL: usize = 8;

/// An average entry of a large table takes at least this many bytes; fewer cost the index another
/// allocation.
const USUAL_ENTRY: usize = 10;

/// The position of a table's entries.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EntryTable {
    /// The offset of the first entry.
    offset: u32,
    count: u32,
    /// The slots of a large table in the index.
    slots: SlotRange,
}

/// An entry: a name and its permissions.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableEntry<'a> {
    pub(super) name: &'a str,
    pub(super) permissions: Permissions,
}

impl EntryTable {
    /// Reads a table and refuses duplicate names.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        section: &'static str,
        kind: ResourceKind,
        index: &mut Index,
    ) -> Result<EntryTable, TokenError> {
        let count = reader.map(|| TokenPlace::Kind(section, kind))?;
        let mut table =
            EntryTable { offset: as_u32(reader.position()), count, slots: SlotRange::default() };
        if count == 0 {
            // Most kinds are empty in most tokens.
        } else if table.is_small() {
            let mut names: [&[u8]; SMALL] = [&[]; SMALL];
            for position in 0..table.len() {
                let at = reader.position();
                let name = read_entry(reader, section, kind)?;
                let (earlier, later) = names.split_at_mut_checked(position).unwrap_or_default();
                if earlier.iter().any(|earlier| is_same(earlier, name)) {
                    return Err(TokenError::cbor(at, TokenFault::DuplicateKey));
                }
                if let Some(slot) = later.first_mut() {
                    *slot = name;
                }
            }
        } else {
            table.read_large(reader, section, kind, index)?;
        }
        Ok(table)
    }

    fn read_large(
        &mut self,
        reader: &mut Reader<'_>,
        section: &'static str,
        kind: ResourceKind,
        index: &mut Index,
    ) -> Result<(), TokenError> {
        let start = *reader;
        let mut hashing = index.hashing(self.len(), reader.left() / USUAL_ENTRY);
        for _ in 0..self.count {
            let at = reader.position();
            let name = read_entry(reader, section, kind)?;
            match hashing.add(name, at, |slot| name_of(&start, slot) == name) {
                Added::New => {}
                Added::Duplicate => return Err(TokenError::cbor(at, TokenFault::DuplicateKey)),
                Added::Crowded => {
                    hashing.give_up();
                    *reader = start;
                    return self.read_crowded(reader, section, kind, index);
                }
            }
        }
        self.slots = hashing.finish();
        Ok(())
    }

    /// Reads a table whose names' hashes collide, with a sorted index.
    #[cold]
    fn read_crowded(
        &mut self,
        reader: &mut Reader<'_>,
        section: &'static str,
        kind: ResourceKind,
        index: &mut Index,
    ) -> Result<(), TokenError> {
        let mut sorted = Vec::with_capacity(self.len());
        for _ in 0..self.count {
            let at = reader.position();
            sorted.push(HashedKey::new(hashed_key::hash(read_entry(reader, section, kind)?), at));
        }
        hashed_key::sort(&mut sorted, |slot| name_of(reader, slot))?;
        self.slots = index.add_sorted(&sorted);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// Reports whether the token has the map. No entry is at offset 0 of a token.
    #[cfg(feature = "serde")]
    pub(super) fn is_present(&self) -> bool {
        self.offset > 0
    }

    fn is_small(&self) -> bool {
        self.len() <= SMALL
    }

    /// Returns the entries in the token's order.
    pub(super) fn entries<'a>(&self, bytes: &'a [u8]) -> Entries<'a> {
        Entries { reader: Reader::at(bytes, self.offset as usize), left: self.len() }
    }

    /// Returns the entry for `lead` followed by `name`. `lead` is empty or a colon.
    #[inline]
    pub(super) fn find<'a>(
        &self,
        bytes: &'a [u8],
        index: &Index,
        lead: &[u8],
        name: &[u8],
    ) -> Option<(&'a [u8], Permissions)> {
        if self.is_small() {
            let mut reader = Reader::at(bytes, self.offset as usize);
            for _ in 0..self.count {
                let (candidate, permissions) = reread(&mut reader)?;
                if is_joined(candidate, lead, name) {
                    return Some((candidate, permissions));
                }
            }
            return None;
        }
        let hash = if lead.is_empty() {
            hashed_key::hash(name)
        } else {
            hashed_key::hash_after_colon(name)
        };
        let reader = Reader::new(bytes);
        let found =
            index.find(self.slots, hash, |slot| compare(name_of(&reader, slot), lead, name));
        reread(&mut reader.seek(found?.offset()))
    }
}

/// The entries of a table, in the token's order.
#[derive(Debug, Clone)]
pub(super) struct Entries<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Entries<'a> {
    /// Returns the next entry's name, which is UTF-8, and its permissions.
    #[inline]
    fn next_raw(&mut self) -> Option<(&'a [u8], Permissions)> {
        self.left = self.left.checked_sub(1)?;
        reread(&mut self.reader)
    }

    /// Returns the entries with their names as bytes, since checking UTF-8 again costs time.
    #[inline]
    pub(super) fn raw(mut self) -> impl Iterator<Item = (&'a [u8], Permissions)> {
        core::iter::from_fn(move || self.next_raw())
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = TableEntry<'a>;

    fn next(&mut self) -> Option<TableEntry<'a>> {
        let (name, permissions) = self.next_raw()?;
        Some(TableEntry { name: core::str::from_utf8(name).ok()?, permissions })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Reads an entry for the first time, and checks it.
#[inline]
fn read_entry<'a>(
    reader: &mut Reader<'a>,
    section: &'static str,
    kind: ResourceKind,
) -> Result<&'a [u8], TokenError> {
    let name = reader.string(|| TokenPlace::Name(section, kind))?;
    read_mask(reader, || TokenPlace::Mask(section, kind))?;
    Ok(name)
}

/// Reads a permission mask.
#[inline(always)]
pub(super) fn read_mask(
    reader: &mut Reader<'_>,
    place: impl FnOnce() -> TokenPlace,
) -> Result<Permissions, TokenError> {
    let start = reader.position();
    match reader.unsigned(place).map(u8::try_from) {
        Ok(Ok(mask)) => Ok(Permissions::from_mask(mask)),
        other => Err(mask_fault(reader.seek(start), other.err())),
    }
}

/// Returns the fault of the mask at a reader's position, or the given error.
#[cold]
fn mask_fault(mut reader: Reader<'_>, error: Option<TokenError>) -> TokenError {
    let start = reader.position();
    match (reader.head(), error) {
        (Ok(Head::Negative(_)), _) => TokenError::cbor(start, TokenFault::NegativeMask),
        (Ok(Head::Unsigned(mask)), None) => {
            TokenError::cbor(start, TokenFault::InvalidMask { found: mask })
        }
        (_, Some(error)) | (Err(error), None) => error,
        (Ok(other), None) => TokenError::wrong_type(
            start,
            TokenPlace::Token,
            "an unsigned integer",
            other.describe(),
        ),
    }
}

/// Reads an entry that was checked before. Usual entries are read inline: names shorter than 256
/// bytes, and masks of one or two bytes.
#[inline(always)]
fn reread<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], Permissions)> {
    let (len, rest) = match reader.rest() {
        [head @ (0x40..=0x57 | 0x60..=0x77), rest @ ..] => (head & 0x1f, rest),
        [0x58 | 0x78, len, rest @ ..] => (*len, rest),
        _ => return reread_long(reader),
    };
    let (name, rest) = rest.split_at_checked(usize::from(len))?;
    let ([mask @ 0..24, rest @ ..] | [0x18, mask, rest @ ..]) = rest else { return None };
    *reader = reader.with_rest(rest);
    Some((name, Permissions::from_mask(*mask)))
}

#[cold]
#[inline(never)]
fn reread_long<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], Permissions)> {
    let name = reader.checked_string()?;
    let mask = reader.unsigned(|| TokenPlace::Token).ok()?;
    Some((name, Permissions::from_mask(u8::try_from(mask).ok()?)))
}

fn name_of<'a>(reader: &Reader<'a>, slot: HashedKey) -> &'a [u8] {
    reread(&mut reader.seek(slot.offset())).map(|(name, _)| name).unwrap_or_default()
}

/// Reports whether a name is `lead` followed by `rest`.
#[inline]
fn is_joined(name: &[u8], lead: &[u8], rest: &[u8]) -> bool {
    if lead.is_empty() {
        return is_same(name, rest);
    }
    name.strip_prefix(lead).is_some_and(|name| is_same(name, rest))
}

/// Reports whether two names are equal. Names in one token often share a prefix, so the length and
/// the last byte are compared first.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.last() == b.last() && a == b
}

/// Compares a name with `lead` followed by `rest`.
fn compare(name: &[u8], lead: &[u8], rest: &[u8]) -> Ordering {
    if lead.is_empty() { name.cmp(rest) } else { name.iter().cmp(lead.iter().chain(rest)) }
}
