//! Properties that hold for any bytes. The fuzz targets and the replay test run them.

pub mod decode;
pub mod deny_list;
pub mod evaluate;
pub mod explain;
pub mod grant;
pub mod pattern;
#[cfg(test)]
mod replay;
pub mod route;
pub mod token;

use arbitrary::{Arbitrary, Result, Unstructured};

/// Makes at most a number of items.
fn several<'a, T>(
    most: usize,
    data: &mut Unstructured<'a>,
    one: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..data.int_in_range(0..=most)?).map(|_| one(data)).collect()
}

/// Chooses one of these values, or makes any other.
fn choice<'a, T: Copy + Arbitrary<'a>>(data: &mut Unstructured<'a>, usual: &[T]) -> Result<T> {
    if data.ratio(3, 4)? { data.choose(usual).copied() } else { T::arbitrary(data) }
}

/// Asserts that a message is safe to print.
fn is_printable(message: &str) {
    assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
}
