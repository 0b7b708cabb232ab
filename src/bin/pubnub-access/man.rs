//! `man`: one man page with all commands and their options.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::{EXAMPLES, EXIT_STATUS, command};
use crate::output::{Failure, print_raw};

pub fn run() -> Result<(), Failure> {
    // Writing to memory cannot fail.
    let page = page().map_err(|error| Failure::of_output(&error))?;
    print_raw(&page)
}

fn page() -> io::Result<Vec<u8>> {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]);
    command.get_subcommands().for_each(|subcommand| usage(subcommand, &mut synopsis));
    synopsis.to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut commands = Roff::new();
    commands.control("SH", ["COMMANDS"]);
    commands.to_writer(&mut page)?;
    for subcommand in command.get_subcommands() {
        section(subcommand, &mut page)?;
    }
    closing().to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// Writes the section of one command, a level below the page's own.
fn section(subcommand: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let mut heading = Roff::new();
    heading.control("SS", [subcommand.get_name()]);
    usage(subcommand, &mut heading);
    heading.control("PP", []);
    heading.to_writer(page)?;
    // Options that all commands have are described once.
    let man = Man::new(subcommand.clone().mut_args(|arg| {
        let common = ["help", "color"].contains(&arg.get_id().as_str());
        arg.hide(common)
    }));
    let mut body = Vec::new();
    man.render_description_section(&mut body)?;
    man.render_options_section(&mut body)?;
    let body = String::from_utf8_lossy(&body)
        .replace(".SH DESCRIPTION\n", "")
        .replace(".SH OPTIONS\n", ".PP\n")
        .replace(".SH ", ".PP\n.B ");
    page.extend_from_slice(body.as_bytes());
    let mut after = Roff::new();
    after.control("PP", []);
    after.control("nf", []);
    let help = subcommand.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    help.trim_end().lines().for_each(|line| {
        after.text([roman(line)]);
    });
    after.control("fi", []);
    after.to_writer(page)?;
    Ok(())
}

/// Writes the ways to call a command, one on each line.
fn usage(subcommand: &Command, roff: &mut Roff) {
    let usage = subcommand.clone().render_usage().to_string();
    for line in usage.trim_start_matches("Usage: ").lines() {
        roff.text([bold(line.trim())]);
        roff.control("br", []);
    }
}

fn closing() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in EXIT_STATUS {
        roff.control("TP", []);
        roff.text([bold(status)]);
        roff.text([roman(meaning)]);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    for (variable, meaning) in ENVIRONMENT {
        roff.control("TP", []);
        roff.text([bold(variable)]);
        roff.text([roman(meaning)]);
    }
    roff.control("SH", ["EXAMPLES"]);
    for (example, purpose) in EXAMPLES {
        roff.control("TP", []);
        roff.text([bold(example)]);
        roff.text([roman(purpose)]);
    }
    roff
}

const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "PUBNUB_TOKEN",
        "the token, where none is given as an argument; white space at its ends is dropped",
    ),
    ("NO_COLOR", "where it is set to anything, no colours are used"),
];
