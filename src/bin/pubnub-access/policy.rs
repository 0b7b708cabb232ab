//! The policy flags: what the caller knows about the service and the keyset.

use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use pubnub_access::revocation::RevocationList;
use pubnub_access::{Doubt, GroupNames, KeysetFlag, ParseEnumError, Policy, Precedence};

/// The values of one setting, each with its meaning. A missing setting is unknown.
type Choices<T> = [(T, &'static str)];

const PRECEDENCE: &Choices<Precedence> = &[
    (Precedence::Union, "the entry and all matching patterns add up"),
    (
        Precedence::ExplicitElseAny,
        "the entry decides alone; without one, any matching pattern grants",
    ),
    (
        Precedence::ExplicitElseAll,
        "the entry decides alone; without one, only what every matching pattern grants",
    ),
];
const GROUP_NAMES: &Choices<GroupNames> =
    &[(GroupNames::Plain, "as in sports"), (GroupNames::Colon, "as in :sports")];
const DOUBT: &Choices<Doubt> =
    &[(Doubt::Granted, "in favour of the request"), (Doubt::Refused, "against the request")];
const KEYSET_FLAG: &Choices<KeysetFlag> = &[
    (KeysetFlag::Allowed, "the flag is off: everybody may"),
    (KeysetFlag::Restricted, "the flag is on: only a token with the category may"),
];

/// The policy flags.
#[derive(Args)]
#[command(next_help_heading = "Policy (what is left out is unknown)")]
pub struct PolicyArgs {
    /// How the entry for a name combines with the patterns that match it
    #[arg(long, value_name = "HOW", value_parser = parser(PRECEDENCE, Precedence::name))]
    pub precedence: Option<Precedence>,
    /// Which form of a channel group's name patterns are matched against
    #[arg(long, value_name = "FORM", value_parser = parser(GROUP_NAMES, GroupNames::name))]
    pub group_names: Option<GroupNames>,
    /// How to decide every other doubt, such as a requirement that PubNub does not document
    #[arg(long, value_name = "HOW", value_parser = parser(DOUBT, Doubt::name))]
    pub doubt: Option<Doubt>,
    /// The keyset's flag "Disallow Get All User Metadata"
    #[arg(long, value_name = "STATE", value_parser = parser(KEYSET_FLAG, KeysetFlag::name))]
    pub get_all_user_metadata: Option<KeysetFlag>,
    /// The keyset's flag "Disallow Get All Channel Metadata"
    #[arg(long, value_name = "STATE", value_parser = parser(KEYSET_FLAG, KeysetFlag::name))]
    pub get_all_channel_metadata: Option<KeysetFlag>,
    /// How many seconds the clock may be wrong: a token that expires within them is in doubt
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub clock_tolerance: u64,
    /// How many steps of work a decision may spend on patterns
    #[arg(long, value_name = "STEPS", default_value_t = Policy::DEFAULT_WORK_LIMIT)]
    pub work_limit: u64,
}

impl PolicyArgs {
    /// Returns the policy of the flags, with a deny list.
    pub fn with_deny_list<'l>(&self, deny_list: Option<&'l RevocationList>) -> Policy<'l> {
        match deny_list {
            Some(deny_list) => self.policy().deny_list(deny_list),
            None => self.policy(),
        }
    }

    /// Returns the policy of the flags.
    pub fn policy(&self) -> Policy<'static> {
        let mut policy = Policy::new()
            .get_all_user_metadata(self.get_all_user_metadata.unwrap_or_default())
            .get_all_channel_metadata(self.get_all_channel_metadata.unwrap_or_default())
            .clock_tolerance(self.clock_tolerance)
            .work_limit(self.work_limit);
        if let Some(precedence) = self.precedence {
            policy = policy.precedence(precedence);
        }
        if let Some(group_names) = self.group_names {
            policy = policy.group_names(group_names);
        }
        if let Some(doubt) = self.doubt {
            policy = policy.doubt(doubt);
        }
        policy
    }
}

fn parser<T>(choices: &Choices<T>, name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + FromStr<Err = ParseEnumError> + 'static,
{
    let names =
        choices.iter().map(|(value, meaning)| PossibleValue::new(name(*value)).help(*meaning));
    PossibleValuesParser::new(names).try_map(|name| name.parse())
}
