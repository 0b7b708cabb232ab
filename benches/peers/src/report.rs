//! The tables, in Markdown: ratios, with absolute times only in the last columns.

use std::fmt;

use crate::case::{How, SIZES, Size};
use crate::counting::Count;
use crate::hostile::{Decided, NAMES};
use crate::measure::Cost;
use crate::peers::{BUILDING, BY_HAND, ENGINES, FLOOR, OURS, PREPARED, PUBNUB};
use crate::results::{Results, Stage};
use crate::threads::Throughput;

/// The size whose absolute figures are shown: a typical token.
const TYPICAL: usize = 6;

/// Everything that was measured.
pub struct Report<'a> {
    pub results: &'a Results,
    pub throughput: &'a [Throughput],
    pub hostile: &'a [Decided],
    /// The processor and the compiler.
    pub measured_on: &'a str,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Measured in one run, all peers in turn, on {}.", self.measured_on)?;
        writeln!(
            f,
            "A cell is a peer's cost as a multiple of `{OURS}`'s at the same number of entries (medians)."
        )?;
        self.stage(f, "Decode: text to token", Stage::Decode)?;
        for how in How::ALL.iter().copied() {
            self.stage(f, &format!("Cold, {}: text to verdict", how.name()), Stage::Cold(how))?;
        }
        writeln!(
            f,
            "\nCedar, Rego and Casbin have no tokens: their cold decisions start from decoded grants."
        )?;
        for how in How::ALL.iter().copied() {
            self.stage(
                f,
                &format!("Warm, {}: decoded token to verdict", how.name()),
                Stage::Warm(how),
            )?;
        }
        self.fastest(f)?;
        self.threads(f)?;
        self.growth(f)?;
        self.hostile(f)?;
        self.reach(f)
    }
}

