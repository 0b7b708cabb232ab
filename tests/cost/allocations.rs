//! Allocations: little for hostile counts, in proportion for large tokens, none for decisions.

use pubnub_access::mint::TestToken;
use pubnub_access::{
    GroupNames, Limits, Operation, Pattern, Permissions, Policy, PreparedToken, Request,
    UnverifiedToken, evaluate,
};

/// Runs work, and returns its result, its peak of held bytes and its number of allocations.
fn measure<T>(work: impl FnOnce() -> T) -> (T, u64, u64) {
    let (result, count) = super::counting::count(work);
    (result, count.peak, count.allocations)
}

#[test]
fn the_allocator_counts() {
    let ((), peak, calls) = measure(|| {
        let mut bytes: Vec<u8> = Vec::with_capacity(100);
        bytes.reserve_exact(1_000);
        drop(std::hint::black_box(bytes));
    });
    assert_eq!((peak, calls), (1_000, 2));
}

#[test]
fn huge_counts_allocate_next_to_nothing() {
    let places: [&[u8]; 11] = [
        b"",
        b"\xa4Av\x02At\x01Cttl\x01Cres",
        b"\xa4Av\x02At\x01Cttl\x01Cres\xa1Dchan",
        b"\xa4Av\x02At\x01Cttl\x01Cpat\xa1Dchan\xa1",
        b"\xa4Av\x02At\x01Cttl\x01Ccat",
        b"\xa4Av\x02At\x01Cttl\x01Dmeta",
        b"\xa4Av\x02At\x01Cttl\x01Dmeta\xa1ak",
        b"\xa4Av\x02At\x01Cttl\x01Duuid",
        b"\xa4Av\x02At\x01Cttl\x01Csig",
        b"\xa4Av\x02At\x01Cttl\x01Cnew",
        b"\xa4Av\x02At\x01Cttl\x01Cres\xa1Cfoo",
    ];
    let counts = [
        u64::from(u32::MAX),
        1 << 32,
        (1 << 32) + 1,
        1 << 62,
        1 << 63,
        u64::MAX / 24,
        u64::MAX - 1,
        u64::MAX,
    ];
    for place in places {
        for major in [0x40, 0x60, 0x80, 0xa0] {
            for count in counts {
                let head = match u32::try_from(count) {
                    Ok(count) => [&[major | 26], &count.to_be_bytes()[..]].concat(),
                    Err(_) => [&[major | 27], &count.to_be_bytes()[..]].concat(),
                };
                let cbor = [place, &head[..], &[0; 64]].concat();
                let (result, peak, _) =
                    measure(|| UnverifiedToken::from_cbor(cbor, Limits::new()).map(|_| ()));
                assert!(result.is_err(), "{} {major:x}, {count}", place.escape_ascii());
                assert!(peak <= 4_096, "{} {major:x}, {count}: {peak} bytes", place.escape_ascii());
            }
        }
    }
}

#[test]
fn a_text_beyond_the_limit_allocates_nothing() {
    let text = "A".repeat(Limits::DEFAULT_TEXT_LEN + 1);
    let (result, peak, _) = measure(|| UnverifiedToken::parse(&text).map(|_| ()));
    assert!(result.is_err());
    assert_eq!(peak, 0);
}

/// A token with a number of entries and patterns on channels.
fn with_entries(entries: usize) -> TestToken {
    (0..entries).fold(TestToken::new(1_700_000_000, 15), |token, entry| match entry % 3 {
        0 => token.channel(&format!("{entry}"), Permissions::ALL),
        1 => token.channel_pattern(&format!("{entry}"), Permissions::ALL),
        _ => token.group(&format!("a-longer-name-{entry}"), Permissions::ALL),
    })
}

#[test]
fn a_tokens_memory_is_in_proportion_to_its_size() {
    let limits = Limits::new().max_text_len(1 << 20);
    for entries in [0, 1, 8, 9, 24, 27, 100, 1_000, 10_000] {
        let token = with_entries(entries);
        let (text, cbor) = (token.to_text(), token.to_cbor());
        let bound = (2 * cbor.len() + 24 * entries + 1_024) as u64;
        let (token, peak, calls) = measure(|| UnverifiedToken::parse_with(&text, limits).unwrap());
        assert!(peak <= bound, "{entries} entries, {} bytes: {peak} bytes at once", cbor.len());
        assert!(calls <= 32, "{entries} entries: {calls} allocations");
        drop(token);
    }
}

#[test]
fn many_small_values_in_the_metadata_take_no_more() {
    let limits = Limits::new().max_text_len(1 << 20);
    let numbers: Vec<u8> = vec![0; 60_000];
    let empty: Vec<[u8; 0]> = vec![[]; 60_000];
    let arrays = TestToken::new(1, 1).meta("numbers", &numbers).meta("arrays", &empty);
    let keys =
        (0..10_000).fold(TestToken::new(1, 1), |token, key| token.meta(&format!("{key}"), 0));
    for (what, token, entries) in [("arrays", arrays, 0), ("keys", keys, 10_000)] {
        let cbor = token.to_cbor();
        let bound = (2 * cbor.len() + 24 * entries + 1_024) as u64;
        let len = cbor.len();
        let (_, peak, _) = measure(|| UnverifiedToken::from_cbor(cbor, limits).unwrap());
        assert!(peak <= bound, "{what}, {len} bytes: {peak} bytes at once, at most {bound}");
    }
}

