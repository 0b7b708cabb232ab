//! DataSync's projections: parts of an item that a token can be limited to.
//!
//! The metadata of a token names them under `pn-projections`: `res` by the item, `pat` by patterns. What
//! a projection lets through only the service knows, so that what is granted is in doubt.

use crate::decision::Reason;
use crate::pattern::Pattern;
use crate::resource::{Resource, ResourceKind};
use crate::token::{MetaMap, MetaValue};

use super::permission::GrantQuestion;
use super::{Finding, IN_DOUBT, Observer};

/// The key of the projections in a token's metadata.
pub(crate) const META_KEY: &str = "pn-projections";

/// The member of the projections for items by their id.
pub(crate) const BY_ID: &str = "res";

/// The member of the projections for items by patterns.
pub(crate) const BY_PATTERN: &str = "pat";

/// The projection that hides nothing.
const DEFAULT: &str = "__default__";

/// Returns what the keys of a kind's projections begin with, before a colon and the item's id.
pub(crate) fn projected_kind(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Entity | ResourceKind::Relationship | ResourceKind::Membership => Some(kind.token_key()),
        ResourceKind::User => Some("datasync:users"),
        ResourceKind::Channel => Some("datasync:channels"),
        ResourceKind::Group | ResourceKind::Uuid | ResourceKind::Space => None,
    }
}

/// The token's projections for items of one kind.
struct Projections<'a> {
    kind: &'static str,
    by_id: MetaMap<'a>,
    by_pattern: MetaMap<'a>,
}

impl<'a> Projections<'a> {
    /// Goes through the ids or patterns of the kind, each with its projection.
    fn of_kind(&self, map: MetaMap<'a>) -> impl Iterator<Item = (&'a str, MetaValue<'a>)> + use<'a> {
        let kind = self.kind;
        map.iter().filter_map(move |(key, value)| {
            let key = key.as_str()?.strip_prefix(kind)?.strip_prefix(':')?;
            Some((key, value))
        })
    }
}

impl<'a, O: Observer<'a>> GrantQuestion<'a, '_, O> {
    /// Puts every grant in doubt: which fields the projections of the class have is not known.
    pub(super) fn restricted_by_projections(&mut self, resources: &[Resource<'a>], findings: &mut [Finding]) {
        self.reopen(true, resources, findings);
        for ((position, _), finding) in self.open(resources, findings) {
            self.observer.reason(position, Reason::ProjectionMayRefuse);
            finding.put_in_doubt();
        }
    }

    /// Puts in doubt what is granted on items for which the token names a projection.
    pub(super) fn hidden_by_projections(&mut self, resources: &[Resource<'a>], findings: &mut [Finding]) {
        let Some(kind) = projected_kind(self.access.kind) else { return };
        let section = |projections: MetaMap<'a>, key| match projections.get(key) {
            Some(MetaValue::Map(map)) => map,
            _ => MetaMap::EMPTY,
        };
        let projections = section(self.view.token.meta(), META_KEY);
        let projections =
            Projections { kind, by_id: section(projections, BY_ID), by_pattern: section(projections, BY_PATTERN) };
        if projections.by_id.is_empty() && projections.by_pattern.is_empty() {
            return;
        }
        self.reopen(true, resources, findings);
        self.apply(&projections, resources, findings);
        if O::COMPLETE {
            // What is not granted may be hidden as well, which decides nothing.
            self.reopen(false, resources, findings);
            self.apply(&projections, resources, findings);
        }
    }

    /// Puts in doubt the open findings for which there is a projection.
    fn apply(&mut self, projections: &Projections<'a>, resources: &[Resource<'a>], findings: &mut [Finding]) {
        // Each name is looked for in the metadata from front to back.
        let price = self.steps(self.view.token.as_cbor().len() / 2);
        for ((position, name), finding) in self.open(resources, findings) {
            if self.budget.charge(price).is_err() {
                self.observer.reason(position, Reason::WorkLimitReached);
                finding.put_in_doubt();
                continue;
            }
            let mut named = projections.of_kind(projections.by_id).filter(|(id, _)| *id == name);
            if let Some((_, projection)) = named.next() {
                finding.open = false;
                let projection = projection.as_str();
                if projection != Some(DEFAULT) {
                    self.observer.reason(position, Reason::ProjectionMayHide { projection });
                    finding.put_in_doubt();
                }
            }
        }
        for (pattern, projection) in projections.of_kind(projections.by_pattern) {
            let projection = projection.as_str();
            if projection != Some(DEFAULT) {
                self.projection_pattern(pattern, projection, resources, findings);
            }
        }
        self.open(resources, findings).for_each(|(_, finding)| finding.open = false);
    }

    /// Puts in doubt the open findings whose names a projection's pattern matches, or may match.
    fn projection_pattern(
        &mut self,
        pattern: &str,
        projection: Option<&'a str>,
        resources: &[Resource<'a>],
        findings: &mut [Finding],
    ) {
        let _ = self.budget.charge(self.steps(resources.len() / 16));
        let pattern = Pattern::compile(pattern, self.budget);
        for ((position, name), finding) in self.open(resources, findings) {
            let matched = match &pattern {
                Ok(pattern) => pattern.is_match_parts("", name, self.budget),
                Err(error) => Err(error.clone()),
            };
            if !matches!(matched, Ok(false)) {
                self.observer.reason(position, Reason::ProjectionMayHide { projection });
                finding.put_in_doubt();
            }
        }
    }

    /// Opens the findings of the kind that some reading grants, or those that none does.
    fn reopen(&self, granted: bool, resources: &[Resource<'a>], findings: &mut [Finding]) {
        for (resource, finding) in resources.iter().zip(findings) {
            finding.open = resource.kind == self.access.kind && finding.readings.is_empty() != granted;
        }
    }
}

impl Finding {
    /// Takes away the readings that decide doubts against the requester.
    fn put_in_doubt(&mut self) {
        self.readings = self.readings & IN_DOUBT;
        self.open = false;
    }
}
