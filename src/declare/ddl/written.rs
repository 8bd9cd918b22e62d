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
use crate::schema::{
    Column, ColumnDefault, DeclaredSchema, Fill, Identifier, Index, IndexKind, KeyPart, Schema, Table,
};

/// Returns what `script` declares, and the same in the words of the resource. `made` is what a server made of it.
///
/// # Errors
/// What the server made can't be declared, or is less than what is written.
pub fn declare_written(script: &Script, made: &Schema) -> Result<(DeclaredSchema, Vec<TableSpec>), Vec<Refusal>> {
    let mut reader = SpecReader::of_ddl();
    let mut schema = DeclaredSchema::default();
    let mut words = Vec::new();
    for text in &script.tables {
        let Some(made) = made.tables.iter().find(|table| table.name.matches(&text.name)) else {
            let path = reader.table_path(text.name.as_str());
            reader.unsupported(path, "the server did not make a table of it that can be read");
            continue;
        };
        let spec = spec(text, made, &mut reader);
        table::table(&spec, &mut schema, &mut reader);
        words.push(spec);
    }
    if reader.refusals.is_empty() { Ok((schema, words)) } else { Err(reader.refusals) }
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
    let Restatement { spec: whole, omissions } = restate(made);
    for Omission { field, reason } in omissions {
        reader.unsupported(format!("{path}.{field}"), reason);
    }
    let TableSpec {
        name: _,
        state,
        renamed_from,
        allow,
        columns,
        primary_key,
        indexes,
        foreign_keys,
        checks,
        options,
        partitioning,
    } = whole;
    let is_written = |name: &Identifier| text.columns.iter().any(|column| column.name.matches(name));
    // MySQL may add a primary key of its own (sql_generate_invisible_primary_key), which the text does not declare.
    let own_key = made.primary_key.iter().all(|key| key.parts.iter().filter_map(KeyPart::column_name).all(is_written));
    TableSpec {
        name: text.name.to_string(),
        state,
        renamed_from,
        allow,
        columns: columns.map(|specs| specs.into_iter().filter_map(|spec| column(spec, text, made)).collect()),
        primary_key: primary_key.filter(|_| own_key),
        indexes: indexes.map(|specs| specs.into_iter().filter(|spec| !is_implicit(spec, text, made)).collect()),
        foreign_keys,
        checks,
        options: options.map(|options| written_options(options, text.options)),
        partitioning,
    }
}

/// Leaves out of a column what is not written about it; `None` where the column itself is not written.
fn column(whole: ColumnSpec, text: &TableText, made: &Table) -> Option<ColumnSpec> {
    let ColumnSpec {
        name,
        state,
        renamed_from,
        allow,
        data_type,
        nullable,
        default,
        on_update,
        auto_increment,
        generated,
        charset: _,
        collation: _,
        comment: _,
        visible: _,
        srid,
        compressed,
        check,
        first,
        after,
    } = whole;
    let name = Identifier::new(name).ok()?;
    let made = made.column(&name)?;
    let ColumnText {
        name,
        default: has_default,
        on_update: has_on_update,
        charset: has_charset,
        collation: has_collation,
        comment: has_comment,
        visibility: has_visibility,
        json: is_json,
    } = text.columns.iter().find(|column| column.name.matches(&name))?;
    Some(ColumnSpec {
        name: name.to_string(),
        state,
        renamed_from,
        allow,
        data_type: if *is_json { Some("json".to_owned()) } else { data_type },
        nullable,
        default: has_default.then(|| written_default(default, made)).flatten(),
        on_update: on_update.filter(|_| *has_on_update),
        auto_increment,
        generated,
        charset: made.charset.clone().filter(|_| *has_charset),
        collation: made.collation.clone().filter(|_| *has_collation),
        comment: has_comment.then(|| made.comment.clone()),
        visible: has_visibility.then_some(made.visible),
        srid,
        compressed,
        // MariaDB makes this check of the word JSON.
        check: check.filter(|_| !(*is_json && made.is_checked_as_json())),
        first,
        after,
    })
}

/// Tells a written `DEFAULT NULL` from no default, which is the same to the server.
fn written_default(whole: Option<DefaultSpec>, made: &Column) -> Option<DefaultSpec> {
    match &made.fill {
        Fill::Default(ColumnDefault::None) => Some(DefaultSpec::None(Empty {})),
        Fill::Default(_) | Fill::AutoIncrement | Fill::Generated(_) => whole,
    }
}

/// Returns whether the server made the index for a foreign key, without being told.
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
fn written_options(whole: TableOptionsSpec, written: OptionsText) -> TableOptionsSpec {
    let OptionsText { engine: has_engine, charset: has_charset, collation: has_collation, comment: has_comment } =
        written;
    let TableOptionsSpec {
        engine,
        charset,
        collation,
        comment,
        row_format,
        key_block_size,
        auto_increment,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    } = whole;
    TableOptionsSpec {
        engine: engine.filter(|_| has_engine),
        charset: charset.filter(|_| has_charset),
        collation: collation.filter(|_| has_collation),
        comment: has_comment.then(|| comment.unwrap_or_default()),
        row_format,
        key_block_size,
        auto_increment,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    }
}
