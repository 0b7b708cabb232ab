//! Problems of a grant, each with a code, a severity and a location.

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

/// A problem of a grant.
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
        /// `malformed_json`: the text is not one JSON value, or is nested too deeply. Lines and
        /// columns count from 1.
        Malformed { line: usize, column: usize } = "malformed_json",
            "not valid JSON, or nested too deeply (line {line}, column {column})";
        /// `text_too_long`: the JSON text has this many bytes, more than 256 KiB.
        TextTooLong { len: usize } = "text_too_long",
            "the JSON has {len} bytes, more than the limit of {LONGEST}";
        /// `wrong_type`: a value has the wrong type.
        WrongType { expected: &'static str } = "wrong_type", "expected {expected}";
        /// `permissions_by_name`: names of permissions, as SDKs take them, in place of a mask.
        /// `mask` is the sum of their bits, if all are known.
        PermissionsByName { mask: Option<u8> } = "permissions_by_name",
            "expected a mask, the sum of 1 read, 2 write, 4 manage, 8 delete, 16 create, 32 get, \
             64 update and 128 join{}", HereMask(*mask);
        /// `duplicate_member`: an object has the same member twice.
        DuplicateMember = "duplicate_member", "an object has this member twice";
        /// `unknown_member`: no such member belongs here; `belongs` names the place if there is
        /// one.
        UnknownMember { belongs: Option<&'static str> } = "unknown_member",
            "the body of a grant has no such member{}", Elsewhere(*belongs);
        /// `missing_member`: a required member is missing.
        MissingMember = "missing_member", "required, but missing";
        /// `mask_out_of_range`: a mask in JSON is negative or over 255.
        MaskOutOfRange { mask: i128 } = "mask_out_of_range",
            "the mask {mask} is out of range: masks are from 1 to 255";
        /// `ttl_out_of_range`: the time to live is not from 1 to 43,200 minutes.
        TtlOutOfRange { minutes: u64 } = "ttl_out_of_range",
            "{minutes} minutes are out of range: 1 to 43200 (30 days) can be granted";
        /// `nothing_granted`: no resource, no pattern and no category is granted.
        NothingGranted = "nothing_granted",
            "grants nothing: name a resource, a pattern or a category";
        /// `zero_mask`: the mask of a name or a pattern is 0.
        ZeroMask = "zero_mask", "no permission is granted: give one, or leave the entry out";
        /// `unknown_permission` (warning): permissions without an effect on this kind.
        UnknownPermissions { kind: ResourceKind, permissions: Permissions } = "unknown_permission",
            "{permissions} has no effect on {}, but the service stores it", kind.with_article();
        /// `empty_name`: a name or the user id is empty.
        EmptyName = "empty_name", "the name is empty";
        /// `comma_in_name`: a name has a comma at this byte.
        CommaInName { at: usize } = "comma_in_name",
            "the name has a comma at byte {at}: pass each name separately";
        /// `control_in_name`: a name or the user id has a control character at this byte.
        ControlInName { at: usize } = "control_in_name",
            "the name has a control character at byte {at}";
        /// `empty_pattern` (warning): the pattern is empty.
        EmptyPattern = "empty_pattern", "an empty pattern matches every name";
        /// `invalid_pattern`: RE2 refuses the pattern.
        InvalidPattern { error: PatternError } = "invalid_pattern", "RE2 refuses it: {error}";
        /// `unchecked_pattern` (warning): RE2 may accept the pattern, but it cannot be checked
        /// here.
        UncheckedPattern { error: PatternError } = "unchecked_pattern",
            "it cannot be checked here: {error}";
        /// `capturing_group`: the pattern has a capturing group.
        CapturingGroup = "capturing_group",
            "the service refuses capturing groups: write (?:...) instead of (...)";
        /// `category_not_get`: a category grants something other than `get` alone.
        CategoryNotGet { permissions: Permissions } = "category_not_get",
            "a category takes get and nothing else, not {permissions}";
        /// `unknown_category` (warning): a category of a kind other than channels and uuids.
        UnknownCategory = "unknown_category", "only channels and uuids are known as categories";
        /// `nested_meta` (warning): a value of the metadata is an array or a map.
        NestedMeta = "nested_meta",
            "arrays and maps are documented as unsupported, though the service is seen to store them";
        /// `invalid_projections` (warning): the projections do not have the documented form.
        InvalidProjections = "invalid_projections",
            "projections are maps of names under `res` and `pat`, by keys such as datasync:entities:e-1";
        /// `not_json`: a value of the metadata that JSON cannot hold, or an integer beyond 64 bits,
        /// which readers may change.
        NotJson = "not_json",
            "JSON cannot hold this: bytes, an integer beyond 64 bits, a number that is not finite, \
             or a key that is no text";
        /// `not_understood`: an unknown section or kind of a token, which no known grant produces.
        NotUnderstood = "not_understood", "not understood: no known grant produces it";
        /// `token_too_long`: the token's text would have this many bytes, more than the longest
        /// request that the service accepts (32 KiB).
        TokenTooLong { len: usize } = "token_too_long",
            "the token would have {len} bytes, more than the longest request that the service takes ({})", Limits::DEFAULT_TEXT_LEN;
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

    /// Returns the location as the service writes it: `ttl`, `permissions`,
    /// `permissions.patterns.uuids.^u-`.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the severity. An error means that the service refuses the grant, or that no grant
    /// can be built.
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

    /// Returns the stable code in snake case, as in `zero_mask`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// The end of a sentence about a mask: the one that the names make.
struct HereMask(Option<u8>);

impl fmt::Display for HereMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |mask| write!(f, ": here {mask}"))
    }
}

/// The end of a sentence about a member: the place where it belongs.
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

/// The error of reading a grant, with every problem. Prints the first one and the number of others.
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

    /// Returns the problems. At least one is an error.
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
