//! Builds the automaton from the parts of a pattern. A fragment is known by the sets of its first
//! and last positions, and fragments are joined by linking these. Refuses `\C`, more positions than
//! a set holds, and groups nested too deeply. Every step is charged before it is taken.

use alloc::boxed::Box;

use super::super::budget::{Budget, Exhausted};
use super::super::parsed::{Assertion, Classes, Parsed, Part};
use super::super::small_stack::SmallStack;
use super::{Assertions, Automaton, CLASS, CharMasks, Followers, Set};

/// The most groups open at once, so that a pattern of parentheses takes little memory.
const MAX_NEST: usize = 200;
/// The most ranges of all classes together. About a dozen of the largest Unicode properties fit, in
/// 64 kilobytes.
const MAX_RANGES: usize = 8192;
/// The most alternatives in repeated items without positions. RE2 writes such items out up to 1000
/// times.
const MAX_EMPTY_REPEATS: u32 = 100;

/// Builds the automaton with sets of one size. It takes over the pattern's classes. Returns `None`
/// if the pattern does not fit.
#[inline]
pub(in super::super) fn build<S: Set>(
    parsed: &mut Parsed<'_>,
    budget: &mut Budget,
) -> Result<Option<Automaton<S>>, Exhausted> {
    let classes = &parsed.classes;
    if parsed.is_too_long || classes.len() > Classes::FEW || classes.ranges_len() > MAX_RANGES {
        return Ok(None);
    }
    let mut builder = Builder::<S>::new();
    for part in parsed.parts() {
        match builder.part(part, parsed, budget) {
            Ok(()) => {}
            Err(Stop::Exhausted) => return Err(Exhausted),
            Err(Stop::TooLarge) => return Ok(None),
        }
    }
    builder.finish(parsed, budget)
}

/// Builds the automaton on the heap. Never inlined, so that large sets are off the stack when
/// another engine is built.
#[inline(never)]
pub(in super::super) fn build_boxed<S: Set>(
    parsed: &mut Parsed<'_>,
    budget: &mut Budget,
) -> Result<Option<Box<Automaton<S>>>, Exhausted> {
    Ok(build(parsed, budget)?.map(Box::new))
}

/// The reason why a builder stops.
enum Stop {
    Exhausted,
    TooLarge,
}

impl From<Exhausted> for Stop {
    #[inline]
    fn from(_: Exhausted) -> Self {
        Stop::Exhausted
    }
}

/// A part of the pattern: where it can begin and end, and its first position.
#[derive(Clone, Copy)]
struct Fragment<S> {
    first: S,
    last: S,
    nullable: bool,
    start: u32,
}

/// A group under construction: its finished alternatives, the current alternative, and the last
/// item of that.
#[derive(Clone, Copy)]
struct Frame<S> {
    done: Fragment<S>,
    begun: Fragment<S>,
    item: Fragment<S>,
}

struct Builder<S: Set> {
    /// The number of positions so far.
    next: u32,
    follow: S::Followers,
    codes: S::Codes,
    assertions: Assertions<S>,
    top: Frame<S>,
    outer: SmallStack<Frame<S>, 2>,
    bars: u32,
    empty_repeats: u32,
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

/// Returns the steps of `quarters` / 4 passes over a set's words, plus `more`. Sets of one word
/// cost nothing, since parsing has already been charged for them.
const fn price<S: Set>(quarters: u64, more: u64) -> u64 {
    if S::WORDS == 1 {
        0
    } else {
        S::WORDS.saturating_mul(quarters).saturating_div(4).saturating_add(more)
    }
}

impl<S: Set> Builder<S> {
    #[inline]
    fn new() -> Self {
        Self {
            next: 0,
            follow: S::followers(),
            codes: S::codes(),
            assertions: Assertions([S::EMPTY; 6]),
            top: Frame::new(0),
            outer: SmallStack::new(Frame::new(0)),
            bars: 0,
            empty_repeats: 0,
        }
    }

