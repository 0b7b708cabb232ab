//! Questions about one request: the verdict, with its reasons and remedies.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::deciding::{DecidedBy, decided_by};
use crate::decision::{Reason, Verdict};
use crate::display::{Shortened, join};
use crate::explain::{Explanation, RequirementReport, explain};
use crate::grant::{Remedy, missing_grant};
use crate::operation::Operation;
use crate::pattern::Pattern;
use crate::policy::Policy;
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::revocation::RevocationList;
use crate::token::UnverifiedToken;

use super::error::QuestionError;
use super::forms::{AsMap, write_explanation};
use super::hint::may_be_token;
use super::members::{Members, missing};
use super::remedy::{Additions, Sentence};
use super::settings::read_policy;

/// The most names of one question.
const MOST_NAMES: usize = 4_096;

/// The kinds of resources that a question names, each with its key.
const NAMES: [(&str, ResourceKind); 7] = [
    ("channels", ResourceKind::Channel),
    ("groups", ResourceKind::Group),
    ("uuids", ResourceKind::Uuid),
    ("users", ResourceKind::User),
    ("entities", ResourceKind::Entity),
    ("relationships", ResourceKind::Relationship),
    ("memberships", ResourceKind::Membership),
];

/// The keys of a question about one request.
pub(super) const KEYS: [&str; 16] = [
    "command",
    "id",
    "token",
    "operation",
    "channels",
    "groups",
    "uuids",
    "users",
    "entities",
    "relationships",
    "memberships",
    "user_id",
    "at",
    "policy",
    "deny_list",
    "expect",
];

/// Reads an operation's id. The error suggests the operations with this name in some SDK.
///
/// ```
/// use pubnub_access::Operation;
/// use pubnub_access::json::parse_operation;
///
/// assert_eq!(parse_operation("here-now"), Ok(Operation::HereNow));
/// let message = |text| parse_operation(text).unwrap_err().to_string();
/// assert_eq!(message("history"), "unknown operation, did you mean fetch-messages?");
/// assert_eq!(message("presence"), "unknown operation, did you mean heartbeat or here-now?");
/// ```
///
/// # Errors
/// Any text that is not the id of an [`Operation`].
pub fn parse_operation(text: &str) -> Result<Operation, QuestionError> {
    text.parse::<Operation>().map_err(|error| {
        let operations: Vec<Operation> = Operation::by_sdk_name(text).collect();
        let message = if operations.is_empty() {
            error.to_string()
        } else {
            format!("unknown operation, did you mean {}?", join(&operations, " or "))
        };
        QuestionError::new("unknown_operation", message)
    })
}

/// Values for the members that a question leaves out.
#[derive(Debug, Clone, Default)]
pub struct Defaults<'p> {
    /// The token.
    pub token: Option<UnverifiedToken>,
    /// The time, in Unix seconds.
    pub at: Option<u64>,
    /// The policy. Its deny list applies to questions without one.
    pub policy: Policy<'p>,
}

/// A question about one request, complete with defaults.
#[derive(Debug, Clone)]
pub struct CheckQuestion<'p> {
    token: UnverifiedToken,
    operation: Operation,
    names: Vec<(ResourceKind, Vec<String>)>,
    user_id: Option<String>,
    at: u64,
    policy: Policy<'p>,
    deny_list: Option<RevocationList>,
    expected: Option<Verdict>,
}

/// Rejects a token in the place of a name, since answers repeat names.
fn refuse_token(key: &str, name: &str) -> Result<(), QuestionError> {
    if may_be_token(name) && UnverifiedToken::parse(name).is_ok() {
        let error = format!("`{key}` contains a token: are two members swapped?");
        return Err(QuestionError::new("misplaced_token", error));
    }
    Ok(())
}

fn check_count(names: usize) -> Result<(), QuestionError> {
    if names <= MOST_NAMES {
        return Ok(());
    }
    let error = format!("{names} names, and a question has {MOST_NAMES} at most");
    Err(QuestionError::new("too_many_names", error))
}

/// Matches a pattern with several names, within the work limit of four single matches.
pub(super) fn matches(members: &Members<'_>) -> Result<impl Serialize, QuestionError> {
    #[derive(serde::Serialize)]
    struct Matches {
        matches: Vec<bool>,
    }
    let pattern = Pattern::new(&members.required::<String>("pattern", "a string")?)?;
    let names: Vec<String> = members.required("names", "an array of strings")?;
    check_count(names.len())?;
    Ok(Matches { matches: pattern.matches_each(&names)? })
}

