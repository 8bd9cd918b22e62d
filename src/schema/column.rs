//! A column, with the attributes that `CREATE TABLE` can give it.

use super::{DataType, Expression, Identifier};

/// One column with all its attributes. Nothing is left to a server's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: Identifier,
    pub data_type: DataType,
    pub nullable: bool,
    pub fill: Fill,
    /// `ON UPDATE CURRENT_TIMESTAMP`, with the fractional digits of the column's own type.
    pub on_update_now: bool,
    /// Character set and collation; `None` for types that hold no characters, and for a new column whose declaration
    /// leaves them to the table.
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: String,
    pub visible: bool,
    /// Spatial reference system of a spatial column (MySQL's `SRID`).
    pub srid: Option<u32>,
    /// MariaDB's `COMPRESSED` column attribute.
    pub compressed: bool,
    /// A column-level `CHECK`, which MariaDB alone keeps apart from the table's; MySQL makes it one of the table's.
    pub check: Option<Expression>,
    /// All other clauses, as the server shows them: `COLUMN_FORMAT FIXED`. Only a full reading of the table has them.
    /// MariaDB shows an attribute that the engine does not know as a comment, and takes it from no statement.
    pub other: String,
}

/// Where a value comes from when an `INSERT` gives none. The three exclude each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fill {
    Default(ColumnDefault),
    AutoIncrement,
    Generated(Generation),
}

/// A column's default. On a nullable column `None` is `DEFAULT NULL`: to the server they are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnDefault {
    None,
    /// A literal without quotes, as MySQL's `information_schema` shows it.
    Value(String),
    /// An expression, without the parentheses around it. `CURRENT_TIMESTAMP(n)` is one; `now()` stands for `(now())`.
    Expression(Expression),
}

/// `GENERATED ALWAYS AS (expression)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    pub expression: Expression,
    pub storage: Storage,
}

/// Whether a generated column's value is computed at each read or kept in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    Virtual,
    Stored,
}

impl Column {
    /// Returns a column as `CREATE TABLE` makes it from name and type alone: nullable, without default.
    #[must_use]
    pub fn new(name: Identifier, data_type: DataType) -> Self {
        Self {
            name,
            data_type,
            nullable: true,
            fill: Fill::Default(ColumnDefault::None),
            on_update_now: false,
            charset: None,
            collation: None,
            comment: String::new(),
            visible: true,
            srid: None,
            compressed: false,
            check: None,
            other: String::new(),
        }
    }

    /// Returns whether it has an expression, whose meaning and spelling the server decides.
    #[must_use]
    pub fn has_expression(&self) -> bool {
        self.check.is_some()
            || match &self.fill {
                Fill::Generated(_) => true,
                Fill::Default(ColumnDefault::Expression(default)) => !default.is_current_timestamp(),
                Fill::Default(_) | Fill::AutoIncrement => false,
            }
    }

    /// Returns whether its own check is the one that MariaDB gives to a column of the type `JSON`.
    #[must_use]
    pub fn is_checked_as_json(&self) -> bool {
        let json = Expression::new(&format!("json_valid({})", self.name.quoted()));
        self.check.as_ref().is_some_and(|check| json.is_ok_and(|json| json == *check))
    }

    /// Returns how its value is computed; `None` where the column is not a generated one.
    #[must_use]
    pub fn generated(&self) -> Option<&Generation> {
        match &self.fill {
            Fill::Generated(generated) => Some(generated),
            _ => None,
        }
    }

    /// Returns whether it counts up by itself.
    #[must_use]
    pub fn is_auto_increment(&self) -> bool {
        self.fill == Fill::AutoIncrement
    }
}
