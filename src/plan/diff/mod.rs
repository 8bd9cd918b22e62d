//! The changes that make a live table equal to its target.

mod foreign_keys_in_the_way;
mod removal;

use super::change::{Change, TableChange, can_set_default, partitioning_changes};
use super::target::{TableTarget, same_foreign_key};
use crate::schema::{Column, Dialect, Fill, Flavor, Identifier, Index, Position, Table};

pub use foreign_keys_in_the_way::{has_column, is_refused, keys_around};
pub use removal::{freed_names, removals};

/// The differences of one table, in no particular order of execution. A table that is renamed is compared afterwards,
/// when the server has_column renamed with it what bears its name; so is one whose objects take each other's names, since only
/// the record tells before and after apart.
pub fn diff(target: &TableTarget, dialect: Dialect) -> Vec<TableChange> {
    let name = &target.table.name;
    let changes = match (&target.base, &target.renamed_from) {
        (None, _) => create(target),
        (Some(_), Some(from)) => {
            let change = Change::RenameTable { to: name.clone() };
            return vec![TableChange { table: from.clone(), change }];
        }
        (Some(base), None) => Diff { target, base, dialect }.run(),
    };
    changes.into_iter().map(|change| TableChange { table: name.clone(), change }).collect()
}

/// A new table, and its foreign keys apart: the tables that they reference may be new as well, and reference it back.
fn create(target: &TableTarget) -> Vec<Change> {
    let mut table = in_declared_order(target);
    let keys = std::mem::take(&mut table.foreign_keys);
    let create = std::iter::once(Change::CreateTable(Box::new(table)));
    let counter = target.auto_increment.map(|to| Change::RaiseAutoIncrement { to });
    create.chain(counter).chain(keys.into_iter().map(Change::AddForeignKey)).collect()
}

struct Diff<'a> {
    target: &'a TableTarget,
    base: &'a Table,
    dialect: Dialect,
}

