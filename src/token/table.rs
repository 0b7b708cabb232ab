//! The grants of one kind: a CBOR map of names to masks, read in place.
//!
//! A small table is searched from front to back. A larger one has an index, sorted by a hash of the names and, where
//! hashes are equal, by the names themselves: names that are chosen to collide cost comparisons, never quadratic time.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::cbor::{Head, Reader};
use super::error::{Fault, Place, TokenError};
use crate::permission::Permissions;
use crate::resource::ResourceKind;

/// Tables of up to this many entries have no index.
const SMALL: usize = 8;

/// An average entry of a large table takes at least this many bytes; fewer cost the index another allocation.
const USUAL_ENTRY: usize = 10;

/// Where a table's entries are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Table {
    /// The offset of the first entry.
    offset: u32,
    count: u32,
    /// Where the table's slots start in the index.
    slots: u32,
}

/// One entry of an index: the name's hash in the upper half, the entry's offset in the lower.
type Slot = u64;

/// The index of all large tables of one token.
pub(super) type Index = Vec<Slot>;

/// An entry as it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) permissions: Permissions,
}

impl Table {
    /// Reads a table and refuses a name that stands twice.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        section: &'static str,
        kind: ResourceKind,
        index: &mut Index,
    ) -> Result<Table, TokenError> {
        let count = reader.map(Place::Kind(section, kind))?;
        let table = Table { offset: to_u32(reader.position()), count, slots: to_u32(index.len()) };
        if table.is_small() {
            let mut names: [&[u8]; SMALL] = [&[]; SMALL];
            for position in 0..table.len() {
                let at = reader.position();
                let name = read_entry(reader, section, kind)?;
                let (earlier, later) = names.split_at_mut_checked(position).unwrap_or_default();
                if earlier.contains(&name) {
                    return Err(TokenError::cbor(at, Fault::DuplicateKey));
                }
                if let Some(slot) = later.first_mut() {
                    *slot = name;
                }
            }
        } else {
            if index.is_empty() {
                index.reserve_exact(table.len().max(reader.left() / USUAL_ENTRY));
            }
            for _ in 0..count {
                let at = reader.position();
                let name = read_entry(reader, section, kind)?;
                index.push(u64::from(hash(name)) << 32 | u64::from(to_u32(at)));
            }
            sort(reader, index.get_mut(table.slots as usize..).unwrap_or_default())?;
        }
        Ok(table)
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether the token has the map: an entry never stands at its first byte.
    #[cfg(feature = "serde")]
    pub(super) fn is_present(&self) -> bool {
        self.offset > 0
    }

    fn is_small(&self) -> bool {
        self.len() <= SMALL
    }

    /// The entries in the token's order.
    pub(super) fn entries<'a>(&self, bytes: &'a [u8]) -> Entries<'a> {
        Entries { reader: Reader::at(bytes, self.offset as usize), left: self.len() }
    }

    /// The permissions of the entry whose name is `lead`, which is empty or a colon, followed by `name`.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], index: &[Slot], lead: &[u8], name: &[u8]) -> Option<Permissions> {
        if self.is_small() {
            let mut reader = Reader::at(bytes, self.offset as usize);
            for _ in 0..self.count {
                let (candidate, permissions) = reread(&mut reader)?;
                if candidate.strip_prefix(lead) == Some(name) {
                    return Some(permissions);
                }
            }
            return None;
        }
        let reader = Reader::new(bytes);
        let slots = index.get(self.slots as usize..)?.get(..self.len())?;
        let hash = u64::from(if lead.is_empty() { hash(name) } else { hash_after_colon(name) });
        let found = slots
            .binary_search_by(|slot| (slot >> 32).cmp(&hash).then_with(|| compare(name_of(&reader, *slot), lead, name)))
            .ok()?;
        reread(&mut reader.seek(offset_of(*slots.get(found)?))).map(|(_, permissions)| permissions)
    }
}

/// The entries of a table, in the token's order.
#[derive(Debug, Clone)]
pub(super) struct Entries<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (name, permissions) = reread(&mut self.reader)?;
        Some(Entry { name: core::str::from_utf8(name).ok()?, permissions })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Reads an entry for the first time, and checks it.
