//! Measures times, in many short samples of all peers in turn, so that noise affects all alike.

use std::time::{Duration, Instant};

use crate::counting::{Count, count};
use crate::peer::Work;

/// The time to spend on a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The least length of one sample.
    sample: Duration,
    /// The number of samples of each task, if they fit the budget.
    samples: usize,
    /// The most time for one task in all, except for the first few samples.
    budget: Duration,
}

impl Effort {
    pub const FULL: Effort = Effort {
        sample: Duration::from_micros(200),
        samples: 250,
        budget: Duration::from_millis(400),
    };
    pub const QUICK: Effort =
        Effort { sample: Duration::from_micros(20), samples: 3, budget: Duration::from_millis(1) };
    /// The least number of samples, even if a single one exceeds the budget.
    const LEAST: usize = 3;
}

/// The cost of one call of a task.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The fastest sample, in nanoseconds: the cost without interference.
    pub min: f64,
    /// The median, in nanoseconds.
    pub median: f64,
    pub count: Count,
}

impl Cost {
    pub fn min(&self) -> f64 {
        self.min
    }

    pub fn median(&self) -> f64 {
        self.median
    }
}

struct Running<'t, 'a> {
    work: &'t mut Box<dyn Work + 'a>,
    rounds: u64,
    count: Count,
    spent: Duration,
    samples: Vec<f64>,
}

impl<'t, 'a> Running<'t, 'a> {
    fn new(work: &'t mut Box<dyn Work + 'a>, effort: Effort) -> Self {
        // Work that happens only once, such as building tables at the first call, is not measured.
        work.once();
        let (_, count) = count(|| work.once());
        let mut running =
            Running { work, rounds: 1, count, spent: Duration::ZERO, samples: Vec::new() };
        while running.time() < effort.sample {
            running.rounds *= 2;
        }
        running
    }

    fn time(&mut self) -> Duration {
        let start = Instant::now();
        self.work.repeat(self.rounds);
        start.elapsed()
    }

    fn sample(&mut self, effort: Effort) {
        if self.spent < effort.budget || self.samples.len() < Effort::LEAST {
            let time = self.time();
            self.spent += time;
            self.samples.push(time.as_nanos() as f64 / self.rounds as f64);
        }
    }

    fn cost(mut self) -> Cost {
        self.samples.sort_by(f64::total_cmp);
        let at = |position: usize| self.samples.get(position).copied().unwrap_or(f64::NAN);
        Cost { min: at(0), median: at(self.samples.len() / 2), count: self.count }
    }
}

/// Measures tasks side by side, and returns their costs in the same order.
pub fn measure(works: &mut [Box<dyn Work + '_>], effort: Effort) -> Vec<Cost> {
    let mut running: Vec<_> = works.iter_mut().map(|work| Running::new(work, effort)).collect();
    for turn in 0..effort.samples {
        // Each task goes first in its turn, so that not always the same one follows a peer that
        // empties caches.
        let first = turn % running.len().max(1);
        let (earlier, later) = running.split_at_mut(first);
        later.iter_mut().chain(earlier).for_each(|task| task.sample(effort));
    }
    running.into_iter().map(Running::cost).collect()
}
