//! Comparison of two tokens: the readings in which each grants each permission, on every name in
//! either, and the patterns in which they differ.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::pattern::{Budget, Shape};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::resource::{ResourceKind, without_colon};
use crate::token::{Grant, UnverifiedToken};

use crate::evaluate::projection;

use super::Work;
use super::beginning::Beginning;
use super::rules::{KindGrants, KindRequirement, NameReadings, Rules, asked_as, reading_of};

/// The grants of one kind in both tokens.
pub(super) struct ComparedKind<'a> {
    pub(super) kind: ResourceKind,
    pub(super) names: Vec<ComparedName>,
    pub(super) patterns: BTreeMap<&'a str, Both<Option<Permissions>>>,
    /// The permissions that at least one pattern grants.
    pub(super) granted: Both<Permissions>,
    /// For one example of each pattern, the readings that grant each permission.
    pub(super) examples: Vec<Both<NameReadings>>,
    /// The permissions of the patterns that match every name.
    pub(super) everything: Both<Permissions>,
    /// The literal prefix of each pattern that has an obvious one.
    pub(super) beginnings: BTreeMap<&'a str, Beginning>,
    /// The patterns that match a single name, which was compared as an example.
    pub(super) done: BTreeSet<&'a str>,
    /// The names that were not compared: work limit reached.
    pub(super) unchecked: Vec<String>,
}

/// A name with the readings that grant each permission on it, in both tokens.
pub(super) struct ComparedName {
    /// The name, as a request writes it.
    pub(super) name: String,
    pub(super) readings: Both<NameReadings>,
}

/// A value for each of the two tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Both<T> {
    pub(super) old: T,
    pub(super) new: T,
}

/// The readings that grant a resource which must be named together with another.
#[derive(Clone, Copy)]
pub(super) struct PartnerReadings {
    pub(super) readings: Readings,
    /// True if patterns, or names that were not checked, may grant it in other readings.
    pub(super) open: bool,
}

impl PartnerReadings {
    fn add(&mut self, readings: Readings) {
        self.readings = self.readings | readings;
    }

    /// Reports whether some request may be granted the resource.
    pub(super) fn is_possible(&self) -> bool {
        self.open || !self.readings.is_empty()
    }
}

/// Two tokens side by side.
pub(super) struct Comparison<'a> {
    pub(super) rules: Rules,
    pub(super) kinds: Vec<ComparedKind<'a>>,
    /// The projections that differ, by their section and key.
    pub(super) projections: BTreeMap<(&'static str, &'a str), Both<Option<&'a str>>>,
}

impl<'a> Comparison<'a> {
    /// Compares the grants of two tokens.
    pub(super) fn new(old: &'a UnverifiedToken, new: &'a UnverifiedToken) -> Self {
        let rules = Rules::new();
        let mut work = Work::new();
        let kinds = rules
            .kinds()
            .into_iter()
            .map(|kind| ComparedKind::new(kind, old, new, &rules, &mut work))
            .collect();
        let mut projections: BTreeMap<_, Both<Option<&'a str>>> = BTreeMap::new();
        for (section, key, name) in projection::all(old) {
            projections.entry((section, key)).or_default().old = Some(name.unwrap_or_default());
        }
        for (section, key, name) in projection::all(new) {
            projections.entry((section, key)).or_default().new = Some(name.unwrap_or_default());
        }
        projections.retain(|_, both| both.old != both.new);
        Comparison { rules, kinds, projections }
    }

