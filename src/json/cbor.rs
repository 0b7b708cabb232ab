//! A writer of CBOR in the forms that the service uses, for made-up tokens.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

/// CBOR under construction, in the forms that the service uses.
#[derive(Default)]
pub(super) struct Cbor(Vec<u8>);

impl Cbor {
    /// Writes the shortest head of an item.
    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let [.., b7, b6, b5, b4, b3, b2, b1, b0] = value.to_be_bytes();
        match value {
            0..24 => self.0.push(major | b0),
            24..0x100 => self.0.extend([major | 24, b0]),
            0x100..0x1_0000 => self.0.extend([major | 25, b1, b0]),
            0x1_0000..0x1_0000_0000 => self.0.extend([major | 26, b3, b2, b1, b0]),
            _ => self.0.extend([major | 27, b7, b6, b5, b4, b3, b2, b1, b0]),
        }
    }

    pub(super) fn number(&mut self, value: u64) {
        self.head(0, value);
    }

    pub(super) fn key(&mut self, key: &str) {
        self.head(2, as_u64(key.len()));
        self.0.extend_from_slice(key.as_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(3, as_u64(text.len()));
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn map(&mut self, len: usize) {
        self.head(5, as_u64(len));
    }

    /// Writes entries, with a map for each kind.
    pub(super) fn grants<'a>(
        &mut self,
        entries: impl Iterator<Item = (ResourceKind, &'a str, Permissions)>,
        name: impl Fn(&'a str) -> String,
    ) {
        let mut kinds: BTreeMap<ResourceKind, Vec<(String, Permissions)>> = BTreeMap::new();
        for (kind, of_entry, permissions) in entries {
            kinds.entry(kind).or_default().push((name(of_entry), permissions));
        }
        self.map(kinds.len());
        for (kind, entries) in kinds {
            self.key(kind.token_key());
            self.map(entries.len());
            for (name, permissions) in entries {
                self.text(&name);
                self.number(permissions.mask().into());
            }
        }
    }

    pub(super) fn null(&mut self) {
        self.0.push(0xf6);
    }

    /// Writes a byte string of zeroes.
    pub(super) fn zeroes(&mut self, len: usize) {
        self.head(2, as_u64(len));
        self.0.resize(self.0.len().plus(len), 0);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
