//! Findings of a lint: a code, a severity, a location, the cost, and advice.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;

use crate::audit::severity::Severity;
use crate::display::Escaped;
use crate::enums::named_enum;
use crate::request::resource::ResourceKind;

named_enum! {
    /// The kind of a finding. [Codes](FindingCode::code) are stable; later versions may add some.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum FindingCode, "finding code", code {
        /// `ttl_zero` (error): the token expires as soon as it is issued.
        TtlZero = "ttl_zero",
        /// `ttl_beyond_limit` (warning): valid for more than 43,200 minutes.
        TtlBeyondLimit = "ttl_beyond_limit",
        /// `ttl_long` (warning): valid for more than the recommended 60 minutes.
        TtlLong = "ttl_long",
        /// `ttl_short` (note): valid for less than the recommended 10 minutes.
        TtlShort = "ttl_short",
        /// `no_authorized_user` (warning): whoever has the token can use it.
        NoAuthorizedUser = "no_authorized_user",
        /// `impossible_user` (error): bound to a user id that no client can have.
        ImpossibleUser = "impossible_user",
        /// `near_size_limit` (warning): the token's text takes three quarters or more of the 32 KiB
        /// that a request may have.
        NearSizeLimit = "near_size_limit",
        /// `not_understood` (note): a section or a kind that this library does not know.
        NotUnderstood = "not_understood",
        /// `category_without_effect` (warning): no operation needs this permission on a whole kind.
        CategoryWithoutEffect = "category_without_effect",
        /// `kind_decides_nothing` (note): grants on a kind that no operation of the table names.
        KindDecidesNothing = "kind_decides_nothing",
        /// `no_permissions` (error): an entry or a pattern with the mask 0, which the service
        /// refuses.
        NoPermissions = "no_permissions",
        /// `permissions_without_effect` (warning): no operation needs these permissions on this
        /// kind.
        PermissionsWithoutEffect = "permissions_without_effect",
        /// `group_read_and_manage` (warning): the holder can add any channel to the group and read
        /// it there. Two patterns that allow this together are found only if an example shows that
        /// they match the same name.
        GroupReadAndManage = "group_read_and_manage",
        /// `impossible_name` (error): no request can name this resource.
        ImpossibleName = "impossible_name",
        /// `name_looks_like_wildcard` (warning): an entry such as `room.*`, `room*` or `*-room`
        /// grants only that name.
        NameLooksLikeWildcard = "name_looks_like_wildcard",
        /// `name_looks_like_pattern` (warning): an entry whose name looks like a pattern grants
        /// only that name.
        NameLooksLikePattern = "name_looks_like_pattern",
        /// `entry_lacks_what_pattern_grants` (warning): a pattern matches the name and grants more
        /// than its entry.
        EntryLacksWhatPatternGrants = "entry_lacks_what_pattern_grants",
        /// `presence_missing` (warning): the presence channel is not granted, though those of other
        /// channels are.
        PresenceMissing = "presence_missing",
        /// `refused_pattern` (error): RE2 refuses the pattern.
        RefusedPattern = "refused_pattern",
        /// `capturing_group` (error): the service refuses capturing groups.
        CapturingGroup = "capturing_group",
        /// `undecidable_pattern` (note): this library cannot match the pattern.
        UndecidablePattern = "undecidable_pattern",
        /// `glob_pattern` (error): the pattern is written as a glob, in which `*` matches anything.
        GlobPattern = "glob_pattern",
        /// `possible_glob_pattern` (warning): the same, but `*` may be intended to repeat a
        /// character, as in `^abc*$`.
        PossibleGlobPattern = "possible_glob_pattern",
        /// `pattern_matches_nothing` (warning): the pattern matches no name.
        PatternMatchesNothing = "pattern_matches_nothing",
        /// `pattern_matches_everything` (warning): the pattern matches every name.
        PatternMatchesEverything = "pattern_matches_everything",
        /// `unanchored_pattern` (warning): the pattern matches parts of names, since the service
        /// searches names for it.
        UnanchoredPattern = "unanchored_pattern",
        /// `half_anchored_pattern` (warning): the same, but only at the start or at the end of
        /// names.
        HalfAnchoredPattern = "half_anchored_pattern",
        /// `group_pattern_depends_on_colon` (warning): the pattern matches `sports` or `:sports`,
        /// but not both.
        GroupPatternDependsOnColon = "group_pattern_depends_on_colon",
        /// `unescaped_dot` (note): a dot between literals stands for any character, as in
        /// `^vehicle.[a-z]+$`.
        UnescapedDot = "unescaped_dot",
        /// `user_pattern_in_doubt` (note): nobody documents how the service matches patterns of
        /// users.
        UserPatternInDoubt = "user_pattern_in_doubt",
        /// `undocumented_name` (note): a name is longer than the documented 92 characters, or holds
        /// a character that the documentation excludes
        /// ([channels](https://www.pubnub.com/docs/general/channels/overview),
        /// [users](https://www.pubnub.com/docs/general/users-and-devices/identification)).
        UndocumentedName = "undocumented_name",
        /// `not_checked` (warning): the work limit of the audit was reached.
        NotChecked = "not_checked",
    }
}

