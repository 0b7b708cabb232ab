//! Reading a token from an argument, a file, standard input or the environment. It is never
//! printed.

use std::path::Path;

use pubnub_access::json::QuestionError;
use pubnub_access::revocation::RevocationList;
use pubnub_access::{Limits, UnverifiedToken};

use crate::args::{DenyListArg, TokenArg};
use crate::file;
use crate::output::Failure;

const VARIABLE: &str = "PUBNUB_TOKEN";

/// The most bytes of a file. A longer one is not a token, even with white space around it.
const LONGEST_INPUT: usize = 4 * Limits::DEFAULT_TEXT_LEN;

/// The longest deny list, in bytes: over a million fingerprints.
const LONGEST_DENY_LIST: u64 = 64 * 1024 * 1024;

/// Finds and decodes the token.
pub fn read(arg: &TokenArg) -> Result<UnverifiedToken, Failure> {
    read_text(arg.token.as_deref()).map(|(_, token)| token)
}

/// Finds and decodes the token. Also returns its text.
pub fn read_text(given: Option<&str>) -> Result<(String, UnverifiedToken), Failure> {
    match given {
        Some("-") => decode(read_file("-")?),
        Some(text) => match UnverifiedToken::parse(text) {
            Ok(token) => Ok((text.into(), token)),
            Err(_) if Path::new(text).exists() => decode(read_file(text)?),
            Err(error) => Err(QuestionError::of_token(text, &error).into()),
        },
        None => match variable()? {
            Some(text) => decode(text),
            None => Err(Failure::new(format!(
                "no token: give it as an argument, as a file, as - for standard input, or in the \
                 variable {VARIABLE}"
            ))),
        },
    }
}

/// Returns the file that the token is read from.
pub fn file_of(arg: &TokenArg) -> Option<&str> {
    let text = arg.token.as_deref().filter(|text| *text != "-" && Path::new(text).exists())?;
    UnverifiedToken::parse(text).is_err().then_some(text)
}

/// Reads the list of revoked tokens.
pub fn read_deny_list(arg: &DenyListArg) -> Result<Option<RevocationList>, Failure> {
    let Some(file) = arg.deny_list.as_deref() else { return Ok(None) };
    let (name, bytes) = file::read(file, LONGEST_DENY_LIST.saturating_add(1))?;
    if bytes.len() as u64 > LONGEST_DENY_LIST {
        return Err(Failure::new(format!("{name} holds more than {LONGEST_DENY_LIST} bytes")));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{name} is not UTF-8 text, and a deny list is")))?;
    let list = text.parse::<RevocationList>();
    list.map(Some).map_err(|error| Failure::of_kind("deny_list", format!("{name}: {error}")))
}

/// Decodes a text.
pub fn decode(text: String) -> Result<(String, UnverifiedToken), Failure> {
    match UnverifiedToken::parse(&text) {
        Ok(token) => Ok((text, token)),
        Err(error) => Err(QuestionError::of_token(&text, &error).into()),
    }
}

/// Returns the text of a file or of standard input, without white space around it.
fn read_file(file: &str) -> Result<String, Failure> {
    let (name, bytes) = file::read(file, LONGEST_INPUT as u64)?;
    // A text that was cut at the limit may end inside a character, but is too long to be a token
    // anyway.
    let cut = bytes.len() == LONGEST_INPUT;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.trim().into()),
        Err(error) if cut => Ok(String::from_utf8_lossy(error.as_bytes()).trim().into()),
        Err(_) => Err(Failure::new(format!("{name} is not UTF-8 text, and a token is"))),
    }
}

/// Returns the text of the variable, if there is one.
pub fn variable() -> Result<Option<String>, Failure> {
    match std::env::var_os(VARIABLE).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text.trim().into())),
        Some(Err(_)) => {
            Err(Failure::new(format!("the variable {VARIABLE} is not UTF-8 text, and a token is")))
        }
    }
}