    #[inline]
    fn part(&mut self, part: Part, parsed: &Parsed<'_>, budget: &mut Budget) -> Result<(), Stop> {
        match part {
            Part::Literal(byte) => self.position(byte, budget).map(drop),
            Part::Literals { from, len } => self.literals(parsed.literals(from, len), budget),
            Part::Class(class) => {
                let code = u8::try_from(class).ok().and_then(|class| class.checked_add(CLASS));
                self.position(code.ok_or(Stop::TooLarge)?, budget).map(drop)
            }
            Part::AnyByte => Err(Stop::TooLarge),
            Part::Assertion(assertion) => {
                let set = self.position(0, budget)?;
                if let Some(place) = self.assertions.0.get_mut(assertion as usize) {
                    *place |= set;
                }
                Ok(())
            }
            Part::Open => {
                if self.outer.len() >= MAX_NEST {
                    return Err(Stop::TooLarge);
                }
                budget.charge(price::<S>(6, 4))?;
                self.outer.push(self.top);
                self.top = Frame::new(self.next);
                Ok(())
            }
            Part::Bar => {
                self.bars = self.bars.saturating_add(1);
                Ok(self.alternative(budget)?)
            }
            Part::Close => {
                self.alternative(budget)?;
                let group = self.top.done;
                if let Some(outer) = self.outer.pop() {
                    self.top = outer;
                }
                Ok(self.item(group, budget)?)
            }
            Part::Repeat { min, max } => self.repeat(min, max, budget),
        }
    }

    /// Makes room for more positions.
    #[inline]
    fn grow(&mut self, more: u32, budget: &mut Budget) -> Result<(), Stop> {
        let end = self.next.saturating_add(more);
        if end >= S::POSITIONS {
            return Err(Stop::TooLarge);
        }
        budget.charge(price::<S>(2, 12).saturating_mul(more.into()))?;
        S::grow(&mut self.follow, &mut self.codes, index(end));
        Ok(())
    }

    /// Appends a position.
    #[inline]
    fn position(&mut self, code: u8, budget: &mut Budget) -> Result<S, Stop> {
        self.grow(1, budget)?;
        let set = S::one(self.next);
        if let Some(place) = self.codes.as_mut().get_mut(index(self.next)) {
            *place = code;
        }
        self.item(Fragment { first: set, last: set, nullable: false, start: self.next }, budget)?;
        self.next = self.next.saturating_add(1);
        Ok(set)
    }

