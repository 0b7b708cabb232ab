//! A pattern as a program for a machine that is in many places at once, put together while the pattern is read. Refuses,
//! by giving up, what needs more than [`MAX_PROGRAM`] instructions, `\B` (RE2 finds it within characters) and `\C`.

use alloc::vec::Vec;
use core::ops::BitOr;

use super::super::Budget;
use super::super::syntax::{Assertion, CharSet, Sink};
use crate::resource::check_name;

/// Instructions of one program.
pub(super) const MAX_PROGRAM: usize = 255;
/// Different sets of characters in one program.
const MAX_SETS: usize = 64;
/// Ranges of all sets together.
const MAX_RANGES: usize = 512;
/// Open groups at once.
const MAX_NEST: usize = 100;

/// A set of places in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bits([u64; 4]);

impl Bits {
    pub(super) const EMPTY: Bits = Bits([0; 4]);
    /// The first instruction alone.
    pub(super) const START: Bits = Bits([1, 0, 0, 0]);

    /// Adds a place. False if it was there.
    fn add(&mut self, place: usize) -> bool {
        let bit = 1_u64.wrapping_shl(u32::try_from(place & 63).unwrap_or_default());
        let Some(word) = self.0.get_mut(place >> 6) else { return false };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            core::iter::from_fn(move || {
                let bit = usize::try_from(word.trailing_zeros()).ok().filter(|_| word != 0)?;
                word &= word.wrapping_sub(1);
                Some(at.saturating_mul(64).saturating_add(bit))
            })
        })
    }
}

impl BitOr for Bits {
    type Output = Bits;

    fn bitor(self, other: Bits) -> Bits {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Bits([a | e, b | f, c | g, d | h])
    }
}

/// One instruction. Jumps are relative to it, so that parts of a program can be copied.
#[derive(Debug, Clone, Copy)]
enum Instruction {
    /// Takes a character of the set with this number.
    Take(usize),
    Assert(Assertion),
    /// Goes on at the next instruction, and also so far ahead.
    Fork(usize),
    Ahead(usize),
    Back(usize),
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Members {
    ascii: u128,
    all_beyond: bool,
    beyond: Vec<(u32, u32)>,
}

impl Members {
    fn hold(&self, character: char) -> bool {
        let code = u32::from(character);
        if code < 0x80 {
            return self.ascii.wrapping_shr(code) & 1 == 1;
        }
        let index = self.beyond.partition_point(|&(_, high)| high < code);
        self.all_beyond || self.beyond.get(index).is_some_and(|&(low, _)| low <= code)
    }
}

/// Characters that a program does not tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    /// One of them.
    pub(super) character: char,
    pub(super) word: bool,
    /// The sets that hold them.
    sets: u64,
}

/// A program; the place after its last instruction accepts.
#[derive(Debug)]
pub(super) struct Program {
    code: Vec<Instruction>,
    sets: Vec<Members>,
}

impl Program {
    pub(super) fn len(&self) -> usize {
        self.code.len()
    }

    /// Goes on from `places` without taking a character, between one that is a word character as `previous` says and one
    /// as `next` says. Gives the places reached and whether the end is among them.
    pub(super) fn close(&self, places: Bits, previous: Option<bool>, next: Option<bool>) -> (Bits, bool) {
        let mut reached = Bits::EMPTY;
        let mut todo: Vec<usize> = places.iter().collect();
        let mut accepts = false;
        while let Some(at) = todo.pop() {
            if !reached.add(at) {
                continue;
            }
            let after = at.saturating_add(1);
            match self.code.get(at) {
                None => accepts = true,
                Some(Instruction::Take(_)) => {}
                Some(Instruction::Assert(assertion)) => {
                    // There is no line feed in a name.
                    let holds = match assertion {
                        Assertion::BeginText | Assertion::BeginLine => previous.is_none(),
                        Assertion::EndText | Assertion::EndLine => next.is_none(),
                        Assertion::WordBoundary => {
                            previous == Some(true) && next != Some(true) || previous != Some(true) && next == Some(true)
                        }
                        // No program has one.
                        Assertion::NotWordBoundary => false,
                    };
                    if holds {
                        todo.push(after);
                    }
                }
                Some(Instruction::Fork(by)) => todo.extend([after, at.saturating_add(*by)]),
                Some(Instruction::Ahead(by)) => todo.push(at.saturating_add(*by)),
                Some(Instruction::Back(by)) => todo.push(at.saturating_sub(*by)),
            }
        }
        (reached, accepts)
    }

