//! The service's own answer to a request that it refused.

/// What stands in the answers that Access Manager gives, in JSON or in the words of an SDK.
const SERVICE: &str = "Access Manager";

/// What a 403 to a signed request says.
pub(super) const WRONG_SIGNATURE: &str = "the signature does not match: the secret key is of \
     another keyset, or the request was changed after it was signed";

/// The message that says that a permission is missing.
const FORBIDDEN: &str = "Forbidden";

/// The messages of the service, each with what it says of the token and what to do about it.
const MESSAGES: [(&str, &str); 6] = [
    ("Token is expired", "the token has expired: issue a new one"),
    ("Token is revoked", "the token was revoked: issue another"),
    (
        "Invalid token",
        "it cannot read the token, which was cut off or altered, or is of another keyset",
    ),
    ("Invalid signature", WRONG_SIGNATURE),
    ("Signature Does Not Match", WRONG_SIGNATURE),
    (
        FORBIDDEN,
        "a permission is missing on what it lists, or the token is for another user, or there is \
         none: paste the request's URL to see which",
    ),
];

/// The message of the service in a text, and what it says.
pub(super) fn in_text(text: &str) -> Option<(&'static str, &'static str)> {
    let mut messages = MESSAGES.iter().filter(|_| text.contains(SERVICE));
    messages.find(|(message, _)| text.contains(message)).copied()
}

/// What the service said, where it is another thing than that a permission is missing.
pub(super) fn other_than_forbidden(text: &str) -> Option<&'static str> {
    in_text(text).filter(|(message, _)| *message != FORBIDDEN).map(|(_, meaning)| meaning)
}
