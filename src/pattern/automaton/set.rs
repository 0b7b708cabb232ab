//! Sets of positions, in one machine word or several. No set contains a position beyond the last.

use alloc::vec::Vec;
use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

use super::char_masks::{CharMasks, MaskTable};
use super::followers::{Branches, Pairs, Sparse};

/// A set of positions, with the types of the tables over all positions.
pub(in super::super) trait Set:
    Copy
    + Ord
    + BitAnd<Output = Self>
    + BitAndAssign
    + BitOr<Output = Self>
    + BitOrAssign
    + Not<Output = Self>
{
    /// The number of positions. The last one is reserved for accepting.
    const POSITIONS: u32;
    const EMPTY: Self;
    /// The number of words that a set takes.
    const WORDS: u64;
    type Codes: Clone + AsRef<[u8]> + AsMut<[u8]>;
    type Followers: AsRef<[Self]> + AsMut<[Self]>;
    type CharMasks: CharMasks<Self>;
    type Branches: Branches<Self>;

    /// Creates the empty list of codes.
    fn codes() -> Self::Codes;
    /// Creates the empty list of followers.
    fn followers() -> Self::Followers;
    /// Makes room for `positions` positions in all.
    fn grow(followers: &mut Self::Followers, codes: &mut Self::Codes, positions: usize);
    /// Returns the set of this position alone.
    fn one(position: u32) -> Self;
    /// Adds a position.
    fn insert(&mut self, position: u32);
    /// Removes a position.
    fn remove(&mut self, position: u32);
    fn holds(&self, position: u32) -> bool;
    /// Returns the number of positions in the set.
    fn len(self) -> u64;
    /// Returns the set of all positions before this one.
    fn before(position: u32) -> Self;
    /// Returns the set with each position moved up.
    fn up(self, by: u32) -> Self;
    /// Returns the first position and the set of the others.
    fn split_first(self) -> Option<(u32, Self)>;
    /// Calls `visit` with each position.
    fn each(self, visit: impl FnMut(u32));

    #[inline]
    fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Reports whether the sets have a position in common.
    #[inline]
    fn meets(self, other: Self) -> bool {
        !(self & other).is_empty()
    }

    #[inline]
    fn is_single(self) -> bool {
        self.split_first().is_some_and(|(_, rest)| rest.is_empty())
    }
}

impl Set for u64 {
    const POSITIONS: u32 = 64;
    const EMPTY: Self = 0;
    const WORDS: u64 = 1;
    type Codes = [u8; 64];
    type Followers = [u64; 64];
    type CharMasks = ();
    type Branches = Pairs;

    #[inline]
    fn codes() -> [u8; 64] {
        [0; 64]
    }

    #[inline]
    fn followers() -> [u64; 64] {
        [0; 64]
    }

    #[inline]
    fn grow(_: &mut [u64; 64], _: &mut [u8; 64], _positions: usize) {}

    #[inline]
    fn one(position: u32) -> Self {
        debug_assert!(position < 64, "a builder refuses the 64th position");
        1_u64.wrapping_shl(position)
    }

    #[inline]
    fn insert(&mut self, position: u32) {
        *self |= Self::one(position);
    }

    #[inline]
    fn remove(&mut self, position: u32) {
        *self &= !Self::one(position);
    }

    #[inline]
    fn holds(&self, position: u32) -> bool {
        *self & Self::one(position) != 0
    }

    #[inline]
    fn len(self) -> u64 {
        self.count_ones().into()
    }

    #[inline]
    fn before(position: u32) -> Self {
        !u64::MAX.checked_shl(position).unwrap_or_default()
    }

    #[inline]
    fn up(self, by: u32) -> Self {
        self.checked_shl(by).unwrap_or_default()
    }

    #[inline]
    fn split_first(self) -> Option<(u32, Self)> {
        (self != 0).then(|| (self.trailing_zeros(), self & self.wrapping_sub(1)))
    }

    #[inline]
    fn each(mut self, mut visit: impl FnMut(u32)) {
        while let Some((position, rest)) = self.split_first() {
            visit(position);
            self = rest;
        }
    }
}

/// `N` words, the lowest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Words<const N: usize>([u64; N]);

