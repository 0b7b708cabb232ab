//! `completions`: the completion script for a shell.

use clap_complete::generate;

use crate::args::{CompletionsArgs, command};
use crate::output::{Failure, print_raw};

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "pubnub-access", &mut script);
    print_raw(&script)
}
