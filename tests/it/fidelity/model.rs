//! A random schema. Objects have numbers: what is renamed keeps its number, and references follow the number.

use schema_operator::schema::Dialect;

use super::columns::{Charset, Kind};
use super::partitions::Partitioning;

/// The number of an object, whatever its name.
pub type Id = u32;

#[derive(Debug, Clone)]
pub struct Schema {
    pub tables: Vec<Table>,
    /// A table of another database, which foreign keys may reference.
    pub elsewhere: Table,
    pub next_id: Id,
}

/// The number of the table in the other database.
pub const ELSEWHERE: Id = 0;

/// The placeholder for the other database's quoted name in the SQL of a pair.
pub const ELSEWHERE_NAME: &str = "{elsewhere}";

#[derive(Debug, Clone)]
pub struct Table {
    pub id: Id,
    pub name: String,
    pub columns: Vec<Column>,
    pub primary_key: Vec<Part>,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    pub options: Options,
    pub partitioning: Option<Partitioning>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub id: Id,
    pub name: String,
    pub kind: Kind,
    /// The character set of a text; `None` for the table's.
    pub charset: Option<Charset>,
    pub nullable: bool,
    pub fill: Fill,
    pub on_update: bool,
    pub comment: String,
    pub visible: bool,
    pub srid: Option<u32>,
    /// The number of a check of its own (MariaDB).
    pub check: Option<usize>,
}

/// The source of a value that an INSERT does not give. Numbers choose among what the type can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    None,
    Value(usize),
    Expression(usize),
    AutoIncrement,
    Generated { base: Id, form: usize, stored: bool },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub column: Id,
    pub prefix: Option<u32>,
    pub descending: bool,
    /// Whether it is an expression of the column instead of the column.
    pub expression: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IndexKind {
    Plain,
    Unique,
    Fulltext,
    Spatial,
}

#[derive(Debug, Clone)]
pub struct Index {
    pub id: Id,
    pub name: String,
    pub kind: IndexKind,
    pub parts: Vec<Part>,
    pub comment: String,
    pub visible: bool,
    /// The `USING` clause, if there is one.
    pub using: Option<&'static str>,
}

/// A key that references the primary key of its parent.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<Id>,
    pub parent: Id,
    pub on_delete: Action,
    pub on_update: Action,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    None,
    Restrict,
    Cascade,
    SetNull,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub name: String,
    pub column: Id,
    pub form: usize,
    pub enforced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub engine: &'static str,
    pub charset: Charset,
    pub comment: String,
    /// InnoDB only.
    pub row_format: Option<&'static str>,
    /// In KiB.
    pub key_block_size: Option<u32>,
    pub stats_persistent: Option<bool>,
    pub stats_auto_recalc: Option<bool>,
    pub stats_sample_pages: Option<u32>,
}

impl Default for Schema {
    fn default() -> Self {
        Self { tables: Vec::new(), elsewhere: elsewhere(), next_id: ELSEWHERE }
    }
}

/// Returns `CREATE TABLE p (id int NOT NULL PRIMARY KEY)`.
fn elsewhere() -> Table {
    let id = Column {
        id: ELSEWHERE,
        name: "id".to_owned(),
        kind: Kind::Number("int"),
        charset: None,
        nullable: false,
        fill: Fill::None,
        on_update: false,
        comment: String::new(),
        visible: true,
        srid: None,
        check: None,
    };
    let options = Options {
        engine: "InnoDB",
        charset: ("utf8mb4", "utf8mb4_bin"),
        comment: String::new(),
        row_format: None,
        key_block_size: None,
        stats_persistent: None,
        stats_auto_recalc: None,
        stats_sample_pages: None,
    };
    Table {
        id: ELSEWHERE,
        name: "p".to_owned(),
        columns: vec![id],
        primary_key: vec![Part { column: ELSEWHERE, prefix: None, descending: false, expression: false }],
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        options,
        partitioning: None,
    }
}

impl Schema {
    /// Returns a number that no object has.
    pub fn fresh(&mut self) -> Id {
        self.next_id += 1;
        self.next_id
    }

    /// Returns the table with this number, here or in the other database.
    pub fn table(&self, id: Id) -> Option<&Table> {
        self.tables.iter().chain([&self.elsewhere]).find(|table| table.id == id)
    }

    /// Returns the table here that `other` is: the one with its number, else with its name.
    pub fn counterpart(&self, other: &Table) -> Option<&Table> {
        self.table(other.id).or_else(|| self.tables.iter().find(|table| table.name == other.name))
    }
}

impl Table {
    pub fn column(&self, id: Id) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// Returns the column here that `other` is: the one with its number, else with its name.
    pub fn counterpart(&self, other: &Column) -> Option<&Column> {
        self.column(other.id).or_else(|| self.columns.iter().find(|column| column.name == other.name))
    }

    pub fn is_innodb(&self) -> bool {
        self.options.engine == "InnoDB"
    }

    /// Decides whether a foreign key of this table has the column.
    pub fn in_foreign_key(&self, column: Id) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }

    /// Returns the character set of a text column.
    pub fn charset_of(&self, column: &Column) -> Charset {
        column.charset.unwrap_or(self.options.charset)
    }
}

impl Column {
    /// Decides whether a check comes with it; on MariaDB, one comes with `JSON`.
    pub fn is_checked(&self, dialect: Dialect) -> bool {
        dialect.is_mariadb() && (self.check.is_some() || self.kind == Kind::Json)
    }

    pub fn is_generated(&self) -> bool {
        matches!(self.fill, Fill::Generated { .. })
    }
}
