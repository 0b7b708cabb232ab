//! A request as it arrives: its method, its target, and the relevant parts of its headers and body.

use core::fmt;

use super::error::{Fault, RouteError};
use super::headers;
use crate::arithmetic::CannotOverflow;

/// The parts of an HTTP request that [`route`](crate::gateway::route) reads.
///
/// `Debug` prints neither the target nor the body, which carry tokens.
///
/// ```
/// use pubnub_access::gateway::HttpRequest;
///
/// let request = HttpRequest::new("GET", "/time/0?uuid=alice");
/// assert_eq!(request.target(), "/time/0?uuid=alice");
/// assert_eq!(format!("{request:?}"), "HttpRequest { method: \"GET\", target_len: 18, body_len: None }");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct HttpRequest<'a> {
    method: &'a str,
    target: &'a str,
    /// The length of the text before the target, in bytes.
    before: usize,
    body: Option<&'a [u8]>,
    /// True if a header names another method, which some readers prefer.
    overridden: bool,
    /// True if a header says that the body is compressed or in another charset.
    encoded: bool,
}

impl<'a> HttpRequest<'a> {
    /// Creates a request as a server receives it. The method is in upper case. The target is in
    /// origin form: the path with the query, undecoded.
    pub fn new(method: &'a str, target: &'a str) -> Self {
        HttpRequest { method, target, before: 0, body: None, overridden: false, encoded: false }
    }

    /// Creates a request from a whole URL. The host is ignored. Positions in errors count from the
    /// URL's start.
    ///
    /// ```
    /// use pubnub_access::gateway::HttpRequest;
    ///
    /// let request = HttpRequest::from_url("GET", "https://ps.pndsn.com/time/0")?;
    /// assert_eq!(request.target(), "/time/0");
    /// # Ok::<(), pubnub_access::gateway::RouteError>(())
    /// ```
    ///
    /// # Errors
    /// `/time/0`, `ftp://host/time/0` and `https:///time/0` are
    /// [`Malformed`](crate::gateway::RouteErrorKind::Malformed); `https://a@b/time/0` is
    /// [`Ambiguous`](crate::gateway::RouteErrorKind::Ambiguous).
    pub fn from_url(method: &'a str, url: &'a str) -> Result<Self, RouteError> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(RouteError::target(0, Fault::NoUrl));
        };
        let (host, target) =
            match rest.find(['/', '?', '#', '\\']).and_then(|end| rest.split_at_checked(end)) {
                Some((host, target)) => (host, target),
                None => (rest, ""),
            };
        if host.is_empty()
            || !["http", "https"].into_iter().any(|known| scheme.eq_ignore_ascii_case(known))
        {
            return Err(RouteError::target(0, Fault::NoUrl));
        }
        let before = url.len().minus(target.len());
        if host.contains('@') {
            return Err(RouteError::target(before.minus(host.len()), Fault::Credentials));
        }
        Ok(HttpRequest { before, ..HttpRequest::new(method, target) })
    }

    /// Adds the body. It is read only for changes to memberships and members, and for new items of
    /// DataSync.
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a header. Names are compared without regard to case, and `_` counts as `-`.
    ///
    /// Two kinds of headers matter, since readers treat them differently; all others are ignored. A
    /// header that overrides the method, such as `X-HTTP-Method-Override`, makes the request
    /// [`Ambiguous`](super::RouteErrorKind::Ambiguous) unless it repeats the method. A
    /// `Content-Encoding` or a charset other than UTF-8 hides the body.
    ///
    /// ```
    /// use pubnub_access::gateway::{HttpRequest, RouteErrorKind, route};
    ///
    /// let http = HttpRequest::new("GET", "/v3/history/sub-key/demo/channel/room-1");
    /// assert!(route(&http.header("Accept", b"*/*")).is_ok());
    /// let error = route(&http.header("X-HTTP-Method-Override", b"DELETE")).unwrap_err();
    /// assert_eq!(error.kind(), RouteErrorKind::Ambiguous);
    /// ```
    pub fn header(mut self, name: &str, value: &[u8]) -> Self {
        self.overridden |= headers::overrides_method(name, value, self.method);
        self.encoded |= headers::encodes_body(name, value);
        self
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// Returns the path with the query.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// Returns the request with another body, which is read whatever the headers say.
    pub(crate) fn supposing(self, body: &'a [u8]) -> Self {
        HttpRequest { body: Some(body), encoded: false, ..self }
    }

    /// Returns the body, if it is given and every reader decodes it to the same text.
    pub(super) fn given_body(&self) -> Option<&'a [u8]> {
        self.body.filter(|_| !self.encoded)
    }

    /// Reports whether a header names another method.
    pub(super) fn is_overridden(&self) -> bool {
        self.overridden
    }

    /// Returns the length of the text before the target, in bytes.
    pub(super) fn before(&self) -> usize {
        self.before
    }
}

impl fmt::Debug for HttpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("target_len", &self.target.len())
            .field("body_len", &self.body.map(<[u8]>::len))
            .finish()
    }
}
