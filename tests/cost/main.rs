//! Counts the cost of the library's work, instead of timing it: the peak of heap memory and the
//! instructions, for the costliest known inputs. The cost for each byte of an input has a bound,
//! and twice the input may cost at most twice as much.
//!
//! Every `cargo test` counts the heap. Valgrind counts instructions, in an optimised build: `cargo
//! test --release --all-features --test cost -- --ignored --exact
//! instructions_are_in_proportion_to_the_input`.
#![cfg(all(feature = "mint", feature = "grant", feature = "gateway", feature = "revocation"))]

mod allocations;
mod audit;
mod collisions;
mod costliest;
#[allow(dead_code, reason = "the bytes asked for in all matter to benchmarks")]
mod counting;
mod decide;
mod decode;
mod doors;
mod grant;
mod hostile;
mod make;
mod route;
mod steps;
mod work;

use std::fs;
use std::process::Command;

/// A sort of input, with bounds on its cost.
struct Case {
    name: &'static str,
    /// The first size; twice and four times as much follow.
    size: usize,
    /// The most instructions for each unit.
    instructions: u64,
    /// The most bytes of heap for each unit.
    heap: u64,
    /// True if a unit may cost more in a larger input, up to the bound.
    grows: bool,
    make: fn(usize) -> Task,
}

/// An input of some size, and the work on it.
struct Task {
    /// The number of units: mostly the bytes of the input.
    units: usize,
    run: Box<dyn Fn()>,
}

impl Task {
    fn new<T>(units: usize, run: impl Fn() -> T + 'static) -> Self {
        Task { units, run: Box::new(move || drop(std::hint::black_box(run()))) }
    }
}

/// Creates a case in which a unit costs no more in a larger input.
fn case(
    name: &'static str,
    size: usize,
    instructions: u64,
    heap: u64,
    make: fn(usize) -> Task,
) -> Case {
    Case { name, size, instructions, heap, grows: false, make }
}

/// Creates a case in which a unit may cost more in a larger input, up to the bound.
fn capped(
    name: &'static str,
    size: usize,
    instructions: u64,
    heap: u64,
    make: fn(usize) -> Task,
) -> Case {
    Case { grows: true, ..case(name, size, instructions, heap, make) }
}

impl Case {
    fn sizes(&self) -> [usize; 3] {
        [self.size, 2 * self.size, 4 * self.size]
    }
}

/// The cases, or those with a word in their name: `PUBNUB_ACCESS_CASE=lint`.
fn cases() -> Vec<Case> {
    let wanted = std::env::var("PUBNUB_ACCESS_CASE").unwrap_or_default();
    let all = [
        decode::cases(),
        decide::cases(),
        doors::cases(),
        audit::cases(),
        route::cases(),
        grant::cases(),
    ];
    all.into_iter().flatten().filter(|case| case.name.contains(&wanted)).collect()
}

/// Memory that is allocated once, whatever the size.
const HEAP_BASE: u64 = 8 << 10;

#[test]
fn heap_is_in_proportion_to_the_input() {
    let mut excesses = Vec::new();
    for case in cases() {
        for size in case.sizes() {
            let Task { units, run } = (case.make)(size);
            let ((), count) = counting::count(&run);
            println!(
                "{:<60} {:>9.2} bytes for each of {units}",
                case.name,
                count.peak as f64 / units as f64
            );
            if count.peak > case.heap * units as u64 + HEAP_BASE {
                excesses.push(format!(
                    "{}: {} bytes for {units} units, at most {} each",
                    case.name, count.peak, case.heap
                ));
            }
        }
    }
    assert!(excesses.is_empty(), "{}", excesses.join("\n"));
}

/// The measured function, which valgrind finds by its name.
#[inline(never)]
fn measured_by_valgrind(run: &dyn Fn()) {
    run();
}

/// Runs every case in every size under valgrind.
#[test]
#[ignore = "run under valgrind by the next test"]
fn every_case_runs_once() {
    // The first run is not counted, since some things are set up only once.
    let first = (cases()[0].make)(1);
    (first.run)();
    for case in cases() {
        for size in case.sizes() {
            let task = (case.make)(size);
            // Makes the allocator tidy up now, so that garbage from making the input is not
            // counted.
            drop(std::hint::black_box(Vec::<u8>::with_capacity(64 << 10)));
            measured_by_valgrind(&task.run);
        }
    }
}

#[test]
#[ignore = "takes valgrind, a build with optimisations and some minutes: .ci/instructions"]
fn instructions_are_in_proportion_to_the_input() {
    if cfg!(debug_assertions) {
        panic!("the bounds are those of a build with optimisations: use --release");
    }
    let counted = count_instructions();
    let cases = cases();
    assert_eq!(counted.len(), 3 * cases.len(), "valgrind counted something else");
    let mut excesses = Vec::new();
    for (case, counted) in cases.iter().zip(counted.chunks_exact(3)) {
        let units = case.sizes().map(|size| (case.make)(size).units as f64);
        let each: Vec<f64> =
            counted.iter().zip(units).map(|(count, units)| *count as f64 / units).collect();
        println!("{:<60} {:>9.1} {:>9.1} {:>9.1} for a unit", case.name, each[0], each[1], each[2]);
        if each.iter().any(|each| *each > case.instructions as f64) {
            excesses.push(format!(
                "{}: {each:.1?} instructions for a unit, at most {}",
                case.name, case.instructions
            ));
        }
        // Sorting and searching cost somewhat more for each item if there are more items. The
        // allocator may be cheaper for one size, which says nothing about the next.
        let grown = each[1] > 1.15 * each[0] || each[2] > 1.15 * each[0].max(each[1]);
        if !case.grows && grown {
            excesses.push(format!(
                "{}: a unit costs the more, the more there are: {each:.1?}",
                case.name
            ));
        }
    }
    let of = |name| {
        cases
            .iter()
            .zip(counted.chunks_exact(3))
            .find(|(case, _)| case.name == name)
            .map(|(_, of)| of)
    };
    if let (Some(one), Some(many)) = (of(doors::ONE_NAME), of(doors::MANY_NAMES)) {
        if one.iter().zip(many).any(|(one, many)| *many > 10 * one) {
            excesses.push(format!("{}: {many:?} instructions, {one:?} for one", doors::MANY_NAMES));
        }
    }
    assert!(excesses.is_empty(), "{}", excesses.join("\n"));
}

/// Runs [`every_case_runs_once`] under valgrind, and returns the instructions of each measured
/// call.
fn count_instructions() -> Vec<u64> {
    const MEASURED: &str = "cost::measured_by_valgrind";
    let file = std::env::temp_dir().join(format!("pubnub-access-cost-{}", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--combine-dumps=yes"])
        .args([format!("--toggle-collect={MEASURED}"), format!("--dump-after={MEASURED}")])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "every_case_runs_once", "--ignored", "--test-threads=1", "--quiet"])
        .status()
        .expect("valgrind is installed");
    let dumps = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert!(status.success(), "the cases failed under valgrind");
    let totals = dumps.lines().filter_map(|line| line.strip_prefix("totals: "));
    let mut counted: Vec<u64> = totals.map(|total| total.trim().parse().unwrap()).collect();
    // The last dump is that of the end, after the last call.
    assert_eq!(counted.pop(), Some(0));
    counted
}
