//! Contradictions between two declarations of one column.

use super::contradiction::{Both, DeclaredCharset, ObjectComparison};
use crate::plan::change::Attribute;
use crate::plan::target::same_default;
use crate::schema::{ColumnDefault, DataType, DeclaredColumn, Dialect, Generation, Position};

/// Compares all attributes of one column.
pub fn compare_columns(
    comparison: &mut ObjectComparison<'_>,
    mine: &DeclaredColumn,
    theirs: &DeclaredColumn,
    dialect: Dialect,
) {
    let DeclaredColumn {
        name: _,
        renamed_from: _,
        data_type,
        nullable,
        // See `compare_fill`.
        default: _,
        auto_increment: _,
        generated: _,
        on_update_now,
        charset,
        collation,
        comment,
        visible,
        srid,
        compressed,
        check,
        position,
    } = mine;
    let same_type = |one: &DataType, other: &DataType| one.canonical(dialect) == other.canonical(dialect);
    comparison.compare_by(
        Attribute::Type,
        Both::of(data_type.as_ref(), theirs.data_type.as_ref()),
        same_type,
        DataType::render,
    );
    comparison.compare(Attribute::Nullable, nullable.as_ref(), theirs.nullable.as_ref());
    compare_fill(comparison, mine, theirs);
    comparison.compare(Attribute::OnUpdate, on_update_now.as_ref(), theirs.on_update_now.as_ref());
    comparison.compare_charset(
        DeclaredCharset { charset: charset.as_ref(), collation: collation.as_ref() },
        DeclaredCharset { charset: theirs.charset.as_ref(), collation: theirs.collation.as_ref() },
    );
    comparison.compare(Attribute::Comment, comment.as_ref(), theirs.comment.as_ref());
    comparison.compare(Attribute::Visible, visible.as_ref(), theirs.visible.as_ref());
    comparison.compare(Attribute::Srid, srid.as_ref(), theirs.srid.as_ref());
    comparison.compare(Attribute::Compressed, compressed.as_ref(), theirs.compressed.as_ref());
    comparison.compare(Attribute::Check, check.as_ref(), theirs.check.as_ref());
    comparison.compare_by(
        Attribute::Position,
        Both::of(position.as_ref(), theirs.position.as_ref()),
        same_position,
        position_text,
    );
}

/// Whether two positions are the same.
pub fn same_position(one: &Position, other: &Position) -> bool {
    match (one, other) {
        (Position::First, Position::First) => true,
        (Position::After(one), Position::After(other)) => one.matches(other),
        (Position::First, Position::After(_)) | (Position::After(_), Position::First) => false,
    }
}

/// Writes a position as a person would.
pub fn position_text(position: &Position) -> String {
    match position {
        Position::First => "first".to_owned(),
        Position::After(column) => format!("after {column}"),
    }
}

/// How a column is declared to be filled.
enum DeclaredFill<'a> {
    Counts(bool),
    Generated(&'a Generation),
    Default(&'a ColumnDefault),
}

/// Compares how a column is filled. It has one way: a column that counts up has no default.
fn compare_fill(comparison: &mut ObjectComparison<'_>, mine: &DeclaredColumn, theirs: &DeclaredColumn) {
    let (Some(own), Some(other)) = (DeclaredFill::of(mine), DeclaredFill::of(theirs)) else { return };
    let data_type = mine.data_type.as_ref().or(theirs.data_type.as_ref());
    let is_same = match (&own, &other) {
        (DeclaredFill::Default(one), DeclaredFill::Default(other)) => {
            one == other || data_type.is_some_and(|data_type| same_default(one, other, data_type))
        }
        (DeclaredFill::Generated(one), DeclaredFill::Generated(other)) => one == other,
        (DeclaredFill::Counts(one), DeclaredFill::Counts(other)) => one == other,
        (DeclaredFill::Counts(false), _) | (_, DeclaredFill::Counts(false)) => true,
        _ => false,
    };
    if !is_same {
        comparison.note(own.attribute(), own.text(), other.text());
    }
}

impl<'a> DeclaredFill<'a> {
    fn of(column: &'a DeclaredColumn) -> Option<Self> {
        let generated = column.generated.as_ref().map(Self::Generated);
        let counts = column.auto_increment.map(Self::Counts);
        let default = column.default.as_ref().map(Self::Default);
        generated.or_else(|| if column.auto_increment == Some(true) { counts } else { default.or(counts) })
    }

    fn attribute(&self) -> Attribute {
        match self {
            Self::Counts(_) => Attribute::AutoIncrement,
            Self::Generated(_) => Attribute::Generated,
            Self::Default(_) => Attribute::Default,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Counts(counts) => format!("autoIncrement {counts}"),
            Self::Generated(generated) => format!("generated as {}", generated.expression),
            Self::Default(ColumnDefault::None) => "no default".to_owned(),
            Self::Default(ColumnDefault::Value(value)) => format!("default {value}"),
            Self::Default(ColumnDefault::Expression(expression)) => format!("default ({expression})"),
        }
    }
}
