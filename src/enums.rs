//! Enums that list each variant once, together with its text.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::arithmetic::CannotOverflow;

/// Defines an enum without data, each variant with its name.
///
/// `name` is the method that returns the name. `ALL`, `Display`, `FromStr` and serde's traits
/// follow from the list.
macro_rules! named_enum {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $Enum:ident, $what:literal, $name:ident {
            $( $(#[$of_variant:meta])* $Variant:ident $(: $discriminant:literal)? = $text:literal, )*
        }
    ) => {
        $(#[$attribute])*
        $visibility enum $Enum {
            $( $(#[$of_variant])* $Variant $(= $discriminant)?, )*
        }

        impl $Enum {
            #[doc = concat!("Every ", $what, ", in the order in which they are listed.")]
            pub const ALL: &'static [Self] = &[$($Enum::$Variant),*];

            #[doc = concat!("Returns the stable name of the ", $what, ".")]
            #[must_use]
            pub const fn $name(self) -> &'static str {
                match self { $( $Enum::$Variant => $text, )* }
            }
        }

        $crate::enums::text_traits!($Enum, $what, $name, &[$($text),*]);
    };
}

/// Implements `Display`, `FromStr` and serde's traits for an enum with `ALL` and names.
macro_rules! text_traits {
    ($Enum:ident, $what:literal, $name:ident, $names:expr) => {
        impl core::fmt::Display for $Enum {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.$name())
            }
        }

        impl core::str::FromStr for $Enum {
            type Err = $crate::ParseEnumError;

            #[doc = concat!("Parses the name of a ", $what, ", as `", stringify!($name), "` returns it.")]
            ///
            /// # Errors Any other text, including `""` and a name in another case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = $Enum::ALL.iter().copied().find(|value| value.$name() == text);
                found.ok_or_else(|| $crate::ParseEnumError::new($what, $names, text))
            }
        }

        /// Writes the name.
        #[cfg(feature = "serde")]
        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$name())
            }
        }

        /// Reads the name.
        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::enums::NameVisitor(core::marker::PhantomData))
            }
        }
    };
}

/// Defines an enum with data, each variant with its stable code and its sentence.
///
/// The sentence is a format string with arguments; both can use the variant's fields. `CODES`,
/// `code` and `Display` follow from the list.
macro_rules! described_enum {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $Enum:ident $(<$lifetime:lifetime>)? {
            $(
                $(#[$of_variant:meta])*
                $Variant:ident $(($value:ident: $Value:ty))? $({ $($field:ident: $Field:ty),+ })?
                    = $code:literal, $format:literal $(, $argument:expr)*;
            )*
        }
    ) => {
        $(#[$attribute])*
        $visibility enum $Enum $(<$lifetime>)? {
            $( $(#[$of_variant])* $Variant $(($Value))? $({ $($field: $Field),+ })?, )*
        }

        impl $(<$lifetime>)? $Enum $(<$lifetime>)? {
            /// Every code, in the order of the list.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// Returns the stable code in snake case.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $( $Enum::$Variant { .. } => $code, )* }
            }
        }

        $crate::enums::into_owned! {
            $Enum $(<$lifetime>)?; $( $Variant $(($value))? $({ $($field),+ })?, )*
        }

        impl $(<$lifetime>)? core::fmt::Display for $Enum $(<$lifetime>)? {
            #[allow(unused_variables, reason = "not every sentence says everything")]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self {
                    $( $Enum::$Variant $(($value))? $({ $($field),+ })? => write!(f, $format $(, $argument)*), )*
                }
            }
        }
    };
}

/// Implements `into_owned` for an enum with a lifetime.
macro_rules! into_owned {
    ($Enum:ident <$lifetime:lifetime>; $( $Variant:ident $({ $($field:ident),+ })?, )*) => {
        impl $Enum<'_> {
            /// Returns the value with copies of its texts, so that it borrows nothing.
            #[must_use]
            pub fn into_owned(self) -> $Enum<'static> {
                match self {
                    $( $Enum::$Variant $({ $($field),+ })? => $Enum::$Variant
                        $({ $($field: $crate::enums::Owned::owned($field)),+ })?, )*
                }
            }
        }
    };
    ($Enum:ident; $($variants:tt)*) => {};
}

