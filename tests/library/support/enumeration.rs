//! A naive referee for decisions: it decides each reading in turn, with plain code on plain data.
//!
//! It is written from the specification of the rules alone, and shares only the names of the
//! readings with the library. Patterns come from a small set that string functions can match, so it
//! needs no engine.

use pubnub_access::policy::Reading;
use pubnub_access::{Doubt, GroupNames, KeysetFlag, Policy, Precedence, ResourceKind, Verdict};

/// The kinds of resources with an effect. The values are positions in the tables of a
/// [`PlainToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Channel,
    Group,
    Uuid,
    User,
    Entity,
    Relationship,
    Membership,
}

impl Kind {
    pub const ALL: [Kind; 7] = [
        Kind::Channel,
        Kind::Group,
        Kind::Uuid,
        Kind::User,
        Kind::Entity,
        Kind::Relationship,
        Kind::Membership,
    ];

    /// Returns the prefix of projections' keys, before a colon and the id or the pattern.
    pub fn projected(self) -> &'static str {
        match self {
            Kind::Channel => "datasync:channels",
            Kind::User => "datasync:users",
            Kind::Entity => "datasync:entities",
            Kind::Relationship => "datasync:relationships",
            Kind::Membership => "datasync:memberships",
            Kind::Group | Kind::Uuid => panic!("no projection of {self:?}"),
        }
    }
}

/// Permission bits.
pub const READ: u8 = 1;
pub const WRITE: u8 = 2;
pub const MANAGE: u8 = 4;
pub const DELETE: u8 = 8;
pub const CREATE: u8 = 16;
pub const GET: u8 = 32;
pub const UPDATE: u8 = 64;
pub const JOIN: u8 = 128;

/// The requirement of an operation on each resource of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainRequirement {
    pub kind: Kind,
    pub bit: u8,
    /// True if a request can name several.
    pub each: bool,
    pub inferred: bool,
    pub item: Item,
}

/// The effect of projections on a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Nothing.
    Other,
    /// A projection of the token may hide it.
    Read,
    /// A projection that only the service knows may refuse it.
    Written,
    /// Like `Written`, and the service may generate the id.
    Created,
}

/// The requirements of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Requires(&'static [PlainRequirement]),
    Unknown,
    /// Getting all resources of a kind, by the keyset's flag.
    GetAll(Kind),
    /// A token whose conditions hold, and no permission.
    ValidToken {
        inferred: bool,
    },
}

const fn one(kind: Kind, bit: u8) -> PlainRequirement {
    PlainRequirement { kind, bit, each: false, inferred: false, item: Item::Other }
}

const fn each(kind: Kind, bit: u8) -> PlainRequirement {
    PlainRequirement { each: true, ..one(kind, bit) }
}

const fn guess(need: PlainRequirement) -> PlainRequirement {
    PlainRequirement { inferred: true, ..need }
}

const fn item(item: Item, kind: Kind, bit: u8) -> PlainRequirement {
    PlainRequirement { item, ..one(kind, bit) }
}

const NOTHING: Rule = Rule::Requires(&[]);
const CHANNEL_READ: Rule = Rule::Requires(&[one(Kind::Channel, READ)]);
const CHANNEL_WRITE: Rule = Rule::Requires(&[one(Kind::Channel, WRITE)]);
const CHANNEL_MANAGE: Rule = Rule::Requires(&[one(Kind::Channel, MANAGE)]);
const CHANNEL_DELETE: Rule = Rule::Requires(&[one(Kind::Channel, DELETE)]);
const CHANNEL_GET: Rule = Rule::Requires(&[one(Kind::Channel, GET)]);
const EACH_CHANNEL_READ: Rule = Rule::Requires(&[each(Kind::Channel, READ)]);
const GROUP_MANAGE: Rule = Rule::Requires(&[one(Kind::Group, MANAGE)]);
const PRESENCE: Rule = Rule::Requires(&[each(Kind::Channel, READ), guess(each(Kind::Group, READ))]);
const MEMBERSHIPS: Rule = Rule::Requires(&[each(Kind::Channel, JOIN), one(Kind::Uuid, UPDATE)]);

