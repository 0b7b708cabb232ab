//! The Perl and POSIX classes with their ASCII members, and the groups that RE2 does not have.

/// Returns the characters `first` to `last`.
const fn range(first: u8, last: u8) -> u128 {
    (u128::MAX >> (127_u32.saturating_sub(last as u32))) & (u128::MAX << first)
}

pub(in super::super) const DIGIT: u128 = range(b'0', b'9');
pub(in super::super) const UPPER: u128 = range(b'A', b'Z');
pub(in super::super) const LOWER: u128 = range(b'a', b'z');
pub(in super::super) const WORD: u128 = DIGIT | UPPER | LOWER | range(b'_', b'_');

/// Returns the class of a letter after a backslash, and whether it is negated.
#[inline]
pub(in super::super) fn perl(letter: u8) -> Option<(u128, bool)> {
    let members = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        // Without U+000B, which only `[[:space:]]` contains.
        b's' => range(b'\t', b'\n') | range(0x0c, b'\r') | range(b' ', b' '),
        b'w' => WORD,
        _ => return None,
    };
    Some((members, letter.is_ascii_uppercase()))
}

/// Returns the class of the text between `[:` and `:]`.
pub(super) fn posix(name: &[u8]) -> Option<(u128, bool)> {
    let (name, negated) = match name.strip_prefix(b"^") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let members = match name {
        b"alnum" => DIGIT | UPPER | LOWER,
        b"alpha" => UPPER | LOWER,
        b"ascii" => u128::MAX,
        b"blank" => range(b'\t', b'\t') | range(b' ', b' '),
        b"cntrl" => range(0, 0x1f) | range(0x7f, 0x7f),
        b"digit" => DIGIT,
        b"graph" => range(b'!', b'~'),
        b"lower" => LOWER,
        b"print" => range(b' ', b'~'),
        b"punct" => range(b'!', b'~') & !(DIGIT | UPPER | LOWER),
        b"space" => range(b'\t', b'\r') | range(b' ', b' '),
        b"upper" => UPPER,
        b"word" => WORD,
        b"xdigit" => DIGIT | range(b'A', b'F') | range(b'a', b'f'),
        _ => return None,
    };
    Some((members, negated))
}

/// Reports whether a look-around begins here, such as `(?=a)` or `(?<!a)`.
pub(super) fn is_look_around(rest: &[u8]) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|sign| rest.starts_with(sign.as_bytes()))
}