    /// Returns the patterns that the tokens grant differently, for one permission.
    pub(super) fn patterns_that_differ(&self, requirement: KindRequirement) -> Vec<&'a str> {
        let Some(kind) = self.kinds.iter().find(|found| found.kind == requirement.kind) else {
            return Vec::new();
        };
        let Both { old, new } = kind.granted;
        let seen = |granted: Permissions, permissions: Option<Permissions>| {
            // If no pattern has the permission, patterns without it make no difference.
            permissions
                .filter(|_| granted.has(requirement.permission))
                .map(|permissions| permissions.has(requirement.permission))
        };
        let differs = |both: &Both<Option<Permissions>>| seen(old, both.old) != seen(new, both.new);
        kind.patterns
            .iter()
            .filter(|(_, both)| differs(both))
            .map(|(pattern, _)| *pattern)
            .collect()
    }

    /// Returns the readings that grant some resource which a request must name together with this
    /// one.
    pub(super) fn partner(&self, requirement: KindRequirement) -> Both<PartnerReadings> {
        let Some((kind, permission)) = requirement.with else {
            let all = PartnerReadings { readings: Readings::ALL, open: false };
            return Both { old: all, new: all };
        };
        let none = PartnerReadings { readings: Readings::NONE, open: false };
        let mut found = Both { old: none, new: none };
        for kind in self.kinds.iter().filter(|found| found.kind == kind) {
            for readings in kind.names.iter().map(|name| &name.readings).chain(&kind.examples) {
                found.old.add(reading_of(&readings.old, permission));
                found.new.add(reading_of(&readings.new, permission));
            }
            found.old.open |= kind.granted.old.has(permission) || !kind.unchecked.is_empty();
            found.new.open |= kind.granted.new.has(permission) || !kind.unchecked.is_empty();
        }
        found
    }
}

impl<'a> ComparedKind<'a> {
    fn new(
        kind: ResourceKind,
        old: &'a UnverifiedToken,
        new: &'a UnverifiedToken,
        rules: &Rules,
        work: &mut Work,
    ) -> Self {
        // Requests name this kind together with another, whose comparison needs every name.
        let all = rules
            .requirements
            .iter()
            .any(|requirement| requirement.with.is_some_and(|(with, _)| with == kind));
        // With the usual limit, a difference could hide behind a decision that reaches it.
        let policy = Policy::new().work_limit(u64::MAX);
        let table = |token, budget: &mut Budget| KindGrants::new(token, kind, &policy, budget);
        let tables =
            Both { old: table(old, &mut work.matches), new: table(new, &mut work.matches) };
        let mut found = ComparedKind {
            kind,
            names: Vec::new(),
            patterns: BTreeMap::new(),
            granted: Both::default(),
            examples: Vec::new(),
            everything: Both::default(),
            beginnings: BTreeMap::new(),
            done: BTreeSet::new(),
            unchecked: Vec::new(),
        };
        let known = rules.known(kind);
        let mut examples = BTreeSet::new();
        // Most patterns are in both tokens: each is examined once.
        let mut shapes = BTreeMap::new();
        for (is_new, token) in [(false, old), (true, new)] {
            for grant in token.patterns().of(kind).iter() {
                let shape = shapes.entry(grant.name);
                let shape = shape.or_insert_with(|| work.shape_of(kind, grant.name));
                let grant = Grant { permissions: grant.permissions & known, ..grant };
                found.pattern(is_new, grant, shape.as_ref(), &mut examples);
            }
        }
        let entries = [old, new].into_iter().flat_map(|token| token.resources().of(kind).iter());
        let names: BTreeSet<String> =
            entries.flat_map(|grant| asked_as(kind, grant.name)).collect();
        // Names whose entries differ come first, before the budget runs out.
        let agrees = |name: &String| entries_agree(kind, name, old, new, known);
        let (same, changed): (Vec<String>, Vec<String>) = names.into_iter().partition(agrees);
        found.names(changed, &tables, rules, &mut work.matches);
        let compared = found.examples(examples, &tables, rules, &mut work.matches);
        found.beginnings(&tables, &compared, &mut work.matches);
        if all || found.patterns.values().any(|both| both.old != both.new) {
            found.names(same, &tables, rules, &mut work.matches);
        }
        found.names.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        found.unchecked.sort_unstable();
        found
    }

