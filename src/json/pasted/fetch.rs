//! Calls of JavaScript's `fetch`.

use alloc::string::String;
use core::iter::Peekable;
use core::str::Chars;

use super::Call;

/// Reports whether a text is such a call.
pub(super) fn is_call(text: &str) -> bool {
    let text = text.strip_prefix("await ").unwrap_or(text).trim_start();
    ["fetch(", "fetch (", "window.fetch("].into_iter().any(|start| text.starts_with(start))
}

/// A piece of the call.
enum FetchPiece {
    Text(String),
    Word(String),
    Sign(char),
}

/// Reads a call: the URL, and `method`, `body` and `headers` of the object after it.
pub(super) fn read(text: &str) -> Call {
    let mut call = Call::default();
    let mut chars = text.chars().peekable();
    let mut depth = 0_usize;
    // The key whose value comes next, and the object of headers while it is read.
    let mut last: Option<String> = None;
    let mut key: Option<String> = None;
    let mut in_headers = false;
    while let Some(piece) = next(&mut chars) {
        match piece {
            FetchPiece::Sign('(') if depth == 0 && call.url.is_none() => {}
            FetchPiece::Sign('{' | '[' | '(') => {
                depth = depth.saturating_add(1);
                in_headers |= depth == 2 && key.as_deref() == Some("headers");
                if depth == 2 && key.as_deref() == Some("body") {
                    call.notes.push("its body is made by an expression: give it, too".into());
                }
                (last, key) = (None, None);
            }
            FetchPiece::Sign('}' | ']' | ')') => {
                depth = depth.saturating_sub(1);
                in_headers &= depth >= 2;
                (last, key) = (None, None);
            }
            FetchPiece::Sign(':') => key = last.take(),
            FetchPiece::Sign(_) => (last, key) = (None, None),
            FetchPiece::Text(text) if call.url.is_none() => call.url = Some(text),
            FetchPiece::Text(text) | FetchPiece::Word(text) => match key.take().as_deref() {
                Some("method") if depth == 1 => call.method = Some(text),
                Some("body")
                    if depth == 1 && !matches!(text.as_str(), "null" | "JSON.stringify") =>
                {
                    call.body = Some(text);
                }
                Some(name) if in_headers => call.headers.push([name, ": ", &text].concat()),
                _ => last = Some(text),
            },
        }
    }
    call
}

fn next(chars: &mut Peekable<Chars<'_>>) -> Option<FetchPiece> {
    loop {
        let c = chars.next()?;
        match c {
            '"' | '\'' | '`' => return Some(FetchPiece::Text(string(chars, c))),
            c if is_of_word(c) => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| is_of_word(*c)) {
                    word.push(c);
                }
                return Some(FetchPiece::Word(word));
            }
            c if c.is_whitespace() => {}
            c => return Some(FetchPiece::Sign(c)),
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.')
}

/// Reads a string up to its closing quote.
fn string(chars: &mut Peekable<Chars<'_>>, quote: char) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => break,
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                Some('u') => escape(chars, &mut text),
                Some('\n') | None => {}
                Some(c) => text.push(c),
            },
            c => text.push(c),
        }
    }
    text
}

/// Reads a character from four hexadecimal digits, or from two such groups.
fn escape(chars: &mut Peekable<Chars<'_>>, text: &mut String) {
    let unit = |chars: &mut Peekable<Chars<'_>>| {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit =
                chars.peek().and_then(|c| c.to_digit(16)).and_then(|d| u16::try_from(d).ok());
            let Some(digit) = digit else { break };
            chars.next();
            unit = unit << 4 | digit;
        }
        unit
    };
    let first = unit(chars);
    let mut ahead = chars.clone();
    let is_pair = (0xd800..0xdc00).contains(&first)
        && ahead.next() == Some('\\')
        && ahead.next() == Some('u');
    let second = is_pair.then(|| {
        *chars = ahead;
        unit(chars)
    });
    let units = core::iter::once(first).chain(second);
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn the_method_the_url_the_body_and_the_headers_of_a_call_are_read() {
        let cases = [
            (r#"fetch("https://a.b/c");"#, "- https://a.b/c - []"),
            (r#"await fetch('https://a.b/c', {method: 'PATCH'})"#, "PATCH https://a.b/c - []"),
            (
                r#"fetch("https://a.b/c", {"headers":{"accept":"*/*","content-type":"x"},"body":"{\"set\":[\"\u00e9\ud83d\ude00\"]}","method":"PATCH"});"#,
                "PATCH https://a.b/c {\"set\":[\"é😀\"]} [\"accept: */*\", \"content-type: x\"]",
            ),
            (
                r#"fetch("https://a.b/c", {"body":null,"method":"GET","mode":"cors"})"#,
                "GET https://a.b/c - []",
            ),
            (
                r#"fetch(`https://a.b/c`, { method: "PATCH", body: JSON.stringify({method: "GET"}) })"#,
                "PATCH https://a.b/c - []",
            ),
            ("fetch(\"open", "- open - []"),
            ("fetch(url)", "- - - []"),
        ];
        for (text, expected) in cases {
            assert!(is_call(text), "{text}");
            let Call { method, url, body, headers, .. } = read(text);
            let parts = [method, url, body].map(|part| part.unwrap_or("-".to_string()));
            assert_eq!(alloc::format!("{} {headers:?}", parts.join(" ")), expected, "{text}");
        }
    }
}
