//! Places that hold no text of a person's choice: what is none of theirs is refused, and the message names the field.

use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

use super::{Target, attacks};

/// How many specs are tried at a time.
const AT_ONCE: usize = 8;

/// A spec with an attack in one field, by whose name it is refused.
struct Place {
    field: &'static str,
    spec: Value,
}

/// Reads each attack in each place, and returns what is wrong. What only a server refuses is asked of it with two attacks.
pub async fn try_all(target: &Target) -> Vec<String> {
    let texts = attacks(&target.database);
    let tries = texts.iter().flat_map(|text| places(text).into_iter().map(move |place| (text, place)));
    let tries = tries.map(|(text, Place { field, spec })| async move {
        let is_asked = ["'; ", "`; "].iter().any(|begin| text.starts_with(begin));
        let is_named = |message: &str| message.contains(field) || message.contains("table r: ");
        match target.read(&spec) {
            Err(message) if message.contains(field) => None,
            Err(message) => Some(format!("{field} is not named, with {text:?}: {message}")),
            Ok(intent) if is_asked => match target.apply(intent).await {
                Ok(()) => Some(format!("{field} takes {text:?}")),
                Err(message) if is_named(&message) => None,
                Err(message) => Some(format!("{field} is not named by the server, with {text:?}: {message}")),
            },
            Ok(_) => None,
        }
    });
    stream::iter(tries).buffered(AT_ONCE).filter_map(|failure| async { failure }).collect().await
}

fn places(text: &str) -> Vec<Place> {
    let of = |field, spec| Place { field, spec };
    let table = |part: Value| {
        let mut table = json!({ "name": "r", "columns": [{ "name": "id", "type": "int" }] });
        for (name, value) in part.as_object().expect("fields") {
            table[name] = value.clone();
        }
        json!({ "tables": [table] })
    };
    let column = |part: Value| {
        let mut column = json!({ "name": "a", "type": "varchar(9)" });
        for (name, value) in part.as_object().expect("fields") {
            column[name] = value.clone();
        }
        table(json!({ "columns": [{ "name": "id", "type": "int" }, column] }))
    };
    let option = |name: &str| table(json!({ "options": { name: text } }));
    let partitions = |partition: Value| {
        table(json!({ "partitioning": { "by": "Range", "expression": "id", "partitions": [partition] } }))
    };
    let index = |part: Value| {
        let mut index = json!({ "name": "i", "columns": ["id"] });
        for (name, value) in part.as_object().expect("fields") {
            index[name] = value.clone();
        }
        table(json!({ "indexes": [index] }))
    };
    let key = |references: Value| {
        table(json!({ "foreignKeys": [{ "name": "k", "columns": ["id"], "references": references }] }))
    };
    let file = |text: String| json!({ "ddl": { "inline": text } });
    vec![
        of("type", column(json!({ "type": text }))),
        of("type", column(json!({ "type": format!("varchar({text})") }))),
        of("default.expression", column(json!({ "default": { "expression": text } }))),
        of("onUpdate", column(json!({ "type": "datetime", "onUpdate": text }))),
        of("generated.expression", column(json!({ "generated": { "expression": text } }))),
        of("charset", column(json!({ "charset": text }))),
        of("collation", column(json!({ "collation": text }))),
        of("check", column(json!({ "check": text }))),
        of("after", column(json!({ "after": text }))),
        of("default", column(json!({ "type": "int", "default": { "value": text } }))),
        of("engine", option("engine")),
        of("charset", option("charset")),
        of("collation", option("collation")),
        of("rowFormat", option("rowFormat")),
        of("compression", option("compression")),
        of("primaryKey", table(json!({ "primaryKey": [text] }))),
        of("columns", index(json!({ "columns": [text] }))),
        of("columns", index(json!({ "columns": [format!("({text})")] }))),
        of("parser", index(json!({ "kind": "Fulltext", "parser": text }))),
        of(
            "foreignKeys",
            table(
                json!({ "foreignKeys": [{ "name": "k", "columns": [text], "references": { "table": "victim", "columns": ["i"] } }] }),
            ),
        ),
        of("foreignKeys", key(json!({ "database": text, "table": "victim", "columns": ["i"] }))),
        of("foreignKeys", key(json!({ "table": text, "columns": ["i"] }))),
        of("foreignKeys", key(json!({ "table": "victim", "columns": [text] }))),
        of("checks", table(json!({ "checks": [{ "name": "c", "expression": text }] }))),
        of("partitioning", table(json!({ "partitioning": { "by": "Hash", "expression": text, "count": 2 } }))),
        of("partitioning", table(json!({ "partitioning": { "by": "Key", "columns": [text], "count": 2 } }))),
        of("partitioning", partitions(json!({ "name": "p", "lessThan": text }))),
        of("partitioning", partitions(json!({ "name": "p", "in": text }))),
        of("ddl", file(format!("CREATE TABLE r (id int); {text}"))),
        of("ddl", file(format!("CREATE TABLE r (id int {text});"))),
        of("ddl", file(format!("CREATE TABLE r (id int) {text};"))),
        of("ddl", file(format!("CREATE TABLE r (id int COMMENT {text});"))),
        of("ddl", file(format!("CREATE TABLE r (id int) AS {text};"))),
        of("ddl", file(format!("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE victim; {text}"))),
        of("verify", json!({ "tables": [], "verify": [{ "name": "v", "query": format!("SELECT 1{text}") }] })),
    ]
}
