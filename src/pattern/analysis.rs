//! Analysis of the names that a pattern can match: every name, no name, or only parts of names,
//! each with the shortest example. Patterns with `\C` or more than 255 positions are not analysed.
//! The result distinguishes an example that does not exist from one that was not found within the
//! budget.
//!
//! The walk visits the automaton's states breadth first. It tries one character for each set of
//! characters that the pattern treats alike.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::Budget;
use super::automaton::{Automaton, Quad, Set, build, build_boxed};
use super::budget::Exhausted;
use super::parsed::Parsed;
use super::syntax::parse;
use crate::request::resource::check_name;

/// The most states of one walk; usual patterns have some dozens.
const MAX_STATES: usize = 2_000;

/// The ways in which a pattern matches names, each with the shortest example. A group's name has
/// two forms, `sports` and `:sports`; examples show the first. Other names have one form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// True if every name was considered: an example that is `None` then does not exist.
    pub(crate) complete: bool,
    /// A name that is matched in whole or in part, in some form.
    pub(crate) matched: Option<String>,
    /// A name that is not matched at all in some form.
    pub(crate) missed: Option<String>,
    /// A name that is matched as a whole in every form.
    pub(crate) whole: Option<String>,
    /// A name of which a beginning is matched, but neither the whole nor an end.
    pub(crate) open_end: Option<String>,
    /// A name of which an end is matched, but neither the whole nor a beginning.
    pub(crate) open_start: Option<String>,
    /// A name that is matched only between its beginning and its end.
    pub(crate) open_both: Option<String>,
    /// A name that is matched in exactly one of its forms, and does not itself begin with a colon.
    pub(crate) one_form: Option<String>,
    /// True if some form of the empty name is matched. Only a group's `:` can stand for that name.
    pub(crate) empty: bool,
}

impl Shape {
    /// Reports whether the pattern matches no possible name, not even in part.
    pub(crate) fn is_nothing(&self) -> bool {
        self.complete && self.matched.is_none() && !self.empty
    }

    /// Reports whether the pattern matches every possible name, in every form.
    pub(crate) fn is_everything(&self) -> bool {
        self.complete && self.missed.is_none()
    }

    /// Returns a name that the pattern matches, as a whole if possible, as its author probably
    /// intended.
    pub(crate) fn example(&self) -> Option<&String> {
        self.whole.as_ref().or(self.matched.as_ref())
    }

    /// Returns the shortest name of which the pattern matches only a part.
    pub(crate) fn unintended(&self) -> Option<&String> {
        self.open_both.as_ref().or(self.open_start.as_ref()).or(self.open_end.as_ref())
    }

    /// Records how each form of a name is matched; `lead` is true if the name begins with a colon.
    fn note(&mut self, name: impl Fn() -> String, forms: &[FormMatch], lead: bool) {
        let keep = |place: &mut Option<String>, seen: bool| {
            if seen && place.is_none() {
                *place = Some(name());
            }
        };
        let matched = |outcome: &FormMatch| outcome.whole || outcome.inside || outcome.end;
        let count = forms.iter().filter(|outcome| matched(outcome)).count();
        keep(&mut self.matched, count > 0);
        keep(&mut self.missed, count < forms.len());
        keep(&mut self.whole, forms.iter().all(|outcome| outcome.whole));
        keep(&mut self.one_form, count == 1 && forms.len() > 1 && !lead);
        if let Some(plain) = forms.first().filter(|plain| !plain.whole) {
            keep(&mut self.open_end, plain.beginning && !plain.end);
            keep(&mut self.open_start, plain.end && !plain.beginning);
            keep(&mut self.open_both, plain.inside && !plain.beginning && !plain.end);
        }
    }
}

/// The ways in which a pattern matches one form of a name.
#[derive(Debug, Clone, Copy)]
struct FormMatch {
    whole: bool,
    /// A match begins at the beginning and ends before the end.
    beginning: bool,
    /// A match ends at the end, wherever it begins.
    end: bool,
    /// A match ends before the end, wherever it begins.
    inside: bool,
}

