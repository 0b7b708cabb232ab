//! Input from a file that was named, or from standard input.

use std::fs::File;
use std::io::Read;

use pubnub_access::explanation::Escaped;
use pubnub_access::json::may_be_token;

use crate::output::Failure;

/// Opens a file, or standard input for `-`. Also returns its name for messages.
pub fn open(file: &str) -> Result<(String, Box<dyn Read>), Failure> {
    let name = if file == "-" { String::from("standard input") } else { shown(file) };
    let input: Box<dyn Read> = match file {
        "-" => Box::new(std::io::stdin().lock()),
        file => Box::new(
            File::open(file)
                .map_err(|error| Failure::new(format!("cannot open {name}: {error}")))?,
        ),
    };
    Ok((name, input))
}

/// Reads a file, or standard input for `-`, up to a limit in bytes. Also returns its name for
/// messages.
pub fn read(file: &str, limit: u64) -> Result<(String, Vec<u8>), Failure> {
    let (name, input) = open(file)?;
    let mut bytes = Vec::new();
    let read = input.take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    Ok((name, bytes))
}

/// Reports whether a text looks like the path of a file, which need not exist.
pub fn is_path(text: &str) -> bool {
    const STARTS: [&str; 4] = ["./", "../", "~/", ".\\"];
    const ENDS: [&str; 6] = [".token", ".txt", ".json", ".jsonl", ".har", ".log"];
    let has = |part| text.contains(part);
    let text_like = has("://") || has("?") || has("=") || text.contains(char::is_whitespace);
    !text_like
        && (STARTS.iter().any(|start| text.starts_with(start))
            || ENDS.iter().any(|end| text.to_ascii_lowercase().ends_with(end)))
}

/// Decodes UTF-8 that was read from a file.
pub fn utf8(bytes: Vec<u8>, name: &str, what: &str) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let hint = match error.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                ". Hint: it is UTF-16, as some versions of PowerShell write it: save it as UTF-8"
            }
            _ => "",
        };
        Failure::new(format!("{name} is not UTF-8 text, and {what} is{hint}"))
    })
}

/// Returns a file's name for messages, unless it may be a token.
fn shown(file: &str) -> String {
    if file.split(char::is_whitespace).any(may_be_token) {
        String::from("[hidden], which looks like a token and no file")
    } else {
        Escaped(file).to_string()
    }
}
