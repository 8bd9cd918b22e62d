//! Which changes of a table share a statement, and in which order its statements run.
//!
//! A statement that writes the table anew takes with it whatever else does so: two `ALTER TABLE` would write it twice.
//! But what is cheap is never made expensive by what it shares a statement with, and comes first, so that a failing
//! index build holds up no new column; and what needs consent never shares a statement with what needs none.
//!
//! What the servers take together was tried pair by pair on MySQL 9.7 and MariaDB 10.11 and 11.8: almost everything,
//! but for what [`Pace`] keeps apart and for a rename, whose new name no other clause of its statement may use (1054).

mod across_tables;
mod non_ascii_defaults;
mod pace;
mod partitions;
mod steps;
mod together;
mod visibility;

use std::collections::BTreeSet;

use super::assess::{cost, risks};
use super::change::{Change, Cost, used_column_before, uses_column_after};
use crate::plan::change::{Statement, phase};
use crate::schema::{Column, DataType, Identifier, Index, IndexKind, Position, Schema, Table};
use non_ascii_defaults::non_ascii_defaults;
use pace::rank_of;
use partitions::{is_after, is_before};
use visibility::{hides, hides_all, shows};

pub use steps::plan;

/// The statements for the `changes` of `table`, in order.
pub fn statements(table: &Identifier, changes: Vec<Change>, live: &Schema) -> Vec<Statement> {
    let before = live.table(table);
    let order = Order { table: before, live, hides_all: hides_all(before, &changes) };
    let without_indexes = before.map(|table| without_dropped_indexes(table, &changes));
    let assess = |change: Change| match change {
        // Its indexes are dropped before it.
        Change::DropColumn(_) => order.assess(change, without_indexes.as_ref()),
        _ => order.assess(change, before),
    };
    let mut units = joined(changes.into_iter().map(assess).collect());
    if let Some(before) = before {
        units = together::together(units, before, live.dialect);
    }
    let mut statements = Vec::new();
    while !units.is_empty() {
        let statement = order.next(&mut units);
        // What waits for each other can only be done at once.
        statements.push(statement.unwrap_or_else(|| units.drain(..).reduce(Statement::and).unwrap_or_default()));
    }
    statements
}

impl Default for Statement {
    fn default() -> Self {
        Self { changes: Vec::new(), cost: Cost::none(), risks: BTreeSet::new() }
    }
}

impl Statement {
    fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self.risks.extend(other.risks);
        Self { cost: self.cost.and(other.cost), ..self }
    }
}

/// Which of the earlier of a table's `statements` each has to wait for.
pub fn waits(table: &Identifier, statements: &[Statement], live: &Schema) -> Vec<Vec<usize>> {
    let (before, changes) = (live.table(table), statements.iter().flat_map(|statement| &statement.changes));
    let order = Order { table: before, live, hides_all: hides_all(before, changes) };
    let phase_of = |unit: &Statement| unit.changes.first().map(phase);
    let earlier = |at: usize| {
        let unit = statements.get(at).map(phase_of);
        let waits =
            |(_, other): &(usize, &Statement)| unit != Some(phase_of(other)) || order.waits(statements, at, other);
        statements.iter().enumerate().take(at).filter(waits).map(|(other, _)| other).collect()
    };
    (0..statements.len()).map(earlier).collect()
}

struct Order<'a> {
    table: Option<&'a Table>,
    live: &'a Schema,
    /// Whether all columns that can be seen now are dropped or hidden.
    hides_all: bool,
}

