//! `lint`: the cases, every code, the sentences, recorded tokens, and costly tokens.

use std::collections::{BTreeMap, BTreeSet};

use pubnub_access::audit::{FindingCode, Severity, lint};
use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, ResourceKind, UnverifiedToken};

use super::{ISSUED, decode, token};
use crate::support::golden;

const CASES: &str = include_str!("../../../testdata/audit/lint.txt");

/// Findings in the notation of the lists.
fn codes(token: &UnverifiedToken) -> Vec<String> {
    lint(token).iter().map(|finding| format!("{}@{}", finding.code(), finding.location())).collect()
}

#[test]
fn every_case_has_its_findings_and_no_others() {
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (words, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        // Tokens are bound to a user unless the case is about that.
        let words = if words.contains("user=") {
            words.replace("user=-", "")
        } else {
            format!("{words} user=alice")
        };
        let found = codes(&decode(&token(&words)));
        let expected: Vec<&str> = expected.split_whitespace().filter(|word| *word != "-").collect();
        if found != expected {
            wrong.push(format!("{line}\n    found {}", found.join(" ")));
        }
        seen.extend(expected.iter().map(|word| word.split_once('@').unwrap().0.to_owned()));
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "{count}");
    // These take tokens of another size.
    seen.extend(["near_size_limit", "not_checked"].map(String::from));
    let all: BTreeSet<String> =
        FindingCode::ALL.iter().map(|code| code.code().to_owned()).collect();
    assert_eq!(seen, all);
}

#[test]
fn codes_are_in_order_and_different() {
    assert!(FindingCode::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    let codes: BTreeSet<&str> = FindingCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), FindingCode::ALL.len());
    assert!(
        codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    );
    assert_eq!(Severity::Note.to_string(), "note");
    assert_eq!(FindingCode::TtlZero.to_string(), "ttl_zero");
}

/// The sentences of findings, for one token with each code.
#[test]
fn findings_print_as_recorded() {
    let mut text = String::new();
    for line in include_str!("../../../testdata/audit/texts.txt").lines() {
        if let Some(words) = line.strip_prefix("> ") {
            text.push_str(&format!("> {words}\n"));
            for finding in lint(&decode(&token(words))) {
                assert!(finding.to_string().ends_with(&format!("[{}]", finding.code().code())));
                text.push_str(&format!("{finding}\n"));
            }
        }
    }
    golden::compare("testdata/audit/texts.txt", &text);
    for code in FindingCode::ALL {
        let special = [FindingCode::NearSizeLimit, FindingCode::NotChecked].contains(code);
        assert!(special || text.contains(&format!("[{code}]")), "{code}");
    }
}

/// The findings in a file of tokens, a line for each, and how often each code occurs.
fn findings_of(file: &str) -> (String, BTreeMap<&'static str, usize>) {
    let mut text = String::new();
    let mut counts = BTreeMap::new();
    for (number, line) in file.lines().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(token) =
            line["token"].as_str().and_then(|token| UnverifiedToken::parse(token).ok())
        else {
            continue;
        };
        for finding in lint(&token) {
            text.push_str(&format!("{}: {finding}\n", number + 1));
            *counts.entry(finding.code().code()).or_default() += 1;
        }
    }
    (text, counts)
}

#[test]
fn the_projects_tokens_have_these_findings() {
    let (text, _) = findings_of(include_str!("../../../testdata/tokens.jsonl"));
    let head = "# Findings of lint in the tokens of tokens.jsonl, by line.\n";
    golden::compare("testdata/audit/tokens.txt", &format!("{head}{text}"));
}

/// With recorded tokens: each of these findings was reviewed.
#[test]
fn recorded_tokens_have_as_many_findings_as_before() {
    let Some(folder) = std::env::var_os("PUBNUB_ACCESS_CORPUS") else { return };
    let file = std::fs::read_to_string(std::path::Path::new(&folder).join("tokens.jsonl")).unwrap();
    let (text, counts) = findings_of(&file);
    let expected = BTreeMap::from(RECORDED);
    assert_eq!(counts, expected, "{text}");
}

/// The codes found in the recorded tokens.
const RECORDED: [(&str, usize); 12] = [
    ("glob_pattern", 6),
    ("group_pattern_depends_on_colon", 1),
    ("group_read_and_manage", 21),
    ("half_anchored_pattern", 5),
    ("kind_decides_nothing", 6),
    ("no_authorized_user", 19),
    ("pattern_matches_everything", 6),
    ("pattern_matches_nothing", 1),
    ("permissions_without_effect", 41),
    ("ttl_long", 11),
    ("ttl_short", 7),
    ("user_pattern_in_doubt", 1),
];

#[test]
fn size_is_a_finding_from_three_quarters_of_the_limit_on() {
    let large = |bytes: usize| {
        let named = |count: usize| {
            (0..count).fold(TestToken::new(ISSUED, 15).authorized_user("alice"), |token, n| {
                token.channel(&format!("room-{n:06}"), Permission::Read)
            })
        };
        decode(&named(bytes / 13))
    };
    assert_eq!(codes(&large(16_000)), Vec::<String>::new());
    assert_eq!(codes(&large(20_000)), ["near_size_limit@token"]);
}

#[test]
fn costly_tokens_end_and_say_what_was_not_checked() {
    let mut names = TestToken::new(ISSUED, 15).authorized_user("alice");
    let mut patterns = names.clone();
    for n in 0..900 {
        names = names
            .channel(&format!("{n}"), Permission::Read)
            .channel_pattern(&format!("^(?:.*.+)*{n}$"), Permission::Write);
        patterns = patterns.pattern(
            ResourceKind::Channel,
            &format!("^[ab]*a[ab]{{{}}}{n}$", 60 + n % 50),
            Permission::Read,
        );
    }
    for (token, is_beyond_the_budget) in [(names, false), (patterns, true)] {
        let token = decode(&token);
        let not_checked =
            lint(&token).iter().any(|finding| finding.code() == FindingCode::NotChecked);
        assert_eq!(not_checked, is_beyond_the_budget);
        let reach = pubnub_access::audit::reach(&token, &pubnub_access::Policy::new());
        assert!(
            reach.operation(pubnub_access::Operation::FetchMessages).verdict
                != pubnub_access::Verdict::Deny
        );
        assert!(pubnub_access::audit::diff(&token, &token).is_empty());
    }
}

/// Patterns and masks that the documentation recommends have no findings.
#[test]
fn good_examples_have_no_findings() {
    let documented = "ttl=15 user=my-authorized-uuid chan:channel-a=1 chan:channel-b=3 chan:channel-c=3 chan:channel-d=3 \
         grp:channel-group-b=1 uuid:uuid-c=32 uuid:uuid-d=96 pat.chan:^channel-[A-Za-z0-9]$=1";
    assert_eq!(codes(&decode(&token(documented))), Vec::<String>::new());
    for words in [
        "ttl=60 pat.chan:^space-[A-Za-z0-9]*$=1",
        "ttl=10 pat.chan:^chat\\.[a-z]+\\.[0-9a-f]{8}$=3",
        "pat.uuid:^user-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$=32",
        "pat.chan:^inbox-(?:alice|bob)$=255",
    ] {
        let found = codes(&decode(&token(&format!("{words} user=alice"))));
        assert!(
            found.iter().all(|code| code.starts_with("permissions_without_effect")),
            "{words}: {found:?}"
        );
    }
}
