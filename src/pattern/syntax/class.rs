//! A set of characters under construction: the items of a class, folded and negated in RE2's order.

use alloc::vec::Vec;

use super::super::Budget;
use super::super::budget::{Exhausted, steps};
use super::case_fold::{CASE_FOLD, Step};
use super::groups::{LOWER, UPPER};

/// The last code point.
pub(super) const LAST: u32 = 0x10_ffff;
/// `k` and `s`, each with the character beyond ASCII that differs from it only in case.
const FOLDED_BEYOND: [(u8, u32); 2] = [(b'k', 0x212a), (b's', 0x17f)];
/// Ranges kept before the list is merged for the first time.
const MERGE_AT: usize = 1024;

/// A set of characters. Beyond ASCII, it contains all of them or those in `ranges`.
#[derive(Debug, Clone)]
pub(in super::super) struct CharSet {
    ascii: u128,
    all: bool,
    ranges: Vec<(u32, u32)>,
    /// Members beyond ASCII that are folded already, kept apart until the others are folded.
    folded: Vec<(u32, u32)>,
    merge_at: usize,
}

impl CharSet {
    pub(super) fn new() -> Self {
        Self { ascii: 0, all: false, ranges: Vec::new(), folded: Vec::new(), merge_at: MERGE_AT }
    }

    /// Returns the members within ASCII, one bit each.
    #[inline]
    pub(in super::super) fn ascii(&self) -> u128 {
        self.ascii
    }

    /// Reports whether the set contains every character beyond ASCII.
    #[inline]
    pub(in super::super) fn holds_all_beyond(&self) -> bool {
        self.all
    }

    /// Returns the members beyond ASCII as sorted ranges with gaps between them; empty if all are
    /// members.
    #[inline]
    pub(in super::super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.ascii = 0;
        self.all = false;
        self.ranges.clear();
        self.folded.clear();
        self.merge_at = MERGE_AT;
    }

    /// Sets it to every character but a line feed.
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

    /// Adds `low` to `high`.
    pub(super) fn add(
        &mut self,
        low: u32,
        high: u32,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        if low < 0x80 {
            self.ascii |= u128::MAX.wrapping_shl(low) & (u128::MAX >> 127_u32.saturating_sub(high));
        }
        if high >= 0x80 {
            self.add_range(low.max(0x80), high);
            self.merge_if_long(budget)?;
        }
        Ok(())
    }

    /// Adds characters within ASCII, one bit each.
    #[inline]
    pub(super) fn add_ascii(&mut self, members: u128) {
        self.ascii |= members;
    }

    /// Adds every character that is not in another set. With `fold`, the other set is folded first.
    pub(super) fn add_all_but(
        &mut self,
        mut others: Self,
        fold: bool,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        if fold {
            others.fold(budget)?;
        }
        others.negate(budget)?;
        self.ascii |= others.ascii;
        if others.all {
            self.add_range(0x80, LAST);
        } else if fold {
            self.folded.append(&mut others.ranges);
            if self.folded.len() > MERGE_AT {
                merge(&mut self.folded, budget)?;
            }
        } else if !self.all {
            self.ranges.append(&mut others.ranges);
        }
        self.merge_if_long(budget)
    }

    /// Adds every character that differs from a member only in case.
    pub(super) fn fold(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        if !self.all && !self.ranges.is_empty() {
            self.merge(budget)?;
            let mut fresh = self.ranges.clone();
            while !fresh.is_empty() {
                let found = step_ranges(&fresh, budget)?;
                fresh.clear();
                for (low, high) in found {
                    if low < 0x80 {
                        self.ascii |= u128::MAX.wrapping_shl(low)
                            & (u128::MAX >> 127_u32.saturating_sub(high));
                    }
                    self.gaps_between(low.max(0x80), high, &mut fresh);
                }
                merge(&mut fresh, budget)?;
                self.ranges.extend_from_slice(&fresh);
                self.merge(budget)?;
            }
        }
        for (letter, beyond) in FOLDED_BEYOND {
            let letter = 1_u128.wrapping_shl(letter.into());
            if self.all {
                self.ascii |= letter;
            } else if self.ascii & (letter | letter >> 32) != 0 {
                self.add_range(beyond, beyond);
            }
        }
        self.ascii |= (self.ascii & UPPER) << 32 | (self.ascii & LOWER) >> 32;
        if self.all {
            self.folded.clear();
        }
        self.ranges.append(&mut self.folded);
        Ok(())
    }

