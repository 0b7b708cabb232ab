//! A stack whose first items need no allocation. Its users bound its depth.

use alloc::vec::Vec;

/// Up to `N` items in place, the rest on the heap.
#[derive(Clone)]
pub(super) struct SmallStack<T: Copy, const N: usize> {
    here: [T; N],
    len: usize,
    spill: Vec<T>,
}

impl<T: Copy, const N: usize> SmallStack<T, N> {
    /// Creates an empty stack; `filler` fills the unused places.
    #[inline]
    pub(super) fn new(filler: T) -> Self {
        Self { here: [filler; N], len: 0, spill: Vec::new() }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len.saturating_add(self.spill.len())
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) {
        match self.here.get_mut(self.len) {
            Some(place) => {
                *place = item;
                self.len = self.len.saturating_add(1);
            }
            None => self.spill.push(item),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        if let Some(item) = self.spill.pop() {
            return Some(item);
        }
        self.len = self.len.checked_sub(1)?;
        self.here.get(self.len).copied()
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        match index.checked_sub(N) {
            None if index < self.len => self.here.get(index),
            None => None,
            Some(index) => self.spill.get(index),
        }
    }

    #[inline]
    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        let here = self.here.get_mut(..self.len).unwrap_or_default();
        here.iter_mut().chain(&mut self.spill)
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let here = self.here.get(..self.len).unwrap_or_default();
        here.iter().chain(&self.spill)
    }
}
