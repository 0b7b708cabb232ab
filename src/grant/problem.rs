//! Problems of a grant, each with a code, a severity and a place.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::audit::severity::Severity;
use crate::display::Escaped;
use crate::enums::described_enum;
use crate::pattern::PatternError;
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;
use crate::token::Limits;

use super::json::LONGEST;

/// One problem of a grant, with its place.
///
/// Prints as one line: the location, escaped, and a sentence.
///
/// ```
/// use pubnub_access::audit::Severity;
/// use pubnub_access::grant::{ChannelPermissions, GrantRequest};
///
/// let problems = GrantRequest::new(0).channel_pattern("room-(a|b)", ChannelPermissions::READ).validate();
/// let found: Vec<_> = problems.iter().map(|problem| (problem.code(), problem.location())).collect();
/// assert_eq!(found, [("ttl_out_of_range", "ttl"), ("capturing_group", "permissions.patterns.channels.room-(a|b)")]);
/// assert!(problems.iter().all(|problem| problem.severity() == Severity::Error));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    kind: ProblemKind,
    location: String,
}

described_enum! {
    /// The kind of a problem.
    ///
    /// The list of [codes](Problem::code) is stable; `Display` says the same for people.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    #[allow(missing_docs, reason = "the fields are what the documentation of each kind names")]
    pub enum ProblemKind {
        /// `malformed_json`: the text is not one JSON value, or too deep. Lines and columns count
        /// from 1.
        Malformed { line: usize, column: usize } = "malformed_json",
            "not valid JSON, or nested too deeply (line {line}, column {column})";
        /// `text_too_long`: the JSON text has this many bytes, more than 256 KiB.
        TextTooLong { len: usize } = "text_too_long",
            "{len} bytes of JSON, and {LONGEST} are the most";
        /// `wrong_type`: a value is not of the type that belongs there.
        WrongType { expected: &'static str } = "wrong_type", "expected {expected}";
        /// `duplicate_member`: a member of an object stands twice.
        DuplicateMember = "duplicate_member", "a member stands here twice";
        /// `unknown_member`: the body of a grant has no such member here, but perhaps elsewhere.
        UnknownMember { belongs: Option<&'static str> } = "unknown_member",
            "the body of a grant has no such member{}", Elsewhere(*belongs);
        /// `missing_member`: something that every grant has is not there.
        MissingMember = "missing_member", "missing, and every grant has it";
        /// `mask_out_of_range`: a mask in JSON is negative or over 255.
        MaskOutOfRange { mask: i128 } = "mask_out_of_range",
            "{mask} is no mask: masks are from 1 to 255";
        /// `ttl_out_of_range`: the time to live is not from 1 to 43,200 minutes.
        TtlOutOfRange { minutes: u64 } = "ttl_out_of_range",
            "{minutes} minutes are out of range: 1 to 43200 (30 days) can be granted";
        /// `nothing_granted`: neither a resource nor a pattern nor a category is granted.
        NothingGranted = "nothing_granted",
            "grants nothing: name a resource, a pattern or a category";
        /// `zero_mask`: no permission is granted on a name or by a pattern.
        ZeroMask = "zero_mask", "no permission is granted: give one, or leave the entry out";
        /// `unknown_permission` (warning): permissions that mean nothing on this kind.
        UnknownPermissions { kind: ResourceKind, permissions: Permissions } = "unknown_permission",
            "{} knows no {permissions}: the service stores it all the same", kind.with_article();
        /// `empty_name`: a name or the user id is empty.
        EmptyName = "empty_name", "the name is empty";
        /// `comma_in_name`: a name has a comma at this byte.
        CommaInName { at: usize } = "comma_in_name",
            "the name has a comma at byte {at}: give each name for itself";
        /// `control_in_name`: a name or the user id has a control character at this byte.
        ControlInName { at: usize } = "control_in_name",
            "the name has a control character at byte {at}";
        /// `empty_pattern` (warning): the pattern is empty.
        EmptyPattern = "empty_pattern", "an empty pattern matches every name";
        /// `invalid_pattern`: RE2 refuses the pattern.
        InvalidPattern { error: PatternError } = "invalid_pattern", "RE2 refuses it: {error}";
        /// `unchecked_pattern` (warning): RE2 may take the pattern, but it cannot be checked here.
        UncheckedPattern { error: PatternError } = "unchecked_pattern",
            "it cannot be checked here: {error}";
        /// `capturing_group`: the pattern has a capturing group.
        CapturingGroup = "capturing_group",
            "the service refuses capturing groups: write (?:...) instead of (...)";
        /// `category_not_get`: a category is granted anything but `get` alone.
        CategoryNotGet { permissions: Permissions } = "category_not_get",
            "a category takes get and nothing else, not {permissions}";
        /// `unknown_category` (warning): a category of a kind other than channels and uuids.
        UnknownCategory = "unknown_category", "only channels and uuids are known as categories";
        /// `nested_meta` (warning): a value of the metadata is an array or a map.
        NestedMeta = "nested_meta",
            "arrays and maps are documented as unsupported, though the service is seen to store them";
        /// `invalid_projections` (warning): the projections do not have the form that the service
        /// reads.
        InvalidProjections = "invalid_projections",
            "projections are maps of names under `res` and `pat`, by keys such as datasync:entities:e-1";
        /// `not_json`: a value of the metadata that JSON cannot hold, or not for certain: an
        /// integer beyond 64 bits.
        NotJson = "not_json",
            "JSON cannot hold this: bytes, an integer beyond 64 bits, a number that is not finite, \
             or a key that is no text";
        /// `not_understood`: a section or a kind of a token that no grant is known to make.
        NotUnderstood = "not_understood", "not understood, so that no grant is known to make it";
        /// `token_too_long`: the token's text would have this many bytes, more than the longest
        /// request of the service (32 KiB).
        TokenTooLong { len: usize } = "token_too_long",
            "the token would have {len} bytes, and the longest request that the service takes {}", Limits::DEFAULT_TEXT_LEN;
    }
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, location: String) -> Self {
        Problem { kind, location }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> &ProblemKind {
        &self.kind
    }

    /// Returns the place, as the service names it: `ttl`, `permissions`,
    /// `permissions.patterns.uuids.^u-`.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the severity. With an error, the service refuses the grant, or there is none to
    /// send.
    #[must_use]
    pub fn severity(&self) -> Severity {
        use ProblemKind::*;
        match self.kind {
            UnknownPermissions { .. }
            | EmptyPattern
            | UncheckedPattern { .. }
            | UnknownCategory
            | NestedMeta
            | InvalidProjections => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Reports whether the severity is [`Severity::Error`].
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }

    /// The problem's stable code in snake case, as in `zero_mask`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Returns the place where a member belongs that is not known here.
struct Elsewhere(Option<&'static str>);

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, " here: it belongs at {place}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.location.is_empty() {
            write!(f, "{}: ", Escaped(&self.location))?;
        }
        self.kind.fmt(f)
    }
}

/// The error of reading a grant: every problem that was found. Prints the first one, and the number
/// of others.
///
/// ```
/// use pubnub_access::grant::GrantRequest;
///
/// let error = GrantRequest::from_json(r#"{"ttl": true, "permissions": []}"#).unwrap_err();
/// assert_eq!(error.problems().len(), 2);
/// assert_eq!(error.to_string(), "ttl: expected a whole number of minutes (and 1 more)");
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
pub struct Error {
    problems: Vec<Problem>,
}

impl Error {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Error { problems }
    }

    /// The problems, at least one of them an error.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [] => f.write_str("no grant"),
            [problem] => problem.fmt(f),
            [problem, rest @ ..] => write!(f, "{problem} (and {} more)", rest.len()),
        }
    }
}
