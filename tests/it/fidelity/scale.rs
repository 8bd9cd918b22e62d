//! The values by which rows are divided: the ends of ranges, and the items of lists.

use schema_operator::schema::quote_literal;

use super::columns::{Kind, is_narrow};
use super::model::{Column, Table};
use super::partitions::{LONGEST, Method};

/// The kind of the values by which rows are divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    Signed,
    Unsigned,
    Year,
    Days,
    Seconds,
    Date,
    DateTime,
    Text { long: bool, narrow: bool },
}

/// The index of the first end of a range that lies above all rows; the ends before it lie below.
pub const FIRST_ABOVE: usize = 2;

/// The number that chooses a range without an end.
pub const ENDLESS: usize = 6;

/// The numbers that choose the values of rows.
pub const ROWS: [usize; 3] = [0, 1, 2];

/// The number that chooses the list of all other values.
pub const OTHERS: usize = 8;

impl Scale {
    /// Returns the scale on which this column divides rows; `None` if it can't.
    pub fn of(method: Method, column: &Column, table: &Table, form: usize) -> Option<Self> {
        if column.is_generated() {
            return None;
        }
        let number = || match &column.kind {
            Kind::Number(text) if text.contains("unsigned") => Some(Self::Unsigned),
            _ => Some(Self::Signed),
        };
        let is_list = matches!(method, Method::List | Method::ListColumns);
        match (method, &column.kind) {
            (Method::Key, kind) => {
                let short = !kind.is_lob() && column.kind.length() <= 100;
                (short && column.kind.row_bytes() <= 4 * LONGEST + 2).then_some(Self::Signed)
            }
            (_, Kind::Number(_)) if column.kind.is_integer() => number(),
            (Method::Range | Method::Hash, Kind::Date | Kind::DateTime(_)) if form % 2 == 1 => Some(Self::Days),
            (Method::Range | Method::List | Method::Hash, Kind::Date | Kind::DateTime(_)) => Some(Self::Year),
            (Method::Range | Method::Hash, Kind::Timestamp(0)) => Some(Self::Seconds),
            (Method::RangeColumns | Method::ListColumns, Kind::Date) => Some(Self::Date),
            (Method::RangeColumns, Kind::DateTime(_)) => Some(Self::DateTime),
            (Method::RangeColumns | Method::ListColumns, Kind::Char(length) | Kind::Varchar(length))
                if *length <= LONGEST =>
            {
                let narrow = is_narrow(table.charset_of(column)) || is_list;
                Some(Self::Text { long: *length >= 10, narrow })
            }
            _ => None,
        }
    }

    pub fn ends(self) -> [String; ENDLESS] {
        let owned = |texts: [&str; ENDLESS]| texts.map(str::to_owned);
        let days = ["1990-01-01", "2000-02-03", "2025-01-01", "2026-01-01", "2030-06-15", "2037-12-31"];
        match self {
            Self::Signed => owned(["-10", "0", "10", "20", "30", "100"]),
            Self::Unsigned => owned(["0", "1", "10", "20", "30", "100"]),
            Self::Year => owned(["1990", "2000", "2025", "2026", "2030", "2037"]),
            Self::Days => days.map(|day| format!("to_days('{day}')")),
            Self::Seconds => days.map(|day| format!("unix_timestamp('{day} 00:00:00')")),
            Self::Date => days.map(|day| format!("'{day}'")),
            Self::DateTime => days.map(|day| format!("'{day} 01:02:03'")),
            Self::Text { long, narrow } => {
                let [b, d] = if long { ["b'\\\"", if narrow { "d %" } else { "d数" }] } else { ["b", "d"] };
                ["!", "0", "a", b, d, "z"].map(quote_literal)
            }
        }
    }

    pub fn items(self) -> [String; OTHERS] {
        let owned = |texts: [&str; OTHERS]| texts.map(str::to_owned);
        match self {
            Self::Date => owned([
                "'2024-02-01'",
                "'2024-02-02'",
                "'2024-02-03'",
                "NULL",
                "'1990-01-01'",
                "'2000-02-29'",
                "'2010-10-10'",
                "'2020-12-31'",
            ]),
            Self::Year => owned(["2024", "2023", "2022", "NULL", "1990", "2000", "2010", "2020"]),
            Self::Text { long, .. } => {
                let [b, d] = if long { ["b'\\\"", "d, e"] } else { ["b", "d"] };
                let [one, two, three] = ["1", "2", "3"].map(quote_literal);
                [
                    one,
                    two,
                    three,
                    "NULL".to_owned(),
                    quote_literal(""),
                    quote_literal(b),
                    quote_literal(d),
                    quote_literal("z"),
                ]
            }
            _ => owned(["1", "2", "3", "NULL", "0", "7", "50", "100"]),
        }
    }
}
