//! Checks values of any type, without recursion: metadata and unknown sections.

use alloc::vec::Vec;

use super::cbor::{Head, Reader};
use super::error::{TokenError, TokenFault};
use super::hashed_key::{self, HashedKey};
use crate::arithmetic::{CannotOverflow, as_u32};

/// The deepest nesting that [`Limits`](super::Limits) can allow, which bounds the stack below.
pub(super) const MAX_NESTING: u8 = 64;

/// The keys of all open maps. An inner map's keys come after those of the outer one.
pub(super) type Keys = Vec<HashedKey>;

/// An array or a map whose items are being read.
#[derive(Clone, Copy, Default)]
struct Open {
    /// The number of remaining items; for a map, keys and values together.
    left: u64,
    is_map: bool,
    /// The position of this map's first key in `Keys`.
    keys: usize,
    /// The offset of the current item.
    item: usize,
}

/// Reads one value of any type, whose outermost container is at nesting level `depth`.
pub(super) fn check(
    reader: &mut Reader<'_>,
    depth: u8,
    limit: u8,
    keys: &mut Keys,
) -> Result<(), TokenError> {
    let mut stack = [Open::default(); MAX_NESTING as usize];
    let mut open: usize = 0;
    loop {
        let start = reader.position();
        if let Some(container) = top(&mut stack, open) {
            container.item = start;
        }
        let container = match reader.head()? {
            Head::Bytes(len) => reader.take(len).map(|_| None)?,
            Head::Text(len) => reader.utf8(len).map(|_| None)?,
            Head::Array(count) => {
                Some(Open { left: u64::from(count), is_map: false, keys: keys.len(), item: 0 })
            }
            Head::Map(count) => Some(Open {
                left: u64::from(count).times(2),
                is_map: true,
                keys: keys.len(),
                item: 0,
            }),
            _ => None,
        };
        if let Some(container) = container {
            let level = open.plus(usize::from(depth));
            let slot = stack.get_mut(open).filter(|_| level <= usize::from(limit));
            *slot.ok_or_else(|| TokenError::cbor(start, TokenFault::TooDeep { limit }))? =
                container;
            open = open.plus(1);
        }
        // A container that is complete completes an item of the container around it.
        let mut completed = container.is_none();
        while let Some(container) = top(&mut stack, open) {
            if completed {
                container.left = container.left.minus(1);
                if container.is_map && container.left % 2 == 1 {
                    note_key(reader, container.item, keys);
                }
            }
            if container.left > 0 {
                break;
            }
            if container.is_map {
                refuse_duplicates(reader, keys.get_mut(container.keys..).unwrap_or_default())?;
                keys.truncate(container.keys);
            }
            open = open.minus(1);
            completed = true;
        }
        if open == 0 {
            return Ok(());
        }
    }
}

fn top(stack: &mut [Open], open: usize) -> Option<&mut Open> {
    stack.get_mut(open.checked_sub(1)?)
}

/// Records a key that was just read. An array or a map has its length as its hash: its own keys can
/// be containers as well, and hashing all of them would read the innermost ones once for each
/// level.
pub(super) fn note_key(reader: &Reader<'_>, start: usize, keys: &mut Keys) {
    let mut key = reader.seek(start);
    let hash = match key.head() {
        Ok(Head::Text(_) | Head::Bytes(_)) => hashed_key::hash(reader.since(key.position())),
        Ok(Head::Array(_) | Head::Map(_)) => as_u32(reader.since(start).len()),
        _ => hashed_key::hash(reader.since(start)),
    };
    keys.push(HashedKey::new(hash, start));
}

/// Refuses a duplicate key, even if one is a text and the other a byte string.
pub(super) fn refuse_duplicates(
    reader: &Reader<'_>,
    keys: &mut [HashedKey],
) -> Result<(), TokenError> {
    hashed_key::sort(keys, |slot| content(reader, slot))
}

/// Returns the bytes by which a key is compared. They are the content of a text or a byte string,
/// or the encoding of any other value, which is unique.
fn content<'a>(reader: &Reader<'a>, slot: HashedKey) -> (bool, &'a [u8]) {
    let start = slot.offset();
    let mut key = reader.seek(start);
    match key.head() {
        Ok(Head::Text(len) | Head::Bytes(len)) => (true, key.take(len).unwrap_or_default()),
        Ok(Head::Array(_) | Head::Map(_)) => {
            (false, reader.seek(start).take(slot.hash() as usize).unwrap_or_default())
        }
        _ => (false, key.since(start)),
    }
}