/// Implements `Owned` for types that borrow nothing.
macro_rules! borrows_nothing {
    ($($Type:ty),*) => { $(
        impl $crate::enums::Owned for $Type {
            type Static = Self;

            fn owned(self) -> Self {
                self
            }
        }
    )* };
}

pub(crate) use {borrows_nothing, described_enum, into_owned, named_enum, text_traits};

/// A field of an enum, which `into_owned` copies if it borrows.
pub(crate) trait Owned {
    type Static;

    fn owned(self) -> Self::Static;
}

impl Owned for Cow<'_, str> {
    type Static = Cow<'static, str>;

    fn owned(self) -> Self::Static {
        Cow::Owned(self.into_owned())
    }
}

impl<T: Owned> Owned for Option<T> {
    type Static = Option<T::Static>;

    fn owned(self) -> Self::Static {
        self.map(T::owned)
    }
}

/// The error of parsing the name of an enum's variant.
///
/// The message does not repeat the text. It suggests the name with the most similar spelling, or
/// lists the valid names.
///
/// ```
/// use pubnub_access::{KeysetFlag, Operation, ParseEnumError};
///
/// let error: ParseEnumError = "on".parse::<KeysetFlag>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown keyset flag, expected unknown, allowed or restricted");
/// let error = "setMembership".parse::<Operation>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown operation, did you mean set-memberships?");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("unknown {what}, {hint}")]
pub struct ParseEnumError {
    what: &'static str,
    hint: Hint,
}

impl ParseEnumError {
    #[cold]
    pub(crate) fn new(
        what: &'static str,
        names: &'static [&'static str],
        text: &str,
    ) -> ParseEnumError {
        let hint = nearest(text, names).map_or(Hint::Expected(names), Hint::Meant);
        ParseEnumError { what, hint }
    }
}

/// The end of the message: the name that was probably meant, or the valid names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Hint {
    Meant(&'static str),
    Expected(&'static [&'static str]),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Meant(name) => write!(f, "did you mean {name}?"),
            Hint::Expected(names) => write!(f, "expected {}", Expected(names)),
        }
    }
}

/// Returns the name with the most similar spelling, if one is close.
fn nearest(text: &str, names: &'static [&'static str]) -> Option<&'static str> {
    /// In bytes: a longer text is no misspelt name, and comparing it would cost time.
    const LONGEST: usize = 40;
    if text.len() > LONGEST {
        return None;
    }
    let distances = names.iter().map(|name| (distance(text, name), *name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (name.len() / 4).plus(1) && distance < text.len()).then_some(name)
}

/// Returns the Levenshtein distance of two names. It is the number of letters to change, add or
/// remove. Case and the signs between words do not count: `hereNow` is at distance 0 from
/// `here-now`.
pub(crate) fn distance(text: &str, name: &str) -> usize {
    let letters = |text: &str| -> Vec<u8> {
        let letters = text.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b' '));
        letters.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let name = letters(name);
    // The distances from the text read so far to each prefix of the name.
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (position, letter) in letters(text).into_iter().enumerate() {
        let (mut diagonal, mut left) = (position, position.plus(1));
        let mut cells = row.iter_mut();
        cells.next().into_iter().for_each(|first| *first = left);
        for (other, cell) in name.iter().zip(cells) {
            left = diagonal.plus(usize::from(letter != *other)).min(left.min(*cell).plus(1));
            diagonal = core::mem::replace(cell, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The expected names: all of them, or examples if there are many.
struct Expected<'a>(&'a [&'a str]);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 10;
        let names = if self.0.len() <= MOST {
            self.0
        } else {
            write!(f, "one of {} names such as ", self.0.len())?;
            self.0.get(..3).unwrap_or_default()
        };
        let Some((last, others)) = names.split_last() else { return Ok(()) };
        for (position, name) in others.iter().enumerate() {
            write!(f, "{}{name}", if position > 0 { ", " } else { "" })?;
        }
        write!(f, " or {last}")
    }
}

/// Reads an enum from its name.
#[cfg(feature = "serde")]
pub(crate) struct NameVisitor<T>(pub(crate) core::marker::PhantomData<T>);

#[cfg(feature = "serde")]
impl<T: core::str::FromStr<Err = ParseEnumError>> serde::de::Visitor<'_> for NameVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
