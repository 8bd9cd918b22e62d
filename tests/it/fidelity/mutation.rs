//! What may become of a schema: objects are added, removed, changed, moved and renamed.

use proptest::prelude::*;
use proptest::sample::Index as Pick;
use schema_operator::schema::Dialect;

use super::columns::{Kind, column};
use super::model::{Action, Column, Fill, Options, Schema, Table};
use super::names::{folded, name};
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
    /// Takes over some of the attributes of another column.
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
    /// What becomes of this schema, fit for this server and with what can't be declared as it was.
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
                let mut next = Self { tables: Vec::new(), next_id: self.next_id };
                next.add_tables(seeds);
                next
            }
        };
        // What one rule changes another may have looked at before.
        for _ in 0..4 {
            next.repair(dialect);
            if next.keep_what_cannot_be_undeclared(self) {
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

    /// A declaration can't say that there is to be no primary key, no `ON UPDATE` and no reference system; and no
    /// server makes a computed column of a stored one. Names that differ in case alone are one name, and what takes
    /// the name of something renamed would be taken for it on the way back. Says whether all was so already.
    fn keep_what_cannot_be_undeclared(&mut self, before: &Self) -> bool {
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
            kept &= table.keep_what_cannot_be_undeclared(&old);
        }
        kept
    }
}

/// A name that differs from the old one in case alone becomes that.
fn keep_name(name: &mut String, old: &str) -> bool {
    let same = name == old;
    old.clone_into(name);
    same
}

impl Table {
    fn keep_what_cannot_be_undeclared(&mut self, old: &Self) -> bool {
        if self.primary_key.is_empty() != old.primary_key.is_empty() {
            *self = Self { id: self.id, name: self.name.clone(), ..old.clone() };
            return false;
        }
        let mut kept = true;
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
            let computed = |column: &Column| match column.fill {
                Fill::Generated { stored, .. } => Some(stored),
                _ => None,
            };
            let both_now = column.kind.has_now().is_some() && other.kind.has_now().is_some();
            // MariaDB converts no shapes to anything else, with rows or without (4078).
            let shapes = [&column.kind, &other.kind].iter().filter(|kind| matches!(kind, Kind::Spatial(_))).count();
            if computed(column) != computed(other)
                || shapes == 1
                || both_now && column.on_update != other.on_update
                || column.srid.is_some() != other.srid.is_some()
            {
                *column = Column { id: column.id, name: column.name.clone(), ..other.clone() };
                kept = false;
            }
        }
        for index in &mut self.indexes {
            let other = old.indexes.iter().find(|other| folded(&other.name) == folded(&index.name));
            if other.is_some_and(|other| other.id != index.id && now.indexes.iter().any(|index| index.id == other.id)) {
                index.name = format!("n{}", index.id);
                kept = false;
            }
        }
        kept
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
            other => self.mutate_key(other),
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
                match attributes % 4 {
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
}

impl Column {
    /// Takes over one or more attributes; a type of another family seldom, since no rows can go that way.
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
        if attributes & 64 != 0 {
            self.on_update = other.on_update;
        }
    }
}
