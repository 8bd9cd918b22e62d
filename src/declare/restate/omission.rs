//! What the words of the resource can't say of a table.

use crate::schema::TableObject;

/// Something that a table has and its restatement leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// What has it.
    pub object: TableObject,
    /// The field that would hold it, below the table: `options`.
    pub field: String,
    pub reason: String,
}

impl Omission {
    /// Returns what the field of an object can't say, and why.
    pub fn new(object: TableObject, reason: impl Into<String>) -> Self {
        let field = field_of(&object);
        Self { object, field, reason: reason.into() }
    }

    /// Returns the omission at a field below that of its object.
    #[must_use]
    pub fn at(self, below: &str) -> Self {
        Self { field: format!("{}.{below}", self.field), ..self }
    }

    /// Returns that the clauses of an object can't be said; `None` where it has none.
    pub fn of_clauses(object: TableObject, clauses: &str) -> Option<Self> {
        (!clauses.is_empty()).then(|| Self::new(object, format!("{clauses} can't be declared")))
    }
}

/// Returns the field of an object below its table; that of the table itself has no name.
fn field_of(object: &TableObject) -> String {
    match object {
        TableObject::Table => "name".to_owned(),
        TableObject::PrimaryKey => "primaryKey".to_owned(),
        TableObject::Options => "options".to_owned(),
        TableObject::Partitioning => "partitioning".to_owned(),
        TableObject::Column(name) => format!("columns[{name}]"),
        TableObject::Index(name) => format!("indexes[{name}]"),
        TableObject::ForeignKey(name) => format!("foreignKeys[{name}]"),
        TableObject::Check(name) => format!("checks[{name}]"),
    }
}
