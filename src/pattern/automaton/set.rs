//! Sets of positions: one machine word, or four. Refuses nothing; a position beyond the last belongs to no set.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// A set of positions, and the tables over all positions that go with it.
pub(in super::super) trait Set:
    Copy + PartialEq + BitAnd<Output = Self> + BitAndAssign + BitOr<Output = Self> + BitOrAssign + Not<Output = Self>
{
    /// How many positions there are. The last one is left for accepting.
    const POSITIONS: u32;
    const EMPTY: Self;
    /// Steps of handling one position, beside those of a single word.
    const COST: u64;
    type Codes: Clone + AsRef<[u8]> + AsMut<[u8]>;
    type Followers: AsRef<[Self]> + AsMut<[Self]>;

    fn codes() -> Self::Codes;
    fn followers() -> Self::Followers;
    /// The set of this position alone.
    fn one(position: u32) -> Self;
    /// All positions before this one.
    fn before(position: u32) -> Self;
    /// Each position moved up.
    fn up(self, by: u32) -> Self;
    /// The first position and the set of the others.
    fn split_first(self) -> Option<(u32, Self)>;

    #[inline]
    fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    #[inline]
    fn is_single(self) -> bool {
        self.split_first().is_some_and(|(_, rest)| rest.is_empty())
    }
}

impl Set for u64 {
    const POSITIONS: u32 = 64;
    const EMPTY: Self = 0;
    const COST: u64 = 1;
    type Codes = [u8; 64];
    type Followers = [u64; 64];

    #[inline]
    fn codes() -> [u8; 64] {
        [0; 64]
    }

    #[inline]
    fn followers() -> [u64; 64] {
        [0; 64]
    }

    #[inline]
    fn one(position: u32) -> Self {
        1_u64.checked_shl(position).unwrap_or_default()
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
}

/// Four words, the lowest first.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) struct Quad([u64; 4]);

impl Set for Quad {
    const POSITIONS: u32 = 256;
    const EMPTY: Self = Self([0; 4]);
    const COST: u64 = 4;
    type Codes = [u8; 256];
    type Followers = Vec<Self>;

    fn codes() -> [u8; 256] {
        [0; 256]
    }

    fn followers() -> Vec<Self> {
        vec![Self::EMPTY; 256]
    }

    #[inline]
    fn one(position: u32) -> Self {
        let [mut a, mut b, mut c, mut d] = [0; 4];
        let bit = 1_u64.wrapping_shl(position);
        match position >> 6 {
            0 => a = bit,
            1 => b = bit,
            2 => c = bit,
            3 => d = bit,
            _ => {}
        }
        Self([a, b, c, d])
    }

    fn before(position: u32) -> Self {
        !Self([u64::MAX; 4]).up(position)
    }

    #[inline]
    fn up(self, by: u32) -> Self {
        let Self([a, b, c, d]) = self;
        let [a, b, c, d] = match by >> 6 {
            0 => [a, b, c, d],
            1 => [0, a, b, c],
            2 => [0, 0, a, b],
            3 => [0, 0, 0, a],
            _ => [0; 4],
        };
        let by = by & 63;
        // What a word passes on to the next; nothing where nothing moves.
        let over = |word: u64| word.checked_shr(64_u32.saturating_sub(by)).unwrap_or_default();
        let [to_b, to_c, to_d] = [over(a), over(b), over(c)];
        let up = |word: u64| word.wrapping_shl(by);
        Self([up(a), up(b) | to_b, up(c) | to_c, up(d) | to_d])
    }

    #[inline]
    fn split_first(self) -> Option<(u32, Self)> {
        let Self([a, b, c, d]) = self;
        let rest = |word: u64| word & word.wrapping_sub(1);
        if a != 0 {
            Some((a.trailing_zeros(), Self([rest(a), b, c, d])))
        } else if b != 0 {
            Some((b.trailing_zeros() | 64, Self([0, rest(b), c, d])))
        } else if c != 0 {
            Some((c.trailing_zeros() | 128, Self([0, 0, rest(c), d])))
        } else if d != 0 {
            Some((d.trailing_zeros() | 192, Self([0, 0, 0, rest(d)])))
        } else {
            None
        }
    }
}

impl Quad {
    #[inline]
    fn zip(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let (Self([a, b, c, d]), Self([e, f, g, h])) = (self, other);
        Self([join(a, e), join(b, f), join(c, g), join(d, h)])
    }
}

impl BitAnd for Quad {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }
}

impl BitAndAssign for Quad {
    #[inline]
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOr for Quad {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }
}

impl BitOrAssign for Quad {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Not for Quad {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        let Self([a, b, c, d]) = self;
        Self([!a, !b, !c, !d])
    }
}
