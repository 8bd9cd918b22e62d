//! Changes of a schema: objects are added, removed, changed, moved and renamed.

use proptest::prelude::*;
use proptest::sample::Index as Pick;
use schema_operator::schema::Dialect;

use super::columns::column;
use super::model::{Action, Column, Fill, Options, Schema, Table};
use super::names::name;
use super::partitions::{Partitioning, PartitioningSeed, Slot, partitioning, slot};
use super::tables::{
    CheckSeed, ForeignKeySeed, IndexSeed, PartSeed, TableSeed, action, check, foreign_key, index, options, primary_key,
    table,
};

#[derive(Debug, Clone)]
pub enum Mutation {
    AddTable(TableSeed),
    DropTable(Pick),
    RenameTable(Pick, String),
    SetOptions(Pick, Options),
    AddColumn {
        table: Pick,
        at: Pick,
        column: Column,
    },
    DropColumn(Pick, Pick),
    /// Takes over some attributes of another column.
    ModifyColumn {
        table: Pick,
        column: Pick,
        other: Column,
        attributes: u8,
    },
    MoveColumn {
        table: Pick,
        from: Pick,
        to: Pick,
    },
    RenameColumn(Pick, Pick, String),
    AddIndex(Pick, IndexSeed),
    DropIndex(Pick, Pick),
    ModifyIndex {
        table: Pick,
        index: Pick,
        other: IndexSeed,
        attributes: u8,
    },
    RenameIndex(Pick, Pick, String),
    SetPrimaryKey(Pick, Vec<PartSeed>),
    SetPartitioning(Pick, PartitioningSeed),
    AddPartition(Pick, Slot),
    DropPartition(Pick, Pick),
    ModifyPartition(Pick, Pick, Slot),
    RenamePartition(Pick, Pick, String),
    AddForeignKey(Pick, ForeignKeySeed),
    DropForeignKey(Pick, Pick),
    ModifyForeignKey(Pick, Pick, (Action, Action)),
    RenameForeignKey(Pick, Pick, String),
    AddCheck(Pick, CheckSeed),
    DropCheck(Pick, Pick),
    ModifyCheck {
        table: Pick,
        check: Pick,
        form: usize,
        enforced: bool,
    },
}

/// What a schema becomes.
#[derive(Debug, Clone)]
pub enum Change {
    Mutated(Vec<Mutation>),
    Unrelated(Vec<TableSeed>),
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        9 => prop::collection::vec(mutation(), 0..7).prop_map(Change::Mutated),
        1 => prop::collection::vec(table(), 0..3).prop_map(Change::Unrelated),
    ]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Pick>;
    prop_oneof![
        1 => table().prop_map(Mutation::AddTable),
        1 => at().prop_map(Mutation::DropTable),
        1 => (at(), name()).prop_map(|(at, name)| Mutation::RenameTable(at, name)),
        2 => (at(), options()).prop_map(|(at, options)| Mutation::SetOptions(at, options)),
        4 => (at(), at(), column()).prop_map(|(table, at, column)| Mutation::AddColumn { table, at, column }),
        3 => (at(), at()).prop_map(|(table, at)| Mutation::DropColumn(table, at)),
        6 => (at(), at(), column(), any::<u8>()).prop_map(|(table, column, other, attributes)| {
            Mutation::ModifyColumn { table, column, other, attributes }
        }),
        2 => (at(), at(), at()).prop_map(|(table, from, to)| Mutation::MoveColumn { table, from, to }),
        2 => (at(), at(), name()).prop_map(|(table, at, name)| Mutation::RenameColumn(table, at, name)),
        3 => (at(), index()).prop_map(|(table, index)| Mutation::AddIndex(table, index)),
        2 => (at(), at()).prop_map(|(table, at)| Mutation::DropIndex(table, at)),
        2 => (at(), at(), index(), any::<u8>()).prop_map(|(table, index, other, attributes)| {
            Mutation::ModifyIndex { table, index, other, attributes }
        }),
        1 => (at(), at(), name()).prop_map(|(table, at, name)| Mutation::RenameIndex(table, at, name)),
        1 => (at(), primary_key()).prop_map(|(table, parts)| Mutation::SetPrimaryKey(table, parts)),
        1 => (at(), partitioning()).prop_map(|(table, seed)| Mutation::SetPartitioning(table, seed)),
        2 => (at(), slot()).prop_map(|(table, slot)| Mutation::AddPartition(table, slot)),
        1 => (at(), at()).prop_map(|(table, at)| Mutation::DropPartition(table, at)),
        1 => (at(), at(), slot()).prop_map(|(table, at, slot)| Mutation::ModifyPartition(table, at, slot)),
        1 => (at(), at(), name()).prop_map(|(table, at, name)| Mutation::RenamePartition(table, at, name)),
        2 => (at(), foreign_key()).prop_map(|(table, key)| Mutation::AddForeignKey(table, key)),
        1 => (at(), at()).prop_map(|(table, at)| Mutation::DropForeignKey(table, at)),
        1 => (at(), at(), (action(), action())).prop_map(|(table, at, to)| Mutation::ModifyForeignKey(table, at, to)),
        1 => (at(), at(), name()).prop_map(|(table, at, name)| Mutation::RenameForeignKey(table, at, name)),
        2 => (at(), check()).prop_map(|(table, check)| Mutation::AddCheck(table, check)),
        1 => (at(), at()).prop_map(|(table, at)| Mutation::DropCheck(table, at)),
        1 => (at(), at(), 0..100_usize, any::<bool>()).prop_map(|(table, check, form, enforced)| {
            Mutation::ModifyCheck { table, check, form, enforced }
        }),
    ]
}

