//! The lint: mistakes and surprises in a token as a whole, then in each grant.
//!
//! Every finding is proved, by the evaluator or by walking the states of a pattern. An undecided
//! question leads to no finding. The time does not matter: an expired token has the same findings
//! as before.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::display::Shortened;
use crate::operation::{Operation, Requirements};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::request::resource::ResourceKind;
use crate::token::{GrantTable, Limits, TTL_MINUTES, UnverifiedToken};

use super::Work;
use super::finding::{Finding, FindingCode, Location};
use super::names::{LONGEST_NAME, excluded, is_undocumented, source};
use super::rules::{KindGrants, Rules, is_usable};

/// The recommended time to live, in minutes
/// ([permissions](https://www.pubnub.com/docs/general/security/access-control)).
const RECOMMENDED: (u64, u64) = (10, 60);

/// Three quarters of the longest text, in characters.
const NEAR_LIMIT: usize = Limits::DEFAULT_TEXT_LEN / 4 * 3;

/// A lint in progress, with its findings so far.
pub(super) struct Lint<'a> {
    pub(super) token: &'a UnverifiedToken,
    pub(super) rules: Rules,
    pub(super) work: Work,
    pub(super) findings: Vec<Finding<'a>>,
}

/// Finds mistakes and surprises in a token.
///
/// Findings about the token as a whole come first, then those about each kind's entries and
/// patterns, in the token's order.
///
/// Takes time in proportion to the token's size. Work on patterns has a limit; a finding
/// `not_checked` names what was left out.
///
/// ```
/// use pubnub_access::audit::lint;
/// use pubnub_access::UnverifiedToken;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// assert!(lint(&token).is_empty());
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[must_use]
pub fn lint(token: &UnverifiedToken) -> Vec<Finding<'_>> {
    let mut lint = Lint { token, rules: Rules::new(), work: Work::new(), findings: Vec::new() };
    lint.time_to_live();
    lint.authorized_user();
    lint.size();
    lint.unknown();
    lint.categories();
    for kind in lint.rules.kinds() {
        if lint.repeats(kind) {
            continue;
        }
        let table = KindGrants::new(token, kind, &Policy::new(), &mut lint.work.matches);
        lint.names(kind, &table);
        lint.patterns(kind, &table);
        if kind == ResourceKind::Group {
            lint.patterns_that_add_up(&table);
        }
    }
    lint.spaces();
    lint.findings
}

impl<'a> Lint<'a> {
    pub(super) fn find(
        &mut self,
        code: FindingCode,
        location: Location<'a>,
        cost: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) {
        self.findings.push(Finding::new(code, location, cost, advice));
    }

    fn time_to_live(&mut self) {
        let minutes = self.token.ttl_minutes();
        let (least, most) = RECOMMENDED;
        let advice =
            format!("write a ttl of {least} to {most} minutes and ask for a new token in time");
        let location = Location::Section("ttl");
        if minutes == 0 {
            self.find(
                FindingCode::TtlZero,
                location,
                "the token expires as soon as it is issued",
                advice,
            );
        } else if minutes > *TTL_MINUTES.end() {
            let longest = TTL_MINUTES.end();
            let cost = format!(
                "valid for {minutes} minutes, more than the {longest} that the service grants"
            );
            self.find(FindingCode::TtlBeyondLimit, location, cost, advice);
        } else if minutes > most {
            let cost = format!(
                "valid for {minutes} minutes: whoever gets hold of the token can use it that long"
            );
            self.find(FindingCode::TtlLong, location, cost, advice);
        } else if minutes < least {
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            let cost = format!(
                "valid for {minutes} {unit}: the holder must ask for new tokens all the time"
            );
            self.find(FindingCode::TtlShort, location, cost, advice);
        }
    }

    fn authorized_user(&mut self) {
        let location = Location::Section("uuid");
        if self.token.authorized_user().is_none() {
            let cost = "whoever gets hold of the token can use it under any user id";
            self.find(
                FindingCode::NoAuthorizedUser,
                location,
                cost,
                "grant it to one authorized uuid",
            );
        } else if !is_usable(self.token) {
            let cost = "no client can have the authorized user id, which is empty or holds a control character";
            self.find(
                FindingCode::ImpossibleUser,
                location,
                cost,
                "write the user id that the client is initialised with",
            );
        } else if let Some(user) =
            self.token.authorized_user().filter(|user| is_undocumented(ResourceKind::Uuid, user))
        {
            let excluded = excluded(ResourceKind::Uuid);
            let cost = format!(
                "{}: documented user ids have at most {LONGEST_NAME} characters and none of {excluded}",
                Shortened(user)
            );
            let advice = format!(
                "check that the service accepts such user ids ({})",
                source(ResourceKind::Uuid)
            );
            self.find(FindingCode::UndocumentedName, location, cost, advice);
        }
    }

