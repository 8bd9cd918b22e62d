//! The objects that a declaration needs: those that it declares, and those that its keys and positions name.

use crate::plan::change::{ObjectKind, declared_of};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, KeyPart, Position};

/// Whether the declaration of a table needs this column.
pub fn needs_column(table: &DeclaredTable, column: &Identifier) -> bool {
    let among = |parts: &[KeyPart]| parts.iter().any(|part| part.is_of(column));
    let after = |position: &Option<Position>| matches!(position, Some(Position::After(name)) if name.matches(column));
    table.columns.iter().any(|other| other.name.matches(column) || after(&other.position))
        || table.primary_key.as_deref().is_some_and(among)
        || table.indexes.iter().any(|index| among(&index.parts))
        || table.foreign_keys.iter().any(|key| key.columns.iter().any(|name| name.matches(column)))
}

/// Whether the declaration of a schema needs this table.
pub fn needs_table(schema: &DeclaredSchema, name: &Identifier) -> bool {
    let refers = |table: &DeclaredTable| {
        table.foreign_keys.iter().any(|key| key.referenced_database.is_none() && key.referenced_table == *name)
    };
    schema.tables.iter().any(|table| table.name == *name || refers(table))
}

/// Whether the declaration of a table needs this object.
pub fn needs(table: &DeclaredTable, kind: ObjectKind, name: &Identifier) -> bool {
    match kind {
        ObjectKind::Column => needs_column(table, name),
        ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => {
            declared_of(table, kind).iter().any(|other| other.name.matches(name))
        }
    }
}
