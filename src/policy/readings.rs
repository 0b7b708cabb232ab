//! Readings of the undocumented rules, and sets of readings as 12 bits.
//!
//! PubNub does not document how explicit entries and patterns combine, which form of a group's name
//! patterns are matched against, and answers to several smaller questions. A reading is one answer
//! to each of these questions. If all readings agree on a verdict, it holds whichever reading is
//! true.

use core::fmt;
use core::ops::{BitAnd, BitOr, Not};

use crate::enums::named_enum;

named_enum! {
    /// The rule by which an explicit entry for a name and matching patterns combine.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Precedence, "precedence", name {
        /// The explicit entry and every matching pattern add up.
        Union = "union",
        /// An explicit entry decides alone; without one, any matching pattern grants.
        ExplicitElseAny = "explicit-else-any",
        /// An explicit entry decides alone; without one, every matching pattern must have the
        /// permission.
        ExplicitElseAll = "explicit-else-all",
    }
}

named_enum! {
    /// The form of a channel group's name that patterns are matched against.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum GroupNames, "form of group names", name {
        /// The name alone: `sports`.
        Plain = "plain",
        /// The name after a colon: `:sports`.
        Colon = "colon",
    }
}

named_enum! {
    /// The answer to every other open question.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Doubt, "way to decide a doubt", name {
        /// In favour of the requester.
        Granted = "granted",
        /// Against the requester.
        Refused = "refused",
    }
}

/// A way in which the service may work.
///
/// ```
/// use pubnub_access::policy::Reading;
/// use pubnub_access::{Doubt, GroupNames, Precedence, Readings};
///
/// let reading = Reading::new(Precedence::Union, GroupNames::Plain, Doubt::Refused);
/// assert!(Readings::with_precedence(Precedence::Union).contains(reading.into()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Reading {
    /// The rule by which explicit entries and patterns combine.
    pub precedence: Precedence,
    /// The form of a group's name that patterns are matched against.
    pub group_names: GroupNames,
    /// The answer to every other open question.
    pub doubt: Doubt,
}

impl Reading {
    /// Creates a reading from its three parts.
    #[must_use]
    pub const fn new(precedence: Precedence, group_names: GroupNames, doubt: Doubt) -> Self {
        Reading { precedence, group_names, doubt }
    }
}

/// A set of readings.
///
/// ```
/// use pubnub_access::{Precedence, Readings};
///
/// assert_eq!(Readings::ALL.len(), 12);
/// let union = Readings::with_precedence(Precedence::Union);
/// assert_eq!(union.len(), 4);
/// assert!((union & Readings::with_precedence(Precedence::ExplicitElseAny)).is_empty());
/// assert!(union.iter().all(|reading| reading.precedence == Precedence::Union));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Readings(u16);

// The bit of a reading is `precedence * 4 + group names * 2 + doubt`.
const ALL_BITS: u16 = (1 << 12) - 1;
const UNION_BITS: u16 = 0x00f;
const PLAIN_BITS: u16 = 0x333;
const GRANTED_BITS: u16 = 0x555;

impl Readings {
    /// Every reading.
    pub const ALL: Readings = Readings(ALL_BITS);
    /// No reading.
    pub const NONE: Readings = Readings(0);

    /// Returns the readings with a precedence.
    pub const fn with_precedence(precedence: Precedence) -> Self {
        match precedence {
            Precedence::Union => Readings(UNION_BITS),
            Precedence::ExplicitElseAny => Readings(UNION_BITS << 4),
            Precedence::ExplicitElseAll => Readings(UNION_BITS << 8),
        }
    }

    /// Returns the readings that match patterns against a form of a group's name.
    pub const fn with_group_names(group_names: GroupNames) -> Self {
        match group_names {
            GroupNames::Plain => Readings(PLAIN_BITS),
            GroupNames::Colon => Readings(PLAIN_BITS << 2),
        }
    }

    /// Returns the readings that decide other doubts in one way.
    pub const fn with_doubt(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Granted => Readings(GRANTED_BITS),
            Doubt::Refused => Readings(GRANTED_BITS << 1),
        }
    }

    /// Returns the number of readings in the set, from 0 to 12.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Reports whether the set holds no reading.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reports whether the set holds every reading of `other`.
    #[must_use]
    pub const fn contains(self, other: Readings) -> bool {
        self.0 & other.0 == other.0
    }

    /// Reports whether the set holds only one of two readings that differ in nothing but the doubt.
    pub(crate) const fn turns_on_doubt(self) -> bool {
        (self.0 & GRANTED_BITS) << 1 != self.0 & (GRANTED_BITS << 1)
    }

    /// Returns the readings of the set, in a fixed order.
    #[must_use]
    pub fn iter(self) -> ReadingsIter {
        ReadingsIter { left: self }
    }
}

/// The readings of a set, in a fixed order.
#[derive(Debug, Clone)]
pub struct ReadingsIter {
    left: Readings,
}

impl Iterator for ReadingsIter {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        let bit = self.left.0.trailing_zeros();
        let precedence = *Precedence::ALL.get((bit >> 2) as usize)?;
        let group_names = if bit & 2 == 0 { GroupNames::Plain } else { GroupNames::Colon };
        let doubt = if bit & 1 == 0 { Doubt::Granted } else { Doubt::Refused };
        self.left.0 &= self.left.0.wrapping_sub(1);
        Some(Reading { precedence, group_names, doubt })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }
}

impl ExactSizeIterator for ReadingsIter {}

impl IntoIterator for Readings {
    type Item = Reading;
    type IntoIter = ReadingsIter;

    fn into_iter(self) -> ReadingsIter {
        self.iter()
    }
}

impl From<Reading> for Readings {
    fn from(reading: Reading) -> Self {
        Readings::with_precedence(reading.precedence)
            & Readings::with_group_names(reading.group_names)
            & Readings::with_doubt(reading.doubt)
    }
}

impl FromIterator<Reading> for Readings {
    fn from_iter<I: IntoIterator<Item = Reading>>(readings: I) -> Self {
        readings.into_iter().fold(Readings::NONE, |set, reading| set | reading.into())
    }
}

impl BitAnd for Readings {
    type Output = Readings;

    fn bitand(self, other: Readings) -> Readings {
        Readings(self.0 & other.0)
    }
}

impl BitOr for Readings {
    type Output = Readings;

    fn bitor(self, other: Readings) -> Readings {
        Readings(self.0 | other.0)
    }
}

/// Returns the readings that are not in the set.
impl Not for Readings {
    type Output = Readings;

    fn not(self) -> Readings {
        Readings(!self.0 & ALL_BITS)
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readings({:#05x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_has_a_bit_of_its_own() {
        let bits: Vec<u16> =
            Readings::ALL.iter().map(|reading| Readings::from(reading).0).collect();
        assert_eq!(bits, (0..12).map(|bit| 1 << bit).collect::<Vec<u16>>());
    }
}
