//! Builds the automaton while the pattern is read: fragments are put together from sets of first and last positions.
//! Refuses, by giving up, more positions than fit a word and groups nested too deeply.

use alloc::vec::Vec;

use super::super::stack::Stack;
use super::super::syntax::{Assertion, CharSet, Sink};
use super::{Assertions, Automaton, CLASS, Class};

/// Positions of one automaton, the accepting one not counted.
const MAX_POSITIONS: u32 = 63;
/// Open groups at once, so that a pattern of parentheses takes little memory.
const MAX_NEST: usize = 200;
/// Ranges of one class. RE2 refuses larger ones when they are repeated.
const MAX_RANGES: usize = 1000;
/// Alternatives within repetitions of nothing, which RE2 writes out up to 1000 times.
const MAX_GHOSTS: u32 = 100;

/// A part of the pattern: where it can begin and end, and its first position.
#[derive(Debug, Clone, Copy)]
struct Fragment {
    first: u64,
    last: u64,
    nullable: bool,
    start: u32,
}

/// A group under construction: finished alternatives, the alternative at hand, and its last item.
#[derive(Debug, Clone, Copy)]
struct Frame {
    done: Fragment,
    begun: Fragment,
    item: Fragment,
}

pub(super) struct Builder {
    /// The number of positions so far.
    next: u32,
    follow: [u64; 64],
    codes: [u8; 64],
    assertions: Assertions,
    classes: Stack<Class, 3>,
    ranges: Vec<(u32, u32)>,
    top: Frame,
    outer: Stack<Frame, 3>,
    bars: u32,
    ghosts: u32,
    gave_up: bool,
}

impl Fragment {
    #[inline]
    fn empty(start: u32) -> Self {
        Self { first: 0, last: 0, nullable: true, start }
    }
}

impl Frame {
    #[inline]
    fn new(start: u32) -> Self {
        let empty = Fragment::empty(start);
        Self { done: Fragment { nullable: false, ..empty }, begun: empty, item: empty }
    }
}

