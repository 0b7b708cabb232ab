//! Where a token comes from: an argument, standard input or the environment. It is never printed.

use std::borrow::Cow;
use std::io::Read;

use pubnub_access::{Limits, TokenError, UnverifiedToken};

use crate::args::TokenArg;
use crate::hint::hint;
use crate::output::Failure;

const VARIABLE: &str = "PUBNUB_TOKEN";

/// How much of standard input is read: what is longer is no token, whatever white space there is
/// around it.
const LONGEST_INPUT: usize = 4 * Limits::DEFAULT_TEXT_LEN;

/// Finds and decodes the token.
pub fn read(arg: &TokenArg) -> Result<UnverifiedToken, Failure> {
    read_text(arg.token.as_deref()).map(|(_, token)| token)
}

/// Finds and decodes the token, and gives its text, too.
pub fn read_text(given: Option<&str>) -> Result<(String, UnverifiedToken), Failure> {
    let text = match given {
        Some("-") => Cow::from(read_input()?),
        Some(text) => Cow::from(text),
        None => Cow::from(read_variable()?),
    };
    match UnverifiedToken::parse(&text) {
        Ok(token) => Ok((text.into_owned(), token)),
        Err(error) => Err(Failure::new(describe(&text, &error))),
    }
}

/// Whether there is a token in the environment.
pub fn is_in_variable() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// What is wrong with the text of a token, and what it is likely to be instead.
pub fn describe(text: &str, error: &TokenError) -> String {
    let hint = hint(text, error.kind()).map(|hint| format!(". Hint: {hint}"));
    format!("cannot decode the token: {error}{}", hint.unwrap_or_default())
}

fn read_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LONGEST_INPUT).unwrap_or(u64::MAX);
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    // What was cut at the limit may end inside a character, but is too long to be a token anyway.
    let cut = bytes.len() == LONGEST_INPUT;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.trim().into()),
        Err(error) if cut => Ok(String::from_utf8_lossy(error.as_bytes()).trim().into()),
        Err(_) => Err(Failure::new("standard input is not UTF-8 text, and a token is".into())),
    }
}

fn read_variable() -> Result<String, Failure> {
    let Some(text) = std::env::var_os(VARIABLE) else {
        return Err(Failure::new(format!(
            "no token: give it as an argument, as - for standard input, or in the variable {VARIABLE}"
        )));
    };
    match text.into_string() {
        Ok(text) => Ok(text.trim().into()),
        Err(_) => {
            Err(Failure::new(format!("the variable {VARIABLE} is not UTF-8 text, and a token is")))
        }
    }
}
