//! Names and times as people read them.

#[cfg(feature = "serde")]
use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt::{self, Write};

/// A name or a pattern of unknown origin, safe to print.
///
/// Prints the text unchanged if every character is visible as itself. Otherwise quotes it and
/// escapes control characters, direction marks, white space other than a space, and invisible
/// letters.
///
/// ```
/// use pubnub_access::explanation::Escaped;
///
/// assert_eq!(Escaped("room-1").to_string(), "room-1");
/// assert_eq!(Escaped("my room").to_string(), "\"my room\"");
/// assert_eq!(Escaped("a\u{1b}[2J").to_string(), "\"a\\u{1b}[2J\"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Escaped<'a>(pub &'a str);

impl Escaped<'_> {
    /// Reports whether a character is printed unescaped.
    #[must_use]
    pub fn shows(character: char) -> bool {
        match character {
            '\\' | '\'' | '"' => true,
            // Unicode counts these as letters, but they are blank: Hangul fillers and the empty
            // Braille cell.
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => false,
            _ => character.escape_debug().count() == 1,
        }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(|c| Self::shows(c) && !matches!(c, ' ' | '"')) {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                c if Self::shows(c) => f.write_char(c)?,
                c => c.escape_default().try_for_each(|c| f.write_char(c))?,
            }
        }
        f.write_char('"')
    }
}

/// A name or a pattern in an explanation, escaped, and cut if it is long.
pub(crate) struct Shortened<'a>(pub(crate) &'a str);

impl<'a> Shortened<'a> {
    /// The number of characters after which a text is cut.
    const LONGEST: usize = 120;

    /// Returns the beginning that is shown, and the number of bytes left out. To count the
    /// characters that are left out would take time for each reason.
    fn parts(&self) -> (&'a str, usize) {
        match self.0.char_indices().nth(Self::LONGEST).map(|(end, _)| self.0.split_at(end)) {
            Some((start, rest)) => (start, rest.len()),
            None => (self.0, 0),
        }
    }

    /// Returns the text without escapes, for formats that have their own.
    #[cfg(feature = "serde")]
    pub(crate) fn plain(&self) -> Cow<'a, str> {
        match self.parts() {
            (text, 0) => Cow::Borrowed(text),
            (start, left_out) => {
                Cow::Owned(alloc::format!("{start}... ({left_out} bytes left out)"))
            }
        }
    }
}

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, left_out) = self.parts();
        Escaped(start).fmt(f)?;
        match left_out {
            0 => Ok(()),
            count => write!(f, "... ({count} bytes left out)"),
        }
    }
}

/// A number of seconds, printed in its greatest unit and rounded down.
pub(crate) struct RoundedTime(pub(crate) u64);

impl fmt::Display for RoundedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            seconds @ 0..60 => (seconds, "second"),
            seconds @ 60..3_600 => (seconds / 60, "minute"),
            seconds @ 3_600..86_400 => (seconds / 3_600, "hour"),
            seconds @ 86_400..31_557_600 => (seconds / 86_400, "day"),
            // A year of 365.25 days.
            seconds => (seconds / 31_557_600, "year"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// Joins items with a separator.
pub(crate) fn join<T: fmt::Display>(items: impl IntoIterator<Item = T>, separator: &str) -> String {
    let mut joined = String::new();
    for item in items {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        // Writing to a string does not fail.
        let _ = write!(joined, "{item}");
    }
    joined
}
