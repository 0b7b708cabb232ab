//! The policy: what the caller knows about the service and the keyset, as flags and as the `policy` of a batch line.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use pubnub_access::{Doubt, GroupNames, KeysetFlag, Policy, Precedence};

/// The values of one setting: the name, what it means, and what it stands for. A setting that is left out is unknown.
pub type Choices<T> = [(&'static str, &'static str, T)];

pub const PRECEDENCE: &Choices<Precedence> = &[
    ("union", "the entry and all matching patterns add up", Precedence::Union),
    (
        "explicit-else-any",
        "the entry decides alone; without one, any matching pattern grants",
        Precedence::ExplicitElseAny,
    ),
    (
        "explicit-else-all",
        "the entry decides alone; without one, only what every matching pattern grants",
        Precedence::ExplicitElseAll,
    ),
];
pub const GROUP_NAMES: &Choices<GroupNames> =
    &[("plain", "as in sports", GroupNames::Plain), ("colon", "as in :sports", GroupNames::Colon)];
pub const DOUBT: &Choices<Doubt> =
    &[("granted", "in favour of the request", Doubt::Granted), ("refused", "against the request", Doubt::Refused)];
pub const KEYSET_FLAG: &Choices<KeysetFlag> = &[
    ("allowed", "the flag is off: everybody may", KeysetFlag::Allowed),
    ("restricted", "the flag is on: only a token with the category may", KeysetFlag::Restricted),
];

/// The policy flags.
#[derive(Args, Default)]
#[command(next_help_heading = "Policy (what is left out is unknown)")]
pub struct PolicyArgs {
    /// How the entry for a name combines with the patterns that match it
    #[arg(long, value_name = "HOW", value_parser = parser(PRECEDENCE))]
    pub precedence: Option<Precedence>,
    /// Which form of a channel group's name patterns are matched against
    #[arg(long, value_name = "FORM", value_parser = parser(GROUP_NAMES))]
    pub group_names: Option<GroupNames>,
    /// How every other doubt turns out, such as needs that are inferred and not documented
    #[arg(long, value_name = "HOW", value_parser = parser(DOUBT))]
    pub doubt: Option<Doubt>,
    /// The keyset's flag "Disallow Get All User Metadata"
    #[arg(long, value_name = "STATE", value_parser = parser(KEYSET_FLAG))]
    pub get_all_user_metadata: Option<KeysetFlag>,
    /// The keyset's flag "Disallow Get All Channel Metadata"
    #[arg(long, value_name = "STATE", value_parser = parser(KEYSET_FLAG))]
    pub get_all_channel_metadata: Option<KeysetFlag>,
    /// By how many seconds the clock may be wrong: a token that expires within them is in doubt
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub clock_tolerance: u64,
}

impl PolicyArgs {
    /// The policy that the settings make.
    pub fn policy(&self) -> Policy<'static> {
        let mut policy = Policy::new()
            .get_all_user_metadata(self.get_all_user_metadata.unwrap_or_default())
            .get_all_channel_metadata(self.get_all_channel_metadata.unwrap_or_default())
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
        policy
    }
}

/// The value of a setting by its name.
pub fn find<T: Copy>(choices: &Choices<T>, name: &str) -> Option<T> {
    choices.iter().find(|(known, ..)| *known == name).map(|(.., value)| *value)
}

fn parser<T: Copy + Send + Sync>(choices: &'static Choices<T>) -> impl TypedValueParser<Value = T> {
    let names = choices.iter().map(|(name, meaning, _)| PossibleValue::new(*name).help(*meaning));
    PossibleValuesParser::new(names).try_map(|name| find(choices, &name).ok_or("not one of the possible values"))
}
