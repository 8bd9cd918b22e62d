//! Counts the live objects that are not declared. They are left alone.

use std::collections::HashMap;

use crate::plan::consent::is_kept_by_tool;
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// The number of undeclared objects. Of an undeclared table only the table itself counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UndeclaredCount {
    pub tables: usize,
    pub columns: usize,
    pub indexes: usize,
}

/// Counts the objects of `live` that are not declared.
pub fn undeclared(declared: &DeclaredSchema, live: &Schema) -> UndeclaredCount {
    let declared: HashMap<&Identifier, &DeclaredTable> =
        declared.tables.iter().map(|table| (&table.name, table)).collect();
    let mut count = UndeclaredCount::default();
    for table in live.tables.iter().filter(|table| !is_bookkeeping(&table.name)) {
        match declared.get(&table.name) {
            None => count.tables += 1,
            Some(declared) => count_in_table(declared, table, live, &mut count),
        }
    }
    count
}

fn count_in_table(declared: &DeclaredTable, table: &Table, live: &Schema, count: &mut UndeclaredCount) {
    let generated = table.generated_key(live.dialect).map(|column| &column.name);
    let is_declared_column = |name: &Identifier| declared.columns.iter().any(|column| column.name.matches(name));
    let is_declared_index = |name: &Identifier| declared.indexes.iter().any(|index| index.name.matches(name));
    let left = table.columns.iter().filter(|column| !is_declared_column(&column.name));
    count.columns += left.filter(|column| generated != Some(&column.name)).count();
    count.indexes += table.indexes.iter().filter(|index| !is_declared_index(&index.name)).count();
}

/// Whether a table belongs to the operator, to a migration tool or to an online-change tool, and so to no schema.
pub fn is_bookkeeping(table: &Identifier) -> bool {
    const NAMES: [&str; 9] = [
        "alembic_version",
        "flyway_schema_history",
        "schema_version",
        "databasechangelog",
        "databasechangeloglock",
        "schema_migrations",
        "ar_internal_metadata",
        "django_migrations",
        "_prisma_migrations",
    ];
    let name = table.folded();
    is_kept_by_tool(table) || name.starts_with("schema_operator_") || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookkeeping_tables_are_known_by_their_names() {
        let is = |name: &str| is_bookkeeping(&Identifier::new(name).unwrap());
        assert!(is("alembic_version") && is("DATABASECHANGELOG") && is("_user_gho") && is("schema_operator_history"));
        assert!(!is("user") && !is("_private") && !is("renew_new"));
    }
}
