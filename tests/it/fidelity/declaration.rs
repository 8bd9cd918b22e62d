//! The declaration that turns one database into another: the export of the goal, and `state: Absent` for what only the
//! live one has.

use schema_operator::api::{
    CheckSpec, ColumnSpec, DatabaseSchema, ForeignKeySpec, IndexSpec, PartitionSpec, PartitioningSpec, RiskSpec, State,
    TableSpec,
};
use schema_operator::cli::{ExportDetail, export, parse};
use schema_operator::mysql::Observation;
use schema_operator::schema::{Identifier, Partition, Partitioning, Table};

use super::schema_pair::{KeptTable, SchemaPair};

/// Declares that `live` becomes as `goal` is.
pub fn declaration(goal: &Observation, live: &Observation, pair: &SchemaPair) -> Result<DatabaseSchema, String> {
    if let Some((name, reason)) = goal.others.iter().chain(&live.others).next() {
        return Err(format!("table {name} can't be read: {reason}"));
    }
    let exported =
        export(goal, "pair", "r1", ExportDetail::Complete).map_err(|error| format!("the export fails: {error}"))?;
    if let Some(left_out) = exported.left_out.first() {
        return Err(format!("the export leaves something out: {left_out}"));
    }
    let yaml = exported.yaml().map_err(|error| error.to_string())?;
    let mut resource = parse(&yaml).map_err(|error| format!("the export can't be read: {error}\n{yaml}"))?;
    live.schema.name.as_str().clone_into(&mut resource.spec.database);
    resource.spec.policy.allow =
        Some(vec![RiskSpec::Blocking, RiskSpec::Breaking, RiskSpec::Destructive, RiskSpec::Unknown]);
    let tables = resource.spec.tables.get_or_insert_default();
    // A server that folds names takes those of the pair, which are in any case.
    let names = live.schema.stored_names();
    for table in tables.iter_mut() {
        let stored = Identifier::new(table.name.as_str()).map_err(|error| error.to_string())?;
        let kept = pair.kept.iter().find(|kept| names.is_table(&kept.table.b, &stored));
        let former = kept.map_or_else(|| table.name.clone(), |kept| kept.table.a.clone());
        let Some(old) = live.schema.tables.iter().find(|old| names.is_table(&former, &old.name)) else { continue };
        if old.name != stored {
            table.renamed_from = Some(vec![former]);
        }
        if let Some(kept) = kept {
            table.name.clone_from(&kept.table.b);
        }
        complete(table, old, kept);
    }
    for old in &live.schema.tables {
        let name = old.name.as_str();
        let is_it = |text: &str| names.is_table(text, &old.name);
        let is_kept = tables
            .iter()
            .any(|table| is_it(&table.name) || table.renamed_from.iter().flatten().any(|former| is_it(former)));
        if !is_kept && !name.starts_with("schema_operator_") {
            tables.push(TableSpec { name: name.to_owned(), state: Some(State::Absent), ..TableSpec::default() });
        }
    }
    Ok(resource)
}

/// Declares what the export of a table leaves to the live one: former names, positions, removals, and the format of
/// rows, whose default it does not state.
fn complete(table: &mut TableSpec, old: &Table, kept: Option<&KeptTable>) {
    let columns = table.columns.get_or_insert_default();
    for column in columns.iter_mut() {
        let renamed = kept.and_then(|kept| kept.columns.iter().find(|names| names.b == column.name));
        column.renamed_from = renamed.map(|names| vec![names.a.clone()]);
    }
    if let Some(options) = &mut table.options {
        options.row_format.get_or_insert_with(|| "DEFAULT".to_owned());
        options.key_block_size.get_or_insert(0);
    }
    place(columns, old);
    if let Some(partitioning) = &mut table.partitioning {
        name_partitions(partitioning, old);
    }
    for index in table.indexes.iter_mut().flatten() {
        let renamed = kept.and_then(|kept| kept.indexes.iter().find(|names| names.b == index.name));
        let former = renamed.map(|names| vec![names.a.clone()]);
        index.renamed_from = former;
    }
    remove(table, old);
}

/// Keeps the names of live partitions where only their number is declared: a fresh table has `p0`, `p1`.
fn name_partitions(partitioning: &mut PartitioningSpec, old: &Table) {
    let Some(count) = partitioning.count else { return };
    let live = old.partitioning.as_ref().and_then(Partitioning::scheme).map(|scheme| scheme.partitions.as_slice());
    let is_default = |(number, partition): (usize, &Partition)| partition.name.as_str() == format!("p{number}");
    if !live.unwrap_or_default().iter().enumerate().all(is_default) {
        let partition = |number| PartitionSpec { name: format!("p{number}"), ..PartitionSpec::default() };
        partitioning.partitions = Some((0..count).map(partition).collect());
        partitioning.count = None;
    }
}

/// Declares positions, unless the columns get this order anyway: kept ones in their order, then new ones.
fn place(columns: &mut [ColumnSpec], old: &Table) {
    let renamed: Vec<String> =
        columns.iter().flat_map(|column| column.renamed_from.iter().flatten().cloned()).collect();
    let at = |column: &ColumnSpec| {
        let former = column.renamed_from.iter().flatten().next();
        let is_new = former.is_none() && renamed.contains(&column.name);
        let former = former.unwrap_or(&column.name);
        let at = old.columns.iter().position(|old| !is_new && same(&old.name, former));
        at.unwrap_or(usize::MAX)
    };
    // The order of several new columns depends on their risks.
    if columns.is_sorted_by_key(at) && columns.iter().filter(|column| at(column) == usize::MAX).count() < 2 {
        return;
    }
    let mut before: Option<String> = None;
    for column in columns {
        match before.replace(column.name.clone()) {
            None => column.first = Some(true),
            before => column.after = before,
        }
    }
}

fn remove(table: &mut TableSpec, old: &Table) {
    let columns = table.columns.get_or_insert_default();
    for old in &old.columns {
        if !columns.iter().any(|new| named(&old.name, &new.name, new.renamed_from.as_ref())) {
            columns.push(ColumnSpec {
                name: old.name.to_string(),
                state: Some(State::Absent),
                ..ColumnSpec::default()
            });
        }
    }
    let indexes = table.indexes.get_or_insert_default();
    for old in &old.indexes {
        if !indexes.iter().any(|new| named(&old.name, &new.name, new.renamed_from.as_ref())) {
            indexes.push(IndexSpec { name: old.name.to_string(), state: Some(State::Absent), ..IndexSpec::default() });
        }
    }
    let keys = table.foreign_keys.get_or_insert_default();
    for old in &old.foreign_keys {
        if !keys.iter().any(|new| same(&old.name, &new.name)) {
            let name = old.name.to_string();
            keys.push(ForeignKeySpec { name, state: Some(State::Absent), ..ForeignKeySpec::default() });
        }
    }
    let checks = table.checks.get_or_insert_default();
    for old in &old.checks {
        if !checks.iter().any(|new| same(&old.name, &new.name)) {
            checks.push(CheckSpec { name: old.name.to_string(), state: Some(State::Absent), ..CheckSpec::default() });
        }
    }
}

fn named(live: &Identifier, name: &str, former: Option<&Vec<String>>) -> bool {
    same(live, name) || former.into_iter().flatten().any(|former| same(live, former))
}

fn same(live: &Identifier, name: &str) -> bool {
    Identifier::new(name).is_ok_and(|name| name.matches(live))
}
