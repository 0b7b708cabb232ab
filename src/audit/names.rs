//! Findings about entries: impossible names, names that look like patterns, masks without effect,
//! entries that patterns contradict, and forgotten presence channels.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::display::Shortened;
use crate::evaluate::near_miss::{PRESENCE, Wildcard, channel_of_presence, is_pattern};
use crate::pattern::PatternErrorKind;
use crate::permission::{Permission, Permissions};
use crate::request::resource::{NameFault, ResourceKind, check_name};
use crate::token::Grant;

use super::beginning::{Beginning, Beginnings};
use super::finding::{FindingCode, Location, shown};
use super::groups::{other_half, reads_and_manages};
use super::lint::Lint;
use super::rules::KindGrants;

impl<'a> Lint<'a> {
    pub(super) fn names(&mut self, kind: ResourceKind, table: &KindGrants<'a>) {
        let grants = self.token.resources().of(kind);
        let patterns: Vec<Beginning> =
            table.patterns.iter().filter_map(|pattern| Beginning::of(pattern.name)).collect();
        let beginnings = patterns.iter().map(Beginning::text).collect();
        let mut unchecked: usize = 0;
        for grant in grants.iter() {
            let location = Location::Resource(kind, grant.name);
            self.mask(kind, grant, location);
            if kind == ResourceKind::Group {
                self.spellings_that_add_up(grant, location);
            }
            if self.name(table, &beginnings, grant, location) {
                let checked =
                    table.patterns.is_empty() || self.contradiction(table, grant, location);
                unchecked = unchecked.plus(usize::from(!checked));
            }
        }
        self.not_checked("resources", kind, unchecked, "against the patterns");
        self.undocumented_names(kind);
        if kind == ResourceKind::Channel {
            self.presence(table);
        }
    }