/// The automaton's state after the characters of a name so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct WalkState<S> {
    /// True if the last character was a word character; `None` at the beginning.
    previous: Option<bool>,
    /// The positions reached by matches that begin at the name's beginning.
    anchored: S,
    /// The positions reached by matches that begin anywhere.
    floating: S,
    beginning: bool,
    inside: bool,
}

/// Characters that an automaton treats alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sort<S> {
    /// The positions that take them.
    taking: S,
    word: bool,
    /// True if they take several bytes, where that matters.
    several_bytes: bool,
}

/// The runs over all forms of a name, and whether the name itself begins with a colon. The second
/// run is that of a group's form with a colon.
type FormStates<S> = (WalkState<S>, Option<WalkState<S>>, bool);

/// A state of the walk: the runs, and the state and the character that led to it.
struct Visited<S> {
    runs: FormStates<S>,
    from: usize,
    by: char,
}

/// Finds the ways in which a pattern matches names. Names of `groups` have a second form with a
/// leading colon. Returns `None` if the pattern is refused, has `\C` or is too large.
pub(crate) fn shape(pattern: &str, groups: bool, budget: &mut Budget) -> Option<Shape> {
    let mut parsed = Parsed::new(pattern);
    parse(&mut parsed, budget).ok()?;
    if let Some(automaton) = build::<u64>(&mut parsed, budget).ok()? {
        return Walk::new(&automaton, groups, budget).ok()?.run(groups, budget).ok();
    }
    let automaton = build_boxed::<Quad>(&mut parsed, budget).ok()??;
    Walk::new(&automaton, groups, budget).ok()?.run(groups, budget).ok()
}

/// A walk through the states of an automaton.
struct Walk<'a, S: Set> {
    automaton: &'a Automaton<S>,
    /// One character of each sort that a name can contain, the plainest first.
    sorts: Vec<(char, Sort<S>)>,
    /// True if an empty match fits between the bytes of a character.
    within_char: bool,
    visited: Vec<Visited<S>>,
    known: BTreeSet<FormStates<S>>,
}

impl<'a, S: Set> Walk<'a, S> {
    fn new(
        automaton: &'a Automaton<S>,
        groups: bool,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let within_char = automaton.fits_within_char(budget)?;
        let (visited, known) = (Vec::new(), BTreeSet::new());
        let mut walk = Self { automaton, sorts: Vec::new(), within_char, visited, known };
        let edges = automaton
            .edges()
            .flat_map(|(low, high)| [low, high.saturating_add(1)])
            .filter_map(char::from_u32);
        let plain = ('a'..='z').chain('0'..='9').chain('A'..='Z').chain('-'..='9').chain(' '..='~');
        let plain = plain.filter(|c| *c != ':');
        // After a range that ends before the surrogates, and after the last one.
        let beyond = ['\u{e9}', '\u{80}', '\u{e000}', '\u{10ffff}'];
        let mut found = BTreeSet::new();
        for character in plain.chain(beyond).chain(edges).chain([':']) {
            budget.charge(
                automaton.unit().saturating_add(S::WORDS.saturating_mul(4)).saturating_add(16),
            )?;
            let sort = walk.sort(character);
            let own = groups && character == ':';
            if check_name(character.encode_utf8(&mut [0; 4])).is_ok() && (found.insert(sort) || own)
            {
                walk.sorts.push((character, sort));
            }
        }
        Ok(walk)
    }

    fn sort(&self, character: char) -> Sort<S> {
        Sort {
            taking: self.automaton.taking(character),
            word: is_word(character),
            several_bytes: self.within_char && !character.is_ascii(),
        }
    }

    fn start(&self) -> WalkState<S> {
        let anchored = self.automaton.start();
        WalkState { previous: None, anchored, floating: S::EMPTY, beginning: false, inside: false }
    }