impl Order<'_> {
    fn assess(&self, change: Change, table: Option<&Table>) -> Statement {
        let cost = table.map_or_else(Cost::none, |table| cost(&change, table, self.live));
        Statement { risks: risks(&change, cost, self.live.dialect), cost, changes: vec![change] }
    }

    /// Takes the next statement out of `units`; `None` where each waits for another.
    fn next(&self, units: &mut Vec<Statement>) -> Option<Statement> {
        let ready =
            |at: usize| units.iter().enumerate().all(|(other, unit)| other == at || !self.waits(units, at, unit));
        let first = (0..units.len()).filter(|at| ready(*at)).min_by_key(|at| rank_of(units, *at))?;
        let place = rank_of(units, first);
        let mut taken = vec![first];
        // What waits only for what is in the statement already joins it.
        loop {
            let waits = |at: usize| {
                units.iter().enumerate().any(|(other, unit)| {
                    other != at && self.waits(units, at, unit) && (!taken.contains(&other) || is_rename(unit))
                })
            };
            let joins = (0..units.len()).filter(|at| !taken.contains(at) && rank_of(units, *at) == place);
            match joins.into_iter().find(|at| !waits(*at)) {
                Some(at) => taken.push(at),
                None => break,
            }
        }
        let statement = taken.iter().filter_map(|at| units.get(*at).cloned()).reduce(Statement::and);
        let mut at = 0;
        units.retain(|_| {
            at += 1;
            !taken.contains(&(at - 1))
        });
        statement
    }

    fn waits(&self, units: &[Statement], at: usize, other: &Statement) -> bool {
        let later = units.get(at).into_iter().flat_map(|unit| &unit.changes);
        later.into_iter().any(|later| other.changes.iter().any(|first| self.precedes(first, later)))
    }

    /// Whether `first` has to be done before `later`, or together with it.
    fn precedes(&self, first: &Change, later: &Change) -> bool {
        match (first, later) {
            // A table has a column that can be seen at any time (4028, on MariaDB 1113).
            (shown, hidden) if self.hides_all && shows(shown) && hides(hidden).is_some() => true,
            (Change::RenameColumn { .. }, Change::RenameColumn { .. })
            | (Change::RenameIndex { .. }, Change::RenameIndex { .. }) => false,
            (Change::RenameColumn { from, to }, _) => [from, to].into_iter().any(|name| concerns(later, name)),
            (Change::RenameIndex { from, to }, _) => {
                [from, to].into_iter().any(|name| index_of(later).is_some_and(|index| index.matches(name)))
            }
            (Change::AddColumn { column, .. }, Change::RaiseAutoIncrement { .. }) => column.is_auto_increment(),
            (Change::Partition(change), later) => is_after(later, change),
            (first, Change::Partition(change)) => is_before(first, change),
            (Change::AddColumn { column, .. }, _) => {
                uses_column_after(later, &column.name) || stands_after(later, &column.name)
            }
            (Change::ModifyColumn { from, position, .. }, Change::AddColumn { .. }) => {
                uses_column_after(later, &from.name) || position.is_some() && stands_after(later, &from.name)
            }
            (
                Change::ModifyColumn { from, .. },
                Change::AddIndex(_)
                | Change::ReplaceIndex { .. }
                | Change::AddCheck(_)
                | Change::AddPrimaryKey(_)
                | Change::ReplaceGeneratedKey { .. },
            ) => uses_column_after(later, &from.name),
            // A literal beside a text is stored in the text's own character set (MySQL 9.7).
            (Change::ModifyColumn { from, to, .. }, Change::ModifyColumn { .. }) => {
                from.charset != to.charset && uses_column_after(later, &from.name)
            }
            // A key column counts up only as long as it is a key, and is nullable only once it is none.
            (Change::ModifyColumn { from, to, .. }, Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_)) => {
                uses_column_after(later, &from.name)
                    || from.is_auto_increment() && !to.is_auto_increment() && used_column_before(later, &from.name)
            }
            (Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_), Change::ModifyColumn { from, to, .. }) => {
                to.nullable && used_column_before(first, &from.name) && !uses_column_after(first, &from.name)
            }
            (Change::AddIndex(index), Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_)) => {
                self.counting_column().is_some_and(|column| {
                    index.parts.first().is_some_and(|part| part.is_of(&column.name))
                        && used_column_before(later, &column.name)
                })
            }
            (Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. }, Change::DropIndex(index)) => self
                .counting_column()
                .is_some_and(|column| uses_column_after(first, &column.name) && index.contains(&column.name)),
            // To MariaDB 11.8 a unique index is a constraint like a check, and both have one name (1826).
            (Change::DropIndex(index), Change::AddCheck(check)) => {
                self.live.dialect.is_mariadb() && index.name.matches(&check.name)
            }
            (Change::AddIndex(new), Change::DropIndex(old)) => self.is_needed_by_key(old) && same_first(new, old),
            (Change::DropIndex(index), Change::ModifyColumn { from, to, .. }) => {
                index.contains(&from.name) && !can_stay(index, to) && !self.is_needed_by_key(index)
            }
            // MariaDB reads expressions anew in the table's character set, also one that is about to change (1918).
            (change, Change::SetTableCharset { .. }) if self.live.dialect.is_mariadb() => {
                non_ascii_defaults(change) == (true, false)
            }
            (Change::SetTableCharset { .. }, change)
                if self.live.dialect.is_mariadb() && non_ascii_defaults(change).1 =>
            {
                !non_ascii_defaults(change).0
            }
            // A new column takes the table's character set.
            (Change::SetTableCharset { .. }, Change::AddColumn { column, .. }) => {
                column.data_type.is_character() && column.charset.is_none()
            }
            (Change::DropColumn(one), Change::DropColumn(other)) => {
                one.name != other.name && used_column_before(first, &other.name)
            }
            (_, Change::DropColumn(column)) => used_column_before(first, &column.name),
            // The counter is that of a column.
            (Change::ModifyColumn { to: column, .. }, Change::RaiseAutoIncrement { .. }) => column.is_auto_increment(),
            _ => false,
        }
    }

    fn counting_column(&self) -> Option<&Column> {
        self.table.and_then(|table| table.columns.iter().find(|column| column.is_auto_increment()))
    }

    /// Whether a foreign key, of this table or of another that references it, may lean on the index.
    fn is_needed_by_key(&self, index: &Index) -> bool {
        let Some(table) = self.table else { return false };
        let leads = |name: Option<&Identifier>| {
            name.is_some_and(|name| index.parts.first().is_some_and(|part| part.is_of(name)))
        };
        let inbound = self.live.tables.iter().flat_map(|other| &other.foreign_keys);
        let mut inbound = inbound.filter(|key| key.refers_to(&table.name));
        table.foreign_keys.iter().any(|key| leads(key.columns.first()))
            || inbound.any(|key| leads(key.referenced_columns.first()))
    }
}

