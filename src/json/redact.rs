//! Tokens to share: they open nothing, but grant the same permissions on paper.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::evaluate::projection::{self, BY_ID, BY_PATTERN, META_KEY};
use crate::pattern::Pattern;
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;
use crate::token::{Grants, UnverifiedToken};

use super::cbor::Cbor;
use super::error::QuestionError;

/// The most bytes of names that are matched with patterns: the work of about a second.
const STEPS: u64 = 50_000_000;

/// A token with a zeroed signature and metadata without values.
///
/// Serializes as the object of `redact --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Redacted {
    /// The text of the token.
    pub token: String,
    /// The number of names and user ids that were replaced by made-up ones.
    pub replaced: usize,
    /// The number that had to stay, since no other name matches the same patterns.
    pub kept: usize,
}

/// Makes a token to share. Its signature is zeroed, so that it opens nothing. Its metadata has no
/// values except projections, which affect permissions. Unknown sections are left out.
///
/// With `names`, each name and user id is replaced by a made-up one that matches the same patterns
/// of the token, so that most questions have the same answers. Patterns stay unchanged.
///
/// ```
/// use pubnub_access::UnverifiedToken;
/// use pubnub_access::json::redact;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let redacted = UnverifiedToken::parse(&redact(&token, true)?.token)?;
/// assert!(redacted.signature_unverified().is_none_or(|signature| signature.iter().all(|byte| *byte == 0)));
/// assert_ne!(redacted.authorized_user(), token.authorized_user());
/// assert_eq!(redacted.expires_at(), token.expires_at());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Patterns and names that take too much work to match with each other.
pub fn redact(token: &UnverifiedToken, names: bool) -> Result<Redacted, QuestionError> {
    let mut made_up = MadeUp::default();
    if names {
        made_up = MadeUp::of(token)?;
    }
    let token = URL_SAFE.encode(rewritten(token, &made_up));
    Ok(Redacted { token, replaced: made_up.names.len(), kept: made_up.kept })
}

/// Writes the token to share.
fn rewritten(token: &UnverifiedToken, made_up: &MadeUp) -> Vec<u8> {
    let categories: Vec<_> = token.categories().collect();
    let user = token.authorized_user();
    let signature = token.signature_unverified();
    let optional = [!categories.is_empty(), user.is_some(), signature.is_some()];
    let mut cbor = Cbor::default();
    cbor.map(optional.into_iter().filter(|is_there| *is_there).count().plus(6));
    cbor.key("v");
    cbor.number(token.version());
    cbor.key("t");
    cbor.number(token.issued_at());
    cbor.key("ttl");
    cbor.number(token.ttl_minutes());
    cbor.key("res");
    cbor.grants(entries(token.resources()), |name| made_up.of_name(name));
    cbor.key("pat");
    cbor.grants(entries(token.patterns()), String::from);
    if !categories.is_empty() {
        cbor.key("cat");
        cbor.map(categories.len());
        for (kind, permissions) in categories {
            cbor.key(kind.token_key());
            cbor.number(permissions.mask().into());
        }
    }
    cbor.key("meta");
    metadata(&mut cbor, token, made_up);
    if let Some(user) = user {
        cbor.key("uuid");
        cbor.text(&made_up.of_name(user));
    }
    if let Some(signature) = signature {
        cbor.key("sig");
        cbor.zeroes(signature.len());
    }
    cbor.into_bytes()
}

/// Returns the entries of all kinds.
fn entries(grants: Grants<'_>) -> impl Iterator<Item = (ResourceKind, &str, Permissions)> {
    grants.iter().flat_map(|(kind, table)| {
        table.iter().map(move |grant| (kind, grant.name, grant.permissions))
    })
}

/// Writes the keys of the metadata, and its projections.
fn metadata(cbor: &mut Cbor, token: &UnverifiedToken, made_up: &MadeUp) {
    let mut keys: Vec<&str> = token.meta().iter().filter_map(|(key, _)| key.as_str()).collect();
    keys.dedup();
    cbor.map(keys.len());
    for key in keys {
        cbor.text(key);
        if key != META_KEY {
            cbor.null();
            continue;
        }
        cbor.map(2);
        for section in [BY_ID, BY_PATTERN] {
            let items: Vec<_> = projection::all(token).filter(|(of, ..)| *of == section).collect();
            cbor.text(section);
            cbor.map(items.len());
            for (_, item, name) in items {
                match id_of(item).filter(|_| section == BY_ID) {
                    Some((kind, id)) => cbor.text(&[kind, &made_up.of_name(id)].concat()),
                    None => cbor.text(item),
                }
                match name {
                    Some(name) => cbor.text(name),
                    None => cbor.null(),
                }
            }
        }
    }
}

/// Splits the key of a projection, such as `datasync:entities:an-id`, before the id or the pattern.
fn id_of(key: &str) -> Option<(&str, &str)> {
    let (at, _) = key.match_indices(':').nth(1)?;
    key.split_at_checked(at.plus(1))
}

