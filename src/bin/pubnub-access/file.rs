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

/// Returns a file's name for messages, unless it may be a token.
fn shown(file: &str) -> String {
    if file.split(char::is_whitespace).any(may_be_token) {
        String::from("[hidden], which looks like a token and no file")
    } else {
        Escaped(file).to_string()
    }
}
