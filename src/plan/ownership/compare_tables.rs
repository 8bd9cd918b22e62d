//! Contradictions between two declarations of one database. Two resources that applied such declarations would change the
//! database back and forth forever.

use std::collections::HashMap;

use super::compare_columns::{compare_columns, position_text, same_position};
use super::contradiction::{Both, Contradiction, DeclaredCharset, ObjectComparison};
use super::needs::{needs, needs_column, needs_table};
use crate::plan::change::{Attribute, Change, ObjectKind, Plan, absent_of};
use crate::plan::target::same_foreign_key;
use crate::schema::{
    DeclaredCheck, DeclaredColumn, DeclaredIndex, DeclaredOptions, DeclaredSchema, DeclaredTable, Dialect, Identifier,
    IndexAlgorithm, IndexKind, ObjectRef, TableObject, TableStorage, parts_text, same_parts,
};

const PRESENT: &str = "Present";
const ABSENT: &str = "Absent";

/// Returns the contradictions between two declarations. An attribute that only one of them declares is none.
fn contradictions(mine: &DeclaredSchema, theirs: &DeclaredSchema, dialect: Dialect) -> Vec<Contradiction> {
    let others: HashMap<&Identifier, &DeclaredTable> = theirs.tables.iter().map(|table| (&table.name, table)).collect();
    let mut found = Vec::new();
    for table in theirs.absent_tables.iter().filter(|table| needs_table(mine, table)) {
        let mut comparison = ObjectComparison { table, object: TableObject::Table, found: &mut found };
        comparison.note(Attribute::State, PRESENT, ABSENT);
    }
    for table in mine.absent_tables.iter().filter(|table| needs_table(theirs, table)) {
        let mut comparison = ObjectComparison { table, object: TableObject::Table, found: &mut found };
        comparison.note(Attribute::State, ABSENT, PRESENT);
    }
    for table in &mine.tables {
        if let Some(other) = others.get(&table.name) {
            TablePair { mine: table, theirs: other, dialect, found: &mut found }.compare();
        }
    }
    found
}

/// Returns all contradictions between a declaration with the plan that follows from it, if any, and another declaration.
pub fn all_contradictions(
    mine: &DeclaredSchema,
    plan: Option<&Plan>,
    theirs: &DeclaredSchema,
    dialect: Dialect,
) -> Vec<Contradiction> {
    let mut found = contradictions(mine, theirs, dialect);
    found.extend(plan.map(|plan| taken_names(plan, theirs)).unwrap_or_default());
    found
}

/// Returns what `plan` would rename although `theirs` declares it under its present name.
fn taken_names(plan: &Plan, theirs: &DeclaredSchema) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let table = theirs.tables.iter().find(|table| table.name == step.table);
        for change in &step.changes {
            let (object, from, to) = match change {
                Change::RenameTable { to } if needs_table(theirs, &step.table) => (TableObject::Table, &step.table, to),
                Change::RenameColumn { from, to } if table.is_some_and(|table| needs_column(table, from)) => {
                    (TableObject::Column(from.clone()), from, to)
                }
                Change::RenameIndex { from, to }
                    if table.is_some_and(|table| table.indexes.iter().any(|index| index.name.matches(from))) =>
                {
                    (TableObject::Index(from.clone()), from, to)
                }
                _ => continue,
            };
            let place = ObjectRef { table: step.table.clone(), object };
            let (mine, theirs) = (to.to_string(), from.to_string());
            found.push(Contradiction { place, attribute: Attribute::Name, mine, theirs });
        }
    }
    found
}

/// What two resources declare of one table.
struct TablePair<'a> {
    mine: &'a DeclaredTable,
    theirs: &'a DeclaredTable,
    dialect: Dialect,
    found: &'a mut Vec<Contradiction>,
}

