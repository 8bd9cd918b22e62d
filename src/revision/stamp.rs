//! Writes a revision into a tool's table, as the tool itself would. The statement says what the table held before.

use super::queries::MigrationTable;
use crate::mysql::{Error, Session, last_row};
use crate::schema::quote_literal;

/// A revision to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub table: MigrationTable,
    pub revision: String,
    /// What the table holds; `None` is no row.
    former: Option<String>,
    /// Whether the table has to be made.
    is_missing: bool,
}

impl Stamp {
    /// Makes the stamp of a table that holds at most one revision.
    pub(super) fn new(table: MigrationTable, revision: &str, former: Option<&str>, is_missing: bool) -> Self {
        let former = former.map(str::to_owned);
        Self { table, revision: revision.to_owned(), former, is_missing }
    }

    /// Returns the statement, which changes one row, or none where the table is not as it was read.
    pub fn statement(&self) -> String {
        let (table, revision) = (self.table.name.quoted(), quote_literal(&self.revision));
        match &self.former {
            Some(former) => format!(
                "UPDATE {table} SET version_num = {revision} WHERE version_num = {} AND @schema_operator_rows = 1",
                quote_literal(former)
            ),
            None => {
                format!("INSERT INTO {table} (version_num) SELECT {revision} FROM DUAL WHERE @schema_operator_rows = 0")
            }
        }
    }

    /// Writes it, in a session that has entered the database and holds its lock. Returns whether exactly one row was
    /// changed: if not, none was. Until the end of the transaction nothing can take the table's place.
    ///
    /// # Errors
    /// The account may not write the table, and as [`Session::batch`].
    pub async fn write(&self, session: &mut Session) -> Result<bool, Error> {
        let table = self.table.name.quoted();
        let doing = format!("writing to {}'s table {}", self.table.tool.name(), self.table.name);
        if self.is_missing {
            // As Alembic makes it.
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS {table} (version_num varchar(32) NOT NULL, \
                 CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            );
            session.batch(&doing, &sql).await?;
        }
        let sql = format!(
            "START TRANSACTION; SELECT COUNT(*) INTO @schema_operator_rows FROM {table} USE INDEX () FOR UPDATE; {}; \
             SET @schema_operator_written = ROW_COUNT(); COMMIT; SELECT @schema_operator_written",
            self.statement()
        );
        let results = session.transaction(&doing, &sql).await?;
        Ok(last_row(&results).and_then(|row| row.number::<i64>(0)) == Some(1))
    }
}
