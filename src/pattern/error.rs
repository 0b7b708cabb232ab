//! The one error of patterns: what is wrong, and where. Says nothing of the pattern's own text.

use core::fmt;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// RE2 refuses the pattern, so it cannot be in a genuine token.
    Syntax,
    /// The pattern is nested too deeply, or too large once its repetitions are written out.
    TooLarge,
    /// The work allowed for compiling or matching is used up.
    BudgetExhausted,
}

/// Why a pattern cannot be used, and where in it.
///
/// The text never repeats the pattern, so it holds no characters of a stranger's choosing.
///
/// ```
/// use pubnub_access::{Pattern, PatternErrorKind};
///
/// let error = Pattern::new("room-[a-").unwrap_err();
/// assert_eq!(error.kind(), PatternErrorKind::Syntax);
/// assert_eq!(error.position(), 5);
/// assert_eq!(error.to_string(), "unusable pattern at byte 5: expected `]` to end the class");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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

    /// What kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> PatternErrorKind {
        self.kind
    }

    /// Where the offending part begins: a byte offset in the pattern, 0 where the whole pattern is
    /// meant.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // Nothing is wrong with the pattern, nor with a place in it.
            PatternErrorKind::BudgetExhausted => f.write_str(self.message),
            _ => write!(f, "unusable pattern at byte {}: {}", self.position, self.message),
        }
    }
}
