//! Finds equal keys among many in less than quadratic time, even if their hashes collide.
//!
//! A slot holds a key's hash in its upper half and the key's offset in its lower half. Slots are
//! sorted by hash, then by the keys themselves. Keys that are chosen to collide only cost more
//! comparisons.

use super::error::{TokenError, TokenFault};
use crate::arithmetic::{as_u32, as_u64, as_usize};

/// The hash and the offset of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HashedKey(u64);

impl HashedKey {
    /// An empty slot. No key is at offset 0 of a token.
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

/// Sorts slots by hash and key, and refuses a duplicate key, at its later offset. `key` is called
/// for each comparison and must be cheap.
pub(super) fn sort<K: Ord>(
    slots: &mut [HashedKey],
    key: impl Fn(HashedKey) -> K,
) -> Result<(), TokenError> {
    slots.sort_unstable();
    let mut duplicate: Option<usize> = None;
    for run in slots.chunk_by_mut(|a, b| a.hash() == b.hash()).filter(|run| run.len() > 1) {
        // Of equal keys, the one with the smaller offset comes first.
        run.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)).then_with(|| a.cmp(b)));
        let later = run.windows(2).filter_map(|pair| match pair {
            [a, b] if key(*a) == key(*b) => Some(b.offset()),
            _ => None,
        });
        duplicate = later.chain(duplicate).min();
    }
    duplicate.map_or(Ok(()), |at| Err(TokenError::cbor(at, TokenFault::DuplicateKey)))
}

/// Hashes a name, ignoring a leading colon. Both forms of a group's name are thus found without
/// joining them. Only speed depends on the quality of the hash.
#[inline]
pub(super) fn hash(name: &[u8]) -> u32 {
    match name {
        [b':', rest @ ..] => hash_after_colon(rest),
        _ => hash_after_colon(name),
    }
}

/// Hashes a name without its leading colon.
#[inline]
pub(super) fn hash_after_colon(name: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = (state ^ word).wrapping_mul(FACTOR);
        product ^ product >> 29
    };
    let mut state = as_u64(name.len()).wrapping_mul(FACTOR);
    match name.last_chunk::<8>() {
        // The last eight bytes overlap those before. Every byte must count, but may count twice.
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
