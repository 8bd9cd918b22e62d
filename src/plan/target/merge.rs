//! Lays one declared table over the live one.

use super::column::{foreign_attributes, merge_column};
use super::constraint::{merge_checks, merge_foreign_keys};
use super::index::{IndexEngine, merge_index, without_whole_prefixes};
use super::options::{lacks_counter, merge_options, refused_options};
use super::partitioning::{PartitioningRefusal, merge_partitioning, partitioning_refusals};
use super::rename::{Renamed, Renames, rename_columns, rename_in_expressions, renames};
use super::table_target::TableTarget;
use super::unreadable_text::lost_by_restating;
use crate::plan::target::{Refusal, RefusalKind};
use crate::schema::{
    Column, DataType, DeclaredColumn, DeclaredIndex, DeclaredTable, Detail, Identifier, Index, Schema, Table,
    TableOptions,
};

pub struct Merge<'a> {
    pub declared: &'a DeclaredTable,
    pub schema: &'a Schema,
    /// What a closer look at the live table told.
    pub detail: Option<&'a Detail>,
    pub refusals: &'a mut Vec<Refusal>,
}

impl Merge<'_> {
    pub fn run(mut self, renamed_from: Option<&Identifier>) -> TableTarget {
        let mut base = self.schema.table(renamed_from.unwrap_or(&self.declared.name)).cloned();
        let (mut renamed_columns, mut renamed_indexes, mut has_cycle) = (Vec::new(), Vec::new(), false);
        if let Some(base) = &mut base {
            base.name = self.declared.name.clone();
            let (in_columns, in_indexes);
            (renamed_columns, in_columns) = self.rename_columns(base);
            (renamed_indexes, in_indexes) = self.rename_indexes(base);
            has_cycle = in_columns || in_indexes;
        }
        let mut table = base.clone().unwrap_or_else(|| empty_table(&self.declared.name));
        rename_in_expressions(&mut table, &renamed_columns);
        if self.schema.dialect.is_mariadb() && base.is_some() {
            base = Some(table.clone());
        }
        for column in &self.declared.columns {
            let before = table.column(&column.name).cloned();
            let merged = self.column(column, before, base.as_ref());
            match table.columns.iter_mut().find(|live| live.name.matches(&column.name)) {
                Some(live) => *live = merged,
                None => table.columns.push(merged),
            }
        }
        self.primary_key(&mut table);
        let engine = self.engine(base.as_ref());
        for index in &self.declared.indexes {
            let parts = without_whole_prefixes(&index.parts, &table.columns);
            let index = DeclaredIndex { parts, ..index.clone() };
            match table.indexes.iter_mut().find(|live| live.name.matches(&index.name)) {
                Some(live) => *live = merge_index(&index, Some(live), engine),
                None => table.indexes.push(merge_index(&index, None, engine)),
            }
        }
        merge_foreign_keys(self.declared, &self.schema.name, &mut table);
        merge_checks(self.declared, &mut table);
        merge_options(&self.declared.options, &mut table.options, self.detail, self.schema.dialect);
        for (field, kind, message) in refused_options(&self.declared.options, &table, self.schema.dialect) {
            self.refuse(&format!("options.{field}"), kind, message);
        }
        self.remove_absent(&mut table);
        self.partitioning(&mut table, base.as_ref());
        self.check_references(&table);
        if self.schema.dialect.is_mariadb() {
            self.refuse_what_mariadb_lacks(&table);
        }
        let positions = self
            .declared
            .columns
            .iter()
            .filter_map(|column| column.position.as_ref().map(|position| (column.name.clone(), position.clone())));
        TableTarget {
            positions: positions.collect(),
            renamed_from: renamed_from.cloned(),
            auto_increment: self.declared.options.auto_increment.filter(|floor| lacks_counter(*floor, self.detail)),
            table,
            base,
            renamed_columns,
            renamed_indexes,
            has_cycle,
        }
    }

    fn rename_columns(&mut self, base: &mut Table) -> (Vec<(Identifier, Identifier)>, bool) {
        let columns = &self.declared.columns;
        let declared: Vec<Renamed<'_>> =
            columns.iter().map(|column| Renamed { name: &column.name, former: &column.renamed_from }).collect();
        let live: Vec<&Identifier> = base.columns.iter().map(|column| &column.name).collect();
        let Renames { mut pairs, cycles, conflicts } = renames(&declared, &live, &|_| true);
        let has_cycle = !cycles.is_empty();
        pairs.extend(cycles.into_iter().flatten());
        for (name, kind, message) in conflicts {
            self.refuse(&format!("columns[{name}].renamedFrom"), kind, message);
        }
        self.check_renamed_partitioning(base, &pairs);
        rename_columns(base, &pairs);
        (pairs, has_cycle)
    }

    /// MySQL renames no column that divides rows (3855), MariaDB renames it in the partitioning too.
    fn check_renamed_partitioning(&mut self, base: &Table, renames: &[(Identifier, Identifier)]) {
        let Some(partitioning) = &base.partitioning else { return };
        let can_follow = self.schema.dialect.is_mariadb() && partitioning.scheme().is_some();
        for (from, to) in renames.iter().filter(|(from, _)| !can_follow && partitioning.is_by(from)) {
            let message = format!("the table is partitioned by {from}, which therefore can't be renamed");
            self.refuse(&format!("columns[{to}].renamedFrom"), RefusalKind::Unsupported, message);
        }
    }

    /// Renames indexes by their former names, and those that are equal to a declared one and not declared themselves.
    fn rename_indexes(&mut self, base: &mut Table) -> (Vec<(Identifier, Identifier)>, bool) {
        let indexes = &self.declared.indexes;
        let declared: Vec<Renamed<'_>> =
            indexes.iter().map(|index| Renamed { name: &index.name, former: &index.renamed_from }).collect();
        let live: Vec<&Identifier> = base.indexes.iter().map(|index| &index.name).collect();
        let engine = self.engine(Some(base));
        // Of indexes, their definitions tell whether the names were taken.
        let is_as_declared = |from: &Identifier, to: &Identifier| {
            let declared = indexes.iter().find(|index| index.name.matches(to));
            let live = base.index(from);
            declared.zip(live).is_some_and(|(declared, live)| {
                live.same_definition(&Index { name: live.name.clone(), ..merge_index(declared, Some(live), engine) })
            })
        };
        let is_due = |cycle: &[(Identifier, Identifier)]| {
            cycle.iter().all(|(from, to)| is_as_declared(from, to))
                && !cycle.iter().all(|(_, to)| is_as_declared(to, to))
        };
        let Renames { pairs: mut renames, cycles, conflicts } = renames(&declared, &live, &is_due);
        let has_cycle = !cycles.is_empty();
        renames.extend(cycles.into_iter().flatten());
        for (name, kind, message) in conflicts {
            self.refuse(&format!("indexes[{name}].renamedFrom"), kind, message);
        }
        for live in &mut base.indexes {
            if let Some((_, to)) = renames.iter().find(|(from, _)| from.matches(&live.name)) {
                live.name.clone_from(to);
            }
        }
        for declared in indexes {
            if base.index(&declared.name).is_some() {
                continue;
            }
            let is_spoken_for = |name: &Identifier| {
                indexes.iter().any(|other| other.name.matches(name))
                    || self.declared.absent.indexes.iter().any(|absent| absent.matches(name))
            };
            let twin = base.indexes.iter_mut().find(|live| {
                let merged = merge_index(declared, Some(live), engine);
                !is_spoken_for(&live.name) && live.same_definition(&Index { name: live.name.clone(), ..merged })
            });
            if let Some(live) = twin {
                renames.push((live.name.clone(), declared.name.clone()));
                live.name.clone_from(&declared.name);
            }
        }
        (renames, has_cycle)
    }

    /// The engine that the table has or will have.
    fn engine(&self, base: Option<&Table>) -> IndexEngine {
        let live = base.and_then(|table| table.options.engine.as_deref());
        IndexEngine::new(self.declared.options.engine.as_deref().or(live), self.schema.dialect)
    }

    /// `before` is the column with what its renames bring about, `base` the table as it is live.
    fn column(&mut self, declared: &DeclaredColumn, before: Option<Column>, base: Option<&Table>) -> Column {
        let path = format!("columns[{}]", declared.name);
        if let Some(data_type) = &declared.data_type
            && let Some(reason) = data_type.unsupported_by(self.schema.dialect)
        {
            self.refuse(&format!("{path}.type"), RefusalKind::Unsupported, reason);
        }
        for (field, message) in foreign_attributes(declared, self.schema.dialect) {
            self.refuse(&format!("{path}.{field}"), RefusalKind::Unsupported, message);
        }
        let mut column = match (before, &declared.data_type) {
            (Some(before), _) => before,
            (None, Some(data_type)) => Column::new(declared.name.clone(), data_type.clone()),
            (None, None) => {
                let message = "the column does not exist, and without a type it can't be created";
                self.refuse(&format!("{path}.type"), RefusalKind::Invalid, message);
                Column::new(declared.name.clone(), DataType::integer())
            }
        };
        merge_column(declared, &mut column, self.schema.dialect);
        for (word, given) in [("charset", &declared.charset), ("collation", &declared.collation)] {
            if given.is_some() && !column.data_type.canonical(self.schema.dialect).is_character() {
                self.refuse(&format!("{path}.{word}"), RefusalKind::Invalid, "only a column of text has one");
            }
        }
        let has_true_expressions =
            !self.schema.dialect.is_mariadb() || self.detail.is_some_and(|detail| detail.has_true_expressions);
        if let Some(live) = base.and_then(|table| table.column(&declared.name))
            && let Some(attribute) = lost_by_restating(declared, live, &column, has_true_expressions)
        {
            let message = format!(
                "the server may show characters of its {attribute} as question marks, and changing the column would \
                 write those; declare the {attribute} too, or change the column by hand"
            );
            self.refuse(&path, RefusalKind::Unsupported, message);
        }
        column
    }

    fn partitioning(&mut self, table: &mut Table, base: Option<&Table>) {
        let mut found = Vec::new();
        if let Some(declared) = &self.declared.partitioning {
            match merge_partitioning(declared, base, self.schema.dialect) {
                Ok(partitioning) => table.partitioning = Some(partitioning),
                Err(fault) => found.push(fault),
            }
        }
        if base != Some(table) {
            found.extend(partitioning_refusals(table, self.schema));
        }
        for PartitioningRefusal { path, kind, message } in found {
            self.refuse(&path, kind, message);
        }
    }

    fn remove_absent(&self, table: &mut Table) {
        let absent = &self.declared.absent;
        let among = |names: &[Identifier], name: &Identifier| names.iter().any(|absent| absent.matches(name));
        table.columns.retain(|column| !among(&absent.columns, &column.name));
        table.indexes.retain(|index| !among(&absent.indexes, &index.name));
        table.foreign_keys.retain(|key| !among(&absent.foreign_keys, &key.name));
        table.checks.retain(|check| !among(&absent.checks, &check.name));
    }

    pub fn refuse(&mut self, path: &str, kind: RefusalKind, message: impl Into<String>) {
        self.refusals.push(Refusal::of_table(&self.declared.name, path, kind, message));
    }
}

fn empty_table(name: &Identifier) -> Table {
    Table {
        name: name.clone(),
        columns: Vec::new(),
        primary_key: None,
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        options: TableOptions::default(),
        partitioning: None,
    }
}
