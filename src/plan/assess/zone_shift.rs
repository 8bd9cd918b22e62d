//! Recognises a literal default of a TIMESTAMP column that moves by what may be the offset of a time zone. Servers show
//! such a default in the zone of the session, and a declared one is in UTC: so the text that its maker wrote elsewhere
//! names another moment (tried on MySQL 9.7, MariaDB 10.11 and 11.8).

use jiff::civil::DateTime;

use crate::schema::{Column, ColumnDefault, DataType, Fill};

/// The offsets of time zones are multiples of this.
const QUARTER_HOUR: i64 = 15 * 60;

/// The largest offset of a time zone.
const LARGEST: i64 = 14 * 60 * 60;

/// Says that the default would move by the offset of a time zone; `None` where it does not.
pub fn zone_shift(from: &Column, to: &ColumnDefault) -> Option<String> {
    let (Fill::Default(ColumnDefault::Value(live)), ColumnDefault::Value(declared)) = (&from.fill, to) else {
        return None;
    };
    if !matches!(from.data_type, DataType::Timestamp(_)) {
        return None;
    }
    let seconds = declared.parse::<DateTime>().ok()?.duration_since(live.parse::<DateTime>().ok()?).as_secs();
    let is_offset = seconds != 0 && seconds % QUARTER_HOUR == 0 && seconds.abs() <= LARGEST;
    is_offset.then(|| {
        format!(
            "the default of column {} moves from {live} to {declared} in UTC, as if it was written in another time zone",
            from.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Identifier;

    fn is_shift(data_type: &str, live: &str, declared: &str) -> bool {
        let value = |text: &str| ColumnDefault::Value(text.to_owned());
        let column = Column::new(Identifier::new("made").unwrap(), DataType::parse(data_type).unwrap());
        let column = Column { fill: Fill::Default(value(live)), ..column };
        zone_shift(&column, &value(declared)).is_some()
    }

    #[test]
    fn only_an_offset_of_a_zone_is_one() {
        assert!(is_shift("timestamp", "1999-12-31 19:00:00", "2000-01-01 00:00:00"));
        assert!(is_shift("timestamp(3)", "2000-01-01 05:45:00.500", "2000-01-01 00:00:00.5"));
        assert!(is_shift("timestamp", "2000-01-01 10:00:00", "2000-01-01"));
        assert!(!is_shift("timestamp", "2000-01-01 00:00:00", "2000-01-01 00:00:01"));
        assert!(!is_shift("timestamp", "2000-01-01 00:00:00", "2000-01-02 00:00:00"));
        assert!(!is_shift("timestamp", "2000-01-01 00:00:00", "2000-01-01"));
        assert!(!is_shift("timestamp", "0000-00-00 00:00:00", "2000-01-01 00:00:00"));
        assert!(!is_shift("datetime", "1999-12-31 19:00:00", "2000-01-01 00:00:00"));
    }
}
