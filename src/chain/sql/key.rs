//! Reads the beginning of a key or constraint, as CREATE TABLE and ALTER TABLE define it.

use super::super::schema_change::{Circumstance, ObjectKind, SchemaChanges, SchemaObject};
use super::cursor::Cursor;

/// A key or constraint, as it is defined in a table.
#[derive(Debug)]
pub struct KeyDefinition {
    /// None for a primary key.
    kind: Option<ObjectKind>,
    /// None where the server chooses it.
    name: Option<String>,
    /// Whether it is added whatever is there.
    certain: bool,
}

impl KeyDefinition {
    /// Adds it to a table.
    pub fn add_to(&self, table: &str, at: Circumstance, into: &mut SchemaChanges) {
        let Some(kind) = self.kind else { return };
        match &self.name {
            Some(name) => {
                let certain = at.certain && self.certain;
                into.add(SchemaObject::new(kind, table, name), Circumstance { certain, ..at });
            }
            None => into.add_unnamed_key(table, at.line),
        }
    }
}

/// Reads the beginning of a key or constraint; `None` where a column follows.
pub fn key_of(cursor: &mut Cursor<'_>) -> Option<KeyDefinition> {
    const KINDS: [&str; 6] = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "KEY", "INDEX"];
    let mut certain = true;
    let constraint = if cursor.eat(&["CONSTRAINT"]) {
        certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
        let is_unnamed = KINDS.contains(&cursor.word().as_str());
        Some(if is_unnamed { None } else { cursor.name() })
    } else {
        None
    };
    let own_name = |cursor: &mut Cursor<'_>| {
        let is_unnamed = cursor.is_symbol("(") || cursor.word() == "USING";
        if is_unnamed { None } else { cursor.name() }
    };
    let given = constraint.clone().flatten();
    let (kind, name) = match cursor.word().as_str() {
        "PRIMARY" => (None, None),
        "FOREIGN" if cursor.eat(&["FOREIGN", "KEY"]) => {
            certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
            let own = own_name(cursor);
            (Some(ObjectKind::ForeignKey), given.or(own))
        }
        "CHECK" => (Some(ObjectKind::Check), given),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" | "KEY" | "INDEX" => {
            cursor.eat_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]);
            cursor.eat_any(&["KEY", "INDEX"]);
            certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
            let own = own_name(cursor);
            (Some(ObjectKind::Index), own.or(given))
        }
        // Neither word is reserved: a column may have it as its name.
        "VECTOR" if cursor.eat(&["VECTOR", "INDEX"]) || cursor.eat(&["VECTOR", "KEY"]) => {
            certain &= !cursor.eat(&["IF", "NOT", "EXISTS"]);
            (Some(ObjectKind::Index), own_name(cursor))
        }
        "PERIOD" if cursor.eat(&["PERIOD", "FOR"]) => (None, None),
        _ if constraint.is_some() => (None, None),
        _ => return None,
    };
    Some(KeyDefinition { kind, name, certain })
}

/// Adds a column to a table, from its name on, with what its definition brings.
pub fn add_column(column: &mut Cursor<'_>, table: &str, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    into.add(SchemaObject::new(ObjectKind::Column, table, &column.name()?), at);
    if column.has_any(&["UNIQUE", "REFERENCES", "CHECK", "CONSTRAINT"]) {
        into.add_unnamed_key(table, at.line);
    }
    Some(())
}