impl Diff<'_> {
    fn run(&self) -> Vec<Change> {
        let columns = self.target.renamed_columns.iter().cloned().map(|(from, to)| Change::RenameColumn { from, to });
        let indexes = self.target.renamed_indexes.iter().cloned().map(|(from, to)| Change::RenameIndex { from, to });
        let mut changes: Vec<Change> = columns.chain(indexes).collect();
        if self.target.has_cycle {
            return changes;
        }
        self.columns(&mut changes);
        self.primary_key(&mut changes);
        for index in &self.target.table.indexes {
            self.index(index, &mut changes);
        }
        self.constraints(&mut changes);
        self.removals(&mut changes);
        self.options(&mut changes);
        let partitions = partitioning_changes(self.base.partitioning.as_ref(), self.target.table.partitioning.as_ref());
        changes.extend(partitions.into_iter().map(|change| Change::Partition(Box::new(change))));
        changes
    }

    /// Columns whose position is declared come last, each after its neighbour: so it finds that where it will be. What is to be gone stands in nobody's way.
    fn columns(&self, changes: &mut Vec<Change>) {
        let place = |name: &Identifier| self.target.positions.iter().position(|(own, _)| own.matches(name));
        let mut columns: Vec<&Column> = self.target.table.columns.iter().collect();
        columns.sort_by_key(|column| place(&column.name).map(|at| (self.neighbours_before(&column.name), at)));
        let stays = self.base.columns.iter().filter(|column| self.target.table.column(&column.name).is_some());
        let mut order: Vec<Identifier> = stays.map(|column| column.name.clone()).collect();
        for column in columns {
            self.column(column, &mut order, changes);
        }
    }

    /// How many columns have to be in their places before this one can be put behind its neighbour.
    fn neighbours_before(&self, column: &Identifier) -> usize {
        let mut name = column.clone();
        let mut number = 0;
        // A circle of neighbours has_column no end.
        while let Some(Position::After(before)) = self.position(&name)
            && number < self.target.positions.len()
        {
            name = before;
            number += 1;
        }
        number
    }

    /// `order` is that of the columns after the changes so far.
    fn column(&self, target: &Column, order: &mut Vec<Identifier>, changes: &mut Vec<Change>) {
        let position = self.position(&target.name);
        let stands = position.as_ref().is_none_or(|position| stands_at(order, &target.name, position));
        if !stands || self.base.column(&target.name).is_none() {
            put(order, &target.name, position.as_ref());
        }
        let Some(live) = self.base.column(&target.name) else {
            changes.push(Change::AddColumn { column: Box::new(target.clone()), position });
            return;
        };
        let moved = position.filter(|_| !stands);
        if moved.is_none() {
            if same_column(live, target) {
                return;
            }
            if let Some(narrow) = self.narrow_change(live, target) {
                changes.push(narrow);
                return;
            }
        }
        let (from, to) = (Box::new(live.clone()), Box::new(target.clone()));
        changes.push(Change::ModifyColumn { from, to, position: moved });
    }

    /// A clause that restates nothing but the one attribute that differs, where there is one.
    fn narrow_change(&self, live: &Column, target: &Column) -> Option<Change> {
        let but_default = Column { fill: live.fill.clone(), ..target.clone() };
        if let (Fill::Default(_), Fill::Default(to)) = (&live.fill, &target.fill)
            && same_column(live, &but_default)
            && can_set_default(live, to, self.dialect)
        {
            return Some(Change::SetDefault { from: Box::new(live.clone()), to: to.clone() });
        }
        let but_visible = Column { visible: live.visible, ..target.clone() };
        let can_set = self.dialect.flavor == Flavor::MySql;
        (can_set && same_column(live, &but_visible))
            .then(|| Change::SetColumnVisible { column: live.name.clone(), visible: target.visible })
    }

    fn position(&self, column: &Identifier) -> Option<Position> {
        let declared = self.target.positions.iter().find(|(name, _)| name.matches(column));
        declared.map(|(_, position)| position.clone())
    }

    fn primary_key(&self, changes: &mut Vec<Change>) {
        match (&self.base.primary_key, &self.target.table.primary_key) {
            (None, Some(key)) => changes.push(Change::AddPrimaryKey(key.clone())),
            (Some(from), Some(to)) if from != to && self.base.generated_key(self.dialect).is_some() => {
                let column = self.base.generated_key(self.dialect).into_iter().cloned().map(Box::new);
                changes.extend(column.map(|column| Change::ReplaceGeneratedKey { column, to: to.clone() }));
            }
            (Some(from), None) => changes.push(Change::DropPrimaryKey(from.clone())),
            (Some(from), Some(to)) if from != to => {
                changes.push(Change::ReplacePrimaryKey { from: from.clone(), to: to.clone() });
            }
            _ => {}
        }
    }

    fn index(&self, target: &Index, changes: &mut Vec<Change>) {
        let Some(live) = self.base.index(&target.name) else {
            changes.push(Change::AddIndex(target.clone()));
            return;
        };
        if live.same_definition(target) {
            return;
        }
        let but_visible = Index { visible: live.visible, ..target.clone() };
        changes.push(if live.same_definition(&but_visible) {
            Change::SetIndexVisible { index: target.name.clone(), visible: target.visible }
        } else {
            Change::ReplaceIndex { from: live.clone(), to: target.clone() }
        });
    }

    /// A constraint that changes is dropped and added in statements of their own: in one, the server takes the second
    /// for a duplicate of the first.
    fn constraints(&self, changes: &mut Vec<Change>) {
        for key in &self.target.table.foreign_keys {
            let live = self.base.foreign_key(&key.name);
            if live.is_some_and(|live| same_foreign_key(live, key)) {
                continue;
            }
            changes.extend(live.cloned().map(Change::DropForeignKey));
            changes.push(Change::AddForeignKey(key.clone()));
        }
        for check in &self.target.table.checks {
            let live = self.base.check(&check.name);
            match live.filter(|live| live.expression == check.expression) {
                Some(live) if live.enforced == check.enforced => {}
                Some(_) => {
                    changes.push(Change::SetCheckEnforced { check: check.name.clone(), enforced: check.enforced });
                }
                None => {
                    changes.extend(live.cloned().map(Change::DropCheck));
                    changes.push(Change::AddCheck(check.clone()));
                }
            }
        }
    }

    fn removals(&self, changes: &mut Vec<Change>) {
        let target = &self.target.table;
        let gone = self.base.foreign_keys.iter().filter(|key| target.foreign_key(&key.name).is_none());
        changes.extend(gone.cloned().map(Change::DropForeignKey));
        let gone = self.base.checks.iter().filter(|check| target.check(&check.name).is_none());
        changes.extend(gone.cloned().map(Change::DropCheck));
        let gone = self.base.indexes.iter().filter(|index| target.index(&index.name).is_none());
        changes.extend(gone.cloned().map(Change::DropIndex));
        // The column of a generated key goes with that key.
        let generated = self.base.generated_key(self.dialect).filter(|_| self.base.primary_key != target.primary_key);
        let gone = self.base.columns.iter().filter(|column| target.column(&column.name).is_none());
        let gone = gone.filter(|column| generated.is_none_or(|generated| generated.name != column.name));
        changes.extend(gone.cloned().map(|column| Change::DropColumn(Box::new(column))));
    }

    fn options(&self, changes: &mut Vec<Change>) {
        let (live, target) = (&self.base.options, &self.target.table.options);
        if live.comment != target.comment {
            changes.push(Change::SetTableComment { from: live.comment.clone(), to: target.comment.clone() });
        }
        if live.collation != target.collation || live.charset != target.charset {
            let from = live.collation.clone().unwrap_or_default();
            let (charset, collation) = (target.charset.clone(), target.collation.clone());
            changes.push(Change::SetTableCharset { from, charset, collation });
        }
        if let (Some(from), Some(to)) = (&live.engine, &target.engine)
            && from != to
        {
            changes.push(Change::SetEngine { from: from.clone(), to: to.clone() });
        }
        for (from, to) in live.storage.options().into_iter().zip(target.storage.options()) {
            if from != to {
                changes.push(Change::SetStorage { from, to });
            }
        }
        changes.extend(self.target.auto_increment.map(|to| Change::RaiseAutoIncrement { to }));
    }
}

