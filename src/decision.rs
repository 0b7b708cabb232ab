//! What is answered: the verdict, the small decision around it, and the closed list of reasons.

use core::fmt;

use crate::display::{Shortened, Span};
use crate::pattern::PatternError;
use crate::permission::{Permission, Permissions};
use crate::readings::{GroupNames, Readings};
use crate::resource::ResourceKind;

/// The answer to a question. Exhaustive on purpose: whoever enforces must say what happens for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Verdict {
    /// Every reading grants everything that is needed: the service will, if the token is genuine and not revoked.
    Allow,
    /// No reading grants everything that is needed: the service will not.
    Deny,
    /// It depends on what is not known about the service: only the service can tell.
    Indeterminate,
}

impl Verdict {
    /// The verdict when, of the readings in `considered`, those in `granting` grant.
    pub(crate) fn of(granting: Readings, considered: Readings) -> Verdict {
        if granting.contains(considered) {
            Verdict::Allow
        } else if (granting & considered).is_empty() {
            Verdict::Deny
        } else {
            Verdict::Indeterminate
        }
    }

    /// Whether the verdict is [`Verdict::Allow`].
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Verdict::Allow
    }

    /// The verdict's name in lower case, as in `allow`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
            Verdict::Indeterminate => "indeterminate",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A verdict, and the readings that it rests on.
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

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.granting, self.considered)
    }

    /// Whether the verdict is [`Verdict::Allow`]: false for a denial and for an answer in doubt.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict().is_allowed()
    }

    /// The considered readings that grant the request.
    pub fn granting_readings(&self) -> Readings {
        self.granting
    }

    /// The readings that the policy considers.
    pub fn considered_readings(&self) -> Readings {
        self.considered
    }
}

/// What must hold for a token as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The token has been issued and has not expired.
    Time,
    /// The requester is the user that the token is bound to, if it is bound.
    AuthorizedUser,
    /// The token is not on the caller's deny list.
    Revocation,
}

impl Condition {
    /// Every condition, in the order in which they are reported.
    pub const ALL: [Condition; 3] = [Condition::Time, Condition::AuthorizedUser, Condition::Revocation];

    /// The condition's code in snake case, as in `authorized_user`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Condition::Time => "time",
            Condition::AuthorizedUser => "authorized_user",
            Condition::Revocation => "revocation",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// One permission that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Requirement<'a> {
    /// The kind of the resource; `None` where it is not known what the operation needs.
    pub kind: Option<ResourceKind>,
    /// The name of the resource; `None` where the operation is about all resources of the kind.
    pub name: Option<&'a str>,
    /// The permission; `None` where it is not known what the operation needs.
    pub permission: Option<Permission>,
}

impl Requirement<'_> {
    pub(crate) const UNKNOWN: Requirement<'static> = Requirement { kind: None, name: None, permission: None };
}

/// Why the condition on time is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeInDoubt {
    /// The token expires in so many seconds, which is within the clock's tolerance.
    NearExpiry {
        /// The time that is left, in seconds.
        expires_in: u64,
    },
    /// The token expired so many seconds ago, 0 being this very second, which is within the clock's tolerance.
    JustExpired {
        /// The time since the expiry, in seconds.
        ago: u64,
    },
    /// The token is issued so many seconds from now: one of the clocks is wrong.
    IssuedInFuture {
        /// How far ahead the token's issue is, in seconds.
        by: u64,
    },
}

