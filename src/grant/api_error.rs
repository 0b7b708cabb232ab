//! The service's error bodies, in both shapes, and their meaning for a token.
//!
//! Unknown members are ignored. A body that is not an error is refused.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use super::json::Node;

use crate::enums::named_enum;

/// An error body of the service, from a grant or any other operation.
///
/// A grant's error is an object with a source and details. Other operations have `"error": true`,
/// and may list the refused channels and groups.
///
/// ```
/// use pubnub_access::grant::{ApiError, ApiErrorMeaning};
///
/// let body = r#"{"message":"Forbidden","payload":{"channels":["a"],"channel-groups":[":g"]},"error":true,
///     "service":"Access Manager","status":403}"#;
/// let error = ApiError::from_json(body)?;
/// assert_eq!((error.status(), error.message(), error.groups()), (Some(403), "Forbidden", &[":g".to_owned()][..]));
/// assert_eq!(error.meaning(), ApiErrorMeaning::Forbidden);
/// # Ok::<(), pubnub_access::grant::ParseApiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
pub struct ApiError {
    status: Option<u16>,
    message: String,
    origin: Option<String>,
    service: Option<String>,
    details: Vec<ApiErrorDetail>,
    channels: Vec<String>,
    groups: Vec<String>,
}

/// One detail of an error: a message and a location in the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApiErrorDetail {
    message: String,
    location: Option<String>,
    location_type: Option<String>,
}

named_enum! {
    /// The meaning of an error for the token that was used, granted or revoked.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum ApiErrorMeaning, "meaning of an error", code {
        /// The token has expired: ask for another.
        TokenExpired = "token_expired",
        /// The token was revoked.
        TokenRevoked = "token_revoked",
        /// The token lacks a permission; [`ApiError::channels`] and [`ApiError::groups`] list the
        /// refused resources.
        Forbidden = "forbidden",
        /// The service cannot read the token.
        InvalidToken = "invalid_token",
        /// The keyset has a feature switched off, such as revocation.
        FeatureDisabled = "feature_disabled",
        /// Another fault: the body of a grant, the signature, a key.
        Other = "other",
    }
}

impl ApiError {
    /// Reads an error body.
    ///
    /// # Errors Text that is not JSON, that is longer than 256 KiB or nested more than 127 levels
    /// deep; JSON without an error of either shape, such as the response to a successful grant.
    pub fn from_json(body: &str) -> Result<Self, ParseApiError> {
        let body = Node::parse(body).map_err(|_| ParseApiError::NOT_JSON)?;
        // The nested shape has the message inside the error; the flat one has it beside `"error":
        // true`.
        let (error, flat) = match body.get("error") {
            Some(error @ Node::Object(_)) => (error, false),
            Some(Node::Bool(true)) => (&body, true),
            _ => return Err(ParseApiError::NO_ERROR),
        };
        let message = text(error, "message").ok_or(ParseApiError::NO_ERROR)?;
        let lists = |key| {
            if flat {
                texts(body.get("payload").and_then(|payload| payload.get(key)))
            } else {
                Vec::new()
            }
        };
        Ok(ApiError {
            status: match body.get("status") {
                Some(Node::Integer(status)) => u16::try_from(*status).ok(),
                _ => None,
            },
            message,
            origin: text(error, "source"),
            service: text(&body, "service"),
            details: items(error.get("details")).iter().filter_map(ApiErrorDetail::read).collect(),
            channels: lists("channels"),
            groups: lists("channel-groups"),
        })
    }

    /// Returns the HTTP status that the body repeats; `None` if it does not.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns the message, as in `Invalid ttl` or `Forbidden`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the member `source`: the part of the service that responded, as in `grant` or
    /// `revoke`. `None` in the flat shape.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Returns the service, as in `Access Manager`.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Returns the details; empty in the flat shape.
    #[must_use]
    pub fn details(&self) -> &[ApiErrorDetail] {
        &self.details
    }

