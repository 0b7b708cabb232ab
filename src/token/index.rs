//! Finds the entries of large tables by name.
//!
//! This is an open-addressing hash table: a name's slot is at the place that its hash selects, or
//! the next free one. If too many names compete for one place, which only deliberately chosen names
//! do, the slots are sorted instead.

use alloc::vec::Vec;

use super::hashed_key::{self, HashedKey};
use crate::arithmetic::{CannotOverflow, as_u32};

/// The slots of all large tables of one token.
#[derive(Debug, Clone, Default)]
pub(super) struct Index(Vec<HashedKey>);

/// The slots of one table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SlotRange {
    start: u32,
    len: u32,
    /// The number of hash bits that select a slot; 0 if the slots are sorted.
    bits: u8,
}

/// The result of adding a name.
pub(super) enum Added {
    New,
    Duplicate,
    /// Too many names compete for the same places. The name was not added.
    Crowded,
}

/// Fills the hash table of one table's names.
pub(super) struct Hashing<'i> {
    index: &'i mut Index,
    region: SlotRange,
    /// The number of occupied slots that may still be skipped, for all names together.
    patience: usize,
}

impl Index {
    /// Starts a table for `count` entries, and reserves room for `later` entries of other tables.
    pub(super) fn hashing(&mut self, count: usize, later: usize) -> Hashing<'_> {
        let len = capacity(count);
        if self.0.is_empty() {
            self.0.reserve_exact(len.max(capacity(later)));
        }
        let start = self.0.len();
        self.0.resize(start.plus(len), HashedKey::EMPTY);
        let bits = u8::try_from(len.trailing_zeros()).unwrap_or_default();
        let region = SlotRange { start: as_u32(start), len: as_u32(len), bits };
        Hashing { index: self, region, patience: count.saturating_mul(4).saturating_add(32) }
    }

    /// Adds a table whose slots are sorted by hash and name.
    pub(super) fn add_sorted(&mut self, sorted: &[HashedKey]) -> SlotRange {
        let region = SlotRange { start: as_u32(self.0.len()), len: as_u32(sorted.len()), bits: 0 };
        self.0.extend_from_slice(sorted);
        region
    }

    /// Finds the slot of a key with this hash. `compare` compares a slot's key with the wanted one.
    #[inline]
    pub(super) fn find(
        &self,
        region: SlotRange,
        hash: u32,
        compare: impl Fn(HashedKey) -> core::cmp::Ordering,
    ) -> Option<HashedKey> {
        let slots = self.0.get(region.start as usize..)?.get(..region.len as usize)?;
        if region.bits == 0 {
            let order = |slot: &HashedKey| slot.hash().cmp(&hash).then_with(|| compare(*slot));
            return slots.get(slots.binary_search_by(order).ok()?).copied();
        }
        let (before, after) = slots.split_at_checked(region.place(hash))?;
        let mut wanted = after.iter().chain(before).take_while(|slot| **slot != HashedKey::EMPTY);
        wanted.find(|slot| slot.hash() == hash && compare(**slot).is_eq()).copied()
    }
}

impl SlotRange {
    #[inline]
    fn place(self, hash: u32) -> usize {
        hash.wrapping_shr(u32::BITS.minus(self.bits.into())) as usize
    }
}

impl Hashing<'_> {
    /// Adds the name at an offset. `is_same` reports whether a slot's key is the same name.
    #[inline]
    pub(super) fn add(
        &mut self,
        name: &[u8],
        offset: usize,
        is_same: impl Fn(HashedKey) -> bool,
    ) -> Added {
        let new = HashedKey::new(hashed_key::hash(name), offset);
        let slots = self.index.0.get_mut(self.region.start as usize..).unwrap_or_default();
        let mut place = self.region.place(new.hash());
        while let Some(slot) = slots.get_mut(place) {
            if *slot == HashedKey::EMPTY {
                *slot = new;
                return Added::New;
            }
            if slot.hash() == new.hash() && is_same(*slot) {
                return Added::Duplicate;
            }
            let Some(patience) = self.patience.checked_sub(1) else { break };
            self.patience = patience;
            place = place.wrapping_add(1) & (self.region.len as usize).wrapping_sub(1);
        }
        Added::Crowded
    }

    /// Returns the region of the table's slots.
    pub(super) fn finish(self) -> SlotRange {
        self.region
    }

    /// Removes the slots of this table.
    pub(super) fn give_up(self) {
        self.index.0.truncate(self.region.start as usize);
    }
}

/// Returns the number of slots for a number of names. It is a power of two, at most three quarters
/// full.
fn capacity(count: usize) -> usize {
    count.plus(count.div_ceil(3)).next_power_of_two()
}
