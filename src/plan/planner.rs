//! Makes a plan of a declared schema and a live one, and says which tables it has to know better first.

use std::collections::BTreeSet;

use super::change::{Change, Plan, Step, TableChange};
use super::diff::{
    diff, foreign_key_refusals, freed_names, indexes_around, is_copy_hindered, is_hindered, keys_around,
    keys_around_copies, refusal_elsewhere, refused_changes, refused_copies, removals,
};
use super::order;
use super::target::{Refusal, RefusalKind, Target, carried, target};
use crate::schema::{
    Column, ColumnDefault, DataType, DeclaredColumn, DeclaredIndex, DeclaredSchema, DeclaredTable, ForeignKey,
    Identifier, IndexKind, KeyOfTable, Schema, Table,
};

/// Plans the steps after which `live` holds all that is declared: `diff(live, merge(declared, live))`.
///
/// # Errors
/// All declarations that contradict what is live, or that the live schema alone can't complete.
pub fn plan(declared: &DeclaredSchema, live: &Schema) -> Result<Plan, Vec<Refusal>> {
    let carried = carried(declared, live);
    let target = target(declared, &carried)?;
    let changes = changes(&target, &carried, live);
    let mut refused = foreign_key_refusals(&target, declared, &carried);
    refused.extend(refused_changes(&target, &changes, live));
    if refused.is_empty() {
        let plan = ordered(changes, &target, &carried, live);
        refused = refused_copies(&plan.steps, &carried);
        return if refused.is_empty() { Ok(plan) } else { Err(refused) };
    }
    Err(refused)
}

/// Plans as [`plan`], where the other sides of foreign keys may not have been read: what the server would refuse is not
/// looked for.
///
/// # Errors
/// All declarations that contradict what is live.
pub fn plan_without_rules(declared: &DeclaredSchema, live: &Schema) -> Result<Plan, Vec<Refusal>> {
    let carried = carried(declared, live);
    let target = target(declared, &carried)?;
    Ok(ordered(changes(&target, &carried, live), &target, &carried, live))
}

/// Orders the changes. Which of them share a statement that copies is known only then, and so which keys are in its way.
fn ordered(mut changes: Vec<TableChange>, target: &Target, carried: &Schema, live: &Schema) -> Plan {
    let plan = order::plan(changes.clone(), live);
    let around = keys_around_copies(target, &changes, &plan.steps, carried);
    let waits = |step: &&Step| keys_of_renamed(target).any(|key| is_copy_hindered(step, key));
    let waiting: Vec<&Step> = plan.steps.iter().filter(waits).collect();
    if around.is_empty() && waiting.is_empty() {
        return plan;
    }
    let is_waiting = |TableChange { table, change }: &TableChange| {
        waiting.iter().any(|step| step.table == *table && step.changes.contains(change))
    };
    changes.retain(|change| !is_waiting(change));
    changes.extend(around);
    order::plan(changes, live)
}

/// A foreign key to a table of another database that a plan adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyElsewhere {
    /// The table with the key, as it will be.
    pub table: Table,
    pub key: ForeignKey,
    /// The database of the table that it refers to.
    pub database: Identifier,
}

/// Returns the foreign keys to tables of other databases that a plan for `declared` adds.
pub fn keys_elsewhere(plan: &Plan, declared: &DeclaredSchema, live: &Schema) -> Vec<KeyElsewhere> {
    let added: Vec<(&Identifier, &ForeignKey, &Identifier)> = plan
        .steps
        .iter()
        .flat_map(|step| step.changes.iter().map(move |change| (&step.table, change)))
        .flat_map(|(table, change)| {
            let keys: &[ForeignKey] = match change {
                Change::CreateTable(created) => &created.foreign_keys,
                Change::AddForeignKey(key) => std::slice::from_ref(key),
                _ => &[],
            };
            keys.iter().filter_map(move |key| Some((table, key, key.referenced_database.as_ref()?)))
        })
        .collect();
    if added.is_empty() {
        return Vec::new();
    }
    let Ok(target) = target(declared, &carried(declared, live)) else { return Vec::new() };
    let after = |name: &Identifier| {
        let tables = target.tables.iter().map(|target| &target.table);
        tables.chain(&live.tables).find(|table| table.name == *name).cloned()
    };
    let elsewhere = added.into_iter().filter_map(|(table, key, database)| {
        Some(KeyElsewhere { table: after(table)?, key: key.clone(), database: database.clone() })
    });
    elsewhere.collect()
}

