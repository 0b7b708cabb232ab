//! The decisions in a second with one thread and with two.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{Case, How, Question};
use crate::peer::Peer;
use crate::peers::{ByHand, Ours};
use crate::results::Stage;

/// A line of the table: peer, stage, and decisions in a second with one thread and with two.
pub struct Throughput {
    pub peer: &'static str,
    pub stage: Stage,
    pub one: f64,
    pub two: f64,
}

/// Returns the decisions in a second of several threads, each with its own token.
fn rate(peer: &dyn Peer, stage: Stage, threads: usize, rounds: u64) -> f64 {
    let barrier = Barrier::new(threads);
    let run = || {
        let case = Case::new(6);
        let question = Question { how: How::Pattern, channel: "room-4711".to_owned() };
        let mut work =
            stage.task(peer, &case, std::slice::from_ref(&question)).expect("a peer that decides");
        assert!(work.once(), "{} grants it", peer.name());
        barrier.wait();
        let start = Instant::now();
        work.repeat(rounds);
        (start, Instant::now())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let count = threads.len() as u64;
        let times: Vec<_> =
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        let start = times.iter().map(|(start, _)| *start).min().expect("a thread");
        let end = times.iter().map(|(_, end)| *end).max().expect("a thread");
        (count * rounds) as f64 / (end - start).as_secs_f64()
    })
}

/// Returns the best of several runs of about this length, with one thread and two in turn.
fn best(peer: &dyn Peer, stage: Stage, length: Duration, runs: usize) -> Throughput {
    let rounds = (rate(peer, stage, 1, 16) * length.as_secs_f64()).ceil() as u64;
    let mut best = Throughput { peer: peer.name(), stage, one: 0.0, two: 0.0 };
    for _ in 0..runs {
        best.one = best.one.max(rate(peer, stage, 1, rounds));
        best.two = best.two.max(rate(peer, stage, 2, rounds));
    }
    best
}

/// Measures the library and the code by hand.
pub fn take(quick: bool) -> Vec<Throughput> {
    let (length, runs) =
        if quick { (Duration::from_micros(100), 1) } else { (Duration::from_millis(30), 20) };
    let stages = [Stage::Cold(How::Pattern), Stage::Warm(How::Pattern)];
    let peers: [&dyn Peer; 2] = [&Ours, &ByHand];
    stages.iter().flat_map(|stage| peers.map(|peer| best(peer, *stage, length, runs))).collect()
}
