//! Gains and losses of a new token against an old one, under every reading.
//!
//! The time is not compared, only shown. A difference that cannot be decided counts as a difference
//! and is marked.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Verdict;
use crate::operation::{Operation, Requirements};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

use super::compare::{Both, ComparedKind, Comparison, PartnerReadings, both_of};
use super::rules::{KindRequirement, granting, is_usable};

/// The times at which the two tokens expire, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Expiries {
    /// The old token's expiry.
    pub old: u64,
    /// The new token's expiry.
    pub new: u64,
}

/// A change of the authorized user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct UserChange<'a> {
    /// The old token's authorized user; `None` if any user may use it.
    pub old: Option<&'a str>,
    /// The same of the new token.
    pub new: Option<&'a str>,
}

/// A change of the permissions on a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NameChange {
    /// The kind.
    pub kind: ResourceKind,
    /// The name, in the form in which a request asks for it.
    pub name: String,
    /// The permissions that differ.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::by_permission"))]
    pub permissions: Vec<PermissionChange>,
}

/// A permission that the two tokens grant in different readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PermissionChange {
    /// The permission.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub permission: Permission,
    /// The old token's verdict on it.
    pub old: Verdict,
    /// The new token's verdict on it.
    pub new: Verdict,
    /// The readings in which the new token grants it and the old one does not.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "readings_gained", serialize_with = "super::json::count")
    )]
    pub gained: Readings,
    /// The readings in which the old token grants it and the new one does not.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "readings_lost", serialize_with = "super::json::count")
    )]
    pub lost: Readings,
    /// True if some request is certain to get another verdict. It is false only for a permission
    /// that requests need together with another, if patterns grant that other one.
    pub certain: bool,
}

/// A pattern that was added or removed, or whose permissions changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PatternChange<'a> {
    /// The kind.
    pub kind: ResourceKind,
    /// The pattern.
    pub pattern: &'a str,
    /// The old token's permissions that some operation needs; `None` if it lacks the pattern.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::optional_names"))]
    pub old: Option<Permissions>,
    /// The same of the new token.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::optional_names"))]
    pub new: Option<Permissions>,
    /// The permissions that the difference affects. A pattern without a permission can affect it:
    /// in some readings, every matching pattern must have it.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "affects", serialize_with = "crate::json::names")
    )]
    pub permissions: Permissions,
}

/// A changed verdict on getting all resources of a kind, with the keyset's flag unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CategoryChange {
    /// The kind.
    pub kind: ResourceKind,
    /// The old token's verdict.
    pub old: Verdict,
    /// The new token's verdict.
    pub new: Verdict,
}

/// A change of a DataSync projection that the metadata names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProjectionChange<'a> {
    /// The section of the projections: `res` for an item, `pat` for a pattern of ids.
    pub section: &'static str,
    /// The key, as in `datasync:entities:e-1`.
    pub key: &'a str,
    /// The old token's projection. `None` if there is none, empty if its name is not a text.
    pub old: Option<&'a str>,
    /// The same of the new token.
    pub new: Option<&'a str>,
}

/// Gains and losses of a new token against an old one.
///
/// If it [is empty](Self::is_empty), both tokens grant every request in the same readings while
/// both are valid, neither is on a deny list, and no work limit is reached. Some differences may
/// have no effect: [patterns](Self::patterns), [projections](Self::projections), permissions that
/// are not [certain](PermissionChange::certain), and names that were [not
/// checked](Self::unchecked). All other differences change a verdict or its readings.
///
/// ```
/// use pubnub_access::audit::diff;
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::{Permission, Permissions, UnverifiedToken, Verdict};
///
/// let old = TestToken::new(1_700_000_000, 15).channel("a", Permission::Read).channel("b", Permission::Read);
/// let new = TestToken::new(1_700_000_600, 15).channel("b", Permissions::from_mask(1)).channel("a", Permission::Write);
/// let old = UnverifiedToken::parse(&old.to_text())?;
/// let new = UnverifiedToken::parse(&new.to_text())?;
/// let diff = diff(&old, &new);
/// assert!(!diff.is_empty());
/// assert_eq!(diff.names().len(), 1);
/// let [read, write] = diff.names()[0].permissions[..] else { panic!() };
/// assert_eq!((read.permission, read.old, read.new), (Permission::Read, Verdict::Allow, Verdict::Deny));
/// assert_eq!((write.permission, write.old, write.new), (Permission::Write, Verdict::Deny, Verdict::Allow));
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Diff<'a> {
    expiries: Expiries,
    user: Option<UserChange<'a>>,
    categories: Vec<CategoryChange>,
    names: Vec<NameChange>,
    patterns: Vec<PatternChange<'a>>,
    projections: Vec<ProjectionChange<'a>>,
    unchecked: Vec<(ResourceKind, String)>,
}

/// Compares an old token with the new one that will replace it.
///
/// Differences that no request can observe are left out: the order of grants, permissions that no
/// operation needs, names that no request can name, the colon of a group's entry, and spaces. Takes
/// time in proportion to the tokens' size. Names whose entries differ come first; names beyond the
/// work limit are listed as [not checked](Diff::unchecked).
pub fn diff<'a>(old: &'a UnverifiedToken, new: &'a UnverifiedToken) -> Diff<'a> {
    let users = Both { old: old.authorized_user(), new: new.authorized_user() };
    let usable = Both { old: is_usable(old), new: is_usable(new) };
    // Two user ids that no request can have make no difference.
    let same_user = users.old == users.new || !usable.old && !usable.new;
    let mut diff = Diff {
        expiries: Expiries { old: old.expires_at(), new: new.expires_at() },
        user: (!same_user).then_some(UserChange { old: users.old, new: users.new }),
        categories: Vec::new(),
        names: Vec::new(),
        patterns: Vec::new(),
        projections: Vec::new(),
        unchecked: Vec::new(),
    };
    if usable.old || usable.new {
        diff.categories = categories(old, new);
        diff.grants(&Comparison::new(old, new));
    }
    diff
}