impl TablePair<'_> {
    fn compare(&mut self) {
        let DeclaredTable {
            name: _,
            renamed_from: _,
            columns,
            primary_key,
            indexes,
            foreign_keys: _, // See `constraints`.
            checks: _,
            options,
            partitioning,
            absent: _,
        } = self.mine;
        let (theirs, dialect) = (self.theirs, self.dialect);
        for column in columns {
            if let Some(other) = theirs.columns.iter().find(|other| other.name.matches(&column.name)) {
                compare_columns(&mut self.object(TableObject::Column(column.name.clone())), column, other, dialect);
            }
        }
        self.positions(columns);
        let keys = Both::of(primary_key.as_ref(), theirs.primary_key.as_ref());
        let same_keys = |one: &Vec<_>, other: &Vec<_>| same_parts(one, other);
        let mut key = self.object(TableObject::PrimaryKey);
        key.compare_by(Attribute::PrimaryKey, keys, same_keys, |parts| parts_text(parts));
        for index in indexes {
            if let Some(other) = theirs.indexes.iter().find(|other| other.name.matches(&index.name)) {
                compare_indexes(&mut self.object(TableObject::Index(index.name.clone())), index, other);
            }
        }
        self.constraints();
        compare_options(&mut self.object(TableObject::Options), options, &theirs.options);
        let partitions = Both::of(partitioning.as_ref(), theirs.partitioning.as_ref());
        let text = |_: &_| "other partitions".to_owned();
        let mut object = self.object(TableObject::Partitioning);
        object.compare_by(Attribute::Partitioning, partitions, |one, other| one == other, text);
        self.absent();
    }

    fn object(&mut self, object: TableObject) -> ObjectComparison<'_> {
        ObjectComparison { table: &self.mine.name, object, found: self.found }
    }

    /// Notes different columns in one position, which holds only one.
    fn positions(&mut self, columns: &[DeclaredColumn]) {
        for column in columns {
            let Some(position) = &column.position else { continue };
            let is_rival = |other: &&DeclaredColumn| {
                !other.name.matches(&column.name)
                    && other.position.as_ref().is_some_and(|theirs| same_position(theirs, position))
            };
            if let Some(rival) = self.theirs.columns.iter().find(is_rival) {
                let theirs = format!("column {} is {}", rival.name, position_text(position));
                let mut object = self.object(TableObject::Column(column.name.clone()));
                object.note(Attribute::Position, position_text(position), theirs);
            }
        }
    }

    fn constraints(&mut self) {
        let (mine, theirs, dialect) = (self.mine, self.theirs, self.dialect);
        for key in &mine.foreign_keys {
            let other = theirs.foreign_keys.iter().find(|other| other.name.matches(&key.name));
            if let Some(other) = other.filter(|other| !same_foreign_key(key, other)) {
                let mut object = self.object(TableObject::ForeignKey(key.name.clone()));
                object.note(Attribute::References, key.definition(dialect), other.definition(dialect));
            }
        }
        for DeclaredCheck { name, expression, enforced } in &mine.checks {
            let Some(other) = theirs.checks.iter().find(|other| other.name.matches(name)) else { continue };
            let mut object = self.object(TableObject::Check(name.clone()));
            if *expression != other.expression {
                object.note(Attribute::Expression, expression.to_string(), other.expression.to_string());
            }
            object.compare(Attribute::Enforced, enforced.as_ref(), other.enforced.as_ref());
        }
    }

    /// Notes objects that one declares absent, and the other needs.
    fn absent(&mut self) {
        let (mine, theirs) = (self.mine, self.theirs);
        for kind in ObjectKind::ALL {
            for name in absent_of(mine, kind).iter().filter(|name| needs(theirs, kind, name)) {
                self.object(kind.object(name)).note(Attribute::State, ABSENT, PRESENT);
            }
            for name in absent_of(theirs, kind).iter().filter(|name| needs(mine, kind, name)) {
                self.object(kind.object(name)).note(Attribute::State, PRESENT, ABSENT);
            }
        }
    }
}

fn compare_indexes(comparison: &mut ObjectComparison<'_>, mine: &DeclaredIndex, theirs: &DeclaredIndex) {
    let DeclaredIndex { name: _, renamed_from: _, parts, kind, algorithm, comment, visible, key_block_size } = mine;
    if !same_parts(parts, &theirs.parts) {
        comparison.note(Attribute::Columns, parts_text(parts), parts_text(&theirs.parts));
    }
    if *kind != theirs.kind {
        comparison.note(Attribute::Kind, kind_text(kind), kind_text(&theirs.kind));
    }
    let algorithms = Both::of(algorithm.as_ref(), theirs.algorithm.as_ref());
    comparison.compare_by(
        Attribute::Using,
        algorithms,
        |one, other| one == other,
        |one| algorithm_text(*one).to_owned(),
    );
    comparison.compare(Attribute::Comment, comment.as_ref(), theirs.comment.as_ref());
    comparison.compare(Attribute::Visible, visible.as_ref(), theirs.visible.as_ref());
    comparison.compare(Attribute::KeyBlockSize, key_block_size.as_ref(), theirs.key_block_size.as_ref());
}

fn kind_text(kind: &IndexKind) -> String {
    match kind {
        IndexKind::Plain => "plain".to_owned(),
        IndexKind::Unique => "unique".to_owned(),
        IndexKind::Fulltext { parser: None } => "fulltext".to_owned(),
        IndexKind::Fulltext { parser: Some(parser) } => format!("fulltext with parser {parser}"),
        IndexKind::Spatial => "spatial".to_owned(),
    }
}

fn algorithm_text(algorithm: IndexAlgorithm) -> &'static str {
    match algorithm {
        IndexAlgorithm::BTree => "BTREE",
        IndexAlgorithm::Hash => "HASH",
    }
}

fn compare_options(comparison: &mut ObjectComparison<'_>, mine: &DeclaredOptions, theirs: &DeclaredOptions) {
    // A counter is a least value, so the higher one satisfies both.
    let DeclaredOptions { engine, charset, collation, comment, storage, auto_increment: _ } = mine;
    let same_engine = |one: &String, other: &String| one.eq_ignore_ascii_case(other);
    comparison.compare_by(
        Attribute::Engine,
        Both::of(engine.as_ref(), theirs.engine.as_ref()),
        same_engine,
        String::clone,
    );
    comparison.compare_charset(
        DeclaredCharset { charset: charset.as_ref(), collation: collation.as_ref() },
        DeclaredCharset { charset: theirs.charset.as_ref(), collation: theirs.collation.as_ref() },
    );
    comparison.compare(Attribute::Comment, comment.as_ref(), theirs.comment.as_ref());
    let TableStorage {
        row_format,
        key_block_size,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    } = storage;
    let theirs = &theirs.storage;
    comparison.compare(Attribute::RowFormat, row_format.as_ref(), theirs.row_format.as_ref());
    comparison.compare(Attribute::KeyBlockSize, key_block_size.as_ref(), theirs.key_block_size.as_ref());
    comparison.compare(Attribute::StatsPersistent, stats_persistent.as_ref(), theirs.stats_persistent.as_ref());
    comparison.compare(Attribute::StatsAutoRecalc, stats_auto_recalc.as_ref(), theirs.stats_auto_recalc.as_ref());
    comparison.compare(Attribute::StatsSamplePages, stats_sample_pages.as_ref(), theirs.stats_sample_pages.as_ref());
    comparison.compare(Attribute::Compression, compression.as_ref(), theirs.compression.as_ref());
    comparison.compare(Attribute::Encryption, encryption.as_ref(), theirs.encryption.as_ref());
}
