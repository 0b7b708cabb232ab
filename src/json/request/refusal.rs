//! The service's own answer to a refused request.

/// The name of the service, which its answers contain.
const SERVICE: &str = "Access Manager";

/// The meaning of a 403 to a signed request.
pub(super) const WRONG_SIGNATURE: &str = "the signature does not match: the secret key is of \
     another keyset, or the request was changed after it was signed";

/// The message about a missing permission.
const FORBIDDEN: &str = "Forbidden";

/// The messages of the service, each with its meaning and what to do about it.
const MESSAGES: [(&str, &str); 6] = [
    ("Token is expired", "the token has expired: issue a new one"),
    ("Token is revoked", "the token was revoked: issue another"),
    ("Invalid token", "the token was cut off or altered, or is of another keyset"),
    ("Invalid signature", WRONG_SIGNATURE),
    ("Signature Does Not Match", WRONG_SIGNATURE),
    (
        FORBIDDEN,
        "a permission is missing on what it lists, or the token is for another user, or there is \
         none: paste the request's URL to see which",
    ),
];

/// Returns the service's message in a text, and its meaning.
pub(super) fn in_text(text: &str) -> Option<(&'static str, &'static str)> {
    let mut messages = MESSAGES.iter().filter(|_| text.contains(SERVICE));
    messages.find(|(message, _)| text.contains(message)).copied()
}

/// Returns the meaning of the service's message, unless a permission is missing.
pub(super) fn other_than_forbidden(text: &str) -> Option<&'static str> {
    in_text(text).filter(|(message, _)| *message != FORBIDDEN).map(|(_, meaning)| meaning)
}
