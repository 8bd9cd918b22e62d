//! Rows that would refer to nothing under a new foreign key, or violate a check.

use super::super::change::Change;
use super::future::{Future, Value};
use super::{Found, RowProblem, qualified};
use crate::schema::{Expression, ForeignKey, Identifier};

impl Found<'_> {
    /// A key with a NULL in it refers to nothing (`MATCH SIMPLE`, the only kind that both servers have).
    pub(crate) fn orphans(&mut self, change: &Change, key: &ForeignKey) {
        let object = change.object(&self.step.table);
        let open = format!("whether each row that {object} refers to exists");
        let mut child = Vec::new();
        for column in &key.columns {
            match self.future.value(column) {
                Value::Sql(sql) => child.push(sql),
                Value::Null => return,
                Value::Same | Value::Distinct | Value::Unknown => return self.unchecked(open),
            }
        }
        let present: Vec<String> = child.iter().map(|column| format!("child.{column} IS NOT NULL")).collect();
        if child.iter().any(|column| !column.starts_with('`')) {
            return self.unchecked(open);
        }
        let present = present.join(" AND ");
        let table = self.table();
        let Some(parent) = self.parent(key) else {
            return self.unchecked(open);
        };
        let orphans = match parent {
            // It will be created by the same plan, and be empty.
            Parent::New => format!("SELECT child.* FROM {table} AS child WHERE {present}"),
            Parent::Live { table: parent, columns } => {
                let equal: Vec<String> = columns
                    .iter()
                    .zip(&child)
                    .map(|(theirs, ours)| format!("parent.{theirs} = child.{ours}"))
                    .collect();
                format!(
                    "SELECT child.* FROM {table} AS child WHERE {present} AND NOT EXISTS \
                     (SELECT 1 FROM {parent} AS parent WHERE {})",
                    equal.join(" AND ")
                )
            }
        };
        self.question(change, RowProblem::Orphan, orphans);
    }

    /// A check that is neither true nor false holds.
    pub(crate) fn violations(&mut self, change: &Change, expression: &Expression) {
        if self.future.renames_columns() {
            let object = change.object(&self.step.table);
            return self.unchecked(format!("whether all rows pass {object}"));
        }
        self.rows(change, RowProblem::CheckViolated, &format!("NOT ({})", expression.as_str()));
    }

    /// The table that a key refers to, as it is now; `None` where its columns can't be told before the change.
    fn parent(&self, key: &ForeignKey) -> Option<Parent> {
        let database = key.referenced_database.as_ref().unwrap_or(&self.live.name);
        let quoted = |columns: &[Identifier]| columns.iter().map(Identifier::quoted).collect();
        if *database != self.live.name {
            let table = qualified(database, &key.referenced_table);
            return Some(Parent::Live { table, columns: quoted(&key.referenced_columns) });
        }
        let none = Vec::new();
        let Some(parent) = self.live.table(&key.referenced_table) else {
            let changes = self.changes.get(&key.referenced_table).unwrap_or(&none);
            let is_created = changes.iter().any(|change| matches!(change, Change::CreateTable(_)));
            return is_created.then_some(Parent::New);
        };
        let changes = self.changes.get(&parent.name).unwrap_or(&none);
        let future = Future::new(parent, changes, self.step.dialect);
        let columns: Option<Vec<String>> = key
            .referenced_columns
            .iter()
            .map(|name| match future.value(name) {
                Value::Sql(sql) if sql.starts_with('`') => Some(sql),
                _ => None,
            })
            .collect();
        Some(Parent::Live { table: qualified(database, &parent.name), columns: columns? })
    }
}

enum Parent {
    New,
    Live { table: String, columns: Vec<String> },
}
