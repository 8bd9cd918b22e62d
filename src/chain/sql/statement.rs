//! Reads a statement.

use super::super::schema_change::{Circumstance, ObjectKind, SchemaChanges, SchemaObject};
use super::alter_table::read_alter_table;
use super::cursor::Cursor;
use super::key::{add_column, key_of};

/// The first words of statements that read and write rows.
pub const DML: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES"];

/// The first words of statements that change no table's definition.
const HARMLESS: [&str; 22] = [
    "SET",
    "USE",
    "LOCK",
    "UNLOCK",
    "START",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "ANALYZE",
    "OPTIMIZE",
    "CHECK",
    "GRANT",
    "REVOKE",
    "FLUSH",
    "TRUNCATE",
    "LOAD",
    "SHOW",
    "DESCRIBE",
    "EXPLAIN",
    "DO",
];

/// What CREATE, ALTER and DROP may concern beside tables and indexes.
const OTHER_OBJECTS: [&str; 14] = [
    "VIEW",
    "TRIGGER",
    "PROCEDURE",
    "FUNCTION",
    "EVENT",
    "DATABASE",
    "SCHEMA",
    "USER",
    "ROLE",
    "SEQUENCE",
    "SERVER",
    "TABLESPACE",
    "LOGFILE",
    "PACKAGE",
];

/// Decides whether a statement's semicolons are not all ends of statements: in the body of a stored program, or after
/// the client's word DELIMITER.
pub fn holds_more_statements(mut statement: Cursor<'_>) -> bool {
    if statement.eat(&["DELIMITER"]) {
        return true;
    }
    statement.eat(&["CREATE"])
        && !["TABLE", "TEMPORARY"].contains(&statement.word().as_str())
        && statement.has_any(&["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"])
        && statement.has_any(&["BEGIN"])
}

/// Reads a statement without its semicolon.
pub fn read_statement(statement: Cursor<'_>, certain: bool, into: &mut SchemaChanges) {
    let mut found = SchemaChanges::default();
    let word = statement.word();
    let at = Circumstance { line: statement.line(), certain };
    let mut cursor = statement;
    let known = match word.as_str() {
        // Flyway and dbmate fill in `${name}` and `{{ name }}`: which object it is, is not known.
        "CREATE" | "ALTER" | "DROP" | "RENAME" if statement.has_symbol("{") => None,
        "CREATE" => read_create(&mut cursor, at, &mut found),
        "ALTER" => read_alter(&mut cursor, at, &mut found),
        "DROP" => read_drop(&mut cursor, at, &mut found),
        "RENAME" => read_rename(&mut cursor, at, &mut found),
        _ if DML.contains(&word.as_str()) || HARMLESS.contains(&word.as_str()) => Some(()),
        _ => None,
    };
    if known.is_some() {
        into.append(found);
    } else {
        into.cannot_read(at.line, first_words(statement));
    }
}

/// Returns what names a statement: its first word, and the kind of object that it is about.
fn first_words(mut statement: Cursor<'_>) -> String {
    let first = statement.word();
    statement.eat(&[first.as_str()]);
    match (first.as_str(), statement.word().as_str()) {
        ("", _) => "an SQL statement".to_owned(),
        ("CREATE" | "ALTER" | "DROP" | "RENAME", second) if !second.is_empty() => format!("{first} {second}"),
        _ => first,
    }
}

/// Reads CREATE; `None` where it is not understood.
fn read_create(cursor: &mut Cursor<'_>, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    cursor.eat(&["CREATE"]);
    if cursor.eat(&["OR", "REPLACE"]) {
        at.certain = false;
    }
    if cursor.eat(&["TEMPORARY"]) {
        return Some(());
    }
    if cursor.eat(&["TABLE"]) {
        return read_create_table(cursor, at, into);
    }
    cursor.eat_any(&["ONLINE", "OFFLINE"]);
    cursor.eat_any(&["UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"]);
    if cursor.eat(&["INDEX"]) {
        at.certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
        let name = cursor.name()?;
        if !cursor.skip_to("ON") {
            return None;
        }
        cursor.eat(&["ON"]);
        let table = cursor.table()?;
        into.add(SchemaObject::new(ObjectKind::Index, &table, &name), at);
        return Some(());
    }
    cursor.has_any(&OTHER_OBJECTS).then_some(())
}

fn read_create_table(cursor: &mut Cursor<'_>, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    at.certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
    let table = cursor.table()?;
    let definitions = cursor.parenthesized();
    let is_whole = definitions.is_some() && !cursor.has_any(&["SELECT", "AS", "TABLE", "VALUES", "WITH"]);
    let definitions = definitions.map(|inside| inside.parts()).unwrap_or_default();
    let is_like = definitions.first().is_some_and(|definition| definition.word() == "LIKE");
    if is_whole && !is_like {
        into.add(SchemaObject::table(&table), at);
    } else {
        into.add_in_part(SchemaObject::table(&table), at);
    }
    if is_like {
        return Some(());
    }
    for mut definition in definitions {
        at.line = definition.line();
        match key_of(&mut definition) {
            Some(key) => key.add_to(&table, at, into),
            None => add_column(&mut definition, &table, at, into)?,
        }
    }
    Some(())
}

fn read_alter(cursor: &mut Cursor<'_>, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    cursor.eat(&["ALTER"]);
    while cursor.eat_any(&["ONLINE", "OFFLINE", "IGNORE"]) {}
    if cursor.eat(&["TABLE"]) {
        at.certain &= !cursor.eat(&["IF", "EXISTS"]);
        return read_alter_table(cursor, at, into);
    }
    cursor.has_any(&OTHER_OBJECTS).then_some(())
}

fn read_drop(cursor: &mut Cursor<'_>, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    cursor.eat(&["DROP"]);
    if cursor.eat(&["TEMPORARY"]) {
        return Some(());
    }
    cursor.eat_any(&["ONLINE", "OFFLINE"]);
    if cursor.eat_any(&["TABLE", "TABLES"]) {
        at.certain &= !cursor.eat(&["IF", "EXISTS"]);
        for mut part in cursor.parts() {
            into.remove(SchemaObject::table(&part.table()?), at);
        }
        return Some(());
    }
    if cursor.eat(&["INDEX"]) {
        at.certain &= !cursor.eat(&["IF", "EXISTS"]);
        let name = cursor.name()?;
        if !cursor.eat(&["ON"]) {
            return None;
        }
        let table = cursor.table()?;
        into.remove(SchemaObject::new(ObjectKind::Index, &table, &name), at);
        return Some(());
    }
    let is_statement = cursor.eat(&["PREPARE"]);
    (is_statement || cursor.has_any(&OTHER_OBJECTS)).then_some(())
}

fn read_rename(cursor: &mut Cursor<'_>, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    cursor.eat(&["RENAME"]);
    if cursor.eat(&["USER"]) {
        return Some(());
    }
    if !cursor.eat_any(&["TABLE", "TABLES"]) {
        return None;
    }
    at.certain &= !cursor.eat(&["IF", "EXISTS"]);
    for mut part in cursor.parts() {
        let from = part.table()?;
        if !part.eat(&["TO"]) {
            return None;
        }
        into.rename_table(&from, &part.table()?, at);
    }
    Some(())
}