/// The operations, in groups, as the specification lists them.
pub const OPERATIONS: &[(&str, &str, Rule)] = &[
    ("pub/sub", "publish", CHANNEL_WRITE),
    ("pub/sub", "signal", CHANNEL_WRITE),
    ("pub/sub", "fire", Rule::Requires(&[guess(one(Kind::Channel, WRITE))])),
    ("pub/sub", "subscribe", Rule::Requires(&[each(Kind::Channel, READ), each(Kind::Group, READ)])),
    ("pub/sub", "unsubscribe", NOTHING),
    (
        "pub/sub",
        "heartbeat",
        Rule::Requires(&[guess(each(Kind::Channel, READ)), guess(each(Kind::Group, READ))]),
    ),
    ("presence", "here-now", PRESENCE),
    ("presence", "global-here-now", Rule::Unknown),
    ("presence", "where-now", NOTHING),
    ("presence", "get-state", PRESENCE),
    ("presence", "set-state", PRESENCE),
    ("persistence", "fetch-messages", EACH_CHANNEL_READ),
    ("persistence", "message-counts", EACH_CHANNEL_READ),
    ("persistence", "delete-messages", CHANNEL_DELETE),
    ("files", "send-file", CHANNEL_WRITE),
    ("files", "list-files", CHANNEL_READ),
    ("files", "download-file", CHANNEL_READ),
    ("files", "delete-file", CHANNEL_DELETE),
    ("channel groups", "add-group-channels", GROUP_MANAGE),
    ("channel groups", "remove-group-channels", GROUP_MANAGE),
    ("channel groups", "list-group-channels", GROUP_MANAGE),
    ("channel groups", "delete-group", GROUP_MANAGE),
    ("channel groups", "list-groups", Rule::Unknown),
    ("app context", "set-user-metadata", Rule::Requires(&[one(Kind::Uuid, UPDATE)])),
    ("app context", "delete-user-metadata", Rule::Requires(&[one(Kind::Uuid, DELETE)])),
    ("app context", "get-user-metadata", Rule::Requires(&[one(Kind::Uuid, GET)])),
    ("app context", "get-all-user-metadata", Rule::GetAll(Kind::Uuid)),
    ("app context", "set-channel-metadata", Rule::Requires(&[one(Kind::Channel, UPDATE)])),
    ("app context", "delete-channel-metadata", CHANNEL_DELETE),
    ("app context", "get-channel-metadata", CHANNEL_GET),
    ("app context", "get-all-channel-metadata", Rule::GetAll(Kind::Channel)),
    ("app context", "set-channel-members", CHANNEL_MANAGE),
    ("app context", "remove-channel-members", CHANNEL_MANAGE),
    ("app context", "get-channel-members", CHANNEL_GET),
    ("app context", "set-memberships", MEMBERSHIPS),
    ("app context", "remove-memberships", MEMBERSHIPS),
    ("app context", "get-memberships", Rule::Requires(&[one(Kind::Uuid, GET)])),
    ("push", "register-push-channels", EACH_CHANNEL_READ),
    ("push", "remove-push-channels", EACH_CHANNEL_READ),
    ("push", "list-push-channels", Rule::Unknown),
    ("push", "remove-push-device", Rule::Unknown),
    ("reactions", "add-message-action", CHANNEL_WRITE),
    ("reactions", "remove-message-action", CHANNEL_DELETE),
    ("reactions", "get-message-actions", CHANNEL_READ),
    ("reactions", "fetch-messages-with-actions", EACH_CHANNEL_READ),
    ("other", "time", NOTHING),
    ("datasync", "datasync-list-entities", Rule::ValidToken { inferred: true }),
    (
        "datasync",
        "datasync-create-entity",
        Rule::Requires(&[item(Item::Created, Kind::Entity, CREATE)]),
    ),
    ("datasync", "datasync-get-entity", Rule::Requires(&[item(Item::Read, Kind::Entity, GET)])),
    (
        "datasync",
        "datasync-update-entity",
        Rule::Requires(&[item(Item::Written, Kind::Entity, UPDATE)]),
    ),
    ("datasync", "datasync-delete-entity", Rule::Requires(&[one(Kind::Entity, DELETE)])),
    ("datasync", "datasync-list-relationships", Rule::ValidToken { inferred: true }),
    (
        "datasync",
        "datasync-create-relationship",
        Rule::Requires(&[item(Item::Created, Kind::Relationship, CREATE)]),
    ),
    (
        "datasync",
        "datasync-get-relationship",
        Rule::Requires(&[item(Item::Read, Kind::Relationship, GET)]),
    ),
    (
        "datasync",
        "datasync-update-relationship",
        Rule::Requires(&[item(Item::Written, Kind::Relationship, UPDATE)]),
    ),
    (
        "datasync",
        "datasync-delete-relationship",
        Rule::Requires(&[one(Kind::Relationship, DELETE)]),
    ),
    ("datasync", "datasync-list-memberships", Rule::ValidToken { inferred: false }),
    (
        "datasync",
        "datasync-create-membership",
        Rule::Requires(&[item(Item::Created, Kind::Membership, CREATE)]),
    ),
    (
        "datasync",
        "datasync-get-membership",
        Rule::Requires(&[item(Item::Read, Kind::Membership, GET)]),
    ),
    (
        "datasync",
        "datasync-update-membership",
        Rule::Requires(&[item(Item::Written, Kind::Membership, UPDATE)]),
    ),
    ("datasync", "datasync-delete-membership", Rule::Requires(&[one(Kind::Membership, DELETE)])),
    ("datasync", "datasync-list-users", Rule::ValidToken { inferred: true }),
    (
        "datasync",
        "datasync-create-user",
        Rule::Requires(&[item(Item::Created, Kind::User, CREATE)]),
    ),
    ("datasync", "datasync-get-user", Rule::Requires(&[item(Item::Read, Kind::User, GET)])),
    (
        "datasync",
        "datasync-update-user",
        Rule::Requires(&[item(Item::Written, Kind::User, UPDATE)]),
    ),
    ("datasync", "datasync-delete-user", Rule::Requires(&[one(Kind::User, DELETE)])),
    ("datasync", "datasync-list-channels", Rule::ValidToken { inferred: true }),
    (
        "datasync",
        "datasync-create-channel",
        Rule::Requires(&[item(Item::Created, Kind::Channel, CREATE)]),
    ),
    ("datasync", "datasync-get-channel", Rule::Requires(&[item(Item::Read, Kind::Channel, GET)])),
    (
        "datasync",
        "datasync-update-channel",
        Rule::Requires(&[item(Item::Written, Kind::Channel, UPDATE)]),
    ),
    ("datasync", "datasync-delete-channel", Rule::Requires(&[one(Kind::Channel, DELETE)])),
];