fn stands_at(order: &[Identifier], column: &Identifier, position: &Position) -> bool {
    let before = order.iter().position(|name| name.matches(column)).map(|at| at.checked_sub(1));
    match (before, position) {
        (Some(None), Position::First) => true,
        (Some(Some(before)), Position::After(name)) => order.get(before).is_some_and(|before| before.matches(name)),
        _ => false,
    }
}

/// Puts a column where it is declared to be, or at the end.
fn put(order: &mut Vec<Identifier>, column: &Identifier, position: Option<&Position>) {
    order.retain(|name| !name.matches(column));
    let at = match position {
        Some(Position::First) => 0,
        Some(Position::After(before)) => {
            order.iter().position(|name| name.matches(before)).map_or(order.len(), |before| before + 1)
        }
        None => order.len(),
    };
    order.insert(at, column.clone());
}

/// Equality of two columns of one name; the name's case does not count.
fn same_column(live: &Column, target: &Column) -> bool {
    live == target || Column { name: live.name.clone(), ..target.clone() } == *live
}

/// A new table has_column its columns in the order of the declaration, but for those whose position is declared.
fn in_declared_order(target: &TableTarget) -> Table {
    let mut table = target.table.clone();
    for (name, position) in &target.positions {
        let Some(at) = table.columns.iter().position(|column| column.name.matches(name)) else { continue };
        let column = table.columns.remove(at);
        let to = match position {
            Position::First => 0,
            Position::After(before) => table
                .columns
                .iter()
                .position(|column| column.name.matches(before))
                .map_or(table.columns.len(), |before| before + 1),
        };
        table.columns.insert(to, column);
    }
    table
}
