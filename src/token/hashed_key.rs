//! Finds equal keys among many, without quadratic time and without trusting them to hash well.
//!
//! A slot stands for a key: its hash in the upper half, its offset in the lower. Slots are sorted
//! by hash, and, where hashes are equal, by the keys themselves: keys that are chosen to collide
//! cost comparisons, nothing else.

use super::error::{TokenError, TokenFault};
use crate::arithmetic::{as_u32, as_u64, as_usize};

/// The hash and the offset of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HashedKey(u64);

impl HashedKey {
    /// No key: no key stands at the first byte of a token.
    pub(super) const EMPTY: HashedKey = HashedKey(0);

    pub(super) fn new(hash: u32, offset: usize) -> Self {
        HashedKey(u64::from(hash) << 32 | u64::from(as_u32(offset)))
    }

    pub(super) fn hash(self) -> u32 {
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    pub(super) fn offset(self) -> usize {
        as_usize(self.0 & u64::from(u32::MAX))
    }
}

/// Sorts slots by hash and key, and refuses a key that stands twice, naming the later place. Keys
/// are looked up again for each comparison, which must cost little.
pub(super) fn sort<K: Ord>(
    slots: &mut [HashedKey],
    key: impl Fn(HashedKey) -> K,
) -> Result<(), TokenError> {
    slots.sort_unstable();
    let mut duplicate: Option<usize> = None;
    for run in slots.chunk_by_mut(|a, b| a.hash() == b.hash()).filter(|run| run.len() > 1) {
        // Of equal keys the earlier place comes first.
        run.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)).then_with(|| a.cmp(b)));
        let later = run.windows(2).filter_map(|pair| match pair {
            [a, b] if key(*a) == key(*b) => Some(b.offset()),
            _ => None,
        });
        duplicate = later.chain(duplicate).min();
    }
    duplicate.map_or(Ok(()), |at| Err(TokenError::cbor(at, TokenFault::DuplicateKey)))
}

/// A quick hash of a name, the same with and without a leading colon, so that both forms of a
/// group's name are found without joining them. Nothing but speed depends on its quality.
#[inline]
pub(super) fn hash(name: &[u8]) -> u32 {
    match name {
        [b':', rest @ ..] => hash_after_colon(rest),
        _ => hash_after_colon(name),
    }
}

/// The hash of a name whose leading colon has been taken off.
#[inline]
pub(super) fn hash_after_colon(name: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = (state ^ word).wrapping_mul(FACTOR);
        product ^ product >> 29
    };
    let mut state = as_u64(name.len()).wrapping_mul(FACTOR);
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
