//! A random schema. Objects have numbers: what is renamed keeps its own, and what refers to it still does.

use schema_operator::schema::Dialect;

use super::columns::{Charset, Kind};
use super::partitions::Partitioning;

/// What an object is known by, whatever its name.
pub type Id = u32;

#[derive(Debug, Clone)]
pub struct Schema {
    pub tables: Vec<Table>,
    /// A table of another database, which keys may reference.
    pub elsewhere: Table,
    pub next_id: Id,
}

/// The number of the table of another database.
pub const ELSEWHERE: Id = 0;

/// What stands for the other database's name in the SQL of a pair, quoted.
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
    /// Of texts; `None` is the table's.
    pub charset: Option<Charset>,
    pub nullable: bool,
    pub fill: Fill,
    pub on_update: bool,
    pub comment: String,
    pub visible: bool,
    pub srid: Option<u32>,
    /// A check of its own, by number (MariaDB).
    pub check: Option<usize>,
}

/// Where a value comes from that is not given. Numbers choose among what the type can have.
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
    /// Not the column, but an expression of it.
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
    /// What is stated of how it is stored.
    pub using: Option<&'static str>,
}

/// It references the primary key of its parent.
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
    /// Of InnoDB.
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

/// `CREATE TABLE p (id int NOT NULL PRIMARY KEY)`.
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
    /// A number that no object has.
    pub fn fresh(&mut self) -> Id {
        self.next_id += 1;
        self.next_id
    }

    /// The table of this number: one of its own, or that of the other database.
    pub fn table(&self, id: Id) -> Option<&Table> {
        self.tables.iter().chain([&self.elsewhere]).find(|table| table.id == id)
    }

    /// The table that `other` is here: of its number, else of its name.
    pub fn counterpart(&self, other: &Table) -> Option<&Table> {
        self.table(other.id).or_else(|| self.tables.iter().find(|table| table.name == other.name))
    }
}

impl Table {
    pub fn column(&self, id: Id) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// The column that `other` is here: of its number, else of its name.
    pub fn counterpart(&self, other: &Column) -> Option<&Column> {
        self.column(other.id).or_else(|| self.columns.iter().find(|column| column.name == other.name))
    }

    pub fn is_innodb(&self) -> bool {
        self.options.engine == "InnoDB"
    }

    /// Whether a foreign key of this table has the column.
    pub fn in_foreign_key(&self, column: Id) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }

    /// The character set of a column of texts.
    pub fn charset_of(&self, column: &Column) -> Charset {
        column.charset.unwrap_or(self.options.charset)
    }
}

impl Column {
    /// Whether a check comes with it. On MariaDB that of `JSON` does.
    pub fn is_checked(&self, dialect: Dialect) -> bool {
        dialect.is_mariadb() && (self.check.is_some() || self.kind == Kind::Json)
    }

    pub fn is_generated(&self) -> bool {
        matches!(self.fill, Fill::Generated { .. })
    }
}
