//! Changes that a server takes only in one statement, since each alone would leave an invalid table.

use crate::plan::change::{Change, PartitionChange, Statement, used_column_before, uses_column_after};
use crate::schema::{
    Check, Column, ColumnDefault, Expression, Fill, Identifier, Index, IndexKind, KeyPart, KeyTarget, Schema, Table,
};

/// Joins the units that have to share a statement. Foreign keys never do: a statement that drops and adds one of the same
/// name is refused (1826), and they wait for other tables.
pub fn combined(units: Vec<Statement>, before: &Table, live: &Schema) -> Vec<Statement> {
    let Schema { dialect, settings, .. } = live;
    let is_apart = |change: &Change| match change {
        Change::AddForeignKey(_) | Change::DropForeignKey(_) | Change::RestoreForeignKey(_) => true,
        // All but `PARTITION BY` has a statement of its own (1064).
        Change::Partition(change) => !matches!(&**change, PartitionChange::By { .. }),
        _ => false,
    };
    let is_in = |list: &[bool], at: usize| list.get(at).copied().unwrap_or_default();
    // An index of one engine may be invalid in the other (1178): the table changes as a whole, and is copied anyway.
    let all: Vec<&Change> = units.iter().flat_map(|unit| &unit.changes).collect();
    let engine = all.iter().any(|change| matches!(change, Change::SetEngine { .. }));
    let of_engine: Vec<bool> = all.iter().map(|change| engine && !is_apart(change)).collect();
    let of_renames = if dialect.is_mariadb() { with_check_names(&all, before) } else { with_renames(&all, before) };
    let of_keys = with_keys(&all, before);
    let of_positions = with_positions(&all);
    let of_texts = with_fulltext(&all, before);
    let of_checks = with_checks(&all);
    let of_first_key = if settings.requires_primary_key { with_first_key(&all, before) } else { Vec::new() };
    let mut at = 0;
    let reasons: Vec<Reasons> = units
        .iter()
        .map(|unit| {
            let changes = at..at + unit.changes.len();
            at = changes.end;
            let has = |list: &[bool]| changes.clone().any(|at| is_in(list, at));
            [&of_engine, &of_renames, &of_keys, &of_positions, &of_texts, &of_checks, &of_first_key]
                .map(|list| has(list))
        })
        .collect();
    join(units, reasons)
}

/// The reasons for which a unit shares a statement with others: engine, renames, keys, positions, full text, checks, and
/// the first primary key.
type Reasons = [bool; 7];

/// Joins units that share a reason, in the position of the first.
fn join(units: Vec<Statement>, reasons: Vec<Reasons>) -> Vec<Statement> {
    let mut joined: Vec<(Statement, Reasons)> = Vec::new();
    for (unit, of_unit) in units.into_iter().zip(reasons) {
        let shares = |other: &Reasons| of_unit.iter().zip(other).any(|(one, other)| *one && *other);
        let (same, others): (Vec<_>, Vec<_>) = joined.into_iter().partition(|(_, other)| shares(other));
        joined = others;
        let all = same.into_iter().chain([(unit, of_unit)]);
        let whole = all.reduce(|(one, of_one), (other, of_other)| {
            let mut both = of_one;
            both.iter_mut().zip(of_other).for_each(|(one, other)| *one |= other);
            (one.and(other), both)
        });
        joined.extend(whole);
    }
    joined.into_iter().map(|(unit, _)| unit).collect()
}

/// Marks all changes of a table that gets its first primary key. With `sql_require_primary_key` MySQL takes none of them
/// before (3750). Only a new foreign key can come later; see [`combined`].
fn with_first_key(all: &[&Change], before: &Table) -> Vec<bool> {
    let adds_key = all.iter().any(|change| matches!(change, Change::AddPrimaryKey(_)));
    let joins = |change: &Change| !matches!(change, Change::AddForeignKey(_) | Change::RenameTable { .. });
    all.iter().map(|change| before.primary_key.is_none() && adds_key && joins(change)).collect()
}

/// Marks the columns with a position, where one moves: each is put after its neighbour, in this order and no other.
fn with_positions(all: &[&Change]) -> Vec<bool> {
    let is_placed = |change: &&Change| {
        matches!(change, Change::AddColumn { position: Some(_), .. } | Change::ModifyColumn { position: Some(_), .. })
    };
    let moves = all.iter().any(|change| matches!(change, Change::ModifyColumn { position: Some(_), .. }));
    all.iter().map(|change| moves && is_placed(change)).collect()
}

/// Marks changes of the columns of a full-text index, which have one character set at any time (1283).
fn with_fulltext(all: &[&Change], before: &Table) -> Vec<bool> {
    let in_fulltext = |column: &Column| {
        let mut texts = before.indexes.iter().filter(|index| matches!(index.kind, IndexKind::Fulltext { .. }));
        texts.any(|index| index.parts.len() > 1 && index.contains(&column.name))
    };
    let recodes = |change: &&Change| match change {
        Change::ModifyColumn { from, to, .. } => from.charset != to.charset && in_fulltext(from),
        _ => false,
    };
    all.iter().map(recodes).collect()
}

