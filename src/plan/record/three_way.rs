//! The three-way merge of what is declared, what was declared when it was last applied, and what is live, like server-side
//! apply. It edits the declaration as a person could: a done rename is left out, one that is taken back is declared in
//! reverse, and what is no longer declared is absent.

use std::borrow::Cow;

use super::last_applied::find;
use super::records::Records;
use super::removed_objects::RemovedObjects;
use super::rename_history::RenameHistory;
use super::undeclared::is_bookkeeping;
use crate::plan::change::{DeclaredNames, ObjectKind, is_declared, is_live};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// Merges `records` into `declared`. With `removes`, what the resource once declared and no longer does is absent,
/// unless it may be what records hold that can't be read.
pub fn three_way<'a>(
    declared: &'a DeclaredSchema,
    records: &Records,
    live: &Schema,
    removes: bool,
) -> Cow<'a, DeclaredSchema> {
    let mut merged = Cow::Borrowed(declared);
    let removes = removes && !records.hides_others;
    if records.is_empty() {
        return merged;
    }
    for (at, table) in declared.tables.iter().enumerate() {
        if let Some(former) = table_renames(table, declared, records, live)
            && let Some(table) = merged.to_mut().tables.get_mut(at)
        {
            table.renamed_from = former;
        }
    }
    for at in 0..declared.tables.len() {
        let Some(table) = merged.tables.get(at) else { continue };
        let live_name = std::iter::once(&table.name).chain(&table.renamed_from).find_map(|name| live.table(name));
        let Some(of_table) = live_name else { continue };
        let merge = TableMerge { declared: table, live: of_table, records };
        if let Cow::Owned(edited) = merge.run(removes)
            && let Some(table) = merged.to_mut().tables.get_mut(at)
        {
            *table = edited;
        }
    }
    if removes {
        remove_tables(&mut merged, records, live);
    }
    merged
}

/// Returns the former names of a table that still count; `None` where that is all of them.
fn table_renames(
    table: &DeclaredTable,
    declared: &DeclaredSchema,
    records: &Records,
    live: &Schema,
) -> Option<Vec<Identifier>> {
    let is_declared = |name: &Identifier| {
        declared.tables.iter().any(|other| other.name == *name) || declared.absent_tables.contains(name)
    };
    let history = RenameHistory {
        names: DeclaredNames { name: &table.name, former: &table.renamed_from },
        done: &[],
        is_same: &|one, other| one == other,
        is_live: &|name| live.table(name).is_some(),
        is_declared: &is_declared,
    };
    let known = records.ancestry().filter_map(|last| Some(&last.tables.get(&table.name)?.itself));
    let own = records.ancestry().flat_map(|last| &last.tables);
    let own = own.map(|(name, table)| (name, &table.itself)).filter(|(name, _)| !records.is_table_of_another(name));
    history.former_names(known, own)
}

/// One declared table, its live state and the records.
struct TableMerge<'a> {
    declared: &'a DeclaredTable,
    live: &'a Table,
    records: &'a Records,
}

impl<'a> TableMerge<'a> {
    fn run(&self, removes: bool) -> Cow<'a, DeclaredTable> {
        let mut merged = Cow::Borrowed(self.declared);
        for (at, column) in self.declared.columns.iter().enumerate() {
            if let Some(former) =
                self.renames(ObjectKind::Column, DeclaredNames { name: &column.name, former: &column.renamed_from })
                && let Some(column) = merged.to_mut().columns.get_mut(at)
            {
                column.renamed_from = former;
            }
        }
        for (at, index) in self.declared.indexes.iter().enumerate() {
            if let Some(former) =
                self.renames(ObjectKind::Index, DeclaredNames { name: &index.name, former: &index.renamed_from })
                && let Some(index) = merged.to_mut().indexes.get_mut(at)
            {
                index.renamed_from = former;
            }
        }
        let own = self.records.own.as_ref().and_then(|own| own.table_of(self.declared));
        if let Some(own) = own.filter(|_| removes) {
            let removed = RemovedObjects::find(&merged, own, self.live, self.records);
            if !removed.is_empty() {
                removed.declare_absent(merged.to_mut());
            }
        }
        merged
    }

    /// Returns the former names of an object that still count; `None` where that is all of them.
    fn renames(&self, kind: ObjectKind, names: DeclaredNames<'_>) -> Option<Vec<Identifier>> {
        let DeclaredNames { name, former } = names;
        let tables = || self.records.ancestry().filter_map(|last| last.table_of(self.declared));
        let rounds = || self.records.ancestry().flat_map(|last| &last.rounds).filter(|round| round.is_done(self.live));
        let in_round = |former: &&Identifier| {
            kind == ObjectKind::Column && rounds().any(|round| round.holds(&self.live.name, former, name))
        };
        let done: Vec<Identifier> = former.iter().filter(in_round).cloned().collect();
        let history = RenameHistory {
            names,
            done: &done,
            is_same: &Identifier::matches,
            is_live: &|name| is_live(self.live, kind, name),
            is_declared: &|name| is_declared(self.declared, kind, name),
        };
        let known = tables().filter_map(|table| find(table.objects(kind), name));
        let all = tables().flat_map(|table| table.objects(kind));
        history.former_names(known, all.filter(|(name, _)| !self.records.is_of_another(&self.live.name, kind, name)))
    }
}

/// Removes the tables that the resource made, and no longer declares. A table that was there before, or that has columns
/// of others, stays without the objects that the resource made.
fn remove_tables(merged: &mut Cow<'_, DeclaredSchema>, records: &Records, live: &Schema) {
    let Some(own) = &records.own else { return };
    for (name, recorded) in &own.tables {
        let is_named = |declared: &DeclaredTable| {
            declared.name == *name || live.table(&declared.name).is_none() && declared.renamed_from.contains(name)
        };
        if merged.tables.iter().any(is_named) || merged.absent_tables.contains(name) || is_bookkeeping(name) {
            continue;
        }
        let Some(table) = live.table(name) else { continue };
        let is_ours = |column: &Identifier| find(&recorded.columns, column).is_some_and(|column| column.origin.made);
        if recorded.itself.origin.made
            && !records.is_table_of_another(name)
            && table.columns.iter().all(|column| is_ours(&column.name))
        {
            merged.to_mut().absent_tables.push(name.clone());
            continue;
        }
        let mut rest = DeclaredTable::named(name.clone());
        let removed = RemovedObjects::find(&rest, recorded, table, records);
        if !removed.is_empty() {
            removed.declare_absent(&mut rest);
            merged.to_mut().tables.push(rest);
        }
    }
}
