//! Says a table in the words of the resource: the way back from the model. It leaves out what a new table would have
//! anyway, such as an empty comment.

mod complete;
mod omission;
mod partitioning;

use crate::api::{
    ActionSpec, CheckSpec, ColumnSpec, DefaultSpec, ForeignKeySpec, GeneratedSpec, IndexKindSpec, IndexSpec,
    IndexUsingSpec, ReferencesSpec, StorageSpec, TableOptionsSpec, TableSpec,
};
use crate::schema::{
    Check, Column, ColumnDefault, Expression, Fill, ForeignKey, Generation, Identifier, Index, IndexAlgorithm,
    IndexKind, KeyPart, PrimaryKey, ReferentialAction, Storage, Table, TableObject, TableOptions, TableStorage,
};
pub use complete::complete;
pub use omission::Omission;

/// A table in the words of the resource, and what it has no words for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatement {
    pub spec: TableSpec,
    pub omissions: Vec<Omission>,
}

/// Says a table in the words of the resource.
#[must_use]
pub fn restate(table: &Table) -> Restatement {
    let Table { name, columns, primary_key, indexes, foreign_keys, checks, options, partitioning } = table;
    let mut omissions = Vec::new();
    omissions.extend(Omission::of_clauses(TableObject::Options, &options.create_options));
    let spec = TableSpec {
        name: name.to_string(),
        state: None,
        renamed_from: None,
        allow: None,
        columns: Some(columns.iter().map(|live| column(live, options, &mut omissions)).collect()),
        primary_key: primary_key.as_ref().map(|key| self::primary_key(key, &mut omissions)),
        indexes: list(indexes, |live| index(live, &mut omissions)),
        foreign_keys: list(foreign_keys, foreign_key),
        checks: list(checks, check),
        options: Some(self::options(options)),
        partitioning: partitioning.as_ref().and_then(|live| partitioning::restate(live, &mut omissions)),
    };
    Restatement { spec, omissions }
}

/// Returns `None` for nothing: an empty list would say no more.
fn list<L, S>(live: &[L], spec: impl FnMut(&L) -> S) -> Option<Vec<S>> {
    (!live.is_empty()).then(|| live.iter().map(spec).collect())
}

fn column(column: &Column, table: &TableOptions, omissions: &mut Vec<Omission>) -> ColumnSpec {
    let Column {
        name,
        data_type,
        nullable,
        fill,
        on_update_now,
        charset,
        collation,
        comment,
        visible,
        srid,
        compressed,
        check,
        other,
    } = column;
    omissions.extend(Omission::of_clauses(TableObject::Column(name.clone()), other));
    // A new column takes the table's character set by itself.
    let own_charset = data_type.is_character() && *collation != table.collation;
    ColumnSpec {
        name: name.to_string(),
        state: None,
        renamed_from: None,
        allow: None,
        data_type: Some(data_type.render()),
        nullable: Some(*nullable),
        default: default(fill),
        on_update: on_update_now.then(|| now(data_type.fsp().unwrap_or_default())),
        auto_increment: column.is_auto_increment().then_some(true),
        generated: column.generated().map(generated),
        charset: charset.clone().filter(|_| own_charset),
        collation: collation.clone().filter(|_| own_charset),
        comment: written_comment(comment),
        visible: (!visible).then_some(false),
        srid: *srid,
        compressed: compressed.then_some(true),
        check: check.as_ref().map(Expression::to_string),
        first: None,
        after: None,
    }
}

fn default(fill: &Fill) -> Option<DefaultSpec> {
    match fill {
        Fill::Default(ColumnDefault::Value(value)) => Some(DefaultSpec::Value(value.clone())),
        Fill::Default(ColumnDefault::Expression(expression)) => {
            let text = match expression.current_timestamp_fsp() {
                Some(fsp) if expression.is_current_timestamp_word() => now(fsp),
                Some(_) => format!("({expression})"),
                None => expression.to_string(),
            };
            Some(DefaultSpec::Expression(text))
        }
        Fill::Default(ColumnDefault::None) | Fill::AutoIncrement | Fill::Generated(_) => None,
    }
}

fn generated(generated: &Generation) -> GeneratedSpec {
    let Generation { expression, storage } = generated;
    let storage = match storage {
        Storage::Virtual => StorageSpec::Virtual,
        Storage::Stored => StorageSpec::Stored,
    };
    GeneratedSpec { expression: expression.to_string(), storage: Some(storage) }
}

