//! Runs all peers on all questions, and keeps the costs.

use crate::case::{Case, How, Question, SIZES, Size};
use crate::measure::{Cost, Effort, measure};
use crate::peer::{Peer, Task};
use crate::peers;

/// A stage that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Decode,
    Cold(How),
    Warm(How),
}

impl Stage {
    pub fn task<'a>(self, peer: &dyn Peer, case: &'a Case, questions: &'a [Question]) -> Task<'a> {
        let question = |how| questions.iter().find(|question| question.how == how);
        match self {
            Stage::Decode => peer.decode(case),
            Stage::Cold(how) => peer.cold(case, question(how)?),
            Stage::Warm(how) => peer.warm(case, question(how)?),
        }
    }

    /// Returns the answer that every peer must give.
    fn answer(self) -> bool {
        match self {
            Stage::Decode => true,
            Stage::Cold(how) | Stage::Warm(how) => how != How::Denied,
        }
    }
}

/// The cost of one peer at one stage with one token.
pub struct Entry {
    pub peer: &'static str,
    pub stage: Stage,
    pub entries: usize,
    pub cost: Cost,
}

/// The measurements of decoding and deciding.
pub struct Results {
    pub tokens: Vec<Size>,
    pub all: Vec<Entry>,
}

impl Results {
    /// Measures everything. Every answer is checked before it is timed.
    pub fn take(effort: Effort) -> Self {
        let mut results = Results { tokens: Vec::new(), all: Vec::new() };
        let stages = How::ALL.map(Stage::Cold).into_iter().chain(How::ALL.map(Stage::Warm));
        let stages: Vec<_> = std::iter::once(Stage::Decode).chain(stages).collect();
        for case in SIZES.map(Case::new) {
            results.tokens.push(case.size());
            for stage in &stages {
                results.stage(&case, *stage, effort);
            }
        }
        results
    }

    fn stage(&mut self, case: &Case, stage: Stage, effort: Effort) {
        let questions = case.questions();
        let tasks =
            peers::ALL.iter().map(|peer| (peer.name(), stage.task(*peer, case, &questions)));
        let (names, mut works): (Vec<_>, Vec<_>) =
            tasks.filter_map(|(name, task)| Some((name, task?))).unzip();
        for (name, work) in names.iter().zip(&mut works) {
            assert_eq!(
                work.once(),
                stage.answer(),
                "{name} at {stage:?} with {} entries",
                case.entries
            );
        }
        let costs = measure(&mut works, effort);
        self.all.extend(names.into_iter().zip(costs).map(|(peer, cost)| Entry {
            peer,
            stage,
            entries: case.entries,
            cost,
        }));
    }

    pub fn cost(&self, peer: &str, stage: Stage, entries: usize) -> Option<Cost> {
        let same =
            |entry: &&Entry| entry.peer == peer && entry.stage == stage && entry.entries == entries;
        self.all.iter().find(same).map(|entry| entry.cost)
    }

    /// The peers that take part in a stage, in the order of the tables.
    pub fn peers(&self, stage: Stage) -> Vec<&'static str> {
        let names = peers::ALL.iter().map(|peer| peer.name());
        names
            .filter(|name| self.all.iter().any(|entry| entry.peer == *name && entry.stage == stage))
            .collect()
    }

    /// Returns a peer's cost as a multiple of ours, by one of the figures.
    pub fn ratio(
        &self,
        peer: &str,
        stage: Stage,
        entries: usize,
        figure: fn(&Cost) -> f64,
    ) -> Option<f64> {
        let ours = self.cost(peers::OURS, stage, entries)?;
        Some(figure(&self.cost(peer, stage, entries)?) / figure(&ours))
    }
}
