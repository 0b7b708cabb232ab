//! What a lint finds: a stable code, how bad it is, where it is, what it costs and what to write instead.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;

use crate::display::Escaped;
use crate::resource::ResourceKind;
use crate::severity::Severity;

/// What a finding is about. The list of [codes](FindingCode::code) is stable; later versions may add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingCode {
    /// `ttl_zero` (error): the token expires as it is issued.
    TtlZero,
    /// `ttl_beyond_limit` (warning): valid for more than 43,200 minutes.
    TtlBeyondLimit,
    /// `ttl_long` (warning): valid for more than the recommended 60 minutes.
    TtlLong,
    /// `ttl_short` (note): valid for less than the recommended 10 minutes.
    TtlShort,
    /// `no_authorized_user` (warning): whoever has the token can use it.
    NoAuthorizedUser,
    /// `impossible_user` (error): bound to a user id that no client can have.
    ImpossibleUser,
    /// `near_size_limit` (warning): the text has three quarters of the 32 KiB that a request may have.
    NearSizeLimit,
    /// `not_understood` (note): a section, or a kind in a section, that means nothing here.
    NotUnderstood,
    /// `category_without_effect` (warning): a permission on a whole kind that no operation asks for.
    CategoryWithoutEffect,
    /// `kind_decides_nothing` (note): grants on a kind that no operation of the table names.
    KindDecidesNothing,
    /// `no_permissions` (error): an entry or a pattern with the mask 0, which the service refuses.
    NoPermissions,
    /// `permissions_without_effect` (warning): permissions that no operation asks for on this kind.
    PermissionsWithoutEffect,
    /// `group_read_and_manage` (warning): the holder can add any channel to the group and read it. Grants that add up to
    /// that are found where they are seen to bear on the same name: without the finding, two patterns still may.
    GroupReadAndManage,
    /// `impossible_name` (error): no request can name this resource.
    ImpossibleName,
    /// `name_looks_like_wildcard` (warning): `room.*`, `room*` or `*-room` among the resources is that one name.
    NameLooksLikeWildcard,
    /// `name_looks_like_pattern` (warning): a pattern among the resources is that one name.
    NameLooksLikePattern,
    /// `entry_lacks_what_pattern_grants` (warning): a pattern matches the name and grants more than its entry.
    EntryLacksWhatPatternGrants,
    /// `presence_missing` (warning): others have their presence channel granted, this one has not.
    PresenceMissing,
    /// `refused_pattern` (error): RE2 refuses the pattern.
    RefusedPattern,
    /// `capturing_group` (error): the service refuses capturing groups.
    CapturingGroup,
    /// `undecidable_pattern` (note): this library cannot match the pattern.
    UndecidablePattern,
    /// `glob_pattern` (error): the pattern is written as if `*` stood for anything.
    GlobPattern,
    /// `possible_glob_pattern` (warning): the same, but repeating the character before `*` may be meant, as in `^abc*$`.
    PossibleGlobPattern,
    /// `pattern_matches_nothing` (warning): no name is matched.
    PatternMatchesNothing,
    /// `pattern_matches_everything` (warning): every name is matched.
    PatternMatchesEverything,
    /// `unanchored_pattern` (warning): matches parts of names, since the service searches for patterns.
    UnanchoredPattern,
    /// `half_anchored_pattern` (warning): the same, but for the beginnings or the ends of names only.
    HalfAnchoredPattern,
    /// `group_pattern_depends_on_colon` (warning): matches `sports` or `:sports`, and not both.
    GroupPatternDependsOnColon,
    /// `unescaped_dot` (note): a dot between literals stands for any character, as in `^vehicle.[a-z]+$`.
    UnescapedDot,
    /// `user_pattern_in_doubt` (note): how the service matches patterns of users is not known.
    UserPatternInDoubt,
    /// `undocumented_name` (note): a name is longer than the documented 92 characters, or holds a
    /// character that the documentation excludes
    /// ([channels](https://www.pubnub.com/docs/general/channels/overview),
    /// [users](https://www.pubnub.com/docs/general/users-and-devices/identification)).
    UndocumentedName,
    /// `not_checked` (warning): the work allowed for one audit was used up.
    NotChecked,
}

impl FindingCode {
    /// Every code, in the order of the list.
    pub const ALL: [FindingCode; 32] = [
        FindingCode::TtlZero,
        FindingCode::TtlBeyondLimit,
        FindingCode::TtlLong,
        FindingCode::TtlShort,
        FindingCode::NoAuthorizedUser,
        FindingCode::ImpossibleUser,
        FindingCode::NearSizeLimit,
        FindingCode::NotUnderstood,
        FindingCode::CategoryWithoutEffect,
        FindingCode::KindDecidesNothing,
        FindingCode::NoPermissions,
        FindingCode::PermissionsWithoutEffect,
        FindingCode::GroupReadAndManage,
        FindingCode::ImpossibleName,
        FindingCode::NameLooksLikeWildcard,
        FindingCode::NameLooksLikePattern,
        FindingCode::EntryLacksWhatPatternGrants,
        FindingCode::PresenceMissing,
        FindingCode::RefusedPattern,
        FindingCode::CapturingGroup,
        FindingCode::UndecidablePattern,
        FindingCode::GlobPattern,
        FindingCode::PossibleGlobPattern,
        FindingCode::PatternMatchesNothing,
        FindingCode::PatternMatchesEverything,
        FindingCode::UnanchoredPattern,
        FindingCode::HalfAnchoredPattern,
        FindingCode::GroupPatternDependsOnColon,
        FindingCode::UnescapedDot,
        FindingCode::UserPatternInDoubt,
        FindingCode::UndocumentedName,
        FindingCode::NotChecked,
    ];