impl Schema {
    /// Returns what this schema becomes, made valid for this server. What can't be declared stays as it is.
    pub fn changed(&self, change: &Change, dialect: Dialect) -> Self {
        let mut next = match change {
            Change::Mutated(mutations) => {
                let mut next = self.clone();
                for mutation in mutations {
                    next.mutate(mutation);
                }
                next
            }
            Change::Unrelated(seeds) => {
                let mut next = Self { next_id: self.next_id, ..Self::default() };
                next.add_tables(seeds);
                next
            }
        };
        // One rule may change what another has checked before.
        for _ in 0..4 {
            next.repair(dialect);
            if next.keep_what_cannot_be_undeclared(self, dialect) {
                return next;
            }
        }
        self.clone()
    }

    fn mutate(&mut self, mutation: &Mutation) {
        let tables = self.tables.len();
        if let Mutation::AddTable(seed) = mutation {
            return self.add_tables(std::slice::from_ref(seed));
        }
        if tables == 0 {
            return;
        }
        match mutation {
            Mutation::DropTable(at) => {
                self.tables.remove(at.index(tables));
            }
            Mutation::AddIndex(at, seed) => self.add_index(at.index(tables), seed),
            Mutation::AddForeignKey(at, seed) => self.add_foreign_key(at.index(tables), seed),
            Mutation::AddColumn { table, at, column } => {
                let id = self.fresh();
                let table = &mut self.tables[table.index(tables)];
                let mut column = Column { id, ..column.clone() };
                if let Fill::Generated { base, .. } = &mut column.fill {
                    let at = usize::try_from(*base).unwrap_or_default() % table.columns.len();
                    *base = table.columns[at].id;
                }
                table.columns.insert(at.index(table.columns.len() + 1), column);
            }
            other => {
                let at = other.table().index(tables);
                self.tables[at].mutate(other);
            }
        }
    }
}

impl Mutation {
    fn table(&self) -> &Pick {
        match self {
            Self::DropTable(at)
            | Self::RenameTable(at, _)
            | Self::SetOptions(at, _)
            | Self::DropColumn(at, _)
            | Self::RenameColumn(at, ..)
            | Self::AddIndex(at, _)
            | Self::DropIndex(at, _)
            | Self::RenameIndex(at, ..)
            | Self::SetPrimaryKey(at, _)
            | Self::SetPartitioning(at, _)
            | Self::AddPartition(at, _)
            | Self::DropPartition(at, _)
            | Self::ModifyPartition(at, ..)
            | Self::RenamePartition(at, ..)
            | Self::AddForeignKey(at, _)
            | Self::DropForeignKey(at, _)
            | Self::ModifyForeignKey(at, ..)
            | Self::RenameForeignKey(at, ..)
            | Self::AddCheck(at, _)
            | Self::DropCheck(at, _)
            | Self::AddColumn { table: at, .. }
            | Self::ModifyColumn { table: at, .. }
            | Self::MoveColumn { table: at, .. }
            | Self::ModifyIndex { table: at, .. }
            | Self::ModifyCheck { table: at, .. } => at,
            Self::AddTable(_) => unreachable!("it concerns no table"),
        }
    }
}

