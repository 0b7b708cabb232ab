//! What of a URL must not be shown, and what was blotted out before it came here.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use crate::arithmetic::CannotOverflow;
use crate::display::Escaped;

use super::hint::may_be_token;

/// What stands for something that is not shown.
const HIDDEN: &str = "[hidden]";

/// What the keys of credentials have in them, without signs and in lower case.
const CREDENTIALS: [&str; 7] =
    ["auth", "token", "signature", "secret", "password", "accesskey", "apikey"];

/// The parts of a URL that are not to be shown: the values of all keys that some read as a
/// credential, however they are spelled, and whatever else looks like a token.
fn secrets(url: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for pair in url.split(['&', '#']) {
        let value = value_of_credential(pair);
        found.extend(value.map(|value| at.plus(value.start)..at.plus(value.end)));
        at = at.plus(pair.len()).plus(1);
    }
    let mut at = 0;
    for run in url.split(|c: char| !(c.is_ascii_alphanumeric() || "-_+%".contains(c))) {
        let place = at..at.plus(run.len());
        if may_be_token(run)
            && !found.iter().any(|other: &Range<usize>| other.contains(&place.start))
        {
            found.push(place);
        }
        // What separates is not always one byte.
        let rest = url.get(at.plus(run.len())..).unwrap_or_default();
        at = at.plus(run.len()).plus(rest.chars().next().map_or(0, char::len_utf8));
    }
    found.sort_by_key(|place| place.start);
    found
}

/// Where the value of a credential is in a pair of a query. Some take `;` and `?` for `&`, so that
/// a key can begin behind each.
fn value_of_credential(pair: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for part in pair.split([';', '?']) {
        if let Some((key, _)) = part.split_once('=').filter(|(key, _)| !key.contains('/')) {
            let key: String =
                decode(&decode(key)).chars().filter(char::is_ascii_alphanumeric).collect();
            let key = key.to_ascii_lowercase();
            if CREDENTIALS.iter().any(|word| key.contains(word)) || key == "sig" {
                let equals = pair.get(at..)?.find('=')?;
                return Some(at.plus(equals).plus(1)..pair.len());
            }
        }
        at = at.plus(part.len()).plus(1);
    }
    None
}

/// Whether a credential is blotted out or shortened, as logs do it.
pub(super) fn is_hidden(value: &str) -> bool {
    let inner = value.trim_matches(|c: char| "<>[](){}*_- ".contains(c)).to_lowercase();
    let words = ["redacted", "filtered", "removed", "masked", "omitted"];
    let brackets = [('<', '>'), ('[', ']'), ('{', '}'), ('(', ')')];
    let shortened = value.contains("...") || value.contains('\u{2026}') || value.contains("***");
    let blank =
        !value.is_empty() && value.chars().all(|c| matches!(c, 'x' | 'X') || !c.is_alphanumeric());
    let bracketed =
        brackets.into_iter().any(|(open, close)| value.starts_with(open) && value.ends_with(close));
    shortened || blank || bracketed || words.contains(&&*inner)
}

/// Percent-decodes a text once; what is no escape or no text stays.
pub(super) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A URL on one line, without its secrets, and a caret under a byte of it on the next. What is far
/// from it is left out.
pub(super) fn pointed(url: &str, at: usize) -> String {
    /// How many characters are shown on either side.
    const AROUND: usize = 60;
    let cells = cells(url);
    let place = cells.iter().rposition(|(start, _)| *start <= at).unwrap_or_default();
    let place = if at >= url.len() { cells.len() } else { place };
    let (before, after) = cells.split_at_checked(place).unwrap_or((&cells, &[]));
    let text_of =
        |cells: &[(usize, String)]| cells.iter().map(|(_, text)| text.as_str()).collect::<String>();
    let (before, after) = (text_of(before), text_of(after));
    let skipped = before.chars().count().saturating_sub(AROUND);
    let shown: String = before.chars().skip(skipped).collect();
    let start = if skipped > 0 { "..." } else { "" };
    let shown_after: String = after.chars().take(AROUND).collect();
    let end = if after.chars().count() > AROUND { "..." } else { "" };
    let indent = start.len().plus(shown.chars().count());
    format!("  {start}{shown}{shown_after}{end}\n  {:indent$}^\n", "")
}

/// What is shown of a URL, piece by piece, each with the byte where it begins.
fn cells(url: &str) -> Vec<(usize, String)> {
    let mut secrets = secrets(url).into_iter().peekable();
    let mut cells = Vec::new();
    for (at, c) in url.char_indices() {
        while secrets.next_if(|secret| secret.end <= at).is_some() {}
        match secrets.peek() {
            Some(secret) if secret.start == at => cells.push((at, String::from(HIDDEN))),
            Some(secret) if secret.contains(&at) => {}
            _ if Escaped::shows(c) => cells.push((at, c.into())),
            _ => cells.push((at, c.escape_default().to_string())),
        }
    }
    cells
}