#[inline]
fn read_entry<'a>(reader: &mut Reader<'a>, section: &'static str, kind: ResourceKind) -> Result<&'a [u8], TokenError> {
    let name = reader.string(Place::Name(section, kind), "a text")?;
    read_mask(reader, Place::Mask(section, kind))?;
    Ok(name)
}

/// Reads a permission mask.
#[inline]
pub(super) fn read_mask(reader: &mut Reader<'_>, place: Place) -> Result<Permissions, TokenError> {
    let start = *reader;
    let fault = |fault| TokenError::cbor(start.position(), fault);
    match reader.unsigned(place) {
        Ok(mask) => match u8::try_from(mask) {
            Ok(mask) => Ok(Permissions::from_mask(mask)),
            Err(_) => Err(fault(Fault::InvalidMask { found: Some(mask) })),
        },
        Err(error) => match start.clone().head() {
            Ok(Head::Negative(_)) => Err(fault(Fault::InvalidMask { found: None })),
            _ => Err(error),
        },
    }
}

/// Reads an entry that was checked before.
#[inline]
fn reread<'a>(reader: &mut Reader<'a>) -> Option<(&'a [u8], Permissions)> {
    let name = reader.reread_string()?;
    let mask = reader.unsigned(Place::Token).ok()?;
    Some((name, Permissions::from_mask(u8::try_from(mask).ok()?)))
}

/// Sorts slots by hash and name, and refuses a name that stands twice.
fn sort(reader: &Reader<'_>, slots: &mut [Slot]) -> Result<(), TokenError> {
    slots.sort_unstable();
    let mut duplicate: Option<usize> = None;
    for run in slots.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
        // The sort is stable, so that of equal names the earlier place comes first.
        run.sort_by(|a, b| name_of(reader, *a).cmp(name_of(reader, *b)));
        let later = run.windows(2).filter_map(|pair| match pair {
            [a, b] if name_of(reader, *a) == name_of(reader, *b) => Some(offset_of(*b)),
            _ => None,
        });
        duplicate = later.chain(duplicate).min();
    }
    duplicate.map_or(Ok(()), |at| Err(TokenError::cbor(at, Fault::DuplicateKey)))
}

fn offset_of(slot: Slot) -> usize {
    usize::try_from(slot & u64::from(u32::MAX)).unwrap_or(usize::MAX)
}

fn name_of<'a>(reader: &Reader<'a>, slot: Slot) -> &'a [u8] {
    reread(&mut reader.seek(offset_of(slot))).map(|(name, _)| name).unwrap_or_default()
}

/// Offsets fit 32 bits, as [`Limits`](super::Limits) admits no longer token.
pub(super) fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Compares a name with `lead` followed by `rest`.
fn compare(name: &[u8], lead: &[u8], rest: &[u8]) -> Ordering {
    if lead.is_empty() { name.cmp(rest) } else { name.iter().cmp(lead.iter().chain(rest)) }
}

/// A quick hash of a name, the same with and without a leading colon, so that both forms of a group's name are found
/// without joining them. Nothing but speed depends on its quality.
#[inline]
fn hash(name: &[u8]) -> u32 {
    hash_after_colon(name.strip_prefix(b":").unwrap_or(name))
}

#[inline]
fn hash_after_colon(name: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = (state ^ word).wrapping_mul(FACTOR);
        product ^ product >> 29
    };
    let mut state = u64::try_from(name.len()).unwrap_or(u64::MAX).wrapping_mul(FACTOR);
    match name.last_chunk::<8>() {
        // The last eight bytes overlap those before: what matters is that every byte is in.
        Some(last) => {
            for chunk in name.chunks_exact(8) {
                state = mix(state, chunk.try_into().map_or(0, u64::from_le_bytes));
            }
            state = mix(state, u64::from_le_bytes(*last));
        }
        None => state = mix(state, name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
    }
    u32::try_from(state >> 32).unwrap_or_default()
}
