//! The service's refusals, for a gateway to answer in its place.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// An answer to a rejected request, as the service gives it. PubNub's clients know its status and
/// its body.
///
/// ```
/// use pubnub_access::gateway::Rejection;
///
/// let rejection = Rejection::forbidden_for(&["room-1"], &["lobby"]);
/// assert_eq!(rejection.status(), 403);
/// assert_eq!(
///     rejection.body(),
///     r#"{"message":"Forbidden","payload":{"channels":["room-1"],"channel-groups":[":lobby"]},"error":true,"service":"Access Manager","status":403}"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Rejection {
    status: u16,
    body: String,
}

impl Rejection {
    /// The `Content-Type` of every body.
    pub const CONTENT_TYPE: &'static str = "application/json";

    /// Creates the answer that access is forbidden, without names.
    pub fn forbidden() -> Self {
        Self::with(403, "Forbidden", "")
    }

    /// Creates the answer that access to these channels and channel groups is forbidden. The
    /// service lists groups with a leading colon.
    pub fn forbidden_for(channels: &[&str], groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| {
            if group.starts_with(':') { group.to_string() } else { format!(":{group}") }
        });
        let groups: Vec<String> = groups.collect();
        let payload = match (channels, groups.as_slice()) {
            ([], []) => String::new(),
            (channels, []) => format!(r#""payload":{{"channels":{}}},"#, list(channels)),
            ([], groups) => format!(r#""payload":{{"channel-groups":{}}},"#, list(groups)),
            (channels, groups) => {
                format!(
                    r#""payload":{{"channels":{},"channel-groups":{}}},"#,
                    list(channels),
                    list(groups)
                )
            }
        };
        Self::with(403, "Forbidden", &payload)
    }

    /// Creates the answer that the token is expired.
    pub fn expired() -> Self {
        Self::with(403, "Token is expired.", "")
    }

    /// Creates the answer that the token is revoked.
    pub fn revoked() -> Self {
        Self::with(403, "Token is revoked", "")
    }

    /// Creates DataSync's answer to a request without a credential.
    pub fn datasync_unauthenticated() -> Self {
        Self::datasync(401, "DS-0203")
    }

    /// Creates DataSync's answer to a request that is denied, or that carries both a token and a
    /// signature.
    ///
    /// ```
    /// use pubnub_access::gateway::Rejection;
    ///
    /// let rejection = Rejection::datasync_denied();
    /// assert_eq!((rejection.status(), rejection.body()), (403, r#"{"errors":[{"errorCode":"DS-0201"}]}"#));
    /// ```
    pub fn datasync_denied() -> Self {
        Self::datasync(403, "DS-0201")
    }

    /// Creates an answer of DataSync. Further members of its bodies are not known.
    fn datasync(status: u16, code: &str) -> Self {
        Rejection { status, body: format!(r#"{{"errors":[{{"errorCode":"{code}"}}]}}"#) }
    }

    fn with(status: u16, message: &str, payload: &str) -> Self {
        let body = format!(
            r#"{{"message":"{message}",{payload}"error":true,"service":"Access Manager","status":{status}}}"#
        );
        Rejection { status, body }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the body, a JSON object.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the body by value.
    #[must_use]
    pub fn into_body(self) -> String {
        self.body
    }
}

/// Returns a JSON array of texts.
fn list(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&texts).unwrap_or_default()
}
