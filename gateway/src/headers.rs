//! Headers: those of the gateway, and those of a connection.

use http::Request;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::rules::Decision;

pub const VERDICT: HeaderName = HeaderName::from_static("x-pubnub-access-verdict");
pub const REASON: HeaderName = HeaderName::from_static("x-pubnub-access-reason");
/// The id of the operation; empty if none is recognised.
pub const OPERATION: HeaderName = HeaderName::from_static("x-pubnub-access-operation");
/// The body of a refusal, for proxies that discard bodies of sub-requests.
pub const BODY: HeaderName = HeaderName::from_static("x-pubnub-access-body");

/// The prefix of all headers of the gateway.
const OURS: &[u8] = b"x-pubnub-access-";

/// The most headers of a request. hyper accepts no more in HTTP/1.1.
const MAX_HEADERS: usize = 100;

/// Reports whether a request has too many headers, or a head of more than `limit` bytes.
///
/// The head is measured as HTTP/1.1 writes it, with one space where any number is allowed.
pub fn head_is_too_long<B>(request: &Request<B>, limit: usize) -> bool {
    let (uri, headers) = (request.uri(), request.headers());
    let target = uri.scheme_str().map_or(0, |scheme| scheme.len() + "://".len())
        + uri.authority().map_or(0, |authority| authority.as_str().len())
        + uri.path_and_query().map_or(0, |path| path.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1\r\n".len();
    let fields = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    let fields: usize = fields.map(|length| length + ": \r\n".len()).sum();
    headers.len() > MAX_HEADERS || line + fields + "\r\n".len() > limit
}

/// Reports whether a header is one of the gateway's, even for readers that do not distinguish `_`
/// and `-`.
pub fn is_ours(name: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    name.len() >= OURS.len() && name.bytes().zip(OURS).all(|(byte, known)| plain(byte) == *known)
}

/// Returns the headers of a decision.
pub fn of(decision: &Decision) -> [(HeaderName, HeaderValue); 3] {
    [
        (VERDICT, HeaderValue::from_static(decision.verdict())),
        (REASON, HeaderValue::from_static(decision.reason())),
        (OPERATION, HeaderValue::from_static(decision.operation())),
    ]
}

/// Removes the headers that only the gateway sets.
pub fn remove_ours(headers: &mut HeaderMap) {
    let found: Vec<HeaderName> =
        headers.keys().filter(|name| is_ours(name.as_str())).cloned().collect();
    found.iter().for_each(|name| drop(headers.remove(name)));
}

/// Removes the headers of a single connection: those that `Connection` names, and those of RFC
/// 9110, section 7.6.1.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    const KNOWN: [HeaderName; 6] = [
        header::CONNECTION,
        HeaderName::from_static("proxy-connection"),
        HeaderName::from_static("keep-alive"),
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    let options =
        headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> = options
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&KNOWN) {
        headers.remove(name);
    }
}
