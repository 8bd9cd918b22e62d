//! A random schema. Objects have numbers: what is renamed keeps its own, and what refers to it still does.

use super::columns::{Charset, Kind};

/// What an object is known by, whatever its name.
pub type Id = u32;

#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub tables: Vec<Table>,
    pub next_id: Id,
}

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

#[derive(Debug, Clone)]
pub struct Options {
    pub engine: &'static str,
    pub charset: Charset,
    pub comment: String,
}

impl Schema {
    /// A number that no object has.
    pub fn fresh(&mut self) -> Id {
        self.next_id += 1;
        self.next_id
    }

    pub fn table(&self, id: Id) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
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
    pub fn is_generated(&self) -> bool {
        matches!(self.fill, Fill::Generated { .. })
    }
}
