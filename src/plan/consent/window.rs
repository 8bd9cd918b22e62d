//! The maintenance window: when steps may begin that the application could notice.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A window that opens repeatedly, each time for the same duration. A window that never opens can't be made.
#[derive(Debug, Clone)]
pub struct Window {
    /// Boxed, since it is large and each request holds one.
    schedule: Box<Cron>,
    duration: Duration,
    zone: TimeZone,
}

/// The state of a window at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowState {
    /// It is open at least until then; the next one may begin earlier.
    Open { until: Zoned },
    /// It opens then.
    Closed { opens: Zoned },
}

/// Why a window is invalid. The message begins with the field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    #[error("schedule: {text:?} is not the five fields minute, hour, day of month, month, day of week: {problem}")]
    Schedule { text: String, problem: String },
    #[error("schedule: {0:?} names a day that never comes, so the window would never open")]
    Never(String),
    #[error("timeZone: {0:?} is no time zone of the IANA database; write one such as Europe/Prague, or UTC")]
    TimeZone(String),
}

impl Window {
    /// Makes a window that opens by this cron schedule in this time zone, each time for `duration`.
    ///
    /// # Errors
    /// The schedule is not five fields of cron, or no day matches it; there is no such time zone.
    pub fn new(schedule: &str, duration: Duration, time_zone: &str) -> Result<Self, InvalidWindow> {
        let invalid = |problem: String| InvalidWindow::Schedule { text: schedule.to_owned(), problem };
        let fields = schedule.split_whitespace().count();
        // Words such as @daily are no fields.
        if fields != 5 {
            return Err(invalid(format!("it has {fields}")));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let parsed = parser.parse(schedule).map_err(|error| invalid(error.to_string()))?;
        let zone = TimeZone::get(time_zone).map_err(|_| InvalidWindow::TimeZone(time_zone.to_owned()))?;
        // Whether a day exists does not depend on where the search begins: the calendar repeats itself.
        let somewhen = date(2026, 1, 1).at(0, 0, 0, 0).to_zoned(zone.clone());
        let comes = somewhen.is_ok_and(|from| parsed.find_next_occurrence(&from, true).is_ok());
        if !comes {
            return Err(InvalidWindow::Never(schedule.to_owned()));
        }
        Ok(Self { schedule: Box::new(parsed), duration, zone })
    }

    /// Returns its state at this time. It is open as long on a day on which clocks change as on any other. An opening that
    /// such a change skips comes right after it, and one that it repeats comes once.
    pub fn at(&self, now: Timestamp) -> WindowState {
        let now = now.to_zoned(self.zone.clone());
        // All are open for equally long, so the one that opened last closes last.
        let opened = self.schedule.find_previous_occurrence(&now, true).ok();
        let until = opened.and_then(|opened| opened.checked_add(self.duration).ok());
        match until {
            Some(until) if until > now => WindowState::Open { until },
            // `new` made sure that it opens again, except beyond the calendar's end.
            _ => WindowState::Closed { opens: self.schedule.find_next_occurrence(&now, false).unwrap_or(now) },
        }
    }

    /// Returns when it opens next; `None` while it is open.
    pub fn opens(&self, now: Timestamp) -> Option<Zoned> {
        match self.at(now) {
            WindowState::Open { .. } => None,
            WindowState::Closed { opens } => Some(opens),
        }
    }
}

/// Writes a time with its zone: `2026-11-28 03:00 Europe/Prague (2026-11-28 02:00 UTC)`.
pub fn format_time(time: &Zoned) -> String {
    let utc = time.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string();
    match time.time_zone().iana_name() {
        Some(zone) if zone != "UTC" => format!("{} {zone} ({utc})", time.strftime("%Y-%m-%d %H:%M")),
        _ => utc,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn window(schedule: &str, hours: u32, zone: &str) -> Window {
        Window::new(schedule, HOUR * hours, zone).unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// `open` with its end, or `closed` with the next opening, in UTC.
    fn at(window: &Window, now: &str) -> (&'static str, String) {
        match window.at(time(now)) {
            WindowState::Open { until } => ("open", until.timestamp().to_string()),
            WindowState::Closed { opens } => ("closed", opens.timestamp().to_string()),
        }
    }

    fn is(window: &Window, now: &str, state: &'static str, then: &str) {
        assert_eq!(at(window, now), (state, then.to_owned()), "at {now}");
    }

    #[test]
    fn it_opens_at_its_minute_and_closes_after_its_duration() {
        let saturdays = window("0 3 * * 6", 2, "UTC");
        is(&saturdays, "2026-11-27T12:00:00Z", "closed", "2026-11-28T03:00:00Z");
        is(&saturdays, "2026-11-28T02:59:59Z", "closed", "2026-11-28T03:00:00Z");
        is(&saturdays, "2026-11-28T03:00:00Z", "open", "2026-11-28T05:00:00Z");
        is(&saturdays, "2026-11-28T04:59:59Z", "open", "2026-11-28T05:00:00Z");
        is(&saturdays, "2026-11-28T05:00:00Z", "closed", "2026-12-05T03:00:00Z");
    }

    #[test]
    fn it_may_reach_over_midnight_and_the_end_of_a_year() {
        let nights = window("0 22 * * *", 6, "UTC");
        is(&nights, "2026-12-31T23:59:59Z", "open", "2027-01-01T04:00:00Z");
        is(&nights, "2027-01-01T03:30:00Z", "open", "2027-01-01T04:00:00Z");
        is(&nights, "2027-01-01T04:00:00Z", "closed", "2027-01-01T22:00:00Z");
    }

    #[test]
    fn one_that_is_longer_than_its_period_is_always_open() {
        let always = window("0 * * * *", 2, "UTC");
        is(&always, "2026-11-28T03:00:00Z", "open", "2026-11-28T05:00:00Z");
        is(&always, "2026-11-28T03:59:59Z", "open", "2026-11-28T05:00:00Z");
        is(&always, "2026-11-28T04:00:00Z", "open", "2026-11-28T06:00:00Z");
    }

    #[test]
    fn its_schedule_is_read_in_its_zone_through_the_year() {
        let prague = window("0 3 * * 6", 1, "Europe/Prague");
        is(&prague, "2026-07-01T00:00:00Z", "closed", "2026-07-04T01:00:00Z");
        is(&prague, "2026-12-01T00:00:00Z", "closed", "2026-12-05T02:00:00Z");
        let opens = prague.opens(time("2026-12-01T00:00:00Z")).unwrap();
        assert_eq!(format_time(&opens), "2026-12-05 03:00 Europe/Prague (2026-12-05 02:00 UTC)");
        let utc = window("0 3 * * 6", 1, "UTC").opens(time("2026-12-01T00:00:00Z")).unwrap();
        assert_eq!(format_time(&utc), "2026-12-05 03:00 UTC");
    }

    #[test]
    fn an_opening_that_the_clocks_skip_comes_right_after() {
        // On 28 March 2027 it is 03:00 after 01:59:59 in Prague.
        let prague = window("30 2 * * *", 1, "Europe/Prague");
        is(&prague, "2027-03-28T00:00:00Z", "closed", "2027-03-28T01:00:00Z");
        is(&prague, "2027-03-28T01:00:00Z", "open", "2027-03-28T02:00:00Z");
        is(&prague, "2027-03-28T01:59:59Z", "open", "2027-03-28T02:00:00Z");
        is(&prague, "2027-03-28T02:00:00Z", "closed", "2027-03-29T00:30:00Z");
    }

    #[test]
    fn an_opening_that_the_clocks_repeat_comes_once_and_lasts_as_long() {
        // On 25 October 2026 it is 02:00 again after 02:59:59 in Prague.
        let prague = window("30 2 * * *", 1, "Europe/Prague");
        is(&prague, "2026-10-25T00:00:00Z", "closed", "2026-10-25T00:30:00Z");
        is(&prague, "2026-10-25T01:29:59Z", "open", "2026-10-25T01:30:00Z");
        is(&prague, "2026-10-25T01:30:00Z", "closed", "2026-10-26T01:30:00Z");
        let over = window("0 1 * * *", 3, "Europe/Prague");
        is(&over, "2026-10-25T01:59:59Z", "open", "2026-10-25T02:00:00Z");
    }

    #[test]
    fn days_that_come_rarely_are_found() {
        let leap = window("0 0 29 2 *", 1, "UTC");
        is(&leap, "2026-11-28T00:00:00Z", "closed", "2028-02-29T00:00:00Z");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        for (schedule, zone, words) in [
            ("0 0 30 2 *", "UTC", "schedule: \"0 0 30 2 *\" names a day that never comes"),
            ("0 0 31 4,6,9,11 *", "UTC", "never comes"),
            ("@daily", "UTC", "schedule: \"@daily\" is not the five fields"),
            ("0 0 0 * * *", "UTC", "it has 6"),
            ("", "UTC", "it has 0"),
            ("60 0 * * *", "UTC", "schedule: "),
            ("0 24 * * *", "UTC", "schedule: "),
            ("0 0 * * 8", "UTC", "schedule: "),
            ("a b c d e", "UTC", "schedule: "),
            ("0 3 * * 6", "Europe/Nowhere", "timeZone: \"Europe/Nowhere\" is no time zone"),
            ("0 3 * * 6", "../../etc/passwd", "timeZone: "),
        ] {
            let error = Window::new(schedule, HOUR, zone).unwrap_err().to_string();
            assert!(error.contains(words), "{schedule} {zone}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(schedule in "([0-9A-Za-z*,/#L+-]{1,6} ){4}[0-9A-Za-z*,/#L+-]{1,6}", second in 0..4_000_000_000_i64) {
            if let Ok(window) = Window::new(&schedule, HOUR, "Europe/Prague") {
                let now = Timestamp::from_second(second).unwrap();
                match window.at(now) {
                    WindowState::Open { until } => prop_assert!(until.timestamp() > now),
                    WindowState::Closed { opens } => prop_assert!(opens.timestamp() > now),
                }
            }
        }

        #[test]
        fn it_is_open_when_it_has_opened_and_not_a_moment_before(minute in 0..60_u8, hour in 0..24_u8, second in 1_600_000_000..2_000_000_000_i64) {
            let window = Window::new(&format!("{minute} {hour} * * *"), HOUR, "America/New_York").unwrap();
            if let WindowState::Closed { opens } = window.at(Timestamp::from_second(second).unwrap()) {
                let opens = opens.timestamp();
                prop_assert!(window.opens(opens).is_none());
                let before = opens.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
                prop_assert_eq!(window.opens(before).map(|opens| opens.timestamp()), Some(opens));
            }
        }
    }
}
