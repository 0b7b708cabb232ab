//! Decisions: the cases of `testdata/decisions.txt`, and times at the ends of what numbers can hold.
#![cfg(feature = "mint")]

use std::path::Path;

use pubnub_access::mint::TestToken;
use pubnub_access::{
    Anchoring, Doubt, GroupNames, KeysetFlag, Operation, Permission, Permissions, Policy, Precedence, Request,
    ResourceKind, UnverifiedToken, Verdict, evaluate,
};

#[path = "support/escapes.rs"]
mod escapes;

use escapes::unescape;

const ISSUE: u64 = 1_700_000_000;
const EXPIRY: u64 = ISSUE + 3_600;

fn kind(key: &str) -> ResourceKind {
    ResourceKind::ALL.into_iter().find(|kind| kind.token_key() == key).unwrap_or_else(|| panic!("{key} is no kind"))
}

fn token(grants: &str) -> TestToken {
    grants.split_whitespace().fold(TestToken::new(ISSUE, 60), |token, grant| {
        // A pattern may have an equals sign; the mask is behind the last.
        let (what, value) = grant.rsplit_once('=').unwrap();
        if what == "user" {
            return token.authorized_user(&unescape(value));
        }
        let mask = Permissions::from_mask(value.parse().unwrap());
        if let Some(key) = what.strip_prefix("cat.") {
            return token.category(kind(key), mask);
        }
        match (what.split_once(':').unwrap(), what.strip_prefix("pat.")) {
            ((_, name), Some(key)) => token.pattern(kind(key.split_once(':').unwrap().0), &unescape(name), mask),
            ((key, name), None) => token.resource(kind(key), &unescape(name), mask),
        }
    })
}

/// A moment written as `issue-1` or `expiry+5`.
fn moment(text: &str) -> u64 {
    let at = text.find(['+', '-']).unwrap();
    let base = if &text[..at] == "issue" { ISSUE } else { EXPIRY };
    let seconds: i64 = text[at..].parse().unwrap();
    base.checked_add_signed(seconds).unwrap()
}

fn flag(text: &str) -> KeysetFlag {
    if text == "allowed" { KeysetFlag::Allowed } else { KeysetFlag::Restricted }
}

fn decide(grants: &str, question: &str, circumstances: &str) -> Verdict {
    let token: UnverifiedToken = token(grants).to_text().parse().unwrap();
    let revoked = |_: &UnverifiedToken| true;
    let (mut policy, mut now) = (Policy::new(), ISSUE + 10);
    for word in circumstances.split_whitespace() {
        policy = match word.split_once('=').unwrap_or((word, "")) {
            ("search", _) => policy.anchoring(Anchoring::Search),
            ("full", _) => policy.anchoring(Anchoring::Full),
            ("union", _) => policy.precedence(Precedence::Union),
            ("else-any", _) => policy.precedence(Precedence::ExplicitElseAny),
            ("else-all", _) => policy.precedence(Precedence::ExplicitElseAll),
            ("plain", _) => policy.group_names(GroupNames::Plain),
            ("colon", _) => policy.group_names(GroupNames::Colon),
            ("granted", _) => policy.doubt(Doubt::Granted),
            ("refused", _) => policy.doubt(Doubt::Refused),
            ("users", value) => policy.get_all_user_metadata(flag(value)),
            ("channels", value) => policy.get_all_channel_metadata(flag(value)),
            ("tolerance", value) => policy.clock_tolerance(value.parse().unwrap()),
            ("revoked", _) => policy.deny_list(&revoked),
            ("at", value) => {
                now = moment(value);
                policy
            }
            _ => panic!("{word}"),
        };
    }
    let words: Vec<(&str, String)> = question
        .split_whitespace()
        .skip(1)
        .map(|word| word.split_once('=').unwrap())
        .map(|(kind, name)| (kind, unescape(name)))
        .collect();
    let mut builder = Request::builder(question.split_whitespace().next().unwrap().parse().unwrap());
    for (kind, name) in &words {
        builder = match *kind {
            "channel" => builder.channel(name),
            "group" => builder.group(name),
            "uuid" => builder.uuid(name),
            "user" => builder.user_id(name),
            other => panic!("{other}"),
        };
    }
    evaluate(&token, &builder.build().unwrap(), now, &policy).verdict()
}

