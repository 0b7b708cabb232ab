//! The query of a target: the keys that matter, each at most once and in plain spelling.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::error::{Fault, RouteError};
use super::target::{Decoded, Span, contains, split, split_once};
use crate::arithmetic::CannotOverflow;

/// The keys that change the question or the requester.
const KEYS: [&str; 9] =
    ["auth", "uuid", "channel-group", "add", "remove", "store", "norep", "signature", "timestamp"];

/// The values of the keys that matter, undecoded.
#[derive(Default)]
pub(super) struct Query<'a> {
    pub(super) auth: Option<Span<'a>>,
    pub(super) uuid: Option<Span<'a>>,
    pub(super) groups: Option<Span<'a>>,
    pub(super) add: Option<Span<'a>>,
    pub(super) remove: Option<Span<'a>>,
    store: Option<Span<'a>>,
    norep: Option<Span<'a>>,
    signature: Option<Span<'a>>,
    timestamp: Option<Span<'a>>,
}

impl<'a> Query<'a> {
    /// Reads a query. A key without `=` has an empty value.
    pub(super) fn read(query: Option<Span<'a>>) -> Result<Self, RouteError> {
        let mut read = Query::default();
        let Some(Span { text, mut at }) = query else { return Ok(read) };
        let has_semicolon = contains(text, b';');
        for pair in split(text, b'&') {
            let (key, value) = split_once(pair, b'=').unwrap_or((pair, ""));
            let value = Span { text: value, at: at.plus(pair.len()).minus(value.len()) };
            match read.slot(key) {
                Some(Some(_)) => return Err(RouteError::target(at, Fault::KeyTwice)),
                Some(slot) => *slot = Some(value),
                None if resembles_a_key(key) => {
                    return Err(RouteError::target(at, Fault::KeySpelling));
                }
                None => {}
            }
            if has_semicolon && contains(pair, b';') {
                read.check_semicolons(pair, at)?;
            }
            at = at.plus(pair.len()).plus(1);
        }
        Ok(read)
    }

    fn slot(&mut self, key: &str) -> Option<&mut Option<Span<'a>>> {
        Some(match key {
            "auth" => &mut self.auth,
            "uuid" => &mut self.uuid,
            "channel-group" => &mut self.groups,
            "add" => &mut self.add,
            "remove" => &mut self.remove,
            "store" => &mut self.store,
            "norep" => &mut self.norep,
            "signature" => &mut self.signature,
            "timestamp" => &mut self.timestamp,
            _ => return None,
        })
    }

    /// Refuses a pair that readers understand differently if they take `;` for `&`.
    fn check_semicolons(&mut self, pair: &str, at: usize) -> Result<(), RouteError> {
        for part in pair.split(';') {
            let key = part.split('=').next().unwrap_or_default();
            if self.slot(key).is_some() || resembles_a_key(key) {
                return Err(RouteError::target(at, Fault::Semicolon));
            }
        }
        Ok(())
    }

    /// Reports whether a published message is neither stored nor replicated: `store=0` with `norep=true`,
    /// or `norep=1`.
    pub(super) fn is_fire(&self) -> Result<bool, RouteError> {
        let (Some(store), Some(norep)) = (self.store, self.norep) else { return Ok(false) };
        Ok(store.value()? == "0" && matches!(&*norep.value()?, "true" | "1"))
    }

    /// Reports whether the request is signed.
    pub(super) fn is_signed(&self) -> Result<bool, RouteError> {
        match (self.signature, self.timestamp) {
            (Some(Span { text: "", .. }) | None, _) => Ok(false),
            (Some(_), Some(timestamp)) if !timestamp.text.is_empty() => Ok(true),
            (Some(signature), _) => Err(signature.fault(Fault::NoTimestamp)),
        }
    }
}

impl<'a> Span<'a> {
    /// Returns the decoded value.
    pub(super) fn value(self) -> Result<Cow<'a, str>, RouteError> {
        if contains(self.text, b'+') {
            let before = self.text.find('+').unwrap_or_default();
            return Err(RouteError::target(self.at.plus(before), Fault::Plus));
        }
        self.decode_once()
    }

    /// Returns the decoded single value; `None` if it is empty, which means the same as a missing
    /// key.
    pub(super) fn some_value(self) -> Result<Option<Cow<'a, str>>, RouteError> {
        let value = self.value()?;
        Ok(if value.is_empty() { None } else { Some(value) })
    }
}

/// Reports whether some readers take a key for one that matters. Such a key is encoded, in another
/// case, has other signs between or around its words, is the key of an array (`auth[]`), or
/// contains separators of a query.
fn resembles_a_key(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    if key.bytes().all(plain) {
        return false;
    }
    if contains(key, b'%') {
        // Decodes twice, as some readers do.
        let read: Vec<u8> = Decoded::new(Decoded::new(key.bytes())).collect();
        return has_a_key(&read);
    }
    has_a_key(key.as_bytes())
}

/// Reports whether a part of a key is one that matters, by its letters alone.
fn has_a_key(read: &[u8]) -> bool {
    read.split(|byte| matches!(byte, b'&' | b';' | b'?')).any(|pair| {
        let part = pair.split(|byte| matches!(byte, b'=' | b'[')).next().unwrap_or_default();
        KEYS.iter().any(|known| letters(known.as_bytes()).eq(letters(part)))
    })
}

fn letters(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase)
}

/// Returns a byte in lower case, and `-` for `_`: some readers do not distinguish them.
pub(super) fn plain_byte(byte: u8) -> u8 {
    if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() }
}