/// The result of matching a pattern of the small set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Yes,
    No,
    Unsupported,
}

/// The patterns of the small set; each is written with a literal of letters, hyphens and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `^abc$`
    Equal,
    /// `abc`
    Bare,
    /// `^abc`
    Start,
    /// `abc$`
    End,
    /// `.*`
    Anything,
    /// the empty pattern
    Empty,
    /// `abc.*`
    BareThenAnything,
    /// `^abc.*$`
    StartThenAnything,
    /// `^:?abc$`
    OptionalColon,
    /// `^:abc`
    ColonStart,
    /// `^abc|b$`, which is half anchored twice
    StartOrEnd,
    /// `(?=abc)`
    LookAhead,
    /// `abc**`
    DoubleStar,
    /// `abc{1001}`
    TooOften,
}

impl Form {
    pub const ALL: [Form; 14] = [
        Form::Equal,
        Form::Bare,
        Form::Start,
        Form::End,
        Form::Anything,
        Form::Empty,
        Form::BareThenAnything,
        Form::StartThenAnything,
        Form::OptionalColon,
        Form::ColonStart,
        Form::StartOrEnd,
        Form::LookAhead,
        Form::DoubleStar,
        Form::TooOften,
    ];

    /// The pattern's text for a literal.
    pub fn text(self, literal: &str) -> String {
        match self {
            Form::Equal => format!("^{literal}$"),
            Form::Bare => literal.to_owned(),
            Form::Start => format!("^{literal}"),
            Form::End => format!("{literal}$"),
            Form::Anything => ".*".to_owned(),
            Form::Empty => String::new(),
            Form::BareThenAnything => format!("{literal}.*"),
            Form::StartThenAnything => format!("^{literal}.*$"),
            Form::OptionalColon => format!("^:?{literal}$"),
            Form::ColonStart => format!("^:{literal}"),
            Form::StartOrEnd => format!("^{literal}|b$"),
            Form::LookAhead => format!("(?={literal})"),
            Form::DoubleStar => format!("{literal}**"),
            Form::TooOften => format!("{literal}{{1001}}"),
        }
    }

    /// Matches the pattern with a name without newlines.
    pub fn outcome(self, literal: &str, name: &str) -> Outcome {
        let with_colon = format!(":{literal}");
        let found = match self {
            Form::Equal => name == literal,
            Form::Bare | Form::BareThenAnything => name.contains(literal),
            Form::Start | Form::StartThenAnything => name.starts_with(literal),
            Form::End => name.ends_with(literal),
            Form::Anything | Form::Empty => true,
            Form::OptionalColon => name == literal || name == with_colon,
            Form::ColonStart => name.starts_with(&with_colon),
            Form::StartOrEnd => name.starts_with(literal) || name.ends_with('b'),
            Form::LookAhead | Form::DoubleStar | Form::TooOften => return Outcome::Unsupported,
        };
        if found { Outcome::Yes } else { Outcome::No }
    }
}