#[test]
fn decisions_are_those_worked_out_by_hand() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/decisions.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut cases, mut wrong) = (0, Vec::new());
    for line in lines {
        // Patterns have vertical bars too, but none between spaces.
        let columns: Vec<&str> = line.split(" |").map(str::trim).collect();
        let [verdict, grants, question, circumstances] = columns[..] else { panic!("four columns, please: {line}") };
        let found = decide(grants, question, circumstances);
        if found.name() != verdict {
            wrong.push(format!("{line}\n    found {found}"));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 150, "{cases}");
}

#[test]
fn t3_times_at_the_ends_of_what_numbers_can_hold() {
    use Verdict::{Allow, Deny, Indeterminate};
    let max = u64::MAX;
    #[rustfmt::skip]
    let cases = [
        // issue, ttl, now, tolerance
        (ISSUE, 0, ISSUE, 0, Indeterminate),
        (ISSUE, 0, ISSUE + 1, 0, Deny),
        (ISSUE, 1, ISSUE + 59, 0, Allow),
        (ISSUE, 1, ISSUE + 60, 0, Indeterminate),
        (ISSUE, 1, ISSUE + 61, 0, Deny),
        (ISSUE, 43_200, ISSUE + 2_592_000 - 1, 0, Allow),
        (ISSUE, 43_201, ISSUE + 2_592_060, 0, Indeterminate),
        (ISSUE, max, max, 0, Allow),
        (ISSUE, max, max, max, Allow),
        (0, max, max, 0, Allow),
        (max, 0, max, 0, Indeterminate),
        (max, 1, max, 0, Allow),
        (max, 1, max, 59, Allow),
        (max, 1, max, 60, Indeterminate),
        (max, max, max, max, Allow),
        (max, max, 0, max, Allow),
        (max, 0, max - 1, 0, Indeterminate),
        (max, max, max - 1, 0, Indeterminate),
        (max - 60, 1, max, 0, Indeterminate),
        (max - 61, 1, max, 0, Deny),
        (max - 61, 1, max, 1, Indeterminate),
        (0, 0, 0, 0, Indeterminate),
        (0, 0, 1, 0, Deny),
        (0, 1, 0, 0, Allow),
        (ISSUE, 60, 0, max, Indeterminate),
    ];
    let request = Request::builder(Operation::Publish).channel("a").build().unwrap();
    for (issue, ttl, now, tolerance, verdict) in cases {
        let token = TestToken::new(issue, ttl).channel("a", Permission::Write).to_text();
        let token: UnverifiedToken = token.parse().unwrap();
        let found = evaluate(&token, &request, now, &Policy::new().clock_tolerance(tolerance)).verdict();
        assert_eq!(found, verdict, "issued {issue}, ttl {ttl}, now {now}, tolerance {tolerance}");
    }
}

#[test]
fn expiry_is_the_issue_time_and_the_minutes_and_never_overflows() {
    let max = u64::MAX;
    for (issue, ttl, expiry) in [
        (ISSUE, 0, ISSUE),
        (ISSUE, 1, ISSUE + 60),
        (ISSUE, 43_200, ISSUE + 2_592_000),
        (max, 0, max),
        (max - 60, 1, max),
        (max - 59, 1, max),
        (max, 1, max),
        (0, max / 60, max / 60 * 60),
        (0, max / 60 + 1, max),
        (max, max, max),
    ] {
        let token: UnverifiedToken = TestToken::new(issue, ttl).to_text().parse().unwrap();
        assert_eq!(token.expires_at(), expiry, "issued {issue}, ttl {ttl}");
    }
}

#[test]
fn a_deny_list_gets_the_token_whatever_its_text() {
    use pubnub_access::mint::Alphabet;
    let mint = TestToken::new(ISSUE, 60).channel("a", Permission::Write).signature(&[0xff; 31]);
    let revoked: UnverifiedToken = mint.to_text().parse().unwrap();
    let list = |token: &UnverifiedToken| *token == revoked;
    let request = Request::builder(Operation::Publish).channel("a").build().unwrap();
    let texts = [
        mint.to_text(),
        mint.clone().padding(false).to_text(),
        mint.clone().alphabet(Alphabet::Standard).to_text(),
        mint.clone().alphabet(Alphabet::Standard).padding(false).to_text(),
    ];
    assert_ne!(texts[0], texts[1]);
    assert_ne!(texts[0], texts[2]);
    let policy = Policy::new().deny_list(&list);
    for text in texts {
        assert_eq!(evaluate(&text.parse().unwrap(), &request, ISSUE, &policy).verdict(), Verdict::Deny, "{text}");
    }
    let other = mint.signature(&[0xfe; 31]).to_text().parse().unwrap();
    assert_eq!(evaluate(&other, &request, ISSUE, &policy).verdict(), Verdict::Allow);
}
