//! The policy of a question.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

use crate::policy::{Doubt, GroupNames, KeysetFlag, Policy, Precedence};

use super::error::QuestionError;
use super::members::Members;

/// What is known of the service and the keyset, setting by setting; what is left out is unknown.
///
/// ```
/// use pubnub_access::json::PolicySettings;
/// use pubnub_access::{Policy, Precedence};
///
/// let settings = PolicySettings { precedence: Some(Precedence::Union), ..Default::default() };
/// assert_eq!(settings.policy().readings(), Policy::new().precedence(Precedence::Union).readings());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicySettings {
    /// How the entry for a name combines with patterns.
    pub precedence: Option<Precedence>,
    /// The form of a group's name that patterns are matched against.
    pub group_names: Option<GroupNames>,
    /// How every other doubt turns out.
    pub doubt: Option<Doubt>,
    /// The keyset's flag about the metadata of all users.
    pub get_all_user_metadata: KeysetFlag,
    /// The keyset's flag about the metadata of all channels.
    pub get_all_channel_metadata: KeysetFlag,
    /// By how many seconds the clock may be wrong.
    pub clock_tolerance: u64,
    /// The work limit of a decision in steps, [`Policy::DEFAULT_WORK_LIMIT`] where there is none.
    pub work_limit: Option<u64>,
}

impl PolicySettings {
    /// The greatest work limit: some seconds of a usual processor for one decision.
    pub const MAX_WORK_LIMIT: u64 = 1_000_000_000;

    const KEYS: [&'static str; 7] = [
        "precedence",
        "group_names",
        "doubt",
        "get_all_user_metadata",
        "get_all_channel_metadata",
        "clock_tolerance",
        "work_limit",
    ];

    /// Returns the policy that the settings make.
    pub fn policy(&self) -> Policy<'static> {
        let mut policy = Policy::new()
            .get_all_user_metadata(self.get_all_user_metadata)
            .get_all_channel_metadata(self.get_all_channel_metadata)
            .clock_tolerance(self.clock_tolerance);
        if let Some(precedence) = self.precedence {
            policy = policy.precedence(precedence);
        }
        if let Some(group_names) = self.group_names {
            policy = policy.group_names(group_names);
        }
        if let Some(doubt) = self.doubt {
            policy = policy.doubt(doubt);
        }
        if let Some(steps) = self.work_limit {
            policy = policy.work_limit(steps.min(Self::MAX_WORK_LIMIT));
        }
        policy
    }

    /// Reads the `policy` of a question over settings that hold where it says nothing.
    pub(super) fn read(self, question: &Members<'_>) -> Result<Self, QuestionError> {
        let Some(policy) = question.present("policy") else { return Ok(self) };
        let members = Members::parse(policy.get())
            .map_err(|error| QuestionError::invalid_field(format!("`policy`: {error}")))?;
        members.check_keys(&Self::KEYS).map_err(|error| error.within("`policy`"))?;
        let mut settings = self;
        let keyset_flags = [KeysetFlag::Allowed, KeysetFlag::Restricted];
        if let Some(choice) = choice(&members, "precedence", &Precedence::ALL)? {
            settings.precedence = choice;
        }
        if let Some(choice) = choice(&members, "group_names", &GroupNames::ALL)? {
            settings.group_names = choice;
        }
        if let Some(choice) = choice(&members, "doubt", &Doubt::ALL)? {
            settings.doubt = choice;
        }
        if let Some(choice) = choice(&members, "get_all_user_metadata", &keyset_flags)? {
            settings.get_all_user_metadata = choice.unwrap_or_default();
        }
        if let Some(choice) = choice(&members, "get_all_channel_metadata", &keyset_flags)? {
            settings.get_all_channel_metadata = choice.unwrap_or_default();
        }
        if let Some(tolerance) = members.optional("clock_tolerance", "a whole number of seconds")? {
            settings.clock_tolerance = tolerance;
        }
        if let Some(steps) = members.optional("work_limit", "a whole number of steps")? {
            if steps > Self::MAX_WORK_LIMIT {
                let error = format!("`work_limit` must be {} at most", Self::MAX_WORK_LIMIT);
                return Err(QuestionError::invalid_field(error));
            }
            settings.work_limit = Some(steps);
        }
        Ok(settings)
    }
}

/// The value of a setting, if it is there; `"unknown"` is one of its values.
fn choice<T: Copy + Display>(
    members: &Members<'_>,
    name: &str,
    choices: &[T],
) -> Result<Option<Option<T>>, QuestionError> {
    let names: Vec<String> = choices.iter().map(T::to_string).chain(["unknown".into()]).collect();
    let expected = format!("one of {}", names.join(", "));
    let Some(value) = members.optional::<String>(name, &expected)? else { return Ok(None) };
    match names.iter().position(|name| *name == value) {
        Some(place) => Ok(Some(choices.get(place).copied())),
        None => Err(QuestionError::invalid_field(format!("`{name}` must be {expected}"))),
    }
}
