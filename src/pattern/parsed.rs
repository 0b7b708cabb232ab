//! A parsed pattern: its parts in their order, each class once. Refuses to keep more parts than any
//! engine takes.

use alloc::vec::Vec;

use super::small_stack::SmallStack;
use super::syntax::{CharSet, is_member};

/// The most parts. Each has a weight of at least 1 for `RegexEngine`, which takes no more than
/// this.
const MAX_PARTS: usize = 100_000;

/// A condition on a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    BeginText,
    EndText,
    BeginLine,
    EndLine,
    WordBoundary,
    NotWordBoundary,
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A character below U+0080.
    Literal(u8),
    /// Several characters below U+0080: `len` bytes of the pattern from `from` on. A repetition
    /// after them applies only to the last one.
    Literals {
        from: u32,
        len: u32,
    },
    /// The number of a class.
    Class(u32),
    /// `\C`
    AnyByte,
    Assertion(Assertion),
    Open,
    Bar,
    Close,
    /// A repetition of the item before it, without an upper limit if `max` is `None`. Counts are at
    /// most 1000.
    Repeat {
        min: u16,
        max: Option<u16>,
    },
}

/// The parts of a pattern.
pub(crate) struct Parsed<'a> {
    text: &'a str,
    parts: SmallStack<Part, 16>,
    pub(super) classes: Classes,
    pub(super) has_capturing_group: bool,
    pub(super) has_alternatives: bool,
    /// True if there were more parts than are kept.
    pub(super) is_too_long: bool,
}

impl<'a> Parsed<'a> {
    #[inline]
    pub(super) fn new(pattern: &'a str) -> Self {
        Self {
            text: pattern,
            parts: SmallStack::new(Part::AnyByte),
            classes: Classes::new(),
            has_capturing_group: false,
            has_alternatives: false,
            is_too_long: false,
        }
    }

    #[inline]
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    #[inline]
    pub(super) fn push(&mut self, part: Part) {
        if self.parts.len() >= MAX_PARTS {
            self.is_too_long = true;
        } else {
            self.parts.push(part);
        }
    }

    pub(super) fn push_class(&mut self, set: &CharSet) {
        if !self.is_too_long {
            let class = self.classes.insert(set);
            self.push(Part::Class(class));
        }
    }

    #[inline]
    pub(super) fn parts(&self) -> impl Iterator<Item = Part> {
        self.parts.iter().copied()
    }

    /// Returns a literal prefix of all names that the pattern matches, in runs. A longer one may
    /// exist.
    #[inline]
    pub(super) fn prefix(&self) -> impl Iterator<Item = &[u8]> {
        let is_repeated = |at: usize| matches!(self.parts.get(at), Some(Part::Repeat { .. }));
        let begins =
            self.parts.get(0) == Some(&Part::Assertion(Assertion::BeginText)) && !is_repeated(1);
        let parts = if begins && !self.has_alternatives { 1..self.parts.len() } else { 0..0 };
        parts.map_while(move |at| match self.parts.get(at) {
            // A repetition may make the last character of a run optional. What follows it is then
            // not certain.
            Some(Part::Literals { from, len }) => Some(
                self.literals(*from, len.saturating_sub(is_repeated(at.saturating_add(1)).into())),
            ),
            Some(Part::Literal(byte)) if !is_repeated(at.saturating_add(1)) => {
                Some(core::slice::from_ref(byte))
            }
            _ => None,
        })
    }

    /// Returns the characters of [`Part::Literals`].
    #[inline]
    pub(super) fn literals(&self, from: u32, len: u32) -> &'a [u8] {
        let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.text.as_bytes().get(index(from)..index(from.saturating_add(len))).unwrap_or_default()
    }
}

/// A set of characters: those within ASCII as bits, the others as a section of a list of ranges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    ascii: [u64; 2],
    from: u32,
    /// The number of ranges; `u32::MAX` stands for every character beyond ASCII.
    count: u32,
}

impl Class {
    const ALL: u32 = u32::MAX;

    /// Reports whether an ASCII byte is a member. For any other byte, reports whether all
    /// characters beyond ASCII are members.
    #[inline]
    pub(super) fn holds_byte(&self, byte: u8) -> bool {
        match byte >> 6 {
            0 => self.ascii[0].wrapping_shr(byte.into()) & 1 == 1,
            1 => self.ascii[1].wrapping_shr(byte.into()) & 1 == 1,
            _ => self.count == Self::ALL,
        }
    }

