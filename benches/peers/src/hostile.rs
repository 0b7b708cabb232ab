//! Tokens that are made to be slow, each as long as a request may be, compared with a benign one of
//! the same length, which has two names for each pattern.

use std::hint::black_box;
use std::time::Instant;

use pubnub_access::mint::TestToken;
use pubnub_access::{
    Limits, Operation, Permission, Policy, Request, UnverifiedToken, Verdict, evaluate,
};

use crate::case::{ISSUED, NOW, TTL, USER};
use crate::measure::{Cost, Effort, measure};
use crate::peer::Work;
use crate::peers::ByHand;

/// The CBOR of the longest text, in bytes: four characters carry three bytes.
const CBOR: usize = Limits::DEFAULT_TEXT_LEN / 4 * 3;

/// A token's text, with a description.
pub struct Hostile {
    pub name: &'static str,
    text: String,
}

/// The tokens, the benign one first.
fn tokens() -> Vec<Hostile> {
    let long = "l".repeat(200);
    let channel = |token: TestToken, name: String| token.channel(&name, Permission::Read);
    let pattern =
        |token: TestToken, pattern: String| token.channel_pattern(&pattern, Permission::Read);
    let fill =
        |name, step: &dyn Fn(TestToken, usize) -> TestToken| Hostile { name, text: fill(step) };
    vec![
        fill("benign: two names for each pattern", &|token, n| match n % 3 {
            0 => pattern(token, format!("^room-{n}-[0-9]+$")),
            _ => channel(token, format!("channel-{n:05}")),
        }),
        fill("names of 13 characters alone", &|token, n| channel(token, format!("channel-{n:05}"))),
        fill("names that share 200 characters", &|token, n| {
            channel(token, format!("{long}{n:05}"))
        }),
        fill("names that differ in the middle only", &|token, n| {
            channel(token, format!("channel-{n:05}-channel"))
        }),
        fill("names of 1 to 3 characters", &|token, n| channel(token, short(n))),
        fill("metadata nested as deep as may be", &|token, n| token.meta(&short(n), nested(13))),
        fill("metadata of small numbers", &|token, n| token.meta(&short(n), 1)),
        fill("patterns that start with a literal", &|token, n| {
            pattern(token, format!("^room-{n}-[0-9]+$"))
        }),
        fill("patterns that start anywhere", &|token, n| pattern(token, format!("[a-z]+{n}.*x"))),
        fill("the shortest patterns", &|token, n| pattern(token, format!(".{}", short(n)))),
        fill("alternatives and counts", &|token, n| {
            pattern(token, format!("(?:a|b{{1,9}}|c.*d){{2,5}}{n}"))
        }),
        fill("(?:x{1000}){1000}", &|token, n| pattern(token, format!("(?:x{{1000}}){{1000}}{n}"))),
        fill("(?:.*x){30}", &|token, n| pattern(token, format!("(?:.*x){{30}}{n}"))),
        fill(r"\p{Greek}, which only Unicode tables can tell", &|token, n| {
            pattern(token, format!(r"\p{{Greek}}{n}"))
        }),
        Hostile { name: "one pattern of 24,000 characters", text: one_pattern() },
    ]
}

/// Returns a token with as many items as fit the longest text.
fn fill(step: &dyn Fn(TestToken, usize) -> TestToken) -> String {
    let bare = || TestToken::new(ISSUED, TTL).authorized_user(USER);
    let of = |count| (0..count).fold(bare(), step);
    // Minting takes time, so the first guess comes from the size of 100.
    let size = |count| of(count).to_cbor().len();
    let each = (size(200) - size(100)).div_ceil(100).max(1);
    let mut count = CBOR / each;
    while size(count) > CBOR {
        count -= count.div_ceil(100);
    }
    while size(count + count.div_ceil(100)) <= CBOR {
        count += count.div_ceil(100);
    }
    of(count).to_text()
}

fn one_pattern() -> String {
    let pattern = "(?:a|b[c-e]*){2}".repeat(1500);
    TestToken::new(ISSUED, TTL)
        .authorized_user(USER)
        .channel_pattern(&pattern, Permission::Read)
        .to_text()
}

/// Returns the `n`th short name.
fn short(n: usize) -> String {
    const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
    let letter = |n: usize| LETTERS.get(n % 26).map_or('z', |byte| char::from(*byte));
    let mut name = String::from(letter(n));
    let mut left = n / 26;
    while left > 0 {
        name.push(letter(left - 1));
        left = (left - 1) / 26;
    }
    name
}

/// Returns nested lists.
fn nested(depth: usize) -> serde_json::Value {
    (0..depth).fold(serde_json::Value::from(1), |inner, _| serde_json::Value::from(vec![inner]))
}

/// The cost of deciding about a token, from text to verdict, and the verdict.
pub struct Decided {
    pub name: &'static str,
    pub verdict: Verdict,
    pub cost: Cost,
    /// The cost of one decision about [`NAMES`] channels.
    pub many: Cost,
    /// The cost by hand, in nanoseconds. Measured once, since it can take seconds.
    pub by_hand: f64,
}

/// A channel that no entry names and no pattern matches, so that all have to be tried.
const CHANNEL: &str = "xABCDEFGHIJKLMNO";

/// The most channels that a gateway reads from one request.
pub const NAMES: usize = 4096;

/// Decides about all tokens.
pub fn take(effort: Effort, quick: bool) -> Vec<Decided> {
    let tokens = tokens();
    let many: Vec<String> =
        (0..NAMES).map(|n| format!("{CHANNEL}{}", short(n).to_uppercase())).collect();
    let (verdicts, costs) = decide(&tokens, &[CHANNEL], effort);
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_, many) = decide(&tokens, &many, effort);
    let decided = tokens.iter().zip(verdicts).zip(costs.into_iter().zip(many));
    let decided = decided.map(|((token, verdict), (cost, many))| {
        let by_hand = if quick { f64::NAN } else { by_hand(token) };
        Decided { name: token.name, verdict, cost, many, by_hand }
    });
    decided.collect()
}

/// Returns the verdict of each token on some channels, and its cost.
fn decide(tokens: &[Hostile], channels: &[&str], effort: Effort) -> (Vec<Verdict>, Vec<Cost>) {
    let request = Request::builder(Operation::Subscribe)
        .channels(channels.iter().copied())
        .user_id(USER)
        .build();
    let request = request.expect("a request that can be asked");
    let policy = Policy::new();
    let decide = |token: &Hostile| {
        let token = UnverifiedToken::parse(black_box(&token.text)).expect("a token");
        evaluate(&token, black_box(&request), NOW, &policy)
    };
    let verdicts: Vec<_> = tokens.iter().map(|token| decide(token).verdict()).collect();
    assert!(
        verdicts.iter().all(|verdict| *verdict != Verdict::Allow),
        "none of them grants the channels"
    );
    let decide = &decide;
    let works = tokens
        .iter()
        .map(|token| -> Box<dyn Work> { Box::new(move || decide(token).is_allowed()) });
    (verdicts, measure(&mut works.collect::<Vec<_>>(), effort))
}

fn by_hand(token: &Hostile) -> f64 {
    let start = Instant::now();
    black_box(ByHand::decide(black_box(&token.text), CHANNEL));
    start.elapsed().as_nanos() as f64
}
