//! `completions`: the completion script for a shell.

use clap_complete::{Shell, generate};

use crate::args::{CompletionsArgs, command};
use crate::output::{Failure, print_raw};

/// The label of the command in the cases of bash's script: the wrong one, and the right one.
const BASH_LABELS: (&str, &str) = ("pubnub__subcmd__access__subcmd__", "pubnub__access__subcmd__");

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "pubnub-access", &mut script);
    if args.shell == Shell::Bash {
        // clap_complete 4.6 takes the hyphen in the command's name for a separator of commands, and
        // then completes nothing.
        let (wrong, right) = BASH_LABELS;
        script = String::from_utf8_lossy(&script).replace(wrong, right).into_bytes();
    }
    print_raw(&script)
}
