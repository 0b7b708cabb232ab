//! Findings about patterns that cannot be issued or matched, that match nothing or everything, or
//! that match other names than they seem to.

use alloc::format;
use alloc::string::String;

use crate::arithmetic::CannotOverflow;
use crate::pattern::{Pattern, PatternError, PatternErrorKind, Shape};
use crate::request::resource::ResourceKind;
use crate::token::Grant;

use super::SHAPE_STEPS_PER_PATTERN;
use super::advice::{
    Glob, NameWildcard, anchored, glob, is_anchored, name_wildcard, uncaptured, with_escaped_dots,
};
use super::finding::{FindingCode, Location, shown};
use super::lint::Lint;
use super::rules::KindGrants;

impl<'a> Lint<'a> {
    pub(super) fn patterns(&mut self, kind: ResourceKind, table: &KindGrants<'a>) {
        let mut unchecked: usize = 0;
        for (position, grant) in table.patterns.iter().enumerate() {
            let location = Location::Pattern(kind, grant.name);
            self.mask(kind, *grant, location);
            let compiled = table.compiled(position, &mut self.work.matches);
            let checked = match &compiled.pattern {
                Ok(pattern) => self.pattern(kind, *grant, pattern, location),
                Err(error) => self.unusable(grant.name, error, location),
            };
            unchecked = unchecked.plus(usize::from(!checked));
        }
        self.not_checked("patterns", kind, unchecked, "in full");
    }

    /// Reports a pattern that does not compile. Returns false if the work limit is the reason.
    fn unusable(&mut self, pattern: &'a str, error: &PatternError, location: Location<'a>) -> bool {
        match error.kind() {
            PatternErrorKind::WorkLimitReached => return false,
            PatternErrorKind::Syntax => {
                let cost = format!(
                    "RE2 refuses it, so that the service does not issue the token ({error})"
                );
                let advice = match glob(pattern) {
                    Some(Glob { meant, .. }) => {
                        format!("patterns are no globs: write {}", shown(&meant))
                    }
                    None => String::from("write a pattern in RE2's syntax"),
                };
                self.find(FindingCode::RefusedPattern, location, cost, advice);
            }
            PatternErrorKind::TooLarge => {
                let cost = format!(
                    "cannot be matched here: every verdict that depends on it is indeterminate ({error})"
                );
                let advice = "write a simpler pattern to get verdicts without the service";
                self.find(FindingCode::UndecidablePattern, location, cost, advice);
            }
        }
        true
    }

    /// Checks a pattern that compiles. Returns false if the check is incomplete.
    fn pattern(
        &mut self,
        kind: ResourceKind,
        grant: Grant<'a>,
        pattern: &Pattern,
        location: Location<'a>,
    ) -> bool {
        if pattern.has_capturing_group() {
            let cost = "the service refuses capturing groups, so that it does not issue the token";
            self.find(FindingCode::CapturingGroup, location, cost, "write (?: instead of (");
        }
        if kind == ResourceKind::User {
            if (grant.permissions & self.rules.known(kind)).is_empty() {
                return true;
            }
            let cost = "nobody documents how the service matches patterns of users: a verdict that depends on one is indeterminate";
            self.find(FindingCode::UserPatternInDoubt, location, cost, "grant users by entries");
            return true;
        }
        let groups = kind == ResourceKind::Group;
        // With the largest allowance, an incomplete result is the pattern's own fault: no audit
        // checks more.
        let enough = self.work.allowance().left() == SHAPE_STEPS_PER_PATTERN;
        let Some(shape) = self.work.shape(grant.name, groups) else { return enough };
        if !self.glob(kind, grant.name, pattern, &shape, location) {
            self.shape(kind, grant.name, pattern, &shape, location);
        }
        shape.complete || enough
    }

