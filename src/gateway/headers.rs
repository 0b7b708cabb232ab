//! Headers that change the meaning of a request.

/// Headers from which frameworks read a method that replaces the request's own.
const METHOD_OVERRIDES: [&str; 4] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-http-method"];

/// Reports whether a header makes some readers take the request for one of another method.
pub(super) fn overrides_method(name: &str, value: &[u8], method: &str) -> bool {
    METHOD_OVERRIDES.iter().any(|known| is(name, known)) && value != method.as_bytes()
}

/// Reports whether a header says that the body is not plain UTF-8, to any reader.
pub(super) fn encodes_body(name: &str, value: &[u8]) -> bool {
    if is(name, "content-encoding") {
        !value.eq_ignore_ascii_case(b"identity")
    } else {
        is(name, "content-type") && !is_utf8(value)
    }
}

fn is(name: &str, known: &str) -> bool {
    name.len() == known.len() && name.bytes().map(super::query::plain_byte).eq(known.bytes())
}

/// Readers differ on two charsets, on spaces and on quotes. They agree on one plain
/// `charset=utf-8`, or on none.
fn is_utf8(content_type: &[u8]) -> bool {
    const CHARSET: &[u8] = b"charset";
    let mut found = content_type
        .windows(CHARSET.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(CHARSET));
    let charset = match (found.next(), found.next()) {
        (None, _) => return true,
        (Some((at, _)), None) => content_type.get(at..).unwrap_or_default(),
        (Some(_), Some(_)) => return false,
    };
    let charset = charset.split(|byte| *byte == b';').next().unwrap_or_default();
    let known: [&[u8]; 4] =
        [b"charset=utf-8", b"charset=utf8", b"charset=\"utf-8\"", b"charset=\"utf8\""];
    known.iter().any(|known| charset.trim_ascii_end().eq_ignore_ascii_case(known))
}
