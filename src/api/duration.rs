//! Reads durations as a person writes them: `30s`, `5m`, `1h30m`.
//!
//! Existing parsers accept too much: a huge number must be an error that names the field, not a panic in a watch.

use std::time::Duration;

use thiserror::Error;

/// The form of a duration: hours, minutes and seconds in this order, each at most once.
pub(super) const PATTERN: &str = "^([0-9]{1,3}h)?([0-9]{1,5}m)?([0-9]{1,7}s)?$";

/// The longest duration that a spec may hold: thirty days.
pub const LONGEST_DURATION: Duration = Duration::from_hours(30 * 24);

/// Each unit with the digits that it may have, as in the pattern, and its seconds.
const UNITS: [(char, usize, u64); 3] = [('h', 3, 3600), ('m', 5, 60), ('s', 7, 1)];

/// A text that is not a duration, or not one that a spec may hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a duration from 1s to 720h: write hours, minutes and seconds, such as 30s, 5m or 1h30m")]
pub struct InvalidDuration {
    text: String,
}

/// Reads a duration such as `30s`, `5m` or `1h30m`, from one second to thirty days.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let invalid = || InvalidDuration { text: text.chars().take(40).collect() };
    let mut rest = text;
    let mut seconds = 0;
    for (unit, digits, size) in UNITS {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        if number.is_empty() || number.len() > digits || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        // At most seven digits times 3600: far from overflowing.
        seconds += number.parse::<u64>().map_err(|_| invalid())? * size;
        rest = after;
    }
    let duration = Duration::from_secs(seconds);
    if !rest.is_empty() || duration.is_zero() || duration > LONGEST_DURATION {
        return Err(invalid());
    }
    Ok(duration)
}

/// Reads a duration, or its default where there is none.
pub(super) fn duration_or(text: Option<&str>, default: &str) -> Result<Duration, InvalidDuration> {
    parse_duration(text.unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hours_minutes_and_seconds() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("1h30m", 5400),
            ("1h1m1s", 3661),
            ("1h5s", 3605),
            ("90m", 5400),
            ("720h", 2_592_000),
            ("43200m", 2_592_000),
            ("2592000s", 2_592_000),
            ("0h1s", 1),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "s",
            "5",
            "0s",
            "0h0m0s",
            "-5s",
            "+5s",
            "1.5h",
            "5 m",
            " 5m",
            "5m ",
            "5M",
            "1d",
            "5ms",
            "1m1h",
            "1s1m",
            "1h1h",
            "5m5",
            "m5",
            "hms",
            "721h",
            "720h1s",
            "2592001s",
            "99999999s",
            "18446744073709551616h",
            "٣s",
            "5\u{2009}m",
            "5m\n",
        ] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_error_stays_short() {
        let error = parse_duration(&"9".repeat(100_000)).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
    }

    #[test]
    fn defaults_are_durations() {
        assert_eq!(duration_or(None, "5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration_or(Some("10s"), "5m"), Ok(Duration::from_secs(10)));
    }
}
