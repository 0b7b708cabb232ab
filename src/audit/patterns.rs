//! What is wrong with the patterns of one kind: those that cannot be issued or matched, that match nothing or everything,
//! or that match other names than they seem to.

use alloc::format;
use alloc::string::String;

use crate::pattern::{Pattern, PatternError, PatternErrorKind, Shape};
use crate::resource::ResourceKind;
use crate::token::Grant;

use super::STEPS_OF_ONE;
use super::advice::{Glob, anchored, glob, is_anchored, uncaptured};
use super::finding::{FindingCode, Place, shown};
use super::lint::Lint;
use super::rules::Table;

impl<'a> Lint<'a> {
    pub(super) fn patterns(&mut self, kind: ResourceKind, table: &Table<'a>) {
        let mut unchecked: usize = 0;
        for (grant, pattern) in &table.patterns {
            let place = Place::Pattern(kind, grant.name);
            self.mask(kind, *grant, place);
            let checked = match pattern {
                Ok(pattern) => self.pattern(kind, *grant, pattern, place),
                Err(error) => self.unusable(grant.name, error, place),
            };
            unchecked = unchecked.saturating_add(usize::from(!checked));
        }
        self.not_checked("patterns", kind, unchecked, "in full");
    }

    /// A pattern that does not compile. False if that is for want of work.
    fn unusable(&mut self, pattern: &'a str, error: &PatternError, place: Place<'a>) -> bool {
        match error.kind() {
            PatternErrorKind::BudgetExhausted => return false,
            PatternErrorKind::Syntax => {
                let cost = format!("RE2 refuses it, so that the service does not issue the token ({error})");
                let advice = match glob(pattern) {
                    Some(Glob { meant, .. }) => format!("patterns are no globs: write {}", shown(&meant)),
                    None => String::from("write a pattern in RE2's syntax"),
                };
                self.find(FindingCode::RefusedPattern, place, cost, advice);
            }
            PatternErrorKind::Unsupported | PatternErrorKind::TooLarge => {
                let cost = format!("cannot be matched here, so that every answer it bears on is in doubt ({error})");
                let advice = "write a simpler pattern if answers are to be had without the service";
                self.find(FindingCode::UndecidablePattern, place, cost, advice);
            }
        }
        true
    }

    /// A pattern that compiles. False if it could not be checked in full.
    fn pattern(&mut self, kind: ResourceKind, grant: Grant<'a>, pattern: &Pattern, place: Place<'a>) -> bool {
        if pattern.has_capturing_group() {
            let cost = "the service refuses capturing groups, so that it does not issue the token";
            self.find(FindingCode::CapturingGroup, place, cost, "write (?: instead of (");
        }
        if self.glob(kind, grant.name, pattern, place) {
            return true;
        }
        let groups = kind == ResourceKind::Group;
        // A pattern that takes all that one may take is looked into as far as any is.
        let enough = self.work.allowance().left() == STEPS_OF_ONE;
        let Some(shape) = self.work.shape(grant.name, groups) else { return enough };
        self.shape(kind, grant.name, &shape, place);
        shape.complete || enough
    }

    /// A pattern that does not match what it would match as a glob.
    fn glob(&mut self, kind: ResourceKind, text: &str, pattern: &Pattern, place: Place<'a>) -> bool {
        let Some(Glob { meant, example, is_plausible }) = glob(text) else { return false };
        if pattern.is_match_parts("", &example, &mut self.work.matches) != Ok(false) {
            return false;
        }
        let cost = format!("* repeats the character before it, so that {} is not matched as a whole", shown(&example));
        let written = self.for_kind(kind, meant);
        let (code, advice) = if is_plausible {
            let advice = format!("write {} if * is to stand for anything", shown(&written));
            (FindingCode::PossibleGlobPattern, advice)
        } else {
            (FindingCode::GlobPattern, format!("write {}", shown(&written)))
        };
        self.find(code, place, cost, advice);
        true
    }

