//! Gains and losses of a new token against an old one, under every reading.
//!
//! Of the time, it only says when each token expires. A difference that it cannot decide counts as
//! one, and is marked.

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

use super::compare::{Both, Comparison, Kind, both_of};
use super::rules::{Need, granting, is_usable};

/// A change of the authorized user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct UserChange<'a> {
    /// The old token's authorized user; `None` if any user may use it.
    pub old: Option<&'a str>,
    /// The new token's.
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

/// A permission is granted in other readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PermissionChange {
    /// The permission.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub permission: Permission,
    /// Whether the old token grants it.
    pub old: Verdict,
    /// Whether the new token grants it.
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
    /// Whether some question is certain to be answered otherwise. Only a permission that is asked
    /// for together with another one can be in doubt, where the other is granted by patterns.
    pub certain: bool,
}

/// A pattern has been added or taken away, or has other permissions. Whether any name is granted
/// otherwise is in doubt: another pattern may match the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PatternChange<'a> {
    /// The kind.
    pub kind: ResourceKind,
    /// The pattern.
    pub pattern: &'a str,
    /// The old token's permissions, of those that any operation needs; `None` if it does not have
    /// the pattern.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::optional_names"))]
    pub old: Option<Permissions>,
    /// The new token's.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::optional_names"))]
    pub new: Option<Permissions>,
    /// The permissions that the difference bears on: granting none is a difference where others
    /// grant some.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "affects", serialize_with = "crate::json::names")
    )]
    pub permissions: Permissions,
}

/// A difference in getting all resources of a kind while the keyset's flag is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CategoryChange {
    /// The kind.
    pub kind: ResourceKind,
    /// The old token's answer.
    pub old: Verdict,
    /// The new token's answer.
    pub new: Verdict,
}

/// The metadata names another projection of DataSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProjectionChange<'a> {
    /// The section of the projections: `res` for an item, `pat` for items whose ids match a
    /// pattern.
    pub section: &'static str,
    /// The key, as in `datasync:entities:e-1`.
    pub key: &'a str,
    /// The old token's projection; empty if it is not named by a text.
    pub old: Option<&'a str>,
    /// The new token's.
    pub new: Option<&'a str>,
}

/// Gains and losses of a new token against an old one.
///
/// If it [is empty](Self::is_empty), every question gets the same readings from both tokens while
/// both are valid, neither is on a deny list, and no work limit is hit. If every question does and
/// it is not empty, all that it holds is in doubt: [patterns](Self::patterns),
/// [projections](Self::projections), permissions that are not [certain](PermissionChange::certain),
/// and names that were [not checked](Self::unchecked).
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
    expires_at: (u64, u64),
    user: Option<UserChange<'a>>,
    categories: Vec<CategoryChange>,
    names: Vec<NameChange>,
    patterns: Vec<PatternChange<'a>>,
    projections: Vec<ProjectionChange<'a>>,
    unchecked: Vec<(ResourceKind, String)>,
}

