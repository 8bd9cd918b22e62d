//! Lays one declared table over the live one.

use super::column::{foreign_attributes, merge_column, taken_fill};
use super::constraint::{merge_checks, merge_foreign_keys};
use super::index::{merge_index, without_whole_prefixes};
use super::options::{lacks_counter, merge_options, refused_options};
use super::partitioning::{merge_partitioning, partitioning_refusals};
use super::refusal::{PartitioningRefusal, RefusalKind};
use super::rename_in_table::rename_in_expressions;
use super::table_base::TableBase;
use super::table_merge::TableMerge;
use super::table_target::{ColumnPosition, TableTarget};
use super::unreadable_text::lost_by_restating;
use crate::plan::change::Attribute;
use crate::schema::{
    AbsentObjects, Column, DataType, DeclaredColumn, DeclaredIndex, DeclaredTable, Identifier, Table, TableOptions,
};

impl TableMerge<'_> {
    /// Merges the table onto the live one.
    pub fn run(&mut self, base: TableBase) -> TableTarget {
        let DeclaredTable {
            name,
            renamed_from: _,
            columns,
            primary_key: _,
            indexes,
            foreign_keys: _,
            checks: _,
            options,
            partitioning: _,
            absent: _,
        } = self.declared;
        let dialect = self.schema.dialect;
        let TableBase { table: mut base, renamed_from, columns: of_columns, indexes: of_indexes } = base;
        let mut table = base.clone().unwrap_or_else(|| empty_table(name));
        rename_in_expressions(&mut table, &of_columns.renames);
        if dialect.is_mariadb() && base.is_some() {
            base = Some(table.clone());
        }
        self.columns(&mut table, base.as_ref());
        self.primary_key(&mut table);
        self.indexes(indexes, &mut table, base.as_ref());
        merge_foreign_keys(self.declared, &self.schema.name, &mut table);
        merge_checks(self.declared, &mut table);
        merge_options(options, &mut table.options, self.detail, dialect);
        let live_engine = base.as_ref().and_then(|base| base.options.engine.as_deref());
        for refused in refused_options(options, &table, live_engine, dialect) {
            self.refuse(&format!("options.{}", refused.attribute), refused.kind, &refused.message);
        }
        self.remove_absent(&mut table);
        self.partitioning(&mut table, base.as_ref());
        self.check_references(&table);
        self.check_dropped_columns(&table, base.as_ref());
        self.check_counting(&table);
        self.check_counter(&table, base.as_ref());
        if dialect.is_mariadb() {
            self.refuse_what_mariadb_lacks(&table);
        }
        TableTarget {
            positions: columns.iter().filter_map(ColumnPosition::of).collect(),
            renamed_from,
            auto_increment: options.auto_increment.filter(|floor| lacks_counter(*floor, self.detail)),
            table,
            base,
            renamed_columns: of_columns.renames,
            renamed_indexes: of_indexes.renames,
            has_cycle: of_columns.has_cycle || of_indexes.has_cycle,
        }
    }

    fn columns(&mut self, table: &mut Table, base: Option<&Table>) {
        for column in &self.declared.columns {
            let before = table.column(&column.name).cloned();
            let merged = self.column(column, before, base);
            match table.columns.iter_mut().find(|live| live.name.matches(&column.name)) {
                Some(live) => *live = merged,
                None => table.columns.push(merged),
            }
        }
    }

    /// Merges one column. `before` is the column with the effects of its renames, `base` the table as it is live.
    fn column(&mut self, declared: &DeclaredColumn, before: Option<Column>, base: Option<&Table>) -> Column {
        let dialect = self.schema.dialect;
        let path = format!("columns[{}]", declared.name);
        let field = |attribute: Attribute| format!("{path}.{attribute}");
        if let Some(data_type) = &declared.data_type
            && let Some(reason) = data_type.unsupported_by(dialect)
        {
            self.refuse(&field(Attribute::Type), RefusalKind::Unsupported, reason);
        }
        for foreign in foreign_attributes(declared, dialect) {
            self.refuse(&field(foreign.attribute), RefusalKind::Unsupported, foreign.message);
        }
        let mut column = match (before, &declared.data_type) {
            (Some(before), _) => before,
            (None, Some(data_type)) => Column::new(declared.name.clone(), data_type.clone()),
            (None, None) => {
                let message = "the column does not exist, and without a type it can't be created";
                self.refuse(&field(Attribute::Type), RefusalKind::Invalid, message);
                Column::new(declared.name.clone(), DataType::integer())
            }
        };
        if let Some(taken) = taken_fill(declared, &column.fill) {
            self.refuse(&field(taken.attribute), RefusalKind::Invalid, taken.message);
        }
        merge_column(declared, &mut column, dialect);
        for (attribute, given) in [(Attribute::Charset, &declared.charset), (Attribute::Collation, &declared.collation)]
        {
            if given.is_some() && !column.data_type.canonical(dialect).is_character() {
                self.refuse(&field(attribute), RefusalKind::Invalid, "only a column of text has one");
            }
        }
        let has_true_expressions =
            !dialect.is_mariadb() || self.detail.is_some_and(|detail| detail.has_true_expressions);
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

    fn indexes(&self, declared: &[DeclaredIndex], table: &mut Table, base: Option<&Table>) {
        let engine = self.engine(base);
        for index in declared {
            let parts = without_whole_prefixes(&index.parts, &table.columns);
            let index = DeclaredIndex { parts, ..index.clone() };
            match table.indexes.iter_mut().find(|live| live.name.matches(&index.name)) {
                Some(live) => *live = merge_index(&index, Some(live), engine),
                None => table.indexes.push(merge_index(&index, None, engine)),
            }
        }
    }

    fn remove_absent(&self, table: &mut Table) {
        let AbsentObjects { columns, indexes, foreign_keys, checks } = &self.declared.absent;
        let among = |names: &[Identifier], name: &Identifier| names.iter().any(|absent| absent.matches(name));
        table.columns.retain(|column| !among(columns, &column.name));
        table.indexes.retain(|index| !among(indexes, &index.name));
        table.foreign_keys.retain(|key| !among(foreign_keys, &key.name));
        table.checks.retain(|check| !among(checks, &check.name));
    }

    fn partitioning(&mut self, table: &mut Table, base: Option<&Table>) {
        let mut found = Vec::new();
        if let Some(declared) = &self.declared.partitioning {
            match merge_partitioning(declared, base, self.schema.dialect) {
                Ok(partitioning) => table.partitioning = Some(partitioning),
                Err(refusal) => found.push(refusal),
            }
        }
        if base != Some(table) {
            found.extend(partitioning_refusals(table, self.schema));
        }
        for PartitioningRefusal { path, kind, message } in found {
            self.refuse(&path, kind, message);
        }
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