/// Returns `CURRENT_TIMESTAMP` as both servers read it, whatever this one prints.
fn now(fsp: u8) -> String {
    Expression::current_timestamp(fsp).to_string()
}

fn primary_key(key: &PrimaryKey, omissions: &mut Vec<Omission>) -> Vec<String> {
    let PrimaryKey { parts, algorithm, comment, other } = key;
    if !comment.is_empty() {
        omissions.push(Omission::new(TableObject::PrimaryKey, "its comment can't be declared"));
    }
    // A hash table is what MEMORY makes of a key anyway.
    if *algorithm == Some(IndexAlgorithm::BTree) {
        omissions.extend(Omission::of_clauses(TableObject::PrimaryKey, "USING BTREE"));
    }
    omissions.extend(Omission::of_clauses(TableObject::PrimaryKey, other));
    key_parts(parts)
}

fn index(index: &Index, omissions: &mut Vec<Omission>) -> IndexSpec {
    let Index { name, kind, parts, algorithm, comment, visible, key_block_size, other } = index;
    omissions.extend(Omission::of_clauses(TableObject::Index(name.clone()), other));
    let (unique, kind, parser) = match kind {
        IndexKind::Plain => (None, None, None),
        IndexKind::Unique => (Some(true), None, None),
        IndexKind::Fulltext { parser } => (None, Some(IndexKindSpec::Fulltext), parser.as_ref()),
        IndexKind::Spatial => (None, Some(IndexKindSpec::Spatial), None),
    };
    IndexSpec {
        name: name.to_string(),
        state: None,
        renamed_from: None,
        allow: None,
        columns: key_parts(parts),
        unique,
        kind,
        using: algorithm.map(|algorithm| match algorithm {
            IndexAlgorithm::BTree => IndexUsingSpec::BTree,
            IndexAlgorithm::Hash => IndexUsingSpec::Hash,
        }),
        parser: parser.map(Identifier::to_string),
        comment: written_comment(comment),
        visible: (!visible).then_some(false),
        key_block_size: *key_block_size,
    }
}

fn key_parts(parts: &[KeyPart]) -> Vec<String> {
    parts.iter().map(KeyPart::to_string).collect()
}

fn foreign_key(key: &ForeignKey) -> ForeignKeySpec {
    let ForeignKey { name, columns, referenced_database, referenced_table, referenced_columns, on_delete, on_update } =
        key;
    let names = |columns: &[Identifier]| columns.iter().map(Identifier::to_string).collect();
    ForeignKeySpec {
        name: name.to_string(),
        state: None,
        allow: None,
        columns: names(columns),
        references: Some(ReferencesSpec {
            database: referenced_database.as_ref().map(Identifier::to_string),
            table: referenced_table.to_string(),
            columns: names(referenced_columns),
        }),
        on_delete: action(*on_delete),
        on_update: action(*on_update),
    }
}

fn action(action: ReferentialAction) -> Option<ActionSpec> {
    match action {
        ReferentialAction::Restrict => None,
        ReferentialAction::Cascade => Some(ActionSpec::Cascade),
        ReferentialAction::SetNull => Some(ActionSpec::SetNull),
        ReferentialAction::SetDefault => Some(ActionSpec::SetDefault),
    }
}

fn check(check: &Check) -> CheckSpec {
    let Check { name, expression, enforced } = check;
    CheckSpec {
        name: name.to_string(),
        state: None,
        allow: None,
        expression: Some(expression.to_string()),
        enforced: (!enforced).then_some(false),
    }
}

fn options(options: &TableOptions) -> TableOptionsSpec {
    let TableOptions { engine, charset, collation, comment, storage, create_options: _ } = options;
    let TableStorage {
        row_format,
        key_block_size,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    } = storage;
    TableOptionsSpec {
        engine: engine.clone(),
        charset: charset.clone(),
        collation: collation.clone(),
        comment: written_comment(comment),
        row_format: row_format.clone(),
        key_block_size: *key_block_size,
        // A counter is no part of a schema.
        auto_increment: None,
        stats_persistent: *stats_persistent,
        stats_auto_recalc: *stats_auto_recalc,
        stats_sample_pages: *stats_sample_pages,
        compression: compression.clone(),
        encryption: *encryption,
    }
}

fn written_comment(comment: &str) -> Option<String> {
    (!comment.is_empty()).then(|| comment.to_owned())
}