    /// Compares names.
    fn names(
        &mut self,
        names: Vec<String>,
        tables: &Both<KindGrants<'a>>,
        rules: &Rules,
        budget: &mut Budget,
    ) {
        for name in names {
            match tables.readings(rules, &name, budget) {
                Some(readings) => self.names.push(ComparedName { name, readings }),
                None => self.unchecked.push(name),
            }
        }
    }

    /// Compares the examples of patterns. Returns those for which the budget sufficed.
    fn examples(
        &mut self,
        mut examples: BTreeSet<String>,
        tables: &Both<KindGrants<'a>>,
        rules: &Rules,
        budget: &mut Budget,
    ) -> BTreeSet<String> {
        examples.retain(|example| match tables.readings(rules, example, budget) {
            Some(readings) => {
                self.examples.push(readings);
                true
            }
            None => false,
        });
        examples
    }

    /// Finds the literal prefix of each pattern.
    fn beginnings(
        &mut self,
        tables: &Both<KindGrants<'a>>,
        compared: &BTreeSet<String>,
        budget: &mut Budget,
    ) {
        if self.kind == ResourceKind::User {
            return;
        }
        let both = [&tables.old, &tables.new].into_iter();
        let patterns = both.flat_map(|table| {
            table.patterns.iter().enumerate().map(move |pattern| (table, pattern))
        });
        for (table, (position, grant)) in patterns {
            let Some(beginning) = Beginning::of(grant.name) else { continue };
            if table.compiled(position, budget).pattern.is_err() {
                continue;
            }
            // A group's name with a colon is the plain form of one group and the colon form of
            // another.
            let lead = |name: &&str| self.kind != ResourceKind::Group || !name.starts_with(':');
            if beginning.only_name().filter(lead).is_some_and(|name| compared.contains(name)) {
                self.done.insert(grant.name);
            } else {
                self.beginnings.insert(grant.name, beginning);
            }
        }
    }

    /// Adds a pattern, unless it is certain to match nothing.
    fn pattern(
        &mut self,
        is_new: bool,
        grant: Grant<'a>,
        shape: Option<&Shape>,
        examples: &mut BTreeSet<String>,
    ) {
        if shape.is_some_and(Shape::is_nothing) {
            return;
        }
        let everything = shape.is_some_and(Shape::is_everything);
        if let Some(example) = shape.and_then(Shape::example) {
            examples.insert(example.clone());
        }
        let both = self.patterns.entry(grant.name).or_default();
        let (place, granted, all) = if is_new {
            (&mut both.new, &mut self.granted.new, &mut self.everything.new)
        } else {
            (&mut both.old, &mut self.granted.old, &mut self.everything.old)
        };
        *place = Some(grant.permissions);
        *granted |= grant.permissions;
        if everything {
            *all |= grant.permissions;
        }
    }
}

impl Both<KindGrants<'_>> {
    /// Returns the readings that grant on a name in both tokens; `None` if the budget runs out.
    fn readings(
        &self,
        rules: &Rules,
        name: &str,
        budget: &mut Budget,
    ) -> Option<Both<NameReadings>> {
        let old = self.old.readings(rules, name, budget)?;
        Some(Both { old, new: self.new.readings(rules, name, budget)? })
    }
}

/// Reports whether a name's entries have the same `known` permissions in both tokens.
fn entries_agree(
    kind: ResourceKind,
    name: &str,
    old: &UnverifiedToken,
    new: &UnverifiedToken,
    known: Permissions,
) -> bool {
    let entries = |token: &UnverifiedToken| {
        let table = token.resources().of(kind);
        let plain = without_colon(kind, name);
        let colon = if kind == ResourceKind::Group { table.find(":", plain) } else { None };
        [table.find("", plain), colon]
            .map(|entry| entry.map(|(_, permissions)| permissions & known))
    };
    entries(old) == entries(new)
}

/// Returns the readings that grant a permission in both tokens.
pub(super) fn both_of(readings: &Both<NameReadings>, permission: Permission) -> Both<Readings> {
    Both { old: reading_of(&readings.old, permission), new: reading_of(&readings.new, permission) }
}