/// The made-up name for each name in a token.
#[derive(Default)]
struct MadeUp {
    names: BTreeMap<String, String>,
    kept: usize,
}

/// The suffix of a presence channel's name.
const PRESENCE: &str = "-pnpres";

impl MadeUp {
    fn of(token: &UnverifiedToken) -> Result<Self, QuestionError> {
        let resources = token.resources();
        let names = resources.iter().flat_map(|(_, table)| table.iter().map(|grant| grant.name));
        let items = projection::all(token).filter(|(section, ..)| *section == BY_ID);
        let items = items.filter_map(|(_, item, _)| Some(id_of(item)?.1));
        let originals: BTreeSet<&str> =
            names.chain(items).chain(token.authorized_user()).map(core).collect();
        let patterns = token.patterns();
        let texts = patterns.iter().flat_map(|(_, table)| table.iter().map(|grant| grant.name));
        let of_items = projection::all(token).filter(|(section, ..)| *section == BY_PATTERN);
        let of_items = of_items.map(|(_, item, _)| id_of(item).map_or(item, |(_, id)| id));
        // A pattern that cannot be matched here counts as matching no name.
        let compiled: Vec<Pattern> =
            texts.chain(of_items).filter_map(|text| Pattern::new(text).ok()).collect();
        let mut profiles = Profiles { patterns: compiled, steps: STEPS };
        let mut made_up = MadeUp::default();
        let mut used = BTreeSet::new();
        for (number, name) in originals.iter().enumerate() {
            let is_free =
                |candidate: &str| !originals.contains(candidate) && !used.contains(candidate);
            match profiles.stand_in(name, number, is_free)? {
                Some(stand_in) => {
                    used.insert(stand_in.clone());
                    made_up.names.insert((*name).into(), stand_in);
                }
                None => made_up.kept = made_up.kept.plus(1),
            }
        }
        Ok(made_up)
    }

    fn of_name(&self, name: &str) -> String {
        let inner = core(name);
        match self.names.get(inner) {
            Some(stand_in) => name.replacen(inner, stand_in, 1),
            None => name.into(),
        }
    }
}

/// Strips a group's colon and the suffix of a presence channel.
fn core(name: &str) -> &str {
    let name = name.strip_suffix(PRESENCE).unwrap_or(name);
    name.trim_start_matches(':')
}

/// Finds the patterns that match a name, within a work limit.
struct Profiles {
    patterns: Vec<Pattern>,
    steps: u64,
}

impl Profiles {
    /// Finds a made-up name that matches the same patterns. Makes up as much of the name's end as
    /// possible.
    fn stand_in(
        &mut self,
        name: &str,
        number: usize,
        is_free: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, QuestionError> {
        let wanted = self.of(name)?;
        for kept in 0..name.chars().count() {
            for variant in 0..4 {
                let candidate =
                    invented(name, kept, number.saturating_mul(4).saturating_add(variant));
                if candidate != name && is_free(&candidate) && self.of(&candidate)? == wanted {
                    return Ok(Some(candidate));
                }
            }
        }
        Ok(None)
    }

    /// Returns which patterns match a name, its presence channel's name, and its group form.
    fn of(&mut self, name: &str) -> Result<Vec<bool>, QuestionError> {
        let forms = [name.into(), format!("{name}{PRESENCE}"), format!(":{name}")];
        let cost =
            as_u64(self.patterns.len()).saturating_mul(as_u64(name.len()).saturating_add(16));
        self.steps = self.steps.checked_sub(cost).ok_or_else(|| {
            let error = "names and patterns are too many to make up names that match alike";
            QuestionError::new("too_much_work", error)
        })?;
        let matches = forms.iter().flat_map(|form: &String| {
            self.patterns.iter().map(move |pattern| pattern.is_match(form).unwrap_or_default())
        });
        Ok(matches.collect())
    }
}

/// Makes up a name of the same form. The first `kept` bytes stay. Letters and digits after them are
/// replaced by ones that do not depend on the old.
fn invented(name: &str, kept: usize, number: usize) -> String {
    const LETTERS: &[u8; 23] = b"kapomeritusavelnodiqwyz";
    let pick = |position: usize, len: usize| {
        let place = position.saturating_mul(5).saturating_add(number.saturating_mul(7));
        place.checked_rem(len).unwrap_or_default()
    };
    name.chars()
        .enumerate()
        .map(|(position, c)| {
            let letter = || {
                let letter = LETTERS.get(pick(position, LETTERS.len()));
                char::from(letter.copied().unwrap_or(b'x'))
            };
            match c {
                c if position < kept => c,
                '0'..='9' => {
                    let digit = u8::try_from(pick(position, 10)).unwrap_or_default();
                    char::from(b'0'.saturating_add(digit))
                }
                c if c.is_uppercase() => letter().to_ascii_uppercase(),
                c if c.is_alphabetic() => letter(),
                c => c,
            }
        })
        .collect()
}
