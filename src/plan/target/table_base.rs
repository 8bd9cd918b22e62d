//! The live table below a declared one, with the names that it and its objects have after all renames.

use super::rename::Rename;
use super::table_merge::TableMerge;
use super::table_renames::ObjectRenames;
use crate::schema::{ForeignKey, Identifier, Table};

/// The live table below a declared one.
#[derive(Debug, Default)]
pub struct TableBase {
    /// The table with the names that it will have; `None` where there is none.
    pub table: Option<Table>,
    /// The name by which it is live, where it is another.
    pub renamed_from: Option<Identifier>,
    pub columns: ObjectRenames,
    pub indexes: ObjectRenames,
}

impl TableBase {
    /// The name by which it is live.
    fn live_name(&self) -> Option<&Identifier> {
        self.renamed_from.as_ref().or_else(|| self.table.as_ref().map(|table| &table.name))
    }
}

impl TableMerge<'_> {
    /// Finds the table that is live as `live_name`, and renames it and its objects. Without a live name, another declared
    /// table takes the one of its own name: then it is new.
    pub fn base(&mut self, live_name: Option<&Identifier>) -> TableBase {
        let own = &self.declared.name;
        let Some(mut table) = live_name.and_then(|name| self.schema.table(name)).cloned() else {
            return TableBase::default();
        };
        table.name = own.clone();
        let columns = self.rename_columns(&mut table);
        let indexes = self.rename_indexes(&mut table);
        let renamed_from = live_name.filter(|name| *name != own).cloned();
        TableBase { table: Some(table), renamed_from, columns, indexes }
    }
}

/// Lets foreign keys refer to tables and columns by the names that these will have. The servers do the same when they rename
/// one (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
pub fn follow_renames(bases: &mut [TableBase]) {
    struct Parent {
        live_name: Identifier,
        name: Identifier,
        columns: Vec<Rename>,
    }
    let is_renamed = |base: &&TableBase| base.renamed_from.is_some() || !base.columns.renames.is_empty();
    let parents = bases.iter().filter(is_renamed).filter_map(|base| {
        let (live_name, table) = (base.live_name()?.clone(), base.table.as_ref()?);
        Some(Parent { live_name, name: table.name.clone(), columns: base.columns.renames.clone() })
    });
    let parents: Vec<Parent> = parents.collect();
    if parents.is_empty() {
        return;
    }
    let keys = bases.iter_mut().filter_map(|base| base.table.as_mut()).flat_map(|table| &mut table.foreign_keys);
    for key in keys {
        let Some(parent) = parents.iter().find(|parent| key.refers_to(&parent.live_name)) else { continue };
        let ForeignKey { referenced_table, referenced_columns, .. } = key;
        referenced_table.clone_from(&parent.name);
        for column in referenced_columns {
            if let Some(rename) = parent.columns.iter().find(|rename| rename.from.matches(column)) {
                column.clone_from(&rename.to);
            }
        }
    }
}