impl Builder {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            next: 0,
            follow: [0; 64],
            codes: [0; 64],
            assertions: Assertions::default(),
            classes: Stack::new(Class::NONE),
            ranges: Vec::new(),
            top: Frame::new(0),
            outer: Stack::new(Frame::new(0)),
            bars: 0,
            ghosts: 0,
            gave_up: false,
        }
    }

    /// Puts a new position after everything so far.
    #[inline]
    fn position(&mut self, code: u8) -> u64 {
        if self.next >= MAX_POSITIONS {
            self.gave_up = true;
        }
        if self.gave_up {
            return 0;
        }
        let set = 1_u64.wrapping_shl(self.next);
        if let Some(place) = self.codes.get_mut(index(self.next)) {
            *place = code;
        }
        self.item(Fragment { first: set, last: set, nullable: false, start: self.next });
        self.next = self.next.saturating_add(1);
        set
    }

    /// Makes `item` the last item of the alternative at hand; only now can the one before it not be repeated any more.
    #[inline]
    fn item(&mut self, item: Fragment) {
        let last = core::mem::replace(&mut self.top.item, item);
        let begun = self.top.begun;
        self.link(begun.last, last.first);
        self.top.begun = Fragment {
            first: begun.first | if begun.nullable { last.first } else { 0 },
            last: last.last | if last.nullable { begun.last } else { 0 },
            nullable: begun.nullable && last.nullable,
            start: begun.start,
        };
    }

    /// Ends the alternative at hand.
    #[inline]
    fn alternative(&mut self) {
        self.item(Fragment::empty(self.next));
        let Frame { done, begun, .. } = self.top;
        self.top.done = Fragment {
            first: done.first | begun.first,
            last: done.last | begun.last,
            nullable: done.nullable || begun.nullable,
            start: done.start,
        };
        self.top.begun = Fragment::empty(self.next);
    }

    /// Lets every position of `last` be followed by those of `first`.
    #[inline]
    fn link(&mut self, mut last: u64, first: u64) {
        while last != 0 {
            if let Some(follow) = self.follow.get_mut(index(last.trailing_zeros())) {
                *follow |= first;
            }
            last &= last.wrapping_sub(1);
        }
    }

    /// Writes the last item out as `times` copies in a row, each linked to the one before it. Gives the positions that
    /// the copies from `min` on end with, and those that the last one begins with.
    fn copies(&mut self, item: Fragment, min: u32, times: u32) -> Option<(u64, u64)> {
        let size = self.next.saturating_sub(item.start);
        let room = MAX_POSITIONS.saturating_sub(self.next);
        if size.saturating_mul(times.saturating_sub(1)) > room {
            return None;
        }
        let mut ends = if min <= 1 { item.last } else { 0 };
        let (mut first, mut last) = (item.first, item.last);
        let members = u64::MAX.wrapping_shl(item.start) & !u64::MAX.wrapping_shl(self.next);
        for copy in 2..=times {
            for position in item.start..self.next {
                self.copy_position(position, members, size.saturating_mul(copy.saturating_sub(1)));
            }
            first = first.wrapping_shl(size);
            self.link(last, first);
            last = last.wrapping_shl(size);
            if copy >= min {
                ends |= last;
            }
        }
        self.next = self.next.saturating_add(size.saturating_mul(times.saturating_sub(1)));
        Some((ends, first))
    }

    /// Copies a position and its followers among the `members` of the item.
    fn copy_position(&mut self, from: u32, members: u64, by: u32) {
        let to = from.saturating_add(by);
        let code = self.codes.get(index(from)).copied().unwrap_or_default();
        if let Some(place) = self.codes.get_mut(index(to)) {
            *place = code;
        }
        let follow = self.follow.get(index(from)).copied().unwrap_or_default();
        if let Some(place) = self.follow.get_mut(index(to)) {
            *place = (follow & members).wrapping_shl(by);
        }
        let (from, to) = (1_u64.wrapping_shl(from), 1_u64.wrapping_shl(to));
        for set in self.assertions.sets() {
            if *set & from != 0 {
                *set |= to;
            }
        }
    }

    /// Replaces the last item by nothing.
    fn drop_item(&mut self, item: Fragment) {
        let dropped = u64::MAX.wrapping_shl(item.start);
        for set in self.assertions.sets() {
            *set &= !dropped;
        }
        for follow in self.follow.iter_mut().skip(index(item.start)) {
            *follow = 0;
        }
        self.next = item.start;
        self.top.item = Fragment::empty(item.start);
    }

    /// The index of a class with these members; an equal one that is there already serves.
    fn class(&mut self, set: &CharSet) -> Option<u8> {
        let (low, high) = (set.ascii() & u128::from(u64::MAX), set.ascii() >> 64);
        let mut class = Class { ascii: [u64::try_from(low).ok()?, u64::try_from(high).ok()?], from: 0, count: 0 };
        if set.holds_all_beyond() {
            class.count = Class::ALL;
        } else if !set.ranges().is_empty() {
            if set.ranges().len() > MAX_RANGES {
                return None;
            }
            class.from = u32::try_from(self.ranges.len()).ok()?;
            class.count = u32::try_from(set.ranges().len()).ok()?;
            self.ranges.extend_from_slice(set.ranges());
        }
        let known = self.classes.iter().position(|known| *known == class);
        let index = match known {
            Some(index) => index,
            None => {
                self.classes.push(class);
                self.classes.len().checked_sub(1)?
            }
        };
        u8::try_from(index).ok()?.checked_add(CLASS)
    }

    /// The automaton, if everything fitted.
    #[inline]
    pub(super) fn finish(mut self) -> Option<Automaton> {
        if self.gave_up {
            return None;
        }
        self.alternative();
        let whole = self.top.done;
        let accept = 1_u64.wrapping_shl(self.next);
        self.link(whole.last, accept);
        let first = whole.first | if whole.nullable { accept } else { 0 };
        let assertions = self.assertions.all();
        let mut automaton = Automaton {
            first,
            accept,
            chain: 0,
            repeated: 0,
            branching: 0,
            complex: Stack::new((0, 0)),
            assertions: self.assertions,
            consuming: accept.wrapping_sub(1) & !assertions,
            codes: self.codes,
            classes: self.classes,
            ranges: self.ranges,
            prefix: (0, 0),
            literal: None,
            starts_at_begin: first & !self.assertions.begin_text == 0,
            within_char: false,
            unit: u64::from(self.next).saturating_add(2),
        };
        let straight = sort_followers(&mut automaton, &self.follow, self.next);
        if first == 1 && accept != 1 {
            set_prefix(&mut automaton, straight);
        }
        let no_boundary = self.assertions.no_boundary;
        if no_boundary != 0 {
            automaton.within_char = automaton.pass_holding(first, no_boundary) & accept != 0;
        }
        Some(automaton)
    }
}

/// Tells simple followers from others. Gives the positions that are followed by the next one alone.
#[inline]
fn sort_followers(automaton: &mut Automaton, follow: &[u64; 64], positions: u32) -> u64 {
    let mut straight = 0;
    let mut position = 1_u64;
    for &followers in follow.iter().take(index(positions)) {
        let next = position << 1;
        if followers & !(position | next) != 0 {
            automaton.complex.push((position, followers));
            automaton.branching |= position;
        } else {
            if followers & next != 0 {
                automaton.chain |= position;
            }
            if followers & position != 0 {
                automaton.repeated |= position;
            }
            if followers == next {
                straight |= position;
            }
        }
        position = next;
    }
    straight
}

