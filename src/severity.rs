//! How bad it is what was found in a token or in a grant.

use core::fmt;

/// How bad a [`Finding`](crate::Finding) of [`lint`](crate::lint) is, or a problem of a grant.
///
/// ```
/// use pubnub_access::Severity;
///
/// assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Note);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The service takes it, but it may not do what was meant: grant more or less, say.
    Warning,
    /// It cannot do what was meant, or the service refuses it.
    Error,
}

impl Severity {
    /// The severity's name in lower case, as in `warning`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Severity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