    /// Where the program is after a character of a sort.
    pub(super) fn consume(&self, places: Bits, sort: &Sort) -> Bits {
        let mut after = Bits::EMPTY;
        for at in places.iter() {
            if let Some(Instruction::Take(set)) = self.code.get(at) {
                if sort.sets.wrapping_shr(u32::try_from(*set).unwrap_or_default()) & 1 == 1 {
                    after.add(at.saturating_add(1));
                }
            }
        }
        after
    }

    /// The sort of a character.
    pub(super) fn sort(&self, character: char) -> Sort {
        let word = character.is_ascii_alphanumeric() || character == '_';
        let bits = self.sets.iter().map(|set| u64::from(set.hold(character)));
        let sets = bits.rev().fold(0, |bits, bit| bits << 1 | bit);
        Sort { character, word, sets }
    }

    /// One character of each sort that a name can hold, the plainest ones first. With `colon`, that is a sort of its own.
    pub(super) fn sorts(&self, colon: bool, budget: &mut Budget) -> Option<Vec<Sort>> {
        let edges = self.sets.iter().flat_map(|set| &set.beyond);
        let edges = edges.flat_map(|&(low, high)| [low, high.saturating_add(1)]).filter_map(char::from_u32);
        let plain = ('a'..='z').chain('0'..='9').chain('A'..='Z').chain('-'..='9').chain(' '..='~');
        let plain = plain.filter(|c| *c != ':');
        // After a range that ends before the surrogates, and after the last one.
        let beyond = ['\u{e9}', '\u{80}', '\u{e000}', '\u{10ffff}'];
        let mut sorts: Vec<Sort> = Vec::new();
        for character in plain.chain(beyond).chain(edges).chain([':']) {
            let cost = self.sets.len().saturating_add(sorts.len()).saturating_add(4);
            budget.charge(u64::try_from(cost).unwrap_or(u64::MAX)).ok()?;
            let sort = self.sort(character);
            let known = sorts.iter().any(|known| known.word == sort.word && known.sets == sort.sets);
            if (!known || colon && character == ':') && check_name(character.encode_utf8(&mut [0; 4])).is_ok() {
                sorts.push(sort);
            }
        }
        Some(sorts)
    }
}

/// A group that is open.
#[derive(Debug, Clone, Default)]
struct Group {
    start: usize,
    /// Where the alternative at hand begins.
    alternative: usize,
    /// The jumps to the group's end, one for each finished alternative.
    exits: Vec<usize>,
}

