//! The severity of a finding about a token, or of a problem in a grant.

use crate::enums::named_enum;

named_enum! {
    /// The severity of a [`Finding`](crate::audit::Finding), or of a problem in a grant.
    ///
    /// ```
    /// use pubnub_access::audit::Severity;
    ///
    /// assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Note);
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Severity, "severity", name {
        /// Worth knowing.
        Note = "note",
        /// The service accepts it, but it may not have the intended effect: it may grant more, or
        /// less.
        Warning = "warning",
        /// It cannot have the intended effect, or the service refuses it.
        Error = "error",
    }
}
