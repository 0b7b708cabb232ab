//! Endpoints of grants and revocations: method and encoded path. The caller adds the query and the
//! signature, and sends the request.

use alloc::format;
use alloc::string::String;
use core::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except the unreserved ones of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A method and a path, without host and query.
///
/// `Debug` does not print the token in the path of a revocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    method: &'static str,
    path: String,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const GRANT: &str = "/grant/";
        let mut endpoint = f.debug_struct("Endpoint");
        endpoint.field("method", &self.method);
        match self.path.find(GRANT).and_then(|at| self.path.get(..at)) {
            Some(start) => endpoint.field("path", &format_args!("\"{start}{GRANT}...\"")),
            None => endpoint.field("path", &self.path),
        };
        endpoint.finish()
    }
}

impl Endpoint {
    /// Returns the HTTP method, in upper case.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the path, percent-encoded, as it must be signed.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Returns the endpoint that the body of a grant is sent to.
///
/// ```
/// use pubnub_access::grant::grant_endpoint;
///
/// let endpoint = grant_endpoint("demo")?;
/// assert_eq!((endpoint.method(), endpoint.path()), ("POST", "/v3/pam/demo/grant"));
/// # Ok::<(), pubnub_access::grant::EndpointError>(())
/// ```
///
/// # Errors A subscribe key of `""`, `"."` or `".."`, which cannot be a path segment.
pub fn grant_endpoint(subscribe_key: &str) -> Result<Endpoint, EndpointError> {
    let key = segment(subscribe_key, EndpointError::SUBSCRIBE_KEY)?;
    Ok(Endpoint { method: "POST", path: format!("/v3/pam/{key}/grant") })
}

/// Returns the endpoint that a revocation is sent to, without a body. The token's text is not
/// decoded.
///
/// ```
/// use pubnub_access::grant::revoke_endpoint;
///
/// let endpoint = revoke_endpoint("demo", "qEF2Ag==")?;
/// assert_eq!((endpoint.method(), endpoint.path()), ("DELETE", "/v3/pam/demo/grant/qEF2Ag%3D%3D"));
/// assert!(!format!("{endpoint:?}").contains("qEF2"));
/// # Ok::<(), pubnub_access::grant::EndpointError>(())
/// ```
///
/// # Errors A subscribe key or a token of `""`, `"."` or `".."`, which cannot be a path segment.
pub fn revoke_endpoint(subscribe_key: &str, token: &str) -> Result<Endpoint, EndpointError> {
    let key = segment(subscribe_key, EndpointError::SUBSCRIBE_KEY)?;
    let token = segment(token, EndpointError::TOKEN)?;
    Ok(Endpoint { method: "DELETE", path: format!("/v3/pam/{key}/grant/{token}") })
}

fn segment(text: &str, error: EndpointError) -> Result<impl fmt::Display, EndpointError> {
    match text {
        "" | "." | ".." => Err(error),
        text => Ok(utf8_percent_encode(text, RESERVED)),
    }
}

/// The error of a subscribe key or a token that cannot be a path segment. It repeats neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the {0} is empty or made of dots, so that no path can hold it")]
pub struct EndpointError(&'static str);

impl EndpointError {
    const SUBSCRIBE_KEY: EndpointError = EndpointError("subscribe key");
    const TOKEN: EndpointError = EndpointError("token");
}