impl FindingCode {
    /// Returns the severity of findings with this code.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            FindingCode::TtlZero
            | FindingCode::ImpossibleUser
            | FindingCode::NoPermissions
            | FindingCode::ImpossibleName
            | FindingCode::RefusedPattern
            | FindingCode::CapturingGroup
            | FindingCode::GlobPattern => Severity::Error,
            FindingCode::TtlShort
            | FindingCode::NotUnderstood
            | FindingCode::KindDecidesNothing
            | FindingCode::UndecidablePattern
            | FindingCode::UnescapedDot
            | FindingCode::UserPatternInDoubt
            | FindingCode::UndocumentedName => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

/// The location of a finding in a token.
///
/// Prints as a path with the keys of a grant request, such as `patterns.channels.^a$` or `ttl`.
///
#[cfg_attr(feature = "mint", doc = "```")]
#[cfg_attr(not(feature = "mint"), doc = "```ignore")]
/// use pubnub_access::audit::{FindingCode, Location};
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::{Permission, ResourceKind, UnverifiedToken};
///
/// let token = TestToken::new(1_700_000_000, 15)
///     .authorized_user("alice")
///     .channel_pattern("^room", Permission::Read);
/// let token = UnverifiedToken::parse(&token.to_text())?;
/// let findings = token.lint();
/// assert_eq!(findings[0].code(), FindingCode::HalfAnchoredPattern);
/// assert_eq!(findings[0].location(), Location::Pattern(ResourceKind::Channel, "^room"));
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location<'a> {
    /// The token as a whole.
    Token,
    /// A section, as in `ttl`.
    Section(&'a str),
    /// A kind within a section, as in `categories.groups`.
    Kind(&'a str, &'a str),
    /// An entry, as in `resources.channels.room-1`.
    Resource(ResourceKind, &'a str),
    /// A pattern, as in `patterns.channels.^room-1$`.
    Pattern(ResourceKind, &'a str),
}

impl<'a> Location<'a> {
    /// Returns the parts of the path. Names and patterns may hold dots, so the printed path is
    /// ambiguous.
    pub fn parts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let parts = match *self {
            Location::Token => [Some("token"), None, None],
            Location::Section(section) => [Some(section), None, None],
            Location::Kind(section, kind) => [Some(section), Some(kind), None],
            Location::Resource(kind, name) => [Some("resources"), Some(kind.plural()), Some(name)],
            Location::Pattern(kind, pattern) => {
                [Some("patterns"), Some(kind.plural()), Some(pattern)]
            }
        };
        parts.into_iter().flatten()
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.parts().enumerate() {
            let dot = if position > 0 { "." } else { "" };
            write!(f, "{dot}{}", Escaped(part))?;
        }
        Ok(())
    }
}

/// A fact about a token that its issuer or its holder should know.
///
/// Serializes (feature `serde`) as an object: `code`, `severity`, `path` (the parts of its
/// [location](Self::location), joined by dots), `path_parts` (the same as an array, since names and
/// patterns may hold dots), `cost` and `advice`.
///
/// ```
/// use pubnub_access::audit::{Severity, lint};
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::{Permission, UnverifiedToken};
///
/// let token = TestToken::new(1_700_000_000, 15).authorized_user("alice").channel_pattern("^room", Permission::Read);
/// let token = UnverifiedToken::parse(&token.to_text())?;
/// let findings = lint(&token);
/// assert_eq!(findings.len(), 1);
/// let finding = &findings[0];
/// assert_eq!(finding.code().code(), "half_anchored_pattern");
/// assert_eq!(finding.severity(), Severity::Warning);
/// assert_eq!(finding.location().to_string(), "patterns.channels.^room");
/// assert_eq!(finding.advice(), "write ^room$, or ^room.*$ for every name that begins so");
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding<'a> {
    code: FindingCode,
    location: Location<'a>,
    cost: Cow<'static, str>,
    advice: Cow<'static, str>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(
        code: FindingCode,
        location: Location<'a>,
        cost: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Finding { code, location, cost: cost.into(), advice: advice.into() }
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> FindingCode {
        self.code
    }

    /// Returns the severity, which is that of the code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Returns the location in the token.
    #[must_use]
    pub fn location(&self) -> Location<'a> {
        self.location
    }

    /// Returns a sentence on what the mistake costs the token's holder or issuer.
    #[must_use]
    pub fn cost(&self) -> &str {
        &self.cost
    }

    /// Returns a sentence on what to write instead.
    #[must_use]
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

/// Prints one line: `warning: ttl: valid for ...; keep it ... [ttl_long]`.
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { code, location, cost, advice } = self;
        write!(f, "{}: {location}: {cost}; {advice} [{code}]", self.severity())
    }
}

/// Escapes a text of unknown origin for a sentence.
pub(super) fn shown(text: &str) -> String {
    Escaped(text).to_string()
}