    fn shape(&mut self, kind: ResourceKind, pattern: &str, shape: &Shape, place: Place<'a>) {
        let groups = kind == ResourceKind::Group;
        let kinds = kind.plural();
        if shape.is_nothing() {
            let cost = format!("no name of {kinds} is matched, so that nothing is granted");
            self.find(
                FindingCode::PatternMatchesNothing,
                place,
                cost,
                "leave it out, or match the names that are meant",
            );
            return;
        }
        let everything = if shape.is_everything() {
            Some(format!("matches every name: the holder has the permissions on all {kinds}, later ones included"))
        } else if shape.is_everything_in_part() {
            Some(format!("where patterns are searched for within names, it matches every name of {kinds}"))
        } else {
            None
        };
        if let Some(cost) = everything {
            let advice = "match the names that are meant, as in ^room-.*$";
            self.find(FindingCode::PatternMatchesEverything, place, cost, advice);
            return;
        }
        self.anchors(kind, pattern, shape, place);
        let depends = shape.one_form.as_ref().filter(|_| groups);
        if let Some(name) = depends {
            let cost = format!(
                "matches one of {} and {}, and which of them patterns see is not documented",
                shown(name),
                shown(&format!(":{name}"))
            );
            let advice = match self.with_colon(pattern) {
                Some(written) => format!("write {}", shown(&written)),
                None => String::from("write ^:? at its start"),
            };
            self.find(FindingCode::GroupPatternDependsOnColon, place, cost, advice);
        }
    }

    /// Names that are matched in part.
    fn anchors(&mut self, kind: ResourceKind, pattern: &str, shape: &Shape, place: Place<'a>) {
        let groups = kind == ResourceKind::Group;
        let Shape { open_both, open_start, open_end, .. } = shape;
        let Some(example) = open_both.as_ref().or(open_start.as_ref()).or(open_end.as_ref()) else { return };
        let (code, how) = match (open_both, open_start, open_end) {
            (Some(_), ..) => (FindingCode::UnanchoredPattern, "has no anchors"),
            (None, Some(_), None) => (FindingCode::HalfAnchoredPattern, "is not anchored at the start"),
            (None, None, _) => (FindingCode::HalfAnchoredPattern, "is not anchored at the end"),
            (None, Some(_), Some(_)) => {
                (FindingCode::HalfAnchoredPattern, "has alternatives that are not anchored at both ends")
            }
        };
        let cost = format!("{how}: where patterns are searched for within names, {} is granted too", shown(example));
        let mut budget = self.work.allowance();
        let pattern = uncaptured(pattern);
        let pattern = pattern.as_str();
        let whole = anchored(pattern, groups, &mut budget);
        let inner = pattern.strip_prefix('^').filter(|_| open_start.is_none() && open_both.is_none());
        let longer = inner.filter(|_| !pattern.contains('|')).map(|inner| format!("^{inner}.*$"));
        let longer = longer.filter(|longer| is_anchored(longer, groups, &mut budget));
        self.work.settle(&budget);
        let whole = whole.map(|whole| self.for_kind(kind, whole));
        let longer = longer.map(|longer| self.for_kind(kind, longer));
        let advice = match (whole, longer) {
            (Some(whole), Some(longer)) => {
                format!("write {}, or {} for every name that begins so", shown(&whole), shown(&longer))
            }
            (Some(whole), None) => format!("write {}", shown(&whole)),
            (None, _) => String::from("write ^ at the start and $ at the end of each alternative"),
        };
        self.find(code, place, cost, advice);
    }

    /// A pattern to recommend: one for groups matches both forms of their names, if that can be written.
    fn for_kind(&mut self, kind: ResourceKind, pattern: String) -> String {
        let colon = if kind == ResourceKind::Group { self.with_colon(&pattern) } else { None };
        colon.unwrap_or(pattern)
    }

    /// The pattern with an optional colon at its start, if that settles it.
    fn with_colon(&mut self, pattern: &str) -> Option<String> {
        let pattern = uncaptured(pattern);
        let inner = pattern.strip_prefix('^')?;
        let inner = inner.strip_prefix(':').filter(|rest| !rest.starts_with(['?', '*', '+', '{'])).unwrap_or(inner);
        let written = format!("^:?{inner}");
        let shape = self.work.shape(&written, true);
        let settled = shape.is_some_and(|shape| shape.complete && shape.one_form.is_none());
        settled.then_some(written)
    }
}
