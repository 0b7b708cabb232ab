//! Findings of a lint: a code, a severity, a location, the cost, and advice.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;

use crate::audit::severity::Severity;
use crate::display::Escaped;
use crate::enums::named_enum;
use crate::request::resource::ResourceKind;

/// Defines the codes, each with its severity and what it means, which its documentation repeats.
macro_rules! finding_codes {
    ($( $Code:ident = $code:literal, $severity:ident, $meaning:literal; )*) => {
        named_enum! {
            /// The kind of a finding. [Codes](FindingCode::code) are stable; later versions may
            /// add some.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[non_exhaustive]
            pub enum FindingCode, "finding code", code {
                $(
                    #[doc = concat!("`", $code, "` (", stringify!($severity), "): ", $meaning, ".")]
                    $Code = $code,
                )*
            }
        }

        impl FindingCode {
            /// Returns the severity of findings with this code.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $( FindingCode::$Code => Severity::$severity, )* }
            }

            /// Returns the meaning of the code as a phrase.
            ///
            /// ```
            /// use pubnub_access::audit::FindingCode;
            ///
            /// assert_eq!(FindingCode::TtlZero.meaning(), "the token expires as soon as it is issued");
            /// ```
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $( FindingCode::$Code => $meaning, )* }
            }
        }
    };
}

finding_codes! {
    TtlZero = "ttl_zero", Error, "the token expires as soon as it is issued";
    TtlBeyondLimit = "ttl_beyond_limit", Warning, "valid for more than 43,200 minutes";
    TtlLong = "ttl_long", Warning, "valid for more than the recommended 60 minutes";
    TtlShort = "ttl_short", Note, "valid for less than the recommended 10 minutes";
    NoAuthorizedUser = "no_authorized_user", Warning, "whoever has the token can use it";
    ImpossibleUser = "impossible_user", Error, "bound to a user id that no client can have";
    NearSizeLimit = "near_size_limit", Warning,
        "the token's text takes three quarters or more of the 32 KiB that a request may have";
    NotUnderstood = "not_understood", Note, "a section or a kind that this library does not know";
    CategoryWithoutEffect = "category_without_effect", Warning,
        "no operation needs this permission on a whole kind";
    KindDecidesNothing = "kind_decides_nothing", Note,
        "grants on a kind that no operation of the table names";
    NoPermissions = "no_permissions", Error,
        "an entry or a pattern with the mask 0, which the service refuses";
    PermissionsWithoutEffect = "permissions_without_effect", Warning,
        "no operation needs these permissions on this kind";
    GroupReadAndManage = "group_read_and_manage", Warning,
        "the holder can add any channel to the group and read it there. Two patterns that \
         allow this together are found only if an example shows that they match the same name";
    ImpossibleName = "impossible_name", Error, "no request can name this resource";
    NameLooksLikeWildcard = "name_looks_like_wildcard", Warning,
        "an entry such as `room.*`, `room*` or `*-room` grants only that name";
    NameLooksLikePattern = "name_looks_like_pattern", Warning,
        "an entry whose name looks like a pattern grants only that name";
    EntryLacksWhatPatternGrants = "entry_lacks_what_pattern_grants", Warning,
        "a pattern matches the name and grants more than its entry";
    PresenceMissing = "presence_missing", Warning,
        "the presence channel is not granted, though those of other channels are";
    RefusedPattern = "refused_pattern", Error, "RE2 refuses the pattern";
    CapturingGroup = "capturing_group", Error, "the service refuses capturing groups";
    UndecidablePattern = "undecidable_pattern", Note, "this library cannot match the pattern";
    GlobPattern = "glob_pattern", Error,
        "the pattern is written as a glob, in which `*` matches anything";
    PossibleGlobPattern = "possible_glob_pattern", Warning,
        "the pattern may be written as a glob, in which `*` matches anything, as in `^abc*$`";
    PatternMatchesNothing = "pattern_matches_nothing", Warning, "the pattern matches no name";
    PatternMatchesEverything = "pattern_matches_everything", Warning,
        "the pattern matches every name";
    UnanchoredPattern = "unanchored_pattern", Warning,
        "the pattern matches parts of names, since the service searches names for it";
    HalfAnchoredPattern = "half_anchored_pattern", Warning,
        "the pattern matches parts of names, though only at the start or at the end";
    GroupPatternDependsOnColon = "group_pattern_depends_on_colon", Warning,
        "the pattern matches `sports` or `:sports`, but not both";
    UnescapedDot = "unescaped_dot", Note,
        "a dot between literals stands for any character, as in `^vehicle.[a-z]+$`";
    UserPatternInDoubt = "user_pattern_in_doubt", Note,
        "nobody documents how the service matches patterns of users";
    UndocumentedName = "undocumented_name", Note,
        "a name is longer than the documented 92 characters, or holds a character that the \
         documentation excludes";
    NotChecked = "not_checked", Warning, "the work limit of the audit was reached";
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
    #[must_use]
    pub fn parts(&self) -> LocationParts<'a> {
        let parts = match *self {
            Location::Token => [Some("token"), None, None],
            Location::Section(section) => [Some(section), None, None],
            Location::Kind(section, kind) => [Some(section), Some(kind), None],
            Location::Resource(kind, name) => [Some("resources"), Some(kind.plural()), Some(name)],
            Location::Pattern(kind, pattern) => {
                [Some("patterns"), Some(kind.plural()), Some(pattern)]
            }
        };
        LocationParts(parts.into_iter())
    }
}

/// The parts of a location's path.
#[derive(Debug, Clone)]
pub struct LocationParts<'a>(core::array::IntoIter<Option<&'a str>, 3>);

impl<'a> Iterator for LocationParts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0.next().flatten()
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
