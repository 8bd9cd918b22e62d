//! Places that hold any text, or any name: the server has this very one.

use std::fmt::Write as _;

use schema_operator::schema::quote_literal;
use serde_json::{Value, json};

use super::{Target, attacks, is_in, name};

/// Returns the attacks that a comment holds as they are in this character set: servers end one at NUL, and report
/// characters beyond U+FFFF as question marks.
pub fn texts(database: &str, charset: &str) -> Vec<String> {
    let is_held = |text: &String| is_in(charset, text) && text.chars().all(|c| ('\u{1}'..='\u{ffff}').contains(&c));
    attacks(database).into_iter().filter(is_held).collect()
}

/// Whether expressions hold the texts too: servers convert their literals to the character set of the database, so that
/// they can't be compared.
fn in_expressions(charset: &str) -> bool {
    charset == "utf8mb4"
}

/// Applies all attacks in one spec, to tables that are new and to tables that lack all of it. Returns what is wrong.
pub async fn try_all(target: &Target) -> Vec<String> {
    let texts = texts(&target.database, target.charset);
    let tables: Vec<Value> = texts.iter().enumerate().flat_map(|(at, text)| tables(target.charset, at, text)).collect();
    let old: String = (0..texts.len()).step_by(2).fold(String::new(), |mut sql, at| {
        let _ = write!(sql, "CREATE TABLE t{at} (id int NOT NULL); CREATE TABLE k{at} (id int);");
        sql
    });
    target.sql(&old).await;
    let intent = target.read(&json!({ "tables": tables })).expect("texts like any other");
    if let Err(message) = target.apply(intent).await {
        return vec![message];
    }
    let mut wrong = Vec::new();
    let file = json!({ "ddl": { "inline": file(target, texts.len()).await } });
    match target.read(&file) {
        Ok(intent) => wrong.extend(target.apply(intent).await.err()),
        Err(message) => wrong.push(message),
    }
    for (at, text) in texts.iter().enumerate() {
        target.sql(&format!("INSERT INTO t{at} (id) VALUES (1)")).await;
        for condition in conditions(target.charset, at, text) {
            if target.count(&condition).await != 1 {
                wrong.push(format!("{text:?} is not in {condition}"));
            }
        }
        if !in_expressions(target.charset) {
            continue;
        }
        let literal = hex(&format!("{text}y"));
        let row =
            format!("USE {}; INSERT INTO t{at} (id, d) VALUES (2, CONVERT({literal} USING utf8mb4))", target.database);
        if target.session().await.batch("a row that a check refuses", &row).await.is_ok() {
            wrong.push(format!("{text:?} is not in the check"));
        }
    }
    wrong
}

/// Returns what the server prints of the tables.
async fn file(target: &Target, count: usize) -> String {
    let mut file = String::new();
    for at in 0..count {
        let rows = target.sql(&format!("SHOW CREATE TABLE t{at}")).await;
        let _ = writeln!(file, "{};", rows[0].text(1));
    }
    file
}

/// Returns tables that have the text in each place that takes it.
pub fn tables(charset: &str, at: usize, text: &str) -> Vec<Value> {
    let literal = quote_literal(text);
    let mut table = json!({
        "name": format!("t{at}"),
        "columns": [
            { "name": "id", "type": "int", "nullable": false },
            { "name": "a", "type": "int", "comment": text },
            { "name": "d", "type": "varchar(600)", "charset": charset, "default": { "value": text } },
            { "name": "e", "type": format!("enum({literal})"), "charset": charset, "default": { "value": text } },
        ],
        "indexes": [{ "name": "i", "columns": ["id"], "comment": text }],
        "options": { "comment": text },
    });
    if in_expressions(charset) {
        let default = json!({ "expression": format!("concat('', {literal})") });
        let generated = json!({ "expression": format!("concat(id, {literal})"), "storage": "Stored" });
        let columns = table["columns"].as_array_mut().expect("columns");
        columns.push(json!({ "name": "x", "type": "varchar(600)", "default": default }));
        columns.push(json!({ "name": "g", "type": "varchar(600)", "generated": generated }));
        table["checks"] = json!([{ "name": format!("c{at}"), "expression": format!("d <> concat({literal}, 'y')") }]);
    }
    let mut tables = vec![table];
    if let Some(name) = name(text) {
        let column = json!([name.quoted()]);
        tables.push(json!({
            "name": text,
            "columns": [{ "name": text, "type": "int" }],
            "indexes": [{ "name": text, "columns": column }],
            "checks": [{ "name": text, "expression": format!("{} > 0", name.quoted()) }],
            "partitioning": {
                "by": "Range", "expression": name.quoted(), "partitions": [{ "name": text, "lessThan": "10" }],
            },
        }));
        tables.push(json!({
            "name": format!("k{at}"),
            "columns": [{ "name": "id", "type": "int" }],
            "foreignKeys": [{
                "name": text, "columns": ["id"], "references": { "table": "victim", "columns": ["i"] },
            }],
        }));
    }
    tables
}

/// Returns what has to be found once after `FROM`.
fn conditions(charset: &str, at: usize, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_schema = |table: &str, schema: &str, of: &str, columns: &[&str]| {
        let schema = format!("information_schema.{table} WHERE {schema}_SCHEMA = DATABASE()");
        let columns: String = columns.iter().map(|column| format!(" AND {}", is(column, text))).collect();
        let of = if of.is_empty() { String::new() } else { format!(" AND TABLE_NAME = '{of}'") };
        found.push(format!("{schema}{of}{columns}"));
    };
    let table = format!("t{at}");
    in_schema("COLUMNS", "TABLE", &table, &["COLUMN_COMMENT"]);
    in_schema("STATISTICS", "TABLE", &table, &["INDEX_COMMENT"]);
    in_schema("TABLES", "TABLE", &table, &["TABLE_COMMENT"]);
    if name(text).is_some() {
        in_schema("COLUMNS", "TABLE", "", &["TABLE_NAME", "COLUMN_NAME"]);
        in_schema("STATISTICS", "TABLE", "", &["TABLE_NAME", "INDEX_NAME"]);
        in_schema("PARTITIONS", "TABLE", "", &["TABLE_NAME", "PARTITION_NAME"]);
        in_schema("CHECK_CONSTRAINTS", "CONSTRAINT", "", &["CONSTRAINT_NAME"]);
        in_schema("REFERENTIAL_CONSTRAINTS", "CONSTRAINT", "", &["CONSTRAINT_NAME"]);
    }
    // Row 1 has what the definitions give it.
    let mut row: Vec<String> = ["d", "e"].map(|column| is(column, text)).to_vec();
    if in_expressions(charset) {
        row.extend([is("x", text), is("g", &format!("1{text}"))]);
    }
    found.push(format!("t{at} WHERE id = 1 AND {}", row.join(" AND ")));
    found
}

/// Returns a condition that a value is this text, byte by byte, without a literal of it.
fn is(column: &str, text: &str) -> String {
    format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY) = {}", hex(text))
}

fn hex(text: &str) -> String {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("X'{digits}'")
}
