//! Reads keys and indexes from `information_schema.STATISTICS`, which has a row for each of their parts.

use super::expression::without_escapes;
use super::scope::{Scope, identifier};
use crate::mysql::Row;
use crate::mysql::session::select_list;
use crate::schema::{
    Dialect, Expression, Flavor, Index, IndexAlgorithm, IndexKind, KeyPart, KeyTarget, PrimaryKey, is_in_memory,
};

select_list! {
    pub(super) enum Field(dialect: Dialect) {
        Table = "CAST(TABLE_NAME AS CHAR)",
        Name = "CAST(INDEX_NAME AS CHAR)",
        NonUnique = "CAST(NON_UNIQUE AS CHAR)",
        Column = "CAST(COLUMN_NAME AS CHAR)",
        Prefix = "CAST(SUB_PART AS CHAR)",
        Direction = "CAST(COLLATION AS CHAR)",
        Type = "CAST(INDEX_TYPE AS CHAR)",
        Comment = "CAST(INDEX_COMMENT AS CHAR)",
        IsVisible = match dialect.flavor {
            Flavor::MySql => "CAST(IS_VISIBLE AS CHAR)",
            Flavor::MariaDb if dialect.at_least(10, 6, 0) => "IF(IGNORED = 'YES', 'NO', 'YES')",
            Flavor::MariaDb => "'YES'",
        },
        Expression = match dialect.flavor {
            Flavor::MySql => "CAST(EXPRESSION AS CHAR)",
            Flavor::MariaDb => "NULL",
        },
    }
}

/// The keys of one table.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub primary_key: Option<PrimaryKey>,
    pub indexes: Vec<Index>,
}

/// Returns the SELECT.
pub(super) fn query(scope: Scope<'_>, dialect: Dialect) -> String {
    format!(
        "SELECT {} FROM information_schema.STATISTICS WHERE {} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        Field::select(dialect),
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

/// Reads the primary key and the secondary indexes of one table.
///
/// # Errors
/// One is of a kind that the model does not hold.
pub(super) fn read(rows: &[Row], engine: Option<&str>) -> Result<Keys, String> {
    let mut keys = Keys::default();
    for row in rows {
        let part = read_part(row)?;
        let name = row.text(Field::Name);
        if name == "PRIMARY" {
            let key = || PrimaryKey {
                parts: Vec::new(),
                algorithm: read_algorithm(row, engine),
                comment: row.text(Field::Comment).to_owned(),
                other: String::new(),
            };
            keys.primary_key.get_or_insert_with(key).parts.push(part);
        } else if let Some(index) = keys.indexes.last_mut().filter(|index| index.name.as_str() == name) {
            index.parts.push(part);
        } else {
            keys.indexes.push(read_index(row, part, engine)?);
        }
    }
    Ok(keys)
}

fn read_part(row: &Row) -> Result<KeyPart, String> {
    let target = if let Some(expression) = row.optional(Field::Expression) {
        let expression = Expression::new(&without_escapes(expression)).map_err(|error| error.to_string())?;
        KeyTarget::Expression(expression)
    } else {
        // Spatial indexes report a prefix of 32 bytes, which was not declared.
        let prefix = row.number(Field::Prefix).filter(|_| row.text(Field::Type) != "SPATIAL");
        KeyTarget::Column { name: identifier(row.text(Field::Column))?, prefix }
    };
    Ok(KeyPart { target, descending: row.text(Field::Direction) == "D" })
}

fn read_index(row: &Row, first: KeyPart, engine: Option<&str>) -> Result<Index, String> {
    let is_unique = row.text(Field::NonUnique) == "0";
    let name = row.text(Field::Name);
    let kind = match row.text(Field::Type) {
        "FULLTEXT" => IndexKind::Fulltext { parser: None },
        "SPATIAL" => IndexKind::Spatial,
        "VECTOR" => return Err(format!("index {name} is a vector index, which is not supported")),
        _ if is_unique => IndexKind::Unique,
        _ => IndexKind::Plain,
    };
    Ok(Index {
        name: identifier(name)?,
        kind,
        parts: vec![first],
        algorithm: read_algorithm(row, engine),
        comment: row.text(Field::Comment).to_owned(),
        visible: row.text(Field::IsVisible) != "NO",
        key_block_size: None,
        other: String::new(),
    })
}

/// Reads the algorithm where the engine has two. MEMORY makes a hash table where a statement names neither.
fn read_algorithm(row: &Row, engine: Option<&str>) -> Option<IndexAlgorithm> {
    match row.text(Field::Type) {
        "HASH" => Some(IndexAlgorithm::Hash),
        "BTREE" if engine.is_some_and(is_in_memory) => Some(IndexAlgorithm::BTree),
        _ => None,
    }
}