    /// Passes the assertions that hold before the next character or the end. `next` is true before
    /// a word character, and `None` before the end. Returns the positions reached, and whether the
    /// pattern matches there: from the beginning, and from anywhere.
    fn close(
        &self,
        run: &WalkState<S>,
        next: Option<bool>,
        budget: &mut Budget,
    ) -> Result<[(S, bool); 2], Exhausted> {
        let close =
            |reach: S, budget: &mut Budget| self.automaton.close(reach, run.previous, next, budget);
        Ok([close(run.anchored, budget)?, close(run.floating | self.automaton.start(), budget)?])
    }

    /// Takes one character of a sort.
    fn step(
        &self,
        run: &WalkState<S>,
        sort: &Sort<S>,
        budget: &mut Budget,
    ) -> Result<WalkState<S>, Exhausted> {
        let [(anchored, begun), (floating, ended)] = self.close(run, Some(sort.word), budget)?;
        Ok(WalkState {
            previous: Some(sort.word),
            anchored: self.automaton.after(anchored & sort.taking),
            floating: self.automaton.after(floating & sort.taking),
            beginning: run.beginning || begun,
            inside: run.inside || ended || sort.several_bytes,
        })
    }

    fn outcome(&self, run: &WalkState<S>, budget: &mut Budget) -> Result<FormMatch, Exhausted> {
        let [(_, whole), (_, end)] = self.close(run, None, budget)?;
        Ok(FormMatch { whole, beginning: run.beginning, end, inside: run.inside })
    }

    fn run(mut self, groups: bool, budget: &mut Budget) -> Result<Shape, Exhausted> {
        let mut shape = Shape::default();
        let start = self.start();
        let mut colon = None;
        if groups {
            let run = self.step(&start, &self.sort(':'), budget)?;
            for form in [&run, &start] {
                let outcome = self.outcome(form, budget)?;
                shape.empty |= outcome.whole || outcome.end || outcome.inside;
            }
            colon = Some(run);
        }
        // If the budget runs out, the examples found so far remain.
        shape.complete = self.visit((start, colon, false), &mut shape, budget).unwrap_or(false);
        Ok(shape)
    }

    /// Visits all states. Reports whether the walk was complete, within its limit of states.
    fn visit(
        &mut self,
        start: FormStates<S>,
        shape: &mut Shape,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        self.visited.push(Visited { runs: start, from: 0, by: ':' });
        let mut open = VecDeque::from([0_usize]);
        let work = self.automaton.unit().saturating_mul(4).saturating_add(32);
        while let Some(from) = open.pop_front() {
            for index in 0..self.sorts.len() {
                let (Some(&Visited { runs: (plain, colon, lead), .. }), Some(&(character, sort))) =
                    (self.visited.get(from), self.sorts.get(index))
                else {
                    return Ok(false);
                };
                if self.visited.len() >= MAX_STATES {
                    return Ok(false);
                }
                budget.charge(work)?;
                let lead = lead || from == 0 && colon.is_some() && character == ':';
                let plain = self.step(&plain, &sort, budget)?;
                let colon = colon.map(|run| self.step(&run, &sort, budget)).transpose()?;
                if !self.known.insert((plain, colon, lead)) {
                    continue;
                }
                let at = self.visited.len();
                self.visited.push(Visited { runs: (plain, colon, lead), from, by: character });
                open.push_back(at);
                let plain = self.outcome(&plain, budget)?;
                match colon {
                    Some(run) => {
                        let colon = self.outcome(&run, budget)?;
                        shape.note(|| self.name(at), &[plain, colon], lead);
                    }
                    None => shape.note(|| self.name(at), &[plain], lead),
                }
            }
        }
        Ok(true)
    }

    /// The name that led to a state.
    fn name(&self, mut at: usize) -> String {
        let mut characters = Vec::new();
        while let Some(visited) = self.visited.get(at).filter(|_| at > 0) {
            characters.push(visited.by);
            at = visited.from;
        }
        characters.into_iter().rev().collect()
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests;
