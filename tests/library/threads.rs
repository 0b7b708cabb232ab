//! Many threads share a token, a deny list and counters: their results are those of a single
//! thread, and no count is lost or doubled.
//!
//! `.ci/threads` runs these tests under a detector of data races, which finds more than wrong
//! results.

use std::sync::{Arc, Barrier, RwLock};
use std::thread;

use pubnub_access::audit::{lint, reach};
use pubnub_access::gateway::{Counters, HttpRequest, Precheck};
use pubnub_access::mint::TestToken;
use pubnub_access::revocation::{Fingerprint, RevocationList};
use pubnub_access::{
    Operation, Pattern, Permission, Policy, PreparedToken, Request, UnverifiedToken, evaluate,
};

const THREADS: usize = 8;
const ROUNDS: usize = 5;
const NOW: u64 = 1_700_000_060;

/// A token with patterns of every engine.
fn token() -> UnverifiedToken {
    let patterns =
        ["room", "^room-[0-9]+$", "^[a-z0-9]{1,100}$", "^[a-z]{1,300}$", "^room-\\C$", "[à-ü]\\C"];
    let token = TestToken::new(1_700_000_000, 15)
        .channel("lobby", Permission::Read)
        .channel("hall", Permission::Write);
    let token = patterns
        .iter()
        .fold(token, |token, pattern| token.channel_pattern(pattern, Permission::Read));
    UnverifiedToken::parse(&token.to_text()).unwrap()
}

const NAMES: [&str; 8] = ["lobby", "hall", "room-1", "room-1-pnpres", "abc", "aax", "room-é", "-"];

/// Every answer about every name, as text.
fn answers(token: &PreparedToken, policy: &Policy<'_>) -> Vec<String> {
    let questions = NAMES.iter().flat_map(|name| {
        [Operation::FetchMessages, Operation::Publish].map(|operation| {
            Request::builder(operation).channel(name).user_id("alice").build().unwrap()
        })
    });
    let answer = |request: Request<'_>| {
        let decision = token.evaluate(&request, NOW, policy);
        let explanation = token.explain(&request, NOW, policy);
        let cold = evaluate(token.token(), &request, NOW, policy);
        format!("{decision:?} {cold:?} {explanation}")
    };
    questions.map(answer).collect()
}

/// Runs the same on all threads at once.
fn on_all_threads<T: Send>(run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let spawn = |number| {
            let (run, start) = (&run, &start);
            scope.spawn(move || {
                start.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn every_thread_gets_the_answers_of_a_single_one() {
    let expected = answers(&PreparedToken::new(token()), &Policy::new());
    assert!(
        expected.iter().any(|answer| answer.contains("allow"))
            && expected.iter().any(|a| a.contains("deny"))
    );
    // All threads use the general engine for the first time at once.
    let shared = PreparedToken::new(token());
    let all = on_all_threads(|_| {
        (0..ROUNDS).map(|_| answers(&shared, &Policy::new())).collect::<Vec<_>>()
    });
    assert!(all.iter().flatten().all(|answers| *answers == expected));
}

#[test]
fn a_token_outlives_the_thread_that_made_it() {
    let expected = answers(&PreparedToken::new(token()), &Policy::new());
    let shared = thread::spawn(|| Arc::new(PreparedToken::new(token()))).join().unwrap();
    let all = on_all_threads(|_| {
        let own = Arc::clone(&shared);
        let copy = PreparedToken::clone(&own);
        (answers(&own, &Policy::new()), answers(&copy, &Policy::new()))
    });
    assert!(all.iter().all(|(own, copy)| *own == expected && *copy == expected));
}

/// The first thread that decodes detects the processor's features.
#[test]
fn threads_decode_and_look_into_tokens() {
    let cbor = token().as_cbor().to_vec();
    let pattern = Pattern::new("^room-\\C$").unwrap();
    let all = on_all_threads(|_| {
        let token = UnverifiedToken::from_cbor(cbor.clone(), pubnub_access::Limits::new()).unwrap();
        let findings: Vec<String> =
            lint(&token).iter().map(|finding| format!("{finding:?}")).collect();
        let reached = format!("{:?}", reach(&token, &Policy::new()));
        (Fingerprint::of(&token), findings, reached, pattern.is_match("room-1").unwrap())
    });
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

/// While half of the threads revoke tokens, the others see each token allowed until it is revoked,
/// and never again.
#[test]
fn a_deny_list_grows_under_its_readers() {
    let tokens: Vec<UnverifiedToken> = (0..THREADS * ROUNDS)
        .map(|number| {
            TestToken::new(1_700_000_000, 15).channel("a", Permission::Read).meta("number", number)
        })
        .map(|token| UnverifiedToken::parse(&token.to_text()).unwrap())
        .collect();
    let list = RwLock::new(RevocationList::new());
    let request = Request::builder(Operation::FetchMessages).channel("a").build().unwrap();
    let turned_back = on_all_threads(|number| {
        if number % 2 == 0 {
            let own = tokens.iter().skip(number / 2).step_by(THREADS / 2);
            return own.filter(|token| !list.write().unwrap().revoke(token)).count();
        }
        let policy = Policy::new().deny_list(&list);
        let mut seen = vec![false; tokens.len()];
        let mut turned_back = 0;
        for _ in 0..ROUNDS {
            for (token, seen) in tokens.iter().zip(&mut seen) {
                let allowed = evaluate(token, &request, NOW, &policy).is_allowed();
                turned_back += usize::from(*seen && allowed);
                *seen |= !allowed;
            }
        }
        turned_back
    });
    assert_eq!(turned_back, vec![0; THREADS]);
    let list = list.into_inner().unwrap();
    assert_eq!(list.len(), tokens.len());
    let shared = Policy::new().deny_list(&list);
    let denied = on_all_threads(|_| {
        tokens.iter().filter(|token| !evaluate(token, &request, NOW, &shared).is_allowed()).count()
    });
    assert_eq!(denied, vec![tokens.len(); THREADS]);
}

#[test]
fn counters_lose_nothing() {
    let text = token_in_a_target();
    let targets = [
        format!("/v2/history/sub-key/demo/channel/lobby?uuid=alice&auth={text}"),
        format!("/v2/history/sub-key/demo/channel/elsewhere!?uuid=alice&auth={text}"),
        String::from("/time/0"),
        String::from("/favicon.ico"),
        String::from("/v2/history/sub-key/demo/channel/lobby"),
    ];
    let precheck = Precheck::new(Policy::new());
    let count_all = |counters: &Counters| {
        targets.iter().for_each(|target| {
            counters.count(&precheck.check(&HttpRequest::new("GET", target), NOW))
        });
    };
    let once = Counters::new();
    count_all(&once);
    let counters = Counters::new();
    on_all_threads(|_| (0..ROUNDS).for_each(|_| count_all(&counters)));
    let sums = |counters: &Counters, times: u64| -> Vec<_> {
        let counts = counters.iter();
        counts
            .map(|count| {
                (count.verdict, count.reason, times * count.forwarded, times * count.rejected)
            })
            .collect()
    };
    assert!(once.iter().count() >= 4);
    assert_eq!(sums(&counters, 1), sums(&once, (THREADS * ROUNDS) as u64));
}

/// A token's text, encoded for a query.
fn token_in_a_target() -> String {
    let token = TestToken::new(1_700_000_000, 15).channel("lobby", Permission::Read);
    token.padding(false).to_text()
}
