//! Decides what a text declares, from the tables that a server made of it.
//!
//! A column's type and whether it takes NULL are always declared, as the server reads them: a column with neither NULL
//! nor NOT NULL takes NULL. A default, `ON UPDATE`, character set, collation, comment and visibility are declared where
//! they are written. So are engine, character set, collation and comment of a table. An index, a foreign key and a check
//! are declared as a whole. What is not written is not declared: it stays as it is live.

use super::script::{ColumnText, IndexText, OptionsText, Script, TableText};
use crate::api::{ColumnSpec, DefaultSpec, Empty, IndexSpec, TableOptionsSpec, TableSpec};
use crate::declare::restate::{Omission, Restatement, restate};
use crate::declare::spec_reader::SpecReader;
use crate::declare::table;
use crate::plan::Refusal;
use crate::schema::{ColumnDefault, DeclaredSchema, Fill, Identifier, Index, IndexKind, KeyPart, Schema, Table};

/// What a text declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTables {
    pub schema: DeclaredSchema,
    /// The same in the words of the resource.
    pub words: Vec<TableSpec>,
}

/// Returns what `script` declares, where `made` is what a server made of it.
///
/// # Errors
/// What the server made can't be declared, or is less than what is written.
pub fn declare_written(script: &Script, made: &Schema) -> Result<WrittenTables, Vec<Refusal>> {
    let mut reader = SpecReader::of_ddl();
    let mut schema = DeclaredSchema::default();
    let mut words = Vec::new();
    let names = made.stored_names();
    for text in &script.tables {
        let Some(made) = made.table(&names.table(&text.name)) else {
            let path = reader.table_path(text.name.as_str());
            reader.unsupported(path, "the server did not make a table of it that can be read");
            continue;
        };
        let spec = spec(text, made, &mut reader);
        table::table(&spec, &mut schema, &mut reader);
        words.push(spec);
    }
    if reader.refusals.is_empty() { Ok(WrittenTables { schema, words }) } else { Err(reader.refusals) }
}

/// Says what is written about a table in the words of the resource.
fn spec(text: &TableText, made: &Table, reader: &mut SpecReader) -> TableSpec {
    let path = reader.table_path(text.name.as_str());
    if made.foreign_keys.len() < text.foreign_keys {
        let message = format!(
            "the server made {} of its {} foreign keys; write each as FOREIGN KEY (...) of a table that can have them",
            made.foreign_keys.len(),
            text.foreign_keys
        );
        reader.invalid(&path, message);
    }
    let Restatement { mut spec, omissions } = restate(made);
    for Omission { object: _, field, reason } in omissions {
        reader.unsupported(format!("{path}.{field}"), reason);
    }
    let is_written = |name: &Identifier| text.columns.iter().any(|column| column.name.matches(name));
    let TableSpec {
        name,
        columns,
        primary_key,
        indexes,
        options,
        // What is written of these is declared as a whole.
        state: _,
        renamed_from: _,
        allow: _,
        foreign_keys: _,
        checks: _,
        partitioning: _,
    } = &mut spec;
    *name = text.name.to_string();
    if let Some(specs) = columns {
        specs.retain_mut(|spec| keep_written(spec, text, made));
    }
    // MySQL may add a primary key of its own (sql_generate_invisible_primary_key), which the text does not declare.
    if !made.primary_key.iter().all(|key| key.parts.iter().filter_map(KeyPart::column_name).all(is_written)) {
        *primary_key = None;
    }
    if let Some(specs) = indexes {
        specs.retain(|spec| !is_implicit(spec, text, made));
    }
    if let Some(options) = options {
        keep_written_options(options, text.options);
    }
    spec
}

/// Leaves out of a column what is not written about it; false where the column itself is not written.
fn keep_written(spec: &mut ColumnSpec, text: &TableText, made: &Table) -> bool {
    let Ok(column) = Identifier::new(spec.name.as_str()) else { return false };
    let Some(made) = made.column(&column) else { return false };
    let Some(written) = text.columns.iter().find(|written| written.name.matches(&column)) else { return false };
    let ColumnSpec {
        name,
        data_type,
        default,
        on_update,
        charset,
        collation,
        comment,
        visible,
        check,
        // What the server reports of these is declared, written or not.
        state: _,
        renamed_from: _,
        allow: _,
        nullable: _,
        auto_increment: _,
        generated: _,
        srid: _,
        compressed: _,
        first: _,
        after: _,
    } = spec;
    let ColumnText {
        name: as_written,
        default: has_default,
        on_update: has_on_update,
        charset: has_charset,
        collation: has_collation,
        comment: has_comment,
        visibility: has_visibility,
        json: is_json,
    } = written;
    *name = as_written.to_string();
    if !has_default {
        *default = None;
    } else if made.fill == Fill::Default(ColumnDefault::None) {
        // To the server a written `DEFAULT NULL` is the same as no default.
        *default = Some(DefaultSpec::None(Empty {}));
    }
    if !has_on_update {
        *on_update = None;
    }
    *charset = made.charset.clone().filter(|_| *has_charset);
    *collation = made.collation.clone().filter(|_| *has_collation);
    *comment = has_comment.then(|| made.comment.clone());
    *visible = has_visibility.then_some(made.visible);
    if *is_json {
        *data_type = Some("json".to_owned());
        // MariaDB makes this check of the word JSON.
        if made.is_checked_as_json() {
            *check = None;
        }
    }
    true
}

