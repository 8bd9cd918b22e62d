//! Lays declared table options over the live ones.

use super::charset::{is_of_charset, same_charset, same_collation};
use super::refusal::RefusalKind;
use crate::plan::change::Attribute;
use crate::schema::{
    Column, DECLARABLE_ENGINES, DeclaredOptions, Detail, Dialect, Table, TableOptions, TableStorage,
    is_declarable_engine,
};

/// A declared option that the table can't have.
pub struct RefusedOption {
    pub attribute: Attribute,
    pub kind: RefusalKind,
    pub message: String,
}

/// Merges `declared` onto `options`. `detail` is what a closer look at the live table showed.
pub fn merge_options(
    declared: &DeclaredOptions,
    options: &mut TableOptions,
    detail: Option<&Detail>,
    dialect: Dialect,
) {
    let DeclaredOptions { engine, charset, collation, comment, storage, auto_increment: _ } = declared;
    if let Some(engine) = engine
        && !options.engine.as_deref().is_some_and(|live| live.eq_ignore_ascii_case(engine))
    {
        options.engine = Some(engine.clone());
    }
    if let Some(charset) = charset
        && !options.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        options.charset = Some(charset.clone());
        options.collation = None;
    }
    if let Some(collation) = collation
        && !options.collation.as_deref().is_some_and(|live| same_collation(live, collation))
    {
        if declared.charset.is_none() && !options.charset.as_deref().is_some_and(|live| is_of_charset(collation, live))
        {
            options.charset = None;
        }
        options.collation = Some(collation.clone());
    }
    if let Some(comment) = comment {
        options.comment.clone_from(comment);
    }
    merge_storage(storage, &mut options.storage, detail, dialect);
}

fn merge_storage(declared: &TableStorage, live: &mut TableStorage, detail: Option<&Detail>, dialect: Dialect) {
    let TableStorage {
        row_format,
        key_block_size,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    } = declared;
    if let Some(format) = row_format {
        // Rows that have the format already are not rewritten just to state it.
        let is_so =
            live.row_format.is_none() && detail.is_some_and(|detail| detail.row_format.as_ref() == Some(format));
        if !is_so {
            live.row_format = Some(format.clone()).filter(|format| format != "DEFAULT");
        }
    }
    if let Some(size) = *key_block_size {
        live.key_block_size = Some(size).filter(|size| *size > 0);
    }
    live.stats_persistent = stats_persistent.or(live.stats_persistent);
    live.stats_auto_recalc = stats_auto_recalc.or(live.stats_auto_recalc);
    live.stats_sample_pages = stats_sample_pages.or(live.stats_sample_pages);
    if let Some(compression) = compression {
        live.compression = Some(compression.clone()).filter(|algorithm| algorithm != "NONE");
    }
    if let Some(encryption) = *encryption {
        // Without encryption MySQL shows no option. On MariaDB no option leaves the choice to the server.
        let is_so = !dialect.is_mariadb() && live.encryption.unwrap_or_default() == encryption;
        if !is_so {
            live.encryption = Some(encryption);
        }
    }
}

/// Whether the next row could get a number below `floor`. Only a new table has no known counter.
pub fn lacks_counter(floor: u64, detail: Option<&Detail>) -> bool {
    detail.and_then(|detail| detail.auto_increment).unwrap_or(1) < floor
}

/// Returns the declared options that `table`, as it will be, can't have.
///
/// `live_engine` is that of the live table.
pub fn refused_options(
    declared: &DeclaredOptions,
    table: &Table,
    live_engine: Option<&str>,
    dialect: Dialect,
) -> Vec<RefusedOption> {
    use RefusalKind::{Invalid, Unsupported};
    let storage = &table.options.storage;
    let is_plain = storage.row_format.as_deref().is_some_and(|format| format != "COMPRESSED");
    let declares_either = declared.storage.key_block_size.is_some() || declared.storage.row_format.is_some();
    let mut refused = Vec::new();
    if let Some(engine) = &declared.engine
        && !is_declarable_engine(engine)
        && !live_engine.is_some_and(|live| live.eq_ignore_ascii_case(engine))
    {
        let known = DECLARABLE_ENGINES.join(", ");
        let message =
            format!("engine {engine} may keep no rows, so no table is given it; these can be declared: {known}");
        refused.push(RefusedOption { attribute: Attribute::Engine, kind: Unsupported, message });
    }
    let mut refuse = |attribute, kind, message: &str| {
        refused.push(RefusedOption { attribute, kind, message: message.to_owned() });
    };
    if dialect.is_mariadb() && declared.storage.compression.is_some() {
        let message = "only MySQL has it; MariaDB's PAGE_COMPRESSED can't be declared, and a live one stays";
        refuse(Attribute::Compression, Unsupported, message);
    }
    if declared.auto_increment.is_some() && !table.columns.iter().any(Column::is_auto_increment) {
        refuse(Attribute::AutoIncrement, Invalid, "no column of the table counts up");
    }
    if table.is_innodb() && declares_either && is_plain && storage.key_block_size.is_some() {
        let message = "only rowFormat COMPRESSED has compressed pages: declare that one too, or keyBlockSize 0";
        refuse(Attribute::KeyBlockSize, Invalid, message);
    }
    refused
}
