//! Lays the declaration of one column over the live column.

use super::charset::{is_of_charset, same_charset, same_collation};
use super::default::same_default;
use crate::plan::change::Attribute;
use crate::schema::{Column, ColumnDefault, DeclaredColumn, Dialect, Expression, Fill};

/// A declared attribute that a column can't have, on this server or beside what it has.
pub struct ForeignAttribute {
    pub attribute: Attribute,
    /// What to declare instead.
    pub message: &'static str,
}

/// Merges `declared` onto `column`, which is the live one, or a new one.
pub fn merge_column(declared: &DeclaredColumn, column: &mut Column, dialect: Dialect) {
    let DeclaredColumn {
        name: _,
        renamed_from: _,
        position: _,
        // See `merge_type`.
        data_type: _,
        charset: _,
        collation: _,
        // See `merge_fill`.
        default: _,
        on_update_now: _,
        auto_increment: _,
        generated: _,
        nullable,
        comment,
        visible,
        srid,
        compressed,
        check,
    } = declared;
    merge_type(declared, column, dialect);
    merge_fill(declared, column);
    align_now(column);
    if let Some(nullable) = *nullable {
        column.nullable = nullable;
    }
    if column.fill == Fill::AutoIncrement {
        column.nullable = false;
    }
    if let Some(comment) = comment {
        column.comment.clone_from(comment);
    }
    if let Some(visible) = *visible {
        column.visible = visible;
    }
    if let Some(srid) = *srid {
        column.srid = Some(srid);
    }
    if let Some(compressed) = *compressed {
        column.compressed = compressed;
    }
    if check.is_some() && *check != column.check {
        column.check.clone_from(check);
    }
}

/// Returns the declared attributes that this server's columns do not have.
pub fn foreign_attributes(declared: &DeclaredColumn, dialect: Dialect) -> Vec<ForeignAttribute> {
    let mut foreign = Vec::new();
    if dialect.is_mariadb() {
        return foreign;
    }
    if declared.check.is_some() {
        let message = "MySQL keeps a column's check among those of the table: declare it in checks";
        foreign.push(ForeignAttribute { attribute: Attribute::Check, message });
    }
    if declared.compressed == Some(true) {
        let message = "only MariaDB compresses single columns";
        foreign.push(ForeignAttribute { attribute: Attribute::Compressed, message });
    }
    foreign
}

fn merge_type(declared: &DeclaredColumn, column: &mut Column, dialect: Dialect) {
    if let Some(data_type) = &declared.data_type
        && data_type.canonical(dialect) != column.data_type.canonical(dialect)
    {
        // Text keeps its character set when its length changes; a change from or to another type loses it.
        if !(data_type.is_character() && column.data_type.is_character()) {
            column.charset = None;
            column.collation = None;
        }
        if !data_type.is_temporal_with_now() {
            column.on_update_now = false;
        }
        column.data_type = data_type.clone();
    }
    if let Some(charset) = &declared.charset
        && !column.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        column.charset = Some(charset.clone());
        column.collation = None;
    }
    if let Some(collation) = &declared.collation
        && !column.collation.as_deref().is_some_and(|live| same_collation(live, collation))
    {
        if declared.charset.is_none() && !column.charset.as_deref().is_some_and(|live| is_of_charset(collation, live)) {
            column.charset = None;
        }
        column.collation = Some(collation.clone());
    }
}

fn merge_fill(declared: &DeclaredColumn, column: &mut Column) {
    match declared.auto_increment {
        Some(true) => column.fill = Fill::AutoIncrement,
        Some(false) if column.fill == Fill::AutoIncrement => column.fill = Fill::Default(ColumnDefault::None),
        _ => {}
    }
    if let Some(generated) = &declared.generated {
        column.fill = Fill::Generated(generated.clone());
    }
    if let Some(default) = &declared.default {
        let same = match &column.fill {
            Fill::Default(live) => same_default(default, live, &column.data_type),
            // Such a column has no default either. With `autoIncrement: false` it becomes a plain one.
            Fill::AutoIncrement | Fill::Generated(_) => {
                *default == ColumnDefault::None && declared.auto_increment != Some(false)
            }
        };
        if !same {
            column.fill = Fill::Default(default.clone());
        }
    }
    if let Some(on_update_now) = declared.on_update_now {
        column.on_update_now = on_update_now;
    }
}

/// Returns what a live column has that a declared attribute would take from it unsaid, with that attribute: the server
/// gives a column only one of a default, AUTO_INCREMENT and an expression.
pub fn taken_fill(declared: &DeclaredColumn, live: &Fill) -> Option<ForeignAttribute> {
    let sets_default = declared.default.as_ref().is_some_and(|default| *default != ColumnDefault::None);
    if declared.auto_increment == Some(false) {
        return None;
    }
    let (attribute, message) = match live {
        Fill::AutoIncrement if declared.generated.is_some() => (
            Attribute::Generated,
            "the live column counts up (AUTO_INCREMENT), which an expression would end; declare autoIncrement: false too",
        ),
        Fill::AutoIncrement if sets_default => (
            Attribute::Default,
            "the live column counts up (AUTO_INCREMENT), which a default would end; declare autoIncrement: false too",
        ),
        Fill::Generated(_) if sets_default && declared.generated.is_none() => (
            Attribute::Default,
            "the live column is generated, which a default would end; declare autoIncrement: false too, to make it a \
             plain column",
        ),
        Fill::AutoIncrement | Fill::Generated(_) | Fill::Default(_) => return None,
    };
    Some(ForeignAttribute { attribute, message })
}

/// Gives `DEFAULT CURRENT_TIMESTAMP` as many fractional digits as its column has. With another number it is a mere
/// expression, or refused (1067).
fn align_now(column: &mut Column) {
    if let (Fill::Default(ColumnDefault::Expression(default)), Some(fsp), true) =
        (&column.fill, column.data_type.fsp(), column.data_type.is_temporal_with_now())
        && default.is_current_timestamp_word()
        && default.current_timestamp_fsp() != Some(fsp)
    {
        column.fill = Fill::Default(ColumnDefault::Expression(Expression::current_timestamp(fsp)));
    }
}
