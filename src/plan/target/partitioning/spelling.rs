//! Takes declared values of partitions for the live ones that mean the same: servers print the literal that was written,
//! so a `datetime` column may have the bounds `'2027-01-01'` and `'2027-02-01 00:00:00'` (tried on MySQL 9.7, MariaDB
//! 10.11 and 11.8). It knows dates and times alone: numbers, texts and bytes are printed in one way, which a rehearsal
//! finds out.

use crate::schema::{
    Bound, Column, DataType, Expression, Partition, PartitionMethod, PartitionScheme, PartitionValues, TokenKind,
    tokenize,
};

/// Returns the partition with each value spelled as a live one that means the same.
pub fn spelled_as_live(partition: &Partition, live: &PartitionScheme, columns: &[Column]) -> Partition {
    let spelling = Spelling { live, columns };
    Partition { values: spelling.of(&partition.values), ..partition.clone() }
}

struct Spelling<'a> {
    live: &'a PartitionScheme,
    columns: &'a [Column],
}

impl Spelling<'_> {
    fn of(&self, values: &PartitionValues) -> PartitionValues {
        match values {
            PartitionValues::LessThan(bounds) => {
                let spelled = bounds.iter().enumerate().map(|(place, bound)| match bound {
                    Bound::Value(value) => Bound::Value(self.value(value, place)),
                    Bound::MaxValue => Bound::MaxValue,
                });
                PartitionValues::LessThan(spelled.collect())
            }
            PartitionValues::In(items) => {
                let item = |item: &Vec<Expression>| {
                    item.iter().enumerate().map(|(place, value)| self.value(value, place)).collect()
                };
                PartitionValues::In(items.iter().map(item).collect())
            }
            PartitionValues::Hashed | PartitionValues::Default => values.clone(),
        }
    }

    /// Spells the value for the column at this place.
    fn value(&self, value: &Expression, place: usize) -> Expression {
        let Some(moment) = self.data_type(place).and_then(|data_type| Moment::read(value, data_type)) else {
            return value.clone();
        };
        let is_same = |live: &&Expression| {
            self.data_type(place).and_then(|data_type| Moment::read(live, data_type)).as_ref() == Some(&moment)
        };
        self.live_values(place).into_iter().find(is_same).unwrap_or(value).clone()
    }

    fn data_type(&self, place: usize) -> Option<&DataType> {
        let (PartitionMethod::RangeColumns(names) | PartitionMethod::ListColumns(names)) = &self.live.method else {
            return None;
        };
        let name = names.get(place)?;
        self.columns.iter().find(|column| column.name.matches(name)).map(|column| &column.data_type)
    }

    fn live_values(&self, place: usize) -> Vec<&Expression> {
        self.live.partitions.iter().flat_map(|partition| values_at(&partition.values, place)).collect()
    }
}

fn values_at(values: &PartitionValues, place: usize) -> Vec<&Expression> {
    match values {
        PartitionValues::LessThan(bounds) => match bounds.get(place) {
            Some(Bound::Value(value)) => vec![value],
            Some(Bound::MaxValue) | None => Vec::new(),
        },
        PartitionValues::In(items) => items.iter().filter_map(|item| item.get(place)).collect(),
        PartitionValues::Hashed | PartitionValues::Default => Vec::new(),
    }
}

/// A date or time that a literal means.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    /// Year, month and day; zeros for a time.
    date: [u32; 3],
    /// Hour, minute and second.
    time: [u32; 3],
    /// Without zeros at the end.
    fraction: String,
}

impl Moment {
    /// Reads a literal for a column of this type; `None` where it is not written in a usual way.
    fn read(value: &Expression, data_type: &DataType) -> Option<Self> {
        let text = literal(value)?;
        let (date, time) = match data_type {
            DataType::Date | DataType::DateTime(_) => match text.split_once([' ', 'T']) {
                Some((date, time)) => (Some(date), Some(time)),
                None => (Some(text.as_str()), None),
            },
            DataType::Time(_) => (None, Some(text.as_str())),
            _ => return None,
        };
        let (time, fraction) = match time {
            Some(time) => time.split_once('.').unwrap_or((time, "")),
            None => ("00:00:00", ""),
        };
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            date: date.map_or(Some([0; 3]), read_date)?,
            time: read_time(time)?,
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }
}

/// Returns the text of `'...'`, `DATE'...'` and `TIMESTAMP'...'`.
fn literal(value: &Expression) -> Option<String> {
    let tokens = tokenize(value.as_str()).ok()?;
    let text = match tokens.as_slice() {
        [text] => text,
        [word, text] if ["DATE", "TIMESTAMP", "TIME"].iter().any(|known| word.is_word(known)) => text,
        _ => return None,
    };
    (text.kind == TokenKind::String).then(|| text.value())
}

/// Reads `2027-01-31`, `2027-1-31` and `20270131`.
fn read_date(text: &str) -> Option<[u32; 3]> {
    let parts = match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => [number(year, 4)?, number(month, 2)?, number(day, 2)?],
        [all] if all.len() == 8 => [number(all.get(..4)?, 4)?, number(all.get(4..6)?, 2)?, number(all.get(6..)?, 2)?],
        _ => return None,
    };
    // A year of two digits is another one.
    (parts.first() >= Some(&1000)).then_some(parts)
}

/// Reads `10:00` and `10:00:00`.
fn read_time(text: &str) -> Option<[u32; 3]> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        [hour, minute] => Some([number(hour, 3)?, number(minute, 2)?, 0]),
        [hour, minute, second] => Some([number(hour, 3)?, number(minute, 2)?, number(second, 2)?]),
        _ => None,
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(data_type: &str, one: &str, other: &str) -> bool {
        let data_type = DataType::parse(data_type).unwrap();
        let read = |text: &str| Moment::read(&Expression::new(text).unwrap(), &data_type);
        read(one).is_some() && read(one) == read(other)
    }

    #[test]
    fn spellings_of_one_moment_are_the_same() {
        for (data_type, one, other) in [
            ("datetime", "'2027-01-01'", "'2027-01-01 00:00:00'"),
            ("datetime", "'2027-1-1'", "'20270101'"),
            ("datetime", "'2027-01-01 10:30'", "'2027-01-01T10:30:00.000'"),
            ("datetime(3)", "'2027-01-01 00:00:00.5'", "TIMESTAMP'2027-01-01 00:00:00.500'"),
            ("date", "'2027-01-01 00:00:00'", "DATE'2027-01-01'"),
            ("time", "'10:00'", "'10:00:00.0'"),
        ] {
            assert!(same(data_type, one, other), "{one} and {other}");
        }
    }

    #[test]
    fn other_moments_and_unusual_texts_are_not() {
        for (data_type, one, other) in [
            ("datetime", "'2027-01-01'", "'2027-01-02'"),
            ("datetime", "'2027-01-01'", "'2027-01-01 00:00:01'"),
            ("datetime(3)", "'2027-01-01'", "'2027-01-01 00:00:00.001'"),
            ("datetime", "'27-01-01'", "'27-1-1'"),
            ("datetime", "'2027-01-01x'", "'2027-01-01x'"),
            ("datetime", "'2027-01-01 00:00:00+01:00'", "'2027-01-01'"),
            ("varchar(20)", "'2027-01-01'", "'2027-1-1'"),
            ("time", "'10'", "'00:00:10'"),
            ("int", "1", "1"),
        ] {
            assert!(!same(data_type, one, other), "{one} and {other}");
        }
    }
}
