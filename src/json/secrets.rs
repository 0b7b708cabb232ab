//! Secrets in a URL: hiding them, and recognising masked ones.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use crate::arithmetic::CannotOverflow;
use crate::display::Escaped;

use super::hint::may_be_token;

/// The text in place of a secret.
const HIDDEN: &str = "[hidden]";

/// The words in keys of credentials, without signs and in lower case.
const CREDENTIALS: [&str; 7] =
    ["auth", "token", "signature", "secret", "password", "accesskey", "apikey"];

/// Returns the parts of a URL that must not be shown. These are the values of all keys that some
/// reader takes for a credential, in any spelling, and everything that looks like a token.
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
        // A separator may have several bytes.
        let rest = url.get(at.plus(run.len())..).unwrap_or_default();
        at = at.plus(run.len()).plus(rest.chars().next().map_or(0, char::len_utf8));
    }
    found.sort_by_key(|place| place.start);
    found
}

/// Returns the range of a credential's value in a pair of a query. Some readers take `;` and `?`
/// for `&`, so a key can begin after each.
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

/// Reports whether a credential is masked or shortened, as logs do.
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

/// Percent-decodes a text once; invalid escapes stay.
pub(super) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Returns a URL without its secrets, and a line with a caret under the byte `at`. Distant parts
/// are left out.
pub(super) fn pointed(url: &str, at: usize) -> String {
    /// The number of characters shown on either side.
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

/// Splits a URL into the pieces to show, each with its offset.
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
