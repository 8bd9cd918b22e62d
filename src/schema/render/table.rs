//! Writes a table's `CREATE TABLE` statement.

use super::super::literal::{bare, quote_literal};
use super::super::token::{Token, TokenKind, tokenize};
use super::super::{
    Check, Column, Dialect, ForeignKey, Index, IndexAlgorithm, PrimaryKey, Table, TableOptions, is_in_memory,
};

/// The options in `CREATE_OPTIONS` that `CREATE TABLE` takes in the same words (MySQL manual, "CREATE TABLE
/// Statement"; the last three rows are MariaDB's).
const RESTATED: [&str; 15] = [
    "avg_row_length",
    "checksum",
    "delay_key_write",
    "insert_method",
    "max_rows",
    "min_rows",
    "pack_keys",
    "secondary_engine",
    "page_checksum",
    "page_compressed",
    "page_compression_level",
    "encryption_key_id",
    "ietf_quotes",
    "transactional",
    "sequence",
];

impl Table {
    /// Writes the statement that creates the table as it is, one definition a line.
    #[must_use]
    pub fn create_statement(&self, dialect: Dialect) -> String {
        let Self { name, columns, primary_key, indexes, foreign_keys, checks, options, partitioning } = self;
        let columns = columns.iter().map(|column| without_table_collation(column, options).definition(dialect));
        let stated = |algorithm: Option<IndexAlgorithm>| stated_algorithm(algorithm, options.engine.as_deref());
        let primary_key = primary_key
            .iter()
            .map(|key| PrimaryKey { algorithm: stated(key.algorithm), ..key.clone() }.definition(dialect));
        let indexes = indexes
            .iter()
            .map(|index| Index { algorithm: stated(index.algorithm), ..index.clone() }.definition(dialect));
        let foreign_keys = foreign_keys.iter().map(|key| ForeignKey::definition(key, dialect));
        let checks = checks.iter().map(|check| Check::definition(check, dialect));
        let definitions: Vec<String> = columns
            .chain(primary_key)
            .chain(indexes)
            .chain(foreign_keys)
            .chain(checks)
            .map(|definition| format!("  {definition}"))
            .collect();
        let mut statement = format!("CREATE TABLE {} (\n{}\n)", name.quoted(), definitions.join(",\n"));
        for option in options.definitions(dialect) {
            statement.push(' ');
            statement.push_str(&option);
        }
        if let Some(partitioning) = partitioning {
            statement.push('\n');
            statement.push_str(&partitioning.definition());
        }
        statement
    }
}

/// Leaves out the algorithm that MEMORY has anyway. One that is stated stays with another engine, and may be refused there
/// (1901 for AUTO_INCREMENT, tried on MariaDB 10.11 and 11.8).
fn stated_algorithm(algorithm: Option<IndexAlgorithm>, engine: Option<&str>) -> Option<IndexAlgorithm> {
    algorithm.filter(|algorithm| *algorithm != IndexAlgorithm::Hash || !engine.is_some_and(is_in_memory))
}

/// Leaves a collation that is the table's to the table. MySQL shows for good whether a column states it.
fn without_table_collation(column: &Column, table: &TableOptions) -> Column {
    let mut column = column.clone();
    // `JSON` of MariaDB is known by its collation.
    if table.collation.is_some() && column.collation == table.collation && !column.is_checked_as_json() {
        (column.charset, column.collation) = (None, None);
    }
    column
}

impl TableOptions {
    /// Writes the options, as they follow the closing parenthesis of `CREATE TABLE`.
    fn definitions(&self, dialect: Dialect) -> Vec<String> {
        let Self { engine, charset, collation, comment, storage, create_options } = self;
        let mut options = Vec::new();
        options.extend(engine.as_ref().map(|engine| format!("ENGINE={}", bare(engine))));
        options.extend(charset.as_ref().map(|charset| format!("DEFAULT CHARSET={}", bare(charset))));
        options.extend(collation.as_ref().map(|collation| format!("COLLATE={}", bare(collation))));
        let storage = storage.options();
        options.extend(storage.iter().filter(|option| option.is_stated()).map(|option| option.sql(dialect)));
        options.extend(restated(create_options));
        if !comment.is_empty() {
            options.push(format!("COMMENT={}", quote_literal(comment)));
        }
        options
    }
}

/// Writes those of the other options that `CREATE TABLE` takes.
fn restated(create_options: &str) -> Vec<String> {
    let tokens = tokenize(create_options).unwrap_or_default();
    tokens.windows(3).filter_map(option).collect()
}

/// Writes `NAME=value`, where the name is a known one.
fn option(tokens: &[Token<'_>]) -> Option<String> {
    let [name, equals, value] = tokens else { return None };
    let lower = name.value().to_ascii_lowercase();
    if !equals.is_symbol("=") || !RESTATED.contains(&lower.as_str()) {
        return None;
    }
    let value = match value.kind {
        TokenKind::Word | TokenKind::Number => value.text.to_owned(),
        TokenKind::String => quote_literal(&value.value()),
        _ => return None,
    };
    Some(format!("{}={value}", lower.to_ascii_uppercase()))
}