    fn size(&mut self) {
        // Base64 writes three bytes as four characters; the service pads its tokens.
        let characters = self.token.as_cbor().len().div_ceil(3).times(4);
        let limit = Limits::DEFAULT_TEXT_LEN;
        if characters >= NEAR_LIMIT {
            let cost = format!(
                "{characters} characters long: the service refuses requests of more than {limit} bytes (414)"
            );
            self.find(
                FindingCode::NearSizeLimit,
                Location::Token,
                cost,
                "grant patterns instead of many names",
            );
        }
    }

    fn unknown(&mut self) {
        for unknown in self.token.unknown() {
            let location = match unknown.section() {
                Some(section) => Location::Kind(section, unknown.key()),
                None => Location::Section(unknown.key()),
            };
            let cost = "not understood: it is taken to grant nothing";
            self.find(
                FindingCode::NotUnderstood,
                location,
                cost,
                "leave it out, or look for a newer version of this library",
            );
        }
    }

    fn categories(&mut self) {
        for (kind, permissions) in self.token.categories() {
            let without_effect = permissions & !effective_category(kind);
            let location = Location::Kind("categories", kind.plural());
            if permissions.is_empty() {
                self.find(
                    FindingCode::NoPermissions,
                    location,
                    "grants nothing",
                    "leave it out, or grant get",
                );
            } else if !without_effect.is_empty() {
                let cost =
                    format!("no operation asks for {without_effect} on all {}", kind.plural());
                let advice = "leave it out: only get on all channels or uuids has a meaning";
                self.find(FindingCode::CategoryWithoutEffect, location, cost, advice);
            }
        }
    }

    /// Finds grants on spaces, which no operation names.
    fn spaces(&mut self) {
        let kind = ResourceKind::Space;
        let (resources, patterns) =
            (self.token.resources().of(kind), self.token.patterns().of(kind));
        let count = resources.len().plus(patterns.len());
        if count > 0 && !self.repeats(kind) {
            let cost = format!(
                "the grants on spaces ({count}) have no effect: no operation names a space"
            );
            let advice = "grant permissions on channels instead";
            self.find(
                FindingCode::KindDecidesNothing,
                Location::Section(kind.plural()),
                cost,
                advice,
            );
        }
    }

    /// Reports whether a kind's grants repeat those of its older twin. Some clients write the
    /// grants on uuids again as users, and those on channels again as spaces.
    fn repeats(&self, kind: ResourceKind) -> bool {
        let twin = match kind {
            ResourceKind::User => ResourceKind::Uuid,
            ResourceKind::Space => ResourceKind::Channel,
            _ => return false,
        };
        let (resources, patterns) = (self.token.resources(), self.token.patterns());
        same(resources.of(kind), resources.of(twin)) && same(patterns.of(kind), patterns.of(twin))
    }

    /// Adds a finding for grants that were not checked.
    pub(super) fn not_checked(
        &mut self,
        section: &'static str,
        kind: ResourceKind,
        count: usize,
        what: &str,
    ) {
        if count > 0 {
            let location = Location::Kind(section, kind.plural());
            let cost = format!("{count} of them not checked {what}: the work limit is reached");
            self.find(
                FindingCode::NotChecked,
                location,
                cost,
                "grant fewer names and simpler patterns",
            );
        }
    }
}

/// Returns the permissions that have an effect in a category of this kind.
fn effective_category(kind: ResourceKind) -> Permissions {
    let asked = Operation::ALL
        .iter()
        .copied()
        .any(|operation| operation.requirements() == Requirements::KeysetFlag(kind));
    if asked { Permission::Get.into() } else { Permissions::NONE }
}

/// Reports whether two tables hold the same grants, in any order.
fn same(left: GrantTable<'_>, right: GrantTable<'_>) -> bool {
    left.len() == right.len()
        && left.iter().all(|grant| right.get(grant.name) == Some(grant.permissions))
}
