//! Grants that were probably meant for a name and do not reach it.
//!
//! An explanation looks for those of one name, and a lint for entries that are bound to miss what
//! they were meant for. Both ask the same questions of an entry's name.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::decision::Reason;
use crate::pattern::{Budget, Exhausted, Pattern};
use crate::permission::{Permission, Permissions};
use crate::request::resource::{ResourceKind, without_colon};
use crate::token::{Grant, UnverifiedToken};

/// The end of a presence channel's name.
pub(crate) const PRESENCE: &str = "-pnpres";

/// Returns the channel, or the group, whose presence a name is about.
pub(crate) fn channel_of_presence(name: &str) -> Option<&str> {
    name.strip_suffix(PRESENCE).filter(|channel| !channel.is_empty())
}

/// Returns a name as a pattern that matches its text alone.
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

/// A name with a `*` that was probably meant as a wildcard, as `room.*`, `room*` or `*-room`.
pub(crate) struct Wildcard<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Wildcard<'a> {
    /// Returns the wildcard that a name looks like. The name `.*` is the pattern for everything.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        let (before, after) = name.split_once('*')?;
        let plain =
            |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/' | '@' | ' ');
        let before = match (before, after) {
            (".", "") => "",
            // A star behind a dot is a pattern's, unless it ends the name.
            (before, after) if before.ends_with('.') && !after.is_empty() => return None,
            (before, _) => before,
        };
        (before.chars().all(plain) && after.chars().all(plain))
            .then_some(Wildcard { before, after })
    }

    /// Reports whether the wildcard stands for a name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        name.strip_prefix(self.before).is_some_and(|rest| rest.ends_with(self.after))
    }

    /// Returns the pattern for what the wildcard stands for.
    pub(crate) fn pattern(&self) -> String {
        format!("^{}.*{}$", escaped(self.before), escaped(self.after))
    }

    /// Returns a name that the wildcard stands for.
    pub(crate) fn example(&self) -> String {
        format!("{}a1{}", self.before, self.after)
    }
}

/// Reports whether an entry's name has what only patterns have, and RE2 reads it as other names.
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
    // Addresses of mail have a plus sign that repeats nothing.
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

/// Looks for grants that were probably meant for a name. Each step is counted, since names and
/// grants may be many.
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
    /// How many near misses are enough.
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

    /// Returns what is found so far.
    pub(crate) fn found(&self) -> &[Reason<'a>] {
        &self.found
    }

    /// Looks for all that granted nearly.
    pub(crate) fn find(mut self) -> Vec<Reason<'a>> {
        // Running out of budget ends the search, not the explanation.
        let _ = self.presence().and_then(|()| self.entries()).and_then(|()| self.globs());
        self.other_kinds();
        self.found
    }

    fn is_enough(&self) -> bool {
        self.found.len() >= Self::ENOUGH
    }

    /// Reads a grant, and pays for looking through its text and through the name: a step for eight
    /// bytes.
    fn read(
        &mut self,
        (text, permissions): (&'a [u8], Permissions),
    ) -> Result<Grant<'a>, Exhausted> {
        let bytes = text.len().plus(self.name.len());
        self.budget.charge(as_u64(bytes / 8).plus(1))?;
        Ok(Grant::from_raw(text, permissions))
    }

    /// Looks for patterns that match the name and lack the permission.
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

    /// Finds the channel of a presence channel that is not granted.
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

    /// Finds entries that name something else, but hardly by intention.
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

    /// Finds patterns that RE2 refuses, or that match other names, and that would match if they
    /// were globs.
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

    /// Finds the same name, granted as another kind.
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

    /// Reports whether a pattern matches a name; of a group's, in either form.
    fn matches(&mut self, pattern: &str, name: &str) -> bool {
        let Ok(pattern) = Pattern::compile(pattern, self.budget) else { return false };
        let mut matches = |lead| pattern.is_match_parts(lead, name, self.budget) == Ok(true);
        matches("") || self.kind == ResourceKind::Group && matches(":")
    }
}
