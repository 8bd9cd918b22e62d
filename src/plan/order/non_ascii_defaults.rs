//! Defaults that not every character set can hold.

use crate::plan::change::Change;
use crate::schema::{Column, ColumnDefault, Fill};

/// Whether a column has a default that is an expression with more than ASCII in it: before, and after.
pub fn non_ascii_defaults(change: &Change) -> (bool, bool) {
    let is_wide =
        |default: &ColumnDefault| matches!(default, ColumnDefault::Expression(default) if !default.as_str().is_ascii());
    let of = |column: &Column| matches!(&column.fill, Fill::Default(default) if is_wide(default));
    match change {
        Change::AddColumn { column, .. } => (false, of(column)),
        Change::DropColumn(column) => (of(column), false),
        Change::ModifyColumn { from, to, .. } => (of(from), of(to)),
        Change::SetDefault { from, to } => (of(from), is_wide(to)),
        _ => (false, false),
    }
}
