//! The values that a column of the table after all changes will have in the present rows.

use super::default_literal::{Collated, bare_word, implicit_default, typed_expression, typed_literal};
use crate::plan::change::{Change, TypeChange, type_change};
use crate::schema::{Column, ColumnDefault, DataType, Dialect, Expression, Fill, Identifier, KeyTarget, Table};

/// How the value of a column in each present row is known before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FutureValue {
    /// The live column of this quoted name has it.
    Column(String),
    /// This expression of ours over the live table's columns returns it.
    Expression(String),
    /// This expression of the schema returns it.
    Declared(String),
    /// All rows will have this one, written as a value of the column's type.
    Literal(String),
    /// All rows will have the same one, which only the change itself shows.
    Same,
    /// Each row will have another.
    Distinct,
    /// All rows will have none.
    Null,
    /// Only the change itself shows it.
    Unknown,
}

/// A table and all its changes, whichever steps they are in.
pub struct FutureTable<'a> {
    before: &'a Table,
    changes: &'a [&'a Change],
    dialect: Dialect,
}

impl<'a> FutureTable<'a> {
    /// Describes the table that is live as `before`, after all its changes.
    pub fn new(before: &'a Table, changes: &'a [&'a Change], dialect: Dialect) -> Self {
        Self { before, changes, dialect }
    }

    /// Whether a column is renamed: then expressions in the changes may mean another column than they do now.
    pub fn renames_columns(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. }))
    }

    /// Returns the value of the column that will have this name.
    pub fn value(&self, name: &Identifier) -> FutureValue {
        let added = self.changes.iter().find_map(|change| match change {
            Change::AddColumn { column, .. } if column.name.matches(name) => Some(column.as_ref()),
            _ => None,
        });
        if let Some(column) = added {
            return self.added(column);
        }
        let Some(live) = self.live(name) else { return FutureValue::Unknown };
        match self.modified(name) {
            Some(to) => self.converted(live, to),
            None => FutureValue::Column(live.name.quoted()),
        }
    }

    /// Returns the live column that will have this name.
    pub fn live(&self, name: &Identifier) -> Option<&'a Column> {
        let former = self.changes.iter().find_map(|change| match change {
            Change::RenameColumn { from, to } if to.matches(name) => Some(from),
            _ => None,
        });
        self.before.column(former.unwrap_or(name))
    }

    /// Returns the name that a live column will have.
    pub fn new_name<'b>(&self, live: &'b Identifier) -> &'b Identifier
    where
        'a: 'b,
    {
        let renamed = self.changes.iter().find_map(|change| match change {
            Change::RenameColumn { from, to } if from.matches(live) => Some(to),
            _ => None,
        });
        renamed.unwrap_or(live)
    }

    /// Returns the columns that an expression over the table to come names, by their names then.
    pub fn columns_named(&self, expression: &Expression) -> Vec<&'a Identifier> {
        let added = self.changes.iter().filter_map(|change| match change {
            Change::AddColumn { column, .. } => Some(&column.name),
            _ => None,
        });
        let before = self.before;
        let live = before.columns.iter().map(|live| self.new_name(&live.name));
        live.chain(added).filter(|name| expression.names_column(name)).collect()
    }

    /// Whether an expression names a column that is new.
    pub fn names_new_column(&self, expression: &Expression) -> bool {
        self.changes.iter().any(|change| match change {
            Change::AddColumn { column, .. } => expression.names_column(&column.name),
            _ => false,
        })
    }

    /// Returns the value of one part of a key.
    pub fn part(&self, target: &KeyTarget) -> FutureValue {
        match target {
            KeyTarget::Expression(expression) => self.computed(expression),
            KeyTarget::Column { name, prefix } => match (self.value(name), prefix) {
                (FutureValue::Column(sql) | FutureValue::Expression(sql), Some(length)) => {
                    FutureValue::Expression(format!("LEFT({sql}, {length})"))
                }
                (FutureValue::Declared(sql), Some(length)) => FutureValue::Declared(format!("LEFT({sql}, {length})")),
                (value, _) => value,
            },
        }
    }

    /// Returns the rows as they will be, as what follows `FROM`, of which an expression names these columns. `None` where
    /// the value of one is not known.
    pub fn rows(&self, columns: &[&Identifier], table: &str) -> Option<String> {
        let (mut computed, mut in_place) = (Vec::new(), true);
        for name in columns {
            let sql = match self.value(name) {
                FutureValue::Column(sql)
                | FutureValue::Expression(sql)
                | FutureValue::Declared(sql)
                | FutureValue::Literal(sql) => sql,
                FutureValue::Null => "NULL".to_owned(),
                FutureValue::Same | FutureValue::Distinct | FutureValue::Unknown => return None,
            };
            let quoted = name.quoted();
            in_place &= sql == quoted;
            computed.push(format!("{sql} AS {quoted}"));
        }
        Some(if in_place {
            table.to_owned()
        } else {
            format!("(SELECT {} FROM {table}) AS rows_then", computed.join(", "))
        })
    }

    /// Whether no change concerns the column.
    pub fn is_untouched(&self, name: &Identifier) -> bool {
        self.value(name) == FutureValue::Column(name.quoted()) && self.modified(name).is_none()
    }

    fn modified(&self, name: &Identifier) -> Option<&'a Column> {
        self.changes.iter().find_map(|change| match change {
            Change::ModifyColumn { from, to, .. } if from.name.matches(name) => Some(to.as_ref()),
            _ => None,
        })
    }

    fn added(&self, column: &Column) -> FutureValue {
        match &column.fill {
            Fill::AutoIncrement => FutureValue::Distinct,
            Fill::Generated(generated) => self.stored(column, &generated.expression),
            Fill::Default(ColumnDefault::None) if column.nullable => FutureValue::Null,
            Fill::Default(ColumnDefault::None) => self.literal(column, implicit_default(&column.data_type)),
            Fill::Default(ColumnDefault::Value(value)) => self.literal(column, Some(value.clone())),
            // One value for all rows: the time of the statement, which is a little later than that of the query.
            Fill::Default(ColumnDefault::Expression(default)) if default.is_current_timestamp() => {
                let now = typed_expression(default.as_str(), &column.data_type, self.collated(column));
                now.map_or(FutureValue::Same, FutureValue::Literal)
            }
            // A function may return another value for each row, as UUID() does; RAND() returns one for all (tried on MariaDB
            // 10.11 and 11.8; MySQL 9.7 refuses both, 1674).
            Fill::Default(ColumnDefault::Expression(default)) if default.may_call_function() => FutureValue::Unknown,
            Fill::Default(ColumnDefault::Expression(default)) => self.stored(column, default),
        }
    }

    /// Returns the value of an expression as the column stores it.
    fn stored(&self, column: &Column, expression: &Expression) -> FutureValue {
        let FutureValue::Declared(sql) = self.computed(expression) else { return FutureValue::Unknown };
        let typed = typed_expression(&sql, &column.data_type, self.collated(column));
        typed.map_or(FutureValue::Unknown, FutureValue::Declared)
    }

    /// Returns the value of an expression over columns that stay as they are.
    fn computed(&self, expression: &Expression) -> FutureValue {
        let is_known = |name: &&Identifier| self.value(name) == FutureValue::Column(name.quoted());
        let names_new = self.names_new_column(expression);
        if self.renames_columns() || names_new || !self.columns_named(expression).iter().all(is_known) {
            return FutureValue::Unknown;
        }
        FutureValue::Declared(format!("({})", expression.as_str()))
    }

    fn literal(&self, column: &Column, value: Option<String>) -> FutureValue {
        let typed = value.and_then(|value| typed_literal(&value, &column.data_type, self.collated(column)));
        typed.map_or(FutureValue::Same, FutureValue::Literal)
    }

    /// Returns the character set and collation of a new column, which may be those of the table to come.
    fn collated<'b>(&'b self, column: &'b Column) -> Collated<'b> {
        let options = &self.before.options;
        let of_table = (options.charset.as_deref(), options.collation.as_deref());
        let (charset, collation) = self
            .changes
            .iter()
            .find_map(|change| match change {
                Change::SetTableCharset { charset, collation, .. } => Some((charset.as_deref(), collation.as_deref())),
                _ => None,
            })
            .unwrap_or(of_table);
        let collation = if column.charset.is_some() { column.collation.as_deref() } else { collation };
        Collated { charset: column.charset.as_deref().or(charset), collation }
    }

    /// Returns the value in a new definition, which is known only where the server does not convert it. Under another
    /// collation other values are equal.
    fn converted(&self, live: &Column, to: &Column) -> FutureValue {
        let of_kind = type_change(live, to, self.dialect);
        if live.fill != to.fill && (live.generated().is_some() || to.generated().is_some()) {
            return FutureValue::Unknown;
        }
        let name = live.name.quoted();
        let recoded = live.charset != to.charset || live.collation != to.collation;
        match (of_kind, &to.charset, &to.collation) {
            (TypeChange::Narrower | TypeChange::Family, ..) if !recoded => rounded(&name, live, to),
            (TypeChange::Family, ..) => FutureValue::Unknown,
            (_, Some(charset), Some(collation)) if recoded => FutureValue::Expression(format!(
                "CONVERT({name} USING {}) COLLATE {}",
                bare_word(charset),
                bare_word(collation)
            )),
            // It will have the default collation of its character set.
            (_, Some(charset), None) if recoded => {
                FutureValue::Expression(format!("CONVERT({name} USING {})", bare_word(charset)))
            }
            _ if recoded => FutureValue::Unknown,
            _ => FutureValue::Column(name),
        }
    }
}

