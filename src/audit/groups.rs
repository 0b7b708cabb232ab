//! Grants that let one holder both read and manage a channel group.
//!
//! A holder of both permissions can read any channel by adding it to the group. Two grants can add
//! up to both: two spellings of an entry's name, or two patterns that match the same name. Such
//! patterns are found only if an example shows a common name.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::display::Shortened;
use crate::permission::{Permission, Permissions};
use crate::request::resource::ResourceKind;
use crate::token::Grant;

use super::finding::{FindingCode, Location, shown};
use super::lint::Lint;
use super::rules::{KindGrants, asked_as};

/// Reports whether a set lets its holder read channels that it adds to a group.
pub(super) fn reads_and_manages(permissions: Permissions) -> bool {
    permissions.has_read() && permissions.has_manage()
}

/// Returns the permission that a group's grant lacks for both reading and managing.
pub(super) fn other_half(kind: ResourceKind, held: Permissions) -> Option<Permission> {
    match (held.has_read(), held.has_manage()) {
        _ if kind != ResourceKind::Group => None,
        (true, false) => Some(Permission::Manage),
        (false, true) => Some(Permission::Read),
        _ => None,
    }
}

/// The advice of all findings about groups.
const ADVICE: &str = "grant read alone, and let a server manage the group";

/// A pattern that grants one of the two permissions, with an example name.
struct Half<'a> {
    grant: Grant<'a>,
    /// The position among the patterns on groups.
    position: usize,
    example: Option<String>,
}

impl<'a> Lint<'a> {
    /// Returns the permissions of a name's entries, under both forms if it is a group's.
    pub(super) fn held(&self, kind: ResourceKind, grant: Grant<'_>) -> Permissions {
        if kind != ResourceKind::Group {
            return grant.permissions;
        }
        let groups = self.token.resources().groups();
        let other = match grant.name.strip_prefix(':') {
            Some(plain) => groups.get(plain),
            None => groups.get(&format!(":{}", grant.name)),
        };
        grant.permissions | other.unwrap_or_default()
    }

    /// Finds two entries, with and without a colon, that together let the holder read and manage a
    /// group.
    pub(super) fn spellings_that_add_up(&mut self, grant: Grant<'a>, location: Location<'a>) {
        let Some(plain) = grant.name.strip_prefix(':') else { return };
        let Some(other) = self.token.resources().groups().get(plain) else { return };
        let split = !reads_and_manages(grant.permissions) && !reads_and_manages(other);
        if split && reads_and_manages(grant.permissions | other) {
            let cost = format!(
                "adds up with the entry {}, which is the same group: the holder can add any channel to it and read it there",
                shown(plain)
            );
            self.find(FindingCode::GroupReadAndManage, location, cost, ADVICE);
        }
    }

    /// Finds two patterns that together let the holder read and manage a group.
    pub(super) fn patterns_that_add_up(&mut self, table: &KindGrants<'a>) {
        let readers =
            self.halves(table, |permissions| permissions.has_read() && !permissions.has_manage());
        let managers =
            self.halves(table, |permissions| permissions.has_manage() && !permissions.has_read());
        if readers.is_empty() || managers.is_empty() {
            return;
        }
        let entries = self
            .token
            .resources()
            .groups()
            .iter()
            .flat_map(|grant| asked_as(table.kind, grant.name));
        let examples = readers.iter().chain(&managers).filter_map(|half| half.example.clone());
        let names: BTreeSet<String> = entries.chain(examples).collect();
        let mut seen = Vec::new();
        for name in names {
            let mut first = [None; 2];
            for reader in &readers {
                let matched = self.matched(table, reader, &name);
                for (first, matched) in first.iter_mut().zip(matched) {
                    *first = first.or((matched).then_some(reader.grant.name));
                }
            }
            seen.push((name, first));
        }
        for manager in &managers {
            let found = seen.iter().find_map(|(name, first)| {
                let both = self.matched(table, manager, name).into_iter().zip(first);
                let reader = both.filter(|(matched, _)| *matched).find_map(|(_, first)| *first)?;
                Some((reader, name.clone()))
            });
            let found = found
                .or_else(|| readers.iter().find_map(|reader| self.joined(table, reader, manager)));
            let Some((reader, name)) = found else { continue };
            let cost = format!(
                "adds up with the pattern {}: on {} the holder can add any channel to the group and read it there",
                Shortened(reader),
                Shortened(&name)
            );
            let location = Location::Pattern(ResourceKind::Group, manager.grant.name);
            self.find(FindingCode::GroupReadAndManage, location, cost, ADVICE);
        }
    }

    /// Returns the patterns whose permissions are `wanted`, each with an example.
    fn halves(
        &mut self,
        table: &KindGrants<'a>,
        wanted: impl Fn(Permissions) -> bool,
    ) -> Vec<Half<'a>> {
        let wanted =
            table.patterns.iter().enumerate().filter(|(_, grant)| wanted(grant.permissions));
        let half = |(position, grant): (usize, &Grant<'a>)| {
            let example =
                self.work.shape(grant.name, true).and_then(|shape| shape.whole.or(shape.matched));
            Half { grant: *grant, position, example }
        };
        wanted.map(half).collect()
    }

    /// Matches a pattern with both forms of a name. A pattern that cannot be matched counts as no
    /// match.
    fn matched(&mut self, table: &KindGrants<'a>, half: &Half<'a>, name: &str) -> [bool; 2] {
        table.matched(half.position, name, &mut self.work.matches).unwrap_or([false; 2])
    }

    /// Joins the examples of two patterns to one name, if both match it: `ab` for `^a.*$` and
    /// `^.*b$`.
    fn joined(
        &mut self,
        table: &KindGrants<'a>,
        reader: &Half<'a>,
        manager: &Half<'a>,
    ) -> Option<(&'a str, String)> {
        let (one, other) = (reader.example.as_ref()?, manager.example.as_ref()?);
        [(one, other), (other, one)].into_iter().find_map(|(start, end)| {
            let name = format!("{start}{end}");
            let matched = self
                .matched(table, reader, &name)
                .into_iter()
                .zip(self.matched(table, manager, &name));
            let mut both = matched.filter(|both| *both == (true, true));
            both.next().map(|_| (reader.grant.name, name))
        })
    }
}
