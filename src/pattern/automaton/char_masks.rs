//! Tables of the positions that take each character, for sets of several words. Sets of one word
//! have none, since trying their few active positions one by one is faster.

use alloc::vec;
use alloc::vec::Vec;

use super::{CLASS, Classes, Set};

/// A table of the positions that take each character, or no table.
pub(in super::super) trait CharMasks<S>: Clone {
    /// Creates the table from the characters and classes of all positions.
    fn new(codes: &[u8]) -> Self;
    /// Returns the positions that take a character, assertions aside; `None` if there is no table.
    fn taking(&self, code: u32, classes: &Classes) -> Option<S>;
}

impl CharMasks<u64> for () {
    #[inline]
    fn new(_codes: &[u8]) -> Self {}

    #[inline]
    fn taking(&self, _: u32, _: &Classes) -> Option<u64> {
        None
    }
}

/// The positions of each ASCII character and each class of a pattern.
#[derive(Clone)]
pub(in super::super) struct MaskTable<S> {
    /// The index of each code's set; 0 is the empty set.
    places: [u8; 256],
    sets: Vec<S>,
}

impl<S: Set> MaskTable<S> {
    #[inline]
    fn of(&self, code: u8) -> S {
        let place = self.places.get(usize::from(code)).copied().unwrap_or_default();
        self.sets.get(usize::from(place)).copied().unwrap_or(S::EMPTY)
    }
}

impl<S: Set> CharMasks<S> for MaskTable<S> {
    fn new(codes: &[u8]) -> Self {
        let mut masks = Self { places: [0; 256], sets: vec![S::EMPTY] };
        for (position, &code) in (0..).zip(codes) {
            let Some(place) = masks.places.get_mut(usize::from(code)) else { continue };
            if *place == 0 {
                // No position has code 255, which leaves room for the empty set.
                *place = u8::try_from(masks.sets.len()).unwrap_or_default();
                masks.sets.push(S::EMPTY);
            }
            if let Some(set) = masks.sets.get_mut(usize::from(*place)) {
                set.insert(position);
            }
        }
        masks
    }

    #[inline]
    fn taking(&self, code: u32, classes: &Classes) -> Option<S> {
        let byte = u8::try_from(code).ok().filter(|byte| *byte < CLASS);
        let mut taking = byte.map_or(S::EMPTY, |byte| self.of(byte));
        for (of_class, class) in (CLASS..=u8::MAX).zip(classes.iter()) {
            if classes.holds(class, code) {
                taking |= self.of(of_class);
            }
        }
        Some(taking)
    }
}
