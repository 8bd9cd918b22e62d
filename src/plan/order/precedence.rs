//! Which change of a table has to run before which other.

use super::partitions::{is_after, is_after_primary_key, is_before, is_before_primary_key};
use crate::plan::change::{Change, used_column_before, uses_column_after};
use crate::schema::{
    Column, ColumnDefault, DataType, Fill, Identifier, Index, IndexKind, KeyPart, Partitioning, Position, PrimaryKey,
    Schema, Table,
};

/// What the order of a table's changes depends on.
pub struct Precedence<'a> {
    /// The table as it is live.
    table: Option<&'a Table>,
    live: &'a Schema,
    /// Whether all columns that are visible now are dropped or hidden.
    hides_all: bool,
    /// Whether the columns of the primary key divide the table's rows, and so are in each unique key.
    is_divided_by_key: bool,
}

impl<'a> Precedence<'a> {
    /// Prepares the comparison of these changes of `table`.
    pub fn new<'c>(table: Option<&'a Table>, changes: impl IntoIterator<Item = &'c Change>, live: &'a Schema) -> Self {
        let partitioning = table.and_then(|table| table.partitioning.as_ref()).and_then(Partitioning::scheme);
        let is_divided_by_key = partitioning.is_some_and(|scheme| scheme.method.is_by_primary_key());
        Self { table, live, hides_all: hides_all(table, changes), is_divided_by_key }
    }

    /// Whether `first` has to run before `later`, or together with it.
    pub fn precedes(&self, first: &Change, later: &Change) -> bool {
        match (first, later) {
            // A table has a visible column at any time (4028, on MariaDB 1113).
            (shown, hidden) if self.hides_all && shows(shown) && hides(hidden).is_some() => true,
            (first, later) if self.frees_check_name(first, later) => true,
            (first, key) if self.is_divided_by_key && is_before_primary_key(first, key) => true,
            (key, later) if self.is_divided_by_key && is_after_primary_key(later, key) => true,
            (Change::RenameColumn { .. }, Change::RenameColumn { .. })
            | (Change::RenameIndex { .. }, Change::RenameIndex { .. }) => false,
            (Change::RenameColumn { from, to }, _) => [from, to].into_iter().any(|name| concerns(later, name)),
            (Change::RenameIndex { from, to }, _) => {
                [from, to].into_iter().any(|name| index_of(later).is_some_and(|index| index.matches(name)))
            }
            (Change::AddColumn { column, .. }, Change::RaiseAutoIncrement { .. }) => column.is_auto_increment(),
            (Change::Partition(change), later) => is_after(later, change, self.primary_key()),
            (first, Change::Partition(change)) => is_before(first, change, self.primary_key()),
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
                | Change::ReplaceCheck { .. }
                | Change::AddPrimaryKey(_)
                | Change::ReplaceGeneratedKey { .. },
            ) => uses_column_after(later, &from.name),
            // An expression stores a literal in the character set of the text beside it (MySQL 9.7).
            (Change::ModifyColumn { from, to, .. }, Change::ModifyColumn { .. }) => {
                from.charset != to.charset && uses_column_after(later, &from.name)
            }
            // A key column counts up only while it is in the key, and becomes nullable only when it no longer is.
            (Change::ModifyColumn { from, to, .. }, Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_)) => {
                uses_column_after(later, &from.name)
                    || from.is_auto_increment() && !to.is_auto_increment() && used_column_before(later, &from.name)
            }
            (Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_), Change::ModifyColumn { from, to, .. }) => {
                to.nullable && used_column_before(first, &from.name) && !uses_column_after(first, &from.name)
            }
            // A foreign key refers to an index at any time (1553).
            (Change::AddIndex(new), Change::ReplacePrimaryKey { from: old, .. } | Change::DropPrimaryKey(old))
                if self.leads_key(&old.parts) && same_first(&new.parts, &old.parts) =>
            {
                true
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
            // To MariaDB 11.8 a unique index is a constraint like a check, so both can't have one name (1826).
            (Change::DropIndex(index), Change::AddCheck(check)) => {
                self.live.dialect.is_mariadb() && index.name.matches(&check.name)
            }
            (Change::AddIndex(new), Change::DropIndex(old) | Change::ReplaceIndex { from: old, .. })
            | (Change::ReplaceIndex { to: new, .. }, Change::DropIndex(old)) => {
                self.is_needed_by_key(old) && same_first(&new.parts, &old.parts)
            }
            (Change::DropIndex(index), Change::ModifyColumn { from, to, .. }) => {
                index.contains(&from.name) && !can_stay(index, to) && !self.is_needed_by_key(index)
            }
            // MariaDB reads expressions again in the table's character set, even one that is about to change (1918).
            (change, Change::SetTableCharset { .. }) if self.live.dialect.is_mariadb() => {
                NonAsciiDefault::of(change) == NonAsciiDefault { before: true, after: false }
            }
            (Change::SetTableCharset { .. }, change)
                if self.live.dialect.is_mariadb() && NonAsciiDefault::of(change).after =>
            {
                !NonAsciiDefault::of(change).before
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

    /// Whether `first` gives up the name of a check that `later` takes (1826, tried on MariaDB 10.11 and 11.8). MariaDB keeps
    /// the check of a column under the name of the column.
    fn frees_check_name(&self, first: &Change, later: &Change) -> bool {
        if !self.live.dialect.is_mariadb() {
            return false;
        }
        let has_check =
            |name: &Identifier| self.table.and_then(|table| table.column(name)).is_some_and(|own| own.check.is_some());
        let freed = match first {
            Change::DropCheck(check) => Some(&check.name),
            Change::DropColumn(column) if column.check.is_some() => Some(&column.name),
            Change::ModifyColumn { from, to, .. } if from.check.is_some() && to.check.is_none() => Some(&from.name),
            Change::RenameColumn { from, .. } if has_check(from) => Some(from),
            _ => None,
        };
        let taken = match later {
            Change::AddCheck(check) => Some(&check.name),
            Change::AddColumn { column, .. } if column.check.is_some() => Some(&column.name),
            Change::ModifyColumn { from, to, .. } if from.check.is_none() && to.check.is_some() => Some(&to.name),
            _ => None,
        };
        freed.zip(taken).is_some_and(|(freed, taken)| freed.matches(taken))
    }

    fn primary_key(&self) -> Option<&'a PrimaryKey> {
        self.table.and_then(|table| table.primary_key.as_ref())
    }

    fn counting_column(&self) -> Option<&Column> {
        self.table.and_then(|table| table.columns.iter().find(|column| column.is_auto_increment()))
    }

    /// Whether a foreign key, of this table or of another that references it, may need the index.
    fn is_needed_by_key(&self, index: &Index) -> bool {
        self.leads_key(&index.parts)
    }

    fn leads_key(&self, parts: &[KeyPart]) -> bool {
        let Some(table) = self.table else { return false };
        let leads =
            |name: Option<&Identifier>| name.is_some_and(|name| parts.first().is_some_and(|part| part.is_of(name)));
        let inbound = self.live.tables.iter().flat_map(|other| &other.foreign_keys);
        let mut inbound = inbound.filter(|key| key.refers_to(&table.name));
        table.foreign_keys.iter().any(|key| leads(key.columns.first()))
            || inbound.any(|key| leads(key.referenced_columns.first()))
    }
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

/// Whether the index surely permits its column to become this one. Text may be too long for a key, and full-text and
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

fn same_first(one: &[KeyPart], other: &[KeyPart]) -> bool {
    let (Some(one), Some(other)) = (one.first(), other.first()) else { return false };
    one.column_name().is_some_and(|name| other.is_of(name))
}

/// Whether the changes drop or hide every visible column.
fn hides_all<'a>(table: Option<&Table>, changes: impl IntoIterator<Item = &'a Change>) -> bool {
    let hidden: Vec<&Identifier> = changes.into_iter().filter_map(hides).collect();
    let mut visible = table.into_iter().flat_map(|table| &table.columns).filter(|column| column.visible);
    visible.all(|column| hidden.iter().any(|name| name.matches(&column.name)))
}