impl<'p> CheckQuestion<'p> {
    /// Reads a question, and refuses keys other than `keys`.
    pub(super) fn read(
        members: &Members<'_>,
        keys: &[&'static str],
        defaults: &Defaults<'p>,
    ) -> Result<Self, QuestionError> {
        members.check_keys(keys)?;
        let token = members.token("token")?.or_else(|| defaults.token.clone());
        let token = token.ok_or_else(|| missing("token"))?;
        let operation: String = members.required("operation", "a string")?;
        let operation = parse_operation(&operation)?;
        let at = members.time("at")?.or(defaults.at).ok_or_else(|| missing("at"))?;
        let mut names = Vec::new();
        for (key, kind) in NAMES {
            let of_kind: Option<Vec<String>> = members.optional(key, "an array of strings")?;
            of_kind.iter().flatten().try_for_each(|name| refuse_token(key, name))?;
            names.extend(of_kind.map(|of_kind| (kind, of_kind)));
        }
        check_count(names.iter().map(|(_, names)| names.len()).sum())?;
        let user_id: Option<String> = members.optional("user_id", "a string")?;
        user_id.iter().try_for_each(|user_id| refuse_token("user_id", user_id))?;
        let verdicts = "allow, deny or indeterminate";
        Ok(CheckQuestion {
            token,
            operation,
            names,
            user_id,
            at,
            policy: read_policy(members, defaults.policy)?,
            deny_list: members.deny_list()?,
            expected: members.optional("expect", verdicts)?,
        })
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &UnverifiedToken {
        &self.token
    }

    /// The time of the request, in Unix seconds.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The request.
    ///
    /// # Errors
    /// A name that no request can have, or a missing name that the operation needs.
    pub fn request(&self) -> Result<Request<'_>, QuestionError> {
        let mut builder = Request::builder(self.operation);
        for (kind, names) in &self.names {
            builder = names.iter().fold(builder, |builder, name| builder.resource(*kind, name));
        }
        if let Some(user_id) = &self.user_id {
            builder = builder.user_id(user_id);
        }
        Ok(builder.build()?)
    }

    /// Returns the answer.
    ///
    /// # Errors
    /// Those of [`request`](Self::request).
    pub fn answer(&self) -> Result<CheckAnswer<'_>, QuestionError> {
        let policy = self.policy();
        let mut answer = CheckAnswer::new(&self.token, &self.request()?, self.at, &policy);
        answer.expected = self.expected;
        Ok(answer)
    }

    /// Returns the remedy that makes the request allowed.
    pub(super) fn remedy(&self) -> Result<Remedy<'_>, QuestionError> {
        Ok(missing_grant(&self.token, &self.request()?, self.at, &self.policy()))
    }

    /// Returns the policy, with the question's own deny list if it has one.
    fn policy(&self) -> Policy<'_> {
        match &self.deny_list {
            Some(deny_list) => self.policy.deny_list(deny_list),
            None => self.policy,
        }
    }
}

/// The answer to a question about one request: the explanation and the advice.
///
/// Serializes as the object of `check --format json`.
#[derive(Debug, Clone)]
#[must_use]
pub struct CheckAnswer<'a> {
    explanation: Explanation<'a>,
    remedy: Option<Remedy<'a>>,
    decided_by: Vec<DecidedBy>,
    expected: Option<Verdict>,
}