    /// The stable code in snake case, as in `ttl_long`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.row().1
    }

    fn row(self) -> (&'static str, Severity) {
        use Severity::{Error, Note, Warning};
        match self {
            FindingCode::TtlZero => ("ttl_zero", Error),
            FindingCode::TtlBeyondLimit => ("ttl_beyond_limit", Warning),
            FindingCode::TtlLong => ("ttl_long", Warning),
            FindingCode::TtlShort => ("ttl_short", Note),
            FindingCode::NoAuthorizedUser => ("no_authorized_user", Warning),
            FindingCode::ImpossibleUser => ("impossible_user", Error),
            FindingCode::NearSizeLimit => ("near_size_limit", Warning),
            FindingCode::NotUnderstood => ("not_understood", Note),
            FindingCode::CategoryWithoutEffect => ("category_without_effect", Warning),
            FindingCode::KindDecidesNothing => ("kind_decides_nothing", Note),
            FindingCode::NoPermissions => ("no_permissions", Error),
            FindingCode::PermissionsWithoutEffect => ("permissions_without_effect", Warning),
            FindingCode::GroupReadAndManage => ("group_read_and_manage", Warning),
            FindingCode::ImpossibleName => ("impossible_name", Error),
            FindingCode::NameLooksLikeWildcard => ("name_looks_like_wildcard", Warning),
            FindingCode::NameLooksLikePattern => ("name_looks_like_pattern", Warning),
            FindingCode::EntryLacksWhatPatternGrants => ("entry_lacks_what_pattern_grants", Warning),
            FindingCode::PresenceMissing => ("presence_missing", Warning),
            FindingCode::RefusedPattern => ("refused_pattern", Error),
            FindingCode::CapturingGroup => ("capturing_group", Error),
            FindingCode::UndecidablePattern => ("undecidable_pattern", Note),
            FindingCode::GlobPattern => ("glob_pattern", Error),
            FindingCode::PossibleGlobPattern => ("possible_glob_pattern", Warning),
            FindingCode::PatternMatchesNothing => ("pattern_matches_nothing", Warning),
            FindingCode::PatternMatchesEverything => ("pattern_matches_everything", Warning),
            FindingCode::UnanchoredPattern => ("unanchored_pattern", Warning),
            FindingCode::HalfAnchoredPattern => ("half_anchored_pattern", Warning),
            FindingCode::GroupPatternDependsOnColon => ("group_pattern_depends_on_colon", Warning),
            FindingCode::UnescapedDot => ("unescaped_dot", Note),
            FindingCode::UserPatternInDoubt => ("user_pattern_in_doubt", Note),
            FindingCode::UndocumentedName => ("undocumented_name", Note),
            FindingCode::NotChecked => ("not_checked", Warning),
        }
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// Where in a token a finding is.
///
/// Prints as a path with the keys of a grant request, names and patterns at its end: `patterns.channels.^a$`, `ttl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place<'a> {
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

impl<'a> Place<'a> {
    /// The parts of the path, for people who want to join them otherwise: names and patterns may hold dots.
    pub fn parts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let parts = match *self {
            Place::Token => [Some("token"), None, None],
            Place::Section(section) => [Some(section), None, None],
            Place::Kind(section, kind) => [Some(section), Some(kind), None],
            Place::Resource(kind, name) => [Some("resources"), Some(kind.plural()), Some(name)],
            Place::Pattern(kind, pattern) => [Some("patterns"), Some(kind.plural()), Some(pattern)],
        };
        parts.into_iter().flatten()
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.parts().enumerate() {
            let dot = if position > 0 { "." } else { "" };
            write!(f, "{dot}{}", Escaped(part))?;
        }
        Ok(())
    }
}

/// Something about a token that its issuer or its holder should know.
///
/// As JSON (feature `serde`), an object: `code`, `severity`, `path` (the parts of its [place](Self::place) joined by dots),
/// `path_parts` (the same as an array, since names and patterns may hold dots), `cost` and `advice`.
///
/// ```
/// use pubnub_access::{Permission, Severity, UnverifiedToken, lint, mint::TestToken};
///
/// let token = TestToken::new(1_700_000_000, 15).authorized_user("alice").channel_pattern("^room", Permission::Read);
/// let token = UnverifiedToken::parse(&token.to_text())?;
/// let findings = lint(&token);
/// assert_eq!(findings.len(), 1);
/// let finding = &findings[0];
/// assert_eq!(finding.code().code(), "half_anchored_pattern");
/// assert_eq!(finding.severity(), Severity::Warning);
/// assert_eq!(finding.place().to_string(), "patterns.channels.^room");
/// assert_eq!(finding.advice(), "write ^room$, or ^room.*$ for every name that begins so");
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    code: FindingCode,
    place: Place<'a>,
    cost: Cow<'static, str>,
    advice: Cow<'static, str>,
}

impl<'a> Finding<'a> {
    pub(super) fn new(
        code: FindingCode,
        place: Place<'a>,
        cost: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Finding { code, place, cost: cost.into(), advice: advice.into() }
    }

    /// What it is about.
    #[must_use]
    pub fn code(&self) -> FindingCode {
        self.code
    }

    /// How bad it is: the severity of its code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place<'a> {
        self.place
    }

    /// What it costs the token's holder or its issuer, in words for people.
    #[must_use]
    pub fn cost(&self) -> &str {
        &self.cost
    }

    /// What to write instead, in words for people.
    #[must_use]
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

/// One line: `warning: ttl: valid for ...; keep it ... [ttl_long]`.
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { code, place, cost, advice } = self;
        write!(f, "{}: {place}: {cost}; {advice} [{code}]", self.severity())
    }
}

/// Shows a text of unknown origin within a sentence.
pub(super) fn shown(text: &str) -> String {
    Escaped(text).to_string()
}
