//! Reads columns from `information_schema.COLUMNS`: their types, defaults and further attributes.

use super::checks::CheckRows;
use super::expression::read_expression;
use super::scope::{Scope, identifier};
use crate::mysql::Row;
use crate::mysql::session::select_list;
use crate::schema::{
    Column, ColumnDefault, DataType, Dialect, Expression, Fill, Flavor, Generation, Identifier, Storage, unescape,
};

select_list! {
    pub(super) enum Field(dialect: Dialect) {
        Table = "CAST(TABLE_NAME AS CHAR)",
        Name = "CAST(COLUMN_NAME AS CHAR)",
        Type = "CAST(COLUMN_TYPE AS CHAR)",
        IsNullable = "CAST(IS_NULLABLE AS CHAR)",
        Default = "CAST(COLUMN_DEFAULT AS CHAR)",
        Extra = "CAST(EXTRA AS CHAR)",
        Charset = "CAST(CHARACTER_SET_NAME AS CHAR)",
        Collation = "CAST(COLLATION_NAME AS CHAR)",
        Comment = "CAST(COLUMN_COMMENT AS CHAR)",
        Generation = "CAST(GENERATION_EXPRESSION AS CHAR)",
        Srid = match dialect.flavor {
            Flavor::MySql => "CAST(SRS_ID AS CHAR)",
            Flavor::MariaDb => "NULL",
        },
    }
}

/// Returns the SELECT.
pub(super) fn query(scope: Scope<'_>, dialect: Dialect) -> String {
    format!(
        "SELECT {} FROM information_schema.COLUMNS WHERE {} ORDER BY TABLE_NAME, ORDINAL_POSITION",
        Field::select(dialect),
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

/// Reads the columns of one table.
///
/// # Errors
/// One has something that the model does not hold, or all are hidden.
pub(super) fn read(rows: &[Row], checks: &CheckRows<'_>, dialect: Dialect) -> Result<Vec<Column>, String> {
    if rows.is_empty() {
        return Err("its columns are hidden from this account".to_owned());
    }
    let column = |row: &Row| {
        let text = row.text(Field::Name);
        read_column(row, identifier(text)?, checks, dialect).map_err(|why| format!("column {text}: {why}"))
    };
    rows.iter().map(column).collect()
}

fn read_column(row: &Row, name: Identifier, checks: &CheckRows<'_>, dialect: Dialect) -> Result<Column, String> {
    let (type_text, compressed) = split_compressed(row.text(Field::Type));
    let extra = row.text(Field::Extra).to_ascii_lowercase();
    Ok(Column {
        data_type: DataType::parse(type_text).map_err(|error| error.to_string())?,
        nullable: row.text(Field::IsNullable) == "YES",
        check: checks.of_column(name.as_str(), dialect)?,
        fill: read_fill(row, &extra, dialect)?,
        on_update_now: extra.contains("on update"),
        charset: row.optional(Field::Charset).map(str::to_owned),
        collation: row.optional(Field::Collation).map(str::to_owned),
        comment: row.text(Field::Comment).to_owned(),
        visible: !extra.split([' ', ',']).any(|word| word == "invisible"),
        srid: row.number(Field::Srid),
        compressed,
        other: String::new(),
        name,
    })
}

/// MariaDB appends `/*M!100301 COMPRESSED*/` to the type.
fn split_compressed(column_type: &str) -> (&str, bool) {
    match column_type.split_once("/*") {
        Some((before, comment)) if comment.contains("COMPRESSED") => (before.trim_end(), true),
        _ => (column_type, false),
    }
}

/// Reads where the values come from. `extra` is the server's text, in lower case.
fn read_fill(row: &Row, extra: &str, dialect: Dialect) -> Result<Fill, String> {
    if extra.contains("auto_increment") {
        return Ok(Fill::AutoIncrement);
    }
    if extra.contains("virtual generated") || extra.contains("stored generated") {
        let storage = if extra.contains("stored") { Storage::Stored } else { Storage::Virtual };
        let expression = read_expression(row.text(Field::Generation), dialect)?;
        return Ok(Fill::Generated(Generation { expression, storage }));
    }
    if extra.contains("row start") || extra.contains("row end") {
        return Err("it belongs to system versioning, which is not supported".to_owned());
    }
    let default = match (row.optional(Field::Default), dialect.flavor) {
        // Only of text, and only where ALTER COLUMN set it (tried on 9.7): what can't be read can't be restated.
        (None, Flavor::MySql) if extra.contains("default_generated") && !extra.contains("on update") => {
            let advice = "state it by MODIFY COLUMN once, and it will";
            return Err(format!("the server does not show the expression of its default: {advice}"));
        }
        (None, _) => ColumnDefault::None,
        (Some(text), Flavor::MySql) if extra.contains("default_generated") => {
            ColumnDefault::Expression(read_expression(text, dialect)?)
        }
        (Some(text), Flavor::MySql) => ColumnDefault::Value(text.to_owned()),
        (Some(text), Flavor::MariaDb) => read_mariadb_default(text)?,
    };
    Ok(Fill::Default(default))
}

/// Reads a default as MariaDB shows it, in SQL: `'a''b'`, `5`, `NULL`, `current_timestamp()`, `(1 + 2)`.
fn read_mariadb_default(text: &str) -> Result<ColumnDefault, String> {
    if text.eq_ignore_ascii_case("null") {
        return Ok(ColumnDefault::None);
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Ok(ColumnDefault::Value(unescape(inner, '\'')));
    }
    let is_number = text.parse::<f64>().is_ok() && !text.starts_with(|c: char| c.is_alphabetic());
    let is_bits = text.len() >= 3 && (text.starts_with("b'") || text.starts_with("x'"));
    if is_number || is_bits {
        return Ok(ColumnDefault::Value(text.to_owned()));
    }
    let expression = Expression::new(text).map_err(|error| format!("its default can't be read: {error}"))?;
    Ok(ColumnDefault::Expression(expression))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mariadb_defaults_are_told_apart() {
        let value = |text: &str| ColumnDefault::Value(text.to_owned());
        assert_eq!(read_mariadb_default("NULL"), Ok(ColumnDefault::None));
        assert_eq!(read_mariadb_default("'NULL'"), Ok(value("NULL")));
        assert_eq!(read_mariadb_default("'a''b'"), Ok(value("a'b")));
        assert_eq!(read_mariadb_default("''"), Ok(value("")));
        assert_eq!(read_mariadb_default("-5.5"), Ok(value("-5.5")));
        assert_eq!(read_mariadb_default("b'01'"), Ok(value("b'01'")));
        assert!(matches!(read_mariadb_default("current_timestamp(3)"), Ok(ColumnDefault::Expression(_))));
        assert!(matches!(read_mariadb_default("uuid()"), Ok(ColumnDefault::Expression(_))));
    }
}