#[test]
fn a_decision_allocates_nothing() {
    let grant = |token: TestToken, name: &str| {
        token
            .channel(name, Permissions::ALL)
            .group(name, Permissions::ALL)
            .uuid(name, Permissions::ALL)
    };
    let small = grant(TestToken::new(1_700_000_000, 15), "room-1");
    let large =
        (0..1_000).fold(small.clone(), |token, name| grant(token, &format!("filler-{name}")));
    let patterns = TestToken::new(1_700_000_000, 15)
        .channel_pattern("^room-[0-9]+$", Permissions::ALL)
        .channel_pattern("room-.*", Permissions::ALL)
        .group_pattern("^:?room-\\S*$", Permissions::ALL)
        .uuid_pattern("^(?:room|user)-1$", Permissions::ALL);
    let limits = Limits::new().max_text_len(1 << 20);
    for (what, token) in [("small", small), ("large", large), ("patterns", patterns)] {
        let token = UnverifiedToken::parse_with(&token.to_text(), limits).unwrap();
        for operation in Operation::ALL.iter().copied() {
            for name in ["room-1", ":room-1", "room-2"] {
                let attempts = [
                    Request::builder(operation).build(),
                    Request::builder(operation).channel(name).build(),
                    Request::builder(operation).group(name).build(),
                    Request::builder(operation).uuid(name).build(),
                    Request::builder(operation).channel(name).uuid(name).build(),
                    Request::builder(operation)
                        .channels([name, "room-1"])
                        .groups([name, "a"])
                        .build(),
                ];
                for request in attempts.into_iter().flatten() {
                    let policy = Policy::new();
                    let (_, peak, _) =
                        measure(|| evaluate(&token, &request, 1_700_000_001, &policy));
                    assert_eq!(peak, 0, "{what}: {request:?}");
                }
            }
        }
    }
}

/// The patterns that hold the most memory for their work: large automata, `regex`, and as many
/// small ones as fit a token.
#[test]
fn patterns_hold_no_more_than_is_promised() {
    let mut patterns: Vec<Vec<String>> =
        vec![(0..3_000).map(|number| format!("{number}")).collect()];
    for part in ["(?:a|b)", "(?:a?b?)", "[é-ü]", "a"] {
        for (times, copies) in [(30, 200), (200, 10), (300, 8), (700, 2), (1_000, 1)] {
            for tail in ["", "\\C"] {
                patterns.push(
                    (0..copies).map(|copy| format!("{part}{{{times}}}{tail}{copy}")).collect(),
                );
            }
        }
    }
    // As many names as add to a decision's work limit.
    let names = ["a", "b", "ab", "é"].map(|unit| unit.repeat(80));
    let request = Request::builder(Operation::Subscribe)
        .channels(names.iter().map(String::as_str))
        .build()
        .unwrap();
    for patterns in patterns {
        let grant =
            |token: TestToken, pattern: &String| token.channel_pattern(pattern, Permissions::ALL);
        let token = patterns.iter().fold(TestToken::new(1_700_000_000, 15), grant).to_text();
        let token = UnverifiedToken::parse(&token).unwrap();
        let (_, peak, _) = measure(|| evaluate(&token, &request, 1_700_000_001, &Policy::new()));
        assert!(peak <= 3 << 20, "{}: {peak} bytes for a decision", patterns[0]);
        let (_, peak, _) = measure(|| PreparedToken::new(token));
        assert!(peak <= 5 << 20, "{}: {peak} bytes prepared", patterns[0]);
    }
}

#[test]
fn a_decision_of_a_prepared_token_allocates_nothing() {
    let token = TestToken::new(1_700_000_000, 15)
        .channel_pattern("^room-[0-9]+$", Permissions::ALL)
        .to_text();
    let token = PreparedToken::new(token.parse().unwrap());
    let request = Request::builder(Operation::Publish).channel("room-1").build().unwrap();
    let (decision, peak, _) = measure(|| token.evaluate(&request, 1_700_000_001, &Policy::new()));
    assert!(decision.is_allowed());
    assert_eq!(peak, 0);
}

/// Preparing a token compiles its large patterns once, on every kind.
#[test]
fn a_prepared_token_has_its_large_patterns_compiled() {
    let large = "^[a-z]{1,200}$";
    let token = TestToken::new(1_700_000_000, 15)
        .channel_pattern(large, Permissions::ALL)
        .group_pattern(large, Permissions::ALL)
        .uuid_pattern(large, Permissions::ALL);
    let token = UnverifiedToken::parse(&token.to_text()).unwrap();
    let prepared = PreparedToken::new(token.clone());
    for request in [
        Request::builder(Operation::Subscribe).channel("room"),
        Request::builder(Operation::Subscribe).group("room"),
        Request::builder(Operation::GetUserMetadata).uuid("room"),
    ] {
        let request = request.build().unwrap();
        let policy = Policy::new().group_names(GroupNames::Plain);
        let (decision, peak, _) = measure(|| prepared.evaluate(&request, 1_700_000_001, &policy));
        assert_eq!((decision.is_allowed(), peak), (true, 0), "{request:?}");
        let (decision, peak, _) = measure(|| evaluate(&token, &request, 1_700_000_001, &policy));
        assert!(decision.is_allowed() && peak > 0, "{request:?}");
    }
}

#[test]
fn a_class_takes_memory_in_proportion_to_its_ranges() {
    let text = format!("[{}]", "\u{e9}\u{eb}".repeat(100_000));
    let (pattern, peak, _) = measure(|| Pattern::new(&text));
    assert!(pattern.is_ok());
    assert!(peak <= 64 * 1024, "{peak} bytes");
}

#[test]
fn a_request_of_up_to_four_names_allocates_nothing() {
    let build = |names: &[&'static str]| {
        let names = names.to_vec();
        measure(|| {
            Request::builder(Operation::Subscribe).channels(names.iter().copied()).build().unwrap()
        })
        .1
    };
    assert_eq!(build(&["a", "b", "c", "d"]), 0);
    assert!(build(&["a", "b", "c", "d", "e"]) > 0, "a fifth name has to go somewhere");
}
