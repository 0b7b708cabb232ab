//! Prints who may use a token, until when, and what it grants.
//!
//! ```sh
//! cargo run --example inspect < testdata/sample.token
//! ```

use std::error::Error;
use std::fmt::Write;

use pubnub_access::UnverifiedToken;

/// Describes a token, with one fact on each line.
fn describe(text: &str) -> Result<String, Box<dyn Error>> {
    let token = UnverifiedToken::parse(text.trim())?;
    let mut out = String::new();
    writeln!(out, "user: {}", token.authorized_user().unwrap_or("anybody"))?;
    writeln!(out, "expires: {} (Unix seconds)", token.expires_at())?;
    for (kind, entries) in token.resources().iter() {
        for entry in entries {
            writeln!(out, "{kind} {}: {}", entry.name, entry.permissions)?;
        }
    }
    for (kind, patterns) in token.patterns().iter() {
        for pattern in patterns {
            writeln!(out, "every {kind} that matches {}: {}", pattern.name, pattern.permissions)?;
        }
    }
    Ok(out)
}

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", describe(&std::io::read_to_string(std::io::stdin())?)?);
    Ok(())
}

#[test]
fn the_sample_token_is_described() {
    let description = describe(include_str!("../testdata/sample.token")).unwrap();
    assert_eq!(
        description,
        "user: alice\n\
         expires: 1700003600 (Unix seconds)\n\
         channel room-1: read, write\n\
         channel room-1-pnpres: read\n\
         group lobby: read\n\
         uuid alice: get, update\n\
         every channel that matches ^room-[0-9]+$: read\n"
    );
}
