//! Table options: what is declared of them over what is live.

use super::charset::{is_of_charset, same_charset, same_collation};
use super::refusal::RefusalKind;
use crate::schema::{DeclaredOptions, Detail, Dialect, Table, TableOptions, TableStorage};

/// Merges `declared` onto `options`; `detail` is what a closer look at the live table told.
pub fn merge_options(
    declared: &DeclaredOptions,
    options: &mut TableOptions,
    detail: Option<&Detail>,
    dialect: Dialect,
) {
    let differs = |live: &Option<String>, declared: &str| {
        !live.as_deref().is_some_and(|live| live.eq_ignore_ascii_case(declared))
    };
    if let Some(engine) = declared.engine.as_deref().filter(|engine| differs(&options.engine, engine)) {
        options.engine = Some(engine.to_owned());
    }
    if let Some(charset) = &declared.charset
        && !options.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        options.charset = Some(charset.clone());
        options.collation = None;
    }
    let differs = |collation: &&str| !options.collation.as_deref().is_some_and(|live| same_collation(live, collation));
    if let Some(collation) = declared.collation.as_deref().filter(differs) {
        if declared.charset.is_none() && !options.charset.as_deref().is_some_and(|live| is_of_charset(collation, live))
        {
            options.charset = None;
        }
        options.collation = Some(collation.to_owned());
    }
    if let Some(comment) = &declared.comment {
        options.comment.clone_from(comment);
    }
    merge_storage(&declared.storage, &mut options.storage, detail, dialect);
}

fn merge_storage(declared: &TableStorage, live: &mut TableStorage, detail: Option<&Detail>, dialect: Dialect) {
    if let Some(format) = &declared.row_format {
        // Rows that are stored so anyway are not stored anew for the sake of saying so.
        let is_so =
            live.row_format.is_none() && detail.is_some_and(|detail| detail.row_format.as_ref() == Some(format));
        if !is_so {
            live.row_format = Some(format.clone()).filter(|format| format != "DEFAULT");
        }
    }
    if let Some(size) = declared.key_block_size {
        live.key_block_size = Some(size).filter(|size| *size > 0);
    }
    live.stats_persistent = declared.stats_persistent.or(live.stats_persistent);
    live.stats_auto_recalc = declared.stats_auto_recalc.or(live.stats_auto_recalc);
    live.stats_sample_pages = declared.stats_sample_pages.or(live.stats_sample_pages);
    if let Some(compression) = &declared.compression {
        live.compression = Some(compression.clone()).filter(|algorithm| algorithm != "NONE");
    }
    if let Some(encryption) = declared.encryption {
        // MySQL shows no option where there is no encryption; on MariaDB that leaves it to the server.
        let is_so = !dialect.is_mariadb() && live.encryption.unwrap_or_default() == encryption;
        if !is_so {
            live.encryption = Some(encryption);
        }
    }
}

/// Whether the next row could get a number below `floor`. A table whose counter is unknown is a new one.
pub fn lacks_counter(floor: u64, detail: Option<&Detail>) -> bool {
    detail.and_then(|detail| detail.auto_increment).unwrap_or(1) < floor
}

/// Declared options that `table`, as it will be, can't have: the field, and why.
pub fn refused_options(
    declared: &DeclaredOptions,
    table: &Table,
    dialect: Dialect,
) -> Vec<(&'static str, RefusalKind, &'static str)> {
    let storage = &table.options.storage;
    let is_plain = storage.row_format.as_deref().is_some_and(|format| format != "COMPRESSED");
    let declares_either = declared.storage.key_block_size.is_some() || declared.storage.row_format.is_some();
    let mut refused = Vec::new();
    if dialect.is_mariadb() && declared.storage.compression.is_some() {
        let message = "only MySQL has it; MariaDB's PAGE_COMPRESSED can't be declared, and a live one stays";
        refused.push(("compression", RefusalKind::Unsupported, message));
    }
    if declared.auto_increment.is_some() && !table.columns.iter().any(crate::schema::Column::is_auto_increment) {
        refused.push(("autoIncrement", RefusalKind::Invalid, "no column of the table counts up"));
    }
    if table.is_innodb() && declares_either && is_plain && storage.key_block_size.is_some() {
        let message = "only rowFormat COMPRESSED has compressed pages: declare that one too, or keyBlockSize 0";
        refused.push(("keyBlockSize", RefusalKind::Invalid, message));
    }
    refused
}
