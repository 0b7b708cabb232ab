//! A naive referee for decisions: a loop over the readings, each decided by plain code on plain data.
//!
//! It is written from the specification of the rules alone and shares no code with the library but the names of the
//! readings. Patterns come from a small set whose matches plain string functions tell, so that it needs no engine.

use pubnub_access::{Anchoring, Doubt, GroupNames, KeysetFlag, Policy, Precedence, Reading, Verdict};

/// The kinds of resources that decide; the values count the tables of a [`PlainToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Channel,
    Group,
    Uuid,
}

/// Permission bits.
pub const READ: u8 = 1;
pub const WRITE: u8 = 2;
pub const MANAGE: u8 = 4;
pub const DELETE: u8 = 8;
pub const GET: u8 = 32;
pub const UPDATE: u8 = 64;
pub const JOIN: u8 = 128;

/// What an operation needs on each resource of a kind that the request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub kind: Kind,
    pub bit: u8,
    /// Whether a request can name several.
    pub each: bool,
    pub inferred: bool,
}

/// What an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Needs(&'static [Need]),
    Unknown,
    /// All resources of a kind, as the keyset's flag says.
    GetAll(Kind),
}

const fn one(kind: Kind, bit: u8) -> Need {
    Need { kind, bit, each: false, inferred: false }
}

const fn each(kind: Kind, bit: u8) -> Need {
    Need { kind, bit, each: true, inferred: false }
}

const fn guess(need: Need) -> Need {
    Need { inferred: true, ..need }
}

const NOTHING: Rule = Rule::Needs(&[]);
const CHANNEL_READ: Rule = Rule::Needs(&[one(Kind::Channel, READ)]);
const CHANNEL_WRITE: Rule = Rule::Needs(&[one(Kind::Channel, WRITE)]);
const CHANNEL_MANAGE: Rule = Rule::Needs(&[one(Kind::Channel, MANAGE)]);
const CHANNEL_DELETE: Rule = Rule::Needs(&[one(Kind::Channel, DELETE)]);
const CHANNEL_GET: Rule = Rule::Needs(&[one(Kind::Channel, GET)]);
const EACH_CHANNEL_READ: Rule = Rule::Needs(&[each(Kind::Channel, READ)]);
const GROUP_MANAGE: Rule = Rule::Needs(&[one(Kind::Group, MANAGE)]);
const PRESENCE: Rule = Rule::Needs(&[each(Kind::Channel, READ), guess(each(Kind::Group, READ))]);
const MEMBERSHIPS: Rule = Rule::Needs(&[each(Kind::Channel, JOIN), one(Kind::Uuid, UPDATE)]);

/// The operations, in groups, as the specification lists them.
pub const OPERATIONS: &[(&str, &str, Rule)] = &[
    ("pub/sub", "publish", CHANNEL_WRITE),
    ("pub/sub", "signal", CHANNEL_WRITE),
    ("pub/sub", "fire", Rule::Needs(&[guess(one(Kind::Channel, WRITE))])),
    ("pub/sub", "subscribe", Rule::Needs(&[each(Kind::Channel, READ), each(Kind::Group, READ)])),
    ("pub/sub", "unsubscribe", NOTHING),
    ("pub/sub", "heartbeat", Rule::Needs(&[guess(each(Kind::Channel, READ)), guess(each(Kind::Group, READ))])),
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
    ("app context", "set-user-metadata", Rule::Needs(&[one(Kind::Uuid, UPDATE)])),
    ("app context", "delete-user-metadata", Rule::Needs(&[one(Kind::Uuid, DELETE)])),
    ("app context", "get-user-metadata", Rule::Needs(&[one(Kind::Uuid, GET)])),
    ("app context", "get-all-user-metadata", Rule::GetAll(Kind::Uuid)),
    ("app context", "set-channel-metadata", Rule::Needs(&[one(Kind::Channel, UPDATE)])),
    ("app context", "delete-channel-metadata", CHANNEL_DELETE),
    ("app context", "get-channel-metadata", CHANNEL_GET),
    ("app context", "get-all-channel-metadata", Rule::GetAll(Kind::Channel)),
    ("app context", "set-channel-members", CHANNEL_MANAGE),
    ("app context", "remove-channel-members", CHANNEL_MANAGE),
    ("app context", "get-channel-members", CHANNEL_GET),
    ("app context", "set-memberships", MEMBERSHIPS),
    ("app context", "remove-memberships", MEMBERSHIPS),
    ("app context", "get-memberships", Rule::Needs(&[one(Kind::Uuid, GET)])),
    ("push", "register-push-channels", EACH_CHANNEL_READ),
    ("push", "remove-push-channels", EACH_CHANNEL_READ),
    ("push", "list-push-channels", Rule::Unknown),
    ("push", "remove-push-device", Rule::Unknown),
    ("reactions", "add-message-action", CHANNEL_WRITE),
    ("reactions", "remove-message-action", CHANNEL_DELETE),
    ("reactions", "get-message-actions", CHANNEL_READ),
    ("reactions", "fetch-messages-with-actions", EACH_CHANNEL_READ),
    ("other", "time", NOTHING),
];

