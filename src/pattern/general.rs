//! The general engine: a pattern written out again for the `regex` crate, every class as ranges of code points, so that
//! nothing can mean something else there. Refuses what is nested too deeply or too large once repetitions are written out.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use regex::bytes::{Regex, RegexBuilder};

use super::syntax::{Assertion, CharSet, Sink, parse};
use super::{Budget, PatternError, PatternErrorKind};

/// Open groups at once. `regex` recurses on nested expressions.
const MAX_NEST: usize = 24;
/// Weight of the pattern with its repetitions written out.
const MAX_WEIGHT: u64 = 100_000;
/// Bytes that one compiled form may take; RE2 takes patterns several times larger.
const SIZE_LIMIT: usize = 1 << 20;

// The prices are those of the worst patterns of each sort, measured for two compiled forms together and without `regex`'s
// optional optimisations. A unit of weight is about 30 nanoseconds of compiling.

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
/// Steps of compiling the smallest pattern.
const COMPILE_BASE: u64 = 5_000;
/// Steps of compiling one unit of weight.
const COMPILE_UNIT: u64 = 40;
/// Steps of reading one byte of the text that is written for `regex`.
const COMPILE_BYTE: u64 = 90;
/// Steps of having one state alive at one byte of a name.
const MATCH_UNIT: u64 = 12;

/// The weight of nothing at all, which `regex` gives a state, too.
const EMPTY: Weight = Weight { build: 1, states: 1 };

/// What a part of the pattern costs with its repetitions written out.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Of compiling it.
    build: u64,
    /// The states that can be alive at once.
    states: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self { build: self.build.saturating_add(other.build), states: self.states.saturating_add(other.states) }
    }

    fn times(self, times: u64) -> Self {
        Self { build: self.build.saturating_mul(times), states: self.states.saturating_mul(times) }
    }
}

/// A pattern compiled by `regex`.
#[derive(Clone)]
pub(super) struct General {
    regex: Regex,
    states: u64,
}

impl General {
    /// Compiles a pattern that has been found valid.
    pub(super) fn compile(pattern: &str, budget: &mut Budget) -> Result<Self, PatternError> {
        let mut writer = Writer::new();
        parse(pattern, budget, &mut writer)?;
        if writer.too_deep {
            return Err(too_large("expected groups nested less deeply"));
        }
        let Weight { build: weight, states } = writer.weight.plus(writer.item);
        if weight > MAX_WEIGHT {
            return Err(too_large("expected fewer repetitions"));
        }
        let length = u64::try_from(writer.text.len()).unwrap_or(u64::MAX).saturating_mul(COMPILE_BYTE);
        budget.charge(weight.saturating_mul(COMPILE_UNIT).saturating_add(length).saturating_add(COMPILE_BASE))?;
        Ok(Self { regex: build(&writer.text)?, states })
    }

    /// Reports whether the pattern matches some part of the name that `lead` and `name` make together.
    pub(super) fn is_match(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<bool, PatternError> {
        let length = lead.len().saturating_add(name.len()).saturating_add(1);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
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

/// Writes the parts of a pattern as text for `regex`, and weighs them.
struct Writer {
    text: String,
    /// Weights of the surroundings of the open groups.
    outer: Vec<Weight>,
    /// Weight of the innermost open group so far, less its last item.
    weight: Weight,
    /// Weight of the last item.
    item: Weight,
    too_deep: bool,
}

impl Writer {
    fn new() -> Self {
        Self { text: String::new(), outer: Vec::new(), weight: EMPTY, item: Weight::default(), too_deep: false }
    }

    fn item(&mut self, build: u64, states: u64) {
        self.weight = self.weight.plus(self.item);
        self.item = Weight { build, states };
    }

    /// A range, as the inside of a class. Surrogates are not characters and match nothing.
    fn range(&mut self, low: u32, high: u32) {
        for (low, high) in [(low, high.min(0xd7ff)), (low.max(0xe000), high)] {
            if low <= high {
                // Writing to a `String` cannot fail.
                let _ = write!(self.text, "\\x{{{low:x}}}-\\x{{{high:x}}}");
            }
        }
    }
}

impl Sink for Writer {
    fn literal(&mut self, byte: u8) {
        self.item(CHARACTER, 1);
        let _ = write!(self.text, "\\x{{{byte:x}}}");
    }

    fn literals(&mut self, run: &[u8]) {
        for &byte in run {
            self.literal(byte);
        }
    }

    fn set(&mut self, set: &CharSet) {
        let ranges = u64::try_from(set.ranges().len()).unwrap_or(u64::MAX);
        let beyond = if ranges > 0 || set.holds_all_beyond() { BEYOND } else { 0 };
        self.item(ranges.saturating_mul(RANGE).saturating_add(beyond).saturating_add(CLASS), 2);
        let start = self.text.len();
        self.text.push('[');
        let mut rest = set.ascii();
        let mut low = 0_u32;
        while rest != 0 {
            let gap = rest.trailing_zeros();
            let run = (rest >> gap).trailing_ones();
            low = low.saturating_add(gap);
            self.range(low, low.saturating_add(run).saturating_sub(1));
            low = low.saturating_add(run);
            rest = rest.checked_shr(gap.saturating_add(run)).unwrap_or_default();
        }
        if set.holds_all_beyond() {
            self.range(0x80, 0x10_ffff);
        }
        for &(low, high) in set.ranges() {
            self.range(low, high);
        }
        self.text.push(']');
        if self.text.len() == start.saturating_add(2) {
            // `regex` takes no empty class as such; between these two no character lies.
            self.text.truncate(start);
            self.text.push_str("[a&&b]");
        }
    }

    fn any_byte(&mut self) {
        self.item(CLASS, 1);
        self.text.push_str("(?s-u:.)");
    }

    fn assertion(&mut self, assertion: Assertion) {
        self.item(CLASS, 1);
        self.text.push_str(match assertion {
            Assertion::BeginText => "(?:\\A)",
            Assertion::EndText => "(?:\\z)",
            Assertion::BeginLine => "(?m:^)",
            Assertion::EndLine => "(?m:$)",
            Assertion::WordBoundary => "(?-u:\\b)",
            Assertion::NotWordBoundary => "(?-u:\\B)",
        });
    }

    fn open(&mut self) {
        self.item(0, 0);
        if self.outer.len() >= MAX_NEST {
            self.too_deep = true;
        }
        self.outer.push(self.weight);
        self.weight = EMPTY;
        self.text.push_str("(?:");
    }

    fn bar(&mut self) {
        self.item(CHOICE, 1);
        self.text.push('|');
    }

    fn close(&mut self) {
        self.item(0, 0);
        self.item = self.weight;
        self.weight = self.outer.pop().unwrap_or_default();
        self.text.push(')');
    }

    fn repeat(&mut self, min: u16, max: Option<u16>) {
        let times = u64::from(max.unwrap_or(min)).max(1);
        self.item = self.item.plus(Weight { build: CHOICE, states: 1 }).times(times);
        // Always in braces: a lone `?` after them would only make them lazy.
        let _ = match max {
            Some(max) => write!(self.text, "{{{min},{max}}}"),
            None => write!(self.text, "{{{min},}}"),
        };
    }
}
