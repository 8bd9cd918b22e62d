//! Reads checks: those of a table, and those that MariaDB keeps with a column.

use super::expression::read_expression;
use super::scope::{Scope, identifier};
use crate::mysql::Row;
use crate::mysql::session::select_list;
use crate::schema::{Check, Dialect, Expression, Flavor};

select_list! {
    pub(super) enum Field(dialect: Dialect) {
        Table = match dialect.flavor {
            Flavor::MySql => "CAST(t.TABLE_NAME AS CHAR)",
            Flavor::MariaDb => "CAST(TABLE_NAME AS CHAR)",
        },
        Name = match dialect.flavor {
            Flavor::MySql => "CAST(t.CONSTRAINT_NAME AS CHAR)",
            Flavor::MariaDb => "CAST(CONSTRAINT_NAME AS CHAR)",
        },
        Clause = match dialect.flavor {
            Flavor::MySql => "CAST(c.CHECK_CLAUSE AS CHAR)",
            Flavor::MariaDb => "CAST(CHECK_CLAUSE AS CHAR)",
        },
        IsEnforced = match dialect.flavor {
            Flavor::MySql => "CAST(t.ENFORCED AS CHAR)",
            Flavor::MariaDb => "'YES'",
        },
        Level = match dialect.flavor {
            Flavor::MySql => "'Table'",
            Flavor::MariaDb => "CAST(LEVEL AS CHAR)",
        },
    }
}

/// The rows about the checks of one table.
#[derive(Debug)]
pub(super) struct CheckRows<'a> {
    of_columns: Vec<&'a Row>,
    of_table: Vec<&'a Row>,
}

/// Returns the SELECT. MySQL before 8.0.16 has no checks.
pub(super) fn query(scope: Scope<'_>, dialect: Dialect) -> String {
    match dialect.flavor {
        Flavor::MySql if !dialect.at_least(8, 0, 16) => {
            "SELECT NULL, NULL, NULL, NULL, NULL FROM DUAL WHERE FALSE".into()
        }
        Flavor::MySql => format!(
            "SELECT {} FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c \
             ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME \
             WHERE {} AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY t.TABLE_NAME, t.CONSTRAINT_NAME",
            Field::select(dialect),
            scope.filter("t.TABLE_SCHEMA", "t.TABLE_NAME")
        ),
        Flavor::MariaDb => format!(
            "SELECT {} FROM information_schema.CHECK_CONSTRAINTS WHERE {} ORDER BY TABLE_NAME, CONSTRAINT_NAME",
            Field::select(dialect),
            scope.filter("CONSTRAINT_SCHEMA", "TABLE_NAME")
        ),
    }
}

impl<'a> CheckRows<'a> {
    /// Sorts the rows about one table. The check of a MariaDB column bears the column's name.
    pub fn new(rows: &'a [Row]) -> Self {
        let (of_columns, of_table) = rows.iter().partition(|row| row.text(Field::Level) == "Column");
        Self { of_columns, of_table }
    }

    /// Reads the check of a column, where it has one.
    ///
    /// # Errors
    /// Its expression can't be read.
    pub fn of_column(&self, column: &str, dialect: Dialect) -> Result<Option<Expression>, String> {
        let row = self.of_columns.iter().find(|row| row.text(Field::Name) == column);
        row.map(|row| read_expression(row.text(Field::Clause), dialect)).transpose()
    }

    /// Reads the checks of the table.
    ///
    /// # Errors
    /// An expression can't be read.
    pub fn of_table(&self, dialect: Dialect) -> Result<Vec<Check>, String> {
        self.of_table.iter().map(|row| read_check(row, dialect)).collect()
    }
}

fn read_check(row: &Row, dialect: Dialect) -> Result<Check, String> {
    let name = identifier(row.text(Field::Name))?;
    let expression =
        read_expression(row.text(Field::Clause), dialect).map_err(|error| format!("check {name}: {error}"))?;
    Ok(Check { expression, enforced: row.text(Field::IsEnforced) != "NO", name })
}
