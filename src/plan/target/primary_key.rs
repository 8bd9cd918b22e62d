//! Lays the declared primary key over the live one, with its effects on columns.

use super::index::without_whole_prefixes;
use super::refusal::RefusalKind;
use super::table_merge::TableMerge;
use crate::schema::{KeyPart, PrimaryKey, Table, same_parts};

impl TableMerge<'_> {
    /// Merges the primary key. A declared key without parts is none.
    pub fn primary_key(&mut self, table: &mut Table) {
        let Some(parts) = &self.declared.primary_key else { return };
        let generated = table.generated_key(self.schema.dialect).map(|column| column.name.clone());
        if parts.is_empty() {
            // A key that the server generated is not a declared one.
            if generated.is_none() {
                table.primary_key = None;
            }
            return;
        }
        let parts = &without_whole_prefixes(parts, &table.columns);
        if !table.primary_key.as_ref().is_some_and(|live| same_parts(&live.parts, parts)) {
            let live = table.primary_key.take().unwrap_or_else(|| PrimaryKey::of(Vec::new()));
            table.columns.retain(|column| generated.as_ref() != Some(&column.name));
            table.primary_key = Some(PrimaryKey { parts: parts.clone(), ..live });
        }
        for part in parts {
            self.key_column_not_null(part, table);
        }
    }

    /// Makes a column of the key NOT NULL. The server does so by itself, and the next plan would differ otherwise.
    fn key_column_not_null(&mut self, part: &KeyPart, table: &mut Table) {
        let Some(name) = part.column_name() else { return };
        let declared = self.declared.columns.iter().find(|column| column.name.matches(name));
        if declared.is_some_and(|column| column.nullable == Some(true)) {
            let path = format!("columns[{name}].nullable");
            self.refuse(&path, RefusalKind::Invalid, "a column of the primary key is never null");
        }
        if let Some(column) = table.columns.iter_mut().find(|column| column.name.matches(name)) {
            column.nullable = false;
        }
    }
}
