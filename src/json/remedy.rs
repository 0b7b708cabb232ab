//! Remedies for a denied request, as sentences and as JSON.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::decision::{Condition, Requirement};
use crate::display::{Escaped, join};
use crate::grant::{Remedy, RequiredGrant};
use crate::request::resource::ResourceKind;

use super::forms::AsMap;

/// The smallest missing grant as the body of a grant request, without the token's own grants:
/// `{"permissions":{"resources":{"channels":{"room-2":2}}}}`.
pub(super) struct Additions<'a>(pub(super) &'a [Requirement<'a>]);

impl Serialize for Additions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names: BTreeMap<ResourceKind, BTreeMap<&str, u8>> = BTreeMap::new();
        let mut categories: BTreeMap<&str, u8> = BTreeMap::new();
        for requirement in self.0 {
            let Requirement { kind: Some(kind), name, permission: Some(permission) } = requirement
            else {
                continue;
            };
            let mask = match name.as_deref() {
                Some(name) => names.entry(*kind).or_default().entry(name).or_default(),
                None => categories.entry(kind.plural()).or_default(),
            };
            *mask |= permission.bit();
        }
        let mut permissions = BTreeMap::new();
        let names = AsMap(|| names.iter().map(|(kind, names)| (kind.plural(), names)));
        if self.0.iter().any(|requirement| requirement.name.is_some()) {
            permissions.insert("resources", Either::Names(&names));
        }
        if !categories.is_empty() {
            permissions.insert("categories", Either::Categories(&categories));
        }
        let mut body = serializer.serialize_map(Some(1))?;
        body.serialize_entry("permissions", &permissions)?;
        body.end()
    }
}

/// One of the members of `permissions`.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Either<'a, N> {
    Names(&'a N),
    Categories(&'a BTreeMap<&'a str, u8>),
}

/// A remedy as a sentence: `to allow it, grant: channel hall=read`.
pub(super) struct Sentence<'a>(pub(super) &'a Remedy<'a>);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Remedy::Nothing => f.write_str("the token allows it"),
            Remedy::Grant(missing) => write!(f, "to allow it, {}", Steps(missing)),
            Remedy::AnyGrant(missing) if missing.conditions().is_empty() => {
                f.write_str("any valid token will do: it needs no permission")
            }
            Remedy::AnyGrant(missing) => {
                write!(f, "to allow it, {}: it needs no permission", Steps(missing))
            }
            Remedy::InDoubt(missing, doubt) => {
                write!(
                    f,
                    "without which it is denied, {}; still in doubt then: {doubt}",
                    Steps(missing)
                )
            }
            Remedy::Unobtainable(reason) => {
                write!(f, "no grant makes it certain: {reason}")
            }
        }
    }
}

/// The steps to a token that allows a request.
struct Steps<'a>(&'a RequiredGrant<'a>);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The number of grants that are spelled out.
        const SHOWN: usize = 20;
        let missing = self.0;
        let mut steps: Vec<String> = Vec::new();
        let additions = missing.additions();
        if !additions.is_empty() {
            let grants = join(additions.iter().take(SHOWN).map(Addition), " ");
            let more = match additions.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            steps.push(format!("grant: {grants}{more}"));
        }
        if !missing.projected().is_empty() {
            steps.push("leave its projection out of the metadata (pn-projections)".into());
        }
        for condition in missing.conditions() {
            steps.push(match condition {
                Condition::Time => "use a token that is valid at this time: issue a new one".into(),
                Condition::AuthorizedUser => match missing.grant().authorized_user() {
                    Some(user_id) => {
                        format!("use a token for user {} (or for anybody)", Escaped(user_id))
                    }
                    None => "send the user id of the token, or use a token for anybody".into(),
                },
                Condition::Revocation => "use a token that is not revoked".into(),
            });
        }
        f.write_str(&join(steps, "; "))
    }
}

/// A permission to grant, as the flags of `grant` take it: `channel hall=read`.
pub(super) struct Addition<'a>(pub(super) &'a Requirement<'a>);

impl fmt::Display for Addition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Requirement { kind: Some(kind), name: Some(name), permission: Some(permission) } => {
                write!(f, "{kind} {}={permission}", Escaped(name))
            }
            Requirement { kind: Some(kind), permission: Some(permission), .. } => {
                write!(f, "category {}={permission}", kind.plural())
            }
            _ => f.write_str("what it needs"),
        }
    }
}
