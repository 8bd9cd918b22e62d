//! Texts that the server does not show as they are, and that nobody is to write back so.

use crate::schema::{Column, ColumnDefault, DataType, DeclaredColumn, Expression, Fill};

/// The undeclared attribute that a `MODIFY` would restate from a text in which the server replaces 4-byte characters by
/// question marks. Both servers do so (tried on MySQL 9.7, MariaDB 10.11 and 11.8), but for expressions, which MySQL's
/// `information_schema` and MariaDB's `SHOW CREATE TABLE` have right.
pub fn lost_by_restating(
    declared: &DeclaredColumn,
    live: &Column,
    target: &Column,
    has_true_expressions: bool,
) -> Option<&'static str> {
    // Defaults and visibility have clauses of their own.
    let restated = |target: &Column| Column { fill: live.fill.clone(), visible: live.visible, ..target.clone() };
    if live == target || restated(target) == *live {
        return None;
    }
    let has_mark = |text: &str| text.contains('?');
    let members = match &live.data_type {
        DataType::Enum(members) | DataType::Set(members) => members.as_slice(),
        _ => &[],
    };
    let fill = match &live.fill {
        Fill::Default(ColumnDefault::Value(value)) => value,
        Fill::Default(ColumnDefault::Expression(default)) if !has_true_expressions => default.as_str(),
        Fill::Generated(generated) if !has_true_expressions => generated.expression.as_str(),
        _ => "",
    };
    let check = live.check.as_ref().filter(|_| !has_true_expressions);
    let check = check.map(Expression::as_str).unwrap_or_default();
    let undeclared_fill = declared.default.is_none() && declared.generated.is_none();
    if declared.data_type.is_none() && members.iter().any(|member| has_mark(member)) {
        Some("type")
    } else if declared.comment.is_none() && has_mark(&live.comment) {
        Some("comment")
    } else if declared.check.is_none() && has_mark(check) {
        Some("check")
    } else {
        (undeclared_fill && has_mark(fill)).then_some("default")
    }
}
