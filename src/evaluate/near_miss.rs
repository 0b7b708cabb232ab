//! Near misses: grants that were probably intended for a name but do not apply to it.
//!
//! An explanation looks for near misses of one name, a lint for entries that cannot have the
//! intended effect. Both read entries' names by the functions here.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::decision::Reason;
use crate::pattern::{Budget, Exhausted, Pattern};
use crate::permission::{Permission, Permissions};
use crate::request::resource::{ResourceKind, without_colon};
use crate::token::{Grant, UnverifiedToken};

/// The suffix of a presence channel's name.
pub(crate) const PRESENCE: &str = "-pnpres";

/// Returns the channel or the group that a presence channel belongs to.
pub(crate) fn channel_of_presence(name: &str) -> Option<&str> {
    name.strip_suffix(PRESENCE).filter(|channel| !channel.is_empty())
}

/// Escapes a name for use in a pattern.
pub(crate) fn escaped(name: &str) -> String {
    let mut pattern = String::new();
    for c in name.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A name with a `*` that was probably intended as a wildcard, such as `room.*` or `*-room`.
pub(crate) struct Wildcard<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Wildcard<'a> {
    /// Reads a name as a wildcard; `None` if it does not look like one. `.*` covers every name.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        let (before, after) = name.split_once('*')?;
        let plain =
            |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/' | '@' | ' ');
        let before = match (before, after) {
            (".", "") => "",
            // A name with `.*` in the middle looks like a pattern instead.
            (before, after) if before.ends_with('.') && !after.is_empty() => return None,
            (before, _) => before,
        };
        (before.chars().all(plain) && after.chars().all(plain))
            .then_some(Wildcard { before, after })
    }

    /// Reports whether the wildcard covers a name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        name.strip_prefix(self.before).is_some_and(|rest| rest.ends_with(self.after))
    }

    /// Returns the pattern that matches the covered names.
    pub(crate) fn pattern(&self) -> String {
        format!("^{}.*{}$", escaped(self.before), escaped(self.after))
    }

    /// Returns the prefix, up to a separator, of all names that the wildcard covers.
    pub(crate) fn prefix(&self) -> Option<&'a str> {
        let is_whole = self.after.is_empty() && self.before.ends_with(['.', '-', '_', ':', '/']);
        is_whole.then_some(self.before)
    }

    /// Returns a name that the wildcard covers.
    pub(crate) fn example(&self) -> String {
        format!("{}a1{}", self.before, self.after)
    }
}

/// Reports whether an entry's name looks like a pattern that matches other names.
pub(crate) fn is_pattern(name: &str, budget: &mut Budget) -> bool {
    if !name.bytes().any(|byte| matches!(byte, b'^' | b'*' | b'+' | b'(' | b'[' | b'\\')) {
        return false;
    }
    let class = name.split_once('[').is_some_and(|(_, rest)| {
        rest.split_once(']').is_some_and(|(inside, _)| inside.contains('-') && inside.len() > 2)
    });
    let escape = name.split('\\').skip(1).any(|rest| {
        let class = rest.strip_prefix(['d', 'w', 's', 'D', 'W', 'S']);
        rest.starts_with('.') || class.is_some_and(|rest| rest.starts_with(['+', '*', '{', '$']))
    });
    // The plus sign in an e-mail address is not a repetition.
    let repeated =
        |part: &str| part.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']'));
    let parts = name.split(['+', '*']);
    let repeats =
        !name.contains('@') && parts.clone().count() > 1 && parts.rev().skip(1).any(repeated);
    let signs = name.starts_with('^') || [".*", ".+", "(?:"].iter().any(|sign| name.contains(sign));
    (signs || class || escape || repeats)
        && Pattern::compile(name, budget)
            .and_then(|pattern| pattern.is_match_parts("", name, budget))
            .is_ok_and(|matched| !matched || name.contains(".*") || name.contains(".+"))
}

/// Looks for near misses of one name. Each step is charged, since a token may have many grants.
pub(crate) struct NearMisses<'a, 'b> {
    token: &'a UnverifiedToken,
    kind: ResourceKind,
    /// The name; a group's without its leading colon.
    name: &'a str,
    permission: Permission,
    budget: &'b mut Budget,
    found: Vec<Reason<'a>>,
}

impl<'a, 'b> NearMisses<'a, 'b> {
    /// The number of near misses after which the search ends.
    const ENOUGH: usize = 4;

    pub(crate) fn new(
        token: &'a UnverifiedToken,
        kind: ResourceKind,
        name: &'a str,
        permission: Permission,
        budget: &'b mut Budget,
    ) -> Self {
        NearMisses {
            token,
            kind,
            name: without_colon(kind, name),
            permission,
            budget,
            found: Vec::new(),
        }
    }

    /// Returns the near misses found so far.
    pub(crate) fn found(&self) -> &[Reason<'a>] {
        &self.found
    }

