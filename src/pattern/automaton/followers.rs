//! What follows each position, sorted into what a step of the automaton does at once and what takes a look at each.
//! Refuses nothing.

use alloc::vec::Vec;

use super::super::stack::Stack;
use super::{CLASS, Followers, Set};

/// Groups of positions with the same followers that are looked through for one more such position. It is nearly always
/// among the latest; where it is not, there is one group more than there need be.
const RECENT_GROUPS: usize = 8;

/// Steps of one character for sets of several words: what is done to whole sets, and to each group and class.
pub(super) fn unit_of_words<S: Set>(followers: &Followers<S>, classes: u64) -> u64 {
    let sets = followers.sets().saturating_add(classes).saturating_add(12);
    sets.saturating_mul(S::WORDS).saturating_div(4).saturating_add(classes.saturating_mul(2)).saturating_add(20)
}

/// Tells simple followers from others, and which positions are followed by the next one alone. A position with others has
/// all its followers there.
#[inline]
pub(super) fn sort_followers<S: Set>(follow: &[S]) -> (Followers<S>, S) {
    let mut straight = S::EMPTY;
    let mut sorted = Followers::none();
    let mut position = S::one(0);
    for &followers in follow {
        let next = position.up(1);
        if (followers & !(position | next)).is_empty() {
            if !(followers & next).is_empty() {
                sorted.chain |= position;
            }
            if !(followers & position).is_empty() {
                sorted.repeated |= position;
            }
            if followers == next {
                straight |= position;
            }
        } else {
            sorted.complex.push((position, followers));
            sorted.branching |= position;
        }
        position = next;
    }
    (sorted, straight)
}

/// The same for many positions: those with the same followers, beside the simple ones, share an entry. All that can end a
/// repetition or an alternative do.
pub(super) fn group_followers<S: Set>(follow: &[S]) -> (Followers<S>, S) {
    let mut straight = S::EMPTY;
    let mut sorted = Followers::<S>::none();
    let mut groups: Vec<(S, S)> = Vec::new();
    for (position, &followers) in (0_u32..).zip(follow) {
        let next = position.saturating_add(1);
        let (chained, repeated) = (followers.holds(next), followers.holds(position));
        let mut others = followers;
        others.remove(next);
        others.remove(position);
        if chained {
            sorted.chain.insert(position);
        }
        if repeated {
            sorted.repeated.insert(position);
        }
        if others.is_empty() {
            if chained && !repeated {
                straight.insert(position);
            }
            continue;
        }
        sorted.branching.insert(position);
        match groups.iter_mut().rev().take(RECENT_GROUPS).find(|(_, followers)| *followers == others) {
            Some((positions, _)) => positions.insert(position),
            None => groups.push((S::one(position), others)),
        }
    }
    for group in groups {
        sorted.complex.push(group);
    }
    (sorted, straight)
}

impl<S: Set> Followers<S> {
    #[inline]
    fn none() -> Self {
        let none = S::EMPTY;
        Self { chain: none, repeated: none, branching: none, complex: Stack::new((none, none)) }
    }
}

/// The literals that stand in a straight line from the first position on, or after a `^` there: from which position up
/// to which.
#[inline]
pub(super) fn find_prefix<S: Set>(codes: &[u8], consuming: S, straight: S, starts_at_begin: bool) -> (u16, u16) {
    let mut start = 0_u16;
    let mut position = S::one(0);
    if starts_at_begin {
        if (straight & position).is_empty() {
            return (0, 0);
        }
        (start, position) = (1, position.up(1));
    }
    let mut end = start;
    for &code in codes.iter().skip(start.into()) {
        if (consuming & position).is_empty() || code >= CLASS {
            break;
        }
        end = end.saturating_add(1);
        if (straight & position).is_empty() {
            break;
        }
        position = position.up(1);
    }
    (start, end)
}