/// Why a condition or a requirement turned out as it did, or what nearly made it turn out otherwise.
///
/// The list of [codes](Reason::code) is closed and stable; `Display` says the same for people.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are what the documentation of each reason names")]
pub enum Reason<'a> {
    /// `token_valid`: the token expires in so many seconds.
    TokenValid { expires_in: u64 },
    /// `token_expired`: the token expired so many seconds ago.
    TokenExpired { ago: u64 },
    /// `near_expiry`, `just_expired` or `issued_in_future`: it depends on whose clock is right.
    TimeInDoubt(TimeInDoubt),
    /// `any_user`: the token is bound to no user.
    AnyUser,
    /// `user_matches`: the requester is the authorized user.
    UserMatches,
    /// `user_differs`: the requester is not the authorized user.
    UserDiffers { authorized: &'a str, requester: &'a str },
    /// `user_missing`: the token is bound to a user and the request names none.
    UserMissing { authorized: &'a str },
    /// `no_deny_list`: the caller gave no deny list.
    NoDenyList,
    /// `not_revoked`: the token is not on the deny list.
    NotRevoked,
    /// `revoked`: the token is on the deny list.
    Revoked,

    /// `explicit_grant`: an entry for the name grants the permission.
    ExplicitGrant { grant: &'a str, permissions: Permissions },
    /// `explicit_grant_lacks_permission`: an entry for the name grants other permissions.
    ExplicitGrantLacksPermission { grant: &'a str, permissions: Permissions },
    /// `pattern_grant`: a pattern that matches the name grants the permission.
    PatternGrant { pattern: &'a str, permissions: Permissions },
    /// `pattern_lacks_permission`: a pattern that matches grants other permissions.
    PatternLacksPermission { pattern: &'a str, permissions: Permissions },
    /// `pattern_matches_one_form`: a pattern with the permission matches one form of the group's name (`sports` or
    /// `:sports`) and not the other.
    PatternMatchesOneForm { pattern: &'a str, permissions: Permissions, form: GroupNames },
    /// `pattern_unsupported`: a pattern that cannot be matched here.
    PatternUnsupported { pattern: &'a str, permissions: Permissions, error: PatternError },
    /// `work_limit_reached`: the work limit did not let all patterns be tried.
    WorkLimitReached,
    /// `more_reasons`: so many reasons more, of kinds that are there already.
    MoreReasons { count: usize },
    /// `user_pattern_in_doubt`: the service matches patterns of users in ways that are not known.
    UserPatternInDoubt { pattern: &'a str, permissions: Permissions },
    /// `projection_may_hide`: the token's metadata names a projection for the item, which may hide it.
    /// The projection is `None` where it is not named by a text.
    ProjectionMayHide { projection: Option<&'a str> },
    /// `projection_may_refuse`: the service refuses fields that are outside the item's projection.
    ProjectionMayRefuse,
    /// `explicit_entry_may_override`: the name's entry lacks the permission and a pattern has it; whether the entry
    /// overrides the pattern is not documented.
    ExplicitEntryMayOverride,
    /// `patterns_disagree`: not all patterns that match have the permission.
    PatternsDisagree,
    /// `no_grant`: no entry names the resource, and no pattern matches it.
    NoGrant,

    /// `need_unknown`: it is not known what the operation needs.
    NeedUnknown,
    /// `id_made_by_service`: the request names no id, and what is needed on one that the service makes
    /// is not known.
    IdMadeByService { kind: ResourceKind },
    /// `need_inferred`: that the operation needs this is inferred, not documented.
    NeedInferred,
    /// `keyset_flag_allows`: the keyset lets everybody get all.
    KeysetAllows,
    /// `keyset_flag_unknown`: it is not known whether the keyset restricts getting all, and no category grants it.
    KeysetFlagUnknown { kind: ResourceKind },
    /// `category_grant`: a category grants `get` on all of a kind.
    CategoryGrant { kind: ResourceKind, permissions: Permissions },
    /// `category_missing`: the keyset restricts getting all, and no category grants it.
    CategoryMissing { kind: ResourceKind },

    /// `presence_grant_missing`: the channel is granted, its presence channel is not.
    PresenceGrantMissing { grant: &'a str },
    /// `wildcard_grant_is_literal`: an entry such as `room.*` grants exactly that name and not `room.one`.
    WildcardGrantIsLiteral { grant: &'a str, permissions: Permissions },
    /// `entry_looks_like_pattern`: an entry among the resources would match as a pattern.
    EntryLooksLikePattern { grant: &'a str, permissions: Permissions },
    /// `pattern_looks_like_glob`: a pattern such as `room_*` would match if `*` stood for anything.
    PatternLooksLikeGlob { pattern: &'a str, permissions: Permissions },
    /// `granted_as_other_kind`: the name is granted the permission as another kind of resource.
    GrantedAsOtherKind { kind: ResourceKind, permissions: Permissions },
    /// `similar_name`: an entry with the permission differs in case or in white space alone.
    SimilarName { grant: &'a str, permissions: Permissions },
}

impl<'a> Reason<'a> {
    /// The reason's stable code in snake case, as in `no_grant`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Reason::TokenValid { .. } => "token_valid",
            Reason::TokenExpired { .. } => "token_expired",
            Reason::TimeInDoubt(TimeInDoubt::NearExpiry { .. }) => "near_expiry",
            Reason::TimeInDoubt(TimeInDoubt::JustExpired { .. }) => "just_expired",
            Reason::TimeInDoubt(TimeInDoubt::IssuedInFuture { .. }) => "issued_in_future",
            Reason::AnyUser => "any_user",
            Reason::UserMatches => "user_matches",
            Reason::UserDiffers { .. } => "user_differs",
            Reason::UserMissing { .. } => "user_missing",
            Reason::NoDenyList => "no_deny_list",
            Reason::NotRevoked => "not_revoked",
            Reason::Revoked => "revoked",
            Reason::ExplicitGrant { .. } => "explicit_grant",
            Reason::ExplicitGrantLacksPermission { .. } => "explicit_grant_lacks_permission",
            Reason::PatternGrant { .. } => "pattern_grant",
            Reason::PatternLacksPermission { .. } => "pattern_lacks_permission",
            Reason::PatternMatchesOneForm { .. } => "pattern_matches_one_form",
            Reason::PatternUnsupported { .. } => "pattern_unsupported",
            Reason::WorkLimitReached => "work_limit_reached",
            Reason::MoreReasons { .. } => "more_reasons",
            Reason::UserPatternInDoubt { .. } => "user_pattern_in_doubt",
            Reason::ProjectionMayHide { .. } => "projection_may_hide",
            Reason::ProjectionMayRefuse => "projection_may_refuse",
            Reason::IdMadeByService { .. } => "id_made_by_service",
            Reason::ExplicitEntryMayOverride => "explicit_entry_may_override",
            Reason::PatternsDisagree => "patterns_disagree",
            Reason::NoGrant => "no_grant",
            Reason::NeedUnknown => "need_unknown",
            Reason::NeedInferred => "need_inferred",
            Reason::KeysetAllows => "keyset_flag_allows",
            Reason::KeysetFlagUnknown { .. } => "keyset_flag_unknown",
            Reason::CategoryGrant { .. } => "category_grant",
            Reason::CategoryMissing { .. } => "category_missing",
            Reason::PresenceGrantMissing { .. } => "presence_grant_missing",
            Reason::WildcardGrantIsLiteral { .. } => "wildcard_grant_is_literal",
            Reason::EntryLooksLikePattern { .. } => "entry_looks_like_pattern",
            Reason::PatternLooksLikeGlob { .. } => "pattern_looks_like_glob",
            Reason::GrantedAsOtherKind { .. } => "granted_as_other_kind",
            Reason::SimilarName { .. } => "similar_name",
        }
    }

    /// Whether the reason leaves open how the requirement turns out.
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
                | Reason::NeedUnknown
                | Reason::NeedInferred
                | Reason::KeysetFlagUnknown { .. }
        )
    }

    /// The grant that the reason is about: the name or the pattern, as the token has it, and its permissions.
    #[must_use]
    pub fn grant(&self) -> Option<(&'a str, Option<Permissions>)> {
        match *self {
            Reason::ExplicitGrant { grant, permissions }
            | Reason::ExplicitGrantLacksPermission { grant, permissions }
            | Reason::WildcardGrantIsLiteral { grant, permissions }
            | Reason::EntryLooksLikePattern { grant, permissions }
            | Reason::SimilarName { grant, permissions } => Some((grant, Some(permissions))),
            Reason::PatternGrant { pattern, permissions }
            | Reason::PatternLacksPermission { pattern, permissions }
            | Reason::PatternMatchesOneForm { pattern, permissions, .. }
            | Reason::PatternUnsupported { pattern, permissions, .. }
            | Reason::UserPatternInDoubt { pattern, permissions }
            | Reason::PatternLooksLikeGlob { pattern, permissions } => Some((pattern, Some(permissions))),
            Reason::PresenceGrantMissing { grant } => Some((grant, None)),
            _ => None,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Reason::TokenValid { expires_in } => write!(f, "the token expires in {}", Span(expires_in)),
            Reason::TokenExpired { ago } => write!(f, "the token expired {} ago", Span(ago)),
            Reason::TimeInDoubt(TimeInDoubt::NearExpiry { expires_in }) => {
                write!(f, "the token expires in {}, which is within the clock's tolerance", Span(expires_in))
            }
            Reason::TimeInDoubt(TimeInDoubt::JustExpired { ago: 0 }) => {
                f.write_str("the token expires at this very second")
            }
            Reason::TimeInDoubt(TimeInDoubt::JustExpired { ago }) => {
                write!(f, "the token expired {} ago, which is within the clock's tolerance", Span(ago))
            }
            Reason::TimeInDoubt(TimeInDoubt::IssuedInFuture { by }) => {
                write!(f, "the token is issued {} from now: check the clock", Span(by))
            }
            Reason::AnyUser => f.write_str("the token is bound to no user"),
            Reason::UserMatches => f.write_str("the requester is the authorized user"),
            Reason::UserDiffers { authorized, requester } => {
                write!(f, "the token is for user {}, the requester is {}", Shortened(authorized), Shortened(requester))
            }
            Reason::UserMissing { authorized } => {
                write!(f, "the token is for user {}, the request names no user id", Shortened(authorized))
            }
            Reason::NoDenyList => f.write_str("no deny list was given"),
            Reason::NotRevoked => f.write_str("the token is not on the deny list"),
            Reason::Revoked => f.write_str("the token is on the deny list"),
            Reason::ExplicitGrant { grant, permissions } => {
                write!(f, "{} grants {}", Shortened(grant), And(permissions))
            }
            Reason::ExplicitGrantLacksPermission { grant, permissions } => {
                write!(f, "{} grants {}", Shortened(grant), Only(permissions))
            }
            Reason::PatternGrant { pattern, permissions } => {
                write!(f, "pattern {} matches and grants {}", Shortened(pattern), And(permissions))
            }
            Reason::PatternLacksPermission { pattern, permissions } => {
                write!(f, "pattern {} matches, but grants {}", Shortened(pattern), Only(permissions))
            }
            Reason::PatternMatchesOneForm { pattern, permissions, form } => {
                let form = match form {
                    GroupNames::Plain => "without",
                    GroupNames::Colon => "with",
                };
                write!(
                    f,
                    "pattern {} (granting {permissions}) matches the group's name {form} a leading colon only; \
                     one that starts with ^:? matches both forms",
                    Shortened(pattern)
                )
            }
            Reason::PatternUnsupported { pattern, permissions, ref error } => {
                write!(f, "pattern {} (granting {permissions}) cannot be matched: {error}", Shortened(pattern))
            }
            Reason::WorkLimitReached => {
                f.write_str("not all patterns could be tried, since they take more work than the limit allows")
            }
            Reason::MoreReasons { count } => write!(f, "and {count} more of the same kinds"),
            Reason::UserPatternInDoubt { pattern, permissions } => write!(
                f,
                "pattern {} grants {permissions}, but how the service matches patterns of users is not known: \
                 grant the user by an entry",
                Shortened(pattern)
            ),
            Reason::ProjectionMayHide { projection: Some(projection) } => {
                write!(
                    f,
                    "the token shows it through the projection {} alone, which may hide it",
                    Shortened(projection)
                )
            }
            Reason::ProjectionMayHide { projection: None } => {
                f.write_str("the token shows it through a projection alone, which may hide it")
            }
            Reason::ProjectionMayRefuse => {
                f.write_str("the service refuses fields outside the item's projection, which only it knows")
            }
            Reason::IdMadeByService { kind } => {
                write!(f, "the request names no {kind}, and what is needed on one that the service makes is not known")
            }
            Reason::ExplicitEntryMayOverride => {
                f.write_str("the name's own entry may override the patterns: grant it there as well")
            }
            Reason::PatternsDisagree => {
                f.write_str("one of the patterns that match may decide alone: grant it in each")
            }
            Reason::NoGrant => f.write_str("no entry names it and no pattern matches it"),
            Reason::NeedUnknown => f.write_str("it is not known what the operation needs"),
            Reason::NeedInferred => f.write_str("that the operation needs this is inferred, not documented"),
            Reason::KeysetAllows => f.write_str("the keyset lets everybody get all"),
            Reason::KeysetFlagUnknown { kind } => write!(
                f,
                "it is not known whether the keyset restricts getting all {}; a category grant of get would settle it",
                kind.plural()
            ),
            Reason::CategoryGrant { kind, permissions } => {
                write!(f, "category {} grants {}", kind.plural(), And(permissions))
            }
            Reason::CategoryMissing { kind } => {
                write!(f, "the keyset restricts getting all {0}, and category {0} does not grant get", kind.plural())
            }
            Reason::PresenceGrantMissing { grant } => {
                write!(f, "{} is granted, but its presence channel needs a grant of its own", Shortened(grant))
            }
            Reason::WildcardGrantIsLiteral { grant, permissions } => write!(
                f,
                "the entry {} grants {permissions} on exactly that name: a wildcard must be written as a pattern",
                Shortened(grant)
            ),
            Reason::EntryLooksLikePattern { grant, permissions } => write!(
                f,
                "the entry {} grants {permissions} on exactly that name: move it from the resources to the patterns",
                Shortened(grant)
            ),
            Reason::PatternLooksLikeGlob { pattern, permissions } => write!(
                f,
                "pattern {} grants {permissions} and looks like a glob, but patterns are RE2: write .* for anything",
                Shortened(pattern)
            ),
            Reason::GrantedAsOtherKind { kind, permissions } => {
                write!(f, "it is granted {permissions} as {}, which is another resource", kind.with_article())
            }
            Reason::SimilarName { grant, permissions } => {
                write!(f, "the entry {} grants {permissions}, but is another name", Shortened(grant))
            }
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
                _ if position.saturating_add(1) == count => " and ",
                _ => ", ",
            };
            write!(f, "{separator}{permission}")?;
        }
        if count == 0 { f.write_str("no permission") } else { Ok(()) }
    }
}

/// Permissions that are not enough.
pub(crate) struct Only(pub(crate) Permissions);

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only = if self.0.is_empty() { "" } else { "only " };
        write!(f, "{only}{}", And(self.0))
    }
}
