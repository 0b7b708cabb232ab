//! How many decisions a second one thread makes, and two.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{Case, How, Question};
use crate::peer::Peer;
use crate::peers::{ByHand, Ours};
use crate::results::Stage;

/// One line of the table: who, what, and decisions a second with one thread and with two.
pub struct Throughput {
    pub peer: &'static str,
    pub stage: Stage,
    pub one: f64,
    pub two: f64,
}

/// Decisions a second of so many threads, each with a token of its own.
fn rate(peer: &dyn Peer, stage: Stage, threads: usize, rounds: u64) -> f64 {
    let barrier = Barrier::new(threads + 1);
    let run = || {
        let case = Case::new(6);
        let question = Question { how: How::Pattern, channel: "room-4711".to_owned() };
        let task =
            if matches!(stage, Stage::Cold(_)) { peer.cold(&case, &question) } else { peer.warm(&case, &question) };
        let mut work = task.expect("a peer that decides");
        assert!(work.once(), "{} grants it", peer.name());
        barrier.wait();
        work.repeat(rounds);
        barrier.wait();
    };
    thread::scope(|scope| {
        (0..threads).for_each(|_| {
            scope.spawn(run);
        });
        barrier.wait();
        let start = Instant::now();
        barrier.wait();
        (threads as u64 * rounds) as f64 / start.elapsed().as_secs_f64()
    })
}

/// The best of several runs of about this long, with one thread and two by turns.
fn best(peer: &dyn Peer, stage: Stage, length: Duration, runs: usize) -> Throughput {
    let rounds = (rate(peer, stage, 1, 16) * length.as_secs_f64()).ceil() as u64;
    let mut best = Throughput { peer: peer.name(), stage, one: 0.0, two: 0.0 };
    for _ in 0..runs {
        best.one = best.one.max(rate(peer, stage, 1, rounds));
        best.two = best.two.max(rate(peer, stage, 2, rounds));
    }
    best
}

/// Measures the library and what is written by hand.
pub fn take(quick: bool) -> Vec<Throughput> {
    let (length, runs) = if quick { (Duration::from_micros(100), 1) } else { (Duration::from_millis(30), 20) };
    let stages = [Stage::Cold(How::Pattern), Stage::Warm(How::Pattern)];
    let peers: [&dyn Peer; 2] = [&Ours, &ByHand];
    stages.iter().flat_map(|stage| peers.map(|peer| best(peer, *stage, length, runs))).collect()
}
