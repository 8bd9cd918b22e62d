//! The changes that make one live table equal to its target.

use crate::plan::change::{Change, TableChange, partitioning_changes};
use crate::plan::target::{ColumnPosition, Rename, TableTarget, same_foreign_key};
use crate::schema::{
    Check, Column, ColumnDefault, Dialect, Fill, Flavor, Identifier, Index, Position, Table, TableOptions,
};

/// Returns the differences of one table, in no particular order of execution. A table that is renamed is compared after
/// that, when the server has renamed what bears its name. So is one whose objects take each other's names: only the
/// record distinguishes before and after.
pub fn diff(target: &TableTarget, dialect: Dialect) -> Vec<TableChange> {
    let name = &target.table.name;
    let changes = match (&target.base, &target.renamed_from) {
        (None, _) => create(target),
        (Some(_), Some(from)) => {
            let change = Change::RenameTable { to: name.clone() };
            return vec![TableChange { table: from.clone(), change }];
        }
        (Some(base), None) => TableDiff { target, base, dialect }.run(),
    };
    changes.into_iter().map(|change| TableChange { table: name.clone(), change }).collect()
}

/// Creates a table, and its foreign keys apart: the tables that they reference may be new too, and reference it.
fn create(target: &TableTarget) -> Vec<Change> {
    let mut table = in_declared_order(target);
    let keys = std::mem::take(&mut table.foreign_keys);
    let create = std::iter::once(Change::CreateTable(Box::new(table)));
    let counter = target.auto_increment.map(|to| Change::RaiseAutoIncrement { to });
    create.chain(counter).chain(keys.into_iter().map(Change::AddForeignKey)).collect()
}

struct TableDiff<'a> {
    target: &'a TableTarget,
    base: &'a Table,
    dialect: Dialect,
}

impl TableDiff<'_> {
    fn run(&self) -> Vec<Change> {
        let columns = self.target.renamed_columns.iter().cloned();
        let columns = columns.map(|Rename { from, to }| Change::RenameColumn { from, to });
        let indexes = self.target.renamed_indexes.iter().cloned();
        let indexes = indexes.map(|Rename { from, to }| Change::RenameIndex { from, to });
        let mut changes: Vec<Change> = columns.chain(indexes).collect();
        if self.target.has_cycle {
            return changes;
        }
        let Table {
            name: _,
            columns: _,
            primary_key: _,
            indexes,
            foreign_keys: _,
            checks: _,
            options: _,
            partitioning,
        } = &self.target.table;
        self.columns(&mut changes);
        self.primary_key(&mut changes);
        for index in indexes {
            self.index(index, &mut changes);
        }
        self.constraints(&mut changes);
        self.removals(&mut changes);
        self.options(&mut changes);
        let partitions = partitioning_changes(self.base.partitioning.as_ref(), partitioning.as_ref());
        changes.extend(partitions.into_iter().map(|change| Change::Partition(Box::new(change))));
        changes
    }

    /// Compares all columns. Those with a declared position come last, each after its neighbour, which then is where it
    /// will be. Columns to be dropped do not affect positions.
    fn columns(&self, changes: &mut Vec<Change>) {
        let positions = &self.target.positions;
        let place = |name: &Identifier| positions.iter().position(|declared| declared.column.matches(name));
        let mut columns: Vec<&Column> = self.target.table.columns.iter().collect();
        columns.sort_by_key(|column| place(&column.name).map(|at| (self.neighbours_before(&column.name), at)));
        let stays = self.base.columns.iter().filter(|column| self.target.table.column(&column.name).is_some());
        let mut order: Vec<Identifier> = stays.map(|column| column.name.clone()).collect();
        for column in columns {
            self.column(column, &mut order, changes);
        }
    }

    /// Counts the columns that have to be in their places before this one can be put after its neighbour.
    fn neighbours_before(&self, column: &Identifier) -> usize {
        let mut name = column.clone();
        let mut number = 0;
        // A cycle of neighbours has no end.
        while let Some(Position::After(before)) = self.position(&name)
            && number < self.target.positions.len()
        {
            name = before;
            number += 1;
        }
        number
    }

    /// Compares one column. `order` is that of the columns after the changes so far.
    fn column(&self, target: &Column, order: &mut Vec<Identifier>, changes: &mut Vec<Change>) {
        let position = self.position(&target.name);
        let is_in_place = position.as_ref().is_none_or(|position| is_at(order, &target.name, position));
        if !is_in_place || self.base.column(&target.name).is_none() {
            put(order, &target.name, position.as_ref());
        }
        let Some(live) = self.base.column(&target.name) else {
            changes.push(Change::AddColumn { column: Box::new(target.clone()), position });
            return;
        };
        let moved = position.filter(|_| !is_in_place);
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

    /// Returns the change that restates only the one attribute that differs, where there is such a clause.
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
        let declared = self.target.positions.iter().find(|declared| declared.column.matches(column));
        declared.map(|declared| declared.position.clone())
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

    /// Compares foreign keys and checks. A foreign key that changes is dropped and added in separate statements: in a single
    /// one the servers take the second for a duplicate of the first (1826, errno 121 on MariaDB).
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
            let Check { name, expression, enforced } = check;
            let live = self.base.check(name);
            match live.filter(|live| live.expression == *expression) {
                Some(live) if live.enforced == *enforced => {}
                Some(_) => changes.push(Change::SetCheckEnforced { check: name.clone(), enforced: *enforced }),
                None => changes.push(match live {
                    Some(live) => Change::ReplaceCheck { from: live.clone(), to: check.clone() },
                    None => Change::AddCheck(check.clone()),
                }),
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
        let live = &self.base.options;
        // Other options can't be declared.
        let TableOptions { engine, charset, collation, comment, storage, create_options: _ } =
            &self.target.table.options;
        if live.comment != *comment {
            changes.push(Change::SetTableComment { from: live.comment.clone(), to: comment.clone() });
        }
        if live.collation != *collation || live.charset != *charset {
            let from = live.collation.clone().unwrap_or_default();
            let (charset, collation) = (charset.clone(), collation.clone());
            changes.push(Change::SetTableCharset { from, charset, collation });
        }
        if let (Some(from), Some(to)) = (&live.engine, engine)
            && from != to
        {
            changes.push(Change::SetEngine { from: from.clone(), to: to.clone() });
        }
        for (from, to) in live.storage.options().into_iter().zip(storage.options()) {
            if from != to {
                changes.push(Change::SetStorage { from, to });
            }
        }
        changes.extend(self.target.auto_increment.map(|to| Change::RaiseAutoIncrement { to }));
    }
}