/// Returns a value as a type of less precision stores it. A value that the type does not take at all has its own question.
fn rounded(column: &str, live: &Column, to: &Column) -> FutureValue {
    use DataType as T;
    let cast = |target: String| FutureValue::Expression(format!("CAST({column} AS {target})"));
    let is_number =
        matches!(live.data_type, T::Integer { .. } | T::Decimal { .. } | T::Float { .. } | T::Double { .. });
    match (&live.data_type, &to.data_type) {
        (T::Integer { .. }, T::Integer { .. })
        | (T::Char(_) | T::Varchar(_), T::Char(_) | T::Varchar(_) | T::Text(_))
        | (T::Text(_), T::Text(_) | T::Varchar(_))
        | (T::Varbinary(_) | T::Blob(_), T::Varbinary(_) | T::Blob(_))
        | (T::Bit(_), T::Bit(_))
        | (T::Enum(_), T::Enum(_))
        | (T::Set(_), T::Set(_)) => FutureValue::Column(column.to_owned()),
        (_, T::Integer { .. }) if is_number => FutureValue::Expression(format!("ROUND({column})")),
        (_, T::Decimal { digits, .. }) if is_number => {
            FutureValue::Expression(format!("ROUND({column}, {})", digits.scale()))
        }
        (T::DateTime(_) | T::Timestamp(_) | T::Date, T::DateTime(fsp) | T::Timestamp(fsp)) => {
            cast(format!("DATETIME({})", fsp.get()))
        }
        (T::DateTime(_) | T::Timestamp(_), T::Date) => cast("DATE".to_owned()),
        (T::Time(_), T::Time(fsp)) => cast(format!("TIME({})", fsp.get())),
        _ => FutureValue::Unknown,
    }
}