/// Finds the literals that stand in a straight line from the first position on, or after a `^` there.
#[inline]
fn set_prefix(automaton: &mut Automaton, straight: u64) {
    let mut start = 0_u8;
    let mut position = 1_u64;
    if automaton.starts_at_begin {
        if straight & 1 == 0 {
            return;
        }
        (start, position) = (1, 2);
    }
    let mut end = start;
    for &code in automaton.codes.iter().skip(start.into()) {
        if automaton.consuming & position == 0 || code >= CLASS {
            break;
        }
        end = end.saturating_add(1);
        if straight & position == 0 {
            break;
        }
        position <<= 1;
    }
    automaton.prefix = (start, end);
    if start == 0 && end != 0 {
        automaton.literal = automaton.codes.first().copied();
    }
}

impl Assertions {
    fn sets(&mut self) -> [&mut u64; 6] {
        [
            &mut self.begin_text,
            &mut self.end_text,
            &mut self.begin_line,
            &mut self.end_line,
            &mut self.boundary,
            &mut self.no_boundary,
        ]
    }
}

#[inline]
fn index(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

impl Sink for Builder {
    fn literals(&mut self, run: &[u8]) {
        let (Some((&last, most)), Ok(length)) = (run.split_last(), u32::try_from(run.len())) else {
            return;
        };
        let start = self.next;
        let end = start.saturating_add(length).saturating_sub(1);
        if end >= MAX_POSITIONS || self.gave_up {
            self.gave_up = true;
            return;
        }
        if !most.is_empty() {
            self.item(Fragment::empty(start));
            let begun = self.top.begun;
            let first = 1_u64.wrapping_shl(start);
            self.link(begun.last, first);
            let mut position = first;
            let follow = self.follow.iter_mut().zip(&mut self.codes).skip(index(start));
            for ((follow, code), byte) in follow.zip(most) {
                position <<= 1;
                *code = *byte;
                *follow = position;
            }
            // The link to the last one is made when it is known not to be repeated.
            if let Some(follow) = self.follow.get_mut(index(end.saturating_sub(1))) {
                *follow = 0;
            }
            self.top.begun = Fragment {
                first: begun.first | if begun.nullable { first } else { 0 },
                last: position >> 1,
                nullable: false,
                ..begun
            };
            self.top.item = Fragment::empty(end);
            self.next = end;
        }
        self.position(last);
    }

    #[inline]
    fn literal(&mut self, byte: u8) {
        self.position(byte);
    }

    fn set(&mut self, set: &CharSet) {
        match self.class(set) {
            Some(code) => {
                self.position(code);
            }
            None => self.gave_up = true,
        }
    }

    fn any_byte(&mut self) {
        self.gave_up = true;
    }

    #[inline]
    fn assertion(&mut self, assertion: Assertion) {
        let set = self.position(0);
        let Assertions { begin_text, end_text, begin_line, end_line, boundary, no_boundary } = &mut self.assertions;
        *match assertion {
            Assertion::BeginText => begin_text,
            Assertion::EndText => end_text,
            Assertion::BeginLine => begin_line,
            Assertion::EndLine => end_line,
            Assertion::WordBoundary => boundary,
            Assertion::NotWordBoundary => no_boundary,
        } |= set;
    }

    fn open(&mut self) {
        if self.outer.len() >= MAX_NEST {
            self.gave_up = true;
        }
        if !self.gave_up {
            self.outer.push(self.top);
            self.top = Frame::new(self.next);
        }
    }

    fn bar(&mut self) {
        self.bars = self.bars.saturating_add(1);
        if !self.gave_up {
            self.alternative();
        }
    }

    fn close(&mut self) {
        if self.gave_up {
            return;
        }
        self.alternative();
        let group = self.top.done;
        if let Some(outer) = self.outer.pop() {
            self.top = outer;
            self.item(group);
        }
    }

    fn repeat(&mut self, min: u16, max: Option<u16>) {
        if self.gave_up {
            return;
        }
        let item = self.top.item;
        let times = u32::from(max.unwrap_or(min));
        if max == Some(0) {
            return self.drop_item(item);
        }
        if item.start == self.next && times > 1 {
            self.ghosts = self.ghosts.saturating_add(self.bars).saturating_add(1);
            self.gave_up = self.ghosts > MAX_GHOSTS;
            return;
        }
        // What can be nothing at all may fall short of any count.
        let min = if item.nullable { 0 } else { u32::from(min) };
        let Some((ends, first)) = self.copies(item, min, times.max(1)) else {
            self.gave_up = true;
            return;
        };
        if max.is_none() {
            self.link(ends, first);
        }
        self.top.item = Fragment { last: ends, nullable: min == 0, ..item };
    }
}
