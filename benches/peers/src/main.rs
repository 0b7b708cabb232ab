//! Compares `pubnub-access` with other software that can answer its questions, in one run on
//! identical questions.
//!
//! Prints tables of ratios. `--table FILE` and `--plot FILE` write the tables and a plot (SVG) to
//! files; `--quick` takes few samples, to check only that every peer still answers correctly.

mod case;
mod counting;
mod hostile;
mod measure;
mod peer;
mod peers;
mod plot;
mod report;
mod results;
mod threads;

use std::process::{Command, ExitCode};
use std::{env, fs, io};

use measure::Effort;
use plot::Plot;
use report::Report;
use results::Results;

#[derive(Default)]
struct Options {
    quick: bool,
    table: Option<String>,
    plot: Option<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            let mut file =
                || arguments.next().ok_or(format!("{argument} takes the name of a file"));
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--table" => options.table = Some(file()?),
                "--plot" => options.plot = Some(file()?),
                _ => {
                    return Err(format!(
                        "unknown argument {argument}: use --quick, --table FILE, --plot FILE"
                    ));
                }
            }
        }
        Ok(options)
    }
}

/// Returns the names of the processor and the compiler, as far as they are known.
fn measured_on() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = model.map_or("an unknown processor", |(_, model)| model);
    let version = Command::new("rustc").arg("--version").output();
    let compiler =
        version.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let compiler =
        compiler.split(" (").next().filter(|name| !name.is_empty()).unwrap_or("an unknown rustc");
    format!("{processor}, {compiler}")
}

fn run(options: &Options) -> io::Result<()> {
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let results = Results::take(effort);
    let throughput = threads::take(options.quick);
    let hostile = hostile::take(effort, options.quick);
    let measured_on = measured_on();
    let report = Report {
        results: &results,
        throughput: &throughput,
        hostile: &hostile,
        measured_on: &measured_on,
    };
    let report = report.to_string();
    print!("{report}");
    options.table.as_ref().map_or(Ok(()), |file| fs::write(file, report))?;
    options.plot.as_ref().map_or(Ok(()), |file| fs::write(file, Plot(&results).to_string()))
}

fn main() -> ExitCode {
    let outcome = Options::parse(env::args().skip(1)).and_then(|options| {
        run(&options).map_err(|error| format!("the results cannot be written: {error}"))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
