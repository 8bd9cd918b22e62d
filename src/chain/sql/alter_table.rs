//! Reads ALTER TABLE, from the table's name on.

use super::super::schema_change::{Circumstance, ObjectKind, SchemaChanges, SchemaObject};
use super::cursor::Cursor;
use super::key::{add_column, key_of};

/// Reads the clauses; `None` where one is not understood.
pub fn read_alter_table(cursor: &mut Cursor<'_>, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    let mut table = cursor.table()?;
    if cursor.eat(&["WAIT"]) {
        cursor.eat_number();
    }
    cursor.eat(&["NOWAIT"]);
    for mut clause in cursor.parts() {
        if clause.is_done() {
            continue;
        }
        let at = Circumstance { line: clause.line(), ..at };
        let word = clause.word();
        clause.eat(&[word.as_str()]);
        match word.as_str() {
            "ADD" => read_add(&mut clause, &table, at, into)?,
            "DROP" => read_drop(&mut clause, &table, at, into)?,
            "CHANGE" => {
                clause.eat(&["COLUMN"]);
                let certain = at.certain && !clause.eat(&["IF", "EXISTS"]);
                let names = Renaming { from: clause.name()?, to: clause.name()? };
                names.rename(ObjectKind::Column, &table, Circumstance { certain, ..at }, into);
            }
            "RENAME" => read_rename(&mut clause, &mut table, at, into)?,
            _ if CLAUSES.contains(&word.as_str()) => {}
            _ => return None,
        }
    }
    Some(())
}

/// The first words of clauses that neither add nor remove an object.
const CLAUSES: [&str; 55] = [
    "ALGORITHM",
    "ALTER",
    "ANALYZE",
    "AUTOEXTEND_SIZE",
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHARACTER",
    "CHARSET",
    "CHECK",
    "CHECKSUM",
    "COALESCE",
    "COLLATE",
    "COMMENT",
    "COMPRESSION",
    "CONNECTION",
    "CONVERT",
    "DATA",
    "DEFAULT",
    "DELAY_KEY_WRITE",
    "DISABLE",
    "DISCARD",
    "ENABLE",
    "ENCRYPTED",
    "ENCRYPTION",
    "ENCRYPTION_KEY_ID",
    "ENGINE",
    "ENGINE_ATTRIBUTE",
    "EXCHANGE",
    "FORCE",
    "IMPORT",
    "INDEX",
    "INSERT_METHOD",
    "KEY_BLOCK_SIZE",
    "LOCK",
    "MAX_ROWS",
    "MIN_ROWS",
    "MODIFY",
    "OPTIMIZE",
    "ORDER",
    "PACK_KEYS",
    "PAGE_COMPRESSED",
    "PARTITION",
    "PASSWORD",
    "REBUILD",
    "REMOVE",
    "REORGANIZE",
    "REPAIR",
    "ROW_FORMAT",
    "SECONDARY_ENGINE",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "TABLESPACE",
    "TRUNCATE",
    "UNION",
];

/// An old and a new name.
struct Renaming {
    from: String,
    to: String,
}

impl Renaming {
    fn rename(&self, kind: ObjectKind, table: &str, at: Circumstance, into: &mut SchemaChanges) {
        // Another spelling of one name is one name.
        if !self.from.eq_ignore_ascii_case(&self.to) {
            into.remove(SchemaObject::new(kind, table, &self.from), at);
            into.add(SchemaObject::new(kind, table, &self.to), at);
        }
    }
}

fn read_add(clause: &mut Cursor<'_>, table: &str, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    if clause.eat(&["PARTITION"]) || clause.eat(&["SYSTEM", "VERSIONING"]) {
        return Some(());
    }
    if let Some(key) = key_of(clause) {
        key.add_to(table, at, into);
        return Some(());
    }
    clause.eat(&["COLUMN"]);
    let certain = at.certain && !clause.eat(&["IF", "NOT", "EXISTS"]);
    let at = Circumstance { certain, ..at };
    let Some(columns) = clause.parenthesized() else {
        return add_column(clause, table, at, into);
    };
    for mut column in columns.parts() {
        let at = Circumstance { line: column.line(), ..at };
        match key_of(&mut column) {
            Some(key) => key.add_to(table, at, into),
            None => add_column(&mut column, table, at, into)?,
        }
    }
    Some(())
}

fn read_drop(clause: &mut Cursor<'_>, table: &str, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    if clause.eat(&["SYSTEM", "VERSIONING"]) || clause.eat(&["PERIOD", "FOR"]) {
        return Some(());
    }
    let kind = match clause.word().as_str() {
        "PARTITION" | "PRIMARY" => return Some(()),
        "INDEX" | "KEY" => Some(ObjectKind::Index),
        "CHECK" => Some(ObjectKind::Check),
        "CONSTRAINT" => None,
        "FOREIGN" => {
            clause.eat(&["FOREIGN"]);
            Some(ObjectKind::ForeignKey)
        }
        _ => {
            clause.eat(&["COLUMN"]);
            let certain = at.certain && !clause.eat(&["IF", "EXISTS"]);
            into.remove(SchemaObject::new(ObjectKind::Column, table, &clause.name()?), Circumstance { certain, ..at });
            return Some(());
        }
    };
    clause.eat_any(&["INDEX", "KEY", "CHECK", "CONSTRAINT"]);
    let certain = at.certain && !clause.eat(&["IF", "EXISTS"]);
    let name = clause.name()?;
    match kind {
        Some(kind) => into.remove(SchemaObject::new(kind, table, &name), Circumstance { certain, ..at }),
        None => into.remove_constraint(table, &name, at.line),
    }
    Some(())
}

/// Reads a renaming. The clauses that follow that of the table concern its new name.
fn read_rename(clause: &mut Cursor<'_>, table: &mut String, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
    let kind = match clause.word().as_str() {
        "COLUMN" => Some(ObjectKind::Column),
        "INDEX" | "KEY" => Some(ObjectKind::Index),
        _ => None,
    };
    let Some(kind) = kind else {
        clause.eat_any(&["TO", "AS"]);
        clause.eat_symbol("=");
        let renamed = clause.table()?;
        into.rename_table(table, &renamed, at);
        *table = renamed;
        return Some(());
    };
    clause.eat_any(&["COLUMN", "INDEX", "KEY"]);
    let certain = at.certain && !clause.eat(&["IF", "EXISTS"]);
    let from = clause.name()?;
    if !clause.eat(&["TO"]) {
        return None;
    }
    Renaming { from, to: clause.name()? }.rename(kind, table, Circumstance { certain, ..at }, into);
    Some(())
}