    /// Finds a pattern that matches other names than it would as a glob.
    fn glob(
        &mut self,
        kind: ResourceKind,
        text: &str,
        pattern: &Pattern,
        shape: &Shape,
        location: Location<'a>,
    ) -> bool {
        let Some(Glob { meant, example, is_plausible }) = glob(text) else { return false };
        let effect = if self.finds(pattern, &example) {
            let names = shape.whole.iter().chain(shape.unintended());
            let Some(name) = self.not_matched(&meant, names) else { return false };
            format!("{} is granted too", shown(&name))
        } else {
            format!("{} is not matched", shown(&example))
        };
        let cost = format!("* repeats the character before it, so that {effect}");
        let written = self.for_kind(kind, meant);
        let (code, advice) = if is_plausible {
            let advice = format!("write {} if * is to stand for anything", shown(&written));
            (FindingCode::PossibleGlobPattern, advice)
        } else {
            (FindingCode::GlobPattern, format!("write {}", shown(&written)))
        };
        self.find(code, location, cost, advice);
        true
    }

    /// Reports whether a pattern is certain to match a name.
    fn finds(&mut self, pattern: &Pattern, name: &str) -> bool {
        pattern.is_match_parts("", name, &mut self.work.matches) == Ok(true)
    }

    /// Returns the first of some names that a pattern does not match.
    fn not_matched<'n>(
        &mut self,
        pattern: &str,
        names: impl Iterator<Item = &'n String>,
    ) -> Option<String> {
        let pattern = Pattern::compile(pattern, &mut self.work.matches).ok()?;
        names.into_iter().find(|name| !self.finds(&pattern, name)).cloned()
    }

    fn shape(
        &mut self,
        kind: ResourceKind,
        text: &str,
        pattern: &Pattern,
        shape: &Shape,
        location: Location<'a>,
    ) {
        let groups = kind == ResourceKind::Group;
        let kinds = kind.plural();
        if shape.is_nothing() {
            let cost = format!("matches no name of {kinds}: it grants nothing");
            let advice = "leave it out, or match the names that are meant";
            self.find(FindingCode::PatternMatchesNothing, location, cost, advice);
            return;
        }
        if shape.is_everything() {
            let cost = format!(
                "matches every name: the holder has the permissions on all {kinds}, later ones included"
            );
            let advice = "match the names that are meant, as in ^room-.*$";
            self.find(FindingCode::PatternMatchesEverything, location, cost, advice);
            return;
        }
        if !self.anchors(kind, text, pattern, shape, location) {
            self.dots(text, shape, location);
        }
        let depends = shape.one_form.as_ref().filter(|_| groups);
        if let Some(name) = depends {
            let cost = format!(
                "matches one of {} and {}, and which of them the service matches patterns against is not documented",
                shown(name),
                shown(&format!(":{name}"))
            );
            let advice = match self.with_colon(text) {
                Some(written) => format!("write {}", shown(&written)),
                None => String::from("write ^:? at its start"),
            };
            self.find(FindingCode::GroupPatternDependsOnColon, location, cost, advice);
        }
    }

    /// Finds a pattern that matches parts of names, with an example of what it grants beyond whole
    /// names.
    fn anchors(
        &mut self,
        kind: ResourceKind,
        text: &str,
        pattern: &Pattern,
        shape: &Shape,
        location: Location<'a>,
    ) -> bool {
        let Shape { open_both, open_start, open_end, .. } = shape;
        let Some(example) = shape.unintended() else { return false };
        let (code, how) = match (open_both, open_start, open_end) {
            (Some(_), ..) => (FindingCode::UnanchoredPattern, "has no anchors"),
            (None, Some(_), None) => {
                (FindingCode::HalfAnchoredPattern, "is not anchored at the start")
            }
            (None, None, _) => (FindingCode::HalfAnchoredPattern, "is not anchored at the end"),
            (None, Some(_), Some(_)) => (
                FindingCode::HalfAnchoredPattern,
                "has alternatives that are not anchored at both ends",
            ),
        };
        let mut cost =
            format!("{how}, so it matches parts of names: {} is granted too", shown(example));
        // DataSync's projections have mirror channels, as in `__admin__room`.
        let meant = name_wildcard(text)
            .map(|wildcard| format!("{}1", wildcard.prefix))
            .or(shape.whole.clone());
        let mirror =
            meant.filter(|_| kind == ResourceKind::Channel).map(|name| format!("__admin__{name}"));
        if let Some(mirror) = mirror.filter(|mirror| self.finds(pattern, mirror)) {
            cost.push_str(&format!(", and so is {}, the mirror of a projection", shown(&mirror)));
        }
        let advice = self.anchored_advice(kind, text, shape);
        self.find(code, location, cost, advice);
        true
    }

    /// Writes the advice for a pattern that is not anchored.
    fn anchored_advice(&mut self, kind: ResourceKind, text: &str, shape: &Shape) -> String {
        let groups = kind == ResourceKind::Group;
        if let Some(NameWildcard { narrow, wide, prefix, beyond }) = name_wildcard(text) {
            let (narrow, wide) = (self.for_kind(kind, narrow), self.for_kind(kind, wide));
            return format!(
                "write {} for the names that begin with {}, or {} for {} as well",
                shown(&narrow),
                shown(&prefix),
                shown(&wide),
                shown(&beyond)
            );
        }
        let pattern = uncaptured(text);
        let pattern = with_escaped_dots(&pattern).unwrap_or(pattern);
        let pattern = pattern.as_str();
        let mut budget = self.work.allowance();
        let whole = anchored(pattern, groups, &mut budget);
        let starts = shape.open_start.is_none() && shape.open_both.is_none();
        // A pattern that ends in a separator is more likely a prefix than a whole name.
        let is_beginning = pattern.ends_with(['-', '_', '.', ':', '/']);
        let inner =
            pattern.strip_prefix('^').filter(|_| starts).or(Some(pattern).filter(|_| is_beginning));
        let longer = inner.filter(|_| !pattern.contains('|')).map(|inner| format!("^{inner}.*$"));
        let longer = longer.filter(|longer| is_anchored(longer, groups, &mut budget));
        self.work.settle(&budget);
        let whole = whole.map(|whole| self.for_kind(kind, whole));
        let longer = longer.map(|longer| self.for_kind(kind, longer));
        match (whole, longer) {
            (Some(whole), Some(longer)) => {
                format!(
                    "write {}, or {} for every name that begins so",
                    shown(&whole),
                    shown(&longer)
                )
            }
            (Some(whole), None) => format!("write {}", shown(&whole)),
            (None, _) => String::from("write ^ at the start and $ at the end of each alternative"),
        }
    }

    /// Finds dots between literals that stand for any character.
    fn dots(&mut self, text: &str, shape: &Shape, location: Location<'a>) {
        let Some(written) = with_escaped_dots(text) else { return };
        let Some(name) = self.not_matched(&written, shape.example().into_iter()) else { return };
        let cost = format!("a dot stands for any character: {} is granted too", shown(&name));
        let advice = format!("write {} if the dots are those of names", shown(&written));
        self.find(FindingCode::UnescapedDot, location, cost, advice);
    }

    /// Returns the pattern to recommend; one for groups matches both forms of names if possible.
    fn for_kind(&mut self, kind: ResourceKind, pattern: String) -> String {
        let colon = if kind == ResourceKind::Group { self.with_colon(&pattern) } else { None };
        colon.unwrap_or(pattern)
    }

    /// Returns the pattern with an optional colon at its start, if it then matches both forms.
    fn with_colon(&mut self, pattern: &str) -> Option<String> {
        let pattern = uncaptured(pattern);
        let inner = pattern.strip_prefix('^')?;
        let inner = inner
            .strip_prefix(':')
            .filter(|rest| !rest.starts_with(['?', '*', '+', '{']))
            .unwrap_or(inner);
        let written = format!("^:?{inner}");
        let shape = self.work.shape(&written, true);
        let settled = shape.is_some_and(|shape| shape.complete && shape.one_form.is_none());
        settled.then_some(written)
    }
}
