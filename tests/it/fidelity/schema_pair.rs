//! A pair of schemas as SQL, so that a kept case outlives the generator that found it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use schema_operator::schema::Dialect;

use super::model::{Column, Fill, Schema, Table};
use super::mutation::Change;
use super::rows::rows;
use super::tables::TableSeed;

/// One schema and another one, which it becomes and is turned back from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SchemaPair {
    /// The statements that create each.
    pub a: Vec<String>,
    pub b: Vec<String>,
    /// The rows of `a`.
    #[serde(default)]
    pub rows: Vec<String>,
    /// The tables that both have.
    #[serde(default)]
    pub kept: Vec<KeptTable>,
    /// Whether there is no way back: a declaration can't remove what a table gained.
    #[serde(default)]
    pub one_way: bool,
}

/// A table that is in both schemas: the names of it and its parts in each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KeptTable {
    pub table: NamePair,
    /// Columns and indexes that have another name.
    #[serde(default)]
    pub columns: Vec<NamePair>,
    #[serde(default)]
    pub indexes: Vec<NamePair>,
    /// Columns of the same type in both, whose values must not change.
    #[serde(default)]
    pub unchanged: Vec<NamePair>,
}

/// An object's name in each schema.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NamePair {
    pub a: String,
    pub b: String,
}

impl NamePair {
    fn of(a: &str, b: &str) -> Self {
        Self { a: a.to_owned(), b: b.to_owned() }
    }

    fn reversed(&self) -> Self {
        Self { a: self.b.clone(), b: self.a.clone() }
    }
}

impl SchemaPair {
    /// Builds the pair from random parts, for a server.
    pub fn of(seeds: &[TableSeed], change: &Change, wanted_rows: usize, dialect: Dialect) -> Self {
        let mut a = Schema::default();
        a.add_tables(seeds);
        (0..3).for_each(|_| a.repair(dialect));
        let b = a.changed(change, dialect);
        let both = || b.tables.iter().filter_map(|to| Some((a.counterpart(to)?, to)));
        Self {
            rows: rows(&a, &b, wanted_rows, dialect),
            a: a.statements(dialect),
            b: b.statements(dialect),
            kept: both().map(|(from, to)| kept(from, to)).collect(),
            one_way: both().any(|(from, to)| gains(from, to, dialect)),
        }
    }

    /// Returns the way back. It has no rows, since they are there already.
    pub fn reversed(&self) -> Self {
        let all = |names: &[NamePair]| names.iter().map(NamePair::reversed).collect();
        let kept = self.kept.iter().map(|kept| KeptTable {
            table: kept.table.reversed(),
            columns: all(&kept.columns),
            indexes: all(&kept.indexes),
            unchanged: all(&kept.unchanged),
        });
        Self { a: self.b.clone(), b: self.a.clone(), rows: Vec::new(), kept: kept.collect(), one_way: false }
    }
}

/// Decides whether the table gains something that a declaration can't remove again.
fn gains(from: &Table, to: &Table, dialect: Dialect) -> bool {
    let check = |column: &Column| {
        column.is_checked(dialect) && from.counterpart(column).is_some_and(|old| !old.is_checked(dialect))
    };
    let (old, new) = (&from.options, &to.options);
    from.partitioning.is_none() && to.partitioning.is_some()
        || to.columns.iter().any(check)
        || old.stats_persistent.is_none() && new.stats_persistent.is_some()
        || old.stats_auto_recalc.is_none() && new.stats_auto_recalc.is_some()
        || old.stats_sample_pages.is_none() && new.stats_sample_pages.is_some()
}

fn kept(from: &Table, to: &Table) -> KeptTable {
    let both = || to.columns.iter().filter_map(|column| Some((from.counterpart(column)?, column)));
    let renamed = both().filter(|(old, new)| old.name != new.name);
    let old_indexes = |id| from.indexes.iter().find(move |index| index.id == id);
    let taken: HashSet<&str> = from.indexes.iter().map(|index| index.name.as_str()).collect();
    let indexes = to.indexes.iter().filter_map(|index| Some((old_indexes(index.id)?, index)));
    let indexes = indexes.filter(|(old, new)| old.name != new.name && !taken.contains(new.name.as_str()));
    let is_unchanged = |old: &Column, new: &Column| {
        let charsets = !old.kind.is_text() || from.charset_of(old) == to.charset_of(new);
        let computed = match (old.fill, new.fill) {
            (Fill::Generated { base, form, .. }, Fill::Generated { base: other, form: other_form, .. }) => {
                let bases = from.column(base).zip(to.column(other));
                bases.is_some_and(|(old, new)| {
                    let same = old.id == new.id && old.kind == new.kind && from.charset_of(old) == to.charset_of(new);
                    form == other_form && same
                })
            }
            _ => true,
        };
        old.kind == new.kind && charsets && computed && old.srid == new.srid
    };
    KeptTable {
        table: NamePair::of(&from.name, &to.name),
        columns: renamed.map(|(old, new)| NamePair::of(&old.name, &new.name)).collect(),
        indexes: indexes.map(|(old, new)| NamePair::of(&old.name, &new.name)).collect(),
        unchanged: both()
            .filter(|(old, new)| is_unchanged(old, new))
            .map(|(old, new)| NamePair::of(&old.name, &new.name))
            .collect(),
    }
}
