//! Checks values of any shape (metadata, and sections that are not understood) without recursion, and finds duplicate
//! keys in maps of any size.

use alloc::vec::Vec;

use super::cbor::{Head, Reader};
use super::error::{Fault, TokenError};
use super::table::to_u32;

/// The deepest nesting that [`Limits`](super::Limits) can allow: it bounds the stack of open containers below.
pub(super) const MAX_NESTING: u8 = 64;

/// Where a map's key starts and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    start: u32,
    end: u32,
}

/// The keys of the maps that are open; the keys of an inner map stand behind those of the outer one.
pub(super) type Keys = Vec<Key>;

/// An array or a map whose items are being read.
#[derive(Clone, Copy, Default)]
struct Open {
    /// How many items are still to come: for a map, keys and values together.
    left: u64,
    is_map: bool,
    /// Where this map's keys start in `Keys`.
    keys: usize,
}

/// Reads one value of any type, whose outermost container is at nesting level `depth`.
pub(super) fn check(reader: &mut Reader<'_>, depth: u8, limit: u8, keys: &mut Keys) -> Result<(), TokenError> {
    let mut stack = [Open::default(); MAX_NESTING as usize];
    let mut open: usize = 0;
    loop {
        // A key is recorded when it begins; its end follows once it has been read.
        let start = reader.position();
        if let Some(container) = top(&mut stack, open) {
            if container.is_map && container.left % 2 == 0 {
                keys.push(Key { start: to_u32(start), end: to_u32(start) });
            }
        }
        let container = match reader.head()? {
            Head::Bytes(len) => reader.take(len).map(|_| None)?,
            Head::Text(len) => reader.utf8(len).map(|_| None)?,
            Head::Array(count) => Some(Open { left: u64::from(count), is_map: false, keys: keys.len() }),
            Head::Map(count) => Some(Open { left: u64::from(count).saturating_mul(2), is_map: true, keys: keys.len() }),
            _ => None,
        };
        if let Some(container) = container {
            let level = open.saturating_add(usize::from(depth));
            let slot = stack.get_mut(open).filter(|_| level <= usize::from(limit));
            *slot.ok_or_else(|| TokenError::cbor(start, Fault::TooDeep { limit }))? = container;
            open = open.saturating_add(1);
        }
        // Close what is complete: each closed container completes an item of the one around it.
        let mut completed = container.is_none();
        while let Some(container) = top(&mut stack, open) {
            if completed {
                container.left = container.left.saturating_sub(1);
                if container.is_map && container.left % 2 == 1 {
                    end_key(keys, container.keys, reader.position());
                }
            }
            if container.left > 0 {
                break;
            }
            if container.is_map {
                refuse_duplicates(reader, keys.get_mut(container.keys..).unwrap_or_default())?;
                keys.truncate(container.keys);
            }
            open = open.saturating_sub(1);
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

fn end_key(keys: &mut Keys, first: usize, end: usize) {
    if let Some(key) = keys.get_mut(first..).and_then(<[Key]>::last_mut) {
        key.end = to_u32(end);
    }
}

/// Notes a key that has just been read.
pub(super) fn note_key(reader: &Reader<'_>, start: usize, keys: &mut Keys) {
    keys.push(Key { start: to_u32(start), end: to_u32(reader.position()) });
}

/// Refuses a key that stands twice, whether as a text or as a byte string, and names the later place.
pub(super) fn refuse_duplicates(reader: &Reader<'_>, keys: &mut [Key]) -> Result<(), TokenError> {
    if keys.len() < 2 {
        return Ok(());
    }
    // By content, and equal keys by place.
    keys.sort_unstable_by(|a, b| content(reader, *a).cmp(&content(reader, *b)).then(a.start.cmp(&b.start)));
    let duplicates = keys.windows(2).filter_map(|pair| match pair {
        [a, b] if content(reader, *a) == content(reader, *b) => Some(b.start as usize),
        _ => None,
    });
    match duplicates.min() {
        Some(at) => Err(TokenError::cbor(at, Fault::DuplicateKey)),
        None => Ok(()),
    }
}

/// What a key is compared by: a string by its content, in either spelling, any other value by its encoding, which is
/// the only one it has.
fn content<'a>(reader: &Reader<'a>, key: Key) -> (bool, &'a [u8]) {
    let mut item = reader.seek(key.start as usize);
    match item.head() {
        Ok(Head::Text(len) | Head::Bytes(len)) => (true, item.take(len).unwrap_or_default()),
        _ => (false, reader.seek(key.end as usize).since(key.start as usize)),
    }
}
