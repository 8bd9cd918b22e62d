//! Keys and indexes from `information_schema.STATISTICS`, a row for each of their parts.

use super::expression::without_escapes;
use super::observe::identifier;
use crate::mysql::Row;
use crate::schema::{Expression, Index, IndexAlgorithm, IndexKind, KeyPart, KeyTarget, PrimaryKey};

/// The primary key and the secondary indexes of one table, from its rows of STATISTICS.
pub fn indexes(rows: &[Row], engine: &str) -> Result<(Option<PrimaryKey>, Vec<Index>), String> {
    let mut primary_key: Option<PrimaryKey> = None;
    let mut indexes: Vec<Index> = Vec::new();
    for row in rows {
        let part = key_part(row)?;
        if row.text(1) == "PRIMARY" {
            let key = primary_key.get_or_insert_with(|| PrimaryKey { parts: vec![], comment: row.text(7).to_owned() });
            key.parts.push(part);
        } else if let Some(index) = indexes.last_mut().filter(|index| index.name.as_str() == row.text(1)) {
            index.parts.push(part);
        } else {
            indexes.push(index(row, part, engine)?);
        }
    }
    Ok((primary_key, indexes))
}

fn index(row: &Row, first: KeyPart, engine: &str) -> Result<Index, String> {
    let unique = row.text(2) == "0";
    let kind = match row.text(6) {
        "FULLTEXT" => IndexKind::Fulltext { parser: None },
        "SPATIAL" => IndexKind::Spatial,
        "VECTOR" => return Err(format!("index {} is a vector index, which is not supported", row.text(1))),
        _ if unique => IndexKind::Unique,
        _ => IndexKind::Plain,
    };
    Ok(Index {
        name: identifier(row.text(1))?,
        kind,
        parts: vec![first],
        // MEMORY has both, and makes a hash table of what says nothing.
        algorithm: match row.text(6) {
            "HASH" => Some(IndexAlgorithm::Hash),
            "BTREE" if engine.eq_ignore_ascii_case("memory") => Some(IndexAlgorithm::BTree),
            _ => None,
        },
        comment: row.text(7).to_owned(),
        visible: row.text(8) != "NO",
        key_block_size: None,
    })
}

fn key_part(row: &Row) -> Result<KeyPart, String> {
    let target = if let Some(expression) = row.optional(9) {
        let expression = Expression::new(&without_escapes(expression)).map_err(|error| error.to_string())?;
        KeyTarget::Expression(expression)
    } else {
        // Spatial indexes report a prefix of 32 bytes that nobody declared.
        let prefix = row.number(4).filter(|_| row.text(6) != "SPATIAL");
        KeyTarget::Column { name: identifier(row.text(3))?, prefix }
    };
    Ok(KeyPart { target, descending: row.text(5) == "D" })
}
