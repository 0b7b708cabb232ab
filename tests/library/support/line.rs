//! Reads lines of `testdata/decisions.txt`; `testdata/README.md` describes the format.

use std::collections::BTreeMap;

use pubnub_access::mint::TestToken;
use pubnub_access::{
    Doubt, GroupNames, KeysetFlag, Operation, Permissions, Policy, Precedence, Request,
    ResourceKind, UnverifiedToken,
};

use super::enumeration::{PlainPolicy, library_policy};
use super::escapes::unescape;

/// The default time of issue of a line's token, in Unix seconds.
pub const ISSUE: u64 = 1_700_000_000;
/// The default time to live, in minutes.
const TTL: u64 = 60;

/// A grant: `pat.` before the kind makes it a pattern.
#[derive(Debug)]
pub struct Grant {
    pub kind: String,
    pub is_pattern: bool,
    pub name: String,
    pub mask: u8,
}

/// A line: a token, a question and the circumstances.
#[derive(Debug)]
pub struct Line<'a> {
    pub line: &'a str,
    /// The verdict's word, and the words after it.
    pub verdict: (&'a str, &'a str),
    pub issue: u64,
    pub ttl: u64,
    pub user: Option<String>,
    pub grants: Vec<Grant>,
    pub categories: Vec<(String, u8)>,
    sections: Vec<(String, u8)>,
    pub operation: &'a str,
    pub resources: Vec<(ResourceKind, String)>,
    /// Projections: the section of the metadata, the key and the name.
    pub projections: Vec<(&'static str, String, String)>,
    pub requester: Option<String>,
    pub now: u64,
    pub work: Option<u64>,
    /// The referee's form of the policy; `revoked` for a deny list that has the token.
    pub policy: PlainPolicy,
    has_deny_list: bool,
}

/// A moment written as `issue-1`, `expiry+5` or in Unix seconds.
fn moment(text: &str, issue: u64, ttl: u64) -> Option<u64> {
    let Some(at) = text.find(['+', '-']) else { return text.parse().ok() };
    let base = match &text[..at] {
        "issue" => issue,
        "expiry" => issue.checked_add(ttl.checked_mul(60)?)?,
        _ => return None,
    };
    base.checked_add_signed(text[at..].parse().ok()?)
}

fn flag(text: &str) -> Option<KeysetFlag> {
    match text {
        "allowed" => Some(KeysetFlag::Allowed),
        "restricted" => Some(KeysetFlag::Restricted),
        _ => None,
    }
}

impl<'a> Line<'a> {
    /// Reads a line; `None` if it is not a case.
    pub fn read(line: &'a str) -> Option<Self> {
        // Patterns have vertical bars too, but none behind a space.
        let columns: Vec<&str> = line.split(" |").map(str::trim).collect();
        let [verdict, grants, question, circumstances] = columns[..] else { return None };
        let mut words = question.split_whitespace();
        let mut case = Line {
            line,
            verdict: verdict.split_once(' ').unwrap_or((verdict, "")),
            issue: ISSUE,
            ttl: TTL,
            user: None,
            grants: Vec::new(),
            categories: Vec::new(),
            sections: Vec::new(),
            operation: words.next()?,
            resources: Vec::new(),
            projections: Vec::new(),
            requester: None,
            now: 0,
            work: None,
            policy: PlainPolicy::default(),
            has_deny_list: false,
        };
        grants.split_whitespace().try_for_each(|word| case.grant(word))?;
        for word in words {
            match word.split_once('=')? {
                ("user-id", name) => case.requester = Some(unescape(name)?),
                (kind, name) => {
                    let kind =
                        ResourceKind::ALL.iter().copied().find(|known| known.name() == kind)?;
                    case.resources.push((kind, unescape(name)?));
                }
            }
        }
        case.now = case.issue.saturating_add(10);
        circumstances.split_whitespace().try_for_each(|word| case.circumstance(word))?;
        Some(case)
    }