    /// Adds to `gaps` the parts of `low` to `high` that the sorted ranges do not cover.
    fn gaps_between(&self, low: u32, high: u32, gaps: &mut Vec<(u32, u32)>) {
        let first = self.ranges.partition_point(|&(_, end)| end < low);
        let mut next = low;
        for &(start, end) in self.ranges.iter().skip(first).take_while(|&&(start, _)| start <= high)
        {
            if next < start {
                gaps.push((next, start.saturating_sub(1)));
            }
            next = end.saturating_add(1);
        }
        if next <= high {
            gaps.push((next, high));
        }
    }

    /// Replaces the set by its complement.
    pub(super) fn negate(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        self.ascii = !self.ascii;
        if self.all || self.ranges.is_empty() {
            self.all = !self.all;
            self.ranges.clear();
            return Ok(());
        }
        self.merge(budget)?;
        let mut gaps = Vec::with_capacity(self.ranges.len().saturating_add(1));
        self.gaps_between(0x80, LAST, &mut gaps);
        self.ranges = gaps;
        Ok(())
    }

    /// Sorts and merges the ranges, so that they can be read.
    #[inline]
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        if self.ranges.len() > 1 {
            self.merge(budget)?;
        }
        if let [(0x80, LAST)] = self.ranges.as_slice() {
            self.add_range(0x80, LAST);
        }
        Ok(())
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

    /// Keeps the list at most twice as long as necessary.
    fn merge_if_long(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        if self.ranges.len() >= self.merge_at {
            self.merge(budget)?;
            self.merge_at = self.ranges.len().saturating_mul(2).max(MERGE_AT);
        }
        Ok(())
    }

    fn merge(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        merge(&mut self.ranges, budget)
    }
}

/// Sorts ranges, and merges those that touch.
fn merge(ranges: &mut Vec<(u32, u32)>, budget: &mut Budget) -> Result<(), Exhausted> {
    budget.charge(steps(ranges.len()).saturating_mul(8))?;
    // The list mostly consists of two sorted runs, which this sort takes advantage of.
    ranges.sort();
    ranges.dedup_by(|next, kept| {
        let touches = next.0 <= kept.1.saturating_add(1);
        if touches {
            kept.1 = kept.1.max(next.1);
        }
        touches
    });
    Ok(())
}

/// Returns the characters that are one step of `CASE_FOLD` away from those of the sorted `ranges`.
fn step_ranges(ranges: &[(u32, u32)], budget: &mut Budget) -> Result<Vec<(u32, u32)>, Exhausted> {
    budget.charge(steps(ranges.len()).saturating_mul(4).saturating_add(16))?;
    let mut found = Vec::new();
    let lowest = ranges.first().map_or(LAST, |&(low, _)| low);
    let mut runs = CASE_FOLD
        .get(CASE_FOLD.partition_point(|&(_, last, _)| last < lowest)..)
        .unwrap_or_default();
    for &(low, high) in ranges {
        while let [(first, last, step), rest @ ..] = runs {
            if *first > high {
                break;
            }
            budget.charge(16)?;
            let (low, high) = (low.max(*first), high.min(*last));
            if low <= high {
                found.push(match step {
                    Step::Add(by) => {
                        (low.saturating_add_signed(*by), high.saturating_add_signed(*by))
                    }
                    // Adds whole pairs, since adding a member again does no harm.
                    Step::Pair => (
                        low.saturating_sub(low.saturating_sub(*first) & 1),
                        high.saturating_add(!high.saturating_sub(*first) & 1),
                    ),
                });
            }
            if high < *last {
                // The next range may contain more of this run.
                break;
            }
            runs = rest;
        }
    }
    Ok(found)
}
