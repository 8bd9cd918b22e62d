//! What a declaration can't remove, or a server can't do, stays in B as it is in A.

use schema_operator::schema::Dialect;

use super::columns::Kind;
use super::model::{Column, Fill, Index, Options, Schema, Table};
use super::names::folded;

impl Schema {
    /// Keeps what can't be undeclared, and returns whether nothing had to change. A declaration can't ask for no
    /// primary key, no `ON UPDATE` and no reference system; and no server turns a stored column into a virtual one.
    /// Names that differ only in case are one name. An object that takes the name of a renamed one would be taken for
    /// it on the way back.
    pub fn keep_what_cannot_be_undeclared(&mut self, before: &Self, dialect: Dialect) -> bool {
        let mut kept = true;
        for table in &mut self.tables {
            if let Some(old) = before.tables.iter().find(|old| folded(&old.name) == folded(&table.name)) {
                kept &= keep_name(&mut table.name, &old.name);
            }
        }
        let now = self.clone();
        for table in &mut self.tables {
            let taken = before.tables.iter().find(|old| old.name == table.name && old.id != table.id);
            if taken.is_some_and(|old| now.table(old.id).is_some()) {
                table.name = format!("n{}", table.id);
                kept = false;
            }
            let Some(old) = before.counterpart(table).cloned() else { continue };
            kept &= table.keep_what_cannot_be_undeclared(&old, dialect);
        }
        kept
    }
}

/// Restores an old name that differs only in case, and returns whether it was the same.
fn keep_name(name: &mut String, old: &str) -> bool {
    let same = name == old;
    old.clone_into(name);
    same
}

impl Table {
    fn keep_what_cannot_be_undeclared(&mut self, old: &Self, dialect: Dialect) -> bool {
        let lost_partitions = self.partitioning.is_none() && old.partitioning.is_some();
        if self.primary_key.is_empty() != old.primary_key.is_empty() || lost_partitions {
            *self = Self { id: self.id, name: self.name.clone(), ..old.clone() };
            return false;
        }
        let mut kept = self.options.keep_stated(&old.options);
        let now = self.clone();
        for column in &mut self.columns {
            if let Some(other) = old.columns.iter().find(|other| folded(&other.name) == folded(&column.name)) {
                kept &= keep_name(&mut column.name, &other.name);
                if other.id != column.id && now.column(other.id).is_some() {
                    column.name = format!("n{}", column.id);
                    kept = false;
                }
            }
            let Some(other) = old.counterpart(column) else { continue };
            // MySQL can't rename a column that divides the rows.
            if !dialect.is_mariadb() && (now.divided_by().contains(&column.id) || old.divided_by().contains(&other.id))
            {
                kept &= keep_name(&mut column.name, &other.name);
            }
            let computed = |column: &Column| match column.fill {
                Fill::Generated { stored, .. } => Some(stored),
                _ => None,
            };
            let both_now = column.kind.has_now().is_some() && other.kind.has_now().is_some();
            // MariaDB converts shapes to nothing else, with or without rows (4078).
            let shapes = [&column.kind, &other.kind].iter().filter(|kind| matches!(kind, Kind::Spatial(_))).count();
            if computed(column) != computed(other)
                || shapes == 1
                || both_now && column.on_update != other.on_update
                || column.srid.is_some() != other.srid.is_some()
                || other.is_checked(dialect) && !column.is_checked(dialect)
            {
                *column = Column { id: column.id, name: column.name.clone(), ..other.clone() };
                kept = false;
            }
        }
        // A server makes an index for a foreign key, with the key's name; it stays when the key goes.
        for (at, key) in self.foreign_keys.iter_mut().enumerate() {
            if old.indexes.iter().any(|index| folded(&index.name) == folded(&key.name)) {
                key.name = format!("k{}_{at}", self.id);
                kept = false;
            }
        }
        for index in &mut self.indexes {
            let is_of_key = old.foreign_keys.iter().any(|key| folded(&key.name) == folded(&index.name));
            let other = old.indexes.iter().find(|other| folded(&other.name) == folded(&index.name));
            let is_others =
                |other: &Index| other.id != index.id && now.indexes.iter().any(|index| index.id == other.id);
            if is_of_key || other.is_some_and(is_others) {
                index.name = format!("n{}", index.id);
                kept = false;
            }
        }
        kept
    }
}

impl Options {
    /// Keeps stated statistics, and returns whether nothing had to change. A declaration can change them, but can't
    /// make them unstated.
    fn keep_stated(&mut self, old: &Self) -> bool {
        let before = self.clone();
        self.stats_persistent = self.stats_persistent.or(old.stats_persistent);
        self.stats_auto_recalc = self.stats_auto_recalc.or(old.stats_auto_recalc);
        self.stats_sample_pages = self.stats_sample_pages.or(old.stats_sample_pages);
        *self == before
    }
}