    /// Reports whether the class contains every character beyond ASCII.
    pub(super) fn holds_all_beyond(&self) -> bool {
        self.count == Self::ALL
    }

    /// Returns the members within ASCII, one bit each.
    pub(super) fn ascii(&self) -> u128 {
        u128::from(self.ascii[0]) | u128::from(self.ascii[1]) << 64
    }

    /// Returns the steps of a look-up, for each byte of a name. A character that is looked up in
    /// ranges has two bytes or more.
    pub(super) fn steps(&self) -> u64 {
        let doublings = if self.count == Self::ALL {
            0
        } else {
            u32::BITS.saturating_sub(self.count.leading_zeros())
        };
        u64::from(doublings >> 1).max(1)
    }
}

/// Classes. Each is kept once as long as there are few of them.
#[derive(Clone)]
pub(super) struct Classes {
    list: SmallStack<Class, 2>,
    ranges: Vec<(u32, u32)>,
    /// The numbers of the first classes, sorted by their members.
    order: Vec<u8>,
}

impl Classes {
    /// The number up to which each class is kept once. No automaton takes more classes, and
    /// `RegexEngine` takes duplicates.
    pub(super) const FEW: usize = 127;

    #[inline]
    fn new() -> Self {
        let none = Class { ascii: [0; 2], from: 0, count: 0 };
        Self { list: SmallStack::new(none), ranges: Vec::new(), order: Vec::new() }
    }

    /// Returns the number of the class with these members.
    fn insert(&mut self, set: &CharSet) -> u32 {
        let [low, high] = [set.ascii(), set.ascii() >> 64].map(|half| half & u128::from(u64::MAX));
        let half = |half: u128| u64::try_from(half).unwrap_or_default();
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let class = Class {
            ascii: [half(low), half(high)],
            from: length(self.ranges.len()),
            count: if set.holds_all_beyond() { Class::ALL } else { length(set.ranges().len()) },
        };
        let number = self.list.len();
        if number == 1 && self.order.is_empty() {
            // One class needs no order, which would have to be allocated.
            self.order.push(0);
        }
        match self.find(&class, set.ranges()) {
            Ok(known) => return known.into(),
            Err(place) if (1..Self::FEW).contains(&number) => {
                self.order
                    .insert(place.min(self.order.len()), u8::try_from(number).unwrap_or_default());
            }
            Err(_) => {}
        }
        self.list.push(class);
        self.ranges.extend_from_slice(set.ranges());
        length(number)
    }

    /// Returns the number of an equal class, or the index at which to insert a new one.
    fn find(&self, class: &Class, ranges: &[(u32, u32)]) -> Result<u8, usize> {
        let members = |class: &Class| (class.ascii, class.count);
        let found = self.order.binary_search_by(|number| {
            let Some(known) = self.list.get(usize::from(*number)) else {
                return core::cmp::Ordering::Less;
            };
            members(known).cmp(&members(class)).then_with(|| self.ranges(known).cmp(ranges))
        });
        found.and_then(|place| self.order.get(place).copied().ok_or(place))
    }

    /// Moves the classes out. No class can be inserted afterwards.
    #[inline]
    pub(super) fn take(&mut self) -> Self {
        self.order = Vec::new();
        core::mem::replace(self, Self::new())
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns the number of ranges of all classes.
    pub(super) fn ranges_len(&self) -> usize {
        self.ranges.len()
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Class> {
        self.list.iter()
    }

    #[inline]
    pub(super) fn get(&self, number: usize) -> Option<&Class> {
        self.list.get(number)
    }

    /// Returns the members of a class beyond ASCII, as sorted ranges with gaps between them.
    pub(super) fn ranges(&self, class: &Class) -> &[(u32, u32)] {
        if class.count == Class::ALL {
            return &[(0x80, 0x10_ffff)];
        }
        let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.ranges
            .get(index(class.from)..index(class.from.saturating_add(class.count)))
            .unwrap_or_default()
    }

    #[inline]
    pub(super) fn holds(&self, class: &Class, code: u32) -> bool {
        match u8::try_from(code) {
            Ok(byte) if byte < 0x80 => class.holds_byte(byte),
            _ => class.count == Class::ALL || is_member(self.ranges(class), code),
        }
    }
}
