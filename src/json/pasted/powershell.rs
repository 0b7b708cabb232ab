//! Calls of `Invoke-WebRequest` and `Invoke-RestMethod` in PowerShell.

use alloc::string::String;
use core::iter::Peekable;
use core::str::Chars;

use super::Call;

/// The names of the commands, in lower case.
const COMMANDS: [&str; 4] = ["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];

/// Reports whether a text contains such a call. Browsers write other commands before it, on
/// separate lines.
pub(super) fn is_call(text: &str) -> bool {
    call_in(text).is_some()
}

/// Returns the text from the command's name on.
fn call_in(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let line = rest.trim_start();
        let word = line.split(char::is_whitespace).next().unwrap_or_default();
        if COMMANDS.iter().any(|command| word.eq_ignore_ascii_case(command)) {
            return line.get(word.len()..);
        }
        rest = rest.split_once('\n')?.1;
    }
}

/// A piece of the call.
enum PowerShellPiece {
    Text(String),
    Word(String),
}

/// Reads a call: `-Uri`, `-Method`, `-Body` and `-Headers`.
pub(super) fn read(text: &str) -> Call {
    let mut call = Call::default();
    let mut chars = call_in(text).unwrap_or_default().chars().peekable();
    let mut option = String::new();
    let mut header: Option<String> = None;
    while let Some(piece) = next(&mut chars) {
        let text = match piece {
            PowerShellPiece::Word(word) if word.starts_with('-') => {
                option = word.to_ascii_lowercase();
                continue;
            }
            PowerShellPiece::Text(text) | PowerShellPiece::Word(text) => text,
        };
        match option.as_str() {
            "-uri" => call.url = call.url.or(Some(text)),
            "-method" | "-custommethod" => call.method = Some(text),
            // The text of the body may be inside a call that encodes it.
            "-body" if !text.starts_with(['[', '$']) => call.body = Some(text),
            "-headers" => match header.take() {
                Some(name) => call.headers.push([&name, ": ", &text].concat()),
                None => header = Some(text),
            },
            "" if call.url.is_none() => call.url = Some(text),
            _ => {}
        }
    }
    call
}

fn next(chars: &mut Peekable<Chars<'_>>) -> Option<PowerShellPiece> {
    loop {
        let c = chars.next()?;
        match c {
            '"' => return Some(PowerShellPiece::Text(string(chars))),
            '\'' => return Some(PowerShellPiece::Text(literal(chars))),
            // A continued line, or punctuation of a table or a call.
            '`' | '@' | '{' | '}' | '(' | ')' | '=' | ';' | ',' => {}
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                let ends = |c: &char| c.is_whitespace() || "\"'`{}()=;,".contains(*c);
                while let Some(c) = chars.next_if(|c| !ends(c)) {
                    word.push(c);
                }
                return Some(PowerShellPiece::Word(word));
            }
        }
    }
}

/// Reads a text in double quotes, where `` ` `` escapes.
fn string(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.next_if_eq(&'"').is_some() => text.push('"'),
            '"' => break,
            '`' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('\n') | None => {}
                Some(c) => text.push(c),
            },
            c => text.push(c),
        }
    }
    text
}

/// Reads a text in single quotes, in which two quotes stand for one.
fn literal(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_none() {
            break;
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_the_url_the_body_and_the_headers_of_a_call_are_read() {
        let cases = [
            ("Invoke-WebRequest 'https://a.b/c'", "- https://a.b/c - []"),
            ("iwr https://a.b/c", "- https://a.b/c - []"),
            (
                "$session = New-Object X\n$session.UserAgent = \"M\"\nInvoke-WebRequest -UseBasicParsing -Uri \"https://a.b/c\" `\n-Method \"PATCH\" `\n-WebSession $session `\n-Headers @{\n\"accept\"=\"*/*\"\n  \"b\"=\"c\"\n} `\n-ContentType \"application/json\" `\n-Body ([System.Text.Encoding]::UTF8.GetBytes(\"{`\"set`\":[]}\"))",
                "PATCH https://a.b/c {\"set\":[]} [\"accept: */*\", \"b: c\"]",
            ),
            (
                "Invoke-RestMethod -Method Delete -Uri \"https://a.b/c?d=`$e\"",
                "Delete https://a.b/c?d=$e - []",
            ),
            ("Invoke-RestMethod -Uri $url -Body 'it''s'", "- $url it's []"),
        ];
        for (text, expected) in cases {
            assert!(is_call(text), "{text}");
            let Call { method, url, body, headers, .. } = read(text);
            let parts = [method, url, body].map(|part| part.unwrap_or("-".into()));
            assert_eq!(alloc::format!("{} {headers:?}", parts.join(" ")), expected, "{text}");
        }
        assert!(!is_call("curl https://a.b/c"));
    }
}