/// Puts a program together.
pub(super) struct Assembler {
    code: Vec<Instruction>,
    sets: Vec<Members>,
    ranges: usize,
    group: Group,
    outer: Vec<Group>,
    /// Where the last item begins.
    item: usize,
    gave_up: bool,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Assembler {
            code: Vec::new(),
            sets: Vec::new(),
            ranges: 0,
            group: Group::default(),
            outer: Vec::new(),
            item: 0,
            gave_up: false,
        }
    }

    /// The program, if everything fitted.
    pub(super) fn finish(mut self) -> Option<Program> {
        self.end_group();
        (!self.gave_up).then_some(Program { code: self.code, sets: self.sets })
    }

    fn push(&mut self, instruction: Instruction) {
        if self.code.len() >= MAX_PROGRAM {
            self.gave_up = true;
        } else {
            self.code.push(instruction);
        }
    }

    fn item(&mut self, instruction: Instruction) {
        self.item = self.code.len();
        self.push(instruction);
    }

    fn take(&mut self, members: Members) {
        let known = self.sets.iter().position(|known| *known == members);
        let set = known.unwrap_or(self.sets.len());
        if known.is_none() {
            self.ranges = self.ranges.saturating_add(members.beyond.len());
            if set >= MAX_SETS || self.ranges > MAX_RANGES {
                self.gave_up = true;
                return;
            }
            self.sets.push(members);
        }
        self.item(Instruction::Take(set));
    }

    /// Lets the exits of the group at hand lead to its end.
    fn end_group(&mut self) {
        let end = self.code.len();
        for exit in core::mem::take(&mut self.group.exits) {
            if let Some(jump) = self.code.get_mut(exit) {
                *jump = Instruction::Ahead(end.saturating_sub(exit));
            }
        }
    }

    /// Appends a copy of the item.
    fn copy(&mut self, item: &[Instruction]) {
        if self.code.len().saturating_add(item.len()) > MAX_PROGRAM {
            self.gave_up = true;
        } else {
            self.code.extend_from_slice(item);
        }
    }
}

impl Sink for Assembler {
    fn literal(&mut self, byte: u8) {
        if !self.gave_up {
            self.take(Members { ascii: 1_u128.wrapping_shl(byte.into()), all_beyond: false, beyond: Vec::new() });
        }
    }

    fn literals(&mut self, run: &[u8]) {
        run.iter().for_each(|byte| self.literal(*byte));
    }

    fn set(&mut self, set: &CharSet) {
        if !self.gave_up && set.ranges().len() <= MAX_RANGES {
            let (all_beyond, beyond) = (set.holds_all_beyond(), set.ranges().to_vec());
            self.take(Members { ascii: set.ascii(), all_beyond, beyond });
        } else {
            self.gave_up = true;
        }
    }

    fn any_byte(&mut self) {
        self.gave_up = true;
    }

    fn assertion(&mut self, assertion: Assertion) {
        self.gave_up |= assertion == Assertion::NotWordBoundary;
        self.item(Instruction::Assert(assertion));
    }

    fn open(&mut self) {
        if self.outer.len() >= MAX_NEST {
            self.gave_up = true;
        }
        if !self.gave_up {
            let start = self.code.len();
            let group = Group { start, alternative: start, exits: Vec::new() };
            self.outer.push(core::mem::replace(&mut self.group, group));
        }
    }

    fn bar(&mut self) {
        if self.gave_up || self.code.len().saturating_add(2) > MAX_PROGRAM {
            self.gave_up = true;
            return;
        }
        let alternative = self.group.alternative;
        // Past the alternative and the jump at its end.
        let length = self.code.len().saturating_sub(alternative);
        self.code.insert(alternative, Instruction::Fork(length.saturating_add(2)));
        self.group.exits.push(self.code.len());
        self.code.push(Instruction::Ahead(1));
        self.group.alternative = self.code.len();
        self.item = self.code.len();
    }

    fn close(&mut self) {
        if self.gave_up {
            return;
        }
        self.end_group();
        self.item = self.group.start;
        self.group = self.outer.pop().unwrap_or_default();
    }

    fn repeat(&mut self, min: u16, max: Option<u16>) {
        if self.gave_up {
            return;
        }
        let item = self.code.split_off(self.item.min(self.code.len()));
        let past = item.len().saturating_add(1);
        // Copies of nothing are nothing.
        for _ in 0..if item.is_empty() { 0 } else { min } {
            self.copy(&item);
        }
        match max {
            // A fork past the loop, the item, and a jump back to the fork.
            None => {
                self.push(Instruction::Fork(past.saturating_add(1)));
                self.copy(&item);
                self.push(Instruction::Back(past));
            }
            Some(max) => {
                for _ in min..max {
                    self.push(Instruction::Fork(past));
                    self.copy(&item);
                    if self.gave_up {
                        return;
                    }
                }
            }
        }
    }
}