fn is_at(order: &[Identifier], column: &Identifier, position: &Position) -> bool {
    let before = order.iter().position(|name| name.matches(column)).map(|at| at.checked_sub(1));
    match (before, position) {
        (Some(None), Position::First) => true,
        (Some(Some(before)), Position::After(name)) => order.get(before).is_some_and(|before| before.matches(name)),
        _ => false,
    }
}

/// Puts a column in its declared position, or at the end.
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

/// Whether two columns of one name are equal, whatever the name's case.
fn same_column(live: &Column, target: &Column) -> bool {
    let Column {
        name: _,
        data_type,
        nullable,
        fill,
        on_update_now,
        charset,
        collation,
        comment,
        visible,
        srid,
        compressed,
        check,
        other,
    } = live;
    *data_type == target.data_type
        && *nullable == target.nullable
        && *fill == target.fill
        && *on_update_now == target.on_update_now
        && *charset == target.charset
        && *collation == target.collation
        && *comment == target.comment
        && *visible == target.visible
        && *srid == target.srid
        && *compressed == target.compressed
        && *check == target.check
        && *other == target.other
}

/// Returns a new table with its columns in the order of the declaration, apart from those with a declared position.
fn in_declared_order(target: &TableTarget) -> Table {
    let mut table = target.table.clone();
    for ColumnPosition { column: name, position } in &target.positions {
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

/// Whether `ALTER COLUMN` sets this default, and nothing else.
///
/// - `DEFAULT CURRENT_TIMESTAMP` becomes another kind of default.
/// - MySQL's `SET DEFAULT (expression)` silently sets nothing, where another column has such a default and the table a
///   check. Nor does `information_schema` show such a default of a text (both tried on 9.7).
/// - After MySQL's `DROP DEFAULT` of an expression `information_schema` still shows one (9.7).
/// - MariaDB also removes `ON UPDATE CURRENT_TIMESTAMP`, with a default of the same kind (tried on 10.11 and 11.8).
fn can_set_default(from: &Column, to: &ColumnDefault, dialect: Dialect) -> bool {
    let drops_expression =
        *to == ColumnDefault::None && matches!(from.fill, Fill::Default(ColumnDefault::Expression(_)));
    let loses = if dialect.is_mariadb() { from.on_update_now } else { drops_expression };
    if loses {
        return false;
    }
    let ColumnDefault::Expression(expression) = to else { return true };
    dialect.is_mariadb() && !expression.is_current_timestamp()
}
