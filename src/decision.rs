//! The verdict, the decision that holds it, and the closed list of reasons.

use alloc::borrow::Cow;
use core::fmt;

use crate::arithmetic::CannotOverflow;
use crate::display::{RoundedTime, Shortened};
use crate::enums::{Owned, borrows_nothing, described_enum, named_enum};
use crate::pattern::PatternError;
use crate::permission::{Permission, Permissions};
use crate::policy::readings::{GroupNames, Readings};
use crate::request::resource::ResourceKind;

named_enum! {
    /// The answer to a question.
    ///
    /// The enum is exhaustive, so that a `match` has to say what happens for each verdict.
    ///
    /// ```
    /// use pubnub_access::Verdict;
    ///
    /// let forwards = |verdict| match verdict {
    ///     Verdict::Allow | Verdict::Indeterminate => true, // the service decides in the end
    ///     Verdict::Deny => false,
    /// };
    /// assert!(forwards(Verdict::Indeterminate) && !Verdict::Indeterminate.is_allowed());
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[must_use]
    pub enum Verdict, "verdict", name {
        /// Every reading grants everything that is needed. The service allows the request, if the
        /// token is genuine and not revoked.
        Allow = "allow",
        /// No reading grants everything that is needed: the service denies the request.
        Deny = "deny",
        /// The readings disagree: only the service knows.
        Indeterminate = "indeterminate",
    }
}

impl Verdict {
    /// Returns the verdict if, of the `considered` readings, those in `granting` grant.
    pub(crate) fn of(granting: Readings, considered: Readings) -> Verdict {
        if granting.contains(considered) {
            Verdict::Allow
        } else if (granting & considered).is_empty() {
            Verdict::Deny
        } else {
            Verdict::Indeterminate
        }
    }

    /// Reports whether the verdict is [`Verdict::Allow`].
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Verdict::Allow
    }
}

/// A verdict and the readings behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Decision {
    granting: Readings,
    considered: Readings,
}

impl Decision {
    pub(crate) fn new(granting: Readings, considered: Readings) -> Self {
        Decision { granting: granting & considered, considered }
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.granting, self.considered)
    }

    /// Reports whether the verdict is [`Verdict::Allow`]; false for [`Verdict::Indeterminate`].
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict().is_allowed()
    }

    /// Returns the considered readings that grant the request.
    pub fn granting_readings(&self) -> Readings {
        self.granting
    }

    /// Returns the readings that the policy considers.
    pub fn considered_readings(&self) -> Readings {
        self.considered
    }
}

named_enum! {
    /// A condition on the token as a whole.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Condition, "condition", code {
        /// The token has been issued and has not expired.
        Time = "time",
        /// The requester is the authorized user, or the token is bound to no user.
        AuthorizedUser = "authorized_user",
        /// The token is not on the caller's deny list.
        Revocation = "revocation",
    }
}

/// One permission that a request needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Requirement<'a> {
    /// The kind of the resource; `None` if nobody documents what the operation needs.
    pub kind: Option<ResourceKind>,
    /// The name of the resource; `None` if the operation is about all resources of the kind.
    pub name: Option<Cow<'a, str>>,
    /// The permission; `None` if nobody documents what the operation needs.
    pub permission: Option<Permission>,
}

impl Requirement<'_> {
    pub(crate) const UNKNOWN: Requirement<'static> =
        Requirement { kind: None, name: None, permission: None };

    /// Returns the requirement with a copy of the name, so that it outlives the request.
    #[must_use]
    pub fn into_owned(self) -> Requirement<'static> {
        let Requirement { kind, name, permission } = self;
        Requirement { kind, name: name.owned(), permission }
    }
}