impl<const N: usize> Words<N> {
    /// `N` as the type of positions.
    #[allow(clippy::cast_possible_truncation)] // There are not that many words.
    const SIZE: u32 = N as u32;

    /// Returns the word that contains a position.
    #[inline]
    fn word(&mut self, position: u32) -> Option<&mut u64> {
        self.0.get_mut(usize::try_from(position >> 6).ok()?)
    }

    /// Returns the words that are not empty, each with its index.
    pub(super) fn words(self) -> impl Iterator<Item = (u8, u64)> {
        (0_u8..).zip(self.0).filter(|(_, word)| *word != 0)
    }

    #[inline]
    pub(super) fn meets_word(&self, (index, word): (u8, u64)) -> bool {
        self.0.get(usize::from(index)).is_some_and(|own| own & word != 0)
    }

    #[inline]
    pub(super) fn add_word(&mut self, (index, word): (u8, u64)) {
        if let Some(own) = self.0.get_mut(usize::from(index)) {
            *own |= word;
        }
    }

    #[inline]
    fn zip(mut self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word = join(*word, other);
        }
        self
    }
}

impl<const N: usize> Set for Words<N> {
    const POSITIONS: u32 = Self::SIZE << 6;
    const EMPTY: Self = Self([0; N]);
    const WORDS: u64 = Self::SIZE as u64;
    type Codes = Vec<u8>;
    type Followers = Vec<Self>;
    type CharMasks = MaskTable<Self>;
    type Branches = Sparse;

    fn codes() -> Vec<u8> {
        Vec::new()
    }

    fn followers() -> Vec<Self> {
        Vec::new()
    }

    fn grow(followers: &mut Vec<Self>, codes: &mut Vec<u8>, positions: usize) {
        if followers.len() < positions {
            followers.resize(positions, Self::EMPTY);
            codes.resize(positions, 0);
        }
    }

    #[inline]
    fn one(position: u32) -> Self {
        let mut one = Self::EMPTY;
        one.insert(position);
        one
    }

    #[inline]
    fn insert(&mut self, position: u32) {
        if let Some(word) = self.word(position) {
            *word |= 1_u64.wrapping_shl(position);
        }
    }

    #[inline]
    fn remove(&mut self, position: u32) {
        if let Some(word) = self.word(position) {
            *word &= !1_u64.wrapping_shl(position);
        }
    }

    #[inline]
    fn holds(&self, position: u32) -> bool {
        let word = usize::try_from(position >> 6).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word.wrapping_shr(position) & 1 == 1)
    }

    fn len(self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn before(position: u32) -> Self {
        !Self([u64::MAX; N]).up(position)
    }

    #[inline]
    fn up(self, by: u32) -> Self {
        let mut moved = Self::EMPTY;
        let by_words = usize::try_from(by >> 6).unwrap_or(N);
        let by = by & 63;
        let mut below = 0_u64;
        for (to, from) in moved.0.iter_mut().skip(by_words).zip(self.0) {
            // The bits that move on to the next word; none if nothing moves.
            let over = below.checked_shr(64_u32.saturating_sub(by)).unwrap_or_default();
            *to = from.wrapping_shl(by) | over;
            below = from;
        }
        moved
    }

    #[inline]
    fn split_first(mut self) -> Option<(u32, Self)> {
        let (index, word) = (0_u32..).zip(&mut self.0).find(|(_, word)| **word != 0)?;
        let position = word.trailing_zeros() | index << 6;
        *word &= word.wrapping_sub(1);
        Some((position, self))
    }

    #[inline]
    fn each(self, mut visit: impl FnMut(u32)) {
        for (index, word) in (0_u32..).zip(self.0) {
            word.each(|position| visit(position | index << 6));
        }
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    #[inline]
    fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).fold(0, |all, (word, other)| all | word & other) != 0
    }
}

impl<const N: usize> BitAnd for Words<N> {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        self.zip(other, |word, other| word & other)
    }
}

impl<const N: usize> BitAndAssign for Words<N> {
    #[inline]
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl<const N: usize> BitOr for Words<N> {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        self.zip(other, |word, other| word | other)
    }
}

impl<const N: usize> BitOrAssign for Words<N> {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl<const N: usize> Not for Words<N> {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}