    /// Appends a position for each character of `run`.
    fn literals(&mut self, run: &[u8], budget: &mut Budget) -> Result<(), Stop> {
        let Some((&last, most)) = run.split_last() else { return Ok(()) };
        if !most.is_empty() {
            let start = self.next;
            let length = u32::try_from(most.len()).map_err(|_| Stop::TooLarge)?;
            self.grow(length, budget)?;
            let end = start.saturating_add(length);
            self.item(Fragment::empty(start), budget)?;
            let begun = self.top.begun;
            let first = S::one(start);
            self.link(begun.last, first, budget)?;
            let mut next = start;
            let follow =
                self.follow.as_mut().iter_mut().zip(self.codes.as_mut()).skip(index(start));
            for ((follow, code), byte) in follow.zip(most) {
                *code = *byte;
                next = next.saturating_add(1);
                follow.insert(next);
            }
            // The last one is linked later, once it is known whether it is repeated.
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
        self.position(last, budget).map(drop)
    }

    /// Makes `item` the last item of the current alternative. From now on, the item before it
    /// cannot be repeated, so it is linked.
    #[inline]
    fn item(&mut self, item: Fragment<S>, budget: &mut Budget) -> Result<(), Exhausted> {
        budget.charge(price::<S>(7, 4))?;
        let last = core::mem::replace(&mut self.top.item, item);
        let begun = self.top.begun;
        self.link(begun.last, last.first, budget)?;
        self.top.begun = Fragment {
            first: begun.first | if begun.nullable { last.first } else { S::EMPTY },
            last: last.last | if last.nullable { begun.last } else { S::EMPTY },
            nullable: begun.nullable && last.nullable,
            start: begun.start,
        };
        Ok(())
    }

    /// Ends the current alternative.
    #[inline]
    fn alternative(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        self.item(Fragment::empty(self.next), budget)?;
        let Frame { done, begun, .. } = self.top;
        self.top.done = Fragment {
            first: done.first | begun.first,
            last: done.last | begun.last,
            nullable: done.nullable || begun.nullable,
            start: done.start,
        };
        self.top.begun = Fragment::empty(self.next);
        Ok(())
    }

    /// Lets every position of `last` be followed by those of `first`.
    #[inline]
    fn link(&mut self, last: S, first: S, budget: &mut Budget) -> Result<(), Exhausted> {
        if first.is_empty() || last.is_empty() {
            return Ok(());
        }
        if S::WORDS > 1 {
            let each = S::WORDS.saturating_div(4).saturating_add(1);
            budget.charge(last.len().saturating_sub(1).saturating_mul(each))?;
        }
        let all = self.follow.as_mut();
        last.each(|position| {
            if let Some(follow) = all.get_mut(index(position)) {
                *follow |= first;
            }
        });
        Ok(())
    }

    fn repeat(&mut self, min: u16, max: Option<u16>, budget: &mut Budget) -> Result<(), Stop> {
        let item = self.top.item;
        let times = u32::from(max.unwrap_or(min));
        if max == Some(0) {
            return Ok(self.drop_item(item, budget)?);
        }
        if item.start == self.next && times > 1 {
            self.empty_repeats = self.empty_repeats.saturating_add(self.bars).saturating_add(1);
            return if self.empty_repeats > MAX_EMPTY_REPEATS {
                Err(Stop::TooLarge)
            } else {
                Ok(())
            };
        }
        // An item that can be empty may fall short of any count.
        let min = if item.nullable { 0 } else { u32::from(min) };
        // An item that takes no character matches any number of times where it matches once.
        let most = if self.takes_nothing(item) { 1 } else { u32::MAX };
        let (ends, first) = self.copies(item, min.min(most), times.clamp(1, most), budget)?;
        if max.is_none() {
            self.link(ends, first, budget)?;
        }
        self.top.item = Fragment { last: ends, nullable: min == 0, ..item };
        Ok(())
    }

    /// Reports whether all positions of the last item are assertions.
    #[inline]
    fn takes_nothing(&self, item: Fragment<S>) -> bool {
        let positions = S::before(self.next) & !S::before(item.start);
        (positions & !self.assertions.all()).is_empty()
    }

    /// Replaces the last item by `times` copies in a row, each linked to the one before it. Returns
    /// the last positions of the copies from `min` on, and the first positions of the last copy.
    fn copies(
        &mut self,
        item: Fragment<S>,
        min: u32,
        times: u32,
        budget: &mut Budget,
    ) -> Result<(S, S), Stop> {
        let size = self.next.saturating_sub(item.start);
        let copied = size.saturating_mul(times.saturating_sub(1));
        self.grow(copied, budget)?;
        let mut ends = if min <= 1 { item.last } else { S::EMPTY };
        let (mut first, mut last) = (item.first, item.last);
        let members = S::before(self.next) & !S::before(item.start);
        for copy in 2..=times {
            let each = price::<S>(4, 4).max(4);
            budget.charge(price::<S>(4, 4).saturating_add(u64::from(size).saturating_mul(each)))?;
            for position in item.start..self.next {
                self.copy_position(position, members, size.saturating_mul(copy.saturating_sub(1)));
            }
            first = first.up(size);
            self.link(last, first, budget)?;
            last = last.up(size);
            if copy >= min {
                ends |= last;
            }
        }
        self.next = self.next.saturating_add(copied);
        Ok((ends, first))
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
        for set in &mut self.assertions.0 {
            if set.holds(from) {
                set.insert(to);
            }
        }
    }

    /// Removes the last item.
    fn drop_item(&mut self, item: Fragment<S>, budget: &mut Budget) -> Result<(), Exhausted> {
        let size = self.next.saturating_sub(item.start);
        budget.charge(
            price::<S>(8, 4).saturating_add(u64::from(size).saturating_mul(price::<S>(1, 1))),
        )?;
        let kept = S::before(item.start);
        for set in &mut self.assertions.0 {
            *set &= kept;
        }
        for follow in self.follow.as_mut().iter_mut().take(index(self.next)).skip(index(item.start))
        {
            *follow = S::EMPTY;
        }
        self.next = item.start;
        self.top.item = Fragment::empty(item.start);
        Ok(())
    }

    /// Returns the finished automaton.
    #[inline]
    fn finish(
        &mut self,
        parsed: &mut Parsed<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Automaton<S>>, Exhausted> {
        self.alternative(budget)?;
        let whole = self.top.done;
        let accept = S::one(self.next);
        self.link(whole.last, accept, budget)?;
        budget.charge(price::<S>(1, 4).saturating_mul(self.next.into()))?;
        let first = whole.first | if whole.nullable { accept } else { S::EMPTY };
        let assertions = self.assertions;
        let follow = self.follow.as_ref().get(..index(self.next)).unwrap_or_default();
        let (followers, straight) = Followers::new(follow, budget)?;
        let starts_at_begin = (first & !assertions.of(Assertion::BeginText)).is_empty();
        let consuming = S::before(self.next) & !assertions.all();
        let mut prefix = (0, 0);
        if first == S::one(0) && accept != first {
            prefix = find_prefix(self.codes.as_ref(), consuming, straight, starts_at_begin);
        }
        let starts_with_literal = prefix.0 == 0 && prefix.1 != 0;
        // The prefix is compared once, so its positions are never active afterwards.
        let passed = if starts_at_begin { u32::from(prefix.1) } else { 0 };
        let active = u64::from(self.next.saturating_sub(passed));
        let codes = self.codes.as_ref().get(..index(self.next)).unwrap_or_default();
        let char_masks = S::CharMasks::new(codes);
        let classes = parsed.classes.take();
        let unit = self.unit(active, &classes, &followers);
        Ok(Some(Automaton {
            first,
            accept,
            followers,
            assertions,
            consuming,
            literal: if starts_with_literal { codes.first().copied() } else { None },
            codes: core::mem::replace(&mut self.codes, S::codes()),
            char_masks,
            classes,
            prefix,
            starts_at_begin,
            unit,
        }))
    }

    /// Returns the most steps for one character if `active` positions can be active.
    #[inline]
    fn unit(&self, active: u64, classes: &Classes, followers: &Followers<S>) -> u64 {
        let looks = classes.iter().map(super::Class::steps);
        if S::WORDS == 1 {
            return active
                .saturating_mul(looks.max().unwrap_or(1))
                .saturating_add(self.passing(followers));
        }
        // Work on whole sets, and on each group and class.
        let looks = looks.sum::<u64>();
        let sets = looks.saturating_add(12).saturating_mul(S::WORDS).saturating_div(4);
        sets.saturating_add(followers.steps())
            .saturating_add(looks.saturating_mul(2))
            .saturating_add(20)
    }

    /// Returns the steps of passing assertions at one character, for sets of one word. Assertions
    /// in a row may be passed one at a time, each time with a look at all positions that branch.
    #[inline]
    fn passing(&self, followers: &Followers<S>) -> u64 {
        let assertions = self.assertions.inner();
        let mut steps = 2_u64;
        if !assertions.is_empty() {
            assertions.each(|position| {
                let follow = self.follow.as_ref().get(index(position)).copied().unwrap_or(S::EMPTY);
                if follow.meets(assertions) {
                    steps = steps.saturating_add(followers.steps());
                }
            });
        }
        steps
    }
}

/// Finds the literals that every match begins with, after an optional `^`. Returns their first
/// position and the one after the last.
#[inline]
fn find_prefix<S: Set>(
    codes: &[u8],
    consuming: S,
    straight: S,
    starts_at_begin: bool,
) -> (u16, u16) {
    let start = u16::from(starts_at_begin);
    if starts_at_begin && !straight.holds(0) {
        return (0, 0);
    }
    let mut end = start;
    for &code in codes.iter().skip(start.into()) {
        if !consuming.holds(end.into()) || code >= CLASS {
            break;
        }
        end = end.saturating_add(1);
        if !straight.holds(u32::from(end).saturating_sub(1)) {
            break;
        }
    }
    (start, end)
}

#[inline]
fn index(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
