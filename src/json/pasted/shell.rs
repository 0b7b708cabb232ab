//! Calls of tools in a shell: `curl`, `wget` and HTTPie.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter::Peekable;
use core::str::Chars;

use crate::display::Escaped;

use super::{Call, METHODS, start_of_target};

/// Options of `curl` and `wget` that take a value and do not affect the request.
const OTHERS_WITH_VALUE: [&str; 32] = [
    "-A",
    "-b",
    "-c",
    "-C",
    "-D",
    "-e",
    "-E",
    "-F",
    "-K",
    "-m",
    "-o",
    "-r",
    "-T",
    "-u",
    "-U",
    "-w",
    "-x",
    "-y",
    "-Y",
    "-z",
    "--user-agent",
    "--cookie",
    "--referer",
    "--user",
    "--output",
    "--max-time",
    "--connect-timeout",
    "--proxy",
    "--write-out",
    "--form",
    "--resolve",
    "--retry",
];

pub(super) fn is_tool(word: &str) -> bool {
    ["curl", "curl.exe", "wget", "http", "https", "xh"]
        .into_iter()
        .any(|tool| word.eq_ignore_ascii_case(tool))
}

/// Reads the words of a call.
pub(super) fn read(words: &[String]) -> Call {
    let mut call = Call::default();
    let mut data: Vec<String> = Vec::new();
    let (mut as_query, mut head) = (false, false);
    let mut words = words.iter().skip(1).map(String::as_str);
    while let Some(word) = words.next() {
        let (option, attached) = split_option(word);
        let mut value = || match attached {
            Some(value) => Some(String::from(value)),
            None => words.next().map(String::from),
        };
        match option {
            "-X" | "--request" | "--method" => call.method = value(),
            "-H" | "--header" => call.headers.extend(value()),
            "--url" => call.url = value(),
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" | "--body-data"
            | "--post-data" => match value() {
                Some(file)
                    if file.starts_with('@')
                        && !matches!(option, "--body-data" | "--post-data") =>
                {
                    let file = file.get(1..).unwrap_or_default();
                    let note = format!("its body is in the file {}: give it, too", Escaped(file));
                    call.notes.push(note);
                    call.method.get_or_insert_with(|| "POST".into());
                }
                text => data.extend(text),
            },
            "--data-raw" | "--data-urlencode" => data.extend(value()),
            "-G" | "--get" => as_query = true,
            "-I" | "--head" => head = true,
            option if OTHERS_WITH_VALUE.contains(&option) => {
                value();
            }
            option if option.starts_with('-') => {}
            word if METHODS.contains(&word) && call.method.is_none() => {
                call.method = Some(word.into());
            }
            word if call.url.is_none() && start_of_target(word).is_ok() => {
                call.url = Some(word.into());
            }
            _ => {}
        }
    }
    if as_query && !data.is_empty() {
        let separator =
            if call.url.as_deref().unwrap_or_default().contains('?') { "&" } else { "?" };
        let query = core::mem::take(&mut data).join("&");
        call.url = call.url.map(|url| [url.as_str(), separator, &query].concat());
    }
    let supposed = match () {
        () if head => "HEAD",
        () if !data.is_empty() => "POST",
        () => "GET",
    };
    call.method.get_or_insert_with(|| supposed.to_string());
    call.body = (!data.is_empty()).then(|| data.join("&"));
    call
}

/// Splits an option from the value that is attached to it: `-XPATCH`, `-sX`, `--request=PATCH`.
fn split_option(word: &str) -> (&str, Option<&str>) {
    const SHORT_WITH_VALUE: &str = "XHdAbcCDeEFKmorTuUwxyYz";
    if let Some((option, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        return (option, Some(value));
    }
    if !word.starts_with('-') || word.starts_with("--") {
        return (word, None);
    }
    // Among several options in one word, the first one with a value takes the rest.
    for (at, c) in word.char_indices().skip(1) {
        if SHORT_WITH_VALUE.contains(c) {
            let end = at.saturating_add(c.len_utf8());
            let attached = word.get(end..).filter(|value| !value.is_empty());
            let option = OPTIONS.iter().find(|option| option.ends_with(c)).copied();
            return (option.unwrap_or("-A"), attached);
        }
        if matches!(c, 'G' | 'I') {
            return (if c == 'G' { "-G" } else { "-I" }, None);
        }
    }
    ("-", None)
}

/// The short options that affect the request.
const OPTIONS: [&str; 3] = ["-X", "-H", "-d"];

/// Splits a line into words as a shell does. Carets show that a line is for `cmd.exe`.
pub(super) fn words(line: &str) -> Vec<String> {
    let of_cmd = line.contains("^\"") || line.contains("^\n") || line.contains("^\r\n");
    let line = if of_cmd { without_carets(line) } else { line.to_string() };
    let mut words = Vec::new();
    let mut word = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted(&mut chars, word.get_or_insert_with(String::new)),
            '"' => double_quoted(&mut chars, word.get_or_insert_with(String::new)),
            '$' if chars.peek() == Some(&'\'') => {
                chars.next();
                ansi_quoted(&mut chars, word.get_or_insert_with(String::new));
            }
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some('\r') => {
                    chars.next_if_eq(&'\n');
                }
                Some(c) => word.get_or_insert_with(String::new).push(c),
            },
            c if c.is_whitespace() => words.extend(word.take()),
            // Another command follows.
            ';' | '|' | '&' if word.is_none() => break,
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    words
}

