//! Escapes for characters that test data cannot show.

/// Replaces `\u{20}` by its character; `None` if there is no such character.
pub fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split("\\u{");
    let mut unescaped = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}')?;
        unescaped.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        unescaped.push_str(rest);
    }
    Some(unescaped)
}