fn without_dropped_indexes(table: &Table, changes: &[Change]) -> Table {
    let is_dropped = |index: &Index| {
        changes.iter().any(|change| matches!(change, Change::DropIndex(dropped) if dropped.name.matches(&index.name)))
    };
    let indexes = table.indexes.iter().filter(|index| !is_dropped(index)).cloned().collect();
    Table { indexes, ..table.clone() }
}

/// Columns are renamed at once, since one may take the name of another. A column that counts up comes in one statement
/// with its key, and so do a new primary key and the `NOT NULL` of its columns, which it implies.
fn joined(units: Vec<Statement>) -> Vec<Statement> {
    let is_rename = |unit: &Statement| unit.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. }));
    let (renames, others): (Vec<Statement>, Vec<Statement>) = units.into_iter().partition(is_rename);
    let units: Vec<Statement> = renames.into_iter().reduce(Statement::and).into_iter().chain(others).collect();
    let mut units: Vec<Option<Statement>> = units.into_iter().map(Some).collect();
    for at in 0..units.len() {
        let Some(key) = units.get_mut(at).and_then(|unit| unit.take_if(|unit| is_key(unit))) else { continue };
        let is_part = |unit: &mut Statement| {
            unit.changes.iter().any(|change| key.changes.iter().any(|key| belongs_to_key(change, key)))
        };
        let parts: Vec<Statement> = units.iter_mut().filter_map(|unit| unit.take_if(is_part)).collect();
        let whole = parts.into_iter().chain([key]).reduce(Statement::and);
        if let Some(unit) = units.get_mut(at) {
            *unit = whole;
        }
    }
    units.into_iter().flatten().collect()
}

fn is_key(unit: &Statement) -> bool {
    let is_key = |change: &Change| {
        matches!(
            change,
            Change::AddPrimaryKey(_)
                | Change::ReplacePrimaryKey { .. }
                | Change::ReplaceGeneratedKey { .. }
                | Change::AddIndex(_)
        )
    };
    unit.changes.iter().any(is_key)
}

fn belongs_to_key(change: &Change, key: &Change) -> bool {
    match change {
        Change::AddColumn { column, .. } => column.is_auto_increment() && uses_column_after(key, &column.name),
        Change::ModifyColumn { from, to, .. } => {
            let counts = to.is_auto_increment() && !from.is_auto_increment();
            let implied = from.nullable && !to.nullable && !matches!(key, Change::AddIndex(_));
            (counts || implied) && uses_column_after(key, &from.name)
        }
        _ => false,
    }
}

fn is_rename(unit: &Statement) -> bool {
    unit.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. } | Change::RenameIndex { .. }))
}

/// Whether a change mentions a column in any way.
fn concerns(change: &Change, column: &Identifier) -> bool {
    uses_column_after(change, column)
        || used_column_before(change, column)
        || stands_after(change, column)
        || own_column(change, column)
}

fn own_column(change: &Change, column: &Identifier) -> bool {
    match change {
        Change::AddColumn { column: own, .. }
        | Change::DropColumn(own)
        | Change::ModifyColumn { from: own, .. }
        | Change::SetDefault { from: own, .. } => own.name.matches(column),
        Change::SetColumnVisible { column: own, .. } => own.matches(column),
        _ => false,
    }
}

fn stands_after(change: &Change, column: &Identifier) -> bool {
    match change {
        Change::AddColumn { position: Some(Position::After(name)), .. }
        | Change::ModifyColumn { position: Some(Position::After(name)), .. } => name.matches(column),
        _ => false,
    }
}

fn index_of(change: &Change) -> Option<&Identifier> {
    match change {
        Change::DropIndex(index) | Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => {
            Some(&index.name)
        }
        Change::SetIndexVisible { index, .. } => Some(index),
        _ => None,
    }
}

/// Whether a column of the index can become this one for sure: text may be too long for a key, and full-text and
/// spatial indexes take no other types.
fn can_stay(index: &Index, to: &Column) -> bool {
    let is_short = matches!(
        to.data_type,
        DataType::Integer { .. }
            | DataType::Decimal { .. }
            | DataType::Float { .. }
            | DataType::Double { .. }
            | DataType::Bit(_)
            | DataType::Date
            | DataType::DateTime(_)
            | DataType::Timestamp(_)
            | DataType::Time(_)
    );
    is_short && matches!(index.kind, IndexKind::Plain | IndexKind::Unique)
}

fn same_first(one: &Index, other: &Index) -> bool {
    let (Some(one), Some(other)) = (one.parts.first(), other.parts.first()) else { return false };
    one.column_name().is_some_and(|name| other.is_of(name))
}