/// Removes the carets by which `cmd.exe` escapes characters.
fn without_carets(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '^' => match chars.next() {
                Some('\n' | '\r') => text.push(' '),
                next => text.extend(next),
            },
            c => text.push(c),
        }
    }
    text
}

fn quoted(chars: &mut Peekable<Chars<'_>>, word: &mut String) {
    word.extend(chars.by_ref().take_while(|c| *c != '\''));
}

fn double_quoted(chars: &mut Peekable<Chars<'_>>, word: &mut String) {
    while let Some(c) = chars.next() {
        match c {
            '"' => return,
            '\\' => match chars.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                Some('\n') | None => {}
                Some(c) => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// Reads a text in `$'...'`, as browsers write it for bodies.
fn ansi_quoted(chars: &mut Peekable<Chars<'_>>, word: &mut String) {
    while let Some(c) = chars.next() {
        match c {
            '\'' => return,
            '\\' => match chars.next() {
                Some('n') => word.push('\n'),
                Some('r') => word.push('\r'),
                Some('t') => word.push('\t'),
                Some('u') => word.push(code_point(chars, 4)),
                Some('x') => word.push(code_point(chars, 2)),
                Some(c) => word.push(c),
                None => {}
            },
            c => word.push(c),
        }
    }
}

/// Reads a character from at most `most` hexadecimal digits.
fn code_point(chars: &mut Peekable<Chars<'_>>, most: usize) -> char {
    let mut code = 0_u32;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) else { break };
        chars.next();
        code = code << 4 | digit;
    }
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        let cases: [(&str, &[&str]); 9] = [
            ("curl 'a b' c", &["curl", "a b", "c"]),
            ("curl \"a \\\"b\\\" \\n\" -H 'x'", &["curl", "a \"b\" \\n", "-H", "x"]),
            ("curl \\\n  'u' \\\r\n -d x", &["curl", "u", "-d", "x"]),
            ("curl $'it\\'s \\u0021\\x41\\n'", &["curl", "it's !A\n"]),
            ("curl a''b\"c\"", &["curl", "abc"]),
            ("curl ''", &["curl", ""]),
            ("curl u | jq .", &["curl", "u"]),
            (
                "curl ^\"https://a/?b=1^&c=^%^22^\" ^\n  -X ^\"PATCH^\"",
                &["curl", "https://a/?b=1&c=%22", "-X", "PATCH"],
            ),
            ("curl 'open", &["curl", "open"]),
        ];
        for (line, expected) in cases {
            assert_eq!(words(line), expected, "{line}");
        }
    }

    #[test]
    fn the_method_the_url_and_the_body_of_a_call_are_read() {
        let cases = [
            ("curl https://a.b/c", "GET https://a.b/c -"),
            ("curl -X PATCH https://a.b/c -d x -d y", "PATCH https://a.b/c x&y"),
            ("curl -sSXPATCH https://a.b/c --data-raw @x", "PATCH https://a.b/c @x"),
            ("curl https://a.b/c --json '{}' --compressed", "POST https://a.b/c {}"),
            ("curl -G https://a.b/c -d uuid=x -d y=z", "GET https://a.b/c?uuid=x&y=z -"),
            ("curl -I -A agent --url=https://a.b/c", "HEAD https://a.b/c -"),
            ("curl -H 'a: b' -o out -m 5 https://a.b/c", "GET https://a.b/c -"),
            ("curl --request=DELETE -L -k https://a.b/c", "DELETE https://a.b/c -"),
            ("curl https://a.b/c -d @file", "POST https://a.b/c -"),
            ("wget --method=PATCH --body-data='{}' https://a.b/c", "PATCH https://a.b/c {}"),
            ("http PATCH https://a.b/c", "PATCH https://a.b/c -"),
        ];
        for (line, expected) in cases {
            let Call { method, url, body, .. } = read(&words(line));
            let read = [method, url, body].map(|part| part.unwrap_or("-".into())).join(" ");
            assert_eq!(read, expected, "{line}");
        }
    }
}
