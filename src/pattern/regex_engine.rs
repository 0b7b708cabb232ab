//! The engine for all other patterns. The pattern is rewritten for the `regex` crate, with every
//! class as ranges of code points, so that its meaning stays the same. A pattern that is nested too
//! deeply, or too large once its repetitions are written out, is an error.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use regex::bytes::{Regex, RegexBuilder};

use super::budget::{Budget, Exhausted, steps};
use super::parsed::{Assertion, Class, Parsed, Part};
use super::{PatternError, PatternErrorKind};

/// The most groups open at once. `regex` recurses on nested expressions.
const MAX_NEST: usize = 24;
/// The greatest weight of a pattern, with its repetitions written out.
const MAX_WEIGHT: u64 = 100_000;
/// The most bytes of one compiled form. RE2 takes patterns several times larger.
const SIZE_LIMIT: usize = 1 << 20;

// These prices were measured on the worst patterns of each sort, for both compiled forms together
// and without `regex`'s optional optimisations. Compiling a unit of weight takes about 30
// nanoseconds.

/// Weight of a character.
const CHARACTER: u64 = 2;
/// Weight of a class of ASCII characters, and of any byte.
const CLASS: u64 = 4;
/// Weight of characters beyond ASCII in a class, which become an automaton over their bytes.
const BEYOND: u64 = 70;
/// Weight of one range of them.
const RANGE: u64 = 15;
/// Weight of a bar or a repetition.
const CHOICE: u64 = 4;
/// Steps of weighing a part.
const PART: u64 = 8;
/// Steps of compiling the smallest pattern.
const COMPILE_BASE: u64 = 5_000;
/// Steps of compiling one unit of weight.
const COMPILE_UNIT: u64 = 40;
/// Steps of parsing one byte of the text that is written for `regex`.
const COMPILE_BYTE: u64 = 90;
/// Steps of one active state at one byte of a name.
const MATCH_UNIT: u64 = 12;

/// The weight of the empty pattern, which has a state in `regex`, too.
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

/// A pattern compiled by `regex`.
#[derive(Clone)]
pub(super) struct RegexEngine {
    regex: Regex,
    states: u64,
}

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
        let mut scale =
            Scale { bytes: 0, outer: Vec::new(), weight: EMPTY, item: Weight::default() };
        for part in parsed.parts() {
            budget.charge(PART)?;
            scale.part(part, parsed)?;
        }
        let Weight { build: weight, states } = scale.weight.plus(scale.item);
        if weight > MAX_WEIGHT {
            return Err(too_large("expected fewer repetitions"));
        }
        let text = scale.bytes.saturating_mul(COMPILE_BYTE);
        let compiling =
            weight.saturating_mul(COMPILE_UNIT).saturating_add(text).saturating_add(COMPILE_BASE);
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
        let mut text = String::new();
        for part in parsed.parts() {
            // Writing to a `String` cannot fail.
            let _ = write_part(&mut text, part, parsed);
        }
        Ok(Self { regex: build(&text)?, states: price.states })
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
        Ok(self.regex.is_match(text))
    }
}

fn build(text: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(text)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|_| too_large("expected a pattern that takes less space"))
}

#[cold]
fn too_large(message: &'static str) -> PatternError {
    PatternError::new(PatternErrorKind::TooLarge, 0, message)
}

/// Weighs the parts of a pattern.
struct Scale {
    /// Bytes of the text for `regex`.
    bytes: u64,
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
        let mut bytes = 8;
        match part {
            Part::Literal(_) => self.item(CHARACTER, 1),
            Part::Literals { len, .. } => {
                let len = u64::from(len);
                bytes = len.saturating_mul(6);
                let before = len.saturating_sub(1);
                self.item(CHARACTER.saturating_mul(before), before);
                self.item(CHARACTER, 1);
            }
            Part::Class(number) => {
                let Some((class, ranges)) = class(number, parsed) else { return Ok(()) };
                let starts = class.ascii() & !(class.ascii() << 1);
                let listed = if class.holds_all_beyond() { 0 } else { steps(ranges.len()) };
                bytes = steps(ranges.len())
                    .saturating_add(starts.count_ones().into())
                    .saturating_mul(18);
                let beyond = if ranges.is_empty() { 0 } else { BEYOND };
                self.item(
                    listed.saturating_mul(RANGE).saturating_add(beyond).saturating_add(CLASS),
                    2,
                );
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
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }
}

/// Returns a class with its members beyond ASCII.
fn class<'a>(number: u32, parsed: &'a Parsed<'_>) -> Option<(&'a Class, &'a [(u32, u32)])> {
    let class = parsed.classes.get(usize::try_from(number).ok()?)?;
    Some((class, parsed.classes.ranges(class)))
}

/// Writes a part of a pattern as text for `regex`.
fn write_part(text: &mut String, part: Part, parsed: &Parsed<'_>) -> fmt::Result {
    match part {
        Part::Literal(byte) => write!(text, "\\x{{{byte:x}}}"),
        Part::Literals { from, len } => {
            parsed.literals(from, len).iter().try_for_each(|byte| write!(text, "\\x{{{byte:x}}}"))
        }
        Part::Class(number) => match class(number, parsed) {
            Some((class, ranges)) => write_class(text, class.ascii(), ranges),
            None => Ok(()),
        },
        Part::AnyByte => text.write_str("(?s-u:.)"),
        Part::Assertion(assertion) => text.write_str(match assertion {
            Assertion::BeginText => "(?:\\A)",
            Assertion::EndText => "(?:\\z)",
            Assertion::BeginLine => "(?m:^)",
            Assertion::EndLine => "(?m:$)",
            Assertion::WordBoundary => "(?-u:\\b)",
            Assertion::NotWordBoundary => "(?-u:\\B)",
        }),
        Part::Open => text.write_str("(?:"),
        Part::Bar => text.write_char('|'),
        Part::Close => text.write_char(')'),
        // Always in braces, after which `regex` would read a lone `?` as lazy repetition.
        Part::Repeat { min, max: Some(max) } => write!(text, "{{{min},{max}}}"),
        Part::Repeat { min, max: None } => write!(text, "{{{min},}}"),
    }
}

fn write_class(text: &mut String, mut ascii: u128, ranges: &[(u32, u32)]) -> fmt::Result {
    let start = text.len();
    text.push('[');
    let mut low = 0_u32;
    while ascii != 0 {
        let gap = ascii.trailing_zeros();
        let run = (ascii >> gap).trailing_ones();
        low = low.saturating_add(gap);
        write_range(text, low, low.saturating_add(run).saturating_sub(1))?;
        low = low.saturating_add(run);
        ascii = ascii.checked_shr(gap.saturating_add(run)).unwrap_or_default();
    }
    for &(low, high) in ranges {
        write_range(text, low, high)?;
    }
    text.push(']');
    if text.len() == start.saturating_add(2) {
        // `regex` accepts no empty class, so an empty intersection stands for it.
        text.truncate(start);
        text.push_str("[a&&b]");
    }
    Ok(())
}

/// Writes a range, as the inside of a class. Surrogates are not characters and match nothing.
fn write_range(text: &mut String, low: u32, high: u32) -> fmt::Result {
    for (low, high) in [(low, high.min(0xd7ff)), (low.max(0xe000), high)] {
        if low <= high {
            write!(text, "\\x{{{low:x}}}-\\x{{{high:x}}}")?;
        }
    }
    Ok(())
}
