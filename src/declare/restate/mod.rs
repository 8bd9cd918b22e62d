//! A table in the words of the resource: the way back from the model. What is as it would be anyway is not said: no
//! comment, no default.

mod partitioning;

use crate::api::{
    ActionSpec, CheckSpec, ColumnSpec, DefaultSpec, ForeignKeySpec, GeneratedSpec, IndexKindSpec, IndexSpec,
    IndexUsingSpec, ReferencesSpec, StorageSpec, TableOptionsSpec, TableSpec,
};
use crate::schema::{
    Check, Column, ColumnDefault, Expression, Fill, ForeignKey, Identifier, Index, IndexAlgorithm, IndexKind, KeyPart,
    ReferentialAction, Storage, Table, TableOptions,
};

/// The table; what the resource has no word for is named in `left_out`.
pub fn restate(table: &Table, left_out: &mut Vec<String>) -> TableSpec {
    if !table.options.create_options.is_empty() {
        let options = &table.options.create_options;
        left_out.push(format!("spec.tables[{}].options: {options} is not exported by this version", table.name));
    }
    let comment = table.primary_key.as_ref().map(|key| key.comment.as_str()).unwrap_or_default();
    if !comment.is_empty() {
        left_out.push(format!("spec.tables[{}].primaryKey: its comment can't be declared", table.name));
    }
    TableSpec {
        name: table.name.to_string(),
        columns: Some(table.columns.iter().map(|live| column(live, &table.options)).collect()),
        primary_key: table.primary_key.as_ref().map(|key| parts(&key.parts)),
        indexes: list(&table.indexes, index),
        foreign_keys: list(&table.foreign_keys, foreign_key),
        checks: list(&table.checks, check),
        options: Some(options(&table.options)),
        partitioning: table.partitioning.as_ref().and_then(|live| partitioning::restate(&table.name, live, left_out)),
        ..TableSpec::default()
    }
}

/// `None` for nothing: an empty list says no more.
fn list<L, S>(live: &[L], spec: impl Fn(&L) -> S) -> Option<Vec<S>> {
    (!live.is_empty()).then(|| live.iter().map(spec).collect())
}

fn column(column: &Column, table: &TableOptions) -> ColumnSpec {
    // A new column takes the table's character set by itself.
    let own_charset = column.data_type.is_character() && column.collation != table.collation;
    ColumnSpec {
        name: column.name.to_string(),
        data_type: Some(column.data_type.render()),
        nullable: Some(column.nullable),
        default: default(&column.fill),
        on_update: column.on_update_now.then(|| now(column.data_type.fsp().unwrap_or_default())),
        auto_increment: column.is_auto_increment().then_some(true),
        generated: column.generated().map(|generated| GeneratedSpec {
            expression: generated.expression.to_string(),
            storage: Some(match generated.storage {
                Storage::Virtual => StorageSpec::Virtual,
                Storage::Stored => StorageSpec::Stored,
            }),
        }),
        charset: column.charset.clone().filter(|_| own_charset),
        collation: column.collation.clone().filter(|_| own_charset),
        comment: said(&column.comment),
        visible: (!column.visible).then_some(false),
        srid: column.srid,
        compressed: column.compressed.then_some(true),
        check: column.check.as_ref().map(Expression::to_string),
        ..ColumnSpec::default()
    }
}

fn default(fill: &Fill) -> Option<DefaultSpec> {
    match fill {
        Fill::Default(ColumnDefault::Value(value)) => Some(DefaultSpec::Value(value.clone())),
        Fill::Default(ColumnDefault::Expression(expression)) => {
            let text = expression.current_timestamp_fsp().map_or_else(|| expression.to_string(), now);
            Some(DefaultSpec::Expression(text))
        }
        Fill::Default(ColumnDefault::None) | Fill::AutoIncrement | Fill::Generated(_) => None,
    }
}

/// As both servers read it, whatever this one prints.
fn now(fsp: u8) -> String {
    Expression::current_timestamp(fsp).to_string()
}

fn index(index: &Index) -> IndexSpec {
    IndexSpec {
        name: index.name.to_string(),
        columns: parts(&index.parts),
        unique: (index.kind == IndexKind::Unique).then_some(true),
        kind: match &index.kind {
            IndexKind::Fulltext { .. } => Some(IndexKindSpec::Fulltext),
            IndexKind::Spatial => Some(IndexKindSpec::Spatial),
            IndexKind::Plain | IndexKind::Unique => None,
        },
        parser: match &index.kind {
            IndexKind::Fulltext { parser } => parser.as_ref().map(Identifier::to_string),
            _ => None,
        },
        using: index.algorithm.map(|algorithm| match algorithm {
            IndexAlgorithm::BTree => IndexUsingSpec::BTree,
            IndexAlgorithm::Hash => IndexUsingSpec::Hash,
        }),
        comment: said(&index.comment),
        visible: (!index.visible).then_some(false),
        key_block_size: index.key_block_size,
        ..IndexSpec::default()
    }
}

fn parts(parts: &[KeyPart]) -> Vec<String> {
    parts.iter().map(KeyPart::to_string).collect()
}

fn foreign_key(key: &ForeignKey) -> ForeignKeySpec {
    let names = |columns: &[Identifier]| columns.iter().map(Identifier::to_string).collect();
    ForeignKeySpec {
        name: key.name.to_string(),
        columns: names(&key.columns),
        references: Some(ReferencesSpec {
            database: key.referenced_database.as_ref().map(Identifier::to_string),
            table: key.referenced_table.to_string(),
            columns: names(&key.referenced_columns),
        }),
        on_delete: action(key.on_delete),
        on_update: action(key.on_update),
        ..ForeignKeySpec::default()
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
    CheckSpec {
        name: check.name.to_string(),
        expression: Some(check.expression.to_string()),
        enforced: (!check.enforced).then_some(false),
        ..CheckSpec::default()
    }
}

fn options(options: &TableOptions) -> TableOptionsSpec {
    TableOptionsSpec {
        engine: options.engine.clone(),
        charset: options.charset.clone(),
        collation: options.collation.clone(),
        comment: said(&options.comment),
        row_format: options.storage.row_format.clone(),
        key_block_size: options.storage.key_block_size,
        // A counter is no part of a schema.
        auto_increment: None,
        stats_persistent: options.storage.stats_persistent,
        stats_auto_recalc: options.storage.stats_auto_recalc,
        stats_sample_pages: options.storage.stats_sample_pages,
        compression: options.storage.compression.clone(),
        encryption: options.storage.encryption,
    }
}

/// A comment that says something.
fn said(comment: &str) -> Option<String> {
    (!comment.is_empty()).then(|| comment.to_owned())
}
