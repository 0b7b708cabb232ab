//! What a pattern makes of all names there can be: whether it matches every one of them, none, or more than whole names,
//! each with the shortest name that shows it. Refuses, by not answering, `\B`, `\C` and patterns of unusual size; what is not
//! found within the budget is told apart from what does not exist.
//!
//! The pattern becomes a program of at most 255 instructions, and its states are walked breadth first over one
//! character of each sort that the pattern tells apart.

mod program;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::Budget;
use super::syntax::parse;
use program::{Assembler, Bits, Program, Sort};

/// States of one walk; usual patterns have some dozens.
const MAX_STATES: usize = 2_000;

/// What is found of the names that can be asked about, each as the shortest name that shows it. A name has two forms
/// where the pattern is about groups, `sports` and `:sports`, and is told by the first; elsewhere it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whether every name has been considered, so that what is `None` does not exist.
    pub(crate) complete: bool,
    /// A name that is matched, or has a part that is, in some form.
    pub(crate) matched: Option<String>,
    /// A name that is not matched at all in some form.
    pub(crate) missed: Option<String>,
    /// A name that is matched as a whole in every form.
    pub(crate) whole: Option<String>,
    /// A name that is not matched as a whole, but a beginning of it is and no end.
    pub(crate) open_end: Option<String>,
    /// A name that is not matched as a whole, but an end of it is and no beginning.
    pub(crate) open_start: Option<String>,
    /// A name that is matched only between its beginning and its end.
    pub(crate) open_both: Option<String>,
    /// A name that is matched in exactly one of its forms, and does not itself begin with a colon.
    pub(crate) one_form: Option<String>,
    /// Whether the empty name, which only a group's `:` can stand for, is matched in some form.
    pub(crate) empty: bool,
}

impl Shape {
    /// Whether the pattern matches no name that can be asked about, not even in part.
    pub(crate) fn is_nothing(&self) -> bool {
        self.complete && self.matched.is_none() && !self.empty
    }

    /// Whether the pattern matches every name that can be asked about, in every form.
    pub(crate) fn is_everything(&self) -> bool {
        self.complete && self.missed.is_none()
    }

    /// A name that the pattern matches, as a whole if there is one: what its author had in mind.
    pub(crate) fn example(&self) -> Option<&String> {
        self.whole.as_ref().or(self.matched.as_ref())
    }

    /// The shortest name that the pattern matches without matching the whole of it.
    pub(crate) fn unintended(&self) -> Option<&String> {
        self.open_both.as_ref().or(self.open_start.as_ref()).or(self.open_end.as_ref())
    }

    /// Takes note of a name; `lead` tells that it begins with a colon.
    fn note(&mut self, name: impl Fn() -> String, forms: &[Outcome], lead: bool) {
        let keep = |place: &mut Option<String>, seen: bool| {
            if seen && place.is_none() {
                *place = Some(name());
            }
        };
        let matched = |outcome: &Outcome| outcome.whole || outcome.inside || outcome.end;
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

/// How a pattern matches one form of a name.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    whole: bool,
    /// A match begins at the beginning and ends before the end.
    beginning: bool,
    /// A match ends at the end, wherever it begins.
    end: bool,
    /// A match ends before the end, wherever it begins.
    inside: bool,
}

/// What came before the place that a run has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Previous {
    Nothing,
    Word,
    Other,
}

/// A run over the characters of a name so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    previous: Previous,
    /// Where the program is if it began at the beginning.
    anchored: Bits,
    /// Where it is if it began anywhere before this place.
    floating: Bits,
    beginning: bool,
    inside: bool,
}

impl Run {
    const START: Run = Run {
        previous: Previous::Nothing,
        anchored: Bits::START,
        floating: Bits::EMPTY,
        beginning: false,
        inside: false,
    };

    /// Takes one character of a sort.
    fn step(&self, program: &Program, sort: &Sort) -> Run {
        let next = Some(sort.word);
        let (anchored, begun) = program.close(self.anchored, self.word(), next);
        let (floating, ended) = program.close(self.floating | Bits::START, self.word(), next);
        Run {
            previous: if sort.word { Previous::Word } else { Previous::Other },
            anchored: program.consume(anchored, sort),
            floating: program.consume(floating, sort),
            beginning: self.beginning || begun,
            inside: self.inside || ended,
        }
    }

    fn outcome(&self, program: &Program) -> Outcome {
        let (_, whole) = program.close(self.anchored, self.word(), None);
        let (_, end) = program.close(self.floating | Bits::START, self.word(), None);
        Outcome { whole, beginning: self.beginning, end, inside: self.inside }
    }

    /// Whether a word character came before; `None` at the beginning.
    fn word(&self) -> Option<bool> {
        match self.previous {
            Previous::Nothing => None,
            Previous::Word => Some(true),
            Previous::Other => Some(false),
        }
    }
}

/// The runs over all forms of a name, and whether the name itself begins with a colon: a group has one form more then.
type Runs = (Run, Option<Run>, bool);

/// A state of the walk: the runs, and how they came about.
struct Visited {
    runs: Runs,
    from: usize,
    by: char,
}

/// Finds out what a pattern makes of all names; those of `groups` have a second form with a leading colon. `None` if the
/// pattern cannot be read, or is of a sort that is not looked at.
pub(crate) fn shape(pattern: &str, groups: bool, budget: &mut Budget) -> Option<Shape> {
    let mut assembler = Assembler::new();
    parse(pattern, budget, &mut assembler).ok()?;
    let program = assembler.finish()?;
    let sorts = program.sorts(groups, budget)?;
    let colon = groups.then(|| Run::START.step(&program, &program.sort(':')));
    let mut walk = Walk { program: &program, sorts: &sorts, visited: Vec::new(), known: BTreeMap::new() };
    Some(walk.run((Run::START, colon, false), budget))
}

struct Walk<'a> {
    program: &'a Program,
    sorts: &'a [Sort],
    visited: Vec<Visited>,
    known: BTreeMap<Runs, ()>,
}

impl Walk<'_> {
    fn run(&mut self, start: Runs, budget: &mut Budget) -> Shape {
        let mut shape = Shape::default();
        let empty = start.1.into_iter().chain(start.1.map(|_| start.0)).map(|run| run.outcome(self.program));
        shape.empty = empty.into_iter().any(|outcome| outcome.whole || outcome.end || outcome.inside);
        self.visited.push(Visited { runs: start, from: 0, by: ':' });
        let mut open = VecDeque::from([0_usize]);
        let work = u64::try_from(self.program.len()).unwrap_or(u64::MAX).saturating_mul(4).saturating_add(32);
        while let Some(from) = open.pop_front() {
            for sort in self.sorts {
                if self.visited.len() >= MAX_STATES || budget.charge(work).is_err() {
                    return shape;
                }
                let Some(Visited { runs: (plain, colon, lead), .. }) = self.visited.get(from) else { return shape };
                let lead = *lead || from == 0 && colon.is_some() && sort.character == ':';
                let colon = colon.map(|run| run.step(self.program, sort));
                let runs = (plain.step(self.program, sort), colon, lead);
                if self.known.insert(runs, ()).is_some() {
                    continue;
                }
                let at = self.visited.len();
                self.visited.push(Visited { runs, from, by: sort.character });
                open.push_back(at);
                let plain = runs.0.outcome(self.program);
                match runs.1.map(|run| run.outcome(self.program)) {
                    Some(colon) => shape.note(|| self.name(at), &[plain, colon], lead),
                    None => shape.note(|| self.name(at), &[plain], lead),
                }
            }
        }
        shape.complete = true;
        shape
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

#[cfg(test)]
mod tests;
