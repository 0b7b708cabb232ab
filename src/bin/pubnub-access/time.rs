//! Times: read as Unix seconds or RFC 3339, written as RFC 3339 in UTC, and the clock of the
//! system.

use jiff::Timestamp;

/// What people give when they have milliseconds: as seconds, these times are tens of thousands of
/// years away.
const MILLISECONDS: std::ops::Range<u64> = 1_000_000_000_000..100_000_000_000_000;

/// The time of the system's clock, in Unix seconds.
pub fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or_default()
}

/// Reads Unix seconds or an RFC 3339 time.
pub fn parse_time(text: &str) -> Result<u64, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(time) if MILLISECONDS.contains(&time) => {
                Err("this looks like milliseconds, and seconds are expected".into())
            }
            Ok(time) => Ok(time),
            Err(_) => Err("it is later than any time that can be told".into()),
        };
    }
    let expected = || String::from("expected Unix seconds or a time such as 2026-01-31T12:00:00Z");
    if text.contains('[') {
        // The name of a time zone is no part of RFC 3339.
        return Err(expected());
    }
    if text.starts_with('-')
        && text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err("it is before 1970".into());
    }
    let time: Timestamp = text.parse().map_err(|_| expected())?;
    u64::try_from(time.as_second()).map_err(|_| String::from("it is before 1970"))
}

/// Writes Unix seconds as RFC 3339 in UTC.
pub fn rfc3339(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(
        || format!("{seconds} Unix seconds, after the year 9999"),
        |time| time.to_string(),
    )
}
