//! Paths that match no route: those that a more lenient reader takes for a route, those in an
//! unknown version, and those that do not belong to PubNub.

use alloc::string::String;
use alloc::vec::Vec;

use super::error::{Fault, RouteError};
use super::query::plain_byte;
use super::table::{Path, RouteRow, Slot, TABLE};
use super::target::Decoded;

/// The path segment of DataSync's drafts.
const FORMER: &str = "subkeys";

/// Returns the reason why a path is not a route.
#[cold]
pub(super) fn refuse(path: &str) -> RouteError {
    let once = decode(path);
    let twice = decode(&once);
    let fault = if [path, &once, &twice].into_iter().any(resembles_a_route) {
        Fault::AnotherSpelling
    } else if is_in_unknown_version(path) {
        Fault::UnknownVersion
    } else {
        Fault::NotPubNub
    };
    match (fault, path.find(';')) {
        (Fault::AnotherSpelling, _) | (_, None) => RouteError::target(0, fault),
        (_, Some(at)) => RouteError::target(at, Fault::Semicolon),
    }
}

/// Reports whether a path becomes another route when decoded first. Some readers decode a path
/// before they split it at slashes.
pub(super) fn is_another_route_decoded(path: &str) -> bool {
    let hides = |escape: &[u8]| {
        matches!(escape, [b'%', b'2', b'f' | b'F' | b'5'] | [b'%', b'5', b'c' | b'C'])
    };
    if !path.as_bytes().windows(3).any(hides) {
        return false;
    }
    let slashes = |path: &str| path.matches(['/', '\\']).count();
    let once = decode(path);
    let twice = decode(&once);
    [once, twice].iter().any(|read| slashes(read) > slashes(path) && resembles_a_route(read))
}

/// Returns the path, decoded once. Bytes that are not UTF-8 occur in no route.
fn decode(path: &str) -> String {
    let bytes: Vec<u8> = Decoded::new(path.bytes()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reports whether lenient readers take a path for a route.
///
/// Such readers ignore case, take `_` for `-` and `\` for `/`, leave out empty segments, and drop
/// the text after a `;`.
fn resembles_a_route(path: &str) -> bool {
    let segments: Vec<&str> = segments(path).collect();
    TABLE.iter().any(|row| row.path.resembles(&segments))
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    parts.map(|part| part.split(';').next().unwrap_or_default())
}

impl Path {
    fn resembles(&self, segments: &[&str]) -> bool {
        self.slots().len() == segments.len()
            && self
                .slots()
                .iter()
                .zip(segments)
                .all(|(slot, segment)| slot.resembles(segment.as_bytes()))
    }
}

impl Slot {
    fn resembles(self, segment: &[u8]) -> bool {
        match self {
            Slot::Literal(literal) => same_word(segment, literal),
            Slot::Either(one, other) => same_word(segment, one) || same_word(segment, other),
            _ => true,
        }
    }
}

fn same_word(segment: &[u8], literal: &[u8]) -> bool {
    segment.iter().copied().map(plain_byte).eq(literal.iter().copied().map(plain_byte))
}

/// The beginning of a route: its version, such as `v2`, and the word after it, such as `presence`.
type RouteStart<'a> = (Option<&'a [u8]>, &'a [u8]);

/// Reads the beginning of a route from the first two segments of a path.
fn route_start<'a>(first: &'a [u8], second: Option<&'a [u8]>) -> Option<RouteStart<'a>> {
    match (first, second) {
        ([b'v' | b'V', digits @ ..], second)
            if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) =>
        {
            Some((Some(first), second?))
        }
        (word, _) => Some((None, word)),
    }
}

impl RouteRow {
    fn route_start(&self) -> Option<RouteStart<'static>> {
        match *self.path.slots() {
            [Slot::Literal(first), Slot::Literal(second), ..] => route_start(first, Some(second)),
            [Slot::Literal(first), ..] => route_start(first, None),
            _ => None,
        }
    }

    /// Reports whether a path is this route in another version.
    fn matches_in_another_version(&self, segments: &[&str]) -> bool {
        match (self.path.slots(), segments) {
            ([_, slots @ ..], [_, segments @ ..]) if slots.len() == segments.len() => {
                slots.iter().zip(segments).all(|(slot, segment)| slot.resembles(segment.as_bytes()))
            }
            _ => false,
        }
    }
}

/// Reports whether a path is in an unknown version. Its word, or its rest, then belongs only to
/// routes of other versions.
fn is_in_unknown_version(path: &str) -> bool {
    let segments: Vec<&str> = segments(path).collect();
    let mut words = segments.iter().map(|segment| segment.as_bytes());
    let Some((version, word)) = words.next().and_then(|first| route_start(first, words.next()))
    else {
        return false;
    };
    let starts = TABLE.iter().filter_map(|row| Some((row, row.route_start()?)));
    let mut of_the_word = starts.filter(|(_, (_, known))| same_word(word, known)).peekable();
    if of_the_word.peek().is_none() {
        return version.is_some() && same_word(word, FORMER.as_bytes());
    }
    let mut known_version = false;
    for (row, (known, _)) in of_the_word {
        known_version |= known == version;
        if known != version
            && known.is_some()
            && version.is_some()
            && row.matches_in_another_version(&segments)
        {
            return true;
        }
    }
    !known_version
}
