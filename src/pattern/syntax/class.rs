//! A set of characters under construction: the items of a class, folded and negated in RE2's order. Refuses nothing but
//! work beyond the budget.

use alloc::vec::Vec;

use super::super::{Budget, PatternError};
use super::orbits::{ORBITS, Step};

/// The last code point.
const LAST: u32 = 0x10_ffff;
/// The letters A to Z.
const UPPER: u128 = 0x07ff_fffe << 64;
/// The letters a to z.
const LOWER: u128 = UPPER << 32;
/// `k` and `s`, which are the same but for case as one character beyond ASCII each.
const FOLDED_BEYOND: [(u8, u32); 2] = [(b'k', 0x212a), (b's', 0x17f)];
/// Ranges kept before the list is merged for the first time.
const MERGE_AT: usize = 1024;

/// A set of characters. Those beyond ASCII are `all` of them or the ones in `ranges`, never both.
#[derive(Debug, Clone)]
pub(in super::super) struct CharSet {
    ascii: u128,
    all: bool,
    ranges: Vec<(u32, u32)>,
    merge_at: usize,
}

impl CharSet {
    pub(super) fn new() -> Self {
        Self { ascii: 0, all: false, ranges: Vec::new(), merge_at: MERGE_AT }
    }

    /// The members within ASCII, a bit each.
    #[inline]
    pub(in super::super) fn ascii(&self) -> u128 {
        self.ascii
    }

    /// Whether it holds every character beyond ASCII.
    #[inline]
    pub(in super::super) fn holds_all_beyond(&self) -> bool {
        self.all
    }

    /// The members beyond ASCII if they are not all of them, in order and apart from each other.
    #[inline]
    pub(in super::super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.ascii = 0;
        self.all = false;
        self.ranges.clear();
        self.merge_at = MERGE_AT;
    }

    /// Makes it the set of every character but a line feed.
    #[inline]
    pub(super) fn set_dot(&mut self) {
        self.clear();
        self.ascii = !(1 << 10);
        self.all = true;
    }

    pub(super) fn add_all(&mut self) {
        self.ascii = u128::MAX;
        self.all = true;
        self.ranges.clear();
    }

    /// Adds `low` to `high`, and with `fold` every character that equals one of them but for case.
    pub(super) fn add(&mut self, low: u32, high: u32, fold: bool, budget: &mut Budget) -> Result<(), PatternError> {
        if low < 0x80 {
            let members = u128::MAX.wrapping_shl(low) & (u128::MAX >> 127_u32.saturating_sub(high));
            self.add_ascii(members, fold);
        }
        if high >= 0x80 {
            let low = low.max(0x80);
            self.add_range(low, high);
            if fold && low == 0x80 && high == LAST {
                for (letter, _) in FOLDED_BEYOND {
                    self.add_ascii(1_u128.wrapping_shl(letter.into()), true);
                }
            } else if fold {
                self.add_orbits(low, high, budget)?;
            }
            self.merge_if_long(budget)?;
        }
        Ok(())
    }

    /// Adds a named class, or everything outside it. Folding comes before negating.
    pub(super) fn add_group(
        &mut self,
        members: u128,
        negated: bool,
        fold: bool,
        budget: &mut Budget,
    ) -> Result<(), PatternError> {
        if !negated {
            self.add_ascii(members, fold);
            return Ok(());
        }
        let mut group = Self::new();
        group.add_ascii(members, fold);
        group.negate(budget)?;
        self.ascii |= group.ascii;
        if group.all {
            self.add_range(0x80, LAST);
        }
        for &(low, high) in &group.ranges {
            self.add_range(low, high);
        }
        self.merge_if_long(budget)
    }

