//! A table, and its constraints.

use serde::{Deserialize, Serialize};

use super::{
    Column, DataType, Dialect, Expression, Identifier, Index, IntegerWidth, Partitioning, PrimaryKey, Sign,
    TableOptions,
};

/// One base table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: Identifier,
    /// In their order in the table.
    pub columns: Vec<Column>,
    pub primary_key: Option<PrimaryKey>,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    pub options: TableOptions,
    pub partitioning: Option<Partitioning>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKey {
    pub name: Identifier,
    pub columns: Vec<Identifier>,
    /// Another database than the table's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced_database: Option<Identifier>,
    pub referenced_table: Identifier,
    pub referenced_columns: Vec<Identifier>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
}

impl ForeignKey {
    /// Returns whether it refers to this table of its own database.
    pub fn refers_to(&self, table: &Identifier) -> bool {
        self.referenced_database.is_none() && self.referenced_table == *table
    }
}

/// A foreign key, with the table that has it.
#[derive(Debug, Clone, Copy)]
pub struct KeyOfTable<'a> {
    pub key: &'a ForeignKey,
    pub table: &'a Identifier,
}

impl KeyOfTable<'_> {
    /// Whether one of its sides has this column of `table`.
    pub fn has_column(self, table: &Identifier, column: &Identifier) -> bool {
        let is_of = |columns: &[Identifier]| columns.iter().any(|name| name.matches(column));
        self.table == table && is_of(&self.key.columns)
            || self.key.refers_to(table) && is_of(&self.key.referenced_columns)
    }
}

/// What happens to rows that refer to another row, when that row is deleted or its key changes.
///
/// InnoDB treats `RESTRICT` and `NO ACTION` alike, and MariaDB prints neither; they are one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferentialAction {
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// A table-level `CHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: Identifier,
    pub expression: Expression,
    /// False for MySQL's `NOT ENFORCED`; MariaDB always enforces.
    pub enforced: bool,
}

impl Table {
    /// Returns whether its engine is InnoDB, which it is also where it names none.
    #[must_use]
    pub fn is_innodb(&self) -> bool {
        self.options.engine.as_deref().is_none_or(|engine| engine.eq_ignore_ascii_case("innodb"))
    }

    /// Returns the column of this name, in any case.
    #[must_use]
    pub fn column(&self, name: &Identifier) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.matches(name))
    }

    /// Returns the column of a primary key that MySQL generated (`sql_generate_invisible_primary_key`; its manual,
    /// "Generated Invisible Primary Keys"), which belongs to the server and is in no declaration.
    #[must_use]
    pub fn generated_key(&self, dialect: Dialect) -> Option<&Column> {
        let [part] = self.primary_key.as_ref()?.parts.as_slice() else { return None };
        let column = self.column(part.column_name()?)?;
        let unsigned_bigint = DataType::Integer { width: IntegerWidth::Big, display: None, sign: Sign::Unsigned };
        let is_generated = !dialect.is_mariadb()
            && column.name.as_str() == "my_row_id"
            && column.is_auto_increment()
            && !column.visible
            && column.data_type == unsigned_bigint;
        is_generated.then_some(column)
    }

    /// Returns the table as it was requested: without a primary key that MySQL generated.
    #[must_use]
    pub fn without_generated_key(&self, dialect: Dialect) -> Self {
        let mut table = self.clone();
        if let Some(generated) = self.generated_key(dialect) {
            table.columns.retain(|column| column.name != generated.name);
            table.primary_key = None;
        }
        table
    }

    /// Returns the secondary index of this name, in any case.
    #[must_use]
    pub fn index(&self, name: &Identifier) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name.matches(name))
    }

    /// Returns the foreign key of this name, in any case.
    #[must_use]
    pub fn foreign_key(&self, name: &Identifier) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| key.name.matches(name))
    }

    /// Returns the check of this name, in any case.
    #[must_use]
    pub fn check(&self, name: &Identifier) -> Option<&Check> {
        self.checks.iter().find(|check| check.name.matches(name))
    }
}
