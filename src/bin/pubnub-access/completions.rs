//! `completions`: the completion script for a shell.

use clap_complete::{Shell, generate};

use crate::args::{CompletionsArgs, command};
use crate::output::{Failure, print_raw};

/// The command's own label in the script for bash, as its cases have it and as they should.
const BASH_LABELS: (&str, &str) = ("pubnub__subcmd__access__subcmd__", "pubnub__access__subcmd__");

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "pubnub-access", &mut script);
    if args.shell == Shell::Bash {
        // clap_complete 4.6 takes the hyphen of the command's name for the end of a command, and
        // completes nothing behind it.
        let (wrong, right) = BASH_LABELS;
        script = String::from_utf8_lossy(&script).replace(wrong, right).into_bytes();
    }
    print_raw(&script)
}
