//! The engine for all other patterns: the `PikeVM` of `regex-automata`. It is built from the parts
//! of the pattern with every class as ranges of code points, so that the meaning stays the same. A
//! pattern that is nested too deeply, or too large once its repetitions are written out, is an
//! error.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::take;
use core::panic::{RefUnwindSafe, UnwindSafe};

use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_syntax::hir::{
    self, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition,
};

use super::budget::{Budget, Exhausted, steps};
use super::parsed::{Assertion, Class, Parsed, Part};
use super::{PatternError, PatternErrorKind};

/// The most groups open at once. `regex-automata` recurses on nested expressions.
const MAX_NEST: usize = 24;
/// The greatest weight of a pattern, with its repetitions written out.
const MAX_WEIGHT: u64 = 100_000;
/// The most bytes of one compiled form. RE2 takes patterns several times larger.
const SIZE_LIMIT: usize = 1 << 20;

// These prices were measured on the worst patterns of each sort. A step of compiling takes less
// than a nanosecond.

/// Weight of a character.
const CHARACTER: u64 = 2;
/// Weight of a class with one run of ASCII characters, and of any byte. Each further run weighs one
/// more.
const CLASS: u64 = 4;
/// Weight of characters beyond ASCII in a class, which become an automaton over their bytes.
const BEYOND: u64 = 70;
/// Weight of one range of them.
const RANGE: u64 = 5;
/// Weight of a bar or a repetition.
const CHOICE: u64 = 4;
/// Steps of weighing a part.
const PART: u64 = 8;
/// Steps of compiling the smallest pattern.
const COMPILE_BASE: u64 = 5_000;
/// Steps of compiling one unit of weight.
const COMPILE_UNIT: u64 = 40;
/// Steps of one part, in addition to its weight.
const COMPILE_PART: u64 = 120;
/// Steps of one active state at one byte of a name.
const MATCH_UNIT: u64 = 12;

/// The weight of the empty pattern, which has a state in `regex-automata`, too.
const EMPTY: Weight = Weight { build: 1, states: 1 };

/// The cost of a part of the pattern, with its repetitions written out.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// The weight of compiling it.
    build: u64,
    /// The states that can be active at once.
    states: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self {
            build: self.build.saturating_add(other.build),
            states: self.states.saturating_add(other.states),
        }
    }

    fn times(self, times: u64) -> Self {
        Self { build: self.build.saturating_mul(times), states: self.states.saturating_mul(times) }
    }
}

/// A pattern compiled by `regex-automata`.
pub(super) struct RegexEngine {
    vm: PikeVM,
    /// Scratch memory for matching. Threads that match at the same time have one each.
    caches: Pool<Cache, NewCache>,
    states: u64,
}

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// The cost of compiling and matching a pattern.
pub(super) struct Price {
    /// Steps of compiling it.
    pub(super) compiling: u64,
    /// The states that can be active at once.
    states: u64,
}

impl Price {
    /// Weighs a parsed pattern.
    pub(super) fn of(parsed: &Parsed<'_>, budget: &mut Budget) -> Result<Self, PatternError> {
        if parsed.is_too_long {
            return Err(too_large("expected fewer parts"));
        }
        let mut scale = Scale { outer: Vec::new(), weight: EMPTY, item: Weight::default() };
        for part in parsed.parts() {
            budget.charge(PART)?;
            scale.part(part, parsed)?;
        }
        let Weight { build: weight, states } = scale.weight.plus(scale.item);
        if weight > MAX_WEIGHT {
            return Err(too_large("expected fewer repetitions"));
        }
        let parts = steps(parsed.parts().count()).saturating_mul(COMPILE_PART);
        let compiling =
            weight.saturating_mul(COMPILE_UNIT).saturating_add(parts).saturating_add(COMPILE_BASE);
        Ok(Price { compiling, states })
    }
}

impl RegexEngine {
    /// Compiles a pattern that has been parsed and weighed.
    pub(super) fn compile(
        parsed: &Parsed<'_>,
        price: &Price,
        budget: &mut Budget,
    ) -> Result<Self, PatternError> {
        budget.charge(price.compiling)?;
        let config = Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(SIZE_LIMIT));
        let vm = Compiler::new()
            .configure(config)
            .build_from_hir(&expression(parsed))
            .and_then(PikeVM::new_from_nfa)
            .map_err(|_| too_large("expected a pattern that takes less space"))?;
        Ok(Self::new(vm, price.states))
    }

    fn new(vm: PikeVM, states: u64) -> Self {
        let of = vm.clone();
        Self { vm, caches: Pool::new(Box::new(move || of.create_cache())), states }
    }

    /// Reports whether the pattern matches some part of `lead` followed by `name`.
    pub(super) fn is_match(
        &self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let length = steps(lead.len()).saturating_add(steps(name.len())).saturating_add(1);
        let unit = self.states.saturating_add(4).saturating_mul(MATCH_UNIT);
        budget.charge(length.saturating_mul(unit))?;
        let joined: Vec<u8>;
        let text = if lead.is_empty() {
            name.as_bytes()
        } else {
            joined = [lead.as_bytes(), name.as_bytes()].concat();
            &joined
        };
        Ok(self.vm.is_match(&mut self.caches.get(), text))
    }
}

impl Clone for RegexEngine {
    fn clone(&self) -> Self {
        Self::new(self.vm.clone(), self.states)
    }
}

#[cold]
fn too_large(message: &'static str) -> PatternError {
    PatternError::new(PatternErrorKind::TooLarge, 0, message)
}

/// Weighs the parts of a pattern.
struct Scale {
    /// The weight before each open group.
    outer: Vec<Weight>,
    /// Weight of the innermost open group so far, without its last item.
    weight: Weight,
    /// Weight of the last item.
    item: Weight,
}