/// A pattern grant.
#[derive(Debug, Clone)]
pub struct PatternGrant {
    pub form: Form,
    pub literal: String,
    pub mask: u8,
}

/// A projection in a token's metadata, for an item or for a pattern of ids.
#[derive(Debug, Clone)]
pub struct Projection {
    pub kind: Kind,
    /// The form of the pattern, with its literal; without one, the literal is the item's id.
    pub form: Option<Form>,
    pub literal: String,
    pub name: String,
}

/// The content of a token that affects decisions. The tables are in the order of [`Kind::ALL`].
#[derive(Debug, Clone, Default)]
pub struct PlainToken {
    pub issued_at: u64,
    pub ttl: u64,
    pub user: Option<String>,
    pub explicit: [Vec<(String, u8)>; 7],
    pub patterns: [Vec<PatternGrant>; 7],
    pub categories: [Option<u8>; 7],
    pub projections: Vec<Projection>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct PlainRequest {
    pub rule: Rule,
    pub user: Option<String>,
    pub resources: Vec<(Kind, String)>,
}

/// A policy.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainPolicy {
    pub precedence: Option<Precedence>,
    pub group_names: Option<GroupNames>,
    pub doubt: Option<Doubt>,
    pub all_users: KeysetFlag,
    pub all_channels: KeysetFlag,
    pub tolerance: u64,
    pub revoked: bool,
}

/// The library's form of a kind.
pub fn library_kind(kind: Kind) -> ResourceKind {
    match kind {
        Kind::Channel => ResourceKind::Channel,
        Kind::Group => ResourceKind::Group,
        Kind::Uuid => ResourceKind::Uuid,
        Kind::User => ResourceKind::User,
        Kind::Entity => ResourceKind::Entity,
        Kind::Relationship => ResourceKind::Relationship,
        Kind::Membership => ResourceKind::Membership,
    }
}

/// The library's form of a policy, but for the deny list.
pub fn library_policy(plain: &PlainPolicy) -> Policy<'static> {
    let policy = Policy::new()
        .get_all_user_metadata(plain.all_users)
        .get_all_channel_metadata(plain.all_channels)
        .clock_tolerance(plain.tolerance);
    let policy = plain.precedence.map_or(policy, |pin| policy.precedence(pin));
    let policy = plain.group_names.map_or(policy, |pin| policy.group_names(pin));
    plain.doubt.map_or(policy, |pin| policy.doubt(pin))
}