/// Returns the column that is dropped or hidden.
fn hides(change: &Change) -> Option<&Identifier> {
    match change {
        Change::DropColumn(column) => Some(&column.name),
        Change::ModifyColumn { from, to, .. } if !to.visible => Some(&from.name),
        Change::SetColumnVisible { column, visible: false } => Some(column),
        _ => None,
    }
}

/// Whether the change makes a column visible.
fn shows(change: &Change) -> bool {
    match change {
        Change::AddColumn { column, .. } => column.visible,
        Change::ModifyColumn { from, to, .. } => to.visible && !from.visible,
        Change::SetColumnVisible { visible, .. } => *visible,
        _ => false,
    }
}

/// Whether a change concerns a default that not every character set can hold: an expression with more than ASCII in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct NonAsciiDefault {
    before: bool,
    after: bool,
}

impl NonAsciiDefault {
    fn of(change: &Change) -> Self {
        let is_non_ascii = |default: &ColumnDefault| matches!(default, ColumnDefault::Expression(default) if !default.as_str().is_ascii());
        let has = |column: &Column| matches!(&column.fill, Fill::Default(default) if is_non_ascii(default));
        match change {
            Change::AddColumn { column, .. } => Self { before: false, after: has(column) },
            Change::DropColumn(column) => Self { before: has(column), after: false },
            Change::ModifyColumn { from, to, .. } => Self { before: has(from), after: has(to) },
            Change::SetDefault { from, to } => Self { before: has(from), after: is_non_ascii(to) },
            _ => Self::default(),
        }
    }
}
