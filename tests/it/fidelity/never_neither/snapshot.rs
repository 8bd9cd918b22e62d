//! What is in a database at a moment: the pieces of each table, and its rows.

use std::collections::BTreeMap;

use schema_operator::mysql::{Row, Session};
use schema_operator::schema::{Identifier, quote_literal};

use super::pieces::TablePieces;
use super::tokens::{Token, text};
use super::writer::ROW_NUMBER;
use crate::fidelity::names::quoted;

/// The tables and rows of a database.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub tables: BTreeMap<String, TablePieces>,
    /// The values of each numbered row, by table.
    pub rows: BTreeMap<String, BTreeMap<String, RowValues>>,
}

/// The values of a row, by column.
pub type RowValues = BTreeMap<String, Option<Value>>;

/// A value as bytes and as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub bytes: String,
    pub text: String,
}

/// Reads the database.
pub async fn read(session: &mut Session, database: &Identifier) -> Result<Snapshot, String> {
    let all = format!("SHOW FULL TABLES FROM {} WHERE Table_type = 'BASE TABLE'", database.quoted());
    let tables = ask(session, &all).await?;
    let mut snapshot = Snapshot::default();
    for table in tables.iter().map(|row| row.text(0)).filter(|name| !name.starts_with("schema_operator_")) {
        let shown = ask(session, &format!("SHOW CREATE TABLE {}.{}", database.quoted(), quoted(table))).await?;
        let mut pieces = TablePieces::of(shown.first().map(|row| row.text(1)).unwrap_or_default());
        let hidden = hidden(session, database, table).await?;
        for row in &hidden {
            let Some(clauses) = pieces.columns.get_mut(row.text(0)) else { continue };
            let key = row.text(1).to_owned();
            clauses.insert(key, vec![Token::Word(row.text(2).to_owned())]);
        }
        if pieces.columns.contains_key(ROW_NUMBER) {
            let rows = rows(session, database, table, &pieces).await?;
            snapshot.rows.insert(table.to_owned(), rows);
        }
        snapshot.tables.insert(table.to_owned(), pieces);
    }
    Ok(snapshot)
}

/// Reads what the text of a table does not show, or only at times: collations, and MariaDB's reference systems.
async fn hidden(session: &mut Session, database: &Identifier, table: &str) -> Result<Vec<Row>, String> {
    let (database, table) = (quote_literal(database.as_str()), quote_literal(table));
    let mut sql = format!(
        "SELECT CAST(COLUMN_NAME AS CHAR), 'collation', CAST(COLLATION_NAME AS CHAR) FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = {database} AND TABLE_NAME = {table} AND COLLATION_NAME IS NOT NULL"
    );
    if session.dialect.is_mariadb() {
        sql += &format!(
            " UNION ALL SELECT CAST(G_GEOMETRY_COLUMN AS CHAR), 'REF_SYSTEM_ID', CAST(SRID AS CHAR) \
             FROM information_schema.GEOMETRY_COLUMNS WHERE G_TABLE_SCHEMA = {database} AND G_TABLE_NAME = {table} \
             AND SRID <> 0"
        );
    }
    ask(session, &sql).await
}

async fn rows(
    session: &mut Session,
    database: &Identifier,
    table: &str,
    pieces: &TablePieces,
) -> Result<BTreeMap<String, RowValues>, String> {
    let is_shape = |clauses: &BTreeMap<String, Vec<Token>>| {
        clauses.get("TYPE").is_some_and(|words| text(words, str::to_owned).contains("point"))
    };
    let lists = pieces.columns.iter().map(|(name, clauses)| {
        let name = quoted(name);
        if is_shape(clauses) {
            format!("HEX(ST_AsBinary({name})), ST_AsText({name})")
        } else {
            format!("HEX(CAST({name} AS BINARY)), CAST({name} AS CHAR CHARACTER SET utf8mb4)")
        }
    });
    let lists: Vec<String> = lists.collect();
    let sql = format!("SELECT {ROW_NUMBER}, {} FROM {}.{}", lists.join(", "), database.quoted(), quoted(table));
    let read = ask(session, &sql).await?;
    let values = |row: &Row| {
        let value = |at: usize| {
            row.optional(2 * at + 1).map(|bytes| Value {
                bytes: bytes.to_owned(),
                text: row.optional(2 * at + 2).unwrap_or_default().to_owned(),
            })
        };
        pieces.columns.keys().enumerate().map(|(at, name)| (name.clone(), value(at))).collect()
    };
    Ok(read.iter().map(|row| (row.text(0).to_owned(), values(row))).collect())
}

async fn ask(session: &mut Session, sql: &str) -> Result<Vec<Row>, String> {
    let results = session.batch("a test's question", sql).await.map_err(|error| format!("{error}: {sql}"))?;
    Ok(results.into_iter().next().unwrap_or_default())
}