    /// Returns the refused channels.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Returns the refused channel groups as the service writes them, with a leading colon:
    /// `:sports`.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Returns the meaning of the error for the token. Case and a full stop in the message make no
    /// difference, since the service has used several spellings.
    ///
    /// ```
    /// use pubnub_access::grant::{ApiError, ApiErrorMeaning};
    ///
    /// let body = r#"{"error":{"message":"Invalid token","source":"revoke","details":[
    ///     {"message":"Token is expired.","location":"token","locationType":"path"}]},"status":400}"#;
    /// assert_eq!(ApiError::from_json(body)?.meaning(), ApiErrorMeaning::TokenExpired);
    /// # Ok::<(), pubnub_access::grant::ParseApiError>(())
    /// ```
    #[must_use]
    pub fn meaning(&self) -> ApiErrorMeaning {
        // Details are more specific than the message, which is `Invalid token` for expired tokens,
        // too.
        let details = self.details.iter().map(ApiErrorDetail::message);
        let meanings = details.chain([self.message.as_str()]).map(meaning);
        meanings
            .into_iter()
            .find(|meaning| *meaning != ApiErrorMeaning::Other)
            .unwrap_or(ApiErrorMeaning::Other)
    }
}

fn meaning(message: &str) -> ApiErrorMeaning {
    let message = message.trim();
    let message = message.strip_suffix('.').unwrap_or(message);
    let known = [
        ("token is expired", ApiErrorMeaning::TokenExpired),
        ("token is revoked", ApiErrorMeaning::TokenRevoked),
        ("forbidden", ApiErrorMeaning::Forbidden),
        ("invalid token", ApiErrorMeaning::InvalidToken),
        ("feature disabled", ApiErrorMeaning::FeatureDisabled),
        ("token revocation is disabled", ApiErrorMeaning::FeatureDisabled),
    ];
    let found = known.iter().find(|(text, _)| message.eq_ignore_ascii_case(text));
    found.map_or(ApiErrorMeaning::Other, |(_, meaning)| *meaning)
}

impl ApiErrorDetail {
    fn read(node: &Node) -> Option<Self> {
        Some(ApiErrorDetail {
            message: text(node, "message")?,
            location: text(node, "location"),
            location_type: text(node, "locationType"),
        })
    }

    /// Returns the message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the location, as in `ttl` or `permissions.resources.uuids.uuid-1`.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Returns the part of the request that the location is in: `body`, `query` or `path`.
    #[must_use]
    pub fn location_type(&self) -> Option<&str> {
        self.location_type.as_deref()
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.as_str().map(ToOwned::to_owned)
}

fn items(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node::Array(items)) => items,
        _ => &[],
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    items(node).iter().filter_map(Node::as_str).map(ToOwned::to_owned).collect()
}

/// Prints the status, the message and the details: `403 Forbidden`, `400 Invalid ttl: Range should
/// be ... (ttl)`.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        printable(
            if self.message.is_empty() { "error without a message" } else { &self.message },
            f,
        )?;
        for (position, detail) in self.details.iter().enumerate() {
            f.write_str(if position == 0 { ": " } else { "; " })?;
            printable(&detail.message, f)?;
            if let Some(location) = &detail.location {
                f.write_str(" (")?;
                printable(location, f)?;
                f.write_str(")")?;
            }
        }
        Ok(())
    }
}

/// Writes a sentence of the service, escaped, since it can repeat any name.
fn printable(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write;
    text.chars().try_for_each(|c| {
        if crate::explanation::Escaped::shows(c) {
            f.write_char(c)
        } else {
            c.escape_default().try_for_each(|c| f.write_char(c))
        }
    })
}

/// The error of reading an [`ApiError`]: the body is not JSON or not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[error("the body is not {0}")]
pub struct ParseApiError(&'static str);

impl ParseApiError {
    const NOT_JSON: ParseApiError = ParseApiError("JSON that can be read");
    const NO_ERROR: ParseApiError =
        ParseApiError("an error of the service in either of its shapes");
}
