//! The check of a grant before it is sent.
//!
//! An error is something that the service is known to refuse. A warning is something that it stores
//! but that has no effect, or another one than intended.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::evaluate::projection::{BY_ID, BY_PATTERN, META_KEY, projected_kind};
use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::permission::{Permission, Permissions};
use crate::request::resource::{NameFault, ResourceKind, check_name, check_user_id};
use crate::token::{Limits, TTL_MINUTES};

use super::GrantRequest;
use super::meta::Meta;
use super::problem::{Problem, ProblemKind};

/// Steps for compiling all patterns of a grant: far more than 32 KiB of patterns need.
const COMPILE_STEPS: u64 = 20_000_000;

impl GrantRequest {
    /// Returns every problem of the request, in the order of its body.
    ///
    /// The service can still refuse a request without problems, for its signature or its keyset.
    ///
    /// ```
    /// use pubnub_access::grant::{ChannelPermissions, GrantRequest};
    ///
    /// let problems = GrantRequest::new(0).channel("a,b", ChannelPermissions::READ).validate();
    /// let problems: Vec<String> = problems.iter().map(|problem| problem.to_string()).collect();
    /// assert_eq!(
    ///     problems,
    ///     [
    ///         "ttl: 0 minutes are out of range: 1 to 43200 (30 days) can be granted",
    ///         "permissions.resources.channels.a,b: the name has a comma at byte 1: pass each name separately",
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Problems(Vec::new());
        if !TTL_MINUTES.contains(&self.ttl) {
            found.add(ProblemKind::TtlOutOfRange { minutes: self.ttl }, || "ttl".into());
        }
        if self.grants_nothing() {
            found.add(ProblemKind::NothingGranted, || "permissions".into());
        }
        for (kind, name, permissions) in self.resources() {
            let location = || format!("permissions.resources.{}.{name}", kind.plural());
            found.name(kind, name, location);
            found.mask(kind, permissions, location);
        }
        let mut budget = Budget::new(COMPILE_STEPS);
        for (kind, pattern, permissions) in self.patterns() {
            let location = || format!("permissions.patterns.{}.{pattern}", kind.plural());
            if pattern.is_empty() {
                found.add(ProblemKind::EmptyPattern, location);
            }
            found.pattern(Pattern::compile(pattern, &mut budget), location);
            found.mask(kind, permissions, location);
        }
        for (kind, permissions) in self.categories() {
            found.category(kind, permissions);
        }
        for (key, value) in self.meta() {
            found.meta(key, value);
        }
        if let Some(Err(fault)) = self.authorized_user().map(check_user_id) {
            found.fault(fault, || "permissions.uuid".into());
        }
        let len = self.token_len();
        if len > Limits::DEFAULT_TEXT_LEN {
            found.add(ProblemKind::TokenTooLong { len }, || "permissions".into());
        }
        found.0
    }
}

/// The problems found so far.
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, kind: ProblemKind, location: impl FnOnce() -> String) {
        self.0.push(Problem::new(kind, location()));
    }

    fn name(&mut self, kind: ResourceKind, name: &str, location: impl FnOnce() -> String) {
        use ResourceKind::{Channel, Group, Uuid};
        // Names of these kinds are sent in lists, separated by commas. No such rule is known for
        // other kinds.
        let checked = if matches!(kind, Channel | Group | Uuid) {
            check_name(name)
        } else {
            check_user_id(name)
        };
        if let Err(fault) = checked {
            self.fault(fault, location);
        }
    }

    fn fault(&mut self, fault: NameFault, location: impl FnOnce() -> String) {
        let kind = match fault {
            NameFault::Empty => ProblemKind::EmptyName,
            NameFault::Comma { at } => ProblemKind::CommaInName { at },
            NameFault::Control { at } => ProblemKind::ControlInName { at },
        };
        self.add(kind, location);
    }

    fn mask(
        &mut self,
        kind: ResourceKind,
        permissions: Permissions,
        location: impl FnOnce() -> String,
    ) {
        let known = kind.known_permissions();
        let unknown: Permissions =
            permissions.iter().filter(|permission| !known.has(*permission)).collect();
        if permissions.is_empty() {
            self.add(ProblemKind::ZeroMask, location);
        } else if !unknown.is_empty() {
            self.add(ProblemKind::UnknownPermissions { kind, permissions: unknown }, location);
        }
    }

    fn pattern(
        &mut self,
        compiled: Result<Pattern, PatternError>,
        location: impl FnOnce() -> String,
    ) {
        match compiled {
            Ok(pattern) if pattern.has_capturing_group() => {
                self.add(ProblemKind::CapturingGroup, location)
            }
            Ok(_) => {}
            Err(error) if error.kind() == PatternErrorKind::Syntax => {
                self.add(ProblemKind::InvalidPattern { error }, location);
            }
            Err(error) => self.add(ProblemKind::UncheckedPattern { error }, location),
        }
    }

    fn category(&mut self, kind: ResourceKind, permissions: Permissions) {
        let location = || format!("permissions.categories.{}", kind.plural());
        if permissions != Permission::Get.into() {
            self.add(ProblemKind::CategoryNotGet { permissions }, location);
        }
        if !matches!(kind, ResourceKind::Channel | ResourceKind::Uuid) {
            self.add(ProblemKind::UnknownCategory, location);
        }
    }

    fn meta(&mut self, key: &str, value: &Meta) {
        let location = || format!("permissions.meta.{key}");
        if !value.is_writable() {
            self.add(ProblemKind::NotJson, location);
        } else if key == META_KEY {
            if !are_projections(value) {
                self.add(ProblemKind::InvalidProjections, location);
            }
        } else if !value.is_scalar() {
            self.add(ProblemKind::NestedMeta, location);
        }
    }
}

/// Reports whether a value has the form `{"res": {"datasync:entities:e-1": "name"}, "pat": {...}}`,
/// with either member or both.
fn are_projections(value: &Meta) -> bool {
    let names = |value: &Meta| match value {
        Meta::Map(map) => {
            map.iter().all(|(item, name)| names_an_item(item) && matches!(name, Meta::Text(_)))
        }
        _ => false,
    };
    match value {
        Meta::Map(map) => map
            .iter()
            .all(|(section, value)| matches!(section.as_str(), BY_ID | BY_PATTERN) && names(value)),
        _ => false,
    }
}

/// Reports whether a text is one of DataSync's kinds, a colon, and an id or a pattern.
fn names_an_item(text: &str) -> bool {
    let id = |kind| text.strip_prefix(projected_kind(kind)?)?.strip_prefix(':');
    ResourceKind::ALL.iter().copied().any(|kind| id(kind).is_some_and(|id| !id.is_empty()))
}
