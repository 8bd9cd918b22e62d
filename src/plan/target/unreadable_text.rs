//! Texts that the server does not show as they are: writing them back would lose characters.

use crate::plan::change::Attribute;
use crate::schema::{Column, ColumnDefault, DataType, DeclaredColumn, Expression, Fill};

/// Returns the undeclared attribute that a `MODIFY` would restate from a text in which the server replaces 4-byte
/// characters by question marks. Both servers do so (tried on MySQL 9.7, MariaDB 10.11 and 11.8), except in expressions:
/// MySQL's `information_schema` and MariaDB's `SHOW CREATE TABLE` show those as they are.
pub fn lost_by_restating(
    declared: &DeclaredColumn,
    live: &Column,
    target: &Column,
    has_true_expressions: bool,
) -> Option<Attribute> {
    // Defaults and visibility have clauses of their own.
    let restated = |target: &Column| Column { fill: live.fill.clone(), visible: live.visible, ..target.clone() };
    if live == target || restated(target) == *live {
        return None;
    }
    let Column {
        name: _,
        data_type,
        nullable: _,
        fill,
        on_update_now: _,
        // The names of character sets and collations are ASCII.
        charset: _,
        collation: _,
        comment,
        visible: _,
        srid: _,
        compressed: _,
        check,
        // The servers take JSON there, and names and values of engines.
        other: _,
    } = live;
    let has_mark = |text: &str| text.contains('?');
    let members = match data_type {
        DataType::Enum(members) | DataType::Set(members) => members.as_slice(),
        _ => &[],
    };
    let fill = match fill {
        Fill::Default(ColumnDefault::Value(value)) => value,
        Fill::Default(ColumnDefault::Expression(default)) if !has_true_expressions => default.as_str(),
        Fill::Generated(generated) if !has_true_expressions => generated.expression.as_str(),
        _ => "",
    };
    let check = check.as_ref().filter(|_| !has_true_expressions);
    let check = check.map(Expression::as_str).unwrap_or_default();
    let undeclared_fill = declared.default.is_none() && declared.generated.is_none();
    if declared.data_type.is_none() && members.iter().any(|member| has_mark(member)) {
        Some(Attribute::Type)
    } else if declared.comment.is_none() && has_mark(comment) {
        Some(Attribute::Comment)
    } else if declared.check.is_none() && has_mark(check) {
        Some(Attribute::Check)
    } else {
        (undeclared_fill && has_mark(fill)).then_some(Attribute::Default)
    }
}
