//! DataSync's projections: parts of an item that a token can be limited to.
//!
//! The metadata of a token names them under `pn-projections`: `res` for items, `pat` for patterns
//! of ids. Only the service knows what a projection shows, so it puts a grant in doubt.

use crate::decision::Reason;
use crate::pattern::Pattern;
use crate::request::resource::{Resource, ResourceKind};
use crate::token::{MetaMap, MetaValue, UnverifiedToken};

use super::permission::GrantQuestion;
use super::{Observer, ResourceLookup};

/// The key of the projections in a token's metadata.
pub(crate) const META_KEY: &str = "pn-projections";

/// The member that maps items to projections.
pub(crate) const BY_ID: &str = "res";

/// The member that maps patterns of ids to projections.
pub(crate) const BY_PATTERN: &str = "pat";

/// The projection that hides nothing.
const DEFAULT: &str = "__default__";

/// Returns the prefix of a kind's keys, which a colon and an item's id follow.
pub(crate) fn projected_kind(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Entity | ResourceKind::Relationship | ResourceKind::Membership => {
            Some(kind.token_key())
        }
        ResourceKind::User => Some("datasync:users"),
        ResourceKind::Channel => Some("datasync:channels"),
        ResourceKind::Group | ResourceKind::Uuid | ResourceKind::Space => None,
    }
}

/// Returns all projections in a token's metadata, each as section, key and name.
pub(crate) fn all(
    token: &UnverifiedToken,
) -> impl Iterator<Item = (&'static str, &str, Option<&str>)> {
    let projections = section(token.meta(), META_KEY);
    [BY_ID, BY_PATTERN].into_iter().flat_map(move |key| {
        section(projections, key)
            .iter()
            .filter_map(move |(item, name)| Some((key, item.as_str()?, name.as_str())))
    })
}

/// Returns the map under a key; an empty map if there is none.
fn section<'a>(map: MetaMap<'a>, key: &str) -> MetaMap<'a> {
    match map.get(key) {
        Some(MetaValue::Map(map)) => map,
        _ => MetaMap::EMPTY,
    }
}

/// The token's projections for items of one kind.
struct NamedProjections<'a> {
    kind: &'static str,
    by_id: MetaMap<'a>,
    by_pattern: MetaMap<'a>,
}

impl<'a> NamedProjections<'a> {
    /// Iterates over the ids or patterns of the kind, each with its projection.
    fn of_kind(
        &self,
        map: MetaMap<'a>,
    ) -> impl Iterator<Item = (&'a str, MetaValue<'a>)> + use<'a> {
        let kind = self.kind;
        map.iter().filter_map(move |(key, value)| {
            let key = key.as_str()?.strip_prefix(kind)?.strip_prefix(':')?;
            Some((key, value))
        })
    }
}

impl<'a, O: Observer<'a>> GrantQuestion<'a, '_, O> {
    /// Puts every grant in doubt, since only the service knows the fields of a projection.
    #[inline(never)]
    pub(super) fn restricted_by_projections(
        &mut self,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        self.reopen(true, resources, lookups);
        for ((position, _), lookup) in self.open(resources, lookups) {
            self.observer.reason(position, Reason::ProjectionMayRefuse);
            lookup.open = false;
        }
    }

    /// Finds the items for which the token names a projection, which may hide them.
    #[inline(never)]
    pub(super) fn hidden_by_projections(
        &mut self,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        let Some(kind) = projected_kind(self.access.kind) else { return };
        let projections = section(self.view.token.meta(), META_KEY);
        let projections = NamedProjections {
            kind,
            by_id: section(projections, BY_ID),
            by_pattern: section(projections, BY_PATTERN),
        };
        if projections.by_id.is_empty() && projections.by_pattern.is_empty() {
            return;
        }
        self.reopen(true, resources, lookups);
        self.apply(&projections, resources, lookups);
        if O::COMPLETE {
            // Hiding a resource without grants changes nothing.
            self.reopen(false, resources, lookups);
            self.apply(&projections, resources, lookups);
        }
    }

    /// Marks the open lookups hidden for which the token names a projection.
    fn apply(
        &mut self,
        projections: &NamedProjections<'a>,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        // Each name needs a search through the whole metadata.
        let price = self.steps(self.view.token.as_cbor().len() / 2);
        for ((position, name), lookup) in self.open(resources, lookups) {
            if self.budget.charge(price).is_err() {
                self.observer.reason(position, Reason::WorkLimitReached);
                lookup.hide();
                continue;
            }
            let mut named = projections.of_kind(projections.by_id).filter(|(id, _)| *id == name);
            if let Some((_, projection)) = named.next() {
                lookup.open = false;
                let projection = projection.as_str();
                if projection != Some(DEFAULT) {
                    self.observer.reason(
                        position,
                        Reason::ProjectionMayHide { projection: projection.map(Into::into) },
                    );
                    lookup.hide();
                }
            }
        }
        for (pattern, projection) in projections.of_kind(projections.by_pattern) {
            let projection = projection.as_str();
            if projection != Some(DEFAULT) {
                self.projection_pattern(pattern, projection, resources, lookups);
            }
        }
        self.open(resources, lookups).for_each(|(_, lookup)| lookup.open = false);
    }

    /// Marks the open lookups hidden whose names a projection's pattern matches or may match.
    fn projection_pattern(
        &mut self,
        pattern: &str,
        projection: Option<&'a str>,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        let _ = self.budget.charge(self.steps(resources.len() / 16));
        let pattern = Pattern::compile(pattern, self.budget);
        for ((position, name), lookup) in self.open(resources, lookups) {
            let matched = match &pattern {
                Ok(pattern) => pattern.is_match_parts("", name, self.budget),
                Err(error) => Err(error.clone()),
            };
            if !matches!(matched, Ok(false)) {
                self.observer.reason(
                    position,
                    Reason::ProjectionMayHide { projection: projection.map(Into::into) },
                );
                lookup.hide();
            }
        }
    }

    /// Opens the lookups of the kind that some reading grants, or those that no reading grants.
    fn reopen(&self, granted: bool, resources: &[Resource<'a>], lookups: &mut [ResourceLookup]) {
        for (resource, lookup) in resources.iter().zip(lookups) {
            lookup.open =
                resource.kind == self.access.kind && lookup.readings.is_empty() != granted;
        }
    }
}

impl ResourceLookup {
    fn hide(&mut self) {
        (self.hidden, self.open) = (true, false);
    }
}
