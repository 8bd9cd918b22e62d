//! Which changes show columns, and which hide them: a table has one that can be seen at any time.

use crate::plan::change::Change;
use crate::schema::{Identifier, Table};

/// Whether the changes drop or hide every column that can be seen.
pub fn hides_all<'a>(table: Option<&Table>, changes: impl IntoIterator<Item = &'a Change>) -> bool {
    let hidden: Vec<&Identifier> = changes.into_iter().filter_map(hides).collect();
    let mut visible = table.into_iter().flat_map(|table| &table.columns).filter(|column| column.visible);
    visible.all(|column| hidden.iter().any(|name| name.matches(&column.name)))
}

/// The column that can't be seen afterwards.
pub fn hides(change: &Change) -> Option<&Identifier> {
    match change {
        Change::DropColumn(column) => Some(&column.name),
        Change::ModifyColumn { from, to, .. } if !to.visible => Some(&from.name),
        Change::SetColumnVisible { column, visible: false } => Some(column),
        _ => None,
    }
}

/// Whether a column can be seen that could not before.
pub fn shows(change: &Change) -> bool {
    match change {
        Change::AddColumn { column, .. } => column.visible,
        Change::ModifyColumn { from, to, .. } => to.visible && !from.visible,
        Change::SetColumnVisible { visible, .. } => *visible,
        _ => false,
    }
}
