//! Rows that would share the key of a new unique index or primary key.

use super::super::change::Change;
use super::future::Value;
use super::{Found, RowProblem};
use crate::schema::{Index, IndexKind, KeyPart};

impl Found<'_> {
    pub(crate) fn unique_index(&mut self, change: &Change, index: &Index) {
        if index.kind == IndexKind::Unique {
            self.key(change, &index.parts);
        }
    }

    /// A key with a NULL in it is equal to no other, so such rows are left out.
    pub(crate) fn key(&mut self, change: &Change, parts: &[KeyPart]) {
        if self.is_implied(parts) {
            return;
        }
        let mut columns = Vec::new();
        for part in parts {
            match self.future.part(&part.target) {
                Value::Sql(sql) => columns.push(sql),
                Value::Same => {}
                Value::Null | Value::Distinct => return,
                Value::Unknown => {
                    let object = change.object(&self.step.table);
                    return self.unchecked(format!("whether rows share the key of {object}"));
                }
            }
        }
        let table = self.table();
        let rows = if columns.is_empty() {
            // Every row would have the same key.
            format!("SELECT COUNT(*) AS number FROM {table} HAVING COUNT(*) > 1")
        } else {
            let present: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
            let (columns, present) = (columns.join(", "), present.join(" AND "));
            format!(
                "SELECT {columns}, COUNT(*) AS number FROM {table} WHERE {present} GROUP BY {columns} \
                 HAVING COUNT(*) > 1"
            )
        };
        self.question(change, RowProblem::Duplicate, rows);
    }

    /// Whether a key that is live, and whose columns stay as they are, makes every larger key unique.
    fn is_implied(&self, parts: &[KeyPart]) -> bool {
        let primary = self.before.primary_key.iter().map(|key| &key.parts);
        let unique = self.before.indexes.iter().filter(|index| index.kind == IndexKind::Unique);
        primary.chain(unique.map(|index| &index.parts)).any(|live| {
            live.iter().all(|part| {
                part.column_name().is_some_and(|name| {
                    self.future.is_untouched(name) && parts.iter().any(|new| new.is_whole(name) && part.is_whole(name))
                })
            })
        })
    }
}
