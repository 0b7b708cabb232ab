//! Why a request does not route.
//!
//! Errors say what is wrong, where, and what was expected. They never hold or print any part of the request: a target
//! carries a token.

use core::fmt;

use super::limits::{MAX_BODY_LEN, MAX_NAMES, MAX_TARGET_LEN};
use super::table::Methods;

/// Where in a request something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RoutePosition {
    /// The method.
    Method,
    /// A byte offset in the target, or in the URL where a whole one was given.
    Target(usize),
    /// A byte offset in the body: where reading it stopped, at or soon after the fault.
    Body(usize),
}

/// Why a request does not route.
///
/// ```
/// use pubnub_access::{HttpRequest, RouteErrorKind, RoutePosition, route};
///
/// let error = route(&HttpRequest::new("GET", "/v2/subscribe/sub-key/room-1/1")).unwrap_err();
/// assert_eq!(error.kind(), RouteErrorKind::NotPubNub);
///
/// let error = route(&HttpRequest::new("GET", "/v2/subscribe/sub-key/room%2/0")).unwrap_err();
/// assert_eq!(error.kind(), RouteErrorKind::Malformed);
/// assert_eq!(error.position(), RoutePosition::Target(26));
/// assert_eq!(error.to_string(), "byte 26 of the target: a `%` on its own, expected two hexadecimal digits after it");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteError {
    fault: Fault,
    position: RoutePosition,
}

/// The kinds of [`RouteError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RouteErrorKind {
    /// No route of PubNub that is known here. That is no proof that the service does not answer it.
    NotPubNub,
    /// A part of PubNub's interface in a version that is not known, or no longer: `/v9/subscribe/...`.
    UnknownVersion,
    /// The path is that of a route, and none with this path takes the method.
    WrongMethod,
    /// The request cannot be read in any way: a broken percent escape, text that is not UTF-8, a name that no request
    /// can be about.
    Malformed,
    /// The target, the body or a list of names is longer than the limit.
    TooLong,
    /// The request can be read in more than one way, and whoever answers it may read it differently: double encoding,
    /// `//`, `/../`, `;`, a key that stands twice. Never to be taken for allowed.
    Ambiguous,
    /// What the request is about stands in its body, and none was given: give it with [`HttpRequest::body`].
    ///
    /// [`HttpRequest::body`]: crate::HttpRequest::body
    BodyNeeded,
    /// The body is not the JSON that the route takes.
    BadBody,
}

impl RouteErrorKind {
    /// The kind's stable code in snake case, as in `unknown_version`.
    ///
    /// ```
    /// use pubnub_access::RouteErrorKind;
    ///
    /// assert_eq!(RouteErrorKind::NotPubNub.code(), "not_pubnub");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RouteErrorKind::NotPubNub => "not_pubnub",
            RouteErrorKind::UnknownVersion => "unknown_version",
            RouteErrorKind::WrongMethod => "wrong_method",
            RouteErrorKind::Malformed => "malformed",
            RouteErrorKind::TooLong => "too_long",
            RouteErrorKind::Ambiguous => "ambiguous",
            RouteErrorKind::BodyNeeded => "body_needed",
            RouteErrorKind::BadBody => "bad_body",
        }
    }
}

/// An error's kind with what its message needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NotPubNub,
    UnknownVersion,
    WrongMethod { allowed: Methods },
    // Malformed.
    NoUrl,
    NoPath,
    Character,
    BadEscape,
    Nul,
    InvalidUtf8,
    Control,
    EmptyName,
    NothingNamed,
    NoTimestamp,
    // Too long.
    LongTarget,
    LongBody,
    ManyNames,
    // Ambiguous.
    Credentials,
    Fragment,
    Backslash,
    Semicolon,
    EmptySegment,
    DotSegment,
    AnotherSpelling,
    KeySpelling,
    KeyTwice,
    Plus,
    DoubleEncoding,
    ListForOne,
    AddAndRemove,
    AddOrRemoveNothing,
    AddOrRemoveBeside,
    BodyKeyTwice,
    BodyKeySpelling,
    BodyNamesNothing,
    // About the body.
    BodyNeeded,
    BadJson,
    BodyShape,
    BodyName,
}

impl RouteError {
    pub(super) fn target(at: usize, fault: Fault) -> Self {
        RouteError { fault, position: RoutePosition::Target(at) }
    }

    pub(super) fn body(at: usize, fault: Fault) -> Self {
        RouteError { fault, position: RoutePosition::Body(at) }
    }

    pub(super) fn method(allowed: Methods) -> Self {
        RouteError { fault: Fault::WrongMethod { allowed }, position: RoutePosition::Method }
    }

