//! The target of a request: its characters, its segments, its escapes.
//!
//! The whole target is checked first, so that no route is matched with a path that another reader
//! would split elsewhere.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use memchr::{memchr, memchr_iter};

use super::error::{Fault, RouteError};
use super::limits::{MAX_SEGMENTS, MAX_TARGET_LEN};
use crate::arithmetic::CannotOverflow;

/// A part of a target, undecoded.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) text: &'a str,
    /// Its byte offset in the target.
    pub(super) at: usize,
}

/// A target, split into its parts.
pub(super) struct Target<'a> {
    pub(super) path: &'a str,
    pub(super) query: Option<Span<'a>>,
    segments: [Span<'a>; MAX_SEGMENTS],
    /// The number of segments, including those that the array does not keep.
    len: usize,
    /// The empty segment in place of the list of channels in a presence path.
    empty_list: Option<Span<'a>>,
}

impl<'a> Target<'a> {
    /// Checks and splits a target.
    pub(super) fn read(target: &'a str) -> Result<Self, RouteError> {
        if target.len() > MAX_TARGET_LEN {
            return Err(RouteError::target(MAX_TARGET_LEN, Fault::LongTarget));
        }
        check_characters(target)?;
        check_escapes(target)?;
        let (path, query) = match split_once(target, b'?') {
            Some((path, text)) => (path, Some(Span { text, at: target.len().minus(text.len()) })),
            None => (target, None),
        };
        let Some(relative) = path.strip_prefix('/') else {
            return Err(RouteError::target(0, Fault::NoPath));
        };
        let segments = [Span { text: "", at: 0 }; MAX_SEGMENTS];
        let mut read = Target { path, query, segments, len: 0, empty_list: None };
        if !relative.is_empty() {
            read.cut(relative)?;
        }
        Ok(read)
    }

    fn cut(&mut self, relative: &'a str) -> Result<(), RouteError> {
        let doubtful = contains(relative, b'%') || contains(relative, b';');
        let mut at: usize = 1;
        for text in split(relative, b'/') {
            let segment = Span { text, at };
            if text.is_empty() && self.is_before_channels_of_presence() {
                self.empty_list = Some(segment);
            } else {
                segment.check_dots(doubtful)?;
            }
            if let Some(slot) = self.segments.get_mut(self.len) {
                *slot = segment;
            }
            self.len = self.len.plus(1);
            at = at.plus(text.len()).plus(1);
        }
        Ok(())
    }

    /// Reports whether the list of channels of a presence path comes next.
    fn is_before_channels_of_presence(&self) -> bool {
        let texts = self.segments().iter().map(|segment| segment.text);
        let known = ["v2", "presence", "sub-key", "", "channel"];
        self.len == known.len()
            && texts.zip(known).all(|(text, known)| {
                known.is_empty() || text == known || (known, text) == ("sub-key", "sub_key")
            })
    }

    /// The empty segment in place of the list of channels in a presence path.
    pub(super) fn empty_list(&self) -> Option<Span<'a>> {
        self.empty_list
    }

    /// Returns the path's segments; empty if there are more than any route has.
    pub(super) fn segments(&self) -> &[Span<'a>] {
        self.segments.get(..self.len).unwrap_or_default()
    }
}

/// Splits at the first occurrence of an ASCII character.
#[inline]
pub(super) fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at.plus(1)..)?))
}

/// Returns the parts of a text between occurrences of an ASCII character: at least one.
#[inline]
pub(super) fn split(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    core::iter::from_fn(move || {
        let text = left?;
        let (part, rest) =
            split_once(text, byte).map_or((text, None), |(part, rest)| (part, Some(rest)));
        left = rest;
        Some(part)
    })
}

/// Reports whether a text has a byte. The loop has no early exit, so that the compiler vectorises
/// it.
pub(super) fn contains(text: &str, wanted: u8) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte == wanted))
}

/// Refuses characters that no target can contain, and those that end or split it for some readers.
/// In the path, a character beyond ASCII stands for itself, since some clients do not encode it.
fn check_characters(target: &str) -> Result<(), RouteError> {
    let path_len = target.find('?').unwrap_or(target.len());
    let (path, query) = target.split_at_checked(path_len).unwrap_or((target, ""));
    let ends = |byte: u8| byte == b'#' || byte == b'\\';
    let strange_in_path = |byte: u8| byte.is_ascii() && !byte.is_ascii_graphic() || ends(byte);
    let strange = |byte: u8| !byte.is_ascii_graphic() || ends(byte);
    if !path.bytes().fold(false, |found, byte| found | strange_in_path(byte))
        && !query.bytes().fold(false, |found, byte| found | strange(byte))
    {
        return Ok(());
    }
    let is_strange = |(at, byte): &(usize, u8)| {
        if *at < path_len { strange_in_path(*byte) } else { strange(*byte) }
    };
    match target.bytes().enumerate().find(is_strange) {
        Some((at, b'#')) => Err(RouteError::target(at, Fault::Fragment)),
        Some((at, b'\\')) => Err(RouteError::target(at, Fault::Backslash)),
        Some((at, _)) => Err(RouteError::target(at, Fault::Character)),
        None => Ok(()),
    }
}

