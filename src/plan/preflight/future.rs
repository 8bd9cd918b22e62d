//! What a column of the table to come will hold in the rows that are there now.

use super::super::change::Change;
use crate::plan::change::{TypeChange, type_change};
use crate::schema::{Column, ColumnDefault, Dialect, Fill, Identifier, KeyTarget, Table};

/// How a column's value in each present row can be told before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// By this expression over the live table's columns.
    Sql(String),
    /// All rows will have the same one.
    Same,
    /// Each row will have another.
    Distinct,
    /// All rows will have none.
    Null,
    /// Only by doing it.
    Unknown,
}

/// A table and all its changes, whichever steps they are in.
pub struct Future<'a> {
    before: &'a Table,
    changes: &'a [&'a Change],
    dialect: Dialect,
}

impl<'a> Future<'a> {
    /// Of the table that is live as `before`, and all its changes.
    pub fn new(before: &'a Table, changes: &'a [&'a Change], dialect: Dialect) -> Self {
        Self { before, changes, dialect }
    }

    /// Whether a column is renamed: then expressions in the changes may mean another column than they do now.
    pub fn renames_columns(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. }))
    }

    /// The value of the column that will have this name.
    pub fn value(&self, name: &Identifier) -> Value {
        let added = self.changes.iter().find_map(|change| match change {
            Change::AddColumn { column, .. } if column.name.matches(name) => Some(column.as_ref()),
            _ => None,
        });
        if let Some(column) = added {
            return self.added(column);
        }
        let Some(live) = self.live(name) else { return Value::Unknown };
        match self.modified(name) {
            Some(to) => self.converted(live, to),
            None => Value::Sql(live.name.quoted()),
        }
    }

    /// The live column that will have this name.
    pub fn live(&self, name: &Identifier) -> Option<&'a Column> {
        let former = self.changes.iter().find_map(|change| match change {
            Change::RenameColumn { from, to } if to.matches(name) => Some(from),
            _ => None,
        });
        self.before.column(former.unwrap_or(name))
    }

    /// The value of one part of a key.
    pub fn part(&self, target: &KeyTarget) -> Value {
        match target {
            KeyTarget::Expression(_) if self.renames_columns() => Value::Unknown,
            KeyTarget::Expression(expression) => Value::Sql(format!("({})", expression.as_str())),
            KeyTarget::Column { name, prefix } => match (self.value(name), prefix) {
                (Value::Sql(sql), Some(length)) => Value::Sql(format!("LEFT({sql}, {length})")),
                (value, _) => value,
            },
        }
    }

    /// Whether the column is as it is, and stays so.
    pub fn is_untouched(&self, name: &Identifier) -> bool {
        self.value(name) == Value::Sql(name.quoted()) && self.modified(name).is_none()
    }

    fn modified(&self, name: &Identifier) -> Option<&'a Column> {
        self.changes.iter().find_map(|change| match change {
            Change::ModifyColumn { from, to, .. } if from.name.matches(name) => Some(to.as_ref()),
            _ => None,
        })
    }

    fn added(&self, column: &Column) -> Value {
        match &column.fill {
            Fill::AutoIncrement => Value::Distinct,
            Fill::Generated(_) if self.renames_columns() => Value::Unknown,
            Fill::Generated(generated) => Value::Sql(format!("({})", generated.expression.as_str())),
            Fill::Default(ColumnDefault::None) if column.nullable => Value::Null,
            Fill::Default(ColumnDefault::Expression(default)) if !default.is_current_timestamp() => Value::Unknown,
            Fill::Default(_) => Value::Same,
        }
    }

    /// A value in another type is told only where the server does not convert it; under another collation, other
    /// values are equal.
    fn converted(&self, live: &Column, to: &Column) -> Value {
        let of_kind = type_change(live, to, self.dialect);
        if live.fill != to.fill && (live.generated().is_some() || to.generated().is_some()) {
            return Value::Unknown;
        }
        let name = live.name.quoted();
        match (of_kind, &to.charset, &to.collation) {
            (TypeChange::Family, ..) => Value::Unknown,
            (_, Some(charset), Some(collation)) if live.collation != to.collation => {
                Value::Sql(format!("CONVERT({name} USING {}) COLLATE {}", word(charset), word(collation)))
            }
            _ => Value::Sql(name),
        }
    }
}

/// A character set's or collation's name, which takes no quotes: nothing else stays of it.
pub fn word(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}
