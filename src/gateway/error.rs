//! Errors of routing.
//!
//! Errors say what is wrong, where, and what was expected. They never contain any part of the
//! request, since its target carries a token.

use core::fmt;

use thiserror::Error;

use crate::arithmetic::CannotOverflow;
use crate::enums::named_enum;

use super::limits::{MAX_BODY_LEN, MAX_NAMES, MAX_TARGET_LEN};
use super::table::Methods;

/// The position of a fault in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RoutePosition {
    /// The method.
    Method,
    /// A byte offset in the target, or in the URL if a whole URL was given.
    Target(usize),
    /// A byte offset in the body, at which the parser stopped: at the fault or soon after it.
    Body(usize),
}

/// The error of a request that does not route.
///
/// ```
/// use pubnub_access::gateway::{HttpRequest, RouteErrorKind, RoutePosition, route};
///
/// let error = route(&HttpRequest::new("GET", "/v2/subscribe/sub-key/room-1/1")).unwrap_err();
/// assert_eq!(error.kind(), RouteErrorKind::NotPubNub);
///
/// let error = route(&HttpRequest::new("GET", "/v2/subscribe/sub-key/room%2/0")).unwrap_err();
/// assert_eq!(error.kind(), RouteErrorKind::Malformed);
/// assert_eq!(error.position(), RoutePosition::Target(26));
/// assert_eq!(error.to_string(), "byte 26 of the target: a `%` on its own, expected two hexadecimal digits after it");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub struct RouteError {
    fault: Fault,
    position: RoutePosition,
}

named_enum! {
    /// The kinds of [`RouteError`].
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum RouteErrorKind, "kind of route error", code {
        /// The path is not a known route of PubNub. The service may answer it all the same.
        NotPubNub = "not_pubnub",
        /// The path is a known route in an unknown or retired version: `/v9/subscribe/...`.
        UnknownVersion = "unknown_version",
        /// The path is a known route, but does not take the method.
        WrongMethod = "wrong_method",
        /// The request cannot be read at all. Examples are a broken percent escape, text that is
        /// not UTF-8, and an invalid name.
        Malformed = "malformed",
        /// The target, the body or a list of names is longer than the limit.
        TooLong = "too_long",
        /// The request can be read in more than one way. Examples are double encoding, `//`,
        /// `/../`, `;`, and a key that occurs twice. The service may read it differently, so never
        /// treat it as allowed.
        Ambiguous = "ambiguous",
        /// The body names the resources, and none was given: pass it with [`HttpRequest::body`].
        ///
        /// [`HttpRequest::body`]: crate::gateway::HttpRequest::body
        BodyNeeded = "body_needed",
        /// The body is not the JSON that the route takes.
        BadBody = "bad_body",
    }
}

/// Defines the faults, in groups by the kind of their error, each with its message.
macro_rules! faults {
    ($( $Kind:ident { $( $Fault:ident $({ $field:ident: $Field:ty })? = $message:literal; )* } )*) => {
        /// An error's kind, with the data of its message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
        pub(super) enum Fault {
            $( $( #[error($message)] $Fault $({ $field: $Field })?, )* )*
        }

        impl Fault {
            fn kind(self) -> RouteErrorKind {
                match self { $( $( Fault::$Fault { .. } )|* => RouteErrorKind::$Kind, )* }
            }
        }
    };
}

faults! {
    NotPubNub {
        NotPubNub = "not a route that is known, expected one of PubNub's";
    }
    UnknownVersion {
        UnknownVersion = "a route of PubNub in an unknown version, expected one in use";
    }
    WrongMethod {
        WrongMethod { allowed: Methods } = "not one of this path, expected {allowed}";
    }
    Malformed {
        NoUrl = "not a URL, expected `http://` or `https://` and a host";
        NoPath = "not a path, expected one that begins with `/`";
        Character = "a space, a control or a character outside ASCII, expected it percent-encoded";
        BadEscape = "a `%` on its own, expected two hexadecimal digits after it";
        Nul = "an encoded NUL, expected none";
        InvalidUtf8 = "the escapes decode to something that is not UTF-8, expected UTF-8";
        Control = "a name or a value with a control character, expected none";
        EmptyName = "an empty name in a list, expected none or a single `,` for the empty list";
        NothingNamed = "neither a channel nor a group is named, expected at least one name";
        NoTimestamp = "a signature without a `timestamp`, expected both";
    }
    TooLong {
        LongTarget = "the target goes on, expected at most {MAX_TARGET_LEN} bytes";
        LongBody = "the body goes on, expected at most {MAX_BODY_LEN} bytes";
        ManyNames = "the list of names goes on, expected at most {MAX_NAMES}";
    }
    Ambiguous {
        MethodOverride = "a header names another method, expected none or the same method";
        Credentials = "user information in a URL, expected a host alone";
        Fragment = "a `#`, expected a target without a fragment";
        Backslash = "a backslash, which some read as `/`, expected `/` or `%5C`";
        Semicolon = "a `;`, which some read as the end of what is before it, expected `%3B`";
        EmptySegment =
            "an empty segment of the path, which some leave out, expected one `/` between segments";
        DotSegment = "a segment of dots, which some resolve, expected none";
        AnotherSpelling =
            "a path that some read as a route of PubNub, expected the route in plain spelling";
        KeySpelling = "a key that some read as one that matters, expected it in plain spelling";
        KeyTwice = "a key that stands before already, expected it once";
        Plus = "a `+`, which some read as a space, expected `%2B` or `%20`";
        DoubleEncoding = "a value that decodes to a percent escape, expected it encoded once";
        ListForOne = "a comma where one name stands, expected no list";
        AddAndRemove = "`add` and `remove` together, expected one of them";
        AddOrRemoveNothing = "`add` or `remove` without a name, expected at least one";
        AddOrRemoveBeside = "`add` or `remove` on a path that ends in `/remove`, expected neither";
        BodyKeyTwice = "a key that stands before already in its object, expected it once";
        BodyKeySpelling = "a key that some read as one that matters, expected it in plain spelling";
        BodyNamesNothing = "the body names nothing to set or to delete, expected at least one name";
    }
    BodyNeeded {
        BodyNeeded = "its body names the resources, expected the body";
    }
    BadBody {
        BadJson = "not JSON, expected the object that the route takes";
        BodyShape =
            "not in the form of the route, expected the `id` of each `channel`, each `uuid` or the `data` as a text";
        BodyName = "a name that is empty or has a comma or a control character, expected a name";
    }
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

    pub(super) fn overridden() -> Self {
        RouteError { fault: Fault::MethodOverride, position: RoutePosition::Method }
    }

    /// Returns the error with its offset increased by the length of the text before the target.
    pub(super) fn after(self, before: usize) -> Self {
        match self.position {
            RoutePosition::Target(at) => Self::target(at.plus(before), self.fault),
            RoutePosition::Method | RoutePosition::Body(_) => self,
        }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> RouteErrorKind {
        self.fault.kind()
    }

    /// Returns the position of the fault.
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
        self.fault.fmt(f)
    }
}