impl Scale {
    fn item(&mut self, build: u64, states: u64) {
        self.weight = self.weight.plus(self.item);
        self.item = Weight { build, states };
    }

    fn part(&mut self, part: Part, parsed: &Parsed<'_>) -> Result<(), PatternError> {
        match part {
            Part::Literal(_) => self.item(CHARACTER, 1),
            Part::Literals { len, .. } => {
                let len = u64::from(len);
                let before = len.saturating_sub(1);
                self.item(CHARACTER.saturating_mul(before), before);
                self.item(CHARACTER, 1);
            }
            Part::Class(number) => {
                let Some((class, ranges)) = class(number, parsed) else { return Ok(()) };
                let listed = if class.holds_all_beyond() { 0 } else { steps(ranges.len()) };
                let beyond = if ranges.is_empty() { 0 } else { BEYOND };
                let runs = class.ascii() & !(class.ascii() << 1);
                let more = u64::from(runs.count_ones().saturating_sub(1));
                let build = listed.saturating_mul(RANGE).saturating_add(beyond);
                self.item(build.saturating_add(CLASS).saturating_add(more), 2);
            }
            Part::AnyByte | Part::Assertion(_) => self.item(CLASS, 1),
            Part::Open => {
                self.item(0, 0);
                if self.outer.len() >= MAX_NEST {
                    return Err(too_large("expected groups nested less deeply"));
                }
                self.outer.push(self.weight);
                self.weight = EMPTY;
            }
            Part::Bar => self.item(CHOICE, 1),
            Part::Close => {
                self.item(0, 0);
                self.item = self.weight;
                self.weight = self.outer.pop().unwrap_or_default();
            }
            Part::Repeat { min, max } => {
                let times = u64::from(max.unwrap_or(min)).max(1);
                self.item = self.item.plus(Weight { build: CHOICE, states: 1 }).times(times);
            }
        }
        Ok(())
    }
}

/// Returns a class with its members beyond ASCII.
fn class<'a>(number: u32, parsed: &'a Parsed<'_>) -> Option<(&'a Class, &'a [(u32, u32)])> {
    let class = parsed.classes.get(usize::try_from(number).ok()?)?;
    Some((class, parsed.classes.ranges(class)))
}

/// An open group: its finished alternatives, and the items of the current one.
#[derive(Default)]
struct OpenGroup {
    alternatives: Vec<Hir>,
    items: Vec<Hir>,
}

impl OpenGroup {
    fn bar(&mut self) {
        self.alternatives.push(Hir::concat(take(&mut self.items)));
    }

    fn close(mut self) -> Hir {
        self.bar();
        Hir::alternation(self.alternatives)
    }
}

/// Converts a pattern to an expression of `regex-syntax`.
fn expression(parsed: &Parsed<'_>) -> Hir {
    let mut outer = Vec::new();
    let mut group = OpenGroup::default();
    for part in parsed.parts() {
        let item = match part {
            Part::Literal(byte) => Hir::literal([byte]),
            Part::Literals { from, len } => {
                // A repetition after them applies only to the last one.
                let Some((last, before)) = parsed.literals(from, len).split_last() else {
                    continue;
                };
                group.items.push(Hir::literal(before));
                Hir::literal([*last])
            }
            Part::Class(number) => match class(number, parsed) {
                Some((class, ranges)) => Hir::class(members(class.ascii(), ranges)),
                None => continue,
            },
            Part::AnyByte => {
                Hir::class(hir::Class::Bytes(ClassBytes::new([ClassBytesRange::new(0, 0xff)])))
            }
            Part::Assertion(assertion) => Hir::look(match assertion {
                Assertion::BeginText => Look::Start,
                Assertion::EndText => Look::End,
                Assertion::BeginLine => Look::StartLF,
                Assertion::EndLine => Look::EndLF,
                Assertion::WordBoundary => Look::WordAscii,
                Assertion::NotWordBoundary => Look::WordAsciiNegate,
            }),
            Part::Open => {
                outer.push(take(&mut group));
                continue;
            }
            Part::Bar => {
                group.bar();
                continue;
            }
            Part::Close => {
                let inner = take(&mut group);
                group = outer.pop().unwrap_or_default();
                inner.close()
            }
            Part::Repeat { min, max } => {
                let Some(sub) = group.items.pop() else { continue };
                Hir::repetition(Repetition {
                    min: min.into(),
                    max: max.map(u32::from),
                    greedy: true,
                    sub: Box::new(sub),
                })
            }
        };
        group.items.push(item);
    }
    group.close()
}

/// Returns the members of a class. Surrogates are not characters and match nothing.
fn members(mut ascii: u128, ranges: &[(u32, u32)]) -> hir::Class {
    let mut class = ClassUnicode::empty();
    let mut push = |low: u32, high: u32| {
        if let (Some(low), Some(high)) = (char::from_u32(low), char::from_u32(high)) {
            class.push(ClassUnicodeRange::new(low, high));
        }
    };
    let mut low = 0_u32;
    while ascii != 0 {
        let gap = ascii.trailing_zeros();
        let run = (ascii >> gap).trailing_ones();
        low = low.saturating_add(gap);
        push(low, low.saturating_add(run).saturating_sub(1));
        low = low.saturating_add(run);
        ascii = ascii.checked_shr(gap.saturating_add(run)).unwrap_or_default();
    }
    for &(low, high) in ranges {
        for (low, high) in [(low, high.min(0xd7ff)), (low.max(0xe000), high)] {
            if low <= high {
                push(low, high);
            }
        }
    }
    hir::Class::Unicode(class)
}
