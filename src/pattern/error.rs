//! The error of patterns, with a kind and a position. It does not repeat the pattern's text.

use core::fmt;

use crate::enums::named_enum;

named_enum! {
    /// The kind of a [`PatternError`].
    ///
    /// ```
    /// use pubnub_access::{Pattern, PatternErrorKind};
    ///
    /// let kind = Pattern::new("(").unwrap_err().kind();
    /// assert_eq!((kind, kind.code()), (PatternErrorKind::Syntax, "syntax"));
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum PatternErrorKind, "kind of pattern error", code {
        /// RE2 refuses the pattern, so it cannot be in a genuine token.
        Syntax = "syntax",
        /// The pattern is nested too deeply, or too large once its repetitions are written out.
        TooLarge = "too_large",
        /// Compiling or matching takes more work than the limit allows.
        WorkLimitReached = "work_limit_reached",
    }
}

/// The reason why a pattern cannot be used, with its position.
///
/// The message never repeats the pattern, so a stranger cannot choose its text.
///
/// ```
/// use pubnub_access::{Pattern, PatternErrorKind};
///
/// let error = Pattern::new("room-[a-").unwrap_err();
/// assert_eq!(error.kind(), PatternErrorKind::Syntax);
/// assert_eq!(error.position(), 5);
/// assert_eq!(error.to_string(), "unusable pattern at byte 5: expected `]` to end the class");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub struct PatternError {
    kind: PatternErrorKind,
    position: usize,
    message: &'static str,
}

impl PatternError {
    #[cold]
    pub(super) fn new(kind: PatternErrorKind, position: usize, message: &'static str) -> Self {
        Self { kind, position, message }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> PatternErrorKind {
        self.kind
    }

    /// Returns the byte offset in the pattern at which the fault begins; 0 if the whole pattern is at
    /// fault.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // The pattern itself has no fault, so there is no position.
            PatternErrorKind::WorkLimitReached => f.write_str(self.message),
            _ => write!(f, "unusable pattern at byte {}: {}", self.position, self.message),
        }
    }
}
