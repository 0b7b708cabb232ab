//! The followers of each position, sorted into what a step of the automaton does at once and what takes
//! a look at each. Refuses nothing.

use alloc::vec::Vec;

use super::super::budget::{Budget, Exhausted, steps};
use super::super::stack::Stack;
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

/// Positions of `branching` and what follows each of them, beside what `chain` and `repeated` say.
pub(in super::super) trait Branches<S>: Clone + Default {
    /// Adds positions that are all followed by the same others.
    fn insert(&mut self, positions: S, followers: S);
    /// Adds to `next` what follows the positions of `active`.
    fn follow(&self, active: S, next: &mut S);
    /// Steps of following them once.
    fn steps(&self) -> u64;
}

impl<S: Set> Followers<S> {
    /// Sorts the followers of all positions, and tells which are followed by the next one alone.
    #[inline]
    pub(super) fn new(follow: &[S], budget: &mut Budget) -> Result<(Self, S), Exhausted> {
        let mut straight = S::EMPTY;
        let none = S::EMPTY;
        let mut sorted = Self { chain: none, repeated: none, branching: none, branches: S::Branches::default() };
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
            budget.charge(S::WORDS.saturating_div(4).saturating_add(8))?;
            sorted.branching.insert(position);
            match groups.iter_mut().rev().take(Self::RECENT).find(|(_, followers)| *followers == others) {
                Some((positions, _)) => positions.insert(position),
                None => {
                    budget.charge(S::WORDS.saturating_mul(2))?;
                    groups.push((S::one(position), others));
                }
            }
        }
        for (positions, followers) in groups {
            sorted.branches.insert(positions, followers);
        }
        Ok((sorted, straight))
    }

    /// Groups of positions with the same followers that are looked through for one more such position.
    /// It is nearly always among the latest; where it is not, there is one group more than there need be.
    const RECENT: usize = 8;

    /// The positions that follow those of `active`.
    #[inline]
    pub(super) fn step(&self, active: S) -> S {
        let mut next = (active & self.chain).up(1) | active & self.repeated;
        if active.meets(self.branching) {
            self.branches.follow(active, &mut next);
        }
        next
    }

    /// Steps of going on from positions that branch, beside those of a few whole sets.
    pub(super) fn steps(&self) -> u64 {
        self.branches.steps()
    }
}

/// Sets of one word, in place.
#[derive(Clone)]
pub(in super::super) struct Pairs(Stack<(u64, u64), 4>);

impl Default for Pairs {
    #[inline]
    fn default() -> Self {
        Self(Stack::new((0, 0)))
    }
}

impl Branches<u64> for Pairs {
    #[inline]
    fn insert(&mut self, positions: u64, followers: u64) {
        self.0.push((positions, followers));
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

/// Sets of many words of which most are empty: the first of the others in place, the rest in a list.
#[derive(Clone, Default)]
pub(in super::super) struct Sparse {
    links: Vec<Link>,
    /// The words that are not in a link: positions and then followers of each link in turn.
    others: Vec<(u8, u64)>,
}

/// Positions and their followers, each a word with its index, and how many more words there are.
#[derive(Clone)]
struct Link {
    positions: (u8, u64),
    followers: (u8, u64),
    others: (u8, u8),
}

impl<const N: usize> Branches<Words<N>> for Sparse {
    fn insert(&mut self, positions: Words<N>, followers: Words<N>) {
        let mut add = |set: Words<N>| {
            let mut words = set.words();
            let first = words.next().unwrap_or_default();
            let before = self.others.len();
            self.others.extend(words);
            (first, u8::try_from(self.others.len().saturating_sub(before)).unwrap_or(u8::MAX))
        };
        let ((positions, more), (followers, yet_more)) = (add(positions), add(followers));
        self.links.push(Link { positions, followers, others: (more, yet_more) });
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