impl Report<'_> {
    fn stage(&self, f: &mut fmt::Formatter<'_>, title: &str, stage: Stage) -> fmt::Result {
        let sizes = SIZES.iter().filter(|size| self.results.cost(OURS, stage, **size).is_some());
        let sizes: Vec<usize> = sizes.copied().collect();
        write!(f, "\n### {title}\n\n| entries |")?;
        sizes.iter().try_for_each(|size| write!(f, " {size} |"))?;
        writeln!(f, " at {TYPICAL}: fastest, median | allocations at {TYPICAL} |")?;
        writeln!(f, "|---|{}", "--:|".repeat(sizes.len() + 2))?;
        for peer in self.results.peers(stage) {
            write!(f, "| {peer} |")?;
            for size in &sizes {
                match self.ratio(peer, stage, *size) {
                    Some(ratio) => write!(f, " {} |", Ratio(ratio))?,
                    None => write!(f, " |")?,
                }
            }
            match self.results.cost(peer, stage, TYPICAL) {
                Some(cost) => {
                    writeln!(
                        f,
                        " {}, {} | {} |",
                        Time(cost.min),
                        Time(cost.median),
                        cost.count.allocations
                    )?;
                }
                None => writeln!(f, " | |")?,
            }
        }
        Ok(())
    }

    /// Returns a peer's cost as a multiple of ours.
    fn ratio(&self, peer: &str, stage: Stage, entries: usize) -> Option<f64> {
        self.results.ratio(peer, stage, entries, Cost::median)
    }

    /// Writes how far the ratios would differ if the fastest samples were compared.
    fn fastest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.results.all.iter().filter(|entry| entry.peer != OURS);
        let differences = others.filter_map(|entry| {
            let by = |figure| self.results.ratio(entry.peer, entry.stage, entry.entries, figure);
            Some((by(Cost::min)? / by(Cost::median)? - 1.0).abs())
        });
        let mut differences: Vec<f64> = differences.collect();
        differences.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            100.0 * differences.get(differences.len() * percent / 100).unwrap_or(&f64::NAN)
        };
        let (middle, most) = (at(50), at(95));
        writeln!(
            f,
            "\nRatios of the fastest samples differ from these by {middle:.0} % in the middle and by {most:.0} % or \
             less in 95 of 100."
        )
    }

    fn threads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n### Threads: decisions a second, {TYPICAL} entries, by pattern\n")?;
        writeln!(f, "| | 1 thread | 2 threads | gain |\n|---|--:|--:|--:|")?;
        for Throughput { peer, stage, one, two } in self.throughput {
            let stage = if matches!(stage, Stage::Cold(_)) { "cold" } else { "warm" };
            writeln!(
                f,
                "| {stage}: {peer} | {:.2} M | {:.2} M | {:.2} |",
                one / 1e6,
                two / 1e6,
                two / one
            )?;
        }
        Ok(())
    }

    fn growth(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n### Growth: time per entry at 950 entries, over that at 25\n\n| | decode | cold, explicit |"
        )?;
        writeln!(f, "|---|--:|--:|")?;
        for peer in self.results.peers(Stage::Cold(How::Explicit)) {
            write!(f, "| {peer} |")?;
            for stage in [Stage::Decode, Stage::Cold(How::Explicit)] {
                match self.growth_of(peer, stage) {
                    Some(growth) => write!(f, " {growth:.2} |")?,
                    None => write!(f, " |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn growth_of(&self, peer: &str, stage: Stage) -> Option<f64> {
        let each = |size: usize| Some(self.results.cost(peer, stage, size)?.min / size as f64);
        Some(each(950)? / each(25)?)
    }

    fn hostile(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n### Hostile tokens of 32 KiB: cold decision, as a multiple of a benign one of the same size\n"
        )?;
        writeln!(
            f,
            "| token | {OURS} | fastest, median | allocations | verdict | {NAMES} channels | by hand | |"
        )?;
        writeln!(f, "|---|--:|--:|--:|---|--:|--:|--:|")?;
        for decided in self.hostile {
            let Decided { name, verdict, cost, by_hand, .. } = decided;
            let (ratio, allocations) = (
                Ratio(self.times_benign(decided, |decided| &decided.cost)),
                cost.count.allocations,
            );
            let many = Ratio(self.times_benign(decided, |decided| &decided.many));
            let times = format!("{}, {}", Time(cost.min), Time(cost.median));
            write!(f, "| {name} | {ratio} | {times} | {allocations} | {verdict:?} | {many} |")?;
            let benign = self.hostile.first().map_or(f64::NAN, |decided| decided.by_hand);
            writeln!(f, " {} | {} |", Ratio(by_hand / benign), Time(*by_hand))?;
        }
        Ok(())
    }

    fn times_benign(&self, decided: &Decided, of: fn(&Decided) -> &Cost) -> f64 {
        of(decided).min / self.hostile.first().map_or(f64::NAN, |benign| of(benign).min)
    }

    fn reach(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n### What was aimed at\n\n| | aim | reached | |\n|---|--:|--:|---|")?;
        self.reach_decode(f)?;
        self.reach_cold(f)?;
        self.reach_warm(f)?;
        self.reach_bounds(f)?;
        write!(f, "\n{}", include_str!("../missed.md"))
    }

    fn reach_decode(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = |peer: &str, size| self.ratio(peer, Stage::Decode, size).unwrap_or(f64::NAN);
        for (size, aim) in [(6, 20.0), (220, 15.0), (950, 12.0)] {
            let what = format!("decode, {size} entries: times as fast as `pubnub::parse_token`");
            at_least(f, &what, aim, ratio(PUBNUB, size))?;
        }
        for (size, aim) in [(6, 2.5), (950, 6.0)] {
            at_most(
                f,
                &format!("decode, {size} entries: times the floor"),
                aim,
                1.0 / ratio(FLOOR, size),
            )?;
        }
        Ok(())
    }

    fn reach_cold(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (explicit, pattern) = (Stage::Cold(How::Explicit), Stage::Cold(How::Pattern));
        at_most(
            f,
            "cold by pattern: times a cold explicit one",
            1.6,
            self.ours(pattern) / self.ours(explicit),
        )
    }

    fn reach_warm(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (explicit, pattern) = (Stage::Warm(How::Explicit), Stage::Warm(How::Pattern));
        for size in [6, 950] {
            let ratio = 1.0 / self.ratio(BY_HAND, explicit, size).unwrap_or(f64::NAN);
            at_most(f, &format!("warm, explicit, {size} entries: times by hand"), 1.0, ratio)?;
        }
        let building = self.ratio(BUILDING, explicit, TYPICAL).unwrap_or(f64::NAN) - 1.0;
        at_most(f, "building the request: times a warm, explicit decision", 0.5, building)?;
        let cost =
            |peer| self.results.cost(peer, pattern, TYPICAL).map_or(f64::NAN, |cost| cost.min);
        at_most(
            f,
            "warm, by pattern, prepared: times by hand",
            1.0,
            cost(PREPARED) / cost(BY_HAND),
        )?;
        // The engines have parsed their policies, as a prepared token has compiled its patterns.
        for (what, ours) in [("prepared", PREPARED), ("not even prepared", OURS)] {
            let what = format!("warm, {what}: times as fast as the fastest policy engine");
            at_least(f, &what, 20.0, self.over_the_fastest_engine(ours))?;
        }
        let costs =
            How::ALL.iter().filter_map(|how| self.results.cost(OURS, Stage::Warm(*how), TYPICAL));
        at_most(f, "warm: allocations", 0.0, costs.map(|cost| cost.count.allocations as f64).sum())
    }

    /// Returns the least factor by which the fastest engine takes longer for a warm decision.
    fn over_the_fastest_engine(&self, ours: &str) -> f64 {
        let least =
            How::ALL.iter().flat_map(|how| ENGINES.map(|engine| (engine, Stage::Warm(*how))));
        let ratios = least.filter_map(|(engine, stage)| {
            let cost = |peer| self.results.cost(peer, stage, TYPICAL);
            Some(cost(engine)?.min / cost(ours)?.min)
        });
        ratios.fold(f64::NAN, f64::min)
    }

    fn reach_bounds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let growth = self.growth_of(OURS, Stage::Decode).unwrap_or(f64::NAN);
        at_most(f, "decode: time per entry at 950, over that at 25", 1.5, growth)?;
        let worst = |of: fn(&Decided) -> &Cost| {
            self.hostile
                .iter()
                .map(|decided| self.times_benign(decided, of))
                .fold(f64::NAN, f64::max)
        };
        at_most(f, "hostile tokens: times a benign one", 4.0, worst(|decided| &decided.cost))?;
        at_most(
            f,
            &format!("the same, {NAMES} channels at once"),
            10.0,
            worst(|decided| &decided.many),
        )?;
        let count =
            |token: &Size| Some(self.results.cost(OURS, Stage::Decode, token.entries)?.count);
        let counts = self.results.tokens.iter().filter_map(|token| Some((token, count(token)?)));
        let allocations = counts.clone().map(|(_, count)| count.allocations).max();
        at_most(f, "decode: allocations", 3.0, allocations.map_or(f64::NAN, |count| count as f64))?;
        let share = |token: &Size, count: Count| {
            count.peak as f64 / (2 * token.cbor + 24 * token.entries) as f64
        };
        let heap = counts.map(|(token, count)| share(token, count)).fold(f64::NAN, f64::max);
        at_most(f, "decode: heap, over twice the CBOR and 24 bytes an entry", 1.0, heap)
    }

    /// Our cost at the typical size.
    fn ours(&self, stage: Stage) -> f64 {
        self.results.cost(OURS, stage, TYPICAL).map_or(f64::NAN, |cost| cost.min)
    }
}