    /// The error with its offset moved on by what stands before the target.
    pub(super) fn after(self, before: usize) -> Self {
        match self.position {
            RoutePosition::Target(at) => Self::target(at.saturating_add(before), self.fault),
            RoutePosition::Method | RoutePosition::Body(_) => self,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> RouteErrorKind {
        match self.fault {
            Fault::NotPubNub => RouteErrorKind::NotPubNub,
            Fault::UnknownVersion => RouteErrorKind::UnknownVersion,
            Fault::WrongMethod { .. } => RouteErrorKind::WrongMethod,
            Fault::NoUrl
            | Fault::NoPath
            | Fault::Character
            | Fault::BadEscape
            | Fault::Nul
            | Fault::InvalidUtf8
            | Fault::Control
            | Fault::EmptyName
            | Fault::NothingNamed
            | Fault::NoTimestamp => RouteErrorKind::Malformed,
            Fault::LongTarget | Fault::LongBody | Fault::ManyNames => RouteErrorKind::TooLong,
            Fault::Credentials
            | Fault::Fragment
            | Fault::Backslash
            | Fault::Semicolon
            | Fault::EmptySegment
            | Fault::DotSegment
            | Fault::AnotherSpelling
            | Fault::KeySpelling
            | Fault::KeyTwice
            | Fault::Plus
            | Fault::DoubleEncoding
            | Fault::ListForOne
            | Fault::AddAndRemove
            | Fault::AddOrRemoveNothing
            | Fault::AddOrRemoveBeside
            | Fault::BodyKeyTwice
            | Fault::BodyKeySpelling
            | Fault::BodyNamesNothing => RouteErrorKind::Ambiguous,
            Fault::BodyNeeded => RouteErrorKind::BodyNeeded,
            Fault::BadJson | Fault::BodyShape | Fault::BodyName => RouteErrorKind::BadBody,
        }
    }

    /// Where the fault is.
    #[must_use]
    pub fn position(&self) -> RoutePosition {
        self.position
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            RoutePosition::Method => f.write_str("the method: ")?,
            RoutePosition::Target(at) => write!(f, "byte {at} of the target: ")?,
            RoutePosition::Body(at) => write!(f, "byte {at} of the body: ")?,
        }
        match self.fault {
            Fault::WrongMethod { allowed } => write!(f, "not one of this path, expected {allowed}"),
            Fault::LongTarget => write!(f, "the target goes on, expected at most {MAX_TARGET_LEN} bytes"),
            Fault::LongBody => write!(f, "the body goes on, expected at most {MAX_BODY_LEN} bytes"),
            Fault::ManyNames => write!(f, "the list of names goes on, expected at most {MAX_NAMES}"),
            fault => f.write_str(fault.text()),
        }
    }
}

impl Fault {
    fn text(self) -> &'static str {
        match self {
            Fault::NotPubNub => "not a route that is known, expected one of PubNub's",
            Fault::UnknownVersion => "a route of PubNub in an unknown version, expected one in use",
            Fault::NoUrl => "not a URL, expected `http://` or `https://` and a host",
            Fault::NoPath => "not a path, expected one that begins with `/`",
            Fault::Character => "a space, a control or a character outside ASCII, expected it percent-encoded",
            Fault::BadEscape => "a `%` on its own, expected two hexadecimal digits after it",
            Fault::Nul => "an encoded NUL, expected none",
            Fault::InvalidUtf8 => "the escapes decode to something that is not UTF-8, expected UTF-8",
            Fault::Control => "a name or a value with a control character, expected none",
            Fault::EmptyName => "an empty name in a list, expected none or a single `,` for the empty list",
            Fault::NothingNamed => "neither a channel nor a group is named, expected at least one name",
            Fault::NoTimestamp => "a signature without a `timestamp`, expected both",
            Fault::Credentials => "user information in a URL, expected a host alone",
            Fault::Fragment => "a `#`, expected a target without a fragment",
            Fault::Backslash => "a backslash, which some read as `/`, expected `/` or `%5C`",
            Fault::Semicolon => "a `;`, which some read as the end of what is before it, expected `%3B`",
            Fault::EmptySegment => {
                "an empty segment of the path, which some leave out, expected one `/` between segments"
            }
            Fault::DotSegment => "a segment of dots, which some resolve, expected none",
            Fault::AnotherSpelling => {
                "a path that some read as a route of PubNub, expected the route in plain spelling"
            }
            Fault::KeySpelling => "a key that some read as one that matters, expected it in plain spelling",
            Fault::KeyTwice => "a key that stands before already, expected it once",
            Fault::Plus => "a `+`, which some read as a space, expected `%2B` or `%20`",
            Fault::DoubleEncoding => "a value that decodes to a percent escape, expected it encoded once",
            Fault::ListForOne => "a comma where one name stands, expected no list",
            Fault::AddAndRemove => "`add` and `remove` together, expected one of them",
            Fault::AddOrRemoveNothing => "`add` or `remove` without a name, expected at least one",
            Fault::AddOrRemoveBeside => "`add` or `remove` on a path that ends in `/remove`, expected neither",
            Fault::BodyKeyTwice => "a key that stands before already in its object, expected it once",
            Fault::BodyKeySpelling => "a key that some read as one that matters, expected it in plain spelling",
            Fault::BodyNamesNothing => "the body names nothing to set or to delete, expected at least one name",
            Fault::BodyNeeded => "what the request is about stands in its body, expected the body",
            Fault::BadJson => "not JSON, expected the object that the route takes",
            Fault::BodyShape => {
                "not in the form of the route, expected the `id` of each `channel`, each `uuid` or the `data` as a text"
            }
            Fault::BodyName => "a name that is empty or has a comma or a control character, expected a name",
            // `RouteError` writes these whole.
            Fault::WrongMethod { .. } | Fault::LongTarget | Fault::LongBody | Fault::ManyNames => "",
        }
    }
}

impl core::error::Error for RouteError {}
