//! Builds the automaton while the pattern is read: fragments are put together from sets of first and last positions.
//! Refuses, by giving up, `\C`, more positions than a set holds, and groups nested too deeply.

use alloc::vec::Vec;

use super::super::stack::Stack;
use super::super::syntax::{Assertion, CharSet, Sink};
use super::followers::{find_prefix, group_followers, sort_followers, unit_of_words};
use super::{Assertions, Automaton, CLASS, Class, Followers, Set, Takers};

/// Open groups at once, so that a pattern of parentheses takes little memory.
pub(super) const MAX_NEST: usize = 200;
/// Ranges of all classes together: about a dozen of the largest Unicode properties, in 64 kilobytes.
const MAX_RANGES: usize = 8192;
/// Different classes; a code has room for so many.
const MAX_CLASSES: usize = 127;
/// Alternatives within repetitions of nothing, which RE2 writes out up to 1000 times.
const MAX_GHOSTS: u32 = 100;

/// A part of the pattern: where it can begin and end, and its first position.
#[derive(Debug, Clone, Copy)]
struct Fragment<S> {
    first: S,
    last: S,
    nullable: bool,
    start: u32,
}

/// A group under construction: finished alternatives, the alternative at hand, and its last item.
#[derive(Debug, Clone, Copy)]
struct Frame<S> {
    done: Fragment<S>,
    begun: Fragment<S>,
    item: Fragment<S>,
}

/// Takes the parts of a pattern as they are read.
pub(in super::super) struct Builder<S: Set> {
    /// The number of positions so far.
    next: u32,
    follow: S::Followers,
    codes: S::Codes,
    assertions: Assertions<S>,
    classes: Stack<Class, 3>,
    /// The codes of the classes, in the order of their members.
    order: [u8; MAX_CLASSES],
    ranges: Vec<(u32, u32)>,
    top: Frame<S>,
    outer: Stack<Frame<S>, 2>,
    bars: u32,
    ghosts: u32,
    /// Steps of what the length of the pattern does not tell: an item may be copied and dropped again, and all may branch.
    hidden: u64,
    gave_up: bool,
}

impl<S: Set> Fragment<S> {
    #[inline]
    fn empty(start: u32) -> Self {
        Self { first: S::EMPTY, last: S::EMPTY, nullable: true, start }
    }
}

impl<S: Set> Frame<S> {
    #[inline]
    fn new(start: u32) -> Self {
        let empty = Fragment::empty(start);
        Self { done: Fragment { nullable: false, ..empty }, begun: empty, item: empty }
    }
}

impl<S: Set> Builder<S> {
    /// A builder with room for as many positions, or more.
    #[inline]
    pub(in super::super) fn new(positions: u32) -> Self {
        let room = index(positions.min(S::POSITIONS.saturating_sub(1)));
        Self {
            next: 0,
            follow: S::followers(room),
            codes: S::codes(room),
            assertions: Assertions::none(),
            classes: Stack::new(Class::NONE),
            order: [0; MAX_CLASSES],
            ranges: Vec::new(),
            top: Frame::new(0),
            outer: Stack::new(Frame::new(0)),
            bars: 0,
            ghosts: 0,
            hidden: 0,
            gave_up: false,
        }
    }

    /// How many positions there can be, the accepting one not counted.
    #[inline]
    fn most(&self) -> u32 {
        let room = u32::try_from(self.follow.as_ref().len()).unwrap_or(u32::MAX);
        room.min(S::POSITIONS.saturating_sub(1))
    }

    /// Puts a new position after everything so far.
    #[inline]
    fn position(&mut self, code: u8) -> S {
        if self.next >= self.most() {
            self.gave_up = true;
        }
        if self.gave_up {
            return S::EMPTY;
        }
        let set = S::one(self.next);
        if let Some(place) = self.codes.as_mut().get_mut(index(self.next)) {
            *place = code;
        }
        self.item(Fragment { first: set, last: set, nullable: false, start: self.next });
        self.next = self.next.saturating_add(1);
        set
    }