/// Compares an old token with the new one that is to replace it.
///
/// What no question can ever see makes no difference: the order of grants, permissions that no
/// operation needs, names that cannot be asked about, a group's entry with or without its colon,
/// spaces. Takes time in proportion to the tokens' size. Names on which the tokens' entries differ
/// come first; those that exceed the limit on work are told of as [not checked](Diff::unchecked).
pub fn diff<'a>(old: &'a UnverifiedToken, new: &'a UnverifiedToken) -> Diff<'a> {
    let users = Both { old: old.authorized_user(), new: new.authorized_user() };
    let usable = Both { old: is_usable(old), new: is_usable(new) };
    // Two users that nobody can be are the same to everybody.
    let same_user = users.old == users.new || !usable.old && !usable.new;
    let mut diff = Diff {
        expires_at: (old.expires_at(), new.expires_at()),
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
            let needs = comparison.rules.of(kind.kind);
            let needs: Vec<_> = needs.map(|need| (need, comparison.partner(need))).collect();
            self.names_of(kind, &needs);
            self.patterns_of(kind, &needs, comparison);
            self.unchecked.extend(kind.unchecked.iter().map(|name| (kind.kind, name.clone())));
        }
    }

    /// Adds the changes on the names of a kind.
    fn names_of(&mut self, kind: &Kind<'a>, needs: &[(Need, Both<(Readings, bool)>)]) {
        for name in &kind.names {
            let change = |(need, partner): &(Need, Both<(Readings, bool)>)| {
                let readings = both_of(&name.readings, need.permission);
                permission_change(need.permission, readings, *partner)
            };
            let permissions: Vec<_> = needs.iter().filter_map(change).collect();
            if !permissions.is_empty() {
                let name = name.name.clone();
                self.names.push(NameChange { kind: kind.kind, name, permissions });
            }
        }
    }

    /// Adds the changes of the patterns of a kind.
    fn patterns_of(
        &mut self,
        kind: &Kind<'a>,
        needs: &[(Need, Both<(Readings, bool)>)],
        comparison: &Comparison<'a>,
    ) {
        let mut changed: BTreeMap<&'a str, Permissions> = BTreeMap::new();
        for (need, partner) in needs {
            // Without anything to be named with it, nobody sees the permission.
            let seen = |(readings, open): (Readings, bool)| open || !readings.is_empty();
            if seen(partner.old) || seen(partner.new) {
                for pattern in comparison.patterns_that_differ(*need) {
                    *changed.entry(pattern).or_default() |= need.permission.into();
                }
            }
        }
        for (pattern, permissions) in changed {
            let Both { old, new } = kind.patterns.get(pattern).copied().unwrap_or_default();
            self.patterns.push(PatternChange { kind: kind.kind, pattern, old, new, permissions });
        }
    }

    /// Returns when the old token and the new one expire, in Unix seconds. The time alone is never
    /// a difference.
    #[must_use]
    pub fn expires_at(&self) -> (u64, u64) {
        self.expires_at
    }

    /// Returns the authorized users, if they differ.
    #[must_use]
    pub fn user(&self) -> Option<UserChange<'a>> {
        self.user
    }

    /// The kinds of which getting all is answered otherwise.
    #[must_use]
    pub fn categories(&self) -> &[CategoryChange] {
        &self.categories
    }

    /// The names that are granted other permissions, of those that an entry of either token names;
    /// by kind, in the order of their bytes.
    #[must_use]
    pub fn names(&self) -> &[NameChange] {
        &self.names
    }

    /// The patterns that differ, by kind, in the order of their bytes.
    #[must_use]
    pub fn patterns(&self) -> &[PatternChange<'a>] {
        &self.patterns
    }

    /// The projections of DataSync that differ, in the order of their sections and keys.
    #[must_use]
    pub fn projections(&self) -> &[ProjectionChange<'a>] {
        &self.projections
    }

    /// The names that were not compared, because the work allowed for one audit was used up:
    /// hundreds of them together with hundreds of costly patterns. By kind, in the order of their
    /// bytes.
    #[must_use]
    pub fn unchecked(&self) -> &[(ResourceKind, String)] {
        &self.unchecked
    }

    /// Reports whether there is no difference, when the tokens expire aside.
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

/// Returns the change of a permission on a name, if any question can see it.
fn permission_change(
    permission: Permission,
    Both { old, new }: Both<Readings>,
    partner: Both<(Readings, bool)>,
) -> Option<PermissionChange> {
    let (gained, lost) = (new & !old, old & !new);
    let ((old_partner, old_open), (new_partner, new_open)) = (partner.old, partner.new);
    let certain = !(gained & new_partner).is_empty() || !(lost & old_partner).is_empty();
    let possible = !gained.is_empty() && new_open || !lost.is_empty() && old_open;
    (certain || possible).then_some(PermissionChange {
        permission,
        old: verdict(old),
        new: verdict(new),
        gained,
        lost,
        certain,
    })
}
