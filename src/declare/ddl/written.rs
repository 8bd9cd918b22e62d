//! From the tables that a server made of a text to what the text declares.
//!
//! A column's type and whether it takes NULL are always declared, as the server reads them: what says neither NULL nor
//! NOT NULL takes NULL. A default, `ON UPDATE`, character set, collation, comment and visibility are declared where they
//! are written. So are engine, character set, collation and comment of a table. An index, a foreign key and a check are
//! declared as a whole. What is not written of them is not declared: it stays as it is live.

use super::{ColumnText, IndexText, OptionsText, Script, TableText};
use crate::api::{ColumnSpec, DefaultSpec, Empty, IndexSpec, TableOptionsSpec, TableSpec};
use crate::declare::{SpecReader, restate, table};
use crate::plan::{Refusal, RefusalKind};
use crate::schema::{
    Column, ColumnDefault, DeclaredSchema, Fill, Identifier, Index, IndexKind, KeyPart, Schema, Table,
};

/// What `script` declares, where `made` is what a server made of it; and the same in the words of the resource.
///
/// # Errors
/// What the server made can't be declared, or is less than what is written.
pub fn declare_written(script: &Script, made: &Schema) -> Result<(DeclaredSchema, Vec<TableSpec>), Vec<Refusal>> {
    let mut reader = SpecReader::default();
    let mut schema = DeclaredSchema::default();
    let mut words = Vec::new();
    for text in &script.tables {
        let Some(made) = made.tables.iter().find(|table| table.name.matches(&text.name)) else {
            reader.unsupported(path(text), "the server did not make a table of it that can be read");
            continue;
        };
        let spec = spec(text, made, &mut reader);
        table::table(&spec, &mut schema, &mut reader);
        words.push(spec);
    }
    if reader.refusals.is_empty() {
        Ok((schema, words))
    } else {
        Err(reader.refusals.into_iter().map(in_ddl).collect())
    }
}

fn path(text: &TableText) -> String {
    format!("spec.tables[{}]", text.name)
}

/// The table is in the text, not in `spec.tables`.
fn in_ddl(refusal: Refusal) -> Refusal {
    let path = refusal.path.strip_prefix("spec.tables").map(|rest| format!("spec.ddl: table{rest}"));
    Refusal { path: path.unwrap_or(refusal.path), ..refusal }
}

/// What is written of a table, in the words of the resource.
fn spec(text: &TableText, made: &Table, reader: &mut SpecReader) -> TableSpec {
    if made.foreign_keys.len() < text.foreign_keys {
        let message = format!(
            "the server made {} of its {} foreign keys; write each as FOREIGN KEY (...) of a table that can have them",
            made.foreign_keys.len(),
            text.foreign_keys
        );
        reader.invalid(path(text), message);
    }
    let mut left_out = Vec::new();
    let whole = restate(made, &mut left_out);
    for message in left_out {
        reader.refusals.push(Refusal { path: path(text), kind: RefusalKind::Unsupported, message });
    }
    let is_written = |name: &Identifier| text.columns.iter().any(|column| column.name.matches(name));
    // MySQL may add a primary key of its own (sql_generate_invisible_primary_key), which nobody wrote.
    let own_key = made.primary_key.iter().all(|key| key.parts.iter().filter_map(KeyPart::column_name).all(is_written));
    TableSpec {
        name: text.name.to_string(),
        columns: whole.columns.map(|columns| columns.into_iter().filter_map(|spec| column(spec, text, made)).collect()),
        primary_key: whole.primary_key.filter(|_| own_key),
        indexes: whole
            .indexes
            .map(|indexes| indexes.into_iter().filter(|spec| !is_implicit(spec, text, made)).collect()),
        options: whole.options.map(|options| written_options(options, text.options)),
        ..whole
    }
}

/// A column without what is not written of it; `None` where it is not written at all.
fn column(whole: ColumnSpec, text: &TableText, made: &Table) -> Option<ColumnSpec> {
    let name = Identifier::new(whole.name.as_str()).ok()?;
    let written: &ColumnText = text.columns.iter().find(|column| column.name.matches(&name))?;
    let made = made.column(&name)?;
    let mut column = ColumnSpec {
        name: written.name.to_string(),
        default: written.default.then(|| default(whole.default, made)).flatten(),
        on_update: whole.on_update.filter(|_| written.on_update),
        charset: made.charset.clone().filter(|_| written.charset),
        collation: made.collation.clone().filter(|_| written.collation),
        comment: written.comment.then(|| made.comment.clone()),
        visible: written.visibility.then_some(made.visible),
        ..whole
    };
    if written.json {
        column.data_type = Some("json".to_owned());
        column.check = column.check.filter(|check| !is_json_check(check, &made.name));
    }
    Some(column)
}

/// `DEFAULT NULL` is what a column without a default has too; here somebody wrote it.
fn default(whole: Option<DefaultSpec>, made: &Column) -> Option<DefaultSpec> {
    match &made.fill {
        Fill::Default(ColumnDefault::None) => Some(DefaultSpec::None(Empty {})),
        _ => whole,
    }
}

/// What MariaDB makes of the word JSON beside `longtext`.
fn is_json_check(check: &str, column: &Identifier) -> bool {
    check.eq_ignore_ascii_case(&format!("json_valid({})", column.quoted()))
}

/// An index that the server made for a foreign key by itself.
fn is_implicit(spec: &IndexSpec, text: &TableText, made: &Table) -> bool {
    let Some(index) = made.indexes.iter().find(|index| index.name.as_str() == spec.name) else { return false };
    index.kind == IndexKind::Plain
        && made.foreign_keys.iter().any(|key| same_columns(index, &key.columns))
        && !text.indexes.iter().any(|written| is_of(written, index))
}

/// Whether this is the index that is written.
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

fn written_options(whole: TableOptionsSpec, written: OptionsText) -> TableOptionsSpec {
    TableOptionsSpec {
        engine: whole.engine.filter(|_| written.engine),
        charset: whole.charset.filter(|_| written.charset),
        collation: whole.collation.filter(|_| written.collation),
        comment: written.comment.then(|| whole.comment.unwrap_or_default()),
        ..whole
    }
}
