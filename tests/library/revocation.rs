//! Deny lists: comparison by content, bounded memory, and lines of text.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::RwLock;

use proptest::prelude::*;
use pubnub_access::mint::{Alphabet, TestToken};
use pubnub_access::revocation::{Fingerprint, RevocationList};
use pubnub_access::{
    Operation, Permission, Policy, Request, TokenError, TokenErrorKind, UnverifiedToken, Verdict,
    evaluate,
};

const ISSUED: u64 = 1_700_000_000;

fn minted(channel: &str, minutes: u64) -> TestToken {
    TestToken::new(ISSUED, minutes).channel(channel, Permission::Read)
}

fn token(channel: &str, minutes: u64) -> UnverifiedToken {
    UnverifiedToken::parse(&minted(channel, minutes).to_text()).unwrap()
}

#[test]
fn every_text_of_a_revoked_token_is_revoked() {
    // The signature makes the alphabets and the padding differ.
    let revoked = minted("a", 15).signature(&[0xff; 31]);
    let mut list = RevocationList::new();
    assert!(list.revoke(&UnverifiedToken::parse(&revoked.to_text()).unwrap()));
    for alphabet in [Alphabet::UrlSafe, Alphabet::Standard] {
        for padding in [true, false] {
            let text = revoked.clone().alphabet(alphabet).padding(padding).to_text();
            assert!(list.contains(&UnverifiedToken::parse(&text).unwrap()), "{text}");
        }
    }
    assert!(!list.contains(&token("a", 15)));
}

#[test]
fn a_revoked_token_is_denied_and_a_reinstated_one_is_not() {
    let token = token("a", 15);
    let request = Request::builder(Operation::Subscribe).channel("a").build().unwrap();
    let verdict = |list: &RevocationList| {
        evaluate(&token, &request, ISSUED, &Policy::new().deny_list(list)).verdict()
    };
    let mut list = RevocationList::new();
    assert_eq!(verdict(&list), Verdict::Allow);
    assert!(list.revoke(&token));
    assert!(!list.revoke(&token), "the second time it is there already");
    assert_eq!(verdict(&list), Verdict::Deny);
    assert!(list.reinstate(&token));
    assert!(!list.reinstate(&token));
    assert_eq!(verdict(&list), Verdict::Allow);
}

#[test]
fn a_list_behind_a_lock_is_a_deny_list_even_after_a_panic() {
    let token = token("a", 15);
    let request = Request::builder(Operation::Subscribe).channel("a").build().unwrap();
    let list = RwLock::new(RevocationList::new());
    list.write().unwrap().revoke(&token);
    let _ = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let _held = list.write().unwrap();
                panic!("on purpose");
            })
            .join()
    });
    assert!(list.is_poisoned());
    let verdict = |token: &UnverifiedToken| {
        evaluate(token, &request, ISSUED, &Policy::new().deny_list(&list)).verdict()
    };
    assert_eq!(verdict(&token), Verdict::Deny);
    assert_eq!(verdict(&self::token("a", 16)), Verdict::Allow, "another token is not revoked");
}

#[test]
fn entries_end_with_their_tokens() {
    let mut list: RevocationList = (1..=100).map(|minutes| token("a", minutes)).collect();
    assert_eq!((list.len(), list.is_empty()), (100, false));
    // In the second of its expiry a token is in doubt, so its entry still matters.
    assert_eq!(list.forget_expired(ISSUED + 60), 0);
    assert_eq!(list.forget_expired(ISSUED + 61), 1);
    assert_eq!(list.forget_expired(ISSUED + 61), 0);
    assert_eq!(list.forget_expired(ISSUED + 50 * 60 + 1), 49);
    assert!(!list.contains(&token("a", 50)));
    assert!(list.contains(&token("a", 51)));
    assert_eq!(list.forget_expired(u64::MAX), 50);
    assert!(list.is_empty());
}

#[test]
fn of_two_expiries_the_later_counts() {
    let fingerprint = Fingerprint::of(&token("a", 1));
    let mut list = RevocationList::new();
    list.revoke_fingerprint(fingerprint, 200);
    list.revoke_fingerprint(fingerprint, 100);
    assert_eq!(list.iter().collect::<Vec<_>>(), [(fingerprint, 200)]);
}

#[test]
fn a_fingerprint_is_the_start_of_a_sha_256() {
    let token = UnverifiedToken::parse(include_str!("../../testdata/sample.token").trim()).unwrap();
    // basenc --base64url -d testdata/sample.token | sha256sum | cut -c 1-32
    assert_eq!(Fingerprint::of(&token).to_string(), "e8d992b7e279839f73425d2fa3f9b809");
    let bytes = [
        0xe8, 0xd9, 0x92, 0xb7, 0xe2, 0x79, 0x83, 0x9f, 0x73, 0x42, 0x5d, 0x2f, 0xa3, 0xf9, 0xb8,
        0x09,
    ];
    assert_eq!(Fingerprint::of(&token).as_bytes(), &bytes);
    let debug = format!("{:?}", Fingerprint::of(&token));
    assert_eq!(debug, "Fingerprint(e8d992b7e279839f73425d2fa3f9b809)");
    let upper = Fingerprint::of(&token).to_string().to_uppercase();
    assert_eq!(upper.parse(), Ok(Fingerprint::of(&token)));
}

