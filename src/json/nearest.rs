//! The names that are spelled most like a text.

use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;

/// Nobody misspells a name at greater length.
const LONGEST: usize = 40;

/// Returns the names that are spelled most like a text, at most three of them.
///
/// ```
/// use pubnub_access::json::nearest;
///
/// assert_eq!(nearest("glob_patern", ["glob_pattern", "ttl_long"]), ["glob_pattern"]);
/// assert!(nearest("nothing", ["glob_pattern", "ttl_long"]).is_empty());
/// ```
pub fn nearest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let all: Vec<_> = names.into_iter().map(|name| (distance(text, name), name)).collect();
    let best = all.iter().map(|(distance, _)| *distance).min().unwrap_or_default();
    let near =
        all.iter().filter(|(distance, name)| *distance == best && best <= (name.len() / 4).plus(1));
    near.map(|(_, name)| *name).take(3).collect()
}

/// How many characters must be changed, added or left out to make one text the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (position, of_one) in one.chars().enumerate() {
        let mut diagonal = position;
        let mut left = position.plus(1);
        for (cell, of_other) in row.iter_mut().skip(1).zip(other.chars()) {
            let changed = diagonal.plus(usize::from(of_one != of_other));
            diagonal = *cell;
            left = changed.min(cell.plus(1)).min(left.plus(1));
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = position.plus(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Writes a name as in the SDKs, `hereNow` or `HERE_NOW`, in lower case with a sign between its
/// words.
pub(super) fn in_lower_case(text: &str, between: char) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_changes_additions_and_omissions() {
        let cases = [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("publish", "publish", 0),
            ("publsh", "publish", 1),
            ("pulbish", "publish", 2),
            ("kitten", "sitting", 3),
            ("é", "e", 1),
        ];
        for (one, other, expected) in cases {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
