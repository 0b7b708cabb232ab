//! Recognises what people pass by mistake in place of a token.

use alloc::string::String;

use crate::token::TokenErrorKind;

/// The longest text that is taken for an auth key or a key of a keyset, in bytes.
const LONGEST_KEY: usize = 128;

/// The shortest text that is taken for a token, in bytes. Every token is longer.
pub(super) const SHORTEST_TOKEN: usize = 22;

/// The longest request that the service accepts, in bytes.
const LONGEST_URL: usize = 32 * 1024;

/// Returns a hint about a text that does not decode. It says what the text probably is, and what to
/// do about it.
pub(super) fn hint(text: &str, kind: TokenErrorKind) -> Option<&'static str> {
    around(text).or_else(|| another(text)).or_else(|| damaged(text, kind)).or_else(|| key(text))
}

/// Recognises a token with something around it.
fn around(text: &str) -> Option<&'static str> {
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let quotes = ['"', '\'', '`'];
    if text.starts_with('\u{feff}') {
        Some("there is a byte order mark before the token: leave it out, as by saving without one")
    } else if text.trim() != text {
        Some("there is white space around the token")
    } else if text.starts_with(quotes) || text.ends_with(quotes) {
        Some("leave out the quotes around the token")
    } else if starts("bearer ") {
        Some("leave out `Bearer `")
    } else if starts("authorization:") {
        Some("give the token alone, without the header's name")
    } else if is_url(text) {
        Some(
            "this is a URL or a query string: give the value of its `auth` parameter, percent-decoded, or all of it to `request`",
        )
    } else if starts("auth=") || starts("token=") || starts("PUBNUB_TOKEN=") {
        Some("give the value alone, without what is before the `=`, and percent-decoded")
    } else if text.starts_with(['{', '[']) {
        Some("this is JSON: give the value of its `token` alone")
    } else {
        None
    }
}

/// Reports whether a text is a URL or a query string: printable ASCII of limited length.
fn is_url(text: &str) -> bool {
    let url_like = text.contains("://") || (text.contains('=') && text.contains(['?', '&']));
    url_like && text.len() <= LONGEST_URL && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Recognises other kinds of credentials.
fn another(text: &str) -> Option<&'static str> {
    if text.starts_with("eyJ") && text.split('.').count() == 3 {
        Some("this is a JWT, and not a token of PubNub's Access Manager")
    } else if text.starts_with("sec-c-") {
        Some("this is a secret key: it allows everything, and belongs on servers only")
    } else if text.starts_with("pub-c-") || text.starts_with("sub-c-") {
        Some("this is a key of the keyset, and not a token")
    } else {
        None
    }
}

/// Recognises damaged tokens.
fn damaged(text: &str, kind: TokenErrorKind) -> Option<&'static str> {
    use TokenErrorKind::{InvalidCharacter, InvalidLength, TrailingBits, Truncated};
    if has_escape(text) {
        Some("this is percent-encoded (`%3D` stands for `=`): decode it first")
    } else if text.contains("...") || text.contains('\u{2026}') {
        Some("the token is shortened: copy the whole of it")
    } else if kind == InvalidCharacter
        && text.contains(char::is_whitespace)
        && begins_like_token(text)
    {
        Some(
            "the token is broken by white space, as when it is copied over several lines: join the parts",
        )
    } else if matches!(kind, InvalidLength | TrailingBits | Truncated) && begins_like_token(text) {
        Some("the token looks cut off: copy the whole of it")
    } else {
        None
    }
}

/// Guesses whether a text is an auth key of Access Manager v2. Such keys have no form of their own.
fn key(text: &str) -> Option<&'static str> {
    let graphic = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let guess = graphic && text.len() <= LONGEST_KEY && !begins_like_token(text);
    guess.then_some(
        "this does not begin like a token; if it is an auth key of Access Manager v2, nothing can be read from it",
    )
}

fn has_escape(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .any(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// Reports whether a text may be a token: it is long enough, and consists of base64 characters.
///
/// Such a text must not be printed anywhere.
///
/// ```
/// use pubnub_access::json::may_be_token;
///
/// assert!(may_be_token("p0F2AkF0GmWWz2xDdHRsDw"));
/// assert!(may_be_token("%70%30F2AkF0GmWWz2xDdHRsDw"));
/// assert!(!may_be_token("questions.jsonl"));
/// ```
#[must_use]
pub fn may_be_token(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=%".contains(&byte);
    if text.len() < SHORTEST_TOKEN || !text.bytes().all(is_base64) {
        return false;
    }
    let decoded: String = super::secrets::decode(text);
    // A part of a token has letters of both cases and digits, which words seldom combine.
    let has = |of: fn(&u8) -> bool| decoded.bytes().any(|byte| of(&byte));
    begins_like_token(&decoded)
        || has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && decoded.len() >= LONGEST_ID
}

/// The longest id with letters of both cases and digits that programs generate. Firebase's have 28.
const LONGEST_ID: usize = 29;

/// Reports whether a text begins like the base64 of a token. A token begins with a map of up to 11
/// entries whose first key is a byte string or a text of up to 15 bytes. In base64, that is `o` to
/// `q` and one of eight characters, as in the usual `p0F2` and `qEF2`.
pub(super) fn begins_like_token(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| "opq".contains(first))
        && characters.next().is_some_and(|second| "EGUWkm02".contains(second))
}