    /// Makes `item` the last item of the alternative at hand; only now can the one before it not be repeated any more.
    #[inline]
    fn item(&mut self, item: Fragment<S>) {
        let last = core::mem::replace(&mut self.top.item, item);
        let begun = self.top.begun;
        self.link(begun.last, last.first);
        self.top.begun = Fragment {
            first: begun.first | if begun.nullable { last.first } else { S::EMPTY },
            last: last.last | if last.nullable { begun.last } else { S::EMPTY },
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
    fn link(&mut self, last: S, first: S) {
        let all = self.follow.as_mut();
        last.each(|position| {
            if let Some(follow) = all.get_mut(index(position)) {
                *follow |= first;
            }
        });
    }

    /// Writes the last item out as `times` copies in a row, each linked to the one before it. Gives the positions that
    /// the copies from `min` on end with, and those that the last one begins with.
    fn copies(&mut self, item: Fragment<S>, min: u32, times: u32) -> Option<(S, S)> {
        let size = self.next.saturating_sub(item.start);
        let room = self.most().saturating_sub(self.next);
        if size.saturating_mul(times.saturating_sub(1)) > room {
            return None;
        }
        let mut ends = if min <= 1 { item.last } else { S::EMPTY };
        let (mut first, mut last) = (item.first, item.last);
        let members = S::before(self.next) & !S::before(item.start);
        for copy in 2..=times {
            for position in item.start..self.next {
                self.copy_position(position, members, size.saturating_mul(copy.saturating_sub(1)));
            }
            first = first.up(size);
            self.link(last, first);
            last = last.up(size);
            if copy >= min {
                ends |= last;
            }
        }
        let copied = size.saturating_mul(times.saturating_sub(1));
        self.hidden = self.hidden.saturating_add(u64::from(copied).saturating_mul(4));
        self.next = self.next.saturating_add(copied);
        Some((ends, first))
    }

    /// Copies a position and its followers among the `members` of the item.
    fn copy_position(&mut self, from: u32, members: S, by: u32) {
        let to = from.saturating_add(by);
        let code = self.codes.as_ref().get(index(from)).copied().unwrap_or_default();
        if let Some(place) = self.codes.as_mut().get_mut(index(to)) {
            *place = code;
        }
        let follow = self.follow.as_ref().get(index(from)).copied().unwrap_or(S::EMPTY);
        if S::WORDS == 1 || !follow.is_empty() {
            if let Some(place) = self.follow.as_mut().get_mut(index(to)) {
                *place = (follow & members).up(by);
            }
        }
        for set in self.assertions.sets() {
            if set.holds(from) {
                set.insert(to);
            }
        }
    }

    /// Replaces the last item by nothing.
    fn drop_item(&mut self, item: Fragment<S>) {
        let kept = S::before(item.start);
        for set in self.assertions.sets() {
            *set &= kept;
        }
        for follow in self.follow.as_mut().iter_mut().take(index(self.next)).skip(index(item.start)) {
            *follow = S::EMPTY;
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
            class.from = u32::try_from(self.ranges.len()).ok()?;
            class.count = u32::try_from(set.ranges().len()).ok()?;
        }
        let count = self.classes.len();
        let found = self.order.get(..count)?.binary_search_by(|code| {
            let known = code.checked_sub(CLASS).and_then(|index| self.classes.get(index.into()));
            let known = known.unwrap_or(&Class::NONE);
            let members = |class: &Class| (class.ascii, class.count);
            members(known).cmp(&members(&class)).then_with(|| known.beyond(&self.ranges).cmp(set.ranges()))
        });
        match found {
            Ok(index) => self.order.get(index).copied(),
            Err(index) => {
                if count >= MAX_CLASSES || self.ranges.len().saturating_add(set.ranges().len()) > MAX_RANGES {
                    return None;
                }
                let code = u8::try_from(count).ok()?.checked_add(CLASS)?;
                self.order.copy_within(index..count, index.checked_add(1)?);
                *self.order.get_mut(index)? = code;
                self.classes.push(class);
                self.ranges.extend_from_slice(set.ranges());
                Some(code)
            }
        }
    }

    /// The automaton, if everything fitted. Leaves the builder of no further use.
    #[inline(always)]
    pub(in super::super) fn finish(&mut self) -> Option<Automaton<S>> {
        if self.gave_up {
            return None;
        }
        self.alternative();
        let whole = self.top.done;
        let accept = S::one(self.next);
        self.link(whole.last, accept);
        let first = whole.first | if whole.nullable { accept } else { S::EMPTY };
        let assertions = self.assertions;
        let follow = self.follow.as_ref().get(..index(self.next)).unwrap_or_default();
        let (followers, straight) = if S::WORDS == 1 { sort_followers(follow) } else { group_followers(follow) };
        let starts_at_begin = (first & !assertions.begin_text).is_empty();
        let consuming = S::before(self.next) & !assertions.all();
        let mut prefix = (0, 0);
        if first == S::one(0) && accept != first {
            prefix = find_prefix(self.codes.as_ref(), consuming, straight, starts_at_begin);
        }
        let starts_with_literal = prefix.0 == 0 && prefix.1 != 0;
        // Once the prefix is compared, its positions are not looked at again.
        let passed = if starts_at_begin { u32::from(prefix.1) } else { 0 };
        let active = u64::from(self.next.saturating_sub(passed));
        let codes = self.codes.as_ref().get(..index(self.next)).unwrap_or_default();
        let takers = S::Takers::new(codes);
        let branching = followers.sets().saturating_mul(S::WORDS.saturating_mul(3).saturating_add(13));
        self.hidden = self.hidden.saturating_add(branching);
        let looks = self.classes.iter().map(Class::looks);
        let unit = if S::WORDS == 1 {
            active.saturating_mul(looks.max().unwrap_or(1)).saturating_add(self.passing(&followers))
        } else {
            unit_of_words(&followers, looks.sum())
        };
        Some(Automaton {
            first,
            accept,
            followers,
            assertions,
            consuming,
            codes: self.codes.clone(),
            takers,
            classes: core::mem::replace(&mut self.classes, Stack::new(Class::NONE)),
            ranges: core::mem::take(&mut self.ranges),
            prefix,
            literal: if starts_with_literal { self.codes.as_ref().first().copied() } else { None },
            starts_at_begin,
            unit,
        })
    }

    /// Steps of one character in one word, beside those of the positions: assertions that follow each other may be passed
    /// one at a time, with a look at all that branches for each.
    #[inline]
    fn passing(&self, followers: &Followers<S>) -> u64 {
        let assertions = self.assertions.inner();
        let mut steps = 2_u64;
        if !assertions.is_empty() {
            assertions.each(|position| {
                let follow = self.follow.as_ref().get(index(position)).copied().unwrap_or(S::EMPTY);
                if follow.meets(assertions) {
                    steps = steps.saturating_add(followers.sets());
                }
            });
        }
        steps
    }

    /// Steps of building that the length of the pattern did not tell, known once it is finished.
    #[inline]
    pub(in super::super) fn hidden(&self) -> u64 {
        self.hidden
    }
}

impl<S: Set> Assertions<S> {
    #[inline]
    fn none() -> Self {
        let none = S::EMPTY;
        Self { begin_text: none, end_text: none, begin_line: none, end_line: none, boundary: none, no_boundary: none }
    }

    fn sets(&mut self) -> [&mut S; 6] {
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

impl<S: Set> Sink for Builder<S> {
    fn literals(&mut self, run: &[u8]) {
        let (Some((&last, most)), Ok(length)) = (run.split_last(), u32::try_from(run.len())) else {
            return;
        };
        let start = self.next;
        let end = start.saturating_add(length).saturating_sub(1);
        if end >= self.most() || self.gave_up {
            self.gave_up = true;
            return;
        }
        if !most.is_empty() {
            self.item(Fragment::empty(start));
            let begun = self.top.begun;
            let first = S::one(start);
            self.link(begun.last, first);
            let mut position = first;
            let mut next = start;
            let follow = self.follow.as_mut().iter_mut().zip(self.codes.as_mut()).skip(index(start));
            for ((follow, code), byte) in follow.zip(most) {
                *code = *byte;
                if S::WORDS == 1 {
                    position = position.up(1);
                    *follow = position;
                } else {
                    next = next.saturating_add(1);
                    follow.insert(next);
                }
            }
            // The link to the last one is made when it is known not to be repeated.
            if let Some(follow) = self.follow.as_mut().get_mut(index(end.saturating_sub(1))) {
                *follow = S::EMPTY;
            }
            self.top.begun = Fragment {
                first: begun.first | if begun.nullable { first } else { S::EMPTY },
                last: S::one(end.saturating_sub(1)),
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
        if self.gave_up {
            return;
        }
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