impl<'a> CheckAnswer<'a> {
    /// Explains the request. Finds the missing grant of a denial, or the settings that decide a
    /// doubt.
    ///
    /// ```
    /// use pubnub_access::json::CheckAnswer;
    /// use pubnub_access::{Operation, Policy, Request, UnverifiedToken};
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// let request = Request::builder(Operation::Publish).channel("hall").user_id("alice").build()?;
    /// let answer = CheckAnswer::new(&token, &request, token.issued_at() + 5, &Policy::new());
    /// assert_eq!(answer.advice(), ["to allow it, grant: channel hall=write"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        token: &'a UnverifiedToken,
        request: &Request<'a>,
        now: u64,
        policy: &Policy<'_>,
    ) -> Self {
        let explanation = explain(token, request, now, policy);
        let decided_by = decided_by(&explanation, token, request, now, policy);
        let remedy = (explanation.verdict() == Verdict::Deny)
            .then(|| missing_grant(token, request, now, policy));
        CheckAnswer { explanation, remedy, decided_by, expected: None }
    }

    /// Returns the explanation.
    pub fn explanation(&self) -> &Explanation<'a> {
        &self.explanation
    }

    /// Returns the unknowns that an indeterminate verdict depends on.
    #[must_use]
    pub fn decided_by(&self) -> &[DecidedBy] {
        &self.decided_by
    }

    /// Reports whether the verdict is the expected one; `None` if the question expects none.
    #[must_use]
    pub fn is_as_expected(&self) -> Option<bool> {
        self.expected.map(|expected| expected == self.explanation.verdict())
    }

    /// Returns sentences on what to do about a denial or a doubt.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        if let Some(remedy) = &self.remedy {
            advice.push(Sentence(remedy).to_string());
            for report in self.explanation.conditions() {
                advice.extend(self.mistake(&report.reason));
            }
            for report in self.explanation.requirements() {
                if report.verdict == Verdict::Deny {
                    advice.extend(report.reasons.iter().filter_map(|reason| self.mistake(reason)));
                    advice.extend(blanks(report));
                }
            }
        }
        advice.extend(self.decided_by.iter().map(DecidedBy::to_string));
        advice
    }

    /// Returns the mistake in the request that a reason of a denial suggests.
    fn mistake(&self, reason: &Reason<'_>) -> Option<String> {
        let takes = |kind| self.explanation.operation().requirements().of(kind).is_some();
        match reason {
            Reason::UserDiffers { authorized, .. } => Some(format!(
                "or let the client be user {}, whom the token is for",
                Shortened(authorized)
            )),
            Reason::SimilarName { grant, .. } => Some(format!(
                "or ask for {}, which is granted: names are compared to the letter",
                Shortened(grant)
            )),
            Reason::GrantedAsOtherKind { kind, .. } if takes(*kind) => {
                Some(format!("or ask for it as {}, as which it is granted", kind.with_article()))
            }
            _ => None,
        }
    }
}

/// Suggests a name without the white space around it, unless a similar name is granted.
fn blanks(report: &RequirementReport<'_>) -> Option<String> {
    let name = report.requirement.name.as_deref()?;
    let bare = name.trim();
    let similar = |reason: &Reason<'_>| matches!(reason, Reason::SimilarName { .. });
    (!bare.is_empty() && bare.len() < name.len() && !report.reasons.iter().any(similar))
        .then(|| format!("or ask for {}, without white space around it", Shortened(bare)))
}

impl Serialize for CheckAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_explanation(&mut object, &self.explanation)?;
        if let Some(remedy) = &self.remedy {
            object.serialize_entry("missing_grant", &additions(remedy))?;
            object.serialize_entry("remedy", &Sentence(remedy).to_string())?;
        }
        if self.explanation.verdict() == Verdict::Indeterminate {
            object.serialize_entry("decided_by", &self.decided_by)?;
        }
        if let Some((expected, is_as_expected)) = self.expected.zip(self.is_as_expected()) {
            object.serialize_entry("expect", &expected)?;
            object.serialize_entry("as_expected", &is_as_expected)?;
        }
        object.end()
    }
}

/// Returns the missing grants, if any.
fn additions<'a>(remedy: &'a Remedy<'a>) -> Option<Additions<'a>> {
    match remedy {
        Remedy::Grant(missing) | Remedy::InDoubt(missing, _) => {
            Some(missing.additions()).filter(|additions| !additions.is_empty()).map(Additions)
        }
        _ => None,
    }
}

impl Serialize for DecidedBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("unknown", &self.unknown)?;
        object.serialize_entry("option", self.unknown.option())?;
        object.serialize_entry("verdicts", &AsMap(|| self.verdicts.iter().copied()))?;
        object.serialize_entry("message", &self.to_string())?;
        object.end()
    }
}

/// The answer about a missing grant.
pub(super) struct RemedyAnswer<'a>(pub(super) Remedy<'a>);

impl Serialize for RemedyAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, missing) = match &self.0 {
            Remedy::Nothing => ("nothing", None),
            Remedy::Grant(missing) => ("grant", Some(missing)),
            Remedy::AnyGrant(missing) => ("any_grant", Some(missing)),
            Remedy::InDoubt(missing, _) => ("in_doubt", Some(missing)),
            Remedy::Unobtainable(_) => ("unobtainable", None),
        };
        let conditions: Option<Vec<&str>> = missing
            .map(|missing| missing.conditions().iter().map(|condition| condition.code()).collect());
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("remedy", code)?;
        object.serialize_entry("missing_grant", &additions(&self.0))?;
        object.serialize_entry("conditions", &conditions.unwrap_or_default())?;
        object.serialize_entry("grant", &missing.map(|missing| missing.grant()))?;
        object.serialize_entry("message", &Sentence(&self.0).to_string())?;
        object.end()
    }
}
