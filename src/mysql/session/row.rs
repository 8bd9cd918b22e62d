//! Reads what a server answers, as rows of text.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Column as _, Either, Row as _};

use super::error::{Error, ErrorKind};
use super::memory::{Charge, Reading};
use super::select_list::Position;

/// A row of text values, as the text protocol sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The values, one after the other.
    text: Box<str>,
    ends: Box<[End]>,
    charge: Charge,
}

/// Where a value ends. It begins where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct End(u32);

/// How much of an answer was read.
#[derive(Debug)]
pub(super) enum Answer<T> {
    Whole(T),
    /// The rest is not needed, and the connection ends.
    Part(T),
    /// The process has no room for more.
    TooMuch,
}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { text, ends, charge: _ } = self;
        (text, ends).hash(state);
    }
}

/// One result of a batch.
pub type Rows = Vec<Row>;

/// What a query counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub number: u32,
    /// Whether the server could not evaluate it as it is written for each row: a statement in strict mode may fail there.
    pub warns: bool,
}

impl Row {
    /// Makes a row of these values.
    #[cfg(feature = "fuzzing")]
    pub fn of(values: &[Option<&str>]) -> Self {
        let mut text = String::new();
        let mut ends = Vec::new();
        for value in values {
            text.push_str(value.unwrap_or_default());
            ends.push(End::new(text.len(), value.is_none()));
        }
        let charge = Reading::default().charge(text.len()).unwrap_or_default();
        Self { text: text.into_boxed_str(), ends: ends.into_boxed_slice(), charge }
    }

    /// Returns the text of a column; an SQL NULL and a column that is not there are both empty.
    pub fn text(&self, column: impl Position) -> &str {
        self.optional(column).unwrap_or_default()
    }

    /// Returns the text of a column, or `None` for NULL.
    pub fn optional(&self, column: impl Position) -> Option<&str> {
        self.field(column.index())
    }

    fn field(&self, index: usize) -> Option<&str> {
        let end = self.ends.get(index).filter(|end| !end.is_null())?;
        let before = index.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(before.map_or(0, |before| before.offset())..end.offset())
    }

    /// Returns the number in a column, where it is one.
    pub fn number<N: std::str::FromStr>(&self, column: impl Position) -> Option<N> {
        self.optional(column).and_then(|text| text.parse().ok())
    }
}

impl End {
    /// Makes the end of a value. No row has 2 GiB.
    fn new(offset: usize, is_null: bool) -> Self {
        Self(u32::try_from(offset).unwrap_or(u32::MAX >> 1) << 1 | u32::from(is_null))
    }

    fn offset(self) -> usize {
        usize::try_from(self.0 >> 1).unwrap_or(usize::MAX)
    }

    fn is_null(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Returns the first row of the first result.
pub fn first_row(results: &[Rows]) -> Option<&Row> {
    results.first().and_then(|rows| rows.first())
}

/// Returns the first row of the last result: that of a SELECT after statements that return nothing.
pub fn last_row(results: &[Rows]) -> Option<&Row> {
    results.last().and_then(|rows| rows.first())
}

/// Takes the results of `N` queries apart.
///
/// # Errors
/// There are not so many.
pub fn expect_results<const N: usize>(doing: &str, results: Vec<Rows>) -> Result<[Rows; N], Error> {
    results.try_into().map_err(|results: Vec<Rows>| {
        let message = format!("{N} results were expected, {} came", results.len());
        Error::new(doing, ErrorKind::Protocol, message)
    })
}

/// Sends statements, and reads their results to the end. After a refusal, `results` has those of the statements before.
pub(super) async fn collect(
    connection: &mut MySqlConnection,
    sql: &str,
    results: &mut Vec<Rows>,
) -> sqlx::Result<Answer<()>> {
    let mut answers = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_many(connection);
    let mut reading = Reading::default();
    let mut rows = Rows::new();
    while let Some(part) = answers.try_next().await? {
        match part {
            Either::Left(_end) => results.push(std::mem::take(&mut rows)),
            Either::Right(row) => match text_row(&row, &mut reading)? {
                Some(row) => rows.push(row),
                None => return Ok(Answer::TooMuch),
            },
        }
    }
    Ok(Answer::Whole(()))
}

/// Sends one statement, and reads the values of each row that are not NULL, by their names in lower case.
pub(super) async fn collect_named(
    connection: &mut MySqlConnection,
    sql: &'static str,
) -> sqlx::Result<Answer<Vec<BTreeMap<String, String>>>> {
    let mut answers = sqlx::raw_sql(sql).fetch(connection);
    let mut reading = Reading::default();
    let mut rows = Vec::new();
    let mut named = Vec::new();
    while let Some(row) = answers.try_next().await? {
        let names = row.columns().iter().map(|column| column.name().to_ascii_lowercase());
        let Some(text) = text_row(&row, &mut reading)? else { return Ok(Answer::TooMuch) };
        let fields = names.enumerate().filter_map(|(index, name)| Some((name, text.optional(index)?.to_owned())));
        named.push(fields.collect());
        // Counts until the end of the answer.
        rows.push(text);
    }
    Ok(Answer::Whole(named))
}

/// Makes a row of text from one that sqlx has read, if there is room for it.
fn text_row(row: &MySqlRow, reading: &mut Reading) -> sqlx::Result<Option<Row>> {
    let values: Vec<Option<&[u8]>> =
        (0..row.len()).map(|index| row.try_get_unchecked(index)).collect::<sqlx::Result<_>>()?;
    // A byte that is no UTF-8 becomes one character of three.
    let length = |value: &[u8]| if std::str::from_utf8(value).is_ok() { value.len() } else { 3 * value.len() };
    let bytes: usize = values.iter().flatten().map(|value| length(value)).sum();
    let size = size_of::<Row>() + bytes + size_of::<End>() * values.len();
    let Some(charge) = reading.charge(size) else { return Ok(None) };
    let mut text = String::with_capacity(bytes);
    let mut ends = Vec::with_capacity(values.len());
    for value in values {
        text.extend(value.unwrap_or_default().utf8_chunks().flat_map(|chunk| {
            let replacement = if chunk.invalid().is_empty() { "" } else { "\u{fffd}" };
            [chunk.valid(), replacement]
        }));
        ends.push(End::new(text.len(), value.is_none()));
    }
    Ok(Some(Row { text: text.into_boxed_str(), ends: ends.into_boxed_slice(), charge }))
}
