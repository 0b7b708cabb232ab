//! The length of a grant's token, computed without encoding it.
//!
//! Every recorded token since 2021 has this form: names are texts, keys of sections and kinds are
//! byte strings, the five older kinds are always present, heads are minimal, floats have 64 bits,
//! and the signature has 32 bytes.

use alloc::string::String;
use core::iter::once;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;
use crate::token::Section;

use super::meta::Meta;
use super::write::is_always_written;
use super::{GrantRequest, Scopes};

/// The time of issue, which fits 32 bits until 2106, with its head.
const TIME: usize = 5;
/// The signature, with its head.
const SIGNATURE: usize = 34;

impl GrantRequest {
    /// Returns the length of the token's text in bytes, padding included.
    ///
    /// Exact for tokens of the form that the service has issued since 2021, until the year 2106. No
    /// recorded token shows two things, which are assumed: floats take 64 bits even if fewer would
    /// do, and empty kinds of DataSync are left out.
    ///
    /// ```
    /// use pubnub_access::grant::GrantRequest;
    /// use pubnub_access::UnverifiedToken;
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// assert_eq!(GrantRequest::from_token(&token)?.token_len(), text.trim().len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn token_len(&self) -> usize {
        // Base64 writes three bytes as four characters, and pads the last ones.
        self.cbor_len().div_ceil(3).times(4)
    }

    fn cbor_len(&self) -> usize {
        let section = |section: Section, len: usize| key(section.key()).plus(len);
        let categories = (!self.categories.is_empty()).then(|| {
            let kinds = self.categories.iter();
            map(kinds.map(|(kind, permissions)| key(kind.token_key()).plus(mask(*permissions))))
        });
        let user = self.authorized_user.as_deref().map(string);
        map([
            Some(section(Section::Version, 1)),
            Some(section(Section::IssuedAt, TIME)),
            Some(section(Section::Ttl, head(self.ttl))),
            Some(section(Section::Resources, scopes(&self.resources))),
            Some(section(Section::Patterns, scopes(&self.patterns))),
            categories.map(|len| section(Section::Categories, len)),
            Some(section(Section::Meta, entries(self.meta.iter()))),
            user.map(|len| section(Section::AuthorizedUser, len)),
            Some(section(Section::Signature, SIGNATURE)),
        ]
        .into_iter()
        .flatten())
    }
}

fn scopes(scopes: &Scopes) -> usize {
    let kinds = ResourceKind::ALL.iter().copied();
    map(kinds.filter_map(|kind| {
        let entries = scopes.get(&kind);
        let written = entries.is_some() || is_always_written(kind);
        let entries = entries.into_iter().flatten();
        let entries = entries.map(|(name, permissions)| string(name).plus(mask(*permissions)));
        written.then(|| key(kind.token_key()).plus(map(entries)))
    }))
}

fn entries<'a>(meta: impl Iterator<Item = (&'a String, &'a Meta)>) -> usize {
    map(meta.map(|(key, entry)| string(key).plus(value(entry))))
}

fn value(meta: &Meta) -> usize {
    match meta {
        Meta::Null | Meta::Bool(_) => 1,
        Meta::Integer(value) => {
            // -1 is written as 0, -2 as 1, and so on.
            let argument = if *value < 0 { !*value } else { *value };
            head(u64::try_from(argument).unwrap_or(u64::MAX))
        }
        Meta::Float(_) => 9,
        Meta::Text(text) => string(text),
        Meta::Array(items) => sum(once(head_of(items.len())).chain(items.iter().map(value))),
        Meta::Map(map) => entries(map.iter()),
    }
}

fn mask(permissions: Permissions) -> usize {
    head(permissions.mask().into())
}

/// Returns the length of a byte string or a text.
fn string(text: &str) -> usize {
    head_of(text.len()).plus(text.len())
}

/// Returns the length of the key of a section or a kind.
fn key(key: &str) -> usize {
    string(key)
}

/// Returns the length of a map, from the lengths of its entries.
fn map(entries: impl Iterator<Item = usize>) -> usize {
    let (count, len) =
        entries.fold((0_usize, 0_usize), |(count, total), len| (count.plus(1), total.plus(len)));
    head_of(count).plus(len)
}

fn sum(lens: impl Iterator<Item = usize>) -> usize {
    lens.fold(0, usize::plus)
}

fn head_of(count: usize) -> usize {
    head(as_u64(count))
}

/// Returns the length of an item's head (RFC 8949, section 3).
fn head(argument: u64) -> usize {
    match argument {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}
