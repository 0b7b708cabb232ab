//! `pubnub-access`: explains what a token of PubNub's Access Manager allows.
//!
//! Exit statuses: 0 allow or success, 1 deny, 3 indeterminate, 2 wrong usage or a token that cannot
//! be decoded.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing
)]

mod args;
mod batch;
mod check;
mod completions;
mod diff;
mod file;
mod grant;
mod inspect;
mod layout;
mod learn;
mod lines;
mod lint;
mod man;
mod operations;
mod output;
mod policy;
mod reach;
mod redact;
mod request;
mod time;
mod token;

use std::process::ExitCode;

use args::{Cli, Command};
use output::Failure;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    output::set_color(cli.color);
    run(&cli).unwrap_or_else(|failure| failure.report(cli.command.wants_json()))
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let success = |()| ExitCode::SUCCESS;
    match &cli.command {
        Command::Inspect(args) => inspect::run(args).map(success),
        Command::Check(args) if args.batch => batch::run(args),
        Command::Check(args) => check::run(args),
        Command::Request(args) => request::run(args),
        Command::Learn(args) => learn::run(args).map(success),
        Command::Grant(args) => grant::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Reach(args) => reach::run(args).map(success),
        Command::Redact(args) => redact::run(args).map(success),
        Command::Operations(args) => operations::run(args).map(success),
        Command::Completions(args) => completions::run(args).map(success),
        Command::Man => man::run().map(success),
    }
}
