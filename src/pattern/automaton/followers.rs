//! The followers of each position. A step of the automaton handles the usual ones for a whole set
//! at once, and the others position by position.

use alloc::vec::Vec;

use super::super::budget::{Budget, Exhausted, steps};
use super::super::small_stack::SmallStack;
use super::Set;
use super::set::Words;

/// The positions that follow each position.
#[derive(Clone)]
pub(super) struct Followers<S: Set> {
    /// The positions followed by the one after them.
    chain: S,
    /// The positions followed by themselves.
    repeated: S,
    /// The positions followed by any others.
    branching: S,
    branches: S::Branches,
}

/// The followers of branching positions, except those in `chain` and `repeated`.
pub(in super::super) trait Branches<S: Copy>: Clone {
    /// Stores sets of positions, each with the other followers of all its members.
    fn new(groups: Groups<S>) -> Self;
    /// Adds the followers of `active` to `next`.
    fn follow(&self, active: S, next: &mut S);
    /// Returns the steps of following them once.
    fn steps(&self) -> u64;
}

/// Sets of positions with the same other followers, and those followers.
type Groups<S> = SmallStack<(S, S), 4>;

impl<S: Set> Followers<S> {
    /// Sorts the followers of all positions. Also returns the positions that are followed by the
    /// next one alone.
    #[inline]
    pub(super) fn new(follow: &[S], budget: &mut Budget) -> Result<(Self, S), Exhausted> {
        let none = S::EMPTY;
        let (mut straight, mut chain, mut branching, mut repeating) = (none, none, none, none);
        let mut groups = Groups::new((none, none));
        for (position, &followers) in (0_u32..).zip(follow) {
            let next = position.saturating_add(1);
            let (chained, repeated) = (followers.holds(next), followers.holds(position));
            let mut others = followers;
            others.remove(next);
            others.remove(position);
            if chained {
                chain.insert(position);
            }
            if repeated {
                repeating.insert(position);
            }
            if others.is_empty() {
                if chained && !repeated {
                    straight.insert(position);
                }
                continue;
            }
            budget.charge(S::WORDS.saturating_div(4).saturating_add(8))?;
            branching.insert(position);
            let same = groups
                .iter_mut()
                .rev()
                .take(Self::RECENT)
                .find(|(_, followers)| *followers == others);
            if let Some((positions, _)) = same {
                positions.insert(position);
                continue;
            }
            budget.charge(S::WORDS.saturating_mul(4))?;
            groups.push((S::one(position), others));
        }
        Ok((
            Self { chain, repeated: repeating, branching, branches: S::Branches::new(groups) },
            straight,
        ))
    }

    /// The number of latest groups in which a position with the same followers is looked for.
    /// Nearly always it is found there; otherwise there is one group more than necessary.
    const RECENT: usize = 8;

    /// Returns the positions that follow those of `active`.
    #[inline]
    pub(super) fn step(&self, active: S) -> S {
        let mut next = (active & self.chain).up(1) | active & self.repeated;
        if active.meets(self.branching) {
            self.branches.follow(active, &mut next);
        }
        next
    }

    /// Returns the steps of following positions that branch, without those of a few whole sets.
    pub(super) fn steps(&self) -> u64 {
        self.branches.steps()
    }
}

/// Branches for sets of one word, stored in place.
#[derive(Clone)]
pub(in super::super) struct Pairs(Groups<u64>);

impl Branches<u64> for Pairs {
    #[inline]
    fn new(groups: Groups<u64>) -> Self {
        Self(groups)
    }

    #[inline]
    fn follow(&self, active: u64, next: &mut u64) {
        for &(positions, followers) in self.0.iter() {
            if active & positions != 0 {
                *next |= followers;
            }
        }
    }

    #[inline]
    fn steps(&self) -> u64 {
        steps(self.0.len()).saturating_mul(2)
    }
}

/// Branches for sets of many words, most of them empty. Stores only words that are not empty: the
/// first of each set in its link, the others in a list.
#[derive(Clone)]
pub(in super::super) struct Sparse {
    links: Vec<Link>,
    /// The words that are not in a link: for each link in turn, those of its positions and then
    /// those of its followers.
    others: Vec<(u8, u64)>,
}

/// The first word of some positions and of their followers, each with its index, and the number of
/// further words of each.
#[derive(Clone)]
struct Link {
    positions: (u8, u64),
    followers: (u8, u64),
    others: (u8, u8),
}

impl Sparse {
    /// Stores all words of a set but the first. Returns the first word and the number of the
    /// others.
    fn add<const N: usize>(&mut self, set: Words<N>) -> ((u8, u64), u8) {
        let mut words = set.words();
        let first = words.next().unwrap_or_default();
        let before = self.others.len();
        self.others.extend(words);
        (first, u8::try_from(self.others.len().saturating_sub(before)).unwrap_or(u8::MAX))
    }
}

impl<const N: usize> Branches<Words<N>> for Sparse {
    fn new(groups: Groups<Words<N>>) -> Self {
        let mut sparse = Self { links: Vec::new(), others: Vec::new() };
        for &(positions, followers) in groups.iter() {
            let ((positions, more), (followers, yet_more)) =
                (sparse.add(positions), sparse.add(followers));
            sparse.links.push(Link { positions, followers, others: (more, yet_more) });
        }
        sparse
    }

    fn follow(&self, active: Words<N>, next: &mut Words<N>) {
        let mut others = self.others.iter();
        for link in &self.links {
            let mut meets = active.meets_word(link.positions);
            for _ in 0..link.others.0 {
                meets |= others.next().is_some_and(|&word| active.meets_word(word));
            }
            if meets {
                next.add_word(link.followers);
            }
            for _ in 0..link.others.1 {
                if let Some(&word) = others.next().filter(|_| meets) {
                    next.add_word(word);
                }
            }
        }
    }

    fn steps(&self) -> u64 {
        steps(self.others.len()).saturating_add(steps(self.links.len()).saturating_mul(3))
    }
}
