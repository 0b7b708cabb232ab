//! Searches for inputs that cost more than any known one. It changes the inputs that fuzzing found,
//! keeps the costliest, and changes those again. The cost is the number of executed blocks of code,
//! which does not depend on the machine's speed.
//!
//! `.ci/costliest` builds with the compiler's instrumentation and runs this. Add what it finds to
//! the cases of this harness.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::test_runner::{RngAlgorithm, TestRng};
use pubnub_access::audit::{covers, diff, lint, reach};
use pubnub_access::gateway::{HttpRequest, Precheck};
use pubnub_access::grant::{ApiError, GrantRequest};
use pubnub_access::mint::TestToken;
use pubnub_access::revocation::RevocationList;
use pubnub_access::{
    Limits, Operation, Pattern, Permissions, Policy, PreparedToken, Request, UnverifiedToken,
    evaluate, explain,
};

/// The mean cost of an input, in blocks, above which a search ends early.
const BLOCKS_OF_ONE: u64 = 1_000_000;

/// Costly patterns to start with.
const KNOWN: [&str; 12] = [
    "XYZ(?:a|bc){300}",
    "(?:a?b?){400}",
    "(?:a|b){250}",
    "[é-ü]{150}",
    "(?:\\pL\\pN?){30}",
    "(?:\\C?){200}",
    "(?:\\b|a){100}",
    "^(?:.*a){100}$",
    "(一",
    "é",
    "=a.*",
    "@^:?(?:a|bc){0,30}",
];

static BLOCKS: AtomicU64 = AtomicU64::new(0);

/// The compiler inserts a call of this into every block, except in this function.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_trace_pc() {
    BLOCKS.store(BLOCKS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

type Work = Box<dyn FnOnce()>;

/// A function of the library that takes one sort of input.
struct Door {
    name: &'static str,
    /// The file in `testdata/corpus` to start with.
    corpus: &'static str,
    /// The bound in blocks: for each byte, or in all if the work has a limit.
    bound: f64,
    per_byte: bool,
    /// Prepares the measured work. `None` if the bytes are not an input of this sort.
    work: fn(&[u8]) -> Option<Work>,
}

/// The length up to which an input grows: that of a whole token. An input shorter than `SHORTEST`
/// counts as that long, so that fixed costs do not matter.
const LONGEST: usize = 32 << 10;
const SHORTEST: usize = 512;
/// The number of costliest inputs to keep.
const KEPT: usize = 48;
/// The bytes of names and patterns that are certain to fit a token.
const MOST_PATTERNS: usize = 23_000;
/// The most names of a request: as many as a gateway reads.
const MOST_NAMES: usize = 4_096;

fn doors() -> [Door; 13] {
    let linear = |name, corpus, bound, work| Door { name, corpus, bound, per_byte: true, work };
    let limited = |name, corpus, bound, work| Door { name, corpus, bound, per_byte: false, work };
    [
        linear("decode", "decode", 60.0, |data| {
            let (cbor, limits) =
                (data.to_vec(), Limits::new().max_nesting(Limits::GREATEST_NESTING));
            work(move || UnverifiedToken::from_cbor(cbor, limits))
        }),
        linear("route and precheck", "route", 300.0, |data| {
            text(data, |text| {
                let (line, body) =
                    text.split_once('\n').map_or((text, None), |(line, body)| (line, Some(body)));
                let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
                let request = HttpRequest::new(method, target);
                let request = body.map_or(request, |body| request.body(body.as_bytes()));
                Precheck::new(Policy::new()).check(&request, 0).verdict()
            })
        }),
        linear("error bodies", "grant", 60.0, |data| {
            text(data, |text| {
                ApiError::from_json(text).map(|error| (error.meaning(), error.to_string()))
            })
        }),
        linear("deny lists", "deny_list", 60.0, |data| {
            text(data, |text| text.parse::<RevocationList>())
        }),
        limited("grants", "grant", 30_000_000.0, |data| {
            text(data, |text| {
                GrantRequest::from_json(text)
                    .map(|request| (request.validate(), request.token_len()))
            })
        }),
        limited("patterns", "pattern", 60_000_000.0, |data| {
            text(data, |text| {
                let (pattern, name) = text.split_once('\n').unwrap_or((text, ""));
                Pattern::new(pattern).map(|pattern| pattern.is_match(name))
            })
        }),
        limited("evaluate", "pattern", 20_000_000.0, |data| {
            ask(data, |token, request| evaluate(token, request, NOW, &POLICY))
        }),
        limited("explain", "pattern", 60_000_000.0, |data| {
            ask(data, |token, request| json(&explain(token, request, NOW, &POLICY)))
        }),
        limited("prepare", "pattern", 6_000_000.0, |data| {
            ask(data, |token, _| PreparedToken::new(token.clone()))
        }),
        limited("lint", "pattern", 400_000_000.0, |data| ask(data, |token, _| json(&lint(token)))),
        limited("reach", "pattern", 400_000_000.0, |data| {
            ask(data, |token, _| json(&reach(token, &POLICY)))
        }),
        limited("diff", "pattern", 400_000_000.0, |data| {
            ask(data, |token, _| json(&diff(token, &token.clone())))
        }),
        limited("covers", "pattern", 400_000_000.0, |data| {
            ask(data, |token, _| covers(token, &token.clone()))
        }),
    ]
}

fn json(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).unwrap().len()
}