/// How a pattern of the small set relates to a name.
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
    /// `\pLabc`
    UnicodeClass,
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
        Form::UnicodeClass,
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
            Form::UnicodeClass => format!("\\pL{literal}"),
        }
    }

    /// Whether the pattern matches a name, which holds no newline.
    pub fn outcome(self, literal: &str, anchoring: Anchoring, name: &str) -> Outcome {
        let with_colon = format!(":{literal}");
        let (search, full) = match self {
            Form::Equal => (name == literal, name == literal),
            Form::Bare => (name.contains(literal), name == literal),
            Form::Start => (name.starts_with(literal), name == literal),
            Form::End => (name.ends_with(literal), name == literal),
            Form::Anything => (true, true),
            Form::Empty => (true, name.is_empty()),
            Form::BareThenAnything => (name.contains(literal), name.starts_with(literal)),
            Form::StartThenAnything => (name.starts_with(literal), name.starts_with(literal)),
            Form::OptionalColon => (name == literal || name == with_colon, name == literal || name == with_colon),
            Form::ColonStart => (name.starts_with(&with_colon), name == with_colon),
            Form::StartOrEnd => (name.starts_with(literal) || name.ends_with('b'), name == literal || name == "b"),
            Form::LookAhead | Form::DoubleStar | Form::UnicodeClass => return Outcome::Unsupported,
        };
        match anchoring {
            Anchoring::Search if search => Outcome::Yes,
            Anchoring::Full if full => Outcome::Yes,
            _ => Outcome::No,
        }
    }
}

/// A pattern grant.
#[derive(Debug, Clone)]
pub struct PatternGrant {
    pub form: Form,
    pub literal: String,
    pub mask: u8,
}

/// What a token says, as far as decisions go. The tables are those of channels, groups and uuids.
#[derive(Debug, Clone, Default)]
pub struct PlainToken {
    pub issued_at: u64,
    pub ttl: u64,
    pub user: Option<String>,
    pub explicit: [Vec<(String, u8)>; 3],
    pub patterns: [Vec<PatternGrant>; 3],
    pub categories: [Option<u8>; 3],
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct PlainRequest {
    pub rule: Rule,
    pub user: Option<String>,
    pub resources: Vec<(Kind, String)>,
}

/// With what in mind.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainPolicy {
    pub anchoring: Option<Anchoring>,
    pub precedence: Option<Precedence>,
    pub group_names: Option<GroupNames>,
    pub doubt: Option<Doubt>,
    pub all_users: KeysetFlag,
    pub all_channels: KeysetFlag,
    pub tolerance: u64,
    pub revoked: bool,
}

/// The library's form of a policy, but for the deny list.
pub fn library_policy(plain: &PlainPolicy) -> Policy<'static> {
    let policy = Policy::new()
        .get_all_user_metadata(plain.all_users)
        .get_all_channel_metadata(plain.all_channels)
        .clock_tolerance(plain.tolerance);
    let policy = plain.anchoring.map_or(policy, |pin| policy.anchoring(pin));
    let policy = plain.precedence.map_or(policy, |pin| policy.precedence(pin));
    let policy = plain.group_names.map_or(policy, |pin| policy.group_names(pin));
    plain.doubt.map_or(policy, |pin| policy.doubt(pin))
}

