//! How large the automaton of a pattern will be, and so what building it costs, before anything is built. Refuses, by
//! giving up, what no automaton holds; mirrors the builder, with numbers in place of sets.

use alloc::vec::Vec;

use super::super::syntax::{Assertion, CharSet, Sink};
use super::build::MAX_NEST;
use super::{Large, Set};

/// Steps of building the smallest automaton of several words.
const BASE: u64 = 1000;

/// Takes the parts of a pattern as they are read, and only counts.
pub(in super::super) struct Size {
    /// The number of positions so far.
    next: u32,
    /// The largest that number ever was.
    most: u32,
    /// Positions written, whether or not they were dropped again.
    written: u64,
    /// Those of them that were copied.
    copied: u64,
    /// Copies of items, whatever their size.
    copies: u64,
    /// Parts put one after the other.
    items: u64,
    /// Positions that were linked to followers.
    links: u64,
    top: Frame,
    outer: Vec<Frame>,
    gave_up: bool,
}

/// A part of the pattern: in how many positions it can begin and end, and its first position.
#[derive(Clone, Copy)]
struct Part {
    last: u64,
    nullable: bool,
    start: u32,
}

#[derive(Clone, Copy)]
struct Frame {
    done: Part,
    begun: Part,
    item: Part,
}

impl Part {
    fn empty(start: u32) -> Self {
        Self { last: 0, nullable: true, start }
    }
}

impl Frame {
    fn new(start: u32) -> Self {
        let empty = Part::empty(start);
        Self { done: Part { nullable: false, ..empty }, begun: empty, item: empty }
    }
}

impl Size {
    pub(in super::super) fn new() -> Self {
        Self {
            next: 0,
            most: 0,
            written: 0,
            copied: 0,
            copies: 0,
            items: 0,
            links: 0,
            top: Frame::new(0),
            outer: Vec::new(),
            gave_up: false,
        }
    }

    /// The number of positions, if an automaton of such sets can hold them.
    pub(in super::super) fn positions<S: Set>(&self) -> Option<u32> {
        (!self.gave_up && self.most < S::POSITIONS).then_some(self.most)
    }

    /// Steps of building the automaton with such sets, beside reading the pattern once more. Measured: how many words of
    /// sets each part of the work goes through, and what else it costs.
    pub(in super::super) fn steps<S: Set>(&self) -> u64 {
        let words = S::WORDS;
        let price = |count: u64, quarters: u64, more: u64| {
            count.saturating_mul(words.saturating_mul(quarters).saturating_div(4).saturating_add(more))
        };
        BASE.saturating_add(price(self.written, 2, 12))
            .saturating_add(price(self.copied, 2, 8))
            .saturating_add(price(self.copies, 7, 4))
            .saturating_add(price(self.items, 7, 4))
            .saturating_add(price(self.links, 1, 1).saturating_div(2))
    }

    fn position(&mut self) {
        self.item(Part { last: 1, nullable: false, start: self.next });
        self.grow(1, 1);
    }

    /// Counts copies of an item of so many positions.
    fn grow(&mut self, size: u32, copies: u32) {
        let more = size.saturating_mul(copies);
        self.next = self.next.saturating_add(more);
        self.most = self.most.max(self.next);
        self.gave_up |= self.next >= Large::POSITIONS;
        if !self.gave_up {
            self.written = self.written.saturating_add(more.into());
        }
    }

    fn item(&mut self, item: Part) {
        let last = core::mem::replace(&mut self.top.item, item);
        let begun = self.top.begun;
        self.links = self.links.saturating_add(begun.last);
        self.items = self.items.saturating_add(1);
        self.top.begun = Part {
            last: last.last.saturating_add(if last.nullable { begun.last } else { 0 }),
            nullable: begun.nullable && last.nullable,
            start: begun.start,
        };
    }

    fn alternative(&mut self) {
        self.item(Part::empty(self.next));
        let Frame { done, begun, .. } = self.top;
        self.top.done = Part {
            last: done.last.saturating_add(begun.last),
            nullable: done.nullable || begun.nullable,
            start: done.start,
        };
        self.top.begun = Part::empty(self.next);
    }
}

impl Sink for Size {
    fn literal(&mut self, _byte: u8) {
        self.position();
    }

    fn literals(&mut self, run: &[u8]) {
        let items = self.items;
        for _ in run {
            self.position();
        }
        // The builder takes all but the last of them at once.
        self.items = self.items.min(items.saturating_add(2));
    }

    fn set(&mut self, _set: &CharSet) {
        self.position();
    }

    fn any_byte(&mut self) {
        self.gave_up = true;
    }

    fn assertion(&mut self, _assertion: Assertion) {
        self.position();
    }

    fn open(&mut self) {
        self.gave_up |= self.outer.len() >= MAX_NEST;
        if !self.gave_up {
            self.outer.push(self.top);
            self.top = Frame::new(self.next);
        }
    }

    fn bar(&mut self) {
        self.alternative();
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
            self.next = item.start;
            self.top.item = Part::empty(item.start);
            return;
        }
        if item.start == self.next && times > 1 {
            return;
        }
        let min = if item.nullable { 0 } else { u32::from(min) };
        let times = times.max(1);
        let size = self.next.saturating_sub(item.start);
        self.grow(size, times.saturating_sub(1));
        if self.gave_up {
            return;
        }
        self.copies = self.copies.saturating_add(times.saturating_sub(1).into());
        self.copied = self.copied.saturating_add(size.saturating_mul(times.saturating_sub(1)).into());
        let ways = times.saturating_sub(min.max(1)).saturating_add(1);
        let ends = item.last.saturating_mul(ways.into());
        let copied = item.last.saturating_mul(times.saturating_sub(1).into());
        self.links = self.links.saturating_add(copied).saturating_add(if max.is_none() { ends } else { 0 });
        self.top.item = Part { last: ends, nullable: min == 0, ..item };
    }
}
