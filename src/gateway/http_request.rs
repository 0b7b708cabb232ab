//! A request as it arrives: its method, its target, and its body where there is one.

use core::fmt;

use super::error::{Fault, RouteError};
use crate::arithmetic::CannotOverflow;

/// What [`route`](crate::gateway::route) reads of a request of HTTP.
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
    /// How long what stood before the target was.
    before: usize,
    body: Option<&'a [u8]>,
}

impl<'a> HttpRequest<'a> {
    /// A request as a server gets it: the method in upper case, and the target in origin form,
    /// which is the path with the query, undecoded.
    pub fn new(method: &'a str, target: &'a str) -> Self {
        HttpRequest { method, target, before: 0, body: None }
    }

    /// A request to a whole URL, as a person copies it. The host is not looked at; positions in
    /// errors count from the URL's start.
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
        Ok(HttpRequest { method, target, before, body: None })
    }

    /// Adds the body. It is read only for changes to memberships and members, and for what DataSync
    /// is to create.
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The path with the query.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }

    pub(super) fn given_body(&self) -> Option<&'a [u8]> {
        self.body
    }

    /// How long what stood before the target was.
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
