//! `redact`: a token to share in a ticket.

use pubnub_access::json::redact;

use crate::args::{Format, RedactArgs};
use crate::output::{Failure, note, print_json, print_raw};
use crate::token;

pub fn run(args: &RedactArgs) -> Result<(), Failure> {
    let redacted = redact(&token::read(&args.token)?, args.names)?;
    if args.format.format == Format::Json {
        return print_json(&redacted);
    }
    print_raw(format!("{}\n", redacted.token).as_bytes())?;
    if redacted.kept > 0 {
        note(&format!(
            "{} names stay as they are: no other name is matched by the same patterns",
            redacted.kept
        ));
    }
    if !args.names {
        note("names and user ids stand in it as they are: --names replaces them");
    }
    Ok(())
}