    /// Looks for near misses of every sort.
    pub(crate) fn find(mut self) -> Vec<Reason<'a>> {
        // If the budget runs out, the near misses found so far are enough.
        let _ = self.presence().and_then(|()| self.entries()).and_then(|()| self.globs());
        self.other_kinds();
        self.found
    }

    fn is_enough(&self) -> bool {
        self.found.len() >= Self::ENOUGH
    }

    /// Reads a grant, and charges a step for every eight bytes of its text and of the name.
    fn read(
        &mut self,
        (text, permissions): (&'a [u8], Permissions),
    ) -> Result<Grant<'a>, Exhausted> {
        let bytes = text.len().plus(self.name.len());
        self.budget.charge(as_u64(bytes / 8).plus(1))?;
        Ok(Grant::from_raw(text, permissions))
    }

    /// Finds patterns that match the name but lack the permission.
    pub(crate) fn patterns_without_permission(&mut self) {
        for grant in self.token.patterns().of(self.kind).raw() {
            if self.is_enough() {
                return;
            }
            let Ok(Grant { name: pattern, permissions, .. }) = self.read(grant) else { return };
            if !permissions.has(self.permission) && self.matches(pattern, self.name) {
                self.found
                    .push(Reason::PatternLacksPermission { pattern: pattern.into(), permissions });
            }
        }
    }

    /// Finds a grant on the channel of a presence channel.
    fn presence(&mut self) -> Result<(), Exhausted> {
        let Some(channel) = channel_of_presence(self.name) else { return Ok(()) };
        let entries = self.token.resources().of(self.kind);
        let has = |lead| {
            entries.find(lead, channel).is_some_and(|(_, granted)| granted.has(self.permission))
        };
        let mut granted = has("") || self.kind == ResourceKind::Group && has(":");
        for grant in self.token.patterns().of(self.kind).raw() {
            let grant = self.read(grant)?;
            granted = granted
                || grant.permissions.has(self.permission) && self.matches(grant.name, channel);
        }
        if granted {
            self.found.push(Reason::PresenceGrantMissing { grant: channel.into() });
        }
        Ok(())
    }

    /// Finds entries with a wildcard, a pattern or a similar spelling as their name.
    fn entries(&mut self) -> Result<(), Exhausted> {
        for grant in self.token.resources().of(self.kind).raw() {
            let Grant { name: grant, permissions, .. } = self.read(grant)?;
            let name = without_colon(self.kind, grant);
            if self.is_enough() || !permissions.has(self.permission) || name == self.name {
                continue;
            }
            if Wildcard::of(name).is_some_and(|wildcard| wildcard.covers(self.name)) {
                self.found
                    .push(Reason::WildcardGrantIsLiteral { grant: grant.into(), permissions });
            } else if is_pattern(name, self.budget) && self.matches(grant, self.name) {
                self.found.push(Reason::EntryLooksLikePattern { grant: grant.into(), permissions });
            } else if name.trim().eq_ignore_ascii_case(self.name.trim()) {
                self.found.push(Reason::SimilarName { grant: grant.into(), permissions });
            }
        }
        Ok(())
    }

    /// Finds patterns that would match the name if they were globs.
    fn globs(&mut self) -> Result<(), Exhausted> {
        for grant in self.token.patterns().of(self.kind).raw() {
            let Grant { name: pattern, permissions, .. } = self.read(grant)?;
            if self.is_enough() || !permissions.has(self.permission) {
                continue;
            }
            let inner = pattern.strip_prefix('^').unwrap_or(pattern);
            let inner = without_colon(self.kind, inner.strip_suffix('$').unwrap_or(inner));
            let named = inner.contains(char::is_alphanumeric) && !inner.contains(".*");
            let meant = named && Wildcard::of(inner).is_some_and(|glob| glob.covers(self.name));
            if meant && !self.matches(pattern, self.name) {
                self.found
                    .push(Reason::PatternLooksLikeGlob { pattern: pattern.into(), permissions });
            }
        }
        Ok(())
    }

    /// Finds grants on the same name as another kind of resource.
    fn other_kinds(&mut self) {
        for (kind, table) in self.token.resources().iter().filter(|(kind, _)| *kind != self.kind) {
            let colon = || table.find(":", self.name).filter(|_| kind == ResourceKind::Group);
            let entry = table.find("", self.name).or_else(colon);
            if let Some((_, permissions)) =
                entry.filter(|(_, permissions)| permissions.has(self.permission))
            {
                self.found.push(Reason::GrantedAsOtherKind { kind, permissions });
            }
        }
    }

    /// Reports whether a pattern matches a name, in either form if it is a group's.
    fn matches(&mut self, pattern: &str, name: &str) -> bool {
        let Ok(pattern) = Pattern::compile(pattern, self.budget) else { return false };
        let mut matches = |lead| pattern.is_match_parts(lead, name, self.budget) == Ok(true);
        matches("") || self.kind == ResourceKind::Group && matches(":")
    }
}