described_enum! {
    /// A reason for a verdict on a condition or a requirement, or a grant that nearly changed it.
    ///
    /// The list of [codes](Reason::code) is closed and stable; `Display` says the same for people.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    #[allow(missing_docs, reason = "the fields are what the documentation of each reason names")]
    pub enum Reason<'a> {
        /// `token_valid`: the token expires in this many seconds.
        TokenValid { expires_in: u64 } = "token_valid", "the token expires in {}", RoundedTime(*expires_in);
        /// `token_expired`: the token expired this many seconds ago.
        TokenExpired { ago: u64 } = "token_expired", "the token expired {} ago", RoundedTime(*ago);
        /// `near_expiry`: the token expires in this many seconds, which is within the clock's
        /// tolerance.
        NearExpiry { expires_in: u64 } = "near_expiry",
            "the token expires in {}, which is within the clock's tolerance", RoundedTime(*expires_in);
        /// `just_expired`: the token expired this many seconds ago, which is within the clock's
        /// tolerance. 0 is this very second.
        JustExpired { ago: u64 } = "just_expired", "the token {}", JustExpired(*ago);
        /// `issued_in_future`: the token is issued this many seconds from now, so one of the clocks
        /// is wrong.
        IssuedInFuture { by: u64 } = "issued_in_future", "the token is issued {} from now: check the clock", RoundedTime(*by);
        /// `any_user`: the token is bound to no user.
        AnyUser = "any_user", "the token is bound to no user";
        /// `user_matches`: the requester is the authorized user.
        UserMatches = "user_matches", "the requester is the authorized user";
        /// `user_differs`: the requester is not the authorized user.
        UserDiffers { authorized: Cow<'a, str>, requester: Cow<'a, str> } = "user_differs",
            "the token is for user {}, the requester is {}", Shortened(authorized), Shortened(requester);
        /// `user_missing`: the token is bound to a user and the request names none.
        UserMissing { authorized: Cow<'a, str> } = "user_missing",
            "the token is for user {}, the request names no user id", Shortened(authorized);
        /// `no_deny_list`: the caller gave no deny list.
        NoDenyList = "no_deny_list", "no deny list was given";
        /// `not_revoked`: the token is not on the deny list.
        NotRevoked = "not_revoked", "the token is not on the deny list";
        /// `revoked`: the token is on the deny list.
        Revoked = "revoked", "the token is on the deny list";

        /// `explicit_grant`: an entry for the name grants the permission.
        ExplicitGrant { grant: Cow<'a, str>, permissions: Permissions } = "explicit_grant",
            "{} grants {}", Shortened(grant), And(*permissions);
        /// `explicit_grant_lacks_permission`: an entry for the name grants other permissions.
        ExplicitGrantLacksPermission { grant: Cow<'a, str>, permissions: Permissions } = "explicit_grant_lacks_permission",
            "{} grants {}", Shortened(grant), Only(*permissions);
        /// `pattern_grant`: a pattern that matches the name grants the permission.
        PatternGrant { pattern: Cow<'a, str>, permissions: Permissions } = "pattern_grant",
            "pattern {} matches and grants {}", Shortened(pattern), And(*permissions);
        /// `pattern_lacks_permission`: a pattern that matches grants other permissions.
        PatternLacksPermission { pattern: Cow<'a, str>, permissions: Permissions } = "pattern_lacks_permission",
            "pattern {} matches, but grants {}", Shortened(pattern), Only(*permissions);
        /// `pattern_matches_one_form`: a pattern with the permission matches one form of the
        /// group's name (`sports` or `:sports`) and not the other.
        PatternMatchesOneForm { pattern: Cow<'a, str>, permissions: Permissions, form: GroupNames } = "pattern_matches_one_form",
            "pattern {} (granting {permissions}) matches the group's name {} a leading colon only; \
             one that starts with ^:? matches both forms",
            Shortened(pattern), if *form == GroupNames::Plain { "without" } else { "with" };
        /// `pattern_unsupported`: a pattern that cannot be matched here.
        PatternUnsupported { pattern: Cow<'a, str>, permissions: Permissions, error: PatternError } = "pattern_unsupported",
            "pattern {} (granting {permissions}) cannot be matched: {error}", Shortened(pattern);
        /// `work_limit_reached`: patterns were left untried, since the work limit was reached.
        WorkLimitReached = "work_limit_reached",
            "not all patterns could be tried, since they take more work than the limit allows";
        /// `more_reasons`: the number of reasons left out; each has the code of one that is listed.
        MoreReasons { count: usize } = "more_reasons", "and {count} more of the same kinds";
        /// `user_pattern_in_doubt`: nobody documents how the service matches patterns of users.
        UserPatternInDoubt { pattern: Cow<'a, str>, permissions: Permissions } = "user_pattern_in_doubt",
            "pattern {} grants {permissions}, but how the service matches patterns of users is not known: \
             grant the user by an entry",
            Shortened(pattern);
        /// `projection_may_hide`: the token's metadata names a projection for the item, which may
        /// hide it. `projection` is `None` if the metadata holds something other than a text.
        ProjectionMayHide { projection: Option<Cow<'a, str>> } = "projection_may_hide",
            "the token limits it to {}, which may hide it", Projection(projection.as_deref());
        /// `projection_may_refuse`: the service refuses fields that are outside the item's
        /// projection.
        ProjectionMayRefuse = "projection_may_refuse",
            "the service refuses fields outside the item's projection, which only it knows";
        /// `explicit_entry_may_override`: the name's entry lacks the permission and a pattern has
        /// it. Nobody documents whether the entry overrides the pattern.
        ExplicitEntryMayOverride = "explicit_entry_may_override",
            "the name's own entry may override the patterns: grant it there as well";
        /// `patterns_disagree`: some of the matching patterns have the permission and some lack it.
        PatternsDisagree = "patterns_disagree", "one of the patterns that match may decide alone: grant it in each";
        /// `no_grant`: no entry names the resource, and no pattern matches it.
        NoGrant = "no_grant", "no entry names it and no pattern matches it";

        /// `requirement_unknown`: nobody documents what the operation needs.
        RequirementUnknown = "requirement_unknown", "it is not known what the operation needs";
        /// `id_made_by_service`: the request names no id, so the service generates one. Nobody
        /// documents what such a request needs.
        IdMadeByService { kind: ResourceKind } = "id_made_by_service",
            "the request names no {kind}, and nobody documents what one with a generated id needs";
        /// `requirement_inferred`: the requirement is inferred, not documented.
        RequirementInferred = "requirement_inferred", "this requirement is inferred, not documented";
        /// `keyset_flag_allows`: the keyset lets everybody get all of the kind.
        KeysetAllows = "keyset_flag_allows", "the keyset lets everybody get all";
        /// `keyset_flag_unknown`: no category grants getting all, and the policy does not say
        /// whether the keyset restricts it.
        KeysetFlagUnknown { kind: ResourceKind } = "keyset_flag_unknown",
            "it is not known whether the keyset restricts getting all {}; a category grant of get would settle it",
            kind.plural();
        /// `category_grant`: a category grants `get` on all of a kind.
        CategoryGrant { kind: ResourceKind, permissions: Permissions } = "category_grant",
            "category {} grants {}", kind.plural(), And(*permissions);
        /// `category_missing`: the keyset restricts getting all, and no category grants it.
        CategoryMissing { kind: ResourceKind } = "category_missing",
            "the keyset restricts getting all {0}, and category {0} does not grant get", kind.plural();

        /// `presence_grant_missing`: the channel is granted, but its presence channel is not.
        PresenceGrantMissing { grant: Cow<'a, str> } = "presence_grant_missing",
            "{} is granted, but its presence channel needs a grant of its own", Shortened(grant);
        /// `wildcard_grant_is_literal`: an entry such as `room.*` grants exactly that name and not
        /// `room.one`.
        WildcardGrantIsLiteral { grant: Cow<'a, str>, permissions: Permissions } = "wildcard_grant_is_literal",
            "the entry {} grants {permissions} on exactly that name: a wildcard must be written as a pattern",
            Shortened(grant);
        /// `entry_looks_like_pattern`: the name of an entry would match as a pattern.
        EntryLooksLikePattern { grant: Cow<'a, str>, permissions: Permissions } = "entry_looks_like_pattern",
            "the entry {} grants {permissions} on exactly that name: move it from the resources to the patterns, between ^ and $",
            Shortened(grant);
        /// `pattern_looks_like_glob`: a pattern such as `room_*` would match if `*` stood for
        /// anything.
        PatternLooksLikeGlob { pattern: Cow<'a, str>, permissions: Permissions } = "pattern_looks_like_glob",
            "pattern {} grants {permissions} and looks like a glob, but patterns are RE2: write .* for anything",
            Shortened(pattern);
        /// `granted_as_other_kind`: the permission is granted on the name as another kind of
        /// resource.
        GrantedAsOtherKind { kind: ResourceKind, permissions: Permissions } = "granted_as_other_kind",
            "it is granted {permissions} as {}, which is another resource", kind.with_article();
        /// `similar_name`: an entry with the permission has a name that differs only in case or
        /// white space.
        SimilarName { grant: Cow<'a, str>, permissions: Permissions } = "similar_name",
            "the entry {} grants {permissions}, but is another name", Shortened(grant);
    }
}

borrows_nothing!(u64, usize, PatternError, Permissions, GroupNames, ResourceKind);

impl Reason<'_> {
    /// Reports whether the reason puts the requirement in doubt.
    pub(crate) fn is_doubt(&self) -> bool {
        matches!(
            self,
            Reason::PatternMatchesOneForm { .. }
                | Reason::PatternUnsupported { .. }
                | Reason::WorkLimitReached
                | Reason::UserPatternInDoubt { .. }
                | Reason::ProjectionMayHide { .. }
                | Reason::ProjectionMayRefuse
                | Reason::IdMadeByService { .. }
                | Reason::ExplicitEntryMayOverride
                | Reason::PatternsDisagree
                | Reason::RequirementUnknown
                | Reason::RequirementInferred
                | Reason::KeysetFlagUnknown { .. }
        )
    }

    /// Returns the grant that the reason is about: its name or pattern, and its permissions.
    #[must_use]
    pub fn grant(&self) -> Option<(&str, Option<Permissions>)> {
        match self {
            Reason::ExplicitGrant { grant, permissions }
            | Reason::ExplicitGrantLacksPermission { grant, permissions }
            | Reason::WildcardGrantIsLiteral { grant, permissions }
            | Reason::EntryLooksLikePattern { grant, permissions }
            | Reason::SimilarName { grant, permissions }
            | Reason::PatternGrant { pattern: grant, permissions }
            | Reason::PatternLacksPermission { pattern: grant, permissions }
            | Reason::PatternMatchesOneForm { pattern: grant, permissions, .. }
            | Reason::PatternUnsupported { pattern: grant, permissions, .. }
            | Reason::UserPatternInDoubt { pattern: grant, permissions }
            | Reason::PatternLooksLikeGlob { pattern: grant, permissions } => {
                Some((grant, Some(*permissions)))
            }
            Reason::PresenceGrantMissing { grant } => Some((grant, None)),
            _ => None,
        }
    }
}

/// An expiry within the clock's tolerance, this many seconds ago.
struct JustExpired(u64);

impl fmt::Display for JustExpired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("expires at this very second"),
            ago => {
                write!(f, "expired {} ago, which is within the clock's tolerance", RoundedTime(ago))
            }
        }
    }
}

/// A projection in a sentence, with its name if it has one.
struct Projection<'a>(Option<&'a str>);

impl fmt::Display for Projection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "the projection {}", Shortened(name)),
            None => f.write_str("a projection"),
        }
    }
}

/// Permissions in a sentence: `read, write and get`.
pub(crate) struct And(pub(crate) Permissions);

impl fmt::Display for And {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        for (position, permission) in self.0.iter().enumerate() {
            let separator = match position {
                0 => "",
                _ if position.plus(1) == count => " and ",
                _ => ", ",
            };
            write!(f, "{separator}{permission}")?;
        }
        if count == 0 { f.write_str("no permission") } else { Ok(()) }
    }
}

/// Permissions in a sentence about a missing one: `only read`, `nothing`.
pub(crate) struct Only(pub(crate) Permissions);

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only = if self.0.is_empty() { "" } else { "only " };
        write!(f, "{only}{}", And(self.0))
    }
}