    /// Finds names that PubNub's documentation excludes; one finding covers the whole kind.
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
        let location = Location::Kind("resources", kind.plural());
        let advice = format!("check that the service accepts such names ({})", source(kind));
        self.find(FindingCode::UndocumentedName, location, cost, advice);
    }

    /// Finds permissions without effect in an entry or a pattern, and risky ones.
    pub(super) fn mask(&mut self, kind: ResourceKind, grant: Grant<'a>, location: Location<'a>) {
        let permissions = grant.permissions;
        let known = self.rules.known(kind);
        let without_effect = permissions & !known;
        if permissions.is_empty() {
            let cost = "grants nothing: the service refuses such a token";
            self.find(
                FindingCode::NoPermissions,
                location,
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
            let advice = format!("grant only {known} on {}", kind.with_article());
            self.find(FindingCode::PermissionsWithoutEffect, location, cost, advice);
        }
        if kind == ResourceKind::Group && reads_and_manages(permissions) {
            let cost = "the holder can add any channel to the group and read it there, whatever else is granted";
            let advice = "grant read alone, and let a server manage the group";
            self.find(FindingCode::GroupReadAndManage, location, cost, advice);
        }
    }

    /// Checks an entry's name. Returns false if no request can name it.
    fn name(
        &mut self,
        table: &KindGrants<'a>,
        beginnings: &Beginnings<'_>,
        grant: Grant<'a>,
        location: Location<'a>,
    ) -> bool {
        if let Err(fault) = check_name(grant.name) {
            let (cost, advice) = match fault {
                NameFault::Empty => ("no request can name it: the name is empty", "leave it out"),
                NameFault::Comma { .. } => (
                    "no request can name it: commas separate names",
                    "write an entry for each name",
                ),
                NameFault::Control { .. } => (
                    "no request can name it: it holds a control character",
                    "write the name without it",
                ),
            };
            self.find(FindingCode::ImpossibleName, location, cost, advice);
            return false;
        }
        // `room.*-pnpres` is the presence channel of the wildcard `room.*`.
        let name = channel_of_presence(grant.name).unwrap_or(grant.name);
        if let Some(wildcard) = Wildcard::of(name) {
            // If a pattern grants the matching names, or some of them, the entry grants the name of
            // a wildcard subscription.
            let example = wildcard.example();
            let granted = wildcard.prefix().is_some_and(|text| beginnings.include_longer(text))
                || table
                    .matches(&example, &mut self.work.matches)
                    .any(|(_, matches)| matches != Ok([false; 2]));
            if !granted {
                let cost = format!(
                    "grants exactly the name {}, not the names that it seems to stand for",
                    shown(grant.name)
                );
                let advice = match table.kind {
                    ResourceKind::User => String::from(
                        "grant users by entries: how patterns of users are matched is in doubt",
                    ),
                    _ => format!("write the pattern {} to grant those", shown(&wildcard.pattern())),
                };
                self.find(FindingCode::NameLooksLikeWildcard, location, cost, advice);
            }
        } else if is_pattern(grant.name, &mut self.work.matches) {
            let cost = format!(
                "grants exactly the name {}, not the names that it would match as a pattern",
                shown(grant.name)
            );
            let advice = "move it from the resources to the patterns, between ^ and $";
            self.find(FindingCode::NameLooksLikePattern, location, cost, advice);
        }
        true
    }

    /// Finds patterns that grant permissions which the entry for the same name lacks. Returns false
    /// if the work limit is reached.
    fn contradiction(
        &mut self,
        table: &KindGrants<'a>,
        grant: Grant<'a>,
        location: Location<'a>,
    ) -> bool {
        let known = self.rules.known(table.kind);
        let held = self.held(table.kind, grant);
        let missing = other_half(table.kind, held);
        let mut completing = None;
        let mut exceeding = ExceedingPatterns::default();
        for (pattern, matches) in table.matches(grant.name, &mut self.work.matches) {
            match matches {
                Err(error) if error.kind() == PatternErrorKind::WorkLimitReached => return false,
                Ok(forms) if forms.contains(&true) => {
                    if missing.is_some_and(|missing| pattern.permissions.has(missing)) {
                        completing = completing.or(Some(pattern.name));
                    } else {
                        exceeding.add(pattern, known & !held);
                    }
                }
                _ => {}
            }
        }
        if let (Some(pattern), Some(missing)) = (completing, missing) {
            self.completed_by_pattern(pattern, missing, location);
        }
        self.exceeded_by_patterns(&exceeding, table.kind, held, location);
        true
    }

    /// Reports a pattern that lets the holder of a group's entry both read and manage the group.
    fn completed_by_pattern(&mut self, pattern: &str, missing: Permission, location: Location<'a>) {
        let cost = format!(
            "pattern {} also grants {missing}: if both count, the holder can add any channel to the group and read it there",
            Shortened(pattern)
        );
        let advice =
            "keep the pattern off the name: read is for the holder, and manage for a server";
        self.find(FindingCode::GroupReadAndManage, location, cost, advice);
    }

    /// Reports patterns that grant permissions which the entry for the same name lacks.
    fn exceeded_by_patterns(
        &mut self,
        patterns: &ExceedingPatterns<'a>,
        kind: ResourceKind,
        held: Permissions,
        location: Location<'a>,
    ) {
        let ExceedingPatterns { first: Some(first), count, permissions: more } = *patterns else {
            return;
        };
        let first = Shortened(first);
        let grant = match count.saturating_sub(1) {
            0 => format!("pattern {first} also grants"),
            others => format!("patterns {first} and {others} more also grant"),
        };
        let cost =
            format!("{grant} {more}, and whether the entry overrides patterns is not documented");
        let advice = if kind == ResourceKind::Group && reads_and_manages(held | more) {
            "keep the pattern off the name: who reads and manages a group can read any channel there".into()
        } else {
            format!("grant the entry {more} as well, or keep the pattern off the name")
        };
        self.find(FindingCode::EntryLacksWhatPatternGrants, location, cost, advice);
    }

    /// Finds readable channels without their presence channel, if another channel has its own.
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

/// Patterns that match an entry's name and grant permissions that the entry lacks.
#[derive(Default)]
struct ExceedingPatterns<'a> {
    first: Option<&'a str>,
    count: usize,
    permissions: Permissions,
}

impl<'a> ExceedingPatterns<'a> {
    /// Adds a pattern if it grants one of the permissions that the entry lacks.
    fn add(&mut self, pattern: Grant<'a>, lacking: Permissions) {
        let permissions = pattern.permissions & lacking;
        if !permissions.is_empty() {
            self.first = self.first.or(Some(pattern.name));
            self.count = self.count.plus(1);
            self.permissions |= permissions;
        }
    }
}

/// The documented limit of channel names and user ids, in characters.
pub(super) const LONGEST_NAME: usize = 92;

/// Returns the page of PubNub's documentation that limits names.
pub(super) fn source(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Channel => "https://www.pubnub.com/docs/general/channels/overview",
        _ => "https://www.pubnub.com/docs/general/users-and-devices/identification",
    }
}

/// Returns the characters that documented names exclude, as a list for a sentence.
pub(super) fn excluded(kind: ResourceKind) -> &'static str {
    if kind == ResourceKind::Channel { "`, : * / \\` or a space" } else { "`: / , *`" }
}

/// Reports whether a channel's name or a user id breaks the documented rules.
pub(super) fn is_undocumented(kind: ResourceKind, name: &str) -> bool {
    // Other findings cover stars and commas in channel names.
    let excluded: &[char] = match kind {
        ResourceKind::Channel => &[':', '/', '\\', ' '],
        ResourceKind::Uuid => &[':', '/', ',', '*'],
        _ => return false,
    };
    name.chars().nth(LONGEST_NAME).is_some() || name.contains(excluded)
}