    fn grant(&mut self, word: &str) -> Option<()> {
        // A pattern may contain equals signs; the value follows the last one.
        let (what, value) = word.rsplit_once('=')?;
        match what {
            "user" => self.user = Some(unescape(value)?),
            "issue" => self.issue = value.parse().ok()?,
            "ttl" => self.ttl = value.parse().ok()?,
            _ if what.starts_with("projection:") || what.starts_with("pat.projection:") => {
                let (section, key) = match what.strip_prefix("pat.") {
                    Some(key) => ("pat", key),
                    None => ("res", what),
                };
                let key = unescape(key.strip_prefix("projection:")?)?;
                self.projections.push((section, key, unescape(value)?));
            }
            _ => {
                let number = value.parse().ok()?;
                if let Some(key) = what.strip_prefix("cat.") {
                    self.categories.push((key.to_owned(), number));
                } else if let Some(key) = what.strip_prefix("section:") {
                    self.sections.push((key.to_owned(), number));
                } else {
                    let (is_pattern, rest) =
                        what.strip_prefix("pat.").map_or((false, what), |rest| (true, rest));
                    let prefix = if rest.starts_with("datasync:") { "datasync:".len() } else { 0 };
                    let colon = prefix + rest[prefix..].find(':')?;
                    let (kind, name) = (rest[..colon].to_owned(), unescape(&rest[colon + 1..])?);
                    self.grants.push(Grant { kind, is_pattern, name, mask: number });
                }
            }
        }
        Some(())
    }

    fn circumstance(&mut self, word: &str) -> Option<()> {
        let policy = &mut self.policy;
        match word.split_once('=').unwrap_or((word, "")) {
            ("union", "") => policy.precedence = Some(Precedence::Union),
            ("else-any", "") => policy.precedence = Some(Precedence::ExplicitElseAny),
            ("else-all", "") => policy.precedence = Some(Precedence::ExplicitElseAll),
            ("plain", "") => policy.group_names = Some(GroupNames::Plain),
            ("colon", "") => policy.group_names = Some(GroupNames::Colon),
            ("granted", "") => policy.doubt = Some(Doubt::Granted),
            ("refused", "") => policy.doubt = Some(Doubt::Refused),
            ("users", value) => policy.all_users = flag(value)?,
            ("channels", value) => policy.all_channels = flag(value)?,
            ("tolerance", value) => policy.tolerance = value.parse().ok()?,
            ("revoked", "") => (self.has_deny_list, policy.revoked) = (true, true),
            ("not-revoked", "") => self.has_deny_list = true,
            ("at", value) => self.now = moment(value, self.issue, self.ttl)?,
            ("work", value) => self.work = Some(value.parse().ok()?),
            _ => return None,
        }
        Some(())
    }

    pub fn token(&self) -> TestToken {
        let known =
            |key: &str| ResourceKind::ALL.iter().copied().find(|kind| kind.token_key() == key);
        let mut token = TestToken::new(self.issue, self.ttl);
        if let Some(user) = &self.user {
            token = token.authorized_user(user);
        }
        for Grant { kind, is_pattern, name, mask } in &self.grants {
            let (permissions, map) =
                (Permissions::from_mask(*mask), BTreeMap::from([(name, mask)]));
            token = match (known(kind), is_pattern) {
                (Some(kind), false) => token.resource(kind, name, permissions),
                (Some(kind), true) => token.pattern(kind, name, permissions),
                (None, false) => token.resource_kind(kind, map),
                (None, true) => token.pattern_kind(kind, map),
            };
        }
        for (key, mask) in &self.categories {
            token = match known(key) {
                Some(kind) => token.category(kind, Permissions::from_mask(*mask)),
                None => token.category_kind(key, mask),
            };
        }
        if !self.projections.is_empty() {
            let mut sections: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
            for (section, key, name) in &self.projections {
                sections.entry(section).or_default().insert(key, name);
            }
            token = token.meta("pn-projections", &sections);
        }
        self.sections.iter().fold(token, |token, (key, value)| token.section(key, value))
    }

    /// Returns the request, or the code of its error.
    pub fn request(&self, backwards: bool) -> Result<Request<'_>, &'static str> {
        let Ok(operation) = self.operation.parse::<Operation>() else {
            return Err("unknown_operation");
        };
        let mut resources: Vec<_> = self.resources.iter().collect();
        if backwards {
            resources.reverse();
        }
        let builder = Request::builder(operation);
        let builder = resources
            .into_iter()
            .fold(builder, |builder, (kind, name)| builder.resource(*kind, name));
        let builder = self.requester.iter().fold(builder, |builder, name| builder.user_id(name));
        builder.build().map_err(|error| error.kind().code())
    }

    /// Uses the library's form of the policy.
    pub fn with_policy<T>(&self, use_it: impl FnOnce(Policy<'_>) -> T) -> T {
        let on_the_list = self.policy.revoked;
        let deny_list = move |_: &UnverifiedToken| on_the_list;
        let policy = library_policy(&self.policy);
        let policy = self.work.map_or(policy, |steps| policy.work_limit(steps));
        use_it(if self.has_deny_list { policy.deny_list(&deny_list) } else { policy })
    }
}
