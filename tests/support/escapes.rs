//! Characters that test data cannot show as they are.

/// Replaces `\u{20}` by what it stands for.
pub fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut unescaped = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        unescaped.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        unescaped.push_str(rest);
    }
    unescaped
}
