//! Times as people write them: Unix seconds or RFC 3339.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

use crate::arithmetic::CannotOverflow;

/// Numbers that are taken for milliseconds: as seconds, they would be tens of thousands of years
/// away.
const MILLISECONDS: Range<u64> = 1_000_000_000_000..100_000_000_000_000;

const EXPECTED: &str = "expected Unix seconds or a time such as 2026-01-31T12:00:00Z";
const BEFORE_1970: &str = "it is before 1970";

const SECONDS_A_DAY: u64 = 86_400;

/// The days of 400 years, after which the calendar repeats itself.
const DAYS_OF_ERA: u64 = 146_097;

/// The days from the first of March of the year 0 to the first of January 1970.
const DAYS_TO_1970: u64 = 719_468;

/// Reads Unix seconds or an RFC 3339 time.
///
/// ```
/// use pubnub_access::json::parse_time;
///
/// assert_eq!(parse_time("1700000000"), Ok(1_700_000_000));
/// assert_eq!(parse_time("2023-11-14T23:13:20+01:00"), Ok(1_700_000_000));
/// assert!(parse_time("tomorrow").is_err());
/// ```
///
/// # Errors
/// Any other text, a time before 1970, and milliseconds. The error says what was expected.
pub fn parse_time(text: &str) -> Result<u64, &'static str> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !text.is_empty() && is_digits(text) {
        return match text.parse() {
            Ok(time) if MILLISECONDS.contains(&time) => {
                Err("this looks like milliseconds, and seconds are expected")
            }
            Ok(time) => Ok(time),
            Err(_) => Err("it is beyond the times that can be represented"),
        };
    }
    if text.strip_prefix('-').is_some_and(is_digits) {
        return Err(BEFORE_1970);
    }
    rfc3339_seconds(text).ok_or(EXPECTED)?.ok_or(BEFORE_1970)
}

/// Returns the seconds since 1970 of an RFC 3339 time; the inner `None` stands for a time before
/// that.
fn rfc3339_seconds(text: &str) -> Option<Option<u64>> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, zone) = rest.split_at_checked(9)?;
    let [year, month, day] = numbers(date, '-')?;
    if !time.starts_with(['T', 't', ' ']) {
        return None;
    }
    let [hour, minute, second] = numbers(time.get(1..)?, ':')?;
    let zone = match zone.strip_prefix('.') {
        Some(rest) => {
            let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == rest.len() {
                return None;
            }
            zone
        }
        None => zone,
    };
    let days_of_month = days_of_month(year, month)?;
    // The 60th second is a leap second, which Unix time counts as the one before.
    if !(1..=days_of_month).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = match zone {
        "Z" | "z" => 0,
        zone => {
            let [hours, minutes] = numbers(zone.get(1..)?, ':')?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            hours.times(3_600).plus(minutes.times(60))
        }
    };
    let local = days_from_era(year, month, day)
        .times(SECONDS_A_DAY)
        .plus(hour.times(3_600).plus(minute.times(60)).plus(second.min(59)));
    let since_era = match zone.as_bytes().first() {
        Some(b'Z' | b'z' | b'+') => local.checked_sub(offset),
        Some(b'-') => Some(local.plus(offset)),
        _ => return None,
    };
    let start = DAYS_TO_1970.times(SECONDS_A_DAY);
    Some(since_era.and_then(|seconds| seconds.checked_sub(start)))
}

/// Reads numbers of two digits between separators. In a date, the first has four digits.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for (position, number) in numbers.iter_mut().enumerate() {
        let part = parts.next()?;
        let len = if separator == '-' && position == 0 { 4 } else { 2 };
        if part.len() != len || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn days_of_month(year: u64, month: u64) -> Option<u64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => Some(29),
        2 => Some(28),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Returns the days since the first of March of the year 0. Years begin in March here, so that a
/// leap day is the last day of its year. Wrong for the two months before that day, which are before
/// 1970.
fn days_from_era(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) =
        if month > 2 { (year, month.minus(3)) } else { (year.saturating_sub(1), month.plus(9)) };
    let days_before_month = month.times(153).plus(2) / 5;
    let leap_days = (year / 4).minus(year / 100).plus(year / 400);
    year.times(365).plus(leap_days).plus(days_before_month).plus(day.minus(1))
}

/// Writes Unix seconds as RFC 3339 in UTC.
///
/// ```
/// use pubnub_access::json::rfc3339;
///
/// assert_eq!(rfc3339(1_700_000_000), "2023-11-14T22:13:20Z");
/// ```
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    /// The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;
    if seconds > LAST {
        return format!("{seconds} Unix seconds, after the year 9999");
    }
    let days = (seconds / SECONDS_A_DAY).plus(DAYS_TO_1970);
    let (era, day_of_era) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    let leap_days_left_out = (day_of_era / 1_460).plus(day_of_era / 146_096);
    let year_of_era = day_of_era.plus(day_of_era / 36_524).minus(leap_days_left_out) / 365;
    let days_before = year_of_era.times(365).plus(year_of_era / 4).minus(year_of_era / 100);
    let day_of_year = day_of_era.minus(days_before);
    let month = day_of_year.times(5).plus(2) / 153;
    let day = day_of_year.minus(month.times(153).plus(2) / 5).plus(1);
    let (month, next_year) = if month < 10 { (month.plus(3), 0) } else { (month.minus(9), 1) };
    let year = year_of_era.plus(era.times(400)).plus(next_year);
    let (hour, minute, second) =
        (seconds % SECONDS_A_DAY / 3_600, seconds % 3_600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_an_era_is_written_and_read_back() {
        const LAST: u64 = 2_932_896;
        let mut before = String::new();
        for day in (0..DAYS_OF_ERA).chain((DAYS_OF_ERA..LAST).step_by(97)).chain([LAST]) {
            let seconds = day * SECONDS_A_DAY + day % SECONDS_A_DAY;
            let text = rfc3339(seconds);
            assert!(before < text, "{before} {text}");
            assert_eq!(parse_time(&text), Ok(seconds), "{text}");
            before = text;
        }
        assert!(before.starts_with("9999-12-31T"));
    }

    #[test]
    fn times_are_read_as_rfc_3339_says() {
        let read = [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T23:59:59-00:01", 59),
            ("2000-02-29t12:30:45.999z", 951_827_445),
            ("2016-12-31T23:59:60Z", 1_483_228_799),
            ("2026-01-31 12:00:00Z", 1_769_860_800),
        ];
        for (text, seconds) in read {
            assert_eq!(parse_time(text), Ok(seconds), "{text}");
        }
        let early =
            ["1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "-1"];
        for text in early {
            assert_eq!(parse_time(text), Err(BEFORE_1970), "{text}");
        }
        let refused = [
            "",
            "Z",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:60:00Z",
            "2026-01-31T12:00:61Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+0100",
            "é026-01-31T12:00:00Z",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00Z[UTC]",
            "+2026-01-31T12:00:00Z",
            "2026-1-31T12:00:00Z",
            "2026-01-31T12:00:00*01:00",
        ];
        for text in refused {
            assert_eq!(parse_time(text), Err(EXPECTED), "{text}");
        }
    }
}
