//! The renames inside of one table: its columns and indexes.

use super::index::merge_index;
use super::refusal::RefusalKind;
use super::rename::{NameConflict, NameEquality, Rename, Renames, renames};
use super::rename_in_table::rename_columns;
use super::table_merge::TableMerge;
use crate::plan::change::{ObjectKind, declared_of, is_declared};
use crate::schema::{Identifier, Index, Table};

/// The renames of objects of one kind.
#[derive(Debug, Default)]
pub struct ObjectRenames {
    pub renames: Vec<Rename>,
    /// Whether some objects take each other's names.
    pub has_cycle: bool,
}

impl TableMerge<'_> {
    /// Renames the columns of `base` by their former names.
    pub fn rename_columns(&mut self, base: &mut Table) -> ObjectRenames {
        let declared = declared_of(self.declared, ObjectKind::Column);
        let live: Vec<&Identifier> = base.columns.iter().map(|column| &column.name).collect();
        let found = renames(&declared, &live, NameEquality::InAnyCase, &|_| true);
        let renamed = self.take_renames("columns", found);
        self.check_renamed_partitioning(base, &renamed.renames);
        rename_columns(base, &renamed.renames);
        renamed
    }

    /// Renames the indexes of `base` by their former names, and undeclared ones that are equal to a declared one.
    pub fn rename_indexes(&mut self, base: &mut Table) -> ObjectRenames {
        let indexes = &self.declared.indexes;
        let declared = declared_of(self.declared, ObjectKind::Index);
        let live: Vec<&Identifier> = base.indexes.iter().map(|index| &index.name).collect();
        let engine = self.engine(Some(base));
        // The definitions of indexes show whether they have taken each other's names already.
        let is_as_declared = |from: &Identifier, to: &Identifier| {
            let declared = indexes.iter().find(|index| index.name.matches(to));
            let live = base.index(from);
            declared.zip(live).is_some_and(|(declared, live)| {
                live.same_definition(&Index { name: live.name.clone(), ..merge_index(declared, Some(live), engine) })
            })
        };
        let is_due = |cycle: &[Rename]| {
            cycle.iter().all(|Rename { from, to }| is_as_declared(from, to))
                && !cycle.iter().all(|Rename { to, .. }| is_as_declared(to, to))
        };
        let found = renames(&declared, &live, NameEquality::InAnyCase, &is_due);
        let mut renamed = self.take_renames("indexes", found);
        for live in &mut base.indexes {
            if let Some(rename) = renamed.renames.iter().find(|rename| rename.from.matches(&live.name)) {
                live.name.clone_from(&rename.to);
            }
        }
        for declared in indexes {
            if base.index(&declared.name).is_some() {
                continue;
            }
            let twin = base.indexes.iter_mut().find(|live| {
                let merged = merge_index(declared, Some(live), engine);
                !is_declared(self.declared, ObjectKind::Index, &live.name)
                    && live.same_definition(&Index { name: live.name.clone(), ..merged })
            });
            if let Some(live) = twin {
                renamed.renames.push(Rename { from: live.name.clone(), to: declared.name.clone() });
                live.name.clone_from(&declared.name);
            }
        }
        renamed
    }

    /// Refuses the conflicts, and returns the renames with those in cycles last.
    fn take_renames(&mut self, field: &str, found: Renames) -> ObjectRenames {
        let Renames { in_order: mut renames, cycles, conflicts } = found;
        let has_cycle = !cycles.is_empty();
        renames.extend(cycles.into_iter().flatten());
        for NameConflict { name, kind, message } in conflicts {
            self.refuse(&format!("{field}[{name}].renamedFrom"), kind, message);
        }
        ObjectRenames { renames, has_cycle }
    }

    /// MySQL renames no column that divides rows (3855); MariaDB renames it in the partitioning too.
    fn check_renamed_partitioning(&mut self, base: &Table, renames: &[Rename]) {
        let Some(partitioning) = &base.partitioning else { return };
        let can_follow = self.schema.dialect.is_mariadb() && partitioning.scheme().is_some();
        let is_refused = |rename: &&Rename| !can_follow && partitioning.is_by(&rename.from);
        for Rename { from, to } in renames.iter().filter(is_refused) {
            let message = format!("the table is partitioned by {from}, which therefore can't be renamed");
            self.refuse(&format!("columns[{to}].renamedFrom"), RefusalKind::Unsupported, message);
        }
    }
}
