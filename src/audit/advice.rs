//! Better patterns to recommend, each checked first.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::evaluate::near_miss::escaped;
use crate::pattern::{Budget, shape};

/// Returns the pattern with anchors, so that it matches only whole names.
pub(super) fn anchored(pattern: &str, groups: bool, budget: &mut Budget) -> Option<String> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
    // Top-level alternatives need a group, so that the anchors apply to all of them.
    let mut written = Vec::from([format!("^{inner}$")]);
    if pattern.contains('|') {
        written.push(format!("^(?:{inner})$"));
    }
    written.into_iter().find(|written| is_anchored(written, groups, budget))
}

/// Reports whether a pattern matches some names, and only whole ones.
pub(super) fn is_anchored(pattern: &str, groups: bool, budget: &mut Budget) -> bool {
    shape(pattern, groups, budget).is_some_and(|shape| {
        shape.complete && shape.matched.is_some() && shape.unintended().is_none()
    })
}

/// Returns the pattern with non-capturing groups; unchanged if it has classes or quotations.
pub(super) fn uncaptured(pattern: &str) -> String {
    // Parentheses inside classes and quotations are literals.
    if pattern.contains('[') || pattern.contains("\\Q") {
        return pattern.into();
    }
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let (part, after) = rest.split_at(c.len_utf8());
        written.push_str(part);
        rest = after;
        match c {
            '\\' => {
                let escaped = rest.chars().next().map_or(0, char::len_utf8);
                let (escaped, after) = rest.split_at(escaped);
                written.push_str(escaped);
                rest = after;
            }
            '(' if !rest.starts_with('?') => written.push_str("?:"),
            '(' if rest.starts_with("?P<") || rest.starts_with("?<") => {
                written.push_str("?:");
                rest = rest.split_once('>').map_or("", |(_, after)| after);
            }
            _ => {}
        }
    }
    written
}

/// A pattern read as a glob.
pub(super) struct Glob {
    /// The RE2 pattern for the names that the glob would match.
    pub(super) meant: String,
    /// A name that the glob would match.
    pub(super) example: String,
    /// True if it may be intended as RE2: it has both anchors, and repeats only characters that
    /// occur repeatedly in names.
    pub(super) is_plausible: bool,
}

/// Reads a pattern that looks like a glob; `None` if it does not.
pub(super) fn glob(pattern: &str) -> Option<Glob> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let literal =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '@' | ' ' | '.');
    let stars = inner.contains('*')
        && !inner.contains(".*")
        && inner.chars().all(|c| c == '*' || literal(c));
    // A star that repeats a sign at the start, as in `^:*sports$`, is intended as RE2.
    let (before, rest) = inner.split_once('*').unwrap_or((inner, ""));
    let named = if before.is_empty() { rest } else { before }.chars().any(char::is_alphanumeric);
    if !stars || !named {
        return None;
    }
    let parts = inner.split('*').map(escaped);
    let meant = format!("^{}$", parts.collect::<Vec<_>>().join(".*"));
    let repeated = |part: &str| part.ends_with(|c: char| c.is_alphanumeric() || c == '/');
    // The last part has no star after it.
    let all_plausible = inner.rsplit('*').skip(1).all(repeated);
    let is_plausible = all_plausible && pattern.starts_with('^') && pattern.ends_with('$');
    Some(Glob { meant, example: inner.replace('*', "a1"), is_plausible })
}

/// A pattern such as `room.*`, which can be read in two ways.
pub(super) struct NameWildcard {
    /// The pattern for names that begin with `room.`.
    pub(super) narrow: String,
    /// The pattern for names that begin with `room`.
    pub(super) wide: String,
    /// The prefix of the names in the first case, as in `room.`.
    pub(super) prefix: String,
    /// A name that only the second case covers, as in `room0`.
    pub(super) beyond: String,
}

/// Reads a pattern that consists of a name and `.*`.
pub(super) fn name_wildcard(pattern: &str) -> Option<NameWildcard> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let name = inner.strip_suffix('$').unwrap_or(inner).strip_suffix(".*")?;
    let literal =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '@' | ' ' | '.');
    if !name.ends_with(char::is_alphanumeric) || !name.chars().all(literal) {
        return None;
    }
    let text = escaped(name);
    Some(NameWildcard {
        narrow: format!("^{text}\\..*$"),
        wide: format!("^{text}.*$"),
        prefix: format!("{name}."),
        beyond: format!("{name}0"),
    })
}

/// Returns the pattern with dots between literals escaped; `None` if there are none to escape.
pub(super) fn with_escaped_dots(pattern: &str) -> Option<String> {
    // Dots inside classes are literals. Quotations are not parsed: a pattern with one has no
    // result.
    let mut written = String::new();
    let (mut changed, mut in_class) = (false, false);
    let mut before = None;
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                written.push(c);
                if characters.peek() == Some(&'Q') {
                    return None;
                }
                written.extend(characters.next());
                before = None;
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class && before.is_some_and(char::is_alphanumeric) => {
                let follows =
                    |next: char| next.is_alphanumeric() || matches!(next, '[' | '(' | '\\');
                if characters.peek().copied().is_some_and(follows) {
                    written.push('\\');
                    changed = true;
                }
            }
            _ => {}
        }
        written.push(c);
        before = Some(c);
    }
    changed.then_some(written)
}