#[test]
fn a_list_is_written_and_read_as_lines() {
    let list: RevocationList =
        ["a", "b", "c"].into_iter().map(|channel| token(channel, 15)).collect();
    let text = list.to_string();
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().all(|line| line.ends_with(" 1700000900") && line.len() == 43), "{text}");
    assert_eq!(text.parse(), Ok(list.clone()));

    let by_hand = format!(
        "# revoked on Friday\n\n  {}\t1700000900 \r\n{}\n",
        Fingerprint::of(&token("a", 15)),
        { minted("b", 15).to_text() }
    );
    let read: RevocationList = by_hand.parse().unwrap();
    assert_eq!(read.len(), 2);
    assert!(read.contains(&token("a", 15)) && read.contains(&token("b", 15)));
}

#[test]
fn an_unreadable_line_is_numbered_and_not_shown() {
    let good = format!("{} 1", Fingerprint::of(&token("a", 1)));
    let digits = "0123456789abcdef0123456789abcdef";
    let cases = [
        (
            "revoked",
            "neither a fingerprint nor a token: character 6 of the text ends in bits that belong to no byte: expected zeros",
        ),
        (digits, "expected the expiry in Unix seconds after the fingerprint"),
        ("0123 1", "expected a fingerprint of 32 hexadecimal digits"),
        ("0123456789abcdef0123456789abcdeg 1", "expected a fingerprint of 32 hexadecimal digits"),
        ("0123456789abcdef0123456789abcdef -1", "the expiry is not a number of Unix seconds"),
        ("0123456789abcdef0123456789abcdef +5", "the expiry is not a number of Unix seconds"),
        (
            "0123456789abcdef0123456789abcdef 1 1",
            "expected a fingerprint and an expiry, or a token, and nothing else",
        ),
        (
            "0123456789abcdef0123456789abcdef 1 #",
            "expected a fingerprint and an expiry, or a token, and nothing else",
        ),
        (
            "# Friday\r0123456789abcdef0123456789abcdef 1\r",
            "expected one line: lines end with a line feed",
        ),
    ];
    for (line, expected) in cases {
        let error = format!("{good}\n# comment\n{line}\n").parse::<RevocationList>().unwrap_err();
        assert_eq!(error.line(), Some(3));
        assert_eq!(error.to_string(), format!("line 3: {expected}"), "{line}");
        assert_eq!(RevocationList::new().read_line(line).unwrap_err().to_string(), expected);
    }
}

#[test]
fn the_source_of_an_error_is_that_of_the_token() {
    let source = |line: &str| {
        let error = RevocationList::new().read_line(line).unwrap_err();
        error.source().map(|source| source.downcast_ref::<TokenError>().unwrap().kind())
    };
    assert_eq!(source("revoked"), Some(TokenErrorKind::TrailingBits));
    assert_eq!(source("0123456789abcdef0123456789abcdef"), None);
    assert_eq!(source("0123 1"), None);
}

#[test]
fn a_line_read_by_itself_is_one_line() {
    let entry = "0123456789abcdef0123456789abcdef 1";
    for line in [
        format!("# Friday\n{entry}\n"),
        format!("\n{entry}\n"),
        format!("{entry}\n{entry}"),
        "\u{feff}a\u{feff}".into(),
    ] {
        assert!(RevocationList::new().read_line(&line).is_err(), "{line:?}");
    }
    for line in [
        format!("{entry}\r\n"),
        format!("{entry}\n"),
        format!("\u{feff}{entry}"),
        format!("\t{entry} "),
    ] {
        let mut list = RevocationList::new();
        list.read_line(&line).unwrap();
        assert_eq!(list.len(), 1, "{line:?}");
    }
    for text in
        [format!("\u{feff}{entry}\r\n# Friday\r\n"), format!("\u{feff}# Friday\r\n\r\n{entry}")]
    {
        assert_eq!(text.parse::<RevocationList>().unwrap().len(), 1, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_comes_back_from_its_lines(
        entries in prop::collection::vec((0_u8..20, prop_oneof![0_u64..5, any::<u64>()]), 0..40),
        now in prop_oneof![0_u64..6, any::<u64>()],
        shuffled in any::<prop::sample::Index>(),
    ) {
        let fingerprint = |digit: u8| format!("{digit:032x}").parse::<Fingerprint>().unwrap();
        let mut list = RevocationList::new();
        let mut latest = BTreeMap::new();
        let mut lines = Vec::new();
        for (digit, expiry) in entries {
            let new = list.revoke_fingerprint(fingerprint(digit), expiry);
            prop_assert_eq!(new, !latest.contains_key(&digit));
            let known = latest.entry(digit).or_insert(expiry);
            *known = expiry.max(*known);
            lines.push(format!("{:032X}\t{expiry} ", digit));
        }
        prop_assert_eq!(list.to_string().parse(), Ok(list.clone()));
        let half = shuffled.index(lines.len() + 1);
        lines.rotate_left(half);
        prop_assert_eq!(lines.join("\r\n").parse(), Ok(list.clone()));
        let kept = latest.values().filter(|expiry| **expiry >= now).count();
        prop_assert_eq!(list.forget_expired(now), latest.len() - kept);
        prop_assert_eq!(list.len(), kept);
        prop_assert!(list.iter().all(|(_, expiry)| expiry >= now));
    }
}
