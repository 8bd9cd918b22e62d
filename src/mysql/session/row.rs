//! Reads what a server answers, as rows of text.

use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Either, Row as _};

use super::error::{Error, ErrorKind};
use super::select_list::Position;

/// A row of text values, as the text protocol sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Option<String>>);

/// One result of a batch.
pub type Rows = Vec<Row>;

impl Row {
    /// Returns the text of a column; an SQL NULL and a column that is not there are both empty.
    pub fn text(&self, column: impl Position) -> &str {
        self.optional(column).unwrap_or_default()
    }

    /// Returns the text of a column, or `None` for NULL.
    pub fn optional(&self, column: impl Position) -> Option<&str> {
        self.0.get(column.index()).and_then(Option::as_deref)
    }

    /// Returns the number in a column, where it is one.
    pub fn number<N: std::str::FromStr>(&self, column: impl Position) -> Option<N> {
        self.optional(column).and_then(|text| text.parse().ok())
    }

    /// Returns all columns; `None` for NULL.
    pub(super) fn into_fields(self) -> Vec<Option<String>> {
        self.0
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

/// Sends statements, and reads their results to the end.
pub(super) async fn collect(connection: &mut MySqlConnection, sql: &str) -> sqlx::Result<Vec<Rows>> {
    let mut answers = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_many(connection);
    let mut results = Vec::new();
    let mut rows = Rows::new();
    while let Some(part) = answers.try_next().await? {
        match part {
            Either::Left(_end) => results.push(std::mem::take(&mut rows)),
            Either::Right(row) => rows.push(text_row(&row)?),
        }
    }
    Ok(results)
}

/// Makes a row of text from one that sqlx has read.
pub(super) fn text_row(row: &MySqlRow) -> sqlx::Result<Row> {
    let text = |index| -> sqlx::Result<Option<String>> {
        let bytes: Option<&[u8]> = row.try_get_unchecked(index)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    };
    (0..row.len()).map(text).collect::<sqlx::Result<Vec<_>>>().map(Row)
}
