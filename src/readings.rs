//! What is not known about the service, as 24 readings, and sets of them as 24 bits.
//!
//! PubNub does not document how patterns are anchored, how explicit entries and patterns combine, which form of a
//! group's name patterns see, and a number of smaller points. A reading settles all of them one way; an answer that
//! holds in every reading holds whatever the truth is.

use core::fmt;
use core::ops::{BitAnd, BitOr, Not};

/// Whether a pattern may match anywhere in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchoring {
    /// A pattern matches a name when it matches some part of it.
    Search,
    /// A pattern matches a name only when it matches the whole of it.
    Full,
}

/// How an explicit entry for a name and the patterns that match it combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// The explicit entry and every matching pattern add up.
    Union,
    /// An explicit entry decides alone; without one, any matching pattern grants.
    ExplicitElseAny,
    /// An explicit entry decides alone; without one, only what every matching pattern grants is granted.
    ExplicitElseAll,
}

/// The form of a channel group's name that patterns are matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupNames {
    /// `sports`
    Plain,
    /// `:sports`
    Colon,
}

/// How everything else that is in doubt turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// In favour of the requester.
    Granted,
    /// Against the requester.
    Refused,
}

/// One way in which the service may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Reading {
    /// How patterns are anchored.
    pub anchoring: Anchoring,
    /// How explicit entries and patterns combine.
    pub precedence: Precedence,
    /// What group patterns are matched against.
    pub group_names: GroupNames,
    /// How other doubts turn out.
    pub doubt: Doubt,
}

impl Reading {
    /// The reading that settles each question as given.
    #[must_use]
    pub const fn new(anchoring: Anchoring, precedence: Precedence, group_names: GroupNames, doubt: Doubt) -> Self {
        Reading { anchoring, precedence, group_names, doubt }
    }
}

/// A set of readings.
///
/// ```
/// use pubnub_access::{Anchoring, Readings};
///
/// assert_eq!(Readings::ALL.len(), 24);
/// let search = Readings::with_anchoring(Anchoring::Search);
/// assert_eq!(search.len(), 12);
/// assert!((search & Readings::with_anchoring(Anchoring::Full)).is_empty());
/// assert!(search.iter().all(|reading| reading.anchoring == Anchoring::Search));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Readings(u32);

// The bit of a reading is `anchoring * 12 + precedence * 4 + group names * 2 + doubt`.
const ALL_BITS: u32 = (1 << 24) - 1;
const SEARCH_BITS: u32 = (1 << 12) - 1;
const UNION_BITS: u32 = 0x00_f0_0f;
const PLAIN_BITS: u32 = 0x33_33_33;
const GRANTED_BITS: u32 = 0x55_55_55;

impl Readings {
    /// Every reading.
    pub const ALL: Readings = Readings(ALL_BITS);
    /// No reading.
    pub const NONE: Readings = Readings(0);

    /// The readings with this anchoring.
    pub const fn with_anchoring(anchoring: Anchoring) -> Self {
        match anchoring {
            Anchoring::Search => Readings(SEARCH_BITS),
            Anchoring::Full => Readings(SEARCH_BITS << 12),
        }
    }

    /// The readings with this precedence.
    pub const fn with_precedence(precedence: Precedence) -> Self {
        match precedence {
            Precedence::Union => Readings(UNION_BITS),
            Precedence::ExplicitElseAny => Readings(UNION_BITS << 4),
            Precedence::ExplicitElseAll => Readings(UNION_BITS << 8),
        }
    }

    /// The readings in which group patterns see this form of a name.
    pub const fn with_group_names(group_names: GroupNames) -> Self {
        match group_names {
            GroupNames::Plain => Readings(PLAIN_BITS),
            GroupNames::Colon => Readings(PLAIN_BITS << 2),
        }
    }

    /// The readings in which other doubts turn out so.
    pub const fn with_doubt(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Granted => Readings(GRANTED_BITS),
            Doubt::Refused => Readings(GRANTED_BITS << 1),
        }
    }

    /// How many readings the set holds, from 0 to 24.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the set holds no reading.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set holds every reading of `other`.
    #[must_use]
    pub const fn contains(self, other: Readings) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set's readings, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Reading> {
        use {Anchoring::*, Doubt::*, GroupNames::*, Precedence::*};
        [Search, Full]
            .into_iter()
            .flat_map(|anchoring| [Union, ExplicitElseAny, ExplicitElseAll].map(|precedence| (anchoring, precedence)))
            .flat_map(|(anchoring, precedence)| {
                [(Plain, Granted), (Plain, Refused), (Colon, Granted), (Colon, Refused)]
                    .map(|(group_names, doubt)| Reading { anchoring, precedence, group_names, doubt })
            })
            .filter(move |reading| self.contains((*reading).into()))
    }
}

impl From<Reading> for Readings {
    fn from(reading: Reading) -> Self {
        Readings::with_anchoring(reading.anchoring)
            & Readings::with_precedence(reading.precedence)
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

/// The readings that are not in the set.
impl Not for Readings {
    type Output = Readings;

    fn not(self) -> Readings {
        Readings(!self.0 & ALL_BITS)
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readings({:#08x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_has_a_bit_of_its_own() {
        let bits: Vec<u32> = Readings::ALL.iter().map(|reading| Readings::from(reading).0).collect();
        assert_eq!(bits, (0..24).map(|bit| 1 << bit).collect::<Vec<u32>>());
    }
}
