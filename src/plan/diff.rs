//! The changes that make a live table equal to its target.

use super::change::{Change, TableChange, can_set_default};
use super::merge::TableTarget;
use crate::schema::{Column, Dialect, Fill, Flavor, Identifier, Index, Position, Schema, Table};

/// The differences of one table, in no particular order of execution.
pub fn diff(target: &TableTarget, schema: &Schema) -> Vec<TableChange> {
    let name = &target.table.name;
    let changes = match schema.table(name) {
        None => vec![Change::CreateTable(Box::new(in_declared_order(target)))],
        Some(live) => Diff { target, live, dialect: schema.dialect }.run(),
    };
    changes.into_iter().map(|change| TableChange { table: name.clone(), change }).collect()
}

struct Diff<'a> {
    target: &'a TableTarget,
    live: &'a Table,
    dialect: Dialect,
}

impl Diff<'_> {
    fn run(&self) -> Vec<Change> {
        let mut changes: Vec<Change> =
            self.target.renamed_indexes.iter().cloned().map(|(from, to)| Change::RenameIndex { from, to }).collect();
        for column in &self.target.table.columns {
            self.column(column, &mut changes);
        }
        self.primary_key(&mut changes);
        for index in &self.target.table.indexes {
            self.index(index, &mut changes);
        }
        self.options(&mut changes);
        changes
    }

    fn column(&self, target: &Column, changes: &mut Vec<Change>) {
        let position = self.position(&target.name);
        let Some(live) = self.live.column(&target.name) else {
            changes.push(Change::AddColumn { column: Box::new(target.clone()), position });
            return;
        };
        let moved = position.filter(|position| !self.stands_at(&target.name, position));
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
            && can_set_default(to)
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

    fn stands_at(&self, column: &Identifier, position: &Position) -> bool {
        let before =
            self.live.columns.iter().position(|live| live.name.matches(column)).and_then(|at| at.checked_sub(1));
        match (before.and_then(|at| self.live.columns.get(at)), position) {
            (None, Position::First) => true,
            (Some(before), Position::After(name)) => before.name.matches(name),
            _ => false,
        }
    }

    fn primary_key(&self, changes: &mut Vec<Change>) {
        match (&self.live.primary_key, &self.target.table.primary_key) {
            (None, Some(key)) => changes.push(Change::AddPrimaryKey(key.clone())),
            (Some(from), Some(to)) if from != to => {
                changes.push(Change::ReplacePrimaryKey { from: from.clone(), to: to.clone() });
            }
            _ => {}
        }
    }

    fn index(&self, target: &Index, changes: &mut Vec<Change>) {
        let was = self.target.renamed_indexes.iter().find(|(_, to)| to.matches(&target.name)).map(|(from, _)| from);
        let Some(live) = self.live.index(was.unwrap_or(&target.name)) else {
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

    fn options(&self, changes: &mut Vec<Change>) {
        let (live, target) = (&self.live.options, &self.target.table.options);
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
    }
}

/// Equality of two columns of one name; the name's case does not count.
fn same_column(live: &Column, target: &Column) -> bool {
    Column { name: live.name.clone(), ..target.clone() } == *live
}

/// A new table has its columns in the order of the declaration, but for those whose position is declared.
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