fn categories(old: &UnverifiedToken, new: &UnverifiedToken) -> Vec<CategoryChange> {
    let mut changes = Vec::new();
    for operation in Operation::ALL.iter().copied() {
        let Requirements::KeysetFlag(kind) = operation.requirements() else { continue };
        let answer = |token| verdict(granting(token, operation, None, &Policy::new()));
        let (old, new) = (answer(old), answer(new));
        if old != new {
            changes.push(CategoryChange { kind, old, new });
        }
    }
    changes
}

fn verdict(granting: Readings) -> Verdict {
    Verdict::of(granting, Readings::ALL)
}

impl<'a> Diff<'a> {
    fn grants(&mut self, comparison: &Comparison<'a>) {
        let change =
            |(&(section, key), &Both { old, new }): (&(&'static str, &'a str), &Both<_>)| {
                ProjectionChange { section, key, old, new }
            };
        self.projections = comparison.projections.iter().map(change).collect();
        for kind in &comparison.kinds {
            let requirements = comparison.rules.of(kind.kind);
            let requirements: Vec<_> = requirements
                .map(|requirement| (requirement, comparison.partner(requirement)))
                .collect();
            self.names_of(kind, &requirements);
            self.patterns_of(kind, &requirements, comparison);
            self.unchecked.extend(kind.unchecked.iter().map(|name| (kind.kind, name.clone())));
        }
    }

    /// Adds the changed names of a kind.
    fn names_of(
        &mut self,
        kind: &ComparedKind<'a>,
        requirements: &[(KindRequirement, Both<PartnerReadings>)],
    ) {
        for name in &kind.names {
            let change = |(requirement, partner): &(KindRequirement, Both<PartnerReadings>)| {
                let readings = both_of(&name.readings, requirement.permission);
                permission_change(requirement.permission, readings, *partner)
            };
            let permissions: Vec<_> = requirements.iter().filter_map(change).collect();
            if !permissions.is_empty() {
                let name = name.name.clone();
                self.names.push(NameChange { kind: kind.kind, name, permissions });
            }
        }
    }

    /// Adds the changed patterns of a kind.
    fn patterns_of(
        &mut self,
        kind: &ComparedKind<'a>,
        requirements: &[(KindRequirement, Both<PartnerReadings>)],
        comparison: &Comparison<'a>,
    ) {
        let mut changed: BTreeMap<&'a str, Permissions> = BTreeMap::new();
        for (requirement, partner) in requirements {
            // If no resource that must be named with this one is granted, the permission has no
            // effect.
            if partner.old.is_possible() || partner.new.is_possible() {
                for pattern in comparison.patterns_that_differ(*requirement) {
                    *changed.entry(pattern).or_default() |= requirement.permission.into();
                }
            }
        }
        for (pattern, permissions) in changed {
            let Both { old, new } = kind.patterns.get(pattern).copied().unwrap_or_default();
            self.patterns.push(PatternChange { kind: kind.kind, pattern, old, new, permissions });
        }
    }

    /// Returns the times at which the tokens expire, which never count as a difference.
    #[must_use]
    pub fn expiries(&self) -> Expiries {
        self.expiries
    }

    /// Returns the authorized users, if they differ.
    #[must_use]
    pub fn user(&self) -> Option<UserChange<'a>> {
        self.user
    }

    /// Returns the kinds for which the verdict on getting all resources changes.
    #[must_use]
    pub fn categories(&self) -> &[CategoryChange] {
        &self.categories
    }

    /// Returns the names of entries with changed permissions. They are sorted by kind, then by
    /// their bytes.
    #[must_use]
    pub fn names(&self) -> &[NameChange] {
        &self.names
    }

    /// Returns the patterns that differ, by kind, in the order of their bytes. A verdict need not
    /// change, since another pattern may match the same names.
    #[must_use]
    pub fn patterns(&self) -> &[PatternChange<'a>] {
        &self.patterns
    }

    /// Returns the projections of DataSync that differ, in the order of their sections and keys.
    #[must_use]
    pub fn projections(&self) -> &[ProjectionChange<'a>] {
        &self.projections
    }

    /// Returns the names that were not compared, by kind and in the order of their bytes. The work
    /// limit is reached with hundreds of names and hundreds of costly patterns.
    #[must_use]
    pub fn unchecked(&self) -> &[(ResourceKind, String)] {
        &self.unchecked
    }

    /// Reports whether there is no difference. The expiries do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.user.is_none()
            && self.categories.is_empty()
            && self.names.is_empty()
            && self.patterns.is_empty()
            && self.projections.is_empty()
            && self.unchecked.is_empty()
    }
}

/// Returns the change of a permission on a name, if any request can observe it.
fn permission_change(
    permission: Permission,
    Both { old, new }: Both<Readings>,
    partner: Both<PartnerReadings>,
) -> Option<PermissionChange> {
    let (gained, lost) = (new & !old, old & !new);
    let certain =
        !(gained & partner.new.readings).is_empty() || !(lost & partner.old.readings).is_empty();
    let possible = !gained.is_empty() && partner.new.open || !lost.is_empty() && partner.old.open;
    (certain || possible).then_some(PermissionChange {
        permission,
        old: verdict(old),
        new: verdict(new),
        gained,
        lost,
        certain,
    })
}
