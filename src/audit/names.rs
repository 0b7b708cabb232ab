//! Findings about the entries of one kind: names that nobody can ask about or that were meant as
//! patterns, masks without effect, entries that patterns contradict, and forgotten presence
//! channels.

use alloc::format;
use alloc::string::String;

use crate::arithmetic::CannotOverflow;
use crate::display::Shortened;
use crate::evaluate::near_miss::{PRESENCE, Wildcard, channel_of_presence, is_pattern};
use crate::pattern::PatternErrorKind;
use crate::permission::{Permission, Permissions};
use crate::request::resource::{NameFault, ResourceKind, check_name};
use crate::token::Grant;

use super::finding::{FindingCode, Location, shown};
use super::groups::{other_half, reads_and_manages};
use super::lint::Lint;
use super::rules::KindGrants;

impl<'a> Lint<'a> {
    pub(super) fn names(&mut self, kind: ResourceKind, table: &KindGrants<'a>) {
        let grants = self.token.resources().of(kind);
        let mut unchecked: usize = 0;
        for grant in grants.iter() {
            let place = Location::Resource(kind, grant.name);
            self.mask(kind, grant, place);
            if kind == ResourceKind::Group {
                self.spellings_that_add_up(grant, place);
            }
            if self.name(table, grant, place) {
                let checked = table.patterns.is_empty() || self.contradiction(table, grant, place);
                unchecked = unchecked.plus(usize::from(!checked));
            }
        }
        self.not_checked("resources", kind, unchecked, "against the patterns");
        self.undocumented_names(kind);
        if kind == ResourceKind::Channel {
            self.presence(table);
        }
    }

    /// Finds names that the documentation excludes, in one finding for each kind.
    fn undocumented_names(&mut self, kind: ResourceKind) {
        let names = self.token.resources().of(kind).iter().map(|grant| grant.name);
        let mut odd = names.filter(|name| check_name(name).is_ok() && is_undocumented(kind, name));
        let Some(first) = odd.next() else { return };
        let others = match odd.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let excluded = excluded(kind);
        let cost = format!(
            "{}{others}: documented names have at most {LONGEST_NAME} characters and none of {excluded}",
            Shortened(first)
        );
        let place = Location::Kind("resources", kind.plural());
        self.find(
            FindingCode::UndocumentedName,
            place,
            cost,
            "see that the service takes such names",
        );
    }

    /// The permissions of an entry or of a pattern.
    pub(super) fn mask(&mut self, kind: ResourceKind, grant: Grant<'a>, place: Location<'a>) {
        let permissions = grant.permissions;
        let known = self.rules.known(kind);
        let without_effect = permissions & !known;
        if permissions.is_empty() {
            let cost = "grants nothing, which the service refuses to issue";
            self.find(
                FindingCode::NoPermissions,
                place,
                cost,
                "leave it out, or grant a permission",
            );
        } else if !without_effect.is_empty() {
            let nothing_else =
                if without_effect == permissions { ", and nothing else is granted" } else { "" };
            let cost = format!(
                "no operation asks for {without_effect} on {}{nothing_else}",
                kind.with_article()
            );
            let advice = format!("{} knows {known}: leave out the rest", kind.with_article());
            self.find(FindingCode::PermissionsWithoutEffect, place, cost, advice);
        }
        if kind == ResourceKind::Group && reads_and_manages(permissions) {
            let cost = "the holder can add any channel to the group and read it there, whatever else is granted";
            let advice = "grant read alone, and let a server manage the group";
            self.find(FindingCode::GroupReadAndManage, place, cost, advice);
        }
    }

    /// The name itself. False if nobody can ask about it.
    fn name(&mut self, table: &KindGrants<'a>, grant: Grant<'a>, place: Location<'a>) -> bool {
        if let Err(fault) = check_name(grant.name) {
            let (cost, advice) = match fault {
                NameFault::Empty => ("no request can name it: the name is empty", "leave it out"),
                NameFault::Comma { .. } => (
                    "no request can name it: a comma divides names",
                    "write an entry for each name",
                ),
                NameFault::Control { .. } => (
                    "no request can name it: it holds a control character",
                    "write the name without it",
                ),
            };
            self.find(FindingCode::ImpossibleName, place, cost, advice);
            return false;
        }
        // The presence channel of a wildcard is granted beside it.
        let name = channel_of_presence(grant.name).unwrap_or(grant.name);
        if let Some(wildcard) = Wildcard::of(name) {
            // Where a pattern grants such names, the entry is for the name of a wildcard
            // subscription.
            let example = wildcard.example();
            let granted = table
                .matches(&example, &mut self.work.matches)
                .any(|(_, matches)| matches != Ok([false; 2]));
            if !granted {
                let cost = format!(
                    "grants exactly the name {}, and none that it seems to stand for",
                    shown(grant.name)
                );
                let advice = match table.kind {
                    ResourceKind::User => String::from(
                        "grant users by entries: how patterns of users are matched is in doubt",
                    ),
                    _ => format!("write the pattern {} to grant those", shown(&wildcard.pattern())),
                };
                self.find(FindingCode::NameLooksLikeWildcard, place, cost, advice);
            }
        } else if is_pattern(grant.name, &mut self.work.matches) {
            let cost = format!(
                "grants exactly the name {}, and none that it would match",
                shown(grant.name)
            );
            let advice = "move it from the resources to the patterns, between ^ and $";
            self.find(FindingCode::NameLooksLikePattern, place, cost, advice);
        }
        true
    }

