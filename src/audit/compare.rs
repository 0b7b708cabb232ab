//! Two tokens side by side: every name that either of them names, with the readings that grant each
//! permission in both, and every pattern that tells them apart.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::pattern::{Budget, Shape};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::resource::{ResourceKind, plain_group};
use crate::token::{Grant, UnverifiedToken};

use crate::evaluate::projection;

use super::Work;
use super::beginning::Beginning;
use super::rules::{KindGrants, NameReadings, Need, Rules, asked_as, reading_of};

/// One kind in both tokens.
pub(super) struct Kind<'a> {
    pub(super) kind: ResourceKind,
    pub(super) names: Vec<Name>,
    pub(super) patterns: BTreeMap<&'a str, Both<Option<Permissions>>>,
    /// The permissions that some pattern grants.
    pub(super) granted: Both<Permissions>,
    /// The readings that grant on an example of each pattern.
    pub(super) examples: Vec<Both<NameReadings>>,
    /// The patterns that match every name.
    pub(super) everything: Both<Permissions>,
    /// The beginnings of the names that each pattern matches, as far as they are known.
    pub(super) beginnings: BTreeMap<&'a str, Beginning>,
    /// The patterns that match one name only, which has been compared as an example.
    pub(super) done: BTreeSet<&'a str>,
    /// The names that were too much work.
    pub(super) unchecked: Vec<String>,
}

/// A name that differs, or may differ: both tokens do not say the same about it word for word.
pub(super) struct Name {
    /// In the form in which a request asks for it.
    pub(super) name: String,
    pub(super) readings: Both<NameReadings>,
}

/// A pair: one part of each token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Both<T> {
    pub(super) old: T,
    pub(super) new: T,
}

/// Two tokens side by side.
pub(super) struct Comparison<'a> {
    pub(super) rules: Rules,
    pub(super) kinds: Vec<Kind<'a>>,
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
            .map(|kind| Kind::new(kind, old, new, &rules, &mut work))
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

    /// Reports whether a pattern of either token tells them apart in what it grants of a
    /// permission: each pattern with what the tokens say of it.
    pub(super) fn patterns_that_differ(&self, need: Need) -> Vec<&'a str> {
        let Some(kind) = self.kinds.iter().find(|found| found.kind == need.kind) else {
            return Vec::new();
        };
        let Both { old, new } = kind.granted;
        let seen = |granted: Permissions, permissions: Option<Permissions>| {
            // Without any pattern that has the permission, the others make no difference.
            permissions
                .filter(|_| granted.has(need.permission))
                .map(|permissions| permissions.has(need.permission))
        };
        let differs = |both: &Both<Option<Permissions>>| seen(old, both.old) != seen(new, both.new);
        kind.patterns
            .iter()
            .filter(|(_, both)| differs(both))
            .map(|(pattern, _)| *pattern)
            .collect()
    }

    /// The readings in which some resource that must be named together with a need is granted what
    /// it needs, as far as that is known; and whether others may be.
    pub(super) fn partner(&self, need: Need) -> Both<(Readings, bool)> {
        let Some((kind, permission)) = need.with else {
            return Both { old: (Readings::ALL, false), new: (Readings::ALL, false) };
        };
        let mut found = Both { old: (Readings::NONE, false), new: (Readings::NONE, false) };
        for kind in self.kinds.iter().filter(|found| found.kind == kind) {
            for readings in kind.names.iter().map(|name| &name.readings).chain(&kind.examples) {
                found.old.0 = found.old.0 | reading_of(&readings.old, permission);
                found.new.0 = found.new.0 | reading_of(&readings.new, permission);
            }
            found.old.1 |= kind.granted.old.has(permission) || !kind.unchecked.is_empty();
            found.new.1 |= kind.granted.new.has(permission) || !kind.unchecked.is_empty();
        }
        found
    }
}

impl<'a> Kind<'a> {
    fn new(
        kind: ResourceKind,
        old: &'a UnverifiedToken,
        new: &'a UnverifiedToken,
        rules: &Rules,
        work: &mut Work,
    ) -> Self {
        // A permission that is asked for together with this kind's needs every name.
        let all = rules.needs.iter().any(|need| need.with.is_some_and(|(with, _)| with == kind));
        // A difference must not hide in what is too much work for one decision.
        let policy = Policy::new().work_limit(u64::MAX);
        let table = |token, budget: &mut Budget| KindGrants::new(token, kind, &policy, budget);
        let tables =
            Both { old: table(old, &mut work.matches), new: table(new, &mut work.matches) };
        let mut found = Kind {
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
        // Most patterns are in both tokens.
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
        // What is sure to matter comes first, lest the work runs out before.
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

    /// Asks about names.
    fn names(
        &mut self,
        names: Vec<String>,
        tables: &Both<KindGrants<'a>>,
        rules: &Rules,
        budget: &mut Budget,
    ) {
        for name in names {
            match tables.readings(rules, &name, budget) {
                Some(readings) => self.names.push(Name { name, readings }),
                None => self.unchecked.push(name),
            }
        }
    }

    /// Asks about the patterns' examples; those for which there was work enough.
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

    /// Finds the beginnings of the names that each pattern matches.
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
            // With a colon, it may be the plain name of one group and the other form of another's.
            let lead = |name: &&str| self.kind != ResourceKind::Group || !name.starts_with(':');
            if beginning.only_name().filter(lead).is_some_and(|name| compared.contains(name)) {
                self.done.insert(grant.name);
            } else {
                self.beginnings.insert(grant.name, beginning);
            }
        }
    }

    /// Takes note of a pattern, unless it certainly matches nothing.
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
    /// Returns the readings that grant on a name in both tokens; `None` if that is more work than
    /// is left.
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

/// Reports whether the entries that bear on a name have the same permissions in both tokens, of
/// those that matter.
fn entries_agree(
    kind: ResourceKind,
    name: &str,
    old: &UnverifiedToken,
    new: &UnverifiedToken,
    known: Permissions,
) -> bool {
    let entries = |token: &UnverifiedToken| {
        let table = token.resources().of(kind);
        let plain = if kind == ResourceKind::Group { plain_group(name) } else { name };
        let colon = if kind == ResourceKind::Group { table.find(":", plain) } else { None };
        [table.find("", plain), colon]
            .map(|entry| entry.map(|(_, permissions)| permissions & known))
    };
    entries(old) == entries(new)
}

/// The readings that grant a permission in both tokens.
pub(super) fn both_of(readings: &Both<NameReadings>, permission: Permission) -> Both<Readings> {
    Both { old: reading_of(&readings.old, permission), new: reading_of(&readings.new, permission) }
}