/// The policy, settled on one reading.
pub fn settled_on(policy: Policy<'_>, reading: Reading) -> Policy<'_> {
    policy
        .anchoring(reading.anchoring)
        .precedence(reading.precedence)
        .group_names(reading.group_names)
        .doubt(reading.doubt)
}

/// Every reading that a policy considers.
fn considered(policy: &PlainPolicy) -> Vec<Reading> {
    let mut readings = Vec::new();
    for anchoring in [Anchoring::Search, Anchoring::Full] {
        for precedence in [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll] {
            for group_names in [GroupNames::Plain, GroupNames::Colon] {
                for doubt in [Doubt::Granted, Doubt::Refused] {
                    let pinned = policy.anchoring.is_none_or(|pin| pin == anchoring)
                        && policy.precedence.is_none_or(|pin| pin == precedence)
                        && policy.group_names.is_none_or(|pin| pin == group_names)
                        && policy.doubt.is_none_or(|pin| pin == doubt);
                    if pinned {
                        readings.push(Reading::new(anchoring, precedence, group_names, doubt));
                    }
                }
            }
        }
    }
    readings
}

/// The verdict, and the readings that grant the request.
pub fn judge(token: &PlainToken, request: &PlainRequest, now: u64, policy: &PlainPolicy) -> (Verdict, Vec<Reading>) {
    let considered = considered(policy);
    let granting: Vec<Reading> =
        considered.iter().copied().filter(|reading| grants(token, request, now, policy, *reading)).collect();
    let verdict = if granting.len() == considered.len() {
        Verdict::Allow
    } else if granting.is_empty() {
        Verdict::Deny
    } else {
        Verdict::Indeterminate
    };
    (verdict, granting)
}

/// Whether one reading grants the whole request.
fn grants(token: &PlainToken, request: &PlainRequest, now: u64, policy: &PlainPolicy, reading: Reading) -> bool {
    let in_favour = reading.doubt == Doubt::Granted;
    if !conditions_hold(token, request, now, policy, in_favour) {
        return false;
    }
    match request.rule {
        Rule::Unknown => in_favour,
        Rule::GetAll(kind) => {
            let flag = if kind == Kind::Uuid { policy.all_users } else { policy.all_channels };
            let category = token.categories[kind as usize].is_some_and(|mask| mask & GET != 0);
            match flag {
                KeysetFlag::Allowed => true,
                KeysetFlag::Restricted => category,
                KeysetFlag::Unknown => category || in_favour,
            }
        }
        Rule::Needs(needs) => needs.iter().all(|need| {
            (need.inferred && in_favour)
                || request
                    .resources
                    .iter()
                    .filter(|(kind, _)| *kind == need.kind)
                    .all(|(kind, name)| grants_one(token, *kind, name, need.bit, reading))
        }),
    }
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
    let nothing_needed = matches!(request.rule, Rule::Needs([]));
    (in_time && right_user && !policy.revoked) || (nothing_needed && in_favour)
}

/// Whether one reading grants one permission on one resource.
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

    let seen = if kind == Kind::Group && reading.group_names == GroupNames::Colon { &colon } else { plain };
    let mut matching = Vec::new();
    let mut unsupported = Vec::new();
    for PatternGrant { form, literal, mask } in &token.patterns[kind as usize] {
        match form.outcome(literal, reading.anchoring, seen) {
            Outcome::Yes => matching.push(*mask),
            Outcome::No => {}
            Outcome::Unsupported => unsupported.push(*mask),
        }
    }
    if name.ends_with(".*") && !in_favour {
        matching.clear();
        unsupported.clear();
    }
    if in_favour || (reading.precedence == Precedence::ExplicitElseAll && !matching.is_empty()) {
        matching.append(&mut unsupported);
    }

    let has = |mask: u8| mask & bit != 0;
    let any = matching.iter().any(|mask| has(*mask));
    let all = !matching.is_empty() && matching.iter().all(|mask| has(*mask));
    match (reading.precedence, entry) {
        (Precedence::Union, entry) => entry.is_some_and(has) || any,
        (Precedence::ExplicitElseAny | Precedence::ExplicitElseAll, Some(mask)) => has(mask),
        (Precedence::ExplicitElseAny, None) => any,
        (Precedence::ExplicitElseAll, None) => all,
    }
}
