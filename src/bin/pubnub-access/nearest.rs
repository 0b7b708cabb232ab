//! The names that are spelled most like a text: of operations, and of the keys of a batch line.

use strsim::levenshtein;

/// Nobody misspells a name at greater length.
const LONGEST: usize = 40;

/// Returns the names that are spelled most like a text, at most three of them.
pub fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let all: Vec<_> = names.map(|name| (levenshtein(text, name), name)).collect();
    let best = all.iter().map(|(distance, _)| *distance).min().unwrap_or_default();
    let near =
        all.iter().filter(|(distance, name)| *distance == best && best <= name.len() / 4 + 1);
    near.map(|(_, name)| *name).take(3).collect()
}

/// Writes a name as in the SDKs, `hereNow` or `HERE_NOW`, in lower case with a sign between its
/// words.
pub fn in_lower_case(text: &str, between: char) -> String {
    let mut lower = String::new();
    let mut after_lower = false;
    for c in text.chars() {
        if after_lower && c.is_ascii_uppercase() {
            lower.push(between);
        }
        after_lower = c.is_ascii_lowercase();
        lower.push(if matches!(c, '_' | '-' | ' ') { between } else { c.to_ascii_lowercase() });
    }
    lower
}