impl KeyElsewhere {
    /// Returns why the server would not add the key. `parent` is the other database with the table that the key refers
    /// to; `None` where that is not there.
    pub fn refusal(&self, parent: Option<&Schema>) -> Option<Refusal> {
        let message = match parent {
            Some(parent) => refusal_elsewhere(&self.table, &self.key, parent)?,
            None => format!(
                "it refers to database {}, which does not exist, or which the account may not see; create it, or GRANT \
                 SELECT, REFERENCES on it to the account",
                self.database
            ),
        };
        let path = format!("foreignKeys[{}]", self.key.name);
        Some(Refusal::of_table(&self.table.name, &path, RefusalKind::Invalid, message))
    }
}

/// Returns the changes to a target. `carried` is what is live, with the names in foreign keys that renames change.
fn changes(target: &Target, carried: &Schema, live: &Schema) -> Vec<TableChange> {
    let mut changes: Vec<TableChange> = target.tables.iter().flat_map(|table| diff(table, live.dialect)).collect();
    changes.retain(|change| !waits_for_rename(change, target));
    changes.extend(freed_names(&target.dropped, &changes, live));
    changes.extend(keys_around(target, &changes, carried));
    changes.extend(indexes_around(target, &changes, carried));
    changes.extend(removals(&target.dropped, live));
    changes
}

/// Whether a foreign key of a table that is renamed now is in the way of the change. It is planned when that is done: the
/// key goes then, or makes way.
fn waits_for_rename(TableChange { table, change }: &TableChange, target: &Target) -> bool {
    let makes_way = matches!(change, Change::ModifyColumn { .. });
    keys_of_renamed(target).any(|key| {
        let goes = target
            .tables
            .iter()
            .any(|target| target.table.name == *key.table && target.table.foreign_key(&key.key.name).is_none());
        (makes_way || goes) && is_hindered(change, table, key)
    })
}

/// Returns the foreign keys of the tables that are renamed now.
fn keys_of_renamed(target: &Target) -> impl Iterator<Item = KeyOfTable<'_>> {
    let renamed = target.tables.iter().filter(|target| target.renamed_from.is_some());
    renamed.flat_map(|target| {
        let keys = target.base.iter().flat_map(|base| &base.foreign_keys);
        keys.map(|key| KeyOfTable { key, table: &target.table.name })
    })
}

/// Returns the live tables that have to be read in full, and were not yet: those of whose declaration the bulk queries
/// don't show enough, and those that change. Where nothing changes, the former alone.
pub fn tables_needing_detail(declared: &DeclaredSchema, live: &Schema) -> BTreeSet<Identifier> {
    let with_detail = declared.tables.iter().filter(|table| declares_detail(table, live));
    let mut names: BTreeSet<Identifier> = with_detail.flat_map(possible_names).cloned().collect();
    match plan(declared, live) {
        Ok(plan) => names.extend(plan.steps.into_iter().map(|step| step.table)),
        // A table that is refused for a text that may be lossy is not, once the text is known.
        Err(refusals) => {
            let is_refused =
                |table: &&DeclaredTable| refusals.iter().any(|refusal| refusal.table.as_ref() == Some(&table.name));
            names.extend(declared.tables.iter().filter(is_refused).flat_map(possible_names).cloned());
        }
    }
    names.retain(|name| live.table(name).is_some() && !live.details.contains_key(name));
    names
}

/// Returns the names under which a table may be live.
fn possible_names(table: &DeclaredTable) -> impl Iterator<Item = &Identifier> {
    std::iter::once(&table.name).chain(&table.renamed_from)
}

/// Whether a table is declared with an attribute that only a full reading shows.
fn declares_detail(table: &DeclaredTable, live: &Schema) -> bool {
    let has_detail = |index: &DeclaredIndex| {
        index.key_block_size.is_some() || matches!(index.kind, IndexKind::Fulltext { parser: Some(_) })
    };
    table.options.auto_increment.is_some()
        || table.options.storage.row_format.is_some()
        || table.indexes.iter().any(has_detail)
        || table.columns.iter().any(|column| column_has_detail(column, table, live))
}

/// Whether a column is declared with a default whose literal MySQL's `information_schema` cuts off (bytes), or shows in
/// another time zone (TIMESTAMP).
fn column_has_detail(declared: &DeclaredColumn, table: &DeclaredTable, live: &Schema) -> bool {
    let names = || std::iter::once(&declared.name).chain(&declared.renamed_from);
    let is_hidden =
        |column: &Column| column.data_type.is_binary() || matches!(column.data_type, DataType::Timestamp(_));
    let mut columns = possible_names(table)
        .filter_map(|name| live.table(name))
        .flat_map(|live| names().filter_map(|name| live.column(name)));
    !live.dialect.is_mariadb() && matches!(declared.default, Some(ColumnDefault::Value(_))) && columns.any(is_hidden)
}