const NOW: u64 = 1_700_000_060;
static POLICY: Policy<'_> = Policy::new();

fn work<T>(run: impl FnOnce() -> T + 'static) -> Option<Work> {
    Some(Box::new(move || drop(black_box(run()))))
}

fn text<T: 'static>(data: &[u8], run: fn(&str) -> T) -> Option<Work> {
    let text = String::from_utf8(data.to_vec()).ok()?;
    work(move || run(&text))
}

/// The first line has the names of channels with commas between them. Every other line is a grant
/// of the token: an entry after `=`, a pattern for groups after `@`, and otherwise a pattern for
/// channels. A duplicate gets a distinct ending.
fn ask<T: 'static>(data: &[u8], run: fn(&UnverifiedToken, &Request<'_>) -> T) -> Option<Work> {
    let (names, grants) = std::str::from_utf8(data).ok()?.split_once('\n')?;
    let mut token = TestToken::new(1_700_000_000, 15);
    let (mut seen, mut size) = (BTreeSet::new(), 0);
    for (position, grant) in grants.lines().enumerate() {
        let grant =
            if seen.contains(grant) { format!("{grant}{position}") } else { String::from(grant) };
        size += grant.len() + 8;
        if size > MOST_PATTERNS || !seen.insert(grant.clone()) {
            break;
        }
        // To read, to write, to manage, and to read and manage.
        let mask = Permissions::from_mask([1, 2, 4, 5][position % 4]);
        token = match (grant.strip_prefix('='), grant.strip_prefix('@')) {
            (Some(name), _) => token.channel(name, mask),
            (_, Some(pattern)) => token.group_pattern(pattern, mask),
            _ => token.channel_pattern(&grant, mask),
        };
    }
    let token: UnverifiedToken = token.to_text().parse().ok()?;
    let names: Vec<String> = names.split(',').take(MOST_NAMES).map(String::from).collect();
    let request = |names: &[String]| {
        Request::builder(Operation::Subscribe)
            .channels(names.iter().map(String::as_str))
            .build()
            .map(|_| ())
            .ok()
    };
    request(&names)?;
    work(move || {
        let request =
            Request::builder(Operation::Subscribe).channels(names.iter().map(String::as_str));
        run(&token, &request.build().unwrap())
    })
}

impl Door {
    fn cost(&self, data: &[u8]) -> Option<f64> {
        let work = (self.work)(data)?;
        let before = BLOCKS.load(Ordering::Relaxed);
        work();
        let blocks = BLOCKS.load(Ordering::Relaxed) - before;
        Some(blocks as f64 / if self.per_byte { data.len().max(SHORTEST) as f64 } else { 1.0 })
    }

    /// Returns the inputs that fuzzing found. If a name and patterns are needed, a single line
    /// serves as both.
    fn seeds(&self) -> Vec<Vec<u8>> {
        let packed =
            std::fs::read_to_string(format!("testdata/corpus/{}.jsonl", self.corpus)).unwrap();
        let read = |line: &str| {
            let input: String = serde_json::from_str(line).unwrap();
            // Each character of a packed input is one byte.
            let mut seed: Vec<u8> = input.chars().map(|byte| u8::try_from(byte).unwrap()).collect();
            if self.corpus == "pattern" {
                seed.push(b'\n');
                seed.extend_from_within(..);
            }
            seed.truncate(LONGEST);
            seed
        };
        let mut seeds: Vec<Vec<u8>> = packed.lines().map(read).collect();
        if self.corpus == "pattern" {
            let names = "a,".repeat(MOST_NAMES);
            seeds.extend(
                KNOWN.map(|line| {
                    format!("{names}a{}", format!("\n{line}").repeat(1_000)).into_bytes()
                }),
            );
            seeds.extend(
                KNOWN.map(|line| {
                    format!("{line}\n{}", line.repeat(20_000 / line.len())).into_bytes()
                }),
            );
        }
        seeds
    }