impl Table {
    fn mutate(&mut self, mutation: &Mutation) {
        let columns = self.columns.len();
        match mutation {
            Mutation::RenameTable(_, name) => self.name.clone_from(name),
            Mutation::SetOptions(_, options) => self.options = options.clone(),
            Mutation::DropColumn(_, at) if columns > 1 => {
                self.columns.remove(at.index(columns));
            }
            Mutation::ModifyColumn { column, other, attributes, .. } => {
                self.columns[column.index(columns)].take_over(other, *attributes);
            }
            Mutation::MoveColumn { from, to, .. } => {
                let column = self.columns.remove(from.index(columns));
                self.columns.insert(to.index(columns), column);
            }
            Mutation::RenameColumn(_, at, name) => self.columns[at.index(columns)].name.clone_from(name),
            Mutation::SetPrimaryKey(_, seeds) => self.primary_key = self.parts(seeds),
            Mutation::AddCheck(_, seed) => self.add_check(seed),
            Mutation::SetPartitioning(_, seed) => self.divide(seed),
            other => {
                self.mutate_key(other);
                self.mutate_partitions(other);
            }
        }
    }

    fn mutate_key(&mut self, mutation: &Mutation) {
        match mutation {
            Mutation::DropIndex(_, at) if !self.indexes.is_empty() => {
                self.indexes.remove(at.index(self.indexes.len()));
            }
            Mutation::ModifyIndex { index, other, attributes, .. } if !self.indexes.is_empty() => {
                let parts = self.parts(&other.parts);
                let at = index.index(self.indexes.len());
                let index = &mut self.indexes[at];
                match attributes % 5 {
                    4 => index.using = other.using,
                    0 => index.visible = other.visible,
                    1 => index.comment.clone_from(&other.comment),
                    2 => index.parts = parts,
                    _ => index.kind = other.kind,
                }
            }
            Mutation::RenameIndex(_, at, name) if !self.indexes.is_empty() => {
                let at = at.index(self.indexes.len());
                self.indexes[at].name.clone_from(name);
            }
            Mutation::DropForeignKey(_, at) if !self.foreign_keys.is_empty() => {
                self.foreign_keys.remove(at.index(self.foreign_keys.len()));
            }
            Mutation::ModifyForeignKey(_, at, (on_delete, on_update)) if !self.foreign_keys.is_empty() => {
                let at = at.index(self.foreign_keys.len());
                (self.foreign_keys[at].on_delete, self.foreign_keys[at].on_update) = (*on_delete, *on_update);
            }
            Mutation::RenameForeignKey(_, at, name) if !self.foreign_keys.is_empty() => {
                let at = at.index(self.foreign_keys.len());
                self.foreign_keys[at].name.clone_from(name);
            }
            Mutation::DropCheck(_, at) if !self.checks.is_empty() => {
                self.checks.remove(at.index(self.checks.len()));
            }
            Mutation::ModifyCheck { check, form, enforced, .. } if !self.checks.is_empty() => {
                let at = check.index(self.checks.len());
                (self.checks[at].form, self.checks[at].enforced) = (*form, *enforced);
            }
            _ => {}
        }
    }

    fn mutate_partitions(&mut self, mutation: &Mutation) {
        let Some(Partitioning { slots, .. }) = &mut self.partitioning else { return };
        let number = slots.len();
        match mutation {
            Mutation::AddPartition(_, slot) => slots.push(slot.clone()),
            Mutation::DropPartition(_, at) if number > 1 => {
                slots.remove(at.index(number));
            }
            Mutation::ModifyPartition(_, at, slot) => slots[at.index(number)].choices.clone_from(&slot.choices),
            Mutation::RenamePartition(_, at, name) => slots[at.index(number)].name.clone_from(name),
            _ => {}
        }
    }
}

impl Column {
    /// Takes over one or more attributes. A type of another family is rare, since rows can't be converted to it.
    fn take_over(&mut self, other: &Self, attributes: u8) {
        if attributes & 1 != 0 && (self.kind.group() == other.kind.group() || attributes & 0xF0 == 0) {
            self.kind = other.kind.clone();
            self.charset = other.charset;
            self.srid = other.srid;
        }
        if attributes & 2 != 0 {
            self.nullable = other.nullable;
        }
        if attributes & 4 != 0 && !matches!(other.fill, Fill::Generated { .. }) && !self.is_generated() {
            self.fill = other.fill;
        }
        if attributes & 8 != 0 {
            self.comment.clone_from(&other.comment);
        }
        if attributes & 16 != 0 {
            self.visible = other.visible;
        }
        if attributes & 32 != 0 {
            self.charset = other.charset;
        }
        if attributes & 128 != 0 && self.check.is_some() == other.check.is_some() {
            self.check = other.check;
        }
        if attributes & 64 != 0 {
            self.on_update = other.on_update;
        }
    }
}
