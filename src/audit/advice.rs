//! Patterns to write instead of others, each checked to be what it is said to be before it is recommended.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::pattern::{Budget, shape};

/// A name as a pattern that matches nothing else.
pub(super) fn escaped(name: &str) -> String {
    let mut pattern = String::new();
    for c in name.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The pattern with what it lacks to match whole names only.
pub(super) fn anchored(pattern: &str, groups: bool, budget: &mut Budget) -> Option<String> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
    let anchored = if pattern.contains('|') { format!("^(?:{inner})$") } else { format!("^{inner}$") };
    is_anchored(&anchored, groups, budget).then_some(anchored)
}

/// Whether a pattern matches some names, and whole ones only.
pub(super) fn is_anchored(pattern: &str, groups: bool, budget: &mut Budget) -> bool {
    shape(pattern, groups, budget).is_some_and(|shape| {
        let open = shape.open_end.is_some() || shape.open_start.is_some() || shape.open_both.is_some();
        shape.complete && shape.matched.is_some() && !open
    })
}

/// A pattern that looks as if it were a glob, as the pattern for what it would match if it were one, and an example of
/// that; `None` if it does not look so.
pub(super) fn glob(pattern: &str) -> Option<(String, String)> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let literal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '@' | ' ' | '.');
    let stars = inner.contains('*') && !inner.contains(".*") && inner.chars().all(|c| c == '*' || literal(c));
    // As in `^:*sports$`, a star at the start that repeats a sign is meant so.
    let (before, rest) = inner.split_once('*').unwrap_or((inner, ""));
    let named = if before.is_empty() { rest } else { before }.chars().any(char::is_alphanumeric);
    if !stars || !named {
        return None;
    }
    let parts = inner.split('*').map(escaped);
    let meant = format!("^{}$", parts.collect::<Vec<_>>().join(".*"));
    Some((meant, inner.replace('*', "a1")))
}