/// The policy, settled on one reading.
pub fn settled_on(policy: Policy<'_>, reading: Reading) -> Policy<'_> {
    policy.precedence(reading.precedence).group_names(reading.group_names).doubt(reading.doubt)
}

/// Every reading that a policy considers.
fn considered(policy: &PlainPolicy) -> Vec<Reading> {
    let mut readings = Vec::new();
    for precedence in [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll]
    {
        for group_names in [GroupNames::Plain, GroupNames::Colon] {
            for doubt in [Doubt::Granted, Doubt::Refused] {
                let pinned = policy.precedence.is_none_or(|pin| pin == precedence)
                    && policy.group_names.is_none_or(|pin| pin == group_names)
                    && policy.doubt.is_none_or(|pin| pin == doubt);
                if pinned {
                    readings.push(Reading::new(precedence, group_names, doubt));
                }
            }
        }
    }
    readings
}

/// The verdict, and the readings that grant the request.
pub fn judge(
    token: &PlainToken,
    request: &PlainRequest,
    now: u64,
    policy: &PlainPolicy,
) -> (Verdict, Vec<Reading>) {
    let considered = considered(policy);
    let granting: Vec<Reading> = considered
        .iter()
        .copied()
        .filter(|reading| grants(token, request, now, policy, *reading))
        .collect();
    let verdict = if granting.len() == considered.len() {
        Verdict::Allow
    } else if granting.is_empty() {
        Verdict::Deny
    } else {
        Verdict::Indeterminate
    };
    (verdict, granting)
}

/// Reports whether one reading grants the whole request.
fn grants(
    token: &PlainToken,
    request: &PlainRequest,
    now: u64,
    policy: &PlainPolicy,
    reading: Reading,
) -> bool {
    let in_favour = reading.doubt == Doubt::Granted;
    if !conditions_hold(token, request, now, policy, in_favour) {
        return false;
    }
    match request.rule {
        Rule::Unknown => in_favour,
        Rule::ValidToken { .. } => true,
        Rule::GetAll(kind) => {
            let flag = if kind == Kind::Uuid { policy.all_users } else { policy.all_channels };
            let category = token.categories[kind as usize].is_some_and(|mask| mask & GET != 0);
            match flag {
                KeysetFlag::Allowed => true,
                KeysetFlag::Restricted => category,
                KeysetFlag::Unknown => category || in_favour,
            }
        }
        Rule::Requires(needs) => needs.iter().all(|need| {
            let mut named =
                request.resources.iter().filter(|(kind, _)| *kind == need.kind).peekable();
            if need.item == Item::Created && named.peek().is_none() {
                return in_favour;
            }
            (need.inferred && in_favour)
                || named.all(|(kind, name)| {
                    let open = match need.item {
                        Item::Other => true,
                        Item::Read => !is_hidden(token, *kind, name, in_favour),
                        Item::Written | Item::Created => in_favour,
                    };
                    open && grants_one(token, *kind, name, need.bit, reading)
                })
        }),
    }
}

/// Reports whether a projection hides an item in a reading that decides doubts in the requester's
/// favour, or against.
fn is_hidden(token: &PlainToken, kind: Kind, name: &str, in_favour: bool) -> bool {
    let of_kind = || token.projections.iter().filter(|projection| projection.kind == kind);
    let by_id: Vec<_> = of_kind().filter(|one| one.form.is_none() && one.literal == name).collect();
    let named = if by_id.is_empty() {
        let by_pattern = of_kind().filter(|one| {
            // A pattern that cannot be matched counts against the requester.
            one.form.is_some_and(|form| form.outcome(&one.literal, name) != Outcome::No)
        });
        by_pattern.collect()
    } else {
        by_id
    };
    !in_favour && named.iter().any(|projection| projection.name != "__default__")
}

fn conditions_hold(
    token: &PlainToken,
    request: &PlainRequest,
    now: u64,
    policy: &PlainPolicy,
    in_favour: bool,
) -> bool {
    let wide = |seconds: u64| u128::from(seconds);
    let expiry = wide(token.issued_at) + wide(token.ttl) * 60;
    let (now, tolerance) = (wide(now), wide(policy.tolerance));
    let in_time = if now > expiry + tolerance {
        false
    } else if now + tolerance < wide(token.issued_at) || now + tolerance >= expiry {
        in_favour
    } else {
        true
    };
    let right_user = token.user.is_none() || token.user == request.user;
    let nothing_needed = matches!(request.rule, Rule::Requires([]));
    (in_time && right_user && !policy.revoked) || (nothing_needed && in_favour)
}

/// Reports whether one reading grants one permission on one resource.
fn grants_one(token: &PlainToken, kind: Kind, name: &str, bit: u8, reading: Reading) -> bool {
    let in_favour = reading.doubt == Doubt::Granted;
    let plain = if kind == Kind::Group { name.strip_prefix(':').unwrap_or(name) } else { name };
    let colon = format!(":{plain}");

    let mut entry = None;
    for (key, mask) in &token.explicit[kind as usize] {
        if key == plain || (kind == Kind::Group && *key == colon) {
            entry = Some(entry.unwrap_or(0) | mask);
        }
    }

    let seen = if kind == Kind::Group && reading.group_names == GroupNames::Colon {
        &colon
    } else {
        plain
    };
    let has = |mask: u8| mask & bit != 0;
    let mut matching = Vec::new();
    for PatternGrant { form, literal, mask } in &token.patterns[kind as usize] {
        let counts = match form.outcome(literal, seen) {
            // Nobody documents how patterns of users are matched.
            _ if kind == Kind::User => in_favour && has(*mask),
            Outcome::Yes => true,
            Outcome::No => false,
            Outcome::Unsupported => has(*mask) == in_favour,
        };
        if counts {
            matching.push(*mask);
        }
    }
    let any = matching.iter().any(|mask| has(*mask));
    let all = !matching.is_empty() && matching.iter().all(|mask| has(*mask));
    match (reading.precedence, entry) {
        (Precedence::Union, entry) => entry.is_some_and(has) || any,
        (Precedence::ExplicitElseAny | Precedence::ExplicitElseAll, Some(mask)) => has(mask),
        (Precedence::ExplicitElseAny, None) => any,
        (Precedence::ExplicitElseAll, None) => all,
    }
}