/// Marks renames of columns that an expression names, with the changes that restate or drop its object. MySQL takes the
/// rename only in that statement (3108, 3837, 3959).
fn with_renames(all: &[&Change], before: &Table) -> Vec<bool> {
    let changes = || all.iter().copied();
    let renamed: Vec<&Identifier> = changes()
        .filter_map(|change| match change {
            Change::RenameColumn { from, .. } => Some(from),
            _ => None,
        })
        .collect();
    let names = |expression: &Expression| renamed.iter().any(|column| expression.names_column(column));
    let holds = |change: &Change| match change {
        Change::DropCheck(Check { name, .. })
        | Change::AddCheck(Check { name, .. })
        | Change::ReplaceCheck { from: Check { name, .. }, .. } => {
            before.check(name).is_some_and(|live| names(&live.expression))
        }
        Change::DropIndex(index) | Change::ReplaceIndex { from: index, .. } => in_parts(&index.parts, &names),
        Change::DropColumn(column) | Change::ModifyColumn { from: column, .. } => in_column(column, &names),
        _ => false,
    };
    if renamed.is_empty() || !changes().any(holds) {
        return Vec::new();
    }
    changes().map(|change| matches!(change, Change::RenameColumn { .. }) || holds(change)).collect()
}

/// Marks renames of columns that have a check of their own, with the drop of the check whose name they take. MariaDB keeps a
/// column's check under the column's name (1826, tried on 10.11 and 11.8), and the dropped check may name the column.
fn with_check_names(all: &[&Change], before: &Table) -> Vec<bool> {
    let has_check = |name: &Identifier| before.column(name).is_some_and(|column| column.check.is_some());
    let takes = |change: &Change, check: &Check| match change {
        Change::RenameColumn { from, to } => to.matches(&check.name) && has_check(from),
        _ => false,
    };
    let is_of = |change: &&Change| match change {
        Change::DropCheck(check) => all.iter().any(|other| takes(other, check)),
        rename => all.iter().any(|other| matches!(other, Change::DropCheck(check) if takes(rename, check))),
    };
    all.iter().map(is_of).collect()
}

fn in_parts(parts: &[KeyPart], names: &impl Fn(&Expression) -> bool) -> bool {
    parts.iter().any(|part| matches!(&part.target, KeyTarget::Expression(expression) if names(expression)))
}

fn in_column(column: &Column, names: &impl Fn(&Expression) -> bool) -> bool {
    match &column.fill {
        Fill::Generated(generated) => names(&generated.expression),
        Fill::Default(ColumnDefault::Expression(default)) => names(default),
        Fill::Default(_) | Fill::AutoIncrement => false,
    }
}

/// Marks columns whose type or nullability changes, and the keys that change with them. The old key may be invalid for the
/// new column (1170, 1171), and the new key for the old one.
fn with_keys(all: &[&Change], before: &Table) -> Vec<bool> {
    let changes = || all.iter().copied();
    let modified: Vec<&Identifier> = changes()
        .filter_map(|change| match change {
            Change::ModifyColumn { from, to, .. }
                if from.data_type != to.data_type || from.nullable != to.nullable || from.charset != to.charset =>
            {
                Some(&to.name)
            }
            _ => None,
        })
        .collect();
    // A column that counts up is never without a key that begins with it (1075).
    let has_auto = |parts: &[KeyPart]| {
        before
            .columns
            .iter()
            .any(|column| column.is_auto_increment() && parts.first().is_some_and(|part| part.is_of(&column.name)))
    };
    let loses_key = |change: &Change| match change {
        Change::ReplaceIndex { from: Index { parts, .. }, .. } | Change::DropIndex(Index { parts, .. }) => {
            has_auto(parts)
        }
        Change::ReplacePrimaryKey { from, .. } => has_auto(&from.parts),
        _ => false,
    };
    let of_auto_increment = |change: &Change| match change {
        Change::ModifyColumn { from: column, .. } | Change::DropColumn(column) => column.is_auto_increment(),
        Change::AddIndex(Index { parts, .. }) | Change::ReplaceIndex { to: Index { parts, .. }, .. }
            if has_auto(parts) =>
        {
            true
        }
        Change::AddPrimaryKey(key) | Change::ReplacePrimaryKey { to: key, .. } if has_auto(&key.parts) => true,
        change => loses_key(change),
    };
    let moves_auto_increment = changes().any(loses_key);
    let has = |parts: &[KeyPart], column: &Identifier| parts.iter().any(|part| part.is_of(column));
    let concerns = |change: &Change, column: &Identifier| match change {
        Change::ReplaceIndex { from: Index { parts: from, .. }, to: Index { parts: to, .. } } => {
            has(from, column) || has(to, column)
        }
        Change::ReplacePrimaryKey { from, to } => has(&from.parts, column) || has(&to.parts, column),
        Change::DropIndex(index) => has(&index.parts, column),
        Change::AddPrimaryKey(key) => has(&key.parts, column),
        _ => false,
    };
    let is_of = |change: &Change| match change {
        _ if of_auto_increment(change) && moves_auto_increment => true,
        Change::ModifyColumn { to, .. } => changes().any(|key| concerns(key, &to.name)) && modified.contains(&&to.name),
        key => modified.iter().any(|column| concerns(key, column)),
    };
    changes().map(is_of).collect()
}

/// Marks columns of another type or character set, and the replaced checks that name them before or after. Neither check
/// may hold for the other values: MODIFY examines the rows by the check that is there then.
fn with_checks(all: &[&Change]) -> Vec<bool> {
    let replaced: Vec<&Change> =
        all.iter().copied().filter(|change| matches!(change, Change::ReplaceCheck { .. })).collect();
    let retyped = |change: &Change| match change {
        Change::ModifyColumn { from, to, .. } if from.data_type != to.data_type || from.charset != to.charset => {
            Some(to.name.clone())
        }
        _ => None,
    };
    let names =
        |check: &Change, column: &Identifier| used_column_before(check, column) || uses_column_after(check, column);
    let is_of = |change: &&Change| match retyped(change) {
        Some(column) => replaced.iter().any(|check| names(check, &column)),
        None => {
            matches!(change, Change::ReplaceCheck { .. })
                && all.iter().filter_map(|other| retyped(other)).any(|column| names(change, &column))
        }
    };
    all.iter().map(is_of).collect()
}
