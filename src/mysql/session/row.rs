//! What a server answers, as text.

use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Either, Row as _};

/// A row of text values, as the text protocol sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Option<String>>);

impl Row {
    /// The text of column `index`; an SQL NULL and a column that is not there are both empty.
    pub fn text(&self, index: usize) -> &str {
        self.optional(index).unwrap_or_default()
    }

    /// The text of column `index`, or `None` for NULL.
    pub fn optional(&self, index: usize) -> Option<&str> {
        self.0.get(index).and_then(Option::as_deref)
    }

    /// Its columns; `None` for NULL.
    pub(super) fn into_fields(self) -> Vec<Option<String>> {
        self.0
    }

    /// The number in column `index`, where it is one.
    pub fn number<N: std::str::FromStr>(&self, index: usize) -> Option<N> {
        self.optional(index).and_then(|text| text.parse().ok())
    }
}

/// One result of a batch.
pub type Rows = Vec<Row>;

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

/// A row as it came from the server.
pub(super) fn text_row(row: &MySqlRow) -> sqlx::Result<Row> {
    let text = |index| -> sqlx::Result<Option<String>> {
        let bytes: Option<&[u8]> = row.try_get_unchecked(index)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    };
    (0..row.len()).map(text).collect::<sqlx::Result<Vec<_>>>().map(Row)
}
