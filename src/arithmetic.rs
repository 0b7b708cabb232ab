//! Arithmetic on counts and offsets of things in memory, which cannot overflow.
//!
//! If one overflows all the same, a debug build panics and a release build takes the nearest
//! number: a look-up with it finds nothing, and a limit counts as reached. Code that intends to
//! take the nearest number calls `saturating_add` and the like instead.

/// Sums, differences and products that cannot overflow.
pub(crate) trait CannotOverflow: Sized {
    /// Adds.
    fn plus(self, other: Self) -> Self;
    /// Subtracts a number that is not greater.
    fn minus(self, other: Self) -> Self;
    /// Multiplies.
    fn times(self, other: Self) -> Self;
}

macro_rules! cannot_overflow {
    ($($Number:ty)*) => { $(
        impl CannotOverflow for $Number {
            #[inline]
            fn plus(self, other: Self) -> Self {
                debug_assert!(self.checked_add(other).is_some(), "{self} + {other} overflows");
                self.saturating_add(other)
            }

            #[inline]
            fn minus(self, other: Self) -> Self {
                debug_assert!(self.checked_sub(other).is_some(), "{self} - {other} overflows");
                self.saturating_sub(other)
            }

            #[inline]
            fn times(self, other: Self) -> Self {
                debug_assert!(self.checked_mul(other).is_some(), "{self} * {other} overflows");
                self.saturating_mul(other)
            }
        }
    )* };
}

cannot_overflow!(u8 u32 u64 u128 usize i128);

/// Converts a length or an offset in memory, which has at most 64 bits.
#[inline]
pub(crate) fn as_u64(len: usize) -> u64 {
    debug_assert!(u64::try_from(len).is_ok(), "{len} has more than 64 bits");
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Converts an offset in a token's CBOR, which is shorter than 4 GiB.
#[inline]
pub(crate) fn as_u32(offset: usize) -> u32 {
    debug_assert!(u32::try_from(offset).is_ok(), "{offset} has more than 32 bits");
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Converts a count or an offset of something in memory.
#[inline]
pub(crate) fn as_usize(number: u64) -> usize {
    debug_assert!(usize::try_from(number).is_ok(), "{number} is beyond memory");
    usize::try_from(number).unwrap_or(usize::MAX)
}