    /// Finds patterns that match the whole name and grant permissions that its entry lacks. Returns
    /// false if that is too much work.
    fn contradiction(
        &mut self,
        table: &KindGrants<'a>,
        grant: Grant<'a>,
        place: Location<'a>,
    ) -> bool {
        let known = self.rules.known(table.kind);
        let held = self.held(table.kind, grant);
        let missing = other_half(table.kind, held);
        let mut adding = None;
        let mut more = Permissions::NONE;
        let mut patterns: usize = 0;
        let mut first = None;
        for (pattern, matches) in table.matches(grant.name, &mut self.work.matches) {
            match matches {
                Ok(matches) if missing.is_some_and(|missing| pattern.permissions.has(missing)) => {
                    let matches = matches.into_iter().any(|matched| matched);
                    adding = adding.or(matches.then_some(pattern.name));
                }
                Ok(matches) if matches.contains(&true) => {
                    let beyond = pattern.permissions & known & !held;
                    if !beyond.is_empty() {
                        more |= beyond;
                        patterns = patterns.plus(1);
                        first = first.or(Some(pattern.name));
                    }
                }
                Err(error) if error.kind() == PatternErrorKind::WorkLimitReached => return false,
                _ => {}
            }
        }
        if let (Some(adding), Some(missing)) = (adding, missing) {
            let cost = format!(
                "pattern {} also grants {missing}: where both count, the holder can add any channel to the group and read it there",
                Shortened(adding)
            );
            let advice =
                "keep the pattern off the name: read is for the holder, and manage for a server";
            self.find(FindingCode::GroupReadAndManage, place, cost, advice);
        }
        if let Some(first) = first {
            let first = Shortened(first);
            let grant = match patterns.saturating_sub(1) {
                0 => format!("pattern {first} also grants"),
                others => format!("patterns {first} and {others} more also grant"),
            };
            let cost = format!(
                "{grant} {more}, and whether the entry overrides patterns is not documented"
            );
            let advice = if table.kind == ResourceKind::Group && reads_and_manages(held | more) {
                "keep the pattern off the name: who reads and manages a group can read any channel there".into()
            } else {
                format!("grant the entry {more} as well, or keep the pattern off the name")
            };
            self.find(FindingCode::EntryLacksWhatPatternGrants, place, cost, advice);
        }
        true
    }

    /// Finds channels to read without their presence channel, if another channel has its own.
    fn presence(&mut self, table: &KindGrants<'a>) {
        let grants = self.token.resources().channels();
        let reads = |grant: &Grant<'_>| grant.permissions.has(Permission::Read);
        let with = grants.iter().filter(reads).find(|grant| {
            let channel = channel_of_presence(grant.name).and_then(|channel| grants.get(channel));
            channel.is_some_and(Permissions::has_read)
        });
        let Some(with) = with else { return };
        let mut unchecked: usize = 0;
        for grant in grants.iter().filter(reads) {
            if grant.name.ends_with(PRESENCE) || check_name(grant.name).is_err() {
                continue;
            }
            let presence = format!("{}{PRESENCE}", grant.name);
            if grants.get(&presence).is_some() {
                continue;
            }
            // A pattern that cannot be matched may grant it.
            let granted = table
                .matches(&presence, &mut self.work.matches)
                .filter(|(pattern, _)| reads(pattern))
                .find_map(|(_, matches)| match matches {
                    Ok([false, false]) => None,
                    Ok(_) => Some(true),
                    Err(error) => Some(error.kind() != PatternErrorKind::WorkLimitReached),
                });
            if granted.is_some() {
                unchecked = unchecked.plus(usize::from(granted == Some(false)));
                continue;
            }
            let cost = format!(
                "the holder cannot follow who is on the channel, as it can for others ({}): presence takes a grant of its own",
                Shortened(with.name)
            );
            let advice = format!("grant read on {} as well", shown(&presence));
            self.find(
                FindingCode::PresenceMissing,
                Location::Resource(ResourceKind::Channel, grant.name),
                cost,
                advice,
            );
        }
        self.not_checked(
            "resources",
            ResourceKind::Channel,
            unchecked,
            "for their presence channels",
        );
    }
}

/// The longest name of a channel, and the longest user id, that PubNub documents, in characters.
pub(super) const LONGEST_NAME: usize = 92;

/// The characters that documented names do not have, as a list to be read.
pub(super) fn excluded(kind: ResourceKind) -> &'static str {
    if kind == ResourceKind::Channel { "`, : * / \\` or a space" } else { "`: / , *`" }
}

/// Reports whether a name of a channel or a user id is other than the documentation allows.
pub(super) fn is_undocumented(kind: ResourceKind, name: &str) -> bool {
    // What a star or a comma in a channel's name comes to, other findings say.
    let excluded: &[char] = match kind {
        ResourceKind::Channel => &[':', '/', '\\', ' '],
        ResourceKind::Uuid => &[':', '/', ',', '*'],
        _ => return false,
    };
    name.chars().nth(LONGEST_NAME).is_some() || name.contains(excluded)
}