/// Returns whether the server made the index for a foreign key, and the text does not have it.
fn is_implicit(spec: &IndexSpec, text: &TableText, made: &Table) -> bool {
    let Some(index) = made.indexes.iter().find(|index| index.name.as_str() == spec.name) else { return false };
    index.kind == IndexKind::Plain
        && made.foreign_keys.iter().any(|key| same_columns(index, &key.columns))
        && !text.indexes.iter().any(|written| is_of(written, index))
}

/// Returns whether this is the index that is written.
fn is_of(written: &IndexText, index: &Index) -> bool {
    match &written.name {
        Some(name) => name.matches(&index.name),
        None => same_columns(index, &written.columns),
    }
}

fn same_columns(index: &Index, columns: &[Identifier]) -> bool {
    let parts: Vec<&Identifier> = index.parts.iter().filter_map(KeyPart::column_name).collect();
    parts.len() == columns.len() && parts.iter().zip(columns).all(|(part, column)| part.matches(column))
}

/// Leaves out of the options what is not written.
fn keep_written_options(spec: &mut TableOptionsSpec, written: OptionsText) {
    let TableOptionsSpec {
        engine,
        charset,
        collation,
        comment,
        // What the server reports of these was written.
        row_format: _,
        key_block_size: _,
        auto_increment: _,
        stats_persistent: _,
        stats_auto_recalc: _,
        stats_sample_pages: _,
        compression: _,
        encryption: _,
    } = spec;
    let OptionsText { engine: has_engine, charset: has_charset, collation: has_collation, comment: has_comment } =
        written;
    if !has_engine {
        *engine = None;
    }
    if !has_charset {
        *charset = None;
    }
    if !has_collation {
        *collation = None;
    }
    *comment = has_comment.then(|| comment.take().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::{Column, DataType, Dialect, ServerSettings, TableNameCase, TableOptions};

    /// What MySQL makes of `CREATE TABLE t (a int)` with these `CREATE_OPTIONS`, where it stores names in lower case.
    fn made(create_options: &str) -> Schema {
        let name = |name: &str| Identifier::new(name).unwrap();
        let table = Table {
            name: name("t"),
            columns: vec![Column::new(name("a"), DataType::integer())],
            primary_key: None,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: TableOptions {
                engine: Some("InnoDB".to_owned()),
                create_options: create_options.to_owned(),
                ..TableOptions::default()
            },
            partitioning: None,
        };
        Schema {
            name: name("d"),
            dialect: Dialect::parse("9.7.4").unwrap(),
            charset: "utf8mb4".to_owned(),
            collation: "utf8mb4_0900_ai_ci".to_owned(),
            tables: [table].into_iter().collect(),
            details: BTreeMap::new(),
            settings: ServerSettings { table_names: TableNameCase::Lower, ..ServerSettings::default() },
        }
    }

    #[test]
    fn what_is_not_written_is_not_declared() {
        let declared = |text: &str| declare_written(&Script::parse(text).unwrap(), &made("")).unwrap().words.remove(0);
        let plain = declared("CREATE TABLE t (a int)");
        let written = declared("CREATE TABLE T (A int DEFAULT NULL COMMENT '') ENGINE=InnoDB");
        let [plain_column, written_column] = [&plain, &written].map(|table| table.columns.as_ref().unwrap()[0].clone());
        assert_eq!((plain_column.default, plain_column.comment), (None, None));
        assert_eq!(written_column.default, Some(DefaultSpec::None(Empty {})));
        assert_eq!((written.name.as_str(), written_column.name.as_str()), ("T", "A"));
        assert_eq!(written_column.comment.as_deref(), Some(""));
        let engine = |table: &TableSpec| table.options.as_ref().and_then(|options| options.engine.clone());
        assert_eq!((engine(&plain), engine(&written).as_deref()), (None, Some("InnoDB")));
    }

    #[test]
    fn a_refusal_names_the_table_in_the_text() {
        let script = Script::parse("CREATE TABLE t (a int) MAX_ROWS=7").unwrap();
        let refusals = declare_written(&script, &made("max_rows=7")).unwrap_err();
        let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["spec.ddl: table[t].options: max_rows=7 can't be declared"]);
    }
}
