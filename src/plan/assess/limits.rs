//! Changes that may make a row or a key longer than servers take. Such a change is tried on an empty copy first, so that
//! the server refuses it before the table is touched. The estimate errs on the side of trying.

use crate::plan::change::{Change, Step};
use crate::schema::{Column, DataType, Index, IndexKind, KeyPart, KeyTarget, Table};

/// The longest row on every engine, without its texts (MySQL manual, "Limits on Table Column Count and Row Size").
const ROW_BYTES: u64 = 65_535;

/// The longest row in a page of InnoDB, of 16 KiB.
const PAGE_BYTES: u64 = 8_126;

/// The bytes of a long value that stay in the page, with that of its length: in the row formats of today, and in
/// `REDUNDANT` and `COMPACT`.
const KEPT_BYTES: u64 = 41;
const KEPT_BYTES_BEFORE: u64 = 790;

/// The bytes of a row beside its values, without the bits for NULL (MySQL 9.7 refuses 197 columns of TEXT).
const ROW_OVERHEAD: u64 = 30;

/// The longest key of InnoDB in the row formats of today. Other formats, and other engines, take 767 bytes at least.
pub const KEY_BYTES: u64 = 3_072;
const KEY_BYTES_BEFORE: u64 = 767;

/// The most bytes of one character.
const CHARACTER_BYTES: u64 = 4;

/// Whether the rows or keys that a step makes may be too long.
pub fn may_exceed_limits(step: &Step) -> bool {
    let mut after = match (&step.before, step.changes.first()) {
        (_, Some(Change::CreateTable(table))) => Table::clone(table),
        (Some(before), _) => before.clone(),
        (None, _) => return false,
    };
    let mut grows = step.before.is_none();
    let mut keys: Vec<&[KeyPart]> = Vec::new();
    for change in &step.changes {
        match change {
            Change::CreateTable(table) => {
                keys.extend(table.primary_key.iter().map(|key| key.parts.as_slice()));
                keys.extend(table.indexes.iter().filter(|index| is_tree(index)).map(|index| index.parts.as_slice()));
            }
            Change::AddColumn { column, .. } => {
                grows = true;
                after.columns.push(Column::clone(column));
            }
            Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } if is_tree(index) => {
                keys.push(&index.parts);
            }
            Change::AddPrimaryKey(key) | Change::ReplacePrimaryKey { to: key, .. } => keys.push(&key.parts),
            _ => {}
        }
    }
    grows && is_wide(&after) || keys.iter().any(|parts| key_bytes(parts, &after) > most_key_bytes(&after))
}

fn is_tree(index: &Index) -> bool {
    matches!(index.kind, IndexKind::Plain | IndexKind::Unique)
}

fn is_wide(table: &Table) -> bool {
    let kept = if has_old_rows(table) { KEPT_BYTES_BEFORE } else { KEPT_BYTES };
    let row: u64 = table.columns.iter().map(bytes_in_row).sum();
    let page: u64 = table.columns.iter().map(|column| fixed_bytes(column).max(bytes(column).min(kept))).sum();
    let bits = u64::try_from(table.columns.len()).unwrap_or(u64::MAX) / 8;
    row > ROW_BYTES || page + bits + ROW_OVERHEAD >= PAGE_BYTES
}

/// Returns the bytes of a value that never leave the page: those of a type without a length of its own, at one byte a
/// character (40 columns of `char(255)` in latin1 are refused with 1118, tried on 9.7).
fn fixed_bytes(column: &Column) -> u64 {
    match &column.data_type {
        DataType::Char(length) => u64::from(length.get()),
        DataType::Binary(length) => u64::from(length.get()),
        _ => 0,
    }
}

fn key_bytes(parts: &[KeyPart], table: &Table) -> u64 {
    let of = |part: &KeyPart| match &part.target {
        KeyTarget::Column { name, prefix } => {
            let whole = table.column(name).map(bytes).unwrap_or_default();
            prefix.map_or(whole, |prefix| whole.min(u64::from(prefix) * CHARACTER_BYTES))
        }
        // A key with an expression is rehearsed anyway.
        KeyTarget::Expression(_) => 0,
    };
    parts.iter().map(of).sum()
}

fn most_key_bytes(table: &Table) -> u64 {
    if has_old_rows(table) { KEY_BYTES_BEFORE } else { KEY_BYTES }
}

/// Whether the rows have an old format. Other engines count as such: they take less than InnoDB does today.
fn has_old_rows(table: &Table) -> bool {
    let storage = &table.options.storage;
    let is_old = |format: &str| ["REDUNDANT", "COMPACT"].iter().any(|old| format.eq_ignore_ascii_case(old));
    !table.is_innodb() || storage.key_block_size.is_some() || storage.row_format.as_deref().is_some_and(is_old)
}

/// Returns the most bytes that a value takes.
fn bytes(column: &Column) -> u64 {
    match &column.data_type {
        DataType::Char(length) => u64::from(length.get()) * CHARACTER_BYTES,
        DataType::Varchar(length) => u64::from(length.get()) * CHARACTER_BYTES,
        DataType::Binary(length) => u64::from(length.get()),
        DataType::Varbinary(length) => u64::from(length.get()),
        DataType::Text(_) | DataType::Blob(_) | DataType::Json | DataType::Spatial(_) => u64::from(u32::MAX),
        DataType::Vector(_) => ROW_BYTES,
        _ => 32,
    }
}

/// Returns the most bytes that every engine counts: of a text only the pointer to it.
fn bytes_in_row(column: &Column) -> u64 {
    match &column.data_type {
        DataType::Text(_) | DataType::Blob(_) | DataType::Json | DataType::Spatial(_) => 12,
        _ => bytes(column),
    }
}