    /// Returns the costliest of a number of inputs, and its cost.
    fn costliest(&self, inputs: usize) -> (f64, Vec<u8>) {
        let mut chance = Chance(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let seeds = self.seeds();
        let mut kept: Vec<_> =
            seeds.iter().filter_map(|seed| Some((self.cost(seed)?, seed.clone()))).collect();
        kept.sort_by(|a, b| b.0.total_cmp(&a.0));
        kept.truncate(KEPT);
        let spent = || BLOCKS.load(Ordering::Relaxed);
        let (start, mut tried) = (spent(), 0);
        // Costly inputs are tried less often.
        while tried < inputs && (spent() - start) / BLOCKS_OF_ONE < inputs as u64 {
            tried += 1;
            let mut any = || {
                if chance.below(4) == 0 {
                    chance.of(&seeds).clone()
                } else {
                    chance.of(&kept).1.clone()
                }
            };
            let (input, other) = (any(), any());
            let input = chance.change(input, &other);
            let Some(cost) = self.cost(&input) else { continue };
            // Keeps one input of each cost, since copies of one input would replace all others.
            if let Err(place) = kept.binary_search_by(|(known, _)| cost.total_cmp(known)) {
                kept.insert(place, (cost, input));
                kept.truncate(KEPT);
            }
        }
        kept.swap_remove(0)
    }
}

/// A source of random changes.
struct Chance(TestRng);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        use proptest::prelude::RngCore;
        (self.0.next_u64() % most.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Returns a random range of at most `most` bytes in the input.
    fn part(&mut self, len: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(len);
        start..len.min(start + 1 + self.below(most))
    }

    /// Makes a few changes in a row. Repeated and copied parts can be long, since the search is for
    /// cost that grows.
    fn change(&mut self, mut input: Vec<u8>, other: &[u8]) -> Vec<u8> {
        for _ in 0..1 << self.below(4) {
            let size = 1 << self.below(14);
            let (at, part) = (self.below(input.len() + 1), self.part(input.len(), size));
            match self.below(7) {
                0 => input.insert(at, self.below(256) as u8),
                1 if !input.is_empty() => input[part.start] ^= 1 << self.below(8),
                2 => drop(input.drain(part)),
                3 => {
                    let moved: Vec<u8> = input.drain(part).collect();
                    let at = self.below(input.len() + 1);
                    input.splice(at..at, moved);
                }
                4 | 5 => {
                    let times = (1 + self.below(size)).min(LONGEST / part.len().max(1));
                    let repeated = input[part.clone()].repeat(times);
                    input.splice(part, repeated);
                }
                _ => {
                    drop(input.splice(at..at, other[self.part(other.len(), size)].iter().copied()))
                }
            }
            input.truncate(LONGEST);
        }
        input
    }
}

#[test]
#[ignore = "takes a build with instrumentation: .ci/costliest"]
fn no_search_finds_a_costlier_input_than_the_known_ones() {
    let inputs = std::env::var("PUBNUB_ACCESS_CASES").map_or(5_000, |cases| cases.parse().unwrap());
    let mut excesses = Vec::new();
    for door in doors() {
        // Those whose work is in proportion to the input take little time for each.
        let (cost, input) = door.costliest(if door.per_byte { 20 * inputs } else { inputs });
        assert!(cost > 0.0, "no block is counted: the build lacks the instrumentation");
        let unit = if door.per_byte { "blocks for a byte" } else { "blocks" };
        println!("{:<20} {cost:>14.1} {unit}, at most {}", door.name, door.bound);
        if cost > door.bound {
            excesses.push(format!("{}: {cost:.1} {unit}: {}", door.name, input.escape_ascii()));
        }
    }
    assert!(excesses.is_empty(), "{}", excesses.join("\n"));
}