    /// Makes it the set of the characters that it does not hold.
    pub(super) fn negate(&mut self, budget: &mut Budget) -> Result<(), PatternError> {
        self.ascii = !self.ascii;
        if self.all || self.ranges.is_empty() {
            self.all = !self.all;
            self.ranges.clear();
            return Ok(());
        }
        self.merge(budget)?;
        let mut gaps = Vec::with_capacity(self.ranges.len().saturating_add(1));
        let mut next = 0x80;
        for &(low, high) in &self.ranges {
            if next < low {
                gaps.push((next, low.saturating_sub(1)));
            }
            next = high.saturating_add(1);
        }
        if next <= LAST {
            gaps.push((next, LAST));
        }
        self.ranges = gaps;
        Ok(())
    }

    /// Puts the ranges in order, ready to be read.
    #[inline]
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Result<(), PatternError> {
        if self.ranges.len() > 1 {
            self.merge(budget)?;
        }
        if let [(0x80, LAST)] = self.ranges.as_slice() {
            self.add_range(0x80, LAST);
        }
        Ok(())
    }

    #[inline]
    pub(super) fn add_ascii(&mut self, members: u128, fold: bool) {
        self.ascii |= members;
        if fold {
            self.ascii |= (members & UPPER) << 32 | (members & LOWER) >> 32;
            for (letter, beyond) in FOLDED_BEYOND {
                let cases =
                    1_u128.wrapping_shl(letter.into()) | 1_u128.wrapping_shl(letter.to_ascii_uppercase().into());
                if members & cases != 0 {
                    self.add_range(beyond, beyond);
                }
            }
        }
    }

    fn add_range(&mut self, low: u32, high: u32) {
        if self.all {
            return;
        }
        if low == 0x80 && high == LAST {
            self.all = true;
            self.ranges.clear();
        } else {
            self.ranges.push((low, high));
        }
    }

    /// Adds what the orbits of `low` to `high` lead to. Three more steps close every orbit.
    fn add_orbits(&mut self, low: u32, high: u32, budget: &mut Budget) -> Result<(), PatternError> {
        let mut seen = Vec::new();
        step_range(low, high, &mut seen, budget)?;
        let mut from = 0;
        for _ in 1..3 {
            let until = seen.len();
            for index in from..until {
                if let Some(&(low, high)) = seen.get(index) {
                    step_range(low, high, &mut seen, budget)?;
                }
            }
            from = until;
        }
        for (low, high) in seen {
            if low < 0x80 {
                self.add_ascii(u128::MAX.wrapping_shl(low) & (u128::MAX >> 127_u32.saturating_sub(high)), false);
            }
            if high >= 0x80 {
                self.add_range(low.max(0x80), high);
            }
        }
        Ok(())
    }

    /// Keeps the list at most twice as long as it needs to be.
    fn merge_if_long(&mut self, budget: &mut Budget) -> Result<(), PatternError> {
        if self.ranges.len() >= self.merge_at {
            self.merge(budget)?;
            self.merge_at = self.ranges.len().saturating_mul(2).max(MERGE_AT);
        }
        Ok(())
    }

    fn merge(&mut self, budget: &mut Budget) -> Result<(), PatternError> {
        let length = u64::try_from(self.ranges.len()).unwrap_or(u64::MAX);
        budget.charge(length.saturating_mul(4))?;
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1.saturating_add(1);
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        Ok(())
    }
}

/// Adds to `found` the characters one step along their orbits from `low` to `high`.
fn step_range(low: u32, high: u32, found: &mut Vec<(u32, u32)>, budget: &mut Budget) -> Result<(), PatternError> {
    budget.charge(16)?;
    let from = ORBITS.partition_point(|&(_, last, _)| last < low);
    for &(first, last, step) in ORBITS.iter().skip(from) {
        if first > high {
            break;
        }
        budget.charge(4)?;
        let (low, high) = (low.max(first), high.min(last));
        found.push(match step {
            Step::Add(by) => (low.saturating_add_signed(by), high.saturating_add_signed(by)),
            // Whole pairs: a partner that was there already does no harm.
            Step::Pair => (
                low.saturating_sub(low.saturating_sub(first) & 1),
                high.saturating_add(!high.saturating_sub(first) & 1),
            ),
        });
    }
    Ok(())
}
