//! The context in which one declared table is merged, with its refusals.

use super::index::IndexEngine;
use super::refusal::{Refusal, RefusalKind};
use crate::schema::{DeclaredTable, Detail, Schema, Table};

/// One declared table, the live schema, and the refusals so far.
pub struct TableMerge<'a> {
    pub declared: &'a DeclaredTable,
    pub schema: &'a Schema,
    /// What a closer look at the live table showed.
    pub detail: Option<&'a Detail>,
    pub refusals: Vec<Refusal>,
}

impl TableMerge<'_> {
    /// Refuses the declaration at this path inside of the table.
    pub fn refuse(&mut self, path: &str, kind: RefusalKind, message: impl Into<String>) {
        self.refusals.push(Refusal::of_table(&self.declared.name, path, kind, message));
    }

    /// Returns the engine that the table has or will have.
    pub fn engine(&self, base: Option<&Table>) -> IndexEngine {
        let live = base.and_then(|table| table.options.engine.as_deref());
        IndexEngine::new(self.declared.options.engine.as_deref(), live, self.schema.dialect)
    }
}