/// Refuses a `%` without its two digits, and `%00`, which ends a text for some readers.
fn check_escapes(target: &str) -> Result<(), RouteError> {
    let bytes = target.as_bytes();
    for at in memchr_iter(b'%', bytes) {
        match bytes.get(at..) {
            Some([_, b'0', b'0', ..]) => return Err(RouteError::target(at, Fault::Nul)),
            Some([_, high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {}
            _ => return Err(RouteError::target(at, Fault::BadEscape)),
        }
    }
    Ok(())
}

impl<'a> Span<'a> {
    /// Refuses an empty segment, and dots that some readers resolve. Such a reader would leave or
    /// remove the segment, for a `..` that is unencoded, before a `;`, visible after one decoding
    /// or two, or beyond slashes that decoding reveals. `doubtful` is false if the path has neither
    /// `%` nor `;`; then only unencoded dots are possible.
    fn check_dots(self, doubtful: bool) -> Result<(), RouteError> {
        let before_parameters = match split_once(self.text, b';') {
            Some((before, _)) if doubtful => before,
            _ => self.text,
        };
        match before_parameters {
            "" => Err(RouteError::target(self.at, Fault::EmptySegment)),
            "." | ".." => Err(RouteError::target(self.at, Fault::DotSegment)),
            _ if doubtful => self.refuse_dots(before_parameters, |dots| dots == Dots::Leaving),
            _ => Ok(()),
        }
    }

    /// Refuses dots that form a segment of their own inside the decoded text, whose meaning they
    /// change.
    pub(super) fn check_inner_dots(self) -> Result<(), RouteError> {
        self.refuse_dots(self.text, |dots| dots != Dots::None)
    }

    fn refuse_dots(self, text: &str, refused: impl Fn(Dots) -> bool) -> Result<(), RouteError> {
        if may_decode_to_dots(text) {
            let once = Decoded::new(text.bytes());
            if refused(Dots::of(once.clone())) || refused(Dots::of(Decoded::new(once))) {
                return Err(RouteError::target(self.at, Fault::DotSegment));
            }
        }
        Ok(())
    }

    /// Returns the text, percent-decoded once.
    pub(super) fn decode(self) -> Result<Cow<'a, str>, RouteError> {
        if !contains(self.text, b'%') {
            return Ok(Cow::Borrowed(self.text));
        }
        let mut bytes = Vec::with_capacity(self.text.len());
        let mut rest = self.text;
        // Escapes are rare, so the text between them is copied at once.
        while let Some((plain, escaped)) = split_once(rest, b'%') {
            bytes.extend_from_slice(plain.as_bytes());
            rest = match escaped.split_at_checked(2) {
                Some((digits, rest)) => {
                    bytes.extend(Decoded::new([b'%'].into_iter().chain(digits.bytes())));
                    rest
                }
                None => {
                    bytes.push(b'%');
                    escaped
                }
            };
        }
        bytes.extend_from_slice(rest.as_bytes());
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err(self.fault(Fault::InvalidUtf8)),
        }
    }

    /// Returns a text that matters, percent-decoded once. Refuses one that a second decoding would
    /// change.
    pub(super) fn decode_once(self) -> Result<Cow<'a, str>, RouteError> {
        let text = self.decode()?;
        if let Cow::Owned(text) = &text {
            if contains(text, b'%') && has_escape(text) {
                return Err(self.fault(Fault::DoubleEncoding));
            }
            // No early exit, so that the compiler vectorises the loop.
            if text.bytes().fold(false, |found, byte| found | byte.is_ascii_control()) {
                return Err(self.fault(Fault::Control));
            }
        }
        Ok(text)
    }

    pub(super) fn fault(self, fault: Fault) -> RouteError {
        RouteError::target(self.at, fault)
    }
}

/// Reports whether a text holds a percent escape.
fn has_escape(text: &str) -> bool {
    let digits = |part: &str| matches!(part.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    text.split('%').skip(1).any(digits)
}

/// Reports whether a text with escapes may have a dot after one decoding or two.
fn may_decode_to_dots(text: &str) -> bool {
    let encoded = |bytes: &[u8]| matches!(bytes, [b'%', b'2', b'e' | b'E' | b'5']);
    contains(text, b'%') && (contains(text, b'.') || text.as_bytes().windows(3).any(encoded))
}

/// The effect of resolving `.` and `..` in a decoded segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dots {
    /// No effect: there are no such parts.
    None,
    /// It changes only the segment.
    Inside,
    /// It removes the segment, or one before it.
    Leaving,
}

impl Dots {
    fn of(segment: impl Iterator<Item = u8>) -> Dots {
        let mut found = Dots::None;
        let mut depth: usize = 0;
        // The number of dots of the current part; `None` if it has other characters.
        let mut dots = Some(0_u8);
        let mut parts: usize = 1;
        for byte in segment.map(Some).chain([None]) {
            match byte {
                Some(b'.') => dots = dots.map(|dots| dots.saturating_add(1)),
                Some(b'/' | b'\\') | None => {
                    match dots {
                        Some(0) => {}
                        Some(1) => found = Dots::Inside,
                        Some(2) if depth == 0 => return Dots::Leaving,
                        Some(2) => (found, depth) = (Dots::Inside, depth.saturating_sub(1)),
                        _ => depth = depth.plus(1),
                    }
                    dots = Some(0);
                    parts = parts.plus(usize::from(byte.is_some()));
                }
                Some(_) => dots = None,
            }
        }
        if parts == 1 && found == Dots::Inside { Dots::Leaving } else { found }
    }
}

/// Percent-decodes bytes; invalid escapes stay.
#[derive(Clone)]
pub(super) struct Decoded<I> {
    bytes: I,
}

impl<I: Iterator<Item = u8> + Clone> Decoded<I> {
    pub(super) fn new(bytes: I) -> Self {
        Decoded { bytes }
    }
}

impl<I: Iterator<Item = u8> + Clone> Iterator for Decoded<I> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.next()?;
        if byte != b'%' {
            return Some(byte);
        }
        let mut ahead = self.bytes.clone();
        let digit = |byte: Option<u8>| {
            char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
        };
        match (digit(ahead.next()), digit(ahead.next())) {
            (Some(high), Some(low)) => {
                self.bytes = ahead;
                Some(high << 4 | low)
            }
            _ => Some(byte),
        }
    }
}