fn at_least(f: &mut fmt::Formatter<'_>, what: &str, aim: f64, reached: f64) -> fmt::Result {
    writeln!(f, "| {what} | ≥ {aim} | {} | {} |", Ratio(reached), yes_or_no(reached >= aim))
}

fn at_most(f: &mut fmt::Formatter<'_>, what: &str, aim: f64, reached: f64) -> fmt::Result {
    writeln!(f, "| {what} | ≤ {aim} | {} | {} |", Ratio(reached), yes_or_no(reached <= aim))
}

fn yes_or_no(is_reached: bool) -> &'static str {
    if is_reached { "yes" } else { "**no**" }
}

/// A multiple, in about three digits.
struct Ratio(f64);

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ratio if ratio < 10.0 => write!(f, "{ratio:.2}"),
            ratio if ratio < 100.0 => write!(f, "{ratio:.1}"),
            ratio => write!(f, "{ratio:.0}"),
        }
    }
}

/// A time in a suitable unit, given in nanoseconds.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ns if ns < 100.0 => write!(f, "{ns:.1} ns"),
            ns if ns < 1e4 => write!(f, "{ns:.0} ns"),
            ns if ns < 1e7 => write!(f, "{:.1} µs", ns / 1e3),
            ns => write!(f, "{:.1} ms", ns / 1e6),
        }
    }
}
